//! The picture on the promotion pull request and in `/status`: it shows what the words beside it say, and keeps up with them.

use crate::world::World;

/// The lines of the drawing, without its fence.
fn drawn(text: &str) -> Vec<&str> {
    let (_, rest) = text
        .split_once("```mermaid\n")
        .unwrap_or_else(|| panic!("no picture in {text}"));
    let (lines, _) = rest.split_once("\n```").expect("its end");
    lines.lines().map(str::trim).collect()
}

#[tokio::test]
async fn a_promotion_that_waits_is_told_on_its_pull_request_until_it_has_gone() {
    let mut world = World::start().await;
    let feature = world.lands("Faster \"checkout\"] --> `x`").await;
    let promotion = world.promotion("staging").number;
    let page = || world.shop.pull(promotion).expect("the promotion pull request").body;
    assert_eq!(
        drawn(&page()),
        [
            "flowchart LR",
            "s0([\"main\"])",
            "s1([\"staging\"])",
            "f1[\"#35;1 Faster checkout x\"]",
            "s0 --> f1 --> s1",
        ]
    );

    world.says("anna", promotion, "/promote staging").await;
    assert!(
        page().contains("**A promotion was asked for and waits.**"),
        "{}",
        page()
    );
    assert_eq!(drawn(&page())[2], "s1([\"staging, a promotion waits\"])");
    let status = world.says("anna", promotion, "/status").await;
    assert_eq!(drawn(&status)[2], "s1([\"staging, a promotion waits\"])");

    world.says("anna", promotion, "/cancel").await;
    assert!(!page().contains("A promotion was asked for"), "{}", page());

    world.says("anna", promotion, "/hold staging for 3 hours").await;
    assert_eq!(drawn(&page())[2], "s1([\"staging, on hold\"])");
    world.says("anna", promotion, "/unhold staging").await;

    world.green(&feature.commit).await;
    world.says("anna", promotion, "/promote staging").await;
    let status = world.says("anna", 1, "/status").await;
    assert_eq!(
        drawn(&status),
        [
            "flowchart LR",
            "s0([\"main\"])",
            "s1([\"staging\"])",
            "s0 --- s1",
            "s2([\"production\"])",
            "f2[\"#35;1 Faster checkout x\"]",
            "s1 --> f2 --> s2",
        ]
    );
}

#[tokio::test]
async fn many_features_are_a_few_and_a_number() {
    let mut world = World::start().await;
    for number in 1..=12 {
        world.lands(&format!("Feature {number}")).await;
    }
    let promotion = world.promotion("staging");
    let load = drawn(&promotion.body)[3].to_owned();
    assert!(load.ends_with("Feature 12<br>and 7 more\"]"), "{load}");
    assert_eq!(promotion.body.lines().filter(|line| line.starts_with("- ")).count(), 12);
}
