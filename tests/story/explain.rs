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
    let output = run(world, arguments).await;
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

/// What of GitHub is changed by writing.
fn writes(world: &World) -> usize {
    let exchanges = world.sandbox.exchanges();
    exchanges.iter().filter(|one| one.method != "GET").count()
}

#[tokio::test]
async fn it_explains_why_a_feature_does_or_does_not_move() {
    let mut world = World::start().await;
    let number = world.feature("Faster checkout");
    world.settle().await;
    let it = format!("harbour/shop#{number}");
    let before = writes(&world);
    assert_snapshot!(says(&world, &["explain", &it]).await, @"");
    world.shop.label("dora", number, LABEL).expect("a label");
    world.settle().await;
    assert_snapshot!(says(&world, &["explain", &it]).await, @"");
    assert!(writes(&world) > before, "the bot wrote a card");
    let landed = world.lands("Gift cards").await;
    let (before, it) = (writes(&world), format!("harbour/shop#{}", landed.number));
    assert_snapshot!(says(&world, &["explain", &it]).await, @"");
    world.green(&landed.commit).await;
    assert_snapshot!(says(&world, &["explain", &it, "--as", "anna"]).await, @"");
    assert_eq!(writes(&world) - before, 0, "nobody did anything, and neither did explaining");
}

#[tokio::test]
async fn what_is_not_known_or_mistyped_is_said() {
    let world = World::start().await;
    assert_snapshot!(refused(&world, &["explain", "harbour/shop"]).await, @"");
    assert_snapshot!(refused(&world, &["explain", "harbour/nothing#1"]).await, @"");
    assert_snapshot!(says(&world, &["explain", "harbour/shop#4711"]).await, @"");
    assert_snapshot!(refused(&world, &["replay", "00000000-0000-0000-0000-000000000000"]).await, @"");
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
    let asked = deliveries.iter().find(|one| {
        one.event == "issue_comment" && one.payload["comment"]["body"] == "/promote staging"
    });
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
