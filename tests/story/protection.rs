//! GitHub's own gates: a workflow run that deploys into an environment asks Greenlight first.

use greenlight::sandbox::{Fault, Level, RunAnswer, RunView};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::forged::forges;
use crate::world::{CONFIGURATION, Landed, World};

const QUESTION: &str = "deployment_protection_rule";

/// Longer than GitHub is given to show what it told of.
const LATER: SignedDuration = SignedDuration::from_secs(6);

async fn world() -> World {
    let world = World::start().await;
    world.shop.protect("staging");
    world.shop.protect("production");
    world
}

/// On staging by an owner's word.
async fn on_staging(world: &mut World, title: &str) -> Landed {
    let feature = world.lands(title).await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    world.says("anna", promotion, "/promote staging").await;
    assert_eq!(world.head("staging"), feature.commit);
    feature
}

async fn deploys(world: &World, commit: &str, environment: &str) -> u64 {
    let run = world
        .shop
        .workflow_run("dora", "push", commit, environment)
        .expect("a run");
    world.settle().await;
    run
}

/// The newest question, as it was delivered.
fn question(world: &World) -> Value {
    let deliveries = world.sandbox.deliveries();
    let newest = deliveries.iter().rfind(|delivery| delivery.event == QUESTION);
    newest.expect("it was asked").payload.clone()
}

fn seen(world: &World, run: u64) -> RunView {
    world.shop.workflow_run_view(run).expect("it stays")
}

fn answers(world: &World, run: u64) -> Vec<RunAnswer> {
    let said = seen(world, run).said;
    said.into_iter().filter(|said| said.state.is_some()).collect()
}

fn reports(world: &World, run: u64) -> Vec<String> {
    let said = seen(world, run).said.into_iter();
    said.filter(|said| said.state.is_none())
        .map(|said| said.comment)
        .collect()
}

/// The one final answer.
fn answer(world: &World, run: u64) -> String {
    let answers = answers(world, run);
    assert_eq!(answers.len(), 1, "{:#?}", seen(world, run));
    let state = answers[0].state.clone().unwrap_or_default();
    format!("{state}: {}", answers[0].comment)
}

#[tokio::test]
async fn what_was_promoted_may_deploy() {
    let mut world = world().await;
    let feature = on_staging(&mut world, "Faster checkout").await;
    let run = deploys(&world, &feature.commit, "staging").await;
    insta::assert_snapshot!(answer(&world, run), @"approved: **This may go to staging.** It is the version that staging was brought to, and nothing stands in its way.");
    assert_eq!(seen(&world, run).status, "in_progress");
    assert_eq!(reports(&world, run), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_on_mainline_only_waits_until_an_owner_promotes_it() {
    let mut world = world().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let run = deploys(&world, &feature.commit, "staging").await;
    assert_eq!(seen(&world, run).status, "waiting");
    insta::assert_snapshot!(reports(&world, run).join("\n"), @"**Waiting to go to staging:** it is on main, and nobody has promoted it to staging yet. An owner does that with `/promote staging` on the pull request that promotes to staging. I will let it through by myself after that.");
    // The job that waits is no check that the promotion would wait for.
    let promotion = world.promotion("staging").number;
    world.says("anna", promotion, "/promote staging").await;
    assert_eq!(world.head("staging"), feature.commit);
    assert!(answer(&world, run).starts_with("approved"));
}

#[tokio::test]
async fn what_skips_a_stage_waits_for_the_one_before() {
    let mut world = world().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let run = deploys(&world, &feature.commit, "production").await;
    insta::assert_snapshot!(reports(&world, run).join("\n"), @"**Waiting to go to production:** it has to be promoted to staging first, and then to production. An owner does that with `/promote`. I will let it through by myself after that.");
    assert_eq!(answers(&world, run), vec![]);
}

#[tokio::test]
async fn what_is_on_no_stage_is_refused() {
    let mut world = world().await;
    world.feature("Faster checkout");
    let commit = world.head("feature-1");
    let run = deploys(&world, &commit, "staging").await;
    assert_eq!(answers(&world, run), vec![]);
    world.passes(LATER).await;
    insta::assert_snapshot!(answer(&world, run), @"rejected: **This may not go to staging**, because it is not in main. What goes to staging comes from there, by a promotion.");
    assert_eq!(seen(&world, run).conclusion.as_deref(), Some("failure"));
}

#[tokio::test]
async fn a_deployment_alone_does_not_go_back() {
    let mut world = world().await;
    let before = on_staging(&mut world, "Faster checkout").await;
    on_staging(&mut world, "Search by colour").await;
    let run = deploys(&world, &before.commit, "staging").await;
    world.passes(LATER).await;
    insta::assert_snapshot!(answer(&world, run), @"rejected: **This may not go to staging**, because staging has gone on to a later version, which has this one. To go back, an owner says so with a command; a deployment alone does not.");
}

#[tokio::test]
async fn an_environment_that_the_pipeline_does_not_know_is_refused() {
    let mut world = world().await;
    world.shop.protect("moon *base*");
    let feature = on_staging(&mut world, "Faster checkout").await;
    let run = deploys(&world, &feature.commit, "moon *base*").await;
    world.passes(LATER).await;
    insta::assert_snapshot!(answer(&world, run), @r"rejected: **This may not go to moon \*base\***, because I know no environment of this name, so I cannot tell what may go there. The pipeline has staging, production. A developer can add moon \*base\* to `.github/greenlight.yml`, or take Greenlight off the protection rules of this environment, and then run this again.");
}

#[tokio::test]
async fn a_run_for_a_pull_request_is_refused() {
    let mut world = world().await;
    let feature = on_staging(&mut world, "Faster checkout").await;
    let run = world
        .shop
        .workflow_run("dora", "pull_request", &feature.commit, "staging")
        .expect("a run");
    world.settle().await;
    world.passes(LATER).await;
    insta::assert_snapshot!(answer(&world, run), @"rejected: **This may not go to staging**, because this runs for a pull request, and would deploy what the pull request makes of it, not what staging was brought to. A developer can let it run when the environment's branch is pushed to instead.");
}

#[tokio::test]
async fn a_hold_keeps_it_waiting_and_is_told_once() {
    let mut world = world().await;
    let feature = on_staging(&mut world, "Faster checkout").await;
    world.it_is("2027-01-04T09:00:00Z").await;
    let somewhere = world.promotion("production").number;
    world
        .says("anna", somewhere, "/hold staging until 18:00 because of a *demo*")
        .await;
    let run = deploys(&world, &feature.commit, "staging").await;
    assert_eq!(seen(&world, run).status, "waiting");
    insta::assert_snapshot!(reports(&world, run).join("\n"), @"**Waiting to go to staging:** it is on hold until Monday, 4 January at 18:00 (Europe/Berlin); anna asked for that, because: `of a *demo*`. I will let it through by myself after that.");
    world.green(&feature.commit).await;
    world.passes(SignedDuration::from_hours(2)).await;
    assert_eq!(reports(&world, run).len(), 1);
    world.it_is("2027-01-04T17:01:00Z").await;
    assert!(answer(&world, run).starts_with("approved"));
    assert_eq!(seen(&world, run).status, "in_progress");
}

#[tokio::test]
async fn an_owner_who_ends_the_hold_lets_it_through() {
    let mut world = world().await;
    let feature = on_staging(&mut world, "Faster checkout").await;
    let somewhere = world.promotion("production").number;
    world.says("anna", somewhere, "/hold staging").await;
    let run = deploys(&world, &feature.commit, "staging").await;
    assert_eq!(answers(&world, run), vec![]);
    world.says("anna", somewhere, "/unhold staging").await;
    assert!(answer(&world, run).starts_with("approved"));
}

#[tokio::test]
async fn a_check_that_turned_red_keeps_it_waiting_until_it_is_green_again() {
    let mut world = world().await;
    let feature = on_staging(&mut world, "Faster checkout").await;
    world.check(&feature.commit, "test", "failure").await;
    let run = deploys(&world, &feature.commit, "staging").await;
    insta::assert_snapshot!(reports(&world, run).join("\n"), @"**Waiting to go to staging:** the check `test` failed on this version. A developer needs to look at it. I will let it through once everything passes, when it is run again.");
    world.green(&feature.commit).await;
    assert!(answer(&world, run).starts_with("approved"));
}

#[tokio::test]
async fn allowed_times_hold_for_deployments_too() {
    let windows = CONFIGURATION.replace(
        "  - name: staging\n",
        "  - name: staging\n    windows: [\"mon-fri 09:00-16:00\"]\n",
    );
    let mut world = World::with_configuration(Some(&windows)).await;
    world.shop.protect("staging");
    world.it_is("2027-01-04T10:00:00Z").await;
    let feature = on_staging(&mut world, "Faster checkout").await;
    world.it_is("2027-01-04T20:00:00Z").await;
    let run = deploys(&world, &feature.commit, "staging").await;
    insta::assert_snapshot!(reports(&world, run).join("\n"), @"**Waiting to go to staging:** it may only be moved at set times, and the next begins on Tuesday, 5 January at 09:00 (Europe/Berlin). I will let it through by myself after that.");
    world.it_is("2027-01-05T08:00:30Z").await;
    assert!(answer(&world, run).starts_with("approved"));
}

#[tokio::test]
async fn what_was_pushed_past_the_owner_waits_for_her_word() {
    let mut world = world().await;
    on_staging(&mut world, "Faster checkout").await;
    let pushed = world
        .shop
        .commit("staging", "dora", "Mend it quickly", &[("hotfix.txt", "quick")]);
    let run = deploys(&world, &pushed, "staging").await;
    world.green(&pushed).await;
    world.passes(LATER).await;
    assert_eq!(answers(&world, run), vec![]);
    assert_eq!(reports(&world, run).len(), 1, "{:#?}", reports(&world, run));
    let somewhere = world.promotion("production").number;
    world.says("anna", somewhere, "/unhold staging").await;
    assert!(answer(&world, run).starts_with("approved"));
}

#[tokio::test]
async fn a_run_that_is_started_again_is_answered_again() {
    let mut world = world().await;
    let feature = on_staging(&mut world, "Faster checkout").await;
    let run = deploys(&world, &feature.commit, "staging").await;
    world.shop.end_workflow_run(run, "failure").expect("it ends");
    world.shop.rerun("dora", run).expect("it runs again");
    world.settle().await;
    assert_eq!(answers(&world, run).len(), 2);
    world.shop.next_job("dora", run).expect("it goes on");
    world.settle().await;
    assert_eq!(answers(&world, run).len(), 3);
}

#[tokio::test]
async fn a_run_that_also_waits_for_a_person_is_answered_once() {
    let mut world = world().await;
    let feature = on_staging(&mut world, "Faster checkout").await;
    let run = world
        .shop
        .workflow_run_for_review("dora", &feature.commit, "staging")
        .expect("a run");
    world.settle().await;
    assert_eq!(seen(&world, run).status, "waiting");
    // The same question under another number.
    forges(&world, QUESTION, &question(&world)).await;
    assert!(answer(&world, run).starts_with("approved"));
    world.shop.approve_run("anna", run).expect("approved");
    assert_eq!(seen(&world, run).status, "in_progress");
}

#[tokio::test]
async fn a_broken_configuration_keeps_everything_waiting() {
    let mut world = world().await;
    let feature = on_staging(&mut world, "Faster checkout").await;
    let broken = CONFIGURATION.replace("owners:", "owner:");
    world
        .shop
        .commit("main", "dora", "Break the file", &[(".github/greenlight.yml", &broken)]);
    world.settle().await;
    let run = deploys(&world, &feature.commit, "staging").await;
    insta::assert_snapshot!(reports(&world, run).join("\n"), @"**Waiting to go to staging:** nothing moves until the configuration is mended. The file `.github/greenlight.yml` has a mistake, and I do not guess what was meant. A developer needs to correct it on the default branch. I will let it through by myself after that.");
    world.shop.commit(
        "main",
        "dora",
        "Mend the file",
        &[(".github/greenlight.yml", CONFIGURATION)],
    );
    world.settle().await;
    assert!(answer(&world, run).starts_with("approved"));
}

#[tokio::test]
async fn a_question_that_is_delivered_twice_is_answered_once() {
    let mut world = world().await;
    let feature = on_staging(&mut world, "Faster checkout").await;
    world.sandbox.delivery_fault(Fault::Twice, QUESTION, 1);
    let run = deploys(&world, &feature.commit, "staging").await;
    assert!(answer(&world, run).starts_with("approved"));
    forges(&world, QUESTION, &question(&world)).await;
    assert!(answer(&world, run).starts_with("approved"));
}

#[tokio::test]
async fn an_invented_question_buys_reads_and_no_answer() {
    let mut world = world().await;
    let feature = on_staging(&mut world, "Faster checkout").await;
    let run = deploys(&world, &feature.commit, "production").await;
    let mut payload = question(&world);
    // That run waits for production, and nobody has promoted it there.
    payload["environment"] = json!("staging");
    payload["deployment"]["id"] = json!(4711);
    payload["deployment"]["sha"] = json!(world.head("production"));
    forges(&world, QUESTION, &payload).await;
    world.passes(SignedDuration::from_mins(2)).await;
    assert_eq!(answers(&world, run), vec![]);
    assert_eq!(seen(&world, run).status, "waiting");
}

#[tokio::test]
async fn a_run_that_is_not_there_is_forgotten() {
    let mut world = world().await;
    let feature = on_staging(&mut world, "Faster checkout").await;
    deploys(&world, &feature.commit, "production").await;
    let mut payload = question(&world);
    payload["deployment_callback_url"] =
        json!("https://api.github.com/repos/harbour/shop/actions/runs/17/deployment_protection_rule");
    world.sandbox.forget_exchanges();
    forges(&world, QUESTION, &payload).await;
    world.passes(SignedDuration::from_mins(2)).await;
    let asked: Vec<String> = world.sandbox.exchanges().iter().map(|one| one.path.clone()).collect();
    assert_eq!(
        asked.iter().filter(|path| path.ends_with("/runs/17")).count(),
        1,
        "{asked:#?}"
    );
    assert!(!asked.iter().any(|path| path.ends_with("/deployment_protection_rule")));
}

#[tokio::test]
async fn an_answer_whose_outcome_was_lost_is_not_given_twice() {
    let mut world = world().await;
    let feature = on_staging(&mut world, "Faster checkout").await;
    // GitHub takes it, and the connection breaks before it says so.
    world
        .sandbox
        .fault(Fault::ResetAfter, "POST", "/deployment_protection_rule", 1);
    let run = deploys(&world, &feature.commit, "staging").await;
    world.passes(SignedDuration::from_mins(1)).await;
    assert!(answer(&world, run).starts_with("approved"));
    let sent = world.sandbox.exchanges();
    let sent = sent
        .iter()
        .filter(|one| one.method == "POST" && one.path.ends_with("/deployment_protection_rule"));
    assert_eq!(sent.count(), 1);
}

#[tokio::test]
async fn without_the_permission_to_look_it_is_told_where_it_waits_and_promotions_go_on() {
    let mut world = world().await;
    let installation = world.sandbox.installation("harbour").expect("installed");
    let mut permissions = world.sandbox.app().permissions;
    permissions.remove("actions");
    world.sandbox.set_permissions(installation, permissions);
    // A token keeps what it was given.
    world.passes(SignedDuration::from_hours(2)).await;
    let feature = on_staging(&mut world, "Faster checkout").await;
    let run = deploys(&world, &feature.commit, "staging").await;
    insta::assert_snapshot!(reports(&world, run).join("\n"), @"**Waiting to go to staging:** GitHub does not let me read what this would deploy. An administrator needs to grant Greenlight the permission `actions: read`, and accept it for this repository. I will look again by myself after that.");
    on_staging(&mut world, "Search by colour").await;
    assert_eq!(reports(&world, run).len(), 1);
}

#[tokio::test]
async fn without_the_permission_to_answer_promotions_go_on() {
    let mut world = world().await;
    let installation = world.sandbox.installation("harbour").expect("installed");
    let mut permissions = world.sandbox.app().permissions;
    permissions.insert("deployments".to_owned(), Level::Read);
    world.sandbox.set_permissions(installation, permissions);
    world.passes(SignedDuration::from_hours(2)).await;
    let feature = on_staging(&mut world, "Faster checkout").await;
    let run = deploys(&world, &feature.commit, "staging").await;
    assert_eq!(answers(&world, run), vec![]);
    let newer = on_staging(&mut world, "Search by colour").await;
    assert_eq!(world.head("staging"), newer.commit);
}

#[tokio::test]
async fn a_question_whose_delivery_was_lost_is_made_up_for_by_the_sweep() {
    let mut world = world().await;
    let feature = on_staging(&mut world, "Faster checkout").await;
    let before = deploys(&world, &feature.commit, "staging").await;
    world.shop.end_workflow_run(before, "success").expect("it ends");
    world.sandbox.delivery_fault(Fault::Lost, QUESTION, 1);
    let run = deploys(&world, &feature.commit, "staging").await;
    assert_eq!(answers(&world, run), vec![]);
    // The sweep comes with a start.
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    assert!(answer(&world, run).starts_with("approved"));
}
