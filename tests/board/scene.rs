//! The page of a repository: each feature in its lane, each environment with its light, and the way as a picture.

use greenlight::sandbox::{Role, State};
use insta::assert_snapshot;
use jiff::SignedDuration;

use crate::browser::{Browser, Page};
use crate::world::{LABEL, World};

const PATH: &str = "/repositories/harbour/shop";

/// The page as somebody reads it, from the name of the repository on.
fn read(page: &Page) -> String {
    assert_eq!(page.status, 200, "{page:?}");
    let text = page.text();
    let (_, read) = text.split_once("Sign out everywhere\n").expect("somebody is signed in");
    // When the world began is the day on which the test runs.
    let lines = read
        .lines()
        .filter(|line| !line.ends_with("It was there when I first looked."));
    lines.collect::<Vec<_>>().join("\n")
}

/// One lane, from its title to the next.
fn lane(page: &Page, id: &str) -> String {
    let (_, rest) = page
        .body
        .split_once(&format!("<section class=\"lane\" aria-labelledby=\"lane-{id}\">"))
        .unwrap_or_else(|| panic!("no lane {id} in {}", page.body));
    let lane = rest.split("<section class=\"lane\"").next().expect("a lane");
    let only = Page {
        status: page.status,
        headers: page.headers.clone(),
        body: format!("<body>{lane}"),
    };
    only.text()
}

#[tokio::test]
async fn a_feature_goes_from_lane_to_lane() {
    let mut world = World::start().await;
    world.it_is("2032-03-01T09:00:00Z").await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let feature = world.feature("Faster checkout");
    world.settle().await;
    assert_snapshot!(lane(&browser.get(PATH).await, "in-progress"), @r"
    In progress 1
    D
    Faster checkout
    #1 by dora · Open for less than a minute
    It becomes ready when its developer puts the label “ready-for-staging” on it.
    Accept, send back, preview
    ");

    world.shop.label("dora", feature, LABEL).expect("a label");
    world.passes(SignedDuration::from_hours(1)).await;
    let page = browser.get(PATH).await;
    assert!(!lane(&page, "in-progress").contains("Faster checkout"));
    assert_snapshot!(lane(&page, "ready"), @r"
    Ready 1
    D
    Faster checkout
    #1 by dora · Open for 1 hour · here for 1 hour
    No check has reported yet.
    Accept, send back, preview
    ");

    world.says("anna", feature, "/accept").await;
    let page = browser.get(PATH).await;
    assert!(!lane(&page, "ready").contains("Faster checkout"));
    assert_snapshot!(lane(&page, "accepted"), @r"
    Accepted 1
    D
    Faster checkout
    #1 by dora · Open for 1 hour · here for less than a minute
    No check has reported yet.
    Accepted by anna. It goes into main by itself once its checks are green.
    Accept, send back, preview
    ");

    let head = world.shop.pull(feature).expect("it is there").head_sha;
    world.status(&head, "ci", State::Success, "passed").await;
    let page = browser.get(PATH).await;
    assert!(!lane(&page, "accepted").contains("Faster checkout"));
    assert_snapshot!(lane(&page, "before-staging"), @r"
    In main, not on staging 1
    D
    Faster checkout
    #1 by dora · here for less than a minute
    Promote up to here
    ");

    let merged = world
        .shop
        .pull(feature)
        .and_then(|pull| pull.merge_commit)
        .expect("it was merged");
    world.green(&merged).await;
    let pull = world.promotion("staging").number;
    world.says("anna", pull, "/promote staging").await;
    let page = browser.get(PATH).await;
    assert!(!lane(&page, "before-staging").contains("Faster checkout"));
    assert_snapshot!(lane(&page, "before-production"), @r"
    On staging, not live 1
    D
    Faster checkout
    #1 by dora · here for less than a minute
    See it on staging
    Promote up to here
    ");

    let pull = world.promotion("production").number;
    world.says("anna", pull, "/promote production").await;
    let page = browser.get(PATH).await;
    assert_snapshot!(read(&page), @r"
    harbour/shop
    Now
    History
    Figures
    Environments
    staging
    Nothing waits to come here
    Runs #1 Faster checkout, since Monday, 1 March 2032 at 11:00 (Europe/Berlin). Promoted by anna.
    Promote, hold, roll back
    production
    Nothing waits to come here
    Runs #1 Faster checkout, since Monday, 1 March 2032 at 11:00 (Europe/Berlin). Promoted by anna.
    Promote, hold, roll back
    The way
    mainmain
    stagingstaging
    productionproduction
    Everything that is on main is on staging too.Everything that is on staging is on production too.
    Features
    In progress 0
    No pull request into main is being worked on. When a developer opens one, it shows here.
    Ready 0
    Nothing waits for an owner to look at it. A developer puts the label “ready-for-staging” on a pull request when there is something to look at.
    Accepted 0
    Nothing that was accepted waits for its checks. What an owner accepts goes into main by itself once it is green.
    In main, not on staging 0
    Everything that is on main is on staging too.
    On staging, not live 0
    Everything that is on staging is on production too.
    Live 1
    D
    Faster checkout
    #1 by dora · here for less than a minute
    ");

    world.says("anna", pull, "/rollback production").await;
    let page = browser.get(PATH).await;
    assert!(!lane(&page, "live").contains("Faster checkout"));
    assert_snapshot!(lane(&page, "before-production"), @r"
    On staging, not live 1
    D
    Faster checkout
    #1 by dora · here for less than a minute
    It was taken back from production before, so a promotion has to name it.
    See it on staging
    Promote up to here
    ");
}

#[tokio::test]
async fn an_environment_tells_who_holds_it_and_what_waits_for_what() {
    let mut world = World::start().await;
    world.it_is("2032-03-01T09:00:00Z").await;
    world.lands("Faster checkout").await;
    let pull = world.promotion("staging").number;
    let hold = "/hold production until 2032-03-02 10:00 because <b>the fair</b>";
    world.says("anna", pull, hold).await;
    world.says("anna", pull, "/promote staging").await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let page = browser.get(PATH).await;
    assert_snapshot!(read(&page), @r"
    harbour/shop
    Now
    History
    Figures
    Environments
    staging
    A promotion that anna asked for waits
    Waiting to go to staging: no check has reported on this version yet. I will promote it by myself once everything has passed; there is nothing you need to do.
    It ends by itself if it has not happened by Tuesday, 2 March 2032 at 10:00 (Europe/Berlin).
    Waiting to come here: one change. See what waits (#2)
    Promote, hold, roll back
    production
    On hold by anna until Tuesday, 2 March 2032 at 10:00 (Europe/Berlin)
    The reason given: “<b>the fair</b>”.
    Promote, hold, roll back
    The way
    mainmain
    #1 Faster checkout#1 Faster checkout
    stagingstaging
    productionproduction
    On main and not on staging: one change.Everything that is on staging is on production too.
    Features
    In progress 0
    No pull request into main is being worked on. When a developer opens one, it shows here.
    Ready 0
    Nothing waits for an owner to look at it. A developer puts the label “ready-for-staging” on a pull request when there is something to look at.
    Accepted 0
    Nothing that was accepted waits for its checks. What an owner accepts goes into main by itself once it is green.
    In main, not on staging 1
    D
    Faster checkout
    #1 by dora · here for less than a minute
    Promote up to here
    On staging, not live 0
    Everything that is on staging is on production too.
    Live 0
    What is promoted to production from now on shows here, the newest promotion first.
    ");
    assert!(
        page.body
            .contains("<time datetime=\"2032-03-02T09:00:00Z\" data-zone=\"Europe/Berlin\">")
    );
    // Each point of the picture leads to something on the page.
    let leads = page.body.split("<a href=\"#").skip(1);
    let mut targets = leads
        .filter_map(|rest| rest.split('"').next())
        .filter(|to| *to != "content");
    assert!(targets.clone().count() >= 3, "{}", page.body);
    assert!(
        targets.all(|to| page.body.contains(&format!(" id=\"{to}\""))),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn a_change_made_on_an_environment_is_told_and_drawn_beside_the_line() {
    let world = World::start().await;
    world
        .shop
        .commit("production", "dora", "Mend the till", &[("till.txt", "mended")]);
    world.settle().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let page = browser.get(PATH).await;
    let text = read(&page);
    assert!(
        text.contains("On hold, because it was changed without a promotion"),
        "{text}"
    );
    assert!(
        text.contains("And production has one commit that staging does not have."),
        "{text}"
    );
    assert!(
        page.body
            .contains("<title>production (has commits of its own)</title><circle cx=\"40\"")
    );
}

#[tokio::test]
async fn what_people_write_is_shown_as_it_is_and_does_nothing() {
    let mut world = World::start().await;
    let titles = [
        "</title><script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "javascript:alert(1) &amp; {{ 7 * 7 }}",
        "\u{202e}drowkcab \u{5e9}\u{5dc}\u{5d5}\u{5dd}",
        "a\u{301}\u{301}\u{301} zalgo",
    ];
    for title in titles {
        world.feature(title);
        world.lands(title).await;
    }
    let long = "w".repeat(256);
    world.feature(&long);
    world.settle().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let page = browser.get(PATH).await;
    for harm in ["<script>alert", "<img src=x", "href=\"javascript"] {
        assert!(!page.body.contains(harm), "{harm} in {}", page.body);
    }
    let text = page.text();
    for title in titles.iter().chain([&long.as_str()]) {
        assert!(text.contains(title), "{title} not in {text}");
    }
    assert!(page.body.matches("<h4 dir=\"auto\">").count() >= 11);
}

#[tokio::test]
async fn what_is_not_there_yet_says_what_to_do() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    assert_snapshot!(read(&browser.get(PATH).await), @r"
    harbour/shop
    Now
    History
    Figures
    Environments
    staging
    Nothing waits to come here
    Promote, hold, roll back
    production
    Nothing waits to come here
    Promote, hold, roll back
    The way
    mainmain
    stagingstaging
    productionproduction
    Everything that is on main is on staging too.Everything that is on staging is on production too.
    Features
    In progress 0
    No pull request into main is being worked on. When a developer opens one, it shows here.
    Ready 0
    Nothing waits for an owner to look at it. A developer puts the label “ready-for-staging” on a pull request when there is something to look at.
    Accepted 0
    Nothing that was accepted waits for its checks. What an owner accepts goes into main by itself once it is green.
    In main, not on staging 0
    Everything that is on main is on staging too.
    On staging, not live 0
    Everything that is on staging is on production too.
    Live 0
    What is promoted to production from now on shows here, the newest promotion first.
    ");

    let bare = world.sandbox.repository("harbour/bare");
    let bare = bare.file(".github/greenlight.yml", "timezone: UTC").create();
    bare.grant("anna", Role::Read);
    world.settle().await;
    world.passes(SignedDuration::from_mins(5)).await;
    let text = read(&browser.get("/repositories/harbour/bare").await);
    assert!(text.contains("No environment is known here yet."), "{text}");
}

/// Five hundred of them are one page that a phone can load, and one row of bounded size.
#[tokio::test]
async fn five_hundred_open_features_are_one_page() {
    let world = World::start().await;
    // Nothing of them was ever delivered: the first look finds them all.
    let large = world.sandbox.repository("harbour/large").not_installed();
    let large = large.file(".github/greenlight.yml", "timezone: UTC").create();
    let main = large.head("main").expect("main");
    large.branch("staging", &main);
    large.grant("anna", Role::Read);
    for n in 0..500 {
        let branch = format!("feature-{n}");
        large.branch(&branch, &main);
        large.commit(&branch, "dora", "Work", &[("work.txt", branch.as_str())]);
        let title = format!("Feature {n} with a title of a length that is usual");
        large
            .open_pull("dora", &branch, "main", &title, "")
            .expect("a pull request");
    }
    large.set_installed(true);
    world.settle_within(std::time::Duration::from_secs(60)).await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let page = browser.get("/repositories/harbour/large").await;
    assert_eq!(page.body.matches("class=\"card\"").count(), 500, "{}", page.text());
    assert!(page.body.len() < 500_000, "{} bytes", page.body.len());
}
