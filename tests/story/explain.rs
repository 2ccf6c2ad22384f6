//! `greenlight explain` and `greenlight replay`, as an operator runs them beside the bot.

use std::process::{Command, Output};

use greenlight::sandbox;
use insta::assert_snapshot;

use crate::canary;
use crate::world::{LABEL, SECRET, World};

async fn run(world: &World, arguments: &[&str]) -> Output {
    let app = world.sandbox.app();
    let mut command = Command::new(env!("CARGO_BIN_EXE_greenlight"));
    command
        .args(arguments)
        .current_dir(world.folder())
        .env("GITHUB_APP_ID", app.id.to_string())
        .env("GITHUB_PRIVATE_KEY", sandbox::APP_PRIVATE_KEY)
        .env("GITHUB_WEBHOOK_SECRET", SECRET)
        .env("GITHUB_API_URL", world.sandbox.api_url())
        .env("GITHUB_URL", world.sandbox.url());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .expect("it runs")
        .expect("the program runs");
    canary::none_in_output(&output);
    output
}

/// What it prints, without commits and without the moment of the next look, which is different in every run.
async fn says(world: &World, arguments: &[&str]) -> String {
    let before = writes(world);
    let output = run(world, arguments).await;
    assert_eq!(writes(world), before, "neither command writes to GitHub");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).expect("text");
    let lines = text.lines().filter(|line| !line.starts_with("If nothing happens"));
    lines.map(|line| format!("{line}\n")).collect()
}

async fn refused(world: &World, arguments: &[&str]) -> String {
    let output = run(world, arguments).await;
    assert!(!output.status.success());
    String::from_utf8(output.stderr).expect("text")
}

/// What was written to GitHub; asking for a token writes nothing.
fn writes(world: &World) -> usize {
    let exchanges = world.sandbox.exchanges();
    let written = exchanges
        .iter()
        .filter(|one| one.method != "GET" && !one.path.ends_with("/access_tokens"));
    written.count()
}

#[tokio::test]
async fn it_explains_why_a_feature_does_or_does_not_move() {
    let mut world = World::start().await;
    let number = world.feature("Faster checkout");
    world.settle().await;
    let it = format!("harbour/shop#{number}");
    assert_snapshot!(says(&world, &["explain", &it]).await, @r"
    #1 Faster checkout: In progress
      It becomes ready when its developer puts the label “ready-for-staging” on it.
    Greenlight would do nothing now.
    ");
    world.shop.label("dora", number, LABEL).expect("a label");
    world.settle().await;
    assert_snapshot!(says(&world, &["explain", &it]).await, @r"
    #1 Faster checkout: Ready
      No check has reported yet.
      It waits for the word of anna.
    Greenlight would do nothing now.
    ");
    let landed = world.lands("Gift cards").await;
    let it = format!("harbour/shop#{}", landed.number);
    assert_snapshot!(says(&world, &["explain", &it]).await, @r"
    #2 waits to go to staging.
    staging: Free to promote.
    If dora promoted it now:
      This would not go to staging now. Nothing has been moved.
      It would bring 1 feature:
      Gift cards (#2, by dora)
      How each gate stands:
      Your right to promote: in the way, because only anna may promote to staging.
      The order of the stages: in order.
      Holds: in order.
      The times at which it may be moved: in order.
      The checks: no check has reported on this version yet.
      if this repository has no checks at all, a developer can say so with checks: none in .github/greenlight.yml
      The deployment to the stage before: in order.
      The time on the stage before: in order.
      The branch: in order.
    Greenlight would do nothing now.
    ");
    world.green(&landed.commit).await;
    assert_snapshot!(says(&world, &["explain", &it, "--as", "anna"]).await, @r"
    #2 waits to go to staging.
    staging: Free to promote.
    If anna promoted it now:
      This would go to staging now. Nothing has been moved.
      It would bring 1 feature:
      Gift cards (#2, by dora)
      How each gate stands:
      Your right to promote: in order.
      The order of the stages: in order.
      Holds: in order.
      The times at which it may be moved: in order.
      The checks: in order.
      The deployment to the stage before: in order.
      The time on the stage before: in order.
      The branch: in order.
      To do it, say /promote staging.
    Greenlight would do nothing now.
    ");
}

#[tokio::test]
async fn what_is_not_known_or_mistyped_is_said() {
    let world = World::start().await;
    assert_snapshot!(refused(&world, &["explain", "harbour/shop"]).await, @"greenlight: harbour/shop is not a pull request; write it as OWNER/NAME#NUMBER");
    assert_snapshot!(refused(&world, &["explain", "harbour/nothing#1"]).await, @"greenlight: harbour/nothing is not known here; is the App installed on it, and has `greenlight serve` run since?");
    assert_snapshot!(says(&world, &["explain", "harbour/shop#4711"]).await, @r"
    #4711 is not open, and nothing that waits brings it: it was closed, or is everywhere already, or is no pull request of harbour/shop.
    Greenlight would do nothing now.
    ");
    assert_snapshot!(refused(&world, &["replay", "00000000-0000-0000-0000-000000000000"]).await, @"greenlight: no delivery 00000000-0000-0000-0000-000000000000 is here; GitHub lists those of the last days under Advanced in the App's settings, where each can be redelivered");
}

#[tokio::test]
async fn a_delivery_is_read_once_more_and_does_nothing_twice() {
    let mut world = World::start().await;
    let landed = world.lands("Faster checkout").await;
    world.green(&landed.commit).await;
    let pull = world.promotion("staging").number;
    world.says("anna", pull, "/promote staging").await;
    assert_eq!(world.head("staging"), landed.commit);
    let deliveries = world.sandbox.deliveries();
    let asked = deliveries
        .iter()
        .find(|one| one.event == "issue_comment" && one.payload["comment"]["body"] == "/promote staging");
    let guid = &asked.expect("the delivery").guid;
    let (before, answers) = (writes(&world), world.shop.comments(pull).len());
    let tried = says(&world, &["replay", guid, "--dry-run"]).await;
    assert!(tried.contains("It was read and acted on."), "{tried}");
    assert!(tried.contains("Promoted to staging"), "what was answered: {tried}");
    let said = says(&world, &["replay", guid]).await;
    assert!(said.contains("reads it once more within seconds"), "{said}");
    world.settle().await;
    assert_eq!(world.shop.comments(pull).len(), answers, "answered once");
    assert_eq!(writes(&world), before);
}
