//! Every page as people see it: in light and in dark, on a screen and on a phone, by mouse and by keyboard, with what others write.

use std::path::PathBuf;

use jiff::SignedDuration;

use crate::axe;
use crate::chrome::{Chrome, ENTER, TAB};
use crate::world::World;

/// How the pages are looked at: a name, the colours, and how wide the window is.
const LOOKS: [(&str, &str, u32); 3] = [
    ("light", "light", 1280),
    ("dark", "dark", 1280),
    ("narrow", "light", 360),
];

/// The pages, and what each is called among the pictures.
const PAGES: [(&str, &str); 5] = [
    ("/", "repositories"),
    ("/repositories/harbour/shop", "repository"),
    ("/repositories/harbour/shop/history", "history"),
    ("/repositories/harbour/shop/figures", "figures"),
    ("/nothing", "nothing"),
];

/// Titles that break what is not built for them.
const TITLES: [&str; 4] = [
    "<script>document.title = 'taken over'</script><b>Gift cards</b> & \"quotes\"",
    "تسريع عملية الدفع",
    "Averylongtitlewithoutaplacetobreakitaverylongtitlewithoutaplacetobreakitaverylongtitlewithoutaplacetobreakit",
    "Wish lists",
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
    world.feature("Not ready yet");
    world.settle().await;
    world
}

/// Goes in as somebody does: by the button, and by a click on GitHub's page.
async fn signs_in(chrome: &Chrome, board: &str, login: &str) {
    chrome.opens(board).await;
    chrome.clicks(".button").await;
    chrome
        .sees(&format!("document.body.innerText.includes('{login}')"))
        .await;
    chrome.follows(login).await;
    chrome.sees("document.querySelector('.visitor')").await;
}

fn pictures() -> PathBuf {
    let scratch = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let folder = scratch.parent().unwrap_or(&scratch).join("screenshots");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// What is wrong with the page in each of the looks.
async fn judged(chrome: &Chrome, axe: &str, url: &str, name: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (look, scheme, width) in LOOKS {
        chrome.prefers(scheme).await;
        chrome.is_wide(width).await;
        chrome.opens(url).await;
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
        chrome.is_pictured(&pictures().join(format!("{name}-{look}.png"))).await;
    }
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_keeps_nobody_out_in_light_in_dark_and_on_a_phone() {
    let world = busy().await;
    let board = format!("http://{}", world.bot_address());
    let (chrome, axe) = (Chrome::start().await, axe::source());
    let mut wrong = judged(&chrome, &axe, &board, "welcome").await;
    signs_in(&chrome, &board, "anna").await;
    for (path, name) in PAGES {
        wrong.extend(judged(&chrome, &axe, &format!("{board}{path}"), name).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_page_to_page_by_keyboard_and_without_script() {
    let world = busy().await;
    let board = format!("http://{}", world.bot_address());
    let chrome = Chrome::start().await;
    signs_in(&chrome, &board, "anna").await;

    chrome.opens(&format!("{board}/repositories/harbour/shop")).await;
    chrome.types(TAB).await;
    chrome.sees("document.activeElement.classList.contains('skip')").await;
    chrome.types(ENTER).await;
    chrome.sees("location.hash === '#content'").await;
    for (page, sign) in [("History", ".lines"), ("Figures", ".plot")] {
        tab_to(&chrome, page).await;
        chrome.types(ENTER).await;
        chrome.sees(&format!("document.querySelector('{sign}')")).await;
        let here = chrome
            .finds("return document.querySelector('[aria-current]').innerText")
            .await;
        assert_eq!(here, page);
    }

    let off = serde_json::json!({"value": true});
    chrome.develops("Emulation.setScriptExecutionDisabled", off).await;
    chrome.opens(&format!("{board}/repositories/harbour/shop")).await;
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
