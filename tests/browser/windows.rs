//! Two windows, and what happens in one while the other is open: it changes by itself and leaves alone what somebody is at; what has
//! become old does nothing; and who is not let in any more sees nothing.

use greenlight::sandbox::Role;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::somebody::{SHOP, Somebody, Way, answered};
use crate::world::{LABEL, World};

/// What somebody is at: the focus, how high on the screen it stands, the fold, and a mark that a page loaded anew would not have.
const PLACE: &str = "
    const at = document.activeElement;
    const top = Math.round(at.getBoundingClientRect().top);
    return [at.closest('[id]').id, at.tagName, top, document.querySelector('details').open, window.mine ?? null, scrollY > 0];";

async fn promotes(world: &World, environment: &str) {
    let pull = world.promotion(environment).number;
    world.says("anna", pull, &format!("/promote {environment}")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_in_one_window_shows_in_the_other_and_nothing_is_lost_there() {
    let mut world = World::start().await;
    for title in ["Faster checkout", "Gift cards"] {
        let one = world.lands(title).await;
        world.green(&one.commit).await;
        promotes(&world, "staging").await;
        promotes(&world, "production").await;
    }
    let pull = world.feature("Wish lists");
    world.shop.label("dora", pull, LABEL).expect("a label");
    for n in 0..12 {
        world.feature(&format!("Idea {n}"));
    }
    world.settle().await;

    // At a desk: a fold is open, and what she reads is far down.
    let desk = Somebody::signed_in(&world, Way::Mouse, "anna").await;
    desk.opens(SHOP).await;
    desk.chrome.is_wide(360).await;
    desk.chrome.clicks("#folded-live summary").await;
    let reads = "document.querySelector('#folded-live .card a').focus();
        document.activeElement.scrollIntoView({block: 'center'}); window.mine = 'mine'; return null;";
    desk.chrome.finds(reads).await;
    let before = desk.chrome.finds(PLACE).await;
    assert_eq!(
        (&before[3], &before[4], &before[5]),
        (&json!(true), &json!("mine"), &json!(true))
    );

    // On the phone: she accepts, and the card goes to another lane, above what is read at the desk.
    let phone = Somebody::signed_in(&world, Way::Mouse, "anna").await;
    phone.chrome.is_wide(360).await;
    phone.opens(&format!("{SHOP}/act/feature/{pull}")).await;
    phone.presses("accept").await;
    world.settle().await;
    phone.is_told("asked", "Accepted").await;
    let card = format!("document.querySelector('[aria-labelledby=lane-accepted] #feature-{pull}')");
    desk.chrome.sees(&card).await;
    assert_eq!(desk.chrome.finds(PLACE).await, before);
    assert_eq!(
        desk.chrome.finds("return document.querySelector('#asked')").await,
        Value::Null,
        "what came of it is for the window that asked"
    );

    // What is half typed while the answer comes stays, too, and so does the place in it.
    world.green(&world.shop.pull(pull).expect("it").head_sha).await;
    desk.opens(&format!("{SHOP}/act/environment/staging")).await;
    desk.fills_in("hold-why", "the fa").await;
    world.settle().await;
    desk.is_told("asked", "How each gate stands:").await;
    desk.chrome.types("ir").await;
    let typed = desk
        .chrome
        .finds("return [document.activeElement.id, document.activeElement.value]")
        .await;
    assert_eq!(typed, json!(["hold-why", "the fair"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_has_become_old_does_nothing_and_shows_the_new_list() {
    let mut world = World::start().await;
    let mut landed = Vec::new();
    for title in ["Faster checkout", "Gift cards"] {
        let one = world.lands(title).await;
        world.green(&one.commit).await;
        landed.push(one);
    }
    let anna = Somebody::signed_in(&world, Way::Mouse, "anna").await;
    anna.opens(&format!("{SHOP}/act/environment/staging")).await;
    // Meanwhile a part of it goes, at somebody else's word.
    let first = landed[0].number;
    world.says("anna", first, "/promote staging").await;
    assert_eq!(world.head("staging"), landed[0].commit);
    anna.presses("promote").await;
    world.settle().await;
    anna.is_told("asked", "staging has changed since you looked").await;
    let said = anna.reads("asked").await;
    assert!(
        said.contains("Gift cards") && !said.contains("Faster checkout"),
        "the new list: {said}"
    );
    assert_eq!(world.head("staging"), landed[0].commit);
    let pull = world.promotion("staging").number;
    answered(&world, pull, "/promote staging");
    // From the page as it is now, it goes.
    anna.opens(&format!("{SHOP}/act/environment/staging")).await;
    anna.presses("promote").await;
    world.settle().await;
    anna.is_told("asked", "Promoted to staging").await;
    assert_eq!(world.head("staging"), landed[1].commit);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_sees_nothing_and_who_may_only_read_is_told_whose_word_counts() {
    let mut world = World::start().await;
    world.sandbox.repository("harbour/secret").create();
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let carl = Somebody::signed_in(&world, Way::Mouse, "carl").await;
    let mut said = Vec::new();
    for path in ["/repositories/harbour/secret", "/repositories/harbour/nowhere", SHOP] {
        carl.opens(path).await;
        assert_eq!(
            carl.chrome
                .finds("return performance.getEntriesByType('navigation')[0].responseStatus")
                .await,
            404,
            "{path}"
        );
        said.push(carl.chrome.finds("return document.body.innerText").await);
    }
    said.dedup();
    assert_eq!(said.len(), 1, "what is private and what is nowhere look the same");

    world.shop.grant("carl", Role::Read);
    world.passes(SignedDuration::from_mins(5)).await;
    carl.opens(SHOP).await;
    carl.chrome
        .sees("document.querySelector('#scene').innerText.includes('Faster checkout')")
        .await;
    let before = world.head("staging");
    carl.opens(&format!("{SHOP}/act/environment/staging")).await;
    let is_offered = carl
        .chrome
        .finds("return Boolean(document.querySelector('button[name=act][value=promote]'))")
        .await;
    let told = if is_offered == true {
        carl.presses("promote").await;
        world.settle().await;
        "asked"
    } else {
        "content"
    };
    carl.is_told(told, "only anna may promote to staging").await;
    assert_eq!(world.head("staging"), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_everywhere_closes_what_is_open_elsewhere() {
    let mut world = World::start().await;
    world.lands("Faster checkout").await;
    let desk = Somebody::signed_in(&world, Way::Mouse, "anna").await;
    let phone = Somebody::signed_in(&world, Way::Keys, "anna").await;
    let dora = Somebody::signed_in(&world, Way::Mouse, "dora").await;
    for one in [&desk, &phone, &dora] {
        one.opens(SHOP).await;
        one.chrome
            .sees("document.body.innerText.includes('Faster checkout')")
            .await;
    }
    phone.goes_by("form[action='/sign-out/everywhere'] button").await;
    phone
        .chrome
        .sees("document.querySelector(\".button[href^='/sign-in']\")")
        .await;
    // Nobody touches it.
    desk.chrome
        .sees("!document.body.innerText.includes('Faster checkout') && document.querySelector(\".button[href^='/sign-in']\")")
        .await;
    desk.opens(&format!("{SHOP}/act/environment/staging")).await;
    desk.chrome
        .sees("!document.querySelector('form') && document.querySelector(\".button[href^='/sign-in']\")")
        .await;
    assert_eq!(
        dora.chrome
            .finds("return document.body.innerText.includes('Faster checkout')")
            .await,
        true
    );
}

/// Times are told by the clock on the viewer's wall, and by the repository's where that is another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_are_told_by_both_clocks_where_they_differ() {
    let mut world = World::start().await;
    world.it_is("2032-03-01T09:00:00Z").await;
    world.lands("Faster checkout").await;
    let pull = world.promotion("staging").number;
    world.says("anna", pull, "/hold staging until 2032-03-02 04:30").await;
    let anna = Somebody::signed_in(&world, Way::Mouse, "anna").await;
    let until =
        "return document.querySelector('#environment-staging .state time').innerText.replaceAll('\\u202f', ' ')";
    for (zone, told) in [
        (
            "America/New_York",
            "Mon, Mar 1, 2032, 10:30 PM (Tue, Mar 2, 04:30 AM in Europe/Berlin)",
        ),
        (
            "Europe/London",
            "Tue, Mar 2, 2032, 03:30 AM (04:30 AM in Europe/Berlin)",
        ),
        ("Europe/Berlin", "Tue, Mar 2, 2032, 04:30 AM"),
    ] {
        anna.chrome
            .develops("Emulation.setTimezoneOverride", json!({"timezoneId": zone}))
            .await;
        anna.opens(SHOP).await;
        anna.chrome
            .sees("document.querySelector('.state time[data-own]')")
            .await;
        assert_eq!(anna.chrome.finds(until).await, told, "{zone}");
    }
}
