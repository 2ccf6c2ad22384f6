//! What a look brings.

use std::collections::BTreeSet;

use greenlight::github::{GithubError, marker};
use greenlight::rules::effect::{Outcome, Receipt};
use greenlight::rules::id::{BranchName, CommentId, PullNumber, RequestId, TeamName, UserId};
use greenlight::rules::snapshot::{ConfigFile, Files, Membership, Need, Role, Snapshot};
use greenlight::sandbox::Fault;
use greenlight::sandbox::{self, RuleKind, State};
use jiff::{SignedDuration, Timestamp};

use crate::world::{World, id, reply_to, sha};

#[tokio::test]
async fn a_look_reads_the_repository_its_configuration_and_what_people_said() {
    let mut world = World::start().await;
    let pull = world.feature("checkout", "Faster checkout");
    let comment = world.shop.comment("anna", pull, "/promote staging").unwrap();
    let needs = [
        Need::Config,
        Need::Comment(CommentId(id(comment))),
        Need::Pull(PullNumber(id(pull))),
        Need::Pull(PullNumber(999)),
    ];
    let snapshot = world.observe(needs).await.unwrap();

    let repository = snapshot.repository.unwrap();
    assert_eq!(repository.name.to_string(), "harbour/shop");
    assert_eq!(repository.default_branch.as_str(), "main");
    assert_eq!(repository.app_id, id(world.sandbox.app().id));
    assert!(matches!(snapshot.config, Some(ConfigFile::Valid { .. })));

    let said = snapshot.comments[&CommentId(id(comment))].clone().unwrap();
    assert_eq!(said.body, "/promote staging");
    assert_eq!(said.pull, PullNumber(id(pull)));
    assert_eq!(said.author.unwrap().login.as_str(), "anna");
    assert!(said.by_hand);
    assert_eq!(said.created_at, said.updated_at);

    let feature = snapshot.pulls[&PullNumber(id(pull))].clone().unwrap();
    assert_eq!(feature.title, "Faster checkout");
    assert_eq!(feature.head.as_str(), "checkout");
    assert_eq!(feature.head_repo, Some(world.at.repo));
    assert!(feature.open && !feature.merged && !feature.ours);
    assert_eq!(feature.merge_commit, None);
    assert_eq!(snapshot.pulls[&PullNumber(999)], None);
    assert_eq!(world.sandbox.unknown_requests(), Vec::<String>::new());
}

#[tokio::test]
async fn every_request_names_us_and_the_version_of_the_api() {
    let mut world = World::start().await;
    world.observe([Need::Config]).await.unwrap();
    let exchanges = world.sandbox.exchanges();
    assert_eq!(
        exchanges.len(),
        4,
        "token, repository, configuration, the organisation's defaults"
    );
    for exchange in exchanges {
        let header = |name: &str| {
            let mut headers = exchange.request_headers.iter();
            headers.find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        assert_eq!(header("x-github-api-version").as_deref(), Some("2022-11-28"));
        let agent = concat!("greenlight/", env!("CARGO_PKG_VERSION"));
        assert_eq!(header("user-agent").as_deref(), Some(agent));
    }
}

#[tokio::test]
async fn what_is_in_the_snapshot_is_not_read_again() {
    let mut world = World::start().await;
    let needs = BTreeSet::from([Need::Config, Need::Head(BranchName::from("staging"))]);
    let mut snapshot = Snapshot::default();
    world
        .github
        .observe(&mut world.at, &needs, &mut snapshot)
        .await
        .unwrap();
    let reads = world.github.counts().reads;
    world
        .github
        .observe(&mut world.at, &needs, &mut snapshot)
        .await
        .unwrap();
    assert_eq!(world.github.counts().reads, reads);
}

#[tokio::test]
async fn an_unchanged_answer_costs_nothing_of_the_limit() {
    let mut world = World::start().await;
    let defaults = format!("{}/.github", world.at.name.owner);
    world
        .sandbox
        .repository(&defaults)
        .file(".github/greenlight.yml", "armed_for: 3h\n")
        .create();
    let needs = [Need::Config, Need::Head(BranchName::from("staging"))];
    let first = world.observe(needs.clone()).await.unwrap();
    let left = world.github.remaining(world.at.installation);
    let second = world.observe(needs).await.unwrap();
    assert_eq!(world.github.counts().not_modified, 4);
    assert_eq!(world.github.remaining(world.at.installation), left);
    assert_eq!(second.config, first.config);
}

#[tokio::test]
async fn what_comes_after_a_full_page_is_seen_although_that_page_is_unchanged() {
    let mut world = World::start().await;
    let number = world.feature("checkout", "Faster checkout");
    for _ in 0..100 {
        world.shop.comment("dev", number, "Looks good.").unwrap();
    }
    let pull = PullNumber(id(number));
    let request = RequestId::Comment(CommentId(1));
    let reply = [Need::Reply {
        request,
        pull,
        since: Timestamp::UNIX_EPOCH,
    }];
    assert_eq!(world.observe(reply.clone()).await.unwrap().replies[&request], None);
    world.perform(&reply_to(1, number, "Done.")).await.unwrap();
    assert!(world.observe(reply).await.unwrap().replies[&request].is_some());
}

#[tokio::test]
async fn without_a_configuration_the_environments_are_those_whose_branch_exists() {
    let mut world = World::start().await;
    world
        .shop
        .commit("main", "dev", "Remove it", &[(".github/greenlight.yml", "")]);
    let snapshot = world.observe([Need::Config]).await.unwrap();
    let branches = vec![BranchName::from("staging")];
    assert_eq!(snapshot.config, Some(ConfigFile::Absent { branches }));
}

#[tokio::test]
async fn a_configuration_that_names_no_environment_leaves_those_whose_branch_exists() {
    let mut world = World::start().await;
    let owners_only = [(".github/greenlight.yml", "owners: [anna]\n")];
    world.shop.commit("main", "dev", "Shorten it", &owners_only);
    let snapshot = world.observe([Need::Config]).await.unwrap();
    let Some(ConfigFile::Valid { branches, .. }) = snapshot.config else {
        panic!("{:?}", snapshot.config)
    };
    assert_eq!(branches, [BranchName::from("staging")]);
}

#[tokio::test]
async fn a_broken_configuration_is_told_and_never_taken_for_none() {
    let mut world = World::start().await;
    let broken = [(".github/greenlight.yml", "owners: [anna\n")];
    world.shop.commit("main", "dev", "Break it", &broken);
    let snapshot = world.observe([Need::Config]).await.unwrap();
    assert!(matches!(snapshot.config, Some(ConfigFile::Broken(mistakes)) if !mistakes.is_empty()));
}

#[tokio::test]
async fn defaults_that_the_installation_may_not_see_are_none() {
    let mut world = World::start().await;
    world.sandbox.fault(Fault::Status(403), "GET", "/.github/contents", 1);
    let snapshot = world.observe([Need::Config]).await.unwrap();
    assert!(matches!(snapshot.config, Some(ConfigFile::Valid { .. })));
}

#[tokio::test]
async fn defaults_that_cannot_be_read_now_are_no_reason_to_go_on_without() {
    let mut world = World::start().await;
    world.sandbox.fault(Fault::Status(502), "GET", "/.github/contents", 9);
    assert!(world.observe([Need::Config]).await.is_err());
}

#[tokio::test]
async fn a_folder_in_the_configurations_place_is_a_mistake() {
    let mut world = World::start().await;
    let folder = [
        (".github/greenlight.yml", ""),
        (".github/greenlight.yml/staging.yml", "owners: [anna]\n"),
    ];
    world.shop.commit("main", "dev", "Split it", &folder);
    let snapshot = world.observe([Need::Config]).await.unwrap();
    assert!(matches!(snapshot.config, Some(ConfigFile::Broken(_))));
}

#[tokio::test]
async fn more_than_a_page_of_statuses_and_check_runs_is_read_whole() {
    let mut world = World::start().await;
    let head = world.shop.head("main").unwrap();
    for number in 0..120 {
        let context = format!("ci/circleci: job-{number}");
        world.shop.status(&head, &context, State::Success, "done").unwrap();
        let job = format!("job-{number}");
        world.shop.check_run("github-actions", &head, &job, "success").unwrap();
    }
    let snapshot = world.observe([Need::Checks(sha(&head))]).await.unwrap();
    let checks = &snapshot.checks[&sha(&head)].value;
    assert_eq!((checks.statuses.len(), checks.runs.len()), (120, 120));
    assert!(checks.complete);
    assert!(
        checks
            .runs
            .iter()
            .all(|run| run.app_slug.as_deref() == Some("github-actions"))
    );
}

#[tokio::test]
async fn a_commit_without_reports_is_whole_and_empty_and_an_unknown_one_is_an_error() {
    let mut world = World::start().await;
    let head = sha(&world.shop.head("main").unwrap());
    let snapshot = world.observe([Need::Checks(head.clone())]).await.unwrap();
    let checks = &snapshot.checks[&head].value;
    assert!(checks.complete && checks.statuses.is_empty() && checks.runs.is_empty());

    let unknown = Need::Checks(sha(&"5".repeat(40)));
    let error = world.observe([unknown]).await.unwrap_err();
    assert!(matches!(error, GithubError::Unexpected { .. }), "{error:?}");
}

#[tokio::test]
async fn a_branchs_required_checks_are_read_with_the_app_they_are_bound_to() {
    let mut world = World::start().await;
    let contexts = vec![("e2e".to_owned(), None), ("build".to_owned(), Some(15_368))];
    world
        .shop
        .rule("staging", RuleKind::RequiredStatusChecks(contexts), false);
    world.shop.rule("staging", RuleKind::RequiredLinearHistory, false);
    let branch = BranchName::from("staging");
    let snapshot = world.observe([Need::Rules(branch.clone())]).await.unwrap();
    let required: Vec<(&str, Option<i64>)> = snapshot.rules[&branch]
        .iter()
        .map(|required| (required.context.as_str(), required.app_id))
        .collect();
    assert_eq!(required, [("e2e", None), ("build", Some(15_368))]);
}

#[tokio::test]
async fn rights_are_those_of_the_person_and_not_of_the_name() {
    let mut world = World::start().await;
    let anna = UserId(id(world.sandbox.user("anna")));
    let stranger = UserId(id(world.sandbox.user("stranger")));
    world.shop.grant("anna", sandbox::Role::Maintain);
    let needs = [
        Need::Role(anna, "anna".to_owned()),
        Need::Role(stranger, "stranger".to_owned()),
        Need::Role(UserId(1), "anna".to_owned()),
        Need::Role(UserId(2), "nobody-at-all".to_owned()),
    ];
    let snapshot = world.observe(needs).await.unwrap();
    assert_eq!(snapshot.roles[&anna], Role::Maintain);
    assert_eq!(snapshot.roles[&stranger], Role::Read, "the repository is public");
    assert_eq!(snapshot.roles[&UserId(1)], Role::None);
    assert_eq!(snapshot.roles[&UserId(2)], Role::None);
}

#[tokio::test]
async fn only_active_members_of_a_team_belong_to_it() {
    let mut world = World::start().await;
    world.sandbox.team("harbour", "product", &["anna"]);
    world.sandbox.invite_to_team("harbour", "product", "boris");
    let team = TeamName::new("harbour", "product");
    let of = |user: i64, login: &str| Need::Member(team.clone(), UserId(user), login.to_owned());
    let snapshot = world
        .observe([of(1, "anna"), of(2, "boris"), of(3, "stranger")])
        .await
        .unwrap();
    let found = |user: i64| snapshot.members[&(team.clone(), UserId(user))];
    assert_eq!(
        [1, 2, 3].map(found),
        [Membership::Active, Membership::No, Membership::No]
    );
}

#[tokio::test]
async fn teams_that_the_app_may_not_read_are_told_as_unreadable() {
    let mut world = World::start().await;
    world.sandbox.team("harbour", "product", &["anna"]);
    let mut permissions = world.sandbox.app().permissions;
    permissions.remove("members");
    world
        .sandbox
        .set_permissions(world.at.installation.0.unsigned_abs(), permissions);
    let team = TeamName::new("harbour", "product");
    let need = Need::Member(team.clone(), UserId(1), "anna".to_owned());
    let snapshot = world.observe([need]).await.unwrap();
    assert_eq!(snapshot.members[&(team, UserId(1))], Membership::Unreadable);
}

#[tokio::test]
async fn a_reply_is_found_among_those_who_quote_it() {
    let mut world = World::start().await;
    let pull = world.feature("checkout", "Faster checkout");
    let request = world.shop.comment("anna", pull, "/promote staging").unwrap();
    let quote = marker(CommentId(id(request)).into());
    world.shop.comment("stranger", pull, &quote).unwrap();
    for number in 0..110 {
        world.shop.comment("dev", pull, &format!("Chatter {number}")).unwrap();
    }
    let need = Need::Reply {
        request: CommentId(id(request)).into(),
        pull: PullNumber(id(pull)),
        since: Timestamp::now() - SignedDuration::from_mins(5),
    };
    let before = world.observe([need.clone()]).await.unwrap();
    assert_eq!(before.replies[&RequestId::Comment(CommentId(id(request)))], None);

    let outcome = world.perform(&reply_to(request, pull, "Done.")).await.unwrap();
    let Outcome::Done(Receipt::Replied { comment, .. }) = outcome else {
        panic!("{outcome:?}")
    };
    let after = world.observe([need]).await.unwrap();
    assert_eq!(
        after.replies[&RequestId::Comment(CommentId(id(request)))],
        Some(comment)
    );
}

#[tokio::test]
async fn the_files_of_a_pull_request_are_read_to_the_last_page_or_said_to_be_some() {
    let mut world = World::start().await;
    let pull = world.feature("checkout", "Faster checkout");
    let paths: Vec<String> = (0..249).map(|number| format!("shop/{number:03}.txt")).collect();
    let files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "content")).collect();
    world.shop.commit("checkout", "dev", "Many files", &files);
    let number = PullNumber(id(pull));
    let snapshot = world
        .observe([Need::PullFiles(number), Need::PullFiles(PullNumber(999))])
        .await
        .unwrap();
    let read = &snapshot.pull_files[&number];
    assert!(read.complete);
    assert_eq!(read.names.len(), 250);
    assert_eq!(world.requests("GET", &format!("/pulls/{pull}/files")), 3);
    assert_eq!(snapshot.pull_files[&PullNumber(999)], Files::default());
    assert_eq!(read.shared_with(read).map(|shared| shared.len()), Some(250));
    assert_eq!(
        read.shared_with(&Files::default()),
        None,
        "what is not known shares nothing known"
    );
}
