//! Branches, comparisons and lists.

use greenlight::sandbox::{RuleKind, State};
use serde_json::{Value, json};

use crate::client::World;

#[tokio::test]
async fn a_ref_moves_forward_only_and_not_against_its_rules() {
    let world = World::start().await;
    world.repo.branch("staging", "main");
    let first = world.head("main");
    let second = world.repo.commit("main", "dev", "Two", &[("a", "2")]);
    let path = "/repos/harbour/shop/git/refs/heads/staging";
    let moved = world
        .call("PATCH", path, Some(json!({ "sha": second, "force": false })))
        .await;
    assert_eq!((moved.status, &moved.body["object"]["sha"]), (200, &json!(second)));
    let back = world.call("PATCH", path, Some(json!({ "sha": first }))).await;
    assert_eq!((back.status, back.message()), (422, "Update is not a fast forward"));
    let unknown = world.call("PATCH", path, Some(json!({ "sha": "0".repeat(40) }))).await;
    assert_eq!((unknown.status, unknown.message()), (422, "Object does not exist"));
    let missing = world
        .call(
            "PATCH",
            "/repos/harbour/shop/git/refs/heads/no/such",
            Some(json!({ "sha": second })),
        )
        .await;
    assert_eq!((missing.status, missing.message()), (422, "Reference does not exist"));
    world.repo.rule("staging", RuleKind::PullRequest, false);
    let third = world.repo.commit("main", "dev", "Three", &[("a", "3")]);
    let guarded = world.call("PATCH", path, Some(json!({ "sha": third }))).await;
    assert_eq!(guarded.status, 422);
    assert!(
        guarded
            .message()
            .contains("Changes must be made through a pull request."),
        "{}",
        guarded.body
    );
    let afters: Vec<_> = world
        .repo
        .moves("staging")
        .into_iter()
        .map(|moved| (moved.after, moved.by))
        .collect();
    assert_eq!(
        afters,
        [
            (Some(first), "admin".to_owned()),
            (Some(second), "greenlight[bot]".to_owned())
        ]
    );
}

#[tokio::test]
async fn a_comparison_counts_truly_and_pages_upwards() {
    let world = World::start().await;
    world.repo.branch("staging", "main");
    let shas: Vec<String> = (0..260)
        .map(|n| {
            world.repo.commit(
                "main",
                "dev",
                &format!("Commit {n}"),
                &[(&format!("f{}", n % 7), &n.to_string())],
            )
        })
        .collect();
    let path = "/repos/harbour/shop/compare/staging...main";
    let whole = world.get(path).await.body;
    assert_eq!(
        (&whole["total_commits"], &whole["status"]),
        (&json!(260), &json!("ahead"))
    );
    let listed = |body: &Value| {
        body["commits"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|commit| commit["sha"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(&whole), shas[10..]);
    let first = world.get(&format!("{path}?per_page=100")).await;
    assert_eq!(listed(&first.body), shas[..100]);
    assert_eq!(first.body["files"].as_array().map(Vec::len), Some(7));
    assert!(
        first.header("link").contains("rel=\"next\""),
        "{}",
        first.header("link")
    );
    let last = world.get(&format!("{path}?per_page=100&page=3")).await;
    assert_eq!(listed(&last.body), shas[200..]);
    assert_eq!(last.body["files"], json!([]));
    let diverged = world.repo.commit("staging", "dev", "A hotfix", &[("g", "1")]);
    let compared = world
        .get(&format!("/repos/harbour/shop/compare/{diverged}...main"))
        .await
        .body;
    assert_eq!(
        (&compared["status"], &compared["ahead_by"], &compared["behind_by"]),
        (&json!("diverged"), &json!(260), &json!(1))
    );
}

#[tokio::test]
async fn a_renamed_repository_redirects_to_its_id() {
    let world = World::start().await;
    world.repo.rename("store");
    let moved = world.get("/repos/harbour/shop/branches?per_page=5").await;
    assert_eq!((moved.status, moved.message()), (301, "Moved Permanently"));
    let location = moved.header("location").to_owned();
    assert!(
        location.ends_with(&format!("/repositories/{}/branches?per_page=5", world.repo.id())),
        "{location}"
    );
    assert_eq!(world.get(&location).await.body[0]["name"], json!("main"));
    assert_eq!(
        world
            .call("POST", "/repos/harbour/shop/merges", Some(json!({})))
            .await
            .status,
        307
    );
}

#[tokio::test]
async fn lists_come_in_pages_with_links() {
    let world = World::start().await;
    let number = world.feature("one", "a");
    for n in 0..35 {
        world
            .repo
            .status(&world.head("one"), &format!("ci/{n}"), State::Success, "")
            .expect("the commit exists");
        world
            .repo
            .comment("anna", number, &format!("Comment {n}"))
            .expect("it can be commented");
    }
    let first = world
        .get(&format!("/repos/harbour/shop/commits/{}/status", world.head("one")))
        .await;
    assert_eq!(
        (
            first.body["statuses"].as_array().map(Vec::len),
            &first.body["total_count"]
        ),
        (Some(30), &json!(35))
    );
    let comments = world
        .get(&format!("/repos/harbour/shop/issues/{number}/comments?per_page=20"))
        .await;
    let next = comments
        .header("link")
        .split(['<', '>'])
        .nth(1)
        .expect("a link")
        .to_owned();
    let rest = world.get(&next).await;
    assert_eq!(rest.body.as_array().map(Vec::len), Some(15));
    assert!(rest.header("link").contains("rel=\"prev\"") && !rest.header("link").contains("rel=\"next\""));
}

#[tokio::test]
async fn a_file_is_read_at_the_ref_that_was_asked_for() {
    let world = World::start().await;
    let old = world.repo.commit("main", "dev", "One", &[("docs/guide.md", "first")]);
    world
        .repo
        .commit("main", "dev", "Two", &[("docs/guide.md", &"second ".repeat(20))]);
    let path = "/repos/harbour/shop/contents/docs/guide.md";
    let first = world.get(&format!("{path}?ref={old}")).await.body;
    assert_eq!(
        (&first["content"], &first["encoding"]),
        (&json!("Zmlyc3Q=\n"), &json!("base64"))
    );
    let second = world.get(path).await.body;
    let lines: Vec<usize> = second["content"]
        .as_str()
        .expect("text")
        .lines()
        .map(str::len)
        .collect();
    assert_eq!(lines, [60, 60, 60, 8]);
    assert_eq!(
        world.get("/repos/harbour/shop/contents/docs").await.body[0]["path"],
        json!("docs/guide.md")
    );
    let missing = world.get("/repos/harbour/shop/contents/.github/greenlight.yml").await;
    assert_eq!((missing.status, missing.message()), (404, "Not Found"));
}
