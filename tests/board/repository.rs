//! The pages of one repository: who may open them.

use greenlight::sandbox::Role;
use jiff::SignedDuration;

use crate::browser::Browser;
use crate::world::World;

/// What a page says, without the number that only this person's forms have.
fn said(page: &crate::browser::Page) -> (u16, String) {
    (page.status, page.text())
}

#[tokio::test]
async fn what_is_private_and_what_does_not_exist_look_the_same() {
    let world = World::start().await;
    world.sandbox.repository("harbour/secret").create();
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    assert_eq!(browser.get("/repositories/harbour/shop").await.status, 200);
    assert_eq!(browser.get("/repositories/HARBOUR/Shop").await.status, 200);
    let unknown = said(&browser.get("/repositories/harbour/unknown").await);
    assert_eq!(unknown.0, 404);
    for path in [
        "/repositories/harbour/secret",
        "/repositories/harbour/%3Cb%3E",
        "/repositories/harbour/%FF",
        "/repositories/..%2F/shop",
        "/repositories/harbour/shop/nothing",
    ] {
        assert_eq!(said(&browser.get(path).await), unknown, "{path}");
    }
}

#[tokio::test]
async fn who_is_not_signed_in_is_brought_back_to_the_page() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let page = browser.get("/repositories/harbour/shop").await;
    assert_eq!(page.status, 401);
    assert!(
        page.body.contains("href=\"/sign-in?to=/repositories/harbour/shop\""),
        "{}",
        page.body
    );
    let unknown = browser.get("/repositories/harbour/unknown").await;
    assert_eq!((unknown.status, unknown.text()), (401, page.text()));
}

#[tokio::test]
async fn who_loses_access_sees_nothing_five_minutes_later() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let path = "/repositories/harbour/shop";
    assert_eq!(browser.get(path).await.status, 200);
    world.shop.revoke("anna");
    world.passes(SignedDuration::from_mins(5)).await;
    assert_eq!(browser.get(path).await.status, 404);
}

#[tokio::test]
async fn a_page_has_the_name_that_the_repository_has_and_goes_with_the_app() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    world.shop.rename("store");
    world.settle().await;
    world.passes(SignedDuration::from_mins(5)).await;
    let page = browser.get("/repositories/harbour/store").await;
    assert!(page.text().contains("production"), "{}", page.text());
    assert_eq!(browser.get("/repositories/harbour/shop").await.status, 404);

    world.shop.archive(true);
    world.settle().await;
    let page = browser.get("/repositories/harbour/store").await;
    assert!(page.text().contains("This repository is archived"), "{}", page.text());
    world.shop.archive(false);
    world.settle().await;
    let page = browser.get("/repositories/harbour/store").await;
    assert!(!page.text().contains("archived"), "{}", page.text());

    let installation = world.sandbox.installation("harbour").expect("it is installed");
    world.sandbox.uninstall(installation);
    world.settle().await;
    world.passes(SignedDuration::from_mins(5)).await;
    assert_eq!(browser.get("/repositories/harbour/store").await.status, 404);
    let front = browser.get("/").await;
    assert!(!front.text().contains("harbour/store"), "{}", front.text());
}

#[tokio::test]
async fn where_nothing_is_set_up_the_page_says_what_comes_first() {
    let world = World::installed_on(|sandbox| {
        let shop = sandbox.repository("harbour/shop").create();
        shop.grant("anna", Role::Maintain);
        shop
    })
    .await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let page = browser.get("/repositories/harbour/shop").await;
    assert!(page.text().contains("Pull request #1 proposes"), "{}", page.text());
}
