//! The figures of a repository: plots, and the same as tables.

use insta::assert_snapshot;
use jiff::SignedDuration;

use crate::browser::Browser;
use crate::world::World;

const FIGURES: &str = "/repositories/harbour/shop/figures";

/// What the last month's rows of the tables say, in the order of the page.
fn last_rows(body: &str) -> String {
    let rows = body.split("</tbody>").filter_map(|table| table.rsplit_once("<tr>"));
    let rows = rows.filter(|(_, row)| row.contains("<td>"));
    let row = |row: &str| {
        let parts = row
            .split(['<', '>'])
            .skip(2)
            .step_by(4)
            .filter(|part| !part.trim().is_empty());
        parts.collect::<Vec<_>>().join(" | ")
    };
    rows.map(|(_, last)| row(last)).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn the_four_measures_are_counted_for_each_environment() {
    let mut world = World::start().await;
    world.it_is("2032-03-01T09:00:00Z").await;
    let number = world.feature("Faster checkout");
    world.shop.label("dora", number, "ready-for-staging").expect("a label");
    let head = world.shop.pull(number).expect("it").head_sha;
    world.green(&head).await;
    world.passes(SignedDuration::from_hours(2)).await;
    world.says("anna", number, "/accept").await;
    let merged = world.head("main");
    world.green(&merged).await;
    let pull = world.promotion("staging").number;
    world.says("anna", pull, "/promote staging").await;
    world.passes(SignedDuration::from_mins(30)).await;
    world.says("anna", number, "/rollback staging").await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let page = browser.get(FIGURES).await;
    assert_eq!(page.status, 200);
    assert_snapshot!(last_rows(&page.body), @r"
    March 2032 | 1
    March 2032 | 2 hours | Known of the 1 feature that came.
    March 2032 | 100 % | 1 of 1
    March 2032 | 30 minutes | Known of 1 of 1.
    ");
    assert!(
        page.text().contains("as months begin and end in Europe/Berlin"),
        "{}",
        page.text()
    );
    assert!(!page.body.contains("style="), "no style that the policy forbids");
}

#[tokio::test]
async fn before_the_first_promotion_it_says_what_will_be_there() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    assert_eq!(browser.get(FIGURES).await.status, 401);
    browser.signs_in("anna").await;
    let text = browser.get(FIGURES).await.text();
    assert!(
        text.contains("Nothing was promoted in the last twelve months"),
        "{text}"
    );
    browser.signs_in("carl").await;
    assert_eq!(browser.get(FIGURES).await.status, 404);
}
