//! Somebody before the board, who uses it in one of three ways: by mouse, by keyboard alone, or where no script may run.

use greenlight::sandbox::CommentView;
use serde_json::Value;

use crate::chrome::{Chrome, DOWN, ENTER, RIGHT, SPACE, TAB};
use crate::world::World;

/// The page of the repository.
pub const SHOP: &str = "/repositories/harbour/shop";

/// How many times the tabulator is pressed before something counts as out of reach.
const TABS_MAX: usize = 120;

/// How somebody uses the pages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way {
    Mouse,
    /// Only the keyboard, and each thing reached by it has to show that it is.
    Keys,
    /// By mouse, where no script may run.
    Plain,
}

pub struct Somebody {
    pub chrome: Chrome,
    way: Way,
    pub board: String,
}

impl Somebody {
    /// In a browser of her own, where nobody is signed in.
    pub async fn before(world: &World, way: Way) -> Self {
        Self::at(&format!("http://{}", world.bot_address()), way).await
    }

    /// The same, before the board at this address.
    pub async fn at(board: &str, way: Way) -> Self {
        Self {
            chrome: Chrome::start().await,
            way,
            board: board.to_owned(),
        }
    }

    /// In a browser of her own; signed in by the button, and by a click on GitHub's page.
    pub async fn signed_in(world: &World, way: Way, login: &str) -> Self {
        let somebody = Self::before(world, way).await;
        somebody.signs_in(login).await;
        if way == Way::Plain {
            somebody.chrome.runs_no_script().await;
        }
        somebody
    }

    pub async fn signs_in(&self, login: &str) {
        let chrome = &self.chrome;
        chrome.opens(&self.board).await;
        chrome.leaves_by(".button").await;
        chrome
            .sees(&format!("document.body.innerText.includes('{login}')"))
            .await;
        chrome.follows(login).await;
        chrome.sees("document.querySelector('.visitor')").await;
    }

    pub async fn opens(&self, path: &str) {
        self.chrome.opens(&format!("{}{path}", self.board)).await;
    }

    /// Follows a link, or presses a button, that leads to another page.
    pub async fn goes_by(&self, selector: &str) {
        if self.way != Way::Keys {
            return self.chrome.leaves_by(selector).await;
        }
        self.chrome.marks().await;
        self.tabs_to(selector).await;
        let is_button = self.chrome.finds("return document.activeElement.tagName").await == "BUTTON";
        self.chrome.types(if is_button { SPACE } else { ENTER }).await;
        self.chrome.has_left().await;
    }

    /// Presses a form's button, by what it does.
    pub async fn presses(&self, act: &str) {
        self.goes_by(&format!("button[name=act][value={act}]")).await;
    }

    /// Chooses one of several; by keyboard as such things are chosen, downwards from the one that is.
    pub async fn chooses(&self, selector: &str) {
        if self.way != Way::Keys {
            return self.chrome.clicks(selector).await;
        }
        self.tabs_to("input[type=radio]").await;
        for _ in 0..TABS_MAX {
            if self.chrome.finds(&is_focused(selector)).await == true {
                break;
            }
            self.chrome.types(DOWN).await;
        }
        assert_eq!(
            self.chrome
                .finds(&format!("return document.querySelector(\"{selector}\").checked"))
                .await,
            true
        );
    }

    /// Fills in the field with this id.
    pub async fn fills_in(&self, id: &str, text: &str) {
        self.goes_to_field(id).await;
        self.chrome.types(text).await;
    }

    /// Fills in a field for a time, part by part: month and day, year, then hour, minute and half of the day.
    pub async fn fills_in_time(&self, id: &str, day: &str, year: &str, time: &str) {
        self.goes_to_field(id).await;
        self.chrome.types(&format!("{day}{year}{RIGHT}{time}")).await;
    }

    async fn goes_to_field(&self, id: &str) {
        match self.way {
            Way::Keys => self.tabs_to(&format!("#{id}")).await,
            // As people do: the words beside a field lead into it.
            Way::Mouse | Way::Plain => self.chrome.clicks(&format!("label[for={id}]")).await,
        }
    }

    /// Waits until the page says so of what was asked; by itself, or where no script may run, by the link below.
    pub async fn is_told(&self, place: &str, words: &str) {
        let said = format!("document.querySelector('#{place}')?.innerText.includes('{words}')");
        if self.way == Way::Plain && self.chrome.finds(&format!("return Boolean({said})")).await == false {
            self.chrome.leaves_by(&format!("#{place} .button")).await;
        }
        self.chrome.sees(&said).await;
    }

    /// What the page says of what was asked.
    pub async fn reads(&self, place: &str) -> String {
        let script = format!("return document.querySelector('#{place}')?.innerText ?? ''");
        self.chrome.finds(&script).await.as_str().unwrap_or_default().to_owned()
    }

    /// Presses the tabulator until it is reached. Whatever has the focus on the way shows it, stands within the window, and comes after
    /// what had it before.
    pub async fn tabs_to(&self, selector: &str) {
        let reached = is_focused(selector);
        for _ in 0..TABS_MAX {
            self.chrome.types(TAB).await;
            let wrong = self.chrome.finds(FOCUS).await;
            assert_eq!(wrong, Value::Null, "on the way to {selector}");
            if self.chrome.finds(&reached).await == true {
                return;
            }
        }
        panic!("{selector} cannot be reached by keyboard");
    }
}

fn is_focused(selector: &str) -> String {
    format!("return document.activeElement.matches(\"{selector}\")")
}

/// What is wrong with the focus where it is now.
const FOCUS: &str = "
    const now = document.activeElement, page = document.documentElement;
    if (!now || now === document.body) return null;
    const seen = getComputedStyle(now), box = now.getBoundingClientRect();
    const before = window.focusedBefore;
    window.focusedBefore = now;
    const name = now.outerHTML.slice(0, 120);
    if (seen.outlineStyle === 'none' || parseFloat(seen.outlineWidth) < 2) return 'does not show that it has the focus: ' + name;
    if (now.tagName !== 'A' || !now.closest('svg')) {
        if (box.width < 1 || box.height < 1) return 'cannot be seen: ' + name;
        if (box.bottom < 0 || box.top > page.clientHeight) return 'stands outside the window: ' + name;
    }
    if (before?.isConnected && before !== now && !(before.compareDocumentPosition(now) & 4)) return 'comes too late: ' + name;
    return null;";

/// What the bot answered on a pull request, oldest first, without the markers.
pub fn answers(world: &World, number: u64) -> Vec<String> {
    let text = |comment: CommentView| {
        let (text, _) = comment.body.split_once("\n\n<!-- greenlight:answer ")?;
        Some(text.replace('\u{2060}', ""))
    };
    world.bot_comments(number).into_iter().filter_map(text).collect()
}

/// The last answer on a pull request, which has to be to this word of anna's.
pub fn answered(world: &World, number: u64, word: &str) -> String {
    let all = answers(world, number);
    let last = all.last().unwrap_or_else(|| panic!("no answer on #{number} to {word}"));
    let head = format!("On the board, anna said: `{word}`");
    assert!(last.starts_with(&head), "not to {word}: {all:#?}");
    last.clone()
}
