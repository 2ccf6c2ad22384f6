//! The way in: round trips that end well, and every way in which one must not.

use insta::assert_snapshot;
use jiff::SignedDuration;

use crate::browser::Browser;
use crate::world::World;

/// One field of an address.
fn field(url: &str, name: &str) -> String {
    let (_, query) = url.split_once('?').expect("a query");
    let found = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name);
    found.unwrap_or_else(|| panic!("no {name} in {url}")).1.to_owned()
}

#[tokio::test]
async fn a_person_signs_in_through_github_and_sees_what_she_may() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let welcome = browser.get("/").await;
    assert_eq!(welcome.status, 200);
    assert_snapshot!(welcome.text(), @r"
    Skip to the content
    Greenlight
    Greenlight
    See what is ready, what is on its way and what is on hold in your repositories. You sign in with your GitHub account, and see what GitHub lets you see.
    Sign in with GitHub
    ");

    let page = browser.signs_in("anna").await;
    assert_eq!(page.status, 200);
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
    Has everything that is on main.
    production
    Has everything that is on staging.
    ");
}

#[tokio::test]
async fn github_is_asked_with_a_state_and_a_challenge_that_are_new_each_time() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let first = browser.get("/sign-in").await.location();
    let second = browser.get("/sign-in").await.location();
    assert!(
        first.starts_with(&format!("{}/login/oauth/authorize?", world.sandbox.url())),
        "{first}"
    );
    assert_eq!(field(&first, "code_challenge_method"), "S256");
    assert_eq!(field(&first, "code_challenge").len(), 43);
    assert_eq!(field(&first, "state").len(), 64);
    assert_ne!(field(&first, "state"), field(&second, "state"));
    assert_ne!(field(&first, "code_challenge"), field(&second, "code_challenge"));
    assert!(
        !first.contains(&browser.cookies["greenlight-sign-in"]),
        "what only the browser holds stays there"
    );
}

#[tokio::test]
async fn she_goes_on_where_she_was_and_nowhere_else() {
    let world = World::start().await;
    for (wanted, reached) in [
        ("/nowhere?page=2", "/nowhere?page=2"),
        ("//evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/%09/evil.example", "/%09/evil.example"),
    ] {
        let mut browser = Browser::of(&world);
        let encoded: String = wanted.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let back = browser.through_github(&format!("/sign-in?to={encoded}"), "anna").await;
        assert_eq!(browser.get(&back).await.location(), reached, "{wanted}");
    }
}

/// Whatever is wrong with a return: nobody is signed in by it, and the page says what to do.
async fn leads_nowhere(browser: &mut Browser, back: &str) -> String {
    let page = browser.get(back).await;
    assert_eq!(page.status, 400, "{page:?}");
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
    page.text()
}

#[tokio::test]
async fn a_return_with_a_forged_or_missing_state_signs_nobody_in() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let back = browser.through_github("/sign-in", "anna").await;
    let (state, code) = (field(&back, "state"), field(&back, "code"));
    let forged = back.replace(&state, &"0".repeat(64));
    assert_snapshot!(leads_nowhere(&mut browser, &forged).await, @r"
    Skip to the content
    Greenlight
    Please sign in again
    This sign-in was begun in another window, took longer than ten minutes, or was used before. Nothing has changed. Sign in once more from here.
    Sign in with GitHub
    ");

    browser.get("/sign-in").await;
    leads_nowhere(&mut browser, &format!("/sign-in/callback?code={code}")).await;
}

/// Somebody sends her the return of a sign-in of his own, to have her work as him.
#[tokio::test]
async fn a_return_of_another_browser_signs_nobody_in() {
    let world = World::start().await;
    let back = Browser::of(&world).through_github("/sign-in", "carl").await;
    let mut victim = Browser::of(&world);
    leads_nowhere(&mut victim, &back).await;
    victim.get("/sign-in").await;
    leads_nowhere(&mut victim, &back).await;
}

#[tokio::test]
async fn a_return_is_good_for_one_time() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let back = browser.through_github("/sign-in", "anna").await;
    let mut thief = browser.copy();
    browser.get(&back).await.location();
    leads_nowhere(&mut thief, &back).await;

    // Nor with a new code for the same state.
    let to_github = {
        let mut other = Browser::of(&world);
        let address = other.get("/sign-in").await.location();
        let again = other.get(&format!("{address}&as=anna")).await.location();
        let mut copy = other.copy();
        other.get(&again).await.location();
        let another_code = copy.get(&format!("{address}&as=anna")).await.location();
        (copy, another_code)
    };
    let (mut copy, another_code) = to_github;
    leads_nowhere(&mut copy, &another_code).await;
}

#[tokio::test]
async fn a_code_that_was_given_for_another_challenge_is_refused_by_github() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let stolen = field(&Browser::of(&world).through_github("/sign-in", "anna").await, "code");
    let back = browser.through_github("/sign-in", "carl").await;
    let injected = back.replace(&field(&back, "code"), &stolen);
    assert_snapshot!(leads_nowhere(&mut browser, &injected).await, @r"
    Skip to the content
    Greenlight
    Please sign in again
    GitHub says that this sign-in has expired or was used before. Nothing has changed. Sign in once more from here.
    Sign in with GitHub
    ");
}

#[tokio::test]
async fn a_sign_in_that_takes_too_long_is_begun_again() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let back = browser.through_github("/sign-in", "anna").await;
    world.passes(SignedDuration::from_mins(10)).await;
    leads_nowhere(&mut browser, &back).await;
}

#[tokio::test]
async fn who_says_no_on_github_is_told_that_nothing_has_changed() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let to_github = browser.get("/sign-in").await.location();
    let back = browser.get(&format!("{to_github}&cancel=1")).await.location();
    assert!(back.contains("error=access_denied"), "{back}");
    assert_snapshot!(leads_nowhere(&mut browser, &back).await, @r"
    Skip to the content
    Greenlight
    You are not signed in
    You did not let Greenlight see who you are on GitHub, so nothing has changed. You can sign in at any time.
    Sign in with GitHub
    ");
}

/// The operator's mistake is not the visitor's.
#[tokio::test]
async fn a_callback_that_is_not_registered_is_told_as_what_it_is() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let board = browser.board.clone();
    let registered = format!("{board}/sign-in/callback");
    world.sandbox.set_callback_urls(&[&registered]);
    let to_github = browser.get("/sign-in").await.location();
    let elsewhere = to_github.replace("callback&", "callback2&");
    let back = browser.get(&elsewhere).await.location();
    assert!(
        back.starts_with(&registered) && back.contains("redirect_uri_mismatch"),
        "{back}"
    );
    let page = browser.get(&back).await;
    assert_eq!(page.status, 503);
    assert_snapshot!(page.text(), @r"
    Skip to the content
    Greenlight
    GitHub refused the sign-in
    GitHub does not accept how Greenlight is set up for signing in. Whoever runs Greenlight has to compare the client id, the client secret and the callback address with the settings page of the GitHub App; the log says what GitHub said.
    Your repositories
    ");
}

#[tokio::test]
async fn a_second_sign_in_ends_the_first_one_of_the_same_browser() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let mut before = browser.copy();
    assert!(browser.signs_in("dora").await.text().contains("Signed in as dora"));
    assert!(!before.get("/").await.text().contains("Signed in"));
}
