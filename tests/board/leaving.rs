//! How a session ends: by the button, everywhere at once, by the clock, and never by another's doing.

use http::Method;
use jiff::SignedDuration;

use crate::browser::Browser;
use crate::world::World;

async fn is_in(browser: &mut Browser) -> bool {
    let page = browser.get("/").await;
    assert_eq!(page.status, 200, "{page:?}");
    page.text().contains("Signed in as")
}

#[tokio::test]
async fn a_cookie_is_worth_nothing_after_signing_out() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let token = browser.signs_in("anna").await.token();
    let (mut thief, mut elsewhere) = (browser.copy(), Browser::of(&world));
    elsewhere.signs_in("anna").await;

    assert_eq!(
        browser.post("/sign-out", &format!("token={token}")).await.location(),
        "/"
    );
    assert!(browser.cookies.is_empty());
    assert!(!is_in(&mut thief).await);
    assert!(is_in(&mut elsewhere).await, "her other browser is signed in as before");
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_of_the_person_and_no_other() {
    let world = World::start().await;
    let (mut here, mut there, mut dora) = (Browser::of(&world), Browser::of(&world), Browser::of(&world));
    let token = here.signs_in("anna").await.token();
    there.signs_in("anna").await;
    dora.signs_in("dora").await;
    here.post("/sign-out/everywhere", &format!("token={token}"))
        .await
        .location();
    assert!(!is_in(&mut there).await);
    assert!(is_in(&mut dora).await);
}

#[tokio::test]
async fn a_browser_that_is_left_alone_for_two_hours_is_signed_out() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    world.passes(SignedDuration::from_mins(119)).await;
    assert!(is_in(&mut browser).await);
    world.passes(SignedDuration::from_mins(119)).await;
    assert!(is_in(&mut browser).await);
    world.passes(SignedDuration::from_mins(121)).await;
    assert!(!is_in(&mut browser).await);
}

#[tokio::test]
async fn nobody_stays_signed_in_for_more_than_twelve_hours() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    for _ in 0..7 {
        world.passes(SignedDuration::from_mins(100)).await;
        assert!(is_in(&mut browser).await);
    }
    world.passes(SignedDuration::from_mins(21)).await;
    assert!(!is_in(&mut browser).await);
}

#[tokio::test]
async fn a_form_of_another_page_signs_nobody_out() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let token = browser.signs_in("anna").await.token();
    let fields = format!("token={token}");
    let board = browser.board.clone();
    for from in [
        vec![],
        vec![("origin", "https://evil.example".to_owned())],
        vec![("origin", "null".to_owned())],
        vec![("origin", board.clone()), ("sec-fetch-site", "cross-site".to_owned())],
        vec![
            ("origin", "null".to_owned()),
            ("sec-fetch-site", "same-site".to_owned()),
        ],
    ] {
        let page = browser.ask(Method::POST, "/sign-out", Some(&fields), &from).await;
        assert_eq!(page.status, 403, "{from:?}");
        assert!(page.text().contains("That was not done"));
    }
    let another = Browser::of(&world).signs_in("anna").await.token();
    for fields in [String::new(), "token=".to_owned(), format!("token={another}")] {
        assert_eq!(browser.post("/sign-out", &fields).await.status, 403, "{fields}");
    }
    assert_eq!(browser.get("/sign-out").await.status, 405, "a link signs nobody out");
    assert!(is_in(&mut browser).await);

    // As browsers send it from a page that gives no referrer.
    let from = [
        ("origin", "null".to_owned()),
        ("sec-fetch-site", "same-origin".to_owned()),
    ];
    let page = browser.ask(Method::POST, "/sign-out", Some(&fields), &from).await;
    assert_eq!(page.status, 303);
}
