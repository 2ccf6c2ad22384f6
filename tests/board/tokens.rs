//! GitHub's tokens behind a session: renewed once, kept sealed, and of no use once GitHub says so.

use std::collections::BTreeSet;

use greenlight::sandbox::{Fault, Role};
use jiff::SignedDuration;

use crate::browser::{Browser, Page};
use crate::world::World;

const EIGHT_HOURS: SignedDuration = SignedDuration::from_hours(8);

/// Time passes in steps in which the browser is not left alone.
async fn time_passes(world: &World, browser: &mut Browser, time: SignedDuration) {
    let step = SignedDuration::from_mins(100);
    let mut left = time;
    while left > step {
        world.passes(step).await;
        browser.get("/").await;
        left -= step;
    }
    world.passes(left).await;
}

#[tokio::test]
async fn tokens_are_renewed_before_they_end_and_the_session_goes_on() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    time_passes(&world, &mut browser, EIGHT_HOURS).await;
    let page = browser.get("/").await;
    assert!(page.text().contains("harbour/shop"), "{page:?}");
    assert_eq!(world.sandbox.token_refreshes(), 1);
}

/// A refresh token is good for one use: a second one would sign her out.
#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_requests_at_once_one_renews() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    time_passes(&world, &mut browser, EIGHT_HOURS).await;
    let asking = (0..20).map(|_| {
        let mut window = browser.copy();
        async move { window.get("/").await }
    });
    let pages: Vec<Page> = futures_util::future::join_all(asking).await;
    assert!(
        pages.iter().all(|page| page.text().contains("harbour/shop")),
        "{pages:?}"
    );
    assert_eq!(world.sandbox.token_refreshes(), 1);
}

#[tokio::test]
async fn a_revoked_token_signs_out_within_five_minutes() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    world.sandbox.revoke_authorization("anna");
    world.passes(SignedDuration::from_mins(5)).await;
    let page = browser.get("/").await;
    assert_eq!(page.status, 401);
    insta::assert_snapshot!(page.text(), @r"
    Skip to the content
    Greenlight
    You are signed out
    It has been a while, you signed out elsewhere, or GitHub does not let Greenlight ask for you any more. Sign in to go on where you were.
    Sign in with GitHub
    ");
    assert_eq!(browser.get("/").await.status, 200, "and then it is the way in again");
}

#[tokio::test]
async fn a_refresh_token_that_github_does_not_take_signs_out() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    time_passes(&world, &mut browser, EIGHT_HOURS - SignedDuration::from_mins(30)).await;
    browser.get("/").await;
    world.sandbox.revoke_authorization("anna");
    world.passes(SignedDuration::from_mins(30)).await;
    assert_eq!(browser.get("/").await.status, 401);
}

#[tokio::test]
async fn a_github_in_trouble_signs_nobody_out_and_shows_nothing_old() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    world.passes(SignedDuration::from_mins(5)).await;
    for fault in [
        Fault::Status(502),
        Fault::SecondaryLimit {
            status: 403,
            retry_after_secs: Some(60),
        },
    ] {
        world.sandbox.fault(fault, "GET", "/user/installations", 1);
        let page = browser.get("/").await;
        assert_eq!(page.status, 503, "{fault:?}");
        assert_eq!(page.header("retry-after"), "60");
        assert!(page.text().contains("GitHub does not answer") && !page.text().contains("harbour/shop"));
    }
    assert!(browser.get("/").await.text().contains("harbour/shop"));

    time_passes(&world, &mut browser, EIGHT_HOURS).await;
    world
        .sandbox
        .fault(Fault::Status(500), "POST", "/login/oauth/access_token", 1);
    assert_eq!(browser.get("/").await.status, 503);
    assert!(browser.get("/").await.text().contains("harbour/shop"));
}

#[tokio::test]
async fn what_is_taken_from_a_person_is_gone_within_five_minutes() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    assert!(browser.signs_in("anna").await.text().contains("harbour/shop"));
    world.shop.revoke("anna");
    world.passes(SignedDuration::from_secs(299)).await;
    assert!(
        browser.get("/").await.text().contains("harbour/shop"),
        "GitHub is not asked all the time"
    );
    world.passes(SignedDuration::from_secs(1)).await;
    assert!(!browser.get("/").await.text().contains("harbour/shop"));
    world.shop.grant("anna", Role::Read);
    world.passes(SignedDuration::from_mins(5)).await;
    assert!(browser.get("/").await.text().contains("harbour/shop"));
}

/// Neither what a browser holds nor what GitHub gave can be read from the database.
#[tokio::test]
async fn the_database_holds_no_cookie_and_no_token() {
    let mut world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let cookie = browser.cookies["greenlight-session"].clone();
    let used: BTreeSet<String> = world
        .sandbox
        .exchanges()
        .into_iter()
        .filter(|exchange| exchange.path == "/user")
        .filter_map(|exchange| {
            let (_, value) = exchange
                .request_headers
                .into_iter()
                .find(|(name, _)| name == "authorization")?;
            Some(value.trim_start_matches("Bearer ").to_owned())
        })
        .collect();
    assert!(used.iter().any(|token| token.starts_with("ghu_")), "{used:?}");
    world.bot_stops().await;
    let bytes = world.database();
    for secret in used.iter().chain([&cookie]) {
        let is_there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!is_there, "the database holds {secret}");
    }
    for text in ["ghr_", "ghu_"] {
        assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()));
    }
    assert!(
        bytes.windows(4).any(|window| window == b"anna"),
        "this test reads the wrong file"
    );
}

#[tokio::test]
async fn sessions_outlive_a_restart() {
    let mut world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    world.bot_stops().await;
    world.bot_starts().await;
    browser.board = format!("http://{}", world.bot_address());
    assert!(browser.get("/").await.text().contains("harbour/shop"));
}
