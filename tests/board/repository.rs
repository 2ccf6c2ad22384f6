//! The pages of one repository: who may open them.

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
