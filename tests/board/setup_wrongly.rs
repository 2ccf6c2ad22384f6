//! Every way in which set-up must not go: without the code, in another browser, with a return that is forged, late, empty or repeated.

use greenlight::sandbox::Fault;
use http::Method;
use jiff::SignedDuration;

use crate::browser::{Browser, Page};
use crate::site::{Site, between, value};

/// What the page says, which is no success; and nothing was made of it.
async fn told(site: &mut Site, page: Page, status: u16) -> String {
    assert_eq!(page.status, status, "{}", page.text());
    assert!(!site.file().exists());
    assert_eq!(site.browser.get("/readyz").await.status, 503);
    page.text()
}

#[tokio::test]
async fn without_the_code_nobody_gets_further() {
    let mut site = Site::start().await;
    for code in ["", "00000-00000-00000-00000", "%00", &format!("{}0", site.code())] {
        let form = format!("code={code}&organization=harbour&for=organization");
        let page = site.browser.post("/setup", &form).await;
        let text = told(&mut site, page, 403).await;
        assert!(text.contains("This is not the code"), "{text}");
    }
    assert!(site.browser.cookies.is_empty());
    for body in ["", "%", "code=a&code=b", "for=organization"] {
        let page = site.browser.post("/setup", body).await;
        assert!(matches!(page.status, 403 | 422), "{body}: {}", page.status);
    }
    assert!(site.sandbox.exchanges().is_empty(), "GitHub was not asked");
    site.stops();
}

#[tokio::test]
async fn who_tries_codes_is_slowed_down() {
    let mut site = Site::start().await;
    let mut answers = Vec::new();
    for n in 0..12 {
        let form = format!("code=a{n}&organization=harbour&for=organization");
        answers.push(site.browser.post("/setup", &form).await.status);
    }
    assert_eq!(answers[0], 403);
    assert_eq!(answers.last(), Some(&429), "{answers:?}");
    site.clock.advance(SignedDuration::from_mins(1));
    let form = site.form();
    assert_eq!(site.browser.post("/setup", &form).await.status, 200);
    site.stops();
}

#[tokio::test]
async fn the_code_is_for_one_browser_and_for_an_hour() {
    let mut site = Site::start().await;
    let begin_at = site.begin_at.clone();
    site.browser.get(&begin_at).await;
    site.browser.get(&begin_at).await;
    let form = site.form();
    assert_eq!(
        site.browser.post("/setup", &form).await.status,
        200,
        "looking uses nothing up"
    );
    let mut other = site.browser.copy();
    other.cookies.clear();
    let page = other.post("/setup", &form).await;
    let text = told(&mut site, page, 403).await;
    assert!(text.contains("was used in another browser"), "{text}");

    // The browser that was let in begins again without it, and as often as it likes.
    let page = site.browser.get("/setup").await;
    assert!(!page.body.contains("name=\"code\""));
    let again = format!("token={}&organization=harbour&for=organization", value(&page, "token"));
    assert_eq!(site.browser.post("/setup", &again).await.status, 200);
    let forged = format!("token={}&organization=harbour&for=organization", "0".repeat(64));
    assert_eq!(site.browser.post("/setup", &forged).await.status, 403);

    site.restarts().await;
    site.browser.cookies.clear();
    site.clock.advance(SignedDuration::from_hours(1));
    let form = site.form();
    let page = site.browser.post("/setup", &form).await;
    let text = told(&mut site, page, 403).await;
    assert!(text.contains("has expired"), "{text}");
    site.stops();
}

#[tokio::test]
async fn an_organisation_that_can_be_none_is_told() {
    let mut site = Site::start().await;
    for name in ["", "a%2Fb", "..%2F..", "%22%3E%3Cscript%3E", "a%3Fstate=x"] {
        let form = format!("code={}&organization={name}&for=organization", site.code());
        let page = site.browser.post("/setup", &form).await;
        assert!(!page.body.contains("<script>"), "{name}");
        let text = told(&mut site, page, 422).await;
        assert!(text.contains("Write the name of your organisation"), "{name}: {text}");
    }
    site.stops();
}

#[tokio::test]
async fn a_return_of_another_browser_or_with_another_state_makes_nothing() {
    let mut site = Site::start().await;
    let back = site.reaches_the_return().await;
    let (path, state) = back.split_once("&state=").expect("a state");
    let mut thief = Browser::at(
        site.browser
            .board
            .trim_start_matches("http://")
            .parse()
            .expect("an address"),
    );
    let page = thief.get(&back).await;
    let text = told(&mut site, page, 400).await;
    assert!(
        text.contains("This does not belong to a set-up in this browser"),
        "{text}"
    );
    let forged = [
        path.to_owned(),
        format!("{path}&state="),
        format!("{path}&state={}", "0".repeat(64)),
        format!("{path}&state={state}0"),
        "/setup/return".to_owned(),
    ];
    for forged in forged {
        let page = site.browser.get(&forged).await;
        told(&mut site, page, 400).await;
    }
    assert!(site.sandbox.exchanges().is_empty(), "GitHub was not asked");

    // None of that used anything up.
    assert_eq!(site.browser.get(&back).await.status, 200);
    site.app().await.stop().await;
    site.keeps_its_promises();
}

#[tokio::test]
async fn a_return_counts_once() {
    let mut site = Site::start().await;
    let back = site.reaches_the_return().await;
    let mut twin = site.browser.copy();
    let (one, two) = tokio::join!(site.browser.get(&back), twin.get(&back));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404]);
    let app = site.app().await;
    let later = site.browser.get(&back).await;
    assert_eq!(later.status, 404);
    assert!(later.text().contains("There is an App"), "{}", later.text());
    let conversions = site.sandbox.exchanges();
    let conversions = conversions.iter().filter(|one| one.path.ends_with("/conversions"));
    assert_eq!(conversions.count(), 1);
    app.stop().await;
    site.keeps_its_promises();
}

#[tokio::test]
async fn a_return_without_a_code_can_be_begun_again() {
    let mut site = Site::start().await;
    let back = site.reaches_the_return().await;
    let (path, state) = back.split_once("&state=").expect("a state");
    let (path, _) = path.split_once("?code=").expect("a code");
    let page = site.browser.get(&format!("{path}?state={state}")).await;
    let text = told(&mut site, page, 400).await;
    assert!(
        text.contains("GitHub did not make an App") && text.contains("Begin again"),
        "{text}"
    );
    site.stops();
}

#[tokio::test]
async fn a_code_that_github_does_not_take_is_told_and_can_be_begun_again() {
    let mut site = Site::start().await;
    let back = site.reaches_the_return().await;
    site.sandbox.clock().advance(SignedDuration::from_hours(1));
    let page = site.browser.get(&back).await;
    let text = told(&mut site, page, 400).await;
    assert!(text.contains("GitHub does not take the code any more"), "{text}");
    site.sandbox.register(|app| "an-older-one".clone_into(&mut app.slug));

    let page = site.browser.get("/setup").await;
    let form = format!("token={}&organization=harbour&for=organization", value(&page, "token"));
    let go_on = site.browser.post("/setup", &form).await;
    let back = site.through_github(&go_on).await;
    assert_eq!(site.browser.get(&back).await.status, 200);
    site.app().await.stop().await;
    site.keeps_its_promises();
}

#[tokio::test]
async fn a_way_to_github_that_took_more_than_an_hour_does_not_count() {
    let mut site = Site::start().await;
    let back = site.reaches_the_return().await;
    site.clock.advance(SignedDuration::from_hours(1));
    let page = site.browser.get(&back).await;
    told(&mut site, page, 400).await;
    assert!(site.sandbox.exchanges().is_empty(), "GitHub was not asked");
    site.stops();
}

#[tokio::test]
async fn while_github_does_not_answer_the_return_stays_good() {
    for fault in [Fault::Status(502), Fault::Reset] {
        let mut site = Site::start().await;
        let back = site.reaches_the_return().await;
        site.sandbox.fault(fault, "POST", "/conversions", 1);
        let page = site.browser.get(&back).await;
        let again = between(&page.body, "<a class=\"button\" href=\"", "\"");
        let text = told(&mut site, page, 503).await;
        assert!(
            text.contains("GitHub does not answer") && text.contains("Try again"),
            "{text}"
        );
        assert_eq!(site.browser.get(&again).await.status, 200);
        site.app().await.stop().await;
        site.keeps_its_promises();
    }
}

#[tokio::test]
async fn what_was_begun_before_a_restart_does_not_count() {
    let mut site = Site::start().await;
    let back = site.reaches_the_return().await;
    site.restarts().await;
    let (_, query) = back.split_once('?').expect("a query");
    let page = site.browser.get(&format!("/setup/return?{query}")).await;
    let text = told(&mut site, page, 400).await;
    assert!(text.contains("before I was started again"), "{text}");
    site.stops();
}

#[tokio::test]
async fn only_get_and_post_lead_anywhere() {
    let mut site = Site::start().await;
    for (method, path) in [
        (Method::PUT, "/setup"),
        (Method::DELETE, "/setup"),
        (Method::POST, "/setup/return"),
    ] {
        let page = site.browser.ask(method, path, Some(""), &[]).await;
        assert_eq!(page.status, 405, "{path}");
    }
    site.stops();
}
