//! Every page as people see it: in light and in dark, on a screen and on a phone, by mouse and by keyboard, with what others write.

use std::path::PathBuf;

use greenlight::sandbox::Role;
use jiff::SignedDuration;

use crate::axe;
use crate::chrome::{Chrome, ENTER, TAB};
use crate::somebody::{SHOP, Somebody, Way};
use crate::world::{CONFIGURATION, LABEL, World};

/// How the pages are looked at: a name, the colours, and how wide the window is.
const LOOKS: [(&str, &str, u32); 3] = [
    ("light", "light", 1280),
    ("dark", "dark", 1280),
    ("narrow", "light", 360),
];

/// The pages, and what each is called among the pictures.
const PAGES: [(&str, &str); 8] = [
    ("/", "repositories"),
    ("/repositories/harbour/shop", "repository"),
    ("/repositories/harbour/shop/act/environment/staging", "environment"),
    (
        "/repositories/harbour/shop/act/environment/production",
        "environment-held",
    ),
    ("/repositories/harbour/shop/history", "history"),
    ("/repositories/harbour/shop/figures", "figures"),
    ("/repositories/harbour/secret", "not-found"),
    ("/nothing", "nothing"),
];

/// Titles that break what is not built for them.
const TITLES: [&str; 4] = [
    "<script>document.title = 'taken over'</script><b>Gift cards</b> & \"quotes\"",
    "تسريع عملية الدفع",
    "Averylongtitlewithoutaplacetobreakitaverylongtitlewithoutaplacetobreakitaverylongtitlewithoutaplacetobreakit",
    "Wish lists",
];

/// More of a kind than there is room for, as far as GitHub lets a title be: 256 characters.
const MANY: [&str; 3] = [
    "🎉",
    "</title><script>document.title = 'taken over'</script>",
    "\u{202e}\u{5e9}",
];

/// What stands beyond the window's edge, if the whole page can be pushed sideways. The bar by which it is pushed up and down takes
/// some of the window's width.
const TOO_WIDE: &str = "
    const page = document.documentElement;
    if (page.scrollWidth <= page.clientWidth) return null;
    const all = [...document.body.querySelectorAll('*')];
    const beyond = all.filter((one) => one.getBoundingClientRect().right > page.clientWidth);
    return beyond.map((one) => one.outerHTML.slice(0, 120)).join(' ') || 'something that cannot be seen';";

/// A shop in which all that there is to see is there: features of each kind, a promotion, a hold and a rollback.
async fn busy() -> World {
    let mut world = World::start().await;
    let landed = world.lands(TITLES[0]).await;
    world.green(&landed.commit).await;
    let pull = world.promotion("staging").number;
    world.says("anna", pull, "/promote staging").await;
    world.passes(SignedDuration::from_mins(20)).await;
    let bad = world.lands(TITLES[1]).await;
    world.green(&bad.commit).await;
    let pull = world.promotion("staging").number;
    world.says("anna", pull, "/promote staging").await;
    world.says("anna", bad.number, "/rollback staging").await;
    let pull = world.promotion("production").number;
    world
        .says(
            "anna",
            pull,
            "/hold production until friday 7am because <i>the fair</i>",
        )
        .await;
    for title in &TITLES[2..] {
        let number = world.feature(title);
        world.shop.label("dora", number, "ready-for-staging").expect("a label");
    }
    for part in MANY {
        let many = part.repeat(256 / part.chars().count());
        world.feature(&many);
        world.lands(&many).await;
    }
    // A commit's first line has no end that GitHub would set.
    let endless = "nowhere to break ".repeat(600);
    world
        .shop
        .commit("main", "dora", &endless, &[("endless.txt", "endless")]);
    world.feature("Not ready yet");
    world.settle().await;
    world
}

/// Where what the tests saw is kept.
pub fn pictures() -> PathBuf {
    let scratch = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let folder = scratch.parent().unwrap_or(&scratch).join("screenshots");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// What is wrong with a page in each of the looks; with the page that is open where there is no address.
async fn judged(chrome: &Chrome, axe: &str, url: Option<&str>, name: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (look, scheme, width) in LOOKS {
        chrome.prefers(scheme).await;
        chrome.is_wide(width).await;
        if let Some(url) = url {
            chrome.opens(url).await;
            chrome.sees("!document.querySelector('[data-looking]')").await;
        }
        let complaints = axe::complaints(chrome, axe).await;
        wrong.extend(
            complaints
                .into_iter()
                .map(|complaint| format!("{name}, {look}: {complaint}")),
        );
        let beyond = chrome.finds(TOO_WIDE).await;
        if let Some(beyond) = beyond.as_str() {
            wrong.push(format!(
                "{name}, {look}: it can be pushed sideways, because of {beyond}"
            ));
        }
        if chrome.finds("return document.title").await == "taken over" {
            wrong.push(format!("{name}, {look}: somebody's words were run"));
        }
        chrome
            .is_pictured_whole(&pictures().join(format!("{name}-{look}.png")))
            .await;
    }
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_keeps_nobody_out_in_light_in_dark_and_on_a_phone() {
    let world = busy().await;
    let axe = axe::source();
    let anna = Somebody::before(&world, Way::Mouse).await;
    let chrome = &anna.chrome;
    let mut wrong = judged(chrome, &axe, Some(&anna.board), "welcome").await;
    anna.signs_in("anna").await;
    for (path, name) in PAGES {
        wrong.extend(judged(chrome, &axe, Some(&format!("{}{path}", anna.board)), name).await);
    }
    let ready = world
        .shop
        .open_pulls()
        .into_iter()
        .find(|pull| pull.title == TITLES[2])
        .expect("it");
    let feature = format!("{}{SHOP}/act/feature/{}", anna.board, ready.number);
    wrong.extend(judged(chrome, &axe, Some(&feature), "feature").await);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a page says of an act, also of one that came to nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_and_a_refusal_keep_nobody_out() {
    let world = busy().await;
    let axe = axe::source();
    let anna = Somebody::signed_in(&world, Way::Mouse, "anna").await;
    let chrome = &anna.chrome;
    let staging = format!("{SHOP}/act/environment/staging");
    anna.opens(&staging).await;
    anna.presses("hold").await;
    anna.is_told("asked", "staging is on hold").await;
    let address = chrome.finds("return location.href").await;
    let mut wrong = judged(chrome, &axe, address.as_str(), "answer").await;

    anna.opens(&staging).await;
    // It ends behind her back.
    let pull = world.promotion("staging").number;
    world.says("anna", pull, "/unhold staging").await;
    anna.presses("unhold").await;
    world.settle().await;
    anna.is_told("asked", "staging").await;
    let address = chrome.finds("return location.href").await;
    wrong.extend(judged(chrome, &axe, address.as_str(), "refusal").await);

    // As a page of somebody else's would send it.
    anna.opens(&staging).await;
    chrome
        .finds("for (const token of document.querySelectorAll('[name=token]')) token.value = 'made up'; return null;")
        .await;
    anna.presses("hold").await;
    chrome
        .sees("document.body.innerText.includes('That was not done')")
        .await;
    wrong.extend(judged(chrome, &axe, None, "form-refused").await);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Five hundred of them are a page that can be used: on a phone, by keyboard, and as it changes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_open_features_are_a_page_that_can_be_used() {
    let world = World::start().await;
    // Nothing of them was ever delivered: the first look finds them all.
    let large = world.sandbox.repository("harbour/large").not_installed();
    let large = large.file(".github/greenlight.yml", CONFIGURATION).create();
    let main = large.head("main").expect("main");
    large.branch("staging", &main);
    large.grant("anna", Role::Read);
    large.grant("dora", Role::Write);
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
    let anna = Somebody::signed_in(&world, Way::Keys, "anna").await;
    let chrome = &anna.chrome;
    for width in [1280, 360] {
        chrome.is_wide(width).await;
        anna.opens("/repositories/harbour/large").await;
        chrome.sees("document.querySelectorAll('.card').length === 500").await;
        assert_eq!(chrome.finds(TOO_WIDE).await, serde_json::Value::Null, "{width}");
        chrome
            .is_pictured_whole(&pictures().join(format!("five-hundred-{width}.png")))
            .await;
    }
    // The newest of them is told of as it comes, and what she was at stays where it was.
    chrome
        .finds("document.querySelector('#feature-250 .acts a').focus(); return null;")
        .await;
    let place = "return Math.round(document.activeElement.getBoundingClientRect().top)";
    let before = chrome.finds(place).await;
    large.label("dora", 1, LABEL).expect("a label");
    world.settle().await;
    chrome
        .sees("document.querySelector('[aria-labelledby=lane-ready] #feature-1')")
        .await;
    let after = chrome.finds(place).await;
    let moved = after
        .as_i64()
        .zip(before.as_i64())
        .map(|(after, before)| (after - before).abs());
    // Rows have heights that are no whole pixels.
    assert!(moved.is_some_and(|pixels| pixels <= 1), "{before} became {after}");
    anna.goes_by("#feature-251 .acts a").await;
    chrome.sees("document.body.innerText.includes('Feature 250 ')").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_page_to_page_by_keyboard_and_without_script() {
    let world = busy().await;
    let anna = Somebody::signed_in(&world, Way::Keys, "anna").await;
    let chrome = &anna.chrome;

    anna.opens(SHOP).await;
    first_tab(chrome).await;
    chrome.sees("document.activeElement.classList.contains('skip')").await;
    chrome.types(ENTER).await;
    chrome.sees("location.hash === '#content'").await;
    for (page, sign) in [("History", ".lines"), ("Figures", ".plot")] {
        tab_to(chrome, page).await;
        chrome.types(ENTER).await;
        chrome.sees(&format!("document.querySelector('{sign}')")).await;
        let here = chrome
            .finds("return document.querySelector('[aria-current]').innerText")
            .await;
        assert_eq!(here, page);
    }

    chrome.runs_no_script().await;
    anna.opens(SHOP).await;
    chrome.follows("History").await;
    chrome.sees("document.querySelector('.filter')").await;
    let told = "[...document.querySelectorAll('time')].every((time) => time.textContent.includes('Europe/Berlin'))";
    chrome.sees(told).await;
    chrome.clicks("select[name=environment] option[value=production]").await;
    chrome.clicks(".filter button").await;
    chrome.sees("location.search.includes('environment=production')").await;
    chrome
        .sees("document.body.innerText.includes('put production on hold')")
        .await;
    chrome.follows("Show everything").await;
    chrome
        .sees("!location.search && document.querySelector('.lines')")
        .await;
}

/// Presses the tabulator until anything has the focus: a key that comes while a page is only just shown is not always taken.
async fn first_tab(chrome: &Chrome) {
    for _ in 0..10 {
        chrome.types(TAB).await;
        if chrome.finds("return document.activeElement !== document.body").await == true {
            return;
        }
    }
    panic!("nothing can be reached by keyboard");
}

/// Presses the tabulator until the link with these words has the focus.
async fn tab_to(chrome: &Chrome, words: &str) {
    for _ in 0..40 {
        chrome.types(TAB).await;
        if chrome.finds("return document.activeElement.innerText").await == words {
            return;
        }
    }
    panic!("{words} cannot be reached by keyboard");
}
