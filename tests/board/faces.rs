//! People's pictures on the cards: from GitHub, by way of us.

use crate::acting::ready;
use crate::browser::Browser;
use crate::world::World;

const DORA: &str = "/faces/dora";

#[tokio::test]
async fn a_card_shows_its_authors_picture_and_no_browser_asks_anybody_else_for_it() {
    let mut world = World::start().await;
    ready(&mut world, "Faster checkout").await;
    let mut anna = Browser::of(&world);
    assert_eq!(anna.get(DORA).await.status, 401, "for who is signed in alone");
    anna.signs_in("anna").await;
    let page = anna.get("/repositories/harbour/shop").await;
    assert!(
        page.body
            .contains(&format!("<img src=\"{DORA}\" alt=\"\" loading=\"lazy\">")),
        "{}",
        page.body
    );
    let picture = anna.get(DORA).await;
    assert_eq!(picture.status, 200);
    assert_eq!(picture.header("content-type"), "image/png");
    assert_eq!(picture.header("cache-control"), "private, max-age=86400");
    assert!(picture.body.contains("PNG"), "{}", picture.body);
}

#[tokio::test]
async fn who_has_no_picture_keeps_the_letter() {
    let world = World::start().await;
    let mut anna = Browser::of(&world);
    anna.signs_in("anna").await;
    for nobody in [
        "nobody-of-that-name",
        "dependabot%5Bbot%5D",
        "..%2F..%2Fetc",
        "a%0d%0ab",
    ] {
        let answer = anna.get(&format!("/faces/{nobody}")).await;
        assert_eq!(answer.status, 404, "{nobody}");
    }
}
