//! The configuration file in the hands of the people who write it: each commit that touches it is told on the spot whether
//! it is in order, and only the one on the default branch counts.

use greenlight::sandbox::{CheckView, Exchange, Fault, Level, Method, Repository};
use jiff::SignedDuration;
use serde_json::Value;

use crate::world::{CONFIGURATION, World};

const PATH: &str = ".github/greenlight.yml";

/// dora writes the file on a branch of hers.
async fn writes_it(world: &World, branch: &str, text: &str) -> String {
    if world.shop.head(branch).is_none() {
        world.shop.branch(branch, &world.head("main"));
    }
    let commit = world.shop.commit(branch, "dora", "Set Greenlight up", &[(PATH, text)]);
    world.settle().await;
    commit
}

/// Our check runs on a commit.
fn reports(world: &World, commit: &str) -> Vec<CheckView> {
    let mut checks = world.shop.checks(commit);
    checks.retain(|check| check.name == "Greenlight configuration" && check.reporter == "greenlight");
    checks
}

/// The remarks that were sent with the last report.
fn remarks(world: &World) -> String {
    let exchanges = world.sandbox.exchanges();
    let sent = exchanges
        .iter()
        .rfind(|exchange| exchange.method == "POST" && exchange.path.ends_with("/check-runs"))
        .and_then(|exchange| exchange.request_body.as_ref())
        .expect("a report");
    let remarks = sent["output"]["annotations"].as_array().expect("remarks");
    let told = |remark: &Value| {
        format!(
            "{}:{}-{}: {}",
            remark["path"].as_str().unwrap_or_default(),
            remark["start_line"],
            remark["end_line"],
            remark["message"].as_str().unwrap_or_default()
        )
    };
    remarks.iter().map(told).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_commit_with_a_mistake_is_told_where_it_was_made_and_nothing_else_happens() {
    let world = World::start().await;
    let commit = writes_it(
        &world,
        "new-pipeline",
        "owner: [anna]\nenvironments:\n  - name: staging\n    checks: atuo\n  - name: main\n",
    )
    .await;
    let reports = reports(&world, &commit);
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].outcome, "failure");
    insta::assert_snapshot!(reports[0].text, @r"
    The configuration has 2 mistakes

    **This file cannot be used, and I do not guess what was meant.** As long as it is like this on the branch `main`, nothing is promoted.

    - Line 1, column 1, at `owner`: there is no setting `owner` here. There are `owners`, `ready_label`, `acceptance`, `self_acceptance`, `merge_method`, `timezone`, `armed_for`, `releases`, `after_rollback`, `environments`, `previews`, `preview_forks` and `preview_idle`. Did you mean `owners`?
    - Line 4, column 13, at `environments[0].checks`: there is `atuo`, where `auto`, `none` or a list of the names of checks belongs. Did you mean `auto`?

    Please correct it in another commit. `greenlight check` says the same before you commit.
    ");
    insta::assert_snapshot!(remarks(&world), @r"
    .github/greenlight.yml:1-1: at `owner`, there is no setting `owner` here. There are `owners`, `ready_label`, `acceptance`, `self_acceptance`, `merge_method`, `timezone`, `armed_for`, `releases`, `after_rollback`, `environments`, `previews`, `preview_forks` and `preview_idle`. Did you mean `owners`?
    .github/greenlight.yml:4-4: at `environments[0].checks`, there is `atuo`, where `auto`, `none` or a list of the names of checks belongs. Did you mean `auto`?
    ");
}

#[tokio::test]
async fn a_commit_in_order_is_told_how_it_is_understood() {
    let world = World::start().await;
    let commit = writes_it(
        &world,
        "new-pipeline",
        "owners: [anna, \"@harbour/product\"]\nmerge_method: squash\nenvironments: [{name: staging}, {name: production, checks: [e2e]}]\n",
    )
    .await;
    let reports = reports(&world, &commit);
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].outcome, "success");
    insta::assert_snapshot!(reports[0].text, @r"
    The configuration is in order

    **This is what I understand.** It counts as soon as it is on the branch `main`.

    - Those who may promote: `anna` and the team `@harbour/product`.
    - **staging** is the branch `staging`. The checks that the branch's rules require have to be green, or all checks where no rule requires any.
    - **production** is the branch `production`. These checks have to be green: `e2e`.
    - Times are told in the time zone `UTC`.
    ");
}

#[tokio::test]
async fn an_environment_on_mainline_is_a_mistake_that_only_a_report_can_see() {
    let world = World::start().await;
    let commit = writes_it(&world, "new-pipeline", "environments: [{name: staging}, {name: main}]").await;
    insta::assert_snapshot!(reports(&world, &commit)[0].text, @r"
    The configuration has a mistake

    **This file cannot be used, and I do not guess what was meant.** As long as it is like this on the branch `main`, nothing is promoted.

    - Line 1, column 40, at `environments[1].name`: `main` is the repository's default branch, which features merge into. It can be neither an environment nor a preview.

    Please correct it in another commit. `greenlight check` says the same before you commit.
    ");
}

#[tokio::test]
async fn a_commit_is_told_once_and_only_one_that_wrote_the_file() {
    let mut world = World::start().await;
    let commit = writes_it(&world, "new-pipeline", &format!("{CONFIGURATION}armed_for: 2d\n")).await;
    world.shop.branch("copy", &commit);
    world.settle().await;
    let later = world
        .shop
        .commit("copy", "dora", "Say hello", &[("hello.txt", "hello")]);
    world.settle().await;
    world.shop.push("dora", "main", &later).expect("a push");
    world.settle().await;
    assert_eq!(reports(&world, &commit).len(), 1);
    assert!(reports(&world, &later).is_empty());
    let made = |exchange: &Exchange| exchange.path.ends_with("/check-runs") && exchange.method == "POST";
    assert_eq!(
        world
            .sandbox
            .exchanges()
            .iter()
            .filter(|exchange| made(exchange))
            .count(),
        1
    );
    // Nor does the look at everything after a start find more to tell.
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    assert_eq!(
        world
            .sandbox
            .exchanges()
            .iter()
            .filter(|exchange| made(exchange))
            .count(),
        1
    );
}

#[tokio::test]
async fn a_report_whose_outcome_is_unknown_is_looked_for_before_it_is_written_again() {
    for fault in [Fault::StatusAfter(502), Fault::ResetAfter, Fault::Status(502)] {
        let world = World::start().await;
        world.sandbox.fault(fault, "POST", "/check-runs", 1);
        let commit = writes_it(&world, "new-pipeline", "owner: [anna]").await;
        world.passes(SignedDuration::from_secs(10)).await;
        world.passes(SignedDuration::from_secs(10)).await;
        let made = world.shop.checks(&commit);
        assert_eq!(made.len(), 1, "{fault:?}: {made:#?}");
        assert_eq!(made[0].outcome, "failure");
    }
}

#[tokio::test]
async fn a_report_is_never_a_check_that_lets_something_go() {
    let mut world = World::start().await;
    let commit = writes_it(&world, "new-pipeline", &format!("{CONFIGURATION}armed_for: 2d\n")).await;
    assert_eq!(reports(&world, &commit)[0].outcome, "success");
    world.shop.push("dora", "main", &commit).expect("a push");
    world.settle().await;
    let promotion = world.promotion("staging").number;
    let answer = world.says("anna", promotion, "/promote staging").await;
    assert_ne!(world.head("staging"), commit, "{answer}");
    world.green(&commit).await;
    assert_eq!(world.head("staging"), commit);
    world.bot_stops().await;
}

#[tokio::test]
async fn without_the_permission_to_write_checks_everything_else_goes_on() {
    let mut world = World::start().await;
    let installation = world.sandbox.installation("harbour").expect("an installation");
    let mut permissions = world.sandbox.app().permissions;
    permissions.insert("checks".to_owned(), Level::Read);
    world.sandbox.set_permissions(installation, permissions);
    // Tokens keep what they had until they end.
    world.passes(SignedDuration::from_hours(2)).await;
    let commit = writes_it(&world, "new-pipeline", "owner: [anna]").await;
    assert!(reports(&world, &commit).is_empty());
    let feature = world.lands_by("Faster checkout", Method::Squash).await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    world.says("anna", promotion, "/promote staging").await;
    assert_eq!(world.head("staging"), feature.commit);
    assert_eq!(world.dead_deliveries().await, 0);
}

/// The repository with the defaults of all of harbour's repositories.
fn defaults(world: &World, text: &str) -> Repository {
    world.sandbox.repository("harbour/.github").file(PATH, text).create()
}

const WITHOUT_A_PIPELINE: &str = "timezone: Europe/Berlin\n";

#[tokio::test]
async fn the_organisations_defaults_hold_where_the_own_file_is_silent() {
    let mut world = World::with_configuration(Some(WITHOUT_A_PIPELINE)).await;
    defaults(
        &world,
        "owners: [anna]\ntimezone: UTC\nenvironments: [{name: staging, checks: none}]\n",
    );
    world.settle().await;
    let feature = world.lands("Faster checkout").await;
    let promotion = world.promotion("staging").number;
    // mona is a maintainer, and would be an owner without the defaults.
    let refused = world.says("mona", promotion, "/promote staging").await;
    assert!(refused.starts_with("**Not promoted to staging**"), "{refused}");
    let help = world.says("anna", promotion, "/help").await;
    assert!(help.ends_with("The environments here, in order: `staging`."), "{help}");
    world.says("anna", promotion, "/promote staging").await;
    assert_eq!(world.head("staging"), feature.commit);
}

#[tokio::test]
async fn broken_defaults_shut_every_gate_and_are_named() {
    let mut world = World::with_configuration(Some(WITHOUT_A_PIPELINE)).await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let shared = defaults(&world, "owner: [anna]\n");
    world.settle().await;
    let promotion = world.promotion("staging").number;
    let answer = world.says("mona", promotion, "/promote staging").await;
    assert_ne!(world.head("staging"), feature.commit);
    insta::assert_snapshot!(answer, @r"
    **Nothing moves until the configuration is mended.** The file `.github/greenlight.yml` in `harbour/.github`, which holds the defaults of all repositories there, has a mistake, and I do not guess what was meant.

    - Line 1, column 1 of `.github/greenlight.yml` in `harbour/.github`, at `owner`: there is no setting `owner` here. There are `owners`, `ready_label`, `acceptance`, `self_acceptance`, `merge_method`, `timezone`, `armed_for`, `releases`, `after_rollback`, `environments`, `previews`, `preview_forks` and `preview_idle`. Did you mean `owners`?

    A developer needs to correct it on the default branch; then say the command again.
    ");
    let commit = writes_it(&world, "new-pipeline", "owners: [mona]").await;
    let report = &reports(&world, &commit)[0];
    assert_eq!(report.outcome, "failure");
    insta::assert_snapshot!(report.text, @r"
    The organisation's defaults have a mistake

    **This file is in order, but the defaults below it, which hold for all repositories there, cannot be used.** Until they are mended, nothing is promoted.

    - Line 1, column 1 of `.github/greenlight.yml` in `harbour/.github`, at `owner`: there is no setting `owner` here. There are `owners`, `ready_label`, `acceptance`, `self_acceptance`, `merge_method`, `timezone`, `armed_for`, `releases`, `after_rollback`, `environments`, `previews`, `preview_forks` and `preview_idle`. Did you mean `owners`?
    ");
    assert_eq!(remarks(&world), "");

    shared.commit("main", "dora", "Mend it", &[(PATH, "owners: [mona]\n")]);
    world.settle().await;
    world.says("mona", promotion, "/promote staging").await;
    assert_eq!(world.head("staging"), feature.commit);
}

#[tokio::test]
async fn a_mistake_in_the_defaults_is_told_on_their_own_commit() {
    let world = World::start().await;
    let shared = defaults(&world, "owners: [anna]\n");
    world.settle().await;
    let commit = shared.commit("main", "dora", "Break it", &[(PATH, "owner: [anna]\n")]);
    world.settle().await;
    let checks = shared.checks(&commit);
    assert_eq!(checks.len(), 1);
    assert!(
        checks[0].text.starts_with("The configuration has a mistake"),
        "{}",
        checks[0].text
    );
}

#[tokio::test]
async fn the_defaults_cost_one_request_at_most_where_they_are_read() {
    let mut world = World::start().await;
    let shared = defaults(&world, "armed_for: 3h\n");
    world.settle().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    world.sandbox.forget_exchanges();
    world.says("anna", promotion, "/promote staging").await;
    let reads = |path: &str| {
        let path = format!("/repos/{path}/contents/{PATH}");
        let exchanges = world.sandbox.exchanges();
        let found: Vec<u16> = exchanges
            .iter()
            .filter(|one| one.path.ends_with(&path))
            .map(|one| one.status)
            .collect();
        found
    };
    let (own, below) = (reads("harbour/shop"), reads(&shared.full_name()));
    assert!(!own.is_empty() && own.len() == below.len(), "{own:?} {below:?}");
    assert!(below.iter().all(|status| *status == 304), "{below:?}");
}
