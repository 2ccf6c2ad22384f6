//! What every answer says to a browser, and what nobody can do to the board from outside.

use http::Method;

use crate::browser::{Browser, Page};
use crate::world::World;

fn is_protected(page: &Page) {
    let policy = page.header("content-security-policy");
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.split("; ").any(|found| found == rule), "{policy} lacks {rule}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("x-frame-options"), "DENY");
}

#[tokio::test]
async fn every_answer_is_protected_and_no_page_is_kept() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let to_github = browser.get("/sign-in").await;
    let mut pages = vec![browser.get("/").await, browser.get("/nowhere").await, to_github];
    pages.push(browser.get("/sign-in/callback?code=x&state=y").await);
    pages.push(browser.post("/sign-out", "").await);
    pages.push(browser.signs_in("anna").await);
    pages.push(browser.get("/sign-in?to=%").await);
    for page in &pages {
        is_protected(page);
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(!page.body.contains("<style") && !page.body.contains(" style=") && !page.body.contains(" onclick"));
    }
    for asset in [
        "/assets/board.css",
        "/assets/times.js",
        "/assets/live.js",
        "/assets/icon.svg",
    ] {
        let page = browser.get(asset).await;
        assert_eq!(page.status, 200);
        is_protected(&page);
        assert_eq!(page.header("cache-control"), "public, max-age=86400");
    }
    assert_eq!(browser.get("/assets/../Cargo.toml").await.status, 404);
}

#[tokio::test]
async fn a_first_visit_is_small() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let front = browser.get("/repositories/harbour/shop").await;
    let mut bytes = front.body.len();
    for asset in front
        .body
        .split('"')
        .filter(|text| text.starts_with("/assets/"))
        .map(str::to_owned)
    {
        bytes += browser.get(&asset).await.body.len();
    }
    assert!(
        front.body.matches("/assets/").count() >= 4,
        "this test counts too little"
    );
    assert!(bytes < 100_000, "{bytes} bytes");
}

#[tokio::test]
async fn a_cookie_is_kept_from_scripts_and_other_sites() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let begun = browser.get("/sign-in").await;
    let set = begun.header("set-cookie");
    assert!(
        set.starts_with("greenlight-sign-in=") && set.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"),
        "{set}"
    );
    let back = browser.through_github("/sign-in", "anna").await;
    let page = browser.get(&back).await;
    let set = page.header("set-cookie");
    assert!(
        set.starts_with("greenlight-session=") && set.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax"),
        "{set}"
    );
}

#[tokio::test]
async fn made_up_cookies_are_worth_nothing() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    for value in ["", "x", &"0".repeat(64), &"g".repeat(64), &"a".repeat(10_000)] {
        browser
            .cookies
            .insert("greenlight-session".to_owned(), value.to_owned());
        browser
            .cookies
            .insert("greenlight-sign-in".to_owned(), value.to_owned());
        let page = browser.get("/").await;
        assert!(page.status == 200 && !page.text().contains("Signed in"), "{page:?}");
        assert_eq!(browser.copy().get("/sign-in/callback?code=x&state=y").await.status, 400);
    }
}

#[tokio::test]
async fn one_address_cannot_ask_for_everything_and_others_are_not_held_up() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.headers = vec![("x-forwarded-for", "6.6.6.6".to_owned())];
    let mut answered = 0;
    let refused = loop {
        let page = browser.get("/sign-in").await;
        if page.status != 303 {
            break page;
        }
        answered += 1;
        assert!(answered < 100, "nobody is ever held up");
    };
    assert!(answered >= 20, "only {answered} sign-ins a minute");
    assert_eq!(refused.status, 429);
    is_protected(&refused);
    insta::assert_snapshot!(refused.text(), @r"
    Skip to the content
    Greenlight
    A little slower, please
    Too much was asked from your address within a minute. Nothing is wrong; try again in a minute.
    Your repositories
    ");
    let mut another = Browser::of(&world);
    another.headers = vec![("x-forwarded-for", "6.6.6.6, 7.7.7.7".to_owned())];
    assert_eq!(another.get("/sign-in").await.status, 303);
    world.passes(jiff::SignedDuration::from_mins(1)).await;
    assert_eq!(browser.get("/sign-in").await.status, 303);
}

/// A large body, or a strange method, is nothing to read for somebody who is not signed in.
#[tokio::test]
async fn what_is_no_form_of_ours_is_refused() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let large = "x".repeat(3 << 20);
    let page = browser.post("/sign-out", &large).await;
    assert_eq!(page.status, 413, "{page:?}");
    assert_eq!(browser.ask(Method::DELETE, "/", None, &[]).await.status, 405);
}
