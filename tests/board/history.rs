//! The history of a repository: in words, page by page, filtered, and as a table.

use insta::assert_snapshot;

use crate::browser::Browser;
use crate::world::World;

const HISTORY: &str = "/repositories/harbour/shop/history";

/// Something of each: a hold, a promotion, a feature that is ready.
async fn busy() -> World {
    let mut world = World::start().await;
    world.it_is("2032-03-01T09:00:00Z").await;
    let landed = world.lands("=Faster <b>checkout</b>").await;
    let pull = world.promotion("staging").number;
    world
        .says(
            "anna",
            pull,
            "/hold production until 2032-03-02 10:00 because =1+1 \"the fair\", <b>really</b>",
        )
        .await;
    world.green(&landed.commit).await;
    world.says("anna", pull, "/promote staging").await;
    let next = world.feature("مرحبا Wish lists");
    world.shop.label("dora", next, "ready-for-staging").expect("a label");
    world.settle().await;
    world
}

/// The lines, without what stands around them.
fn lines(text: &str) -> String {
    let (_, lines) = text.split_once("Download as a table (CSV)").expect("lines");
    lines.trim().to_owned()
}

#[tokio::test]
async fn what_happened_is_told_in_words() {
    let world = busy().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let page = browser.get(HISTORY).await;
    assert_snapshot!(lines(&page.text()), @r#"
    Monday, 1 March 2032 at 10:00 (Europe/Berlin)
    dora made a feature ready.
    #4 مرحبا Wish lists
    Monday, 1 March 2032 at 10:00 (Europe/Berlin)
    The branch of staging was seen at another commit than before.
    Monday, 1 March 2032 at 10:00 (Europe/Berlin)
    anna was answered.
    Promoted to staging. It now also has:
    #2
    Monday, 1 March 2032 at 10:00 (Europe/Berlin)
    anna promoted 1 feature to staging.
    #1 =Faster <b>checkout</b>
    Monday, 1 March 2032 at 10:00 (Europe/Berlin)
    Nothing stood in the way to staging any more.
    Monday, 1 March 2032 at 10:00 (Europe/Berlin)
    What anna asked for on staging was taken up. It is done when nothing stands in its way.
    Monday, 1 March 2032 at 10:00 (Europe/Berlin)
    anna gave a command.
    “/promote staging”
    #2
    Monday, 1 March 2032 at 10:00 (Europe/Berlin)
    anna was answered.
    Production is on hold until Tuesday, 2 March at 10:00 (Europe/Berlin), because: =1+1 "the fair", ‹b›really‹/b›. I will not move it before then, whoever asks. A promotion that is asked for meanwhile waits, and goes by itself afterwards.
    #2
    Monday, 1 March 2032 at 10:00 (Europe/Berlin)
    anna put production on hold.
    Until Tuesday, 2 March 2032 at 10:00 (Europe/Berlin).
    Because “=1+1 "the fair", <b>really</b>”.
    Monday, 1 March 2032 at 10:00 (Europe/Berlin)
    anna gave a command.
    “/hold production until 2032-03-02 10:00 because =1+1 "the fair", <b>really</b>”
    #2
    "#);
    assert!(!page.body.contains("<b>"), "somebody's words are shown as they are");
}

#[tokio::test]
async fn it_is_filtered_by_environment_person_and_feature() {
    let world = busy().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let anna = world.sandbox.user("anna");
    for (query, there, not_there) in [
        ("environment=production", "put production on hold", "promoted 1 feature"),
        ("environment=staging", "promoted 1 feature", "put production on hold"),
        ("feature=%231", "promoted 1 feature", "put production on hold"),
        ("feature=4", "dora made a feature ready", "promoted 1 feature"),
        (
            "environment=&person=&feature=",
            "promoted 1 feature",
            "Nothing that is written down",
        ),
        (
            &format!("person={anna}"),
            "promoted 1 feature",
            "dora made a feature ready",
        ),
        (
            "environment=elsewhere",
            "Nothing that is written down fits",
            "promoted 1 feature",
        ),
        (
            "feature=soon",
            "A pull request is known by its number",
            "promoted 1 feature",
        ),
    ] {
        let text = browser.get(&format!("{HISTORY}?{query}")).await.text();
        assert!(text.contains(there), "{query}: {text}");
        assert!(!text.contains(not_there), "{query}: {text}");
    }
}

#[tokio::test]
async fn a_choice_that_means_nothing_shows_nothing() {
    let world = busy().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    for choice in [
        "person=somebody",
        "person=0",
        "environment=%00",
        "environment=nowhere",
        "feature=abc",
    ] {
        let page = browser.get(&format!("{HISTORY}?{choice}")).await;
        assert_eq!(page.status, 200, "{choice}");
        let text = page.text();
        assert!(!text.contains("anna put production on hold."), "{choice}: {text}");
    }
}

#[tokio::test]
async fn older_lines_stay_where_they_are_while_new_ones_come() {
    let world = busy().await;
    let pull = world.promotion("production").number;
    for _ in 0..12 {
        world.says("anna", pull, "/status").await;
        world.says("anna", pull, "/hold staging").await;
    }
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let first = browser.get(HISTORY).await;
    let older = |body: &str| {
        let (before, _) = body.split_once("\" rel=\"next\">Older").expect("a link to older lines");
        before.rsplit_once("href=\"").expect("its address").1.to_owned()
    };
    let link = older(&first.body);
    let second = lines(&browser.get(&link).await.text());
    assert_ne!(lines(&first.text()), second);
    world.says("anna", pull, "/status").await;
    assert_eq!(lines(&browser.get(&link).await.text()), second);
    assert!(second.contains("Newest"), "{second}");
}

#[tokio::test]
async fn the_table_is_what_is_filtered_and_holds_no_formula() {
    let world = busy().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let table = browser.get(&format!("{HISTORY}.csv?environment=production")).await;
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(
        table.header("content-disposition"),
        "attachment; filename=\"harbour-shop-history.csv\""
    );
    let body = table.body.strip_prefix('\u{feff}').expect("the mark of UTF-8");
    assert_snapshot!(body, @r#"
    "Time","Kind","What","Why","Until","Who","Environment","Pull request","Features","Commit before","Commit after","Gates"
    "2032-03-01T10:00:00+01:00","held","anna put production on hold.","Because “=1+1 ""the fair"", <b>really</b>”.","2032-03-02T10:00:00+01:00","anna","production","","","","",""
    "#);
    let everything = browser.get(&format!("{HISTORY}.csv")).await.body;
    assert!(everything.lines().count() > body.lines().count());
    assert!(everything.contains("hold: open; "), "how each gate stood: {everything}");
    assert_eq!(everything.matches('\n').count(), everything.matches("\r\n").count());
}

#[tokio::test]
async fn before_anything_happened_it_says_what_will_be_there() {
    let world = World::start().await;
    let blog = world.sandbox.repository("harbour/blog").create();
    blog.grant("anna", greenlight::sandbox::Role::Read);
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let text = browser.get("/repositories/harbour/blog/history").await.text();
    assert!(text.contains("Nothing has happened here yet."), "{text}");
}

#[tokio::test]
async fn a_stranger_gets_neither_the_page_nor_the_table() {
    let world = busy().await;
    let mut browser = Browser::of(&world);
    for path in [HISTORY.to_owned(), format!("{HISTORY}.csv")] {
        assert_eq!(browser.get(&path).await.status, 401);
    }
    browser.signs_in("carl").await;
    for path in [HISTORY.to_owned(), format!("{HISTORY}.csv")] {
        assert_eq!(browser.get(&path).await.status, 404);
    }
}
