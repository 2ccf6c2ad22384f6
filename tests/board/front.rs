//! The first page: what it says of each environment, to whom.

use greenlight::sandbox::Role;
use insta::assert_snapshot;

use crate::browser::Browser;
use crate::world::{LABEL, World};

#[tokio::test]
async fn each_environment_is_told_in_words() {
    let mut world = World::start().await;
    world.it_is("2032-03-01T09:00:00Z").await;
    let landed = world.lands("Faster checkout").await;
    let pull = world.promotion("staging").number;
    world
        .says(
            "anna",
            pull,
            "/hold production until 2032-03-02 10:00 because <b>the fair</b>",
        )
        .await;
    world.says("anna", pull, "/promote staging").await;
    let mut browser = Browser::of(&world);
    let page = browser.signs_in("anna").await;
    assert_snapshot!(page.text(), @r"
    Skip to the content
    Greenlight
    Signed in as anna
    Sign out
    Sign out everywhere
    Your repositories
    What is known of each environment, as Greenlight last saw it.
    harbour/shop
    staging
    Waiting to come here: one change.
    A promotion that anna asked for waits, and goes by itself when nothing stands in its way.
    See what waits (#2)
    production
    On hold until Tuesday, 2 March 2032 at 09:00 UTC.
    Asked for by anna, because “<b>the fair</b>”.
    Has everything that is on staging.
    ");
    assert!(!page.body.contains("<b>"), "somebody's words are shown as they are");
    assert!(
        page.body
            .contains(&format!("{}/harbour/shop/pull/{pull}", world.sandbox.url()))
    );
    assert!(page.body.contains("<time datetime=\"2032-03-02T09:00:00Z\">"));

    world.green(&landed.commit).await;
    assert_snapshot!(browser.get("/").await.text(), @r"
    Skip to the content
    Greenlight
    Signed in as anna
    Sign out
    Sign out everywhere
    Your repositories
    What is known of each environment, as Greenlight last saw it.
    harbour/shop
    staging
    Has everything that is on main.
    production
    On hold until Tuesday, 2 March 2032 at 09:00 UTC.
    Asked for by anna, because “<b>the fair</b>”.
    Waiting to come here: one change.
    See what waits (#3)
    ");
}

#[tokio::test]
async fn who_was_given_nothing_sees_nothing_and_reads_what_to_do() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    assert_snapshot!(browser.signs_in("carl").await.text(), @r"
    Skip to the content
    Greenlight
    Signed in as carl
    Sign out
    Sign out everywhere
    Your repositories
    GitHub shows me no repository that has Greenlight and that you have been given access to. Ask somebody who looks after the repository to give you access, or to install the GitHub App on it. What changes shows here within five minutes.
    ");
}

/// More than one page of GitHub's lists, several accounts, one of them suspended; a name that means something in HTML.
#[tokio::test]
async fn all_that_github_shows_is_shown_and_nothing_else() {
    let world = World::start().await;
    for n in 0..101 {
        let repository = world.sandbox.repository(&format!("lagoon/boat-{n:03}")).create();
        repository.grant("anna", Role::Read);
    }
    let hidden = world.sandbox.repository("harbour/secret").create();
    let suspended = world.sandbox.repository("wreck/gone").create();
    suspended.grant("anna", Role::Admin);
    world
        .sandbox
        .suspend(world.sandbox.installation("wreck").expect("an installation"), true);
    let text = Browser::of(&world).signs_in("anna").await.text();
    assert!(
        text.contains("lagoon/boat-000") && text.contains("lagoon/boat-100"),
        "{text}"
    );
    assert!(!text.contains("secret") && !text.contains("wreck"), "{text}");
    hidden.grant("anna", Role::Read);
    assert!(
        Browser::of(&world)
            .signs_in("anna")
            .await
            .text()
            .contains("harbour/secret")
    );
}

/// What waits for an owner's word, and how much waits for each environment, in numbers.
#[tokio::test]
async fn what_waits_is_told_in_numbers() {
    let mut world = World::start().await;
    world.lands("Faster checkout").await;
    world.lands("Opening hours").await;
    let first = world.feature("Gift cards");
    world.shop.label("dora", first, LABEL).expect("a label");
    world.settle().await;
    let mut browser = Browser::of(&world);
    let text = browser.signs_in("anna").await.text();
    assert!(
        text.contains("Waiting for an owner to look at it and accept it: one feature."),
        "{text}"
    );
    assert!(text.contains("Waiting to come here: 2 changes."), "{text}");
    let second = world.feature("Wish lists");
    world.shop.label("dora", second, LABEL).expect("a label");
    world.settle().await;
    let page = browser.get("/").await;
    assert!(page.text().contains("accept them: 2 features."), "{}", page.text());
    assert!(
        page.body
            .contains("<a href=\"/repositories/harbour/shop\">Waiting for an owner"),
        "{}",
        page.body
    );
}
