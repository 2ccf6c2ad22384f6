//! The badge of an environment: for everybody, where everybody may see the repository, and not there otherwise.

use greenlight::sandbox::Fault;
use jiff::SignedDuration;

use crate::browser::Browser;
use crate::world::World;

const STAGING: &str = "/badge/harbour/shop/staging.svg";

/// What the picture says.
fn said(body: &str) -> &str {
    let (_, rest) = body.split_once("<title>").expect("a title");
    rest.split("</title>").next().expect("its end")
}

#[tokio::test]
async fn a_badge_tells_what_waits_to_whoever_asks() {
    let mut world = World::start().await;
    let mut anybody = Browser::of(&world);
    let badge = anybody.get(STAGING).await;
    assert_eq!(badge.status, 200);
    assert_eq!(badge.header("content-type"), "image/svg+xml");
    assert_eq!(badge.header("cache-control"), "public, max-age=60");
    assert_eq!(badge.header("cross-origin-resource-policy"), "cross-origin");
    assert!(
        badge
            .header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    assert_eq!(said(&badge.body), "staging: nothing waiting");

    world.lands("Faster checkout").await;
    let badge = anybody.get(STAGING).await.body;
    assert_eq!(said(&badge), "staging: 1 waiting");
    assert!(badge.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"136\" height=\"20\" role=\"img\""));
    let pull = world.promotion("staging").number;
    world.says("anna", pull, "/hold staging until tomorrow 9:00").await;
    assert_eq!(said(&anybody.get(STAGING).await.body), "staging: on hold, 1 waiting");
    assert_eq!(
        said(&anybody.get("/badge/HARBOUR/shop/production.svg").await.body),
        "production: nothing waiting"
    );
}

#[tokio::test]
async fn what_not_everybody_may_see_has_no_badge() {
    let world = World::start().await;
    let secret = world.sandbox.repository("harbour/secret").private();
    secret.file("README.md", "A secret.").create();
    world.settle().await;
    let mut anybody = Browser::of(&world);
    let unknown = anybody.get("/badge/harbour/unknown/staging.svg").await;
    assert_eq!(unknown.status, 404);
    for path in [
        "/badge/harbour/secret/staging.svg",
        "/badge/harbour/shop/unknown.svg",
        "/badge/harbour/shop/staging",
        "/badge/harbour/shop/staging.png",
        "/badge/%3Cb%3E/%22/staging.svg",
    ] {
        let page = anybody.get(path).await;
        assert_eq!((page.status, page.text()), (404, unknown.text()), "{path}");
    }

    // GitHub's word is used for five minutes.
    assert_eq!(anybody.get(STAGING).await.status, 200);
    world.shop.set_private(true);
    world.passes(SignedDuration::from_secs(290)).await;
    assert_eq!(anybody.get(STAGING).await.status, 200);
    world.passes(SignedDuration::from_secs(11)).await;
    assert_eq!(anybody.get(STAGING).await.status, 404);
    world.shop.set_private(false);
    world.passes(SignedDuration::from_mins(5)).await;
    assert_eq!(anybody.get(STAGING).await.status, 200);
}

#[tokio::test]
async fn a_badge_that_github_cannot_be_asked_about_is_not_there() {
    let world = World::start().await;
    let mut anybody = Browser::of(&world);
    world
        .sandbox
        .fault(Fault::Status(500), "GET", "/repos/harbour/shop", 20);
    assert_eq!(anybody.get(STAGING).await.status, 404);
}
