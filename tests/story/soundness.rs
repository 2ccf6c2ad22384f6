//! `/status` for those who maintain the repository: whether all is there that Greenlight needs in it, from facts read for that alone.

use greenlight::sandbox::RuleKind;
use insta::assert_snapshot;

use crate::world::{CONFIGURATION, World};

/// What follows the words on where everything stands, without the marks that keep other people's words harmless.
fn section(answer: &str) -> Option<String> {
    let at = answer.find("**For you, who maintain")?;
    Some(answer[at..].replace(['\\', '\u{2060}'], ""))
}

#[tokio::test]
async fn maintainers_are_told_what_is_missing_and_nobody_else_is() {
    let mut world = World::with_configuration(Some(
        &CONFIGURATION.replace("[anna]", "[anna, \"anna-who-left\", \"@harbour/nobody\"]"),
    ))
    .await;
    let pull = world.feature("Faster checkout");
    world.shop.rule("production", RuleKind::Update, false);
    let told = world.says("mona", pull, "/status").await;
    assert_snapshot!(section(&told).expect("she maintains it"), @r"
    **For you, who maintain this repository: this is what I lack here.**

    - **Wrong:** GitHub knows no account anna-who-left, so that owner cannot do anything. Correct the login in .github/greenlight.yml.
    - **Wrong:** GitHub shows the App no team harbour/nobody, so nobody in it counts as an owner. See that it is spelt as in its address, that it belongs to the organisation on which the App is installed, and that the App has the permission members: read.
    - **Wrong:** A ruleset forbids everybody to move production, Greenlight too. Add Greenlight to the bypass list of that ruleset, with “Always allow”.
    - To look at: Anybody who may push can move staging past Greenlight. Add a ruleset for it with “Restrict updates”, and Greenlight in its bypass list; Greenlight's docs/security.md has one to import.
    ");

    let asked = |path: &str| {
        world
            .sandbox
            .exchanges()
            .iter()
            .filter(|one| one.path.contains(path))
            .count()
    };
    let before = (
        asked("/app/installations/"),
        asked("/rules/branches/"),
        asked("/users/"),
    );
    for (login, why) in [
        ("anna", "an owner who only reads"),
        ("dora", "a developer"),
        ("carl", "a reader"),
    ] {
        let told = world.says(login, pull, "/status").await;
        assert!(section(&told).is_none(), "{why}: {told}");
    }
    let after = (
        asked("/app/installations/"),
        asked("/rules/branches/"),
        asked("/users/"),
    );
    assert_eq!(before, after, "what is not told is not asked");
}

#[tokio::test]
async fn where_nothing_is_missing_that_is_said() {
    let mut world = World::start().await;
    let pull = world.feature("Faster checkout");
    for branch in ["staging", "production"] {
        world.shop.rule(branch, RuleKind::Update, true);
    }
    let told = world.says("mona", pull, "/status").await;
    assert_snapshot!(section(&told).expect("she maintains it"), @"**For you, who maintain this repository: all that I need here is there.** Whether the App itself is well, whoever runs me learns from `greenlight doctor`.");
}

/// A missing permission is told, and neither ends the reply nor is taken for good news.
#[tokio::test]
async fn what_may_not_be_read_is_told_as_that() {
    let mut world = World::start().await;
    let pull = world.feature("Faster checkout");
    let id = world.sandbox.installation("harbour").expect("it is installed");
    let all = world.sandbox.app().permissions;
    let less = all.into_iter().filter(|(name, _)| name != "checks").collect();
    world.sandbox.set_permissions(id, less);
    world.settle().await;
    let told = world.says("mona", pull, "/status").await;
    assert!(
        told.starts_with("**[staging]") || told.starts_with("**staging"),
        "{told}"
    );
    assert_snapshot!(section(&told).expect("she maintains it"), @r"
    **For you, who maintain this repository: this is what I lack here.**

    - **Wrong:** Greenlight lacks what it was to be granted here: checks: write. An owner of harbour accepts it in the settings of that account, under “GitHub Apps”. If it is not asked for there, whoever runs Greenlight grants it on the App's settings page first.
    - To look at: Anybody who may push can move staging past Greenlight. Add a ruleset for it with “Restrict updates”, and Greenlight in its bypass list; Greenlight's docs/security.md has one to import.
    - To look at: The checks of staging could not be read: Greenlight lacks the permission checks: read. Try again once that is mended.
    - To look at: Anybody who may push can move production past Greenlight. Add a ruleset for it with “Restrict updates”, and Greenlight in its bypass list; Greenlight's docs/security.md has one to import.
    - To look at: The checks of production could not be read: Greenlight lacks the permission checks: read. Try again once that is mended.
    ");
}
