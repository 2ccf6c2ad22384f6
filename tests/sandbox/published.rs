//! A walk through everything the sandbox can answer and send, each piece held against GitHub's published contract.

use std::collections::BTreeSet;

use greenlight::sandbox::{App, Level, Method, Options, Role, RuleKind, State, Unusual};
use serde_json::{Value, json};

use crate::client::{World, bearer};
use crate::contract::{Contract, Exchange};

#[tokio::test]
async fn every_answer_and_every_webhook_is_one_github_could_send() {
    let mut app = App::default();
    app.permissions.insert("statuses".into(), Level::Write);
    let world = World::start_with(Options {
        app,
        ..Options::default()
    })
    .await;
    world.listen().await;
    let number = people_at_work(&world).await;
    the_app_reads(&world, number).await;
    the_app_writes(&world, number).await;
    the_app_asks_about_itself(&world).await;
    the_repository_changes(&world);
    world.sandbox.deliveries_done().await;

    assert_eq!(world.sandbox.unknown_requests(), [""; 0]);
    let faults: BTreeSet<String> = exchange_faults(&world).chain(webhook_faults(&world)).collect();
    assert!(
        faults.is_empty(),
        "{}",
        faults.into_iter().collect::<Vec<_>>().join("\n")
    );
    let events: BTreeSet<String> = world
        .sandbox
        .deliveries()
        .into_iter()
        .map(|delivery| delivery.event)
        .collect();
    let expected = [
        "check_run",
        "check_suite",
        "create",
        "delete",
        "deployment",
        "deployment_status",
        "installation",
        "installation_repositories",
        "issue_comment",
        "ping",
        "pull_request",
        "pull_request_review",
        "push",
        "repository",
        "status",
    ];
    assert_eq!(events, expected.map(str::to_owned).into());
}

fn exchange_faults(world: &World) -> impl Iterator<Item = String> {
    let judged = |exchange: &greenlight::sandbox::Exchange| {
        Contract::published().check_exchange(&Exchange {
            method: &exchange.method,
            path: &exchange.path,
            query: &exchange.query,
            request_body: exchange.request_body.as_ref(),
            status: exchange.status,
            response_body: exchange.response_body.as_ref(),
        })
    };
    let exchanges = world.sandbox.exchanges();
    exchanges
        .into_iter()
        .filter_map(move |exchange| judged(&exchange).err())
        .flatten()
}

fn webhook_faults(world: &World) -> impl Iterator<Item = String> {
    let judged = |event: &str, payload: &Value| Contract::published().check_webhook(event, payload).err();
    let deliveries = world.sandbox.deliveries().into_iter();
    deliveries
        .filter_map(move |delivery| judged(&delivery.event, &delivery.payload))
        .flatten()
}

/// Everything people and CI can do; gives the number of a pull request that is still open.
async fn people_at_work(world: &World) -> u64 {
    let repo = &world.repo;
    repo.branch("staging", "main");
    let merged = world.feature("feature/one", "a");
    let open = world.feature("two", "b");
    let head = world.head("two");
    let said = repo.comment("anna", open, "Looks good").expect("said");
    repo.react("dev", said, "heart").expect("reacted");
    repo.edit_comment("anna", said, "Looks very good").expect("edited");
    let regretted = repo.comment("dev", open, "Never mind").expect("said");
    repo.delete_comment("dev", regretted).expect("deleted");
    repo.label("dev", open, "ready for staging").expect("labelled");
    repo.label("dev", open, "odd").expect("labelled");
    repo.unlabel("dev", open, "odd").expect("unlabelled");
    repo.retitle_pull("dev", open, "Faster checkout").expect("edited");
    repo.retarget_pull("dev", open, "staging").expect("edited");
    repo.retarget_pull("dev", open, "main").expect("edited");
    repo.set_draft("dev", open, true).expect("a draft");
    repo.set_draft("dev", open, false).expect("ready");
    repo.close_pull("dev", open).expect("closed");
    repo.reopen_pull("dev", open).expect("reopened");
    repo.approve("anna", open).expect("approved");
    repo.status(&head, "ci/circleci: build", State::Pending, "Your tests are queued")
        .expect("reported");
    repo.status(&head, "ci/circleci: build", State::Success, "Your tests passed")
        .expect("reported");
    repo.check_run("github-actions", &head, "test (20)", "in_progress")
        .expect("reported");
    repo.check_run("github-actions", &head, "test (20)", "failure")
        .expect("reported");
    repo.check_run("github-actions", &head, "test (20)", "success")
        .expect("reported");
    repo.check_run_in_new_suite("github-actions", &head, "test (20)", "skipped")
        .expect("reported");
    repo.merge_pull("dev", merged, Method::Squash).expect("merged");
    repo.delete_branch("dev", "feature/one").expect("deleted");
    let deployment = repo.deploy("dev", "main", "staging").expect("deployed");
    repo.deployment_status("dev", deployment, "in_progress")
        .expect("reported");
    repo.deployment_status("dev", deployment, "success").expect("reported");
    let issue = repo.open_issue("anna", "An issue", "No pull request");
    repo.comment("anna", issue, "/promote staging").expect("said");
    repo.grant_team("product", Role::Write);
    world.sandbox.team("harbour", "product", &["olga"]);
    open
}

async fn the_app_reads(world: &World, number: u64) {
    let (repo, head) = (&world.repo, world.head("two"));
    repo.rule(
        "production",
        RuleKind::RequiredStatusChecks(vec![("ci".into(), Some(1)), ("e2e".into(), None)]),
        true,
    );
    for kind in [
        RuleKind::PullRequest,
        RuleKind::Update,
        RuleKind::RequiredLinearHistory,
        RuleKind::NonFastForward,
    ] {
        repo.rule("production", kind, false);
    }
    let link = Unusual::Link("../elsewhere".into());
    let submodule = Unusual::Submodule("https://github.com/harbour/other.git".into());
    repo.stands_at("a-link", link);
    repo.stands_at("a-submodule", submodule);
    repo.stands_at("some-bytes", Unusual::Bytes(vec![0xff; 3]));
    repo.stands_at("many-bytes", Unusual::Bytes(vec![b'a'; (1 << 20) + 1]));
    let comment = repo.comments(number)[0].id;
    let run = repo
        .checks(&head)
        .into_iter()
        .find_map(|check| check.run)
        .expect("a run");
    let paths = [
        "".into(),
        "/branches".into(),
        "/branches/main".into(),
        "/branches/nothing".into(),
        "/git/ref/heads/two".into(),
        "/git/ref/heads/nothing".into(),
        "/git/matching-refs/heads/".into(),
        "/rules/branches/production".into(),
        "/compare/staging...main".into(),
        "/compare/main...two?per_page=1&page=1".into(),
        "/commits?sha=main&per_page=2".into(),
        format!("/commits/{head}"),
        format!("/commits/{}", "0".repeat(40)),
        format!("/commits/{}/pulls", world.head("main")),
        format!("/commits/{head}/pulls"),
        format!("/commits/{head}/status"),
        format!("/commits/{}/status", world.head("staging")),
        format!("/commits/{head}/statuses?per_page=100"),
        format!("/commits/{head}/check-runs?filter=all"),
        format!("/commits/{head}/check-runs?filter=latest&app_id=15368&status=completed&check_name=test"),
        format!("/commits/{head}/check-suites"),
        format!("/check-runs/{run}"),
        "/contents/README.md".into(),
        "/contents/?ref=main".into(),
        "/contents/.github/greenlight.yml".into(),
        "/contents/a-link".into(),
        "/contents/a-submodule".into(),
        "/contents/some-bytes".into(),
        "/contents/many-bytes".into(),
        "/pulls?state=all&sort=updated&direction=desc&per_page=1".into(),
        "/pulls?head=harbour:two&base=main".into(),
        format!("/pulls/{number}"),
        format!("/pulls/{number}"),
        "/pulls/4711".into(),
        format!("/pulls/{number}/files"),
        format!("/pulls/{number}/commits"),
        format!("/pulls/{number}/reviews"),
        format!("/pulls/{number}/merge"),
        format!("/issues/{number}"),
        format!("/issues/{number}/comments?since=2020-01-01T00:00:00Z"),
        format!("/issues/comments/{comment}"),
        format!("/issues/comments/{comment}/reactions?content=heart"),
        format!("/issues/{number}/labels"),
        "/labels".into(),
        "/labels/odd".into(),
        "/collaborators/anna/permission".into(),
        "/collaborators/nobody/permission".into(),
        "/deployments?environment=staging".into(),
    ];
    for path in paths {
        let answer = world.get(&format!("/repos/harbour/shop{path}")).await;
        assert!(answer.status < 500, "{path}: {}", answer.body);
    }
    let deployment = world.get("/repos/harbour/shop/deployments").await.body[0]["id"].clone();
    world
        .get(&format!("/repos/harbour/shop/deployments/{deployment}"))
        .await;
    world
        .get(&format!("/repos/harbour/shop/deployments/{deployment}/statuses"))
        .await;
    world.get("/users/anna").await;
    world.get("/users/greenlight%5Bbot%5D").await;
    world.get("/orgs/harbour/teams/product/memberships/olga").await;
    world.get("/orgs/harbour/teams/product/memberships/anna").await;
    world.get(&format!("/repositories/{}/pulls", repo.id())).await;
}

async fn the_app_writes(world: &World, number: u64) {
    let (head, main) = (world.head("two"), world.head("main"));
    let write = async |method: &str, path: &str, body: Value, expected: u16| {
        let answer = world
            .call(method, &format!("/repos/harbour/shop{path}"), Some(body))
            .await;
        assert_eq!(answer.status, expected, "{method} {path}: {}", answer.body);
        answer.body
    };
    let comments = format!("/issues/{number}/comments");
    let comment = write("POST", &comments, json!({ "body": "Hello" }), 201).await["id"].clone();
    write(
        "PATCH",
        &format!("/issues/comments/{comment}"),
        json!({ "body": "Hello again" }),
        200,
    )
    .await;
    write(
        "POST",
        &format!("/issues/comments/{comment}/reactions"),
        json!({ "content": "eyes" }),
        201,
    )
    .await;
    write(
        "POST",
        &format!("/issues/comments/{comment}/reactions"),
        json!({ "content": "eyes" }),
        200,
    )
    .await;
    write("POST", &comments, json!({ "body": "x".repeat(70_000) }), 422).await;
    let passing = write("POST", &comments, json!({ "body": "Bye" }), 201).await["id"].clone();
    let gone = world
        .call(
            "DELETE",
            &format!("/repos/harbour/shop/issues/comments/{passing}"),
            None,
        )
        .await;
    assert_eq!(gone.status, 204);
    write(
        "POST",
        "/labels",
        json!({ "name": "new", "color": "00ff00", "description": "Fresh" }),
        201,
    )
    .await;
    write(
        "POST",
        &format!("/issues/{number}/labels"),
        json!({ "labels": ["new"] }),
        200,
    )
    .await;
    assert_eq!(
        world
            .call(
                "DELETE",
                &format!("/repos/harbour/shop/issues/{number}/labels/new"),
                None
            )
            .await
            .status,
        200
    );
    assert_eq!(
        world
            .call(
                "DELETE",
                &format!("/repos/harbour/shop/issues/{number}/labels/new"),
                None
            )
            .await
            .status,
        404
    );
    let status = json!({ "state": "success", "context": "greenlight/gates", "description": "All open" });
    write("POST", &format!("/statuses/{head}"), status, 201).await;
    let output = json!({ "title": "Acceptance", "summary": "Waiting for the owner", "text": "Details" });
    let actions = json!([{ "label": "Accept", "description": "Accept this feature", "identifier": "accept" }]);
    let run = json!({ "name": "Acceptance", "head_sha": head, "status": "in_progress", "output": output });
    let run = write("POST", "/check-runs", run, 201).await["id"].clone();
    let done = json!({ "status": "completed", "conclusion": "neutral", "output": output, "actions": actions });
    write("PATCH", &format!("/check-runs/{run}"), done, 200).await;
    world
        .repo
        .click("anna", run.as_u64().expect("an id"), "accept")
        .expect("a button");
    world.repo.rerequest("anna", run.as_u64().expect("an id"));
    let deployment = json!({ "ref": main, "environment": "production", "auto_merge": false, "required_contexts": [], "payload": {} });
    let deployment = write("POST", "/deployments", deployment, 201).await["id"].clone();
    let state =
        json!({ "state": "success", "log_url": "https://ci.example.com/1", "environment_url": "https://example.com" });
    write("POST", &format!("/deployments/{deployment}/statuses"), state, 201).await;
    write(
        "POST",
        "/git/refs",
        json!({ "ref": "refs/heads/production", "sha": world.head("staging") }),
        201,
    )
    .await;
    write(
        "POST",
        "/git/refs",
        json!({ "ref": "refs/heads/production", "sha": main }),
        422,
    )
    .await;
    write(
        "PATCH",
        "/git/refs/heads/production",
        json!({ "sha": main, "force": false }),
        422,
    )
    .await;
    write(
        "PATCH",
        "/git/refs/heads/staging",
        json!({ "sha": main, "force": false }),
        200,
    )
    .await;
    let pull = json!({ "title": "Into staging", "head": "main", "base": "staging", "body": "" });
    write("POST", "/pulls", pull, 422).await;
    world.repo.commit("main", "dev", "Another", &[("c", "1")]);
    let pull = json!({ "title": "Into staging", "head": "main", "base": "staging", "body": "Features" });
    let pull = write("POST", "/pulls", pull, 201).await["number"].clone();
    write(
        "PATCH",
        &format!("/pulls/{pull}"),
        json!({ "title": "Promote", "body": "One feature" }),
        200,
    )
    .await;
    write("PATCH", &format!("/pulls/{pull}"), json!({ "state": "closed" }), 200).await;
    write(
        "PUT",
        &format!("/pulls/{pull}/merge"),
        json!({ "merge_method": "merge" }),
        405,
    )
    .await;
    write("PUT", &format!("/pulls/{number}/merge"), json!({ "sha": main }), 409).await;
    write(
        "PUT",
        &format!("/pulls/{number}/merge"),
        json!({ "sha": head, "merge_method": "rebase" }),
        200,
    )
    .await;
    write("POST", "/merges", json!({ "base": "staging", "head": "main" }), 201).await;
    let nothing = world
        .call(
            "POST",
            "/repos/harbour/shop/merges",
            Some(json!({ "base": "staging", "head": "main" })),
        )
        .await;
    assert_eq!(nothing.status, 204);
    assert_eq!(
        world
            .call("DELETE", "/repos/harbour/shop/git/refs/heads/production", None)
            .await
            .status,
        204
    );
    assert_eq!(
        world
            .get(&format!("/repos/harbour/shop/pulls/{number}/merge"))
            .await
            .status,
        204
    );
}

async fn the_app_asks_about_itself(world: &World) {
    let jwt = bearer(&world.jwt(-60, 540));
    let installation = world.sandbox.installation("harbour").expect("the App is installed");
    let ask = async |method: &str, path: &str| {
        let answer = world.call_with(method, path, None, &[("authorization", &jwt)]).await;
        assert!(answer.status < 300, "{method} {path}: {}", answer.body);
        answer.body
    };
    ask("GET", "/app").await;
    ask("GET", "/app/installations?per_page=100").await;
    ask("GET", &format!("/app/installations/{installation}")).await;
    ask("GET", "/repos/harbour/shop/installation").await;
    let narrowed = json!({ "repositories": ["shop"], "permissions": { "contents": "read" } });
    let path = format!("/app/installations/{installation}/access_tokens");
    let token = world
        .call_with("POST", &path, Some(narrowed), &[("authorization", &jwt)])
        .await;
    assert_eq!(token.status, 201, "{}", token.body);
    world.sandbox.deliveries_done().await;
    let delivery = ask("GET", "/app/hook/deliveries?per_page=2&status=success").await[0]["id"].clone();
    ask("GET", &format!("/app/hook/deliveries/{delivery}")).await;
    ask("POST", &format!("/app/hook/deliveries/{delivery}/attempts")).await;
    world.get("/installation/repositories?per_page=100").await;
    world.get("/rate_limit").await;
}

fn the_repository_changes(world: &World) {
    world.repo.set_default_branch("staging");
    world.repo.rename("store");
    world.sandbox.repository("harbour/private").private().create();
    world.repo.set_installed(false);
    let installation = world.sandbox.installation("harbour").expect("the App is installed");
    world.sandbox.suspend(installation, true);
    world.sandbox.suspend(installation, false);
    world.sandbox.uninstall(installation);
    world.sandbox.install("harbour", None);
}
