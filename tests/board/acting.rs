//! Somebody who is signed in and sends forms, as a page of the board would have them.

use greenlight::rules::form::EVENT;

use crate::browser::{Browser, Page};
use crate::world::{LABEL, World};

/// Where forms are sent to.
pub const ACT: &str = "/repositories/harbour/shop/act";

pub struct Acting {
    pub browser: Browser,
    pub token: String,
    keys: u32,
}

impl Acting {
    pub async fn signed_in(world: &World, login: &str) -> Self {
        Self::in_browser(Browser::of(world), login).await
    }

    pub async fn in_browser(mut browser: Browser, login: &str) -> Self {
        let token = browser.signs_in(login).await.token();
        Self {
            browser,
            token,
            keys: 0,
        }
    }

    /// Sends a form from a page that was loaded just now; not yet looked at.
    pub async fn sends(&mut self, fields: &str) -> Page {
        self.keys += 1;
        let fields = format!("token={}&key={:064}&{fields}", self.token, self.keys);
        self.browser.post(ACT, &fields).await
    }

    /// The same, and what came of it: as it stands on the page that the browser is sent to.
    pub async fn acts(&mut self, world: &World, fields: &str) -> String {
        let page = self.sends(fields).await;
        world.settle().await;
        self.came_of(&page).await
    }

    /// Opens a page.
    pub async fn opens(&mut self, path: &str) -> Page {
        let page = self.browser.get(path).await;
        assert_eq!(page.status, 200, "{page:?}");
        page
    }

    /// Presses the button of a form on this page, with some of its fields filled in, and gives the page that she is sent to.
    pub async fn presses(&mut self, world: &World, page: &Page, button: &str, filled: &[(&str, &str)]) -> Page {
        let (action, fields) = form(page, button, filled);
        let sent = self.browser.post(&action, &fields).await;
        world.settle().await;
        let to = sent.location();
        self.opens(to.split('#').next().expect("a path")).await
    }

    /// What the page says of it.
    pub async fn came_of(&mut self, sent: &Page) -> String {
        let to = sent.location();
        let page = self.browser.get(to.split('#').next().expect("a path")).await;
        assert_eq!(page.status, 200, "{page:?}");
        asked(&page).unwrap_or_else(|| panic!("nothing of it on {page:?}"))
    }
}

/// The part of a page that says what came of an act.
pub fn asked(page: &Page) -> Option<String> {
    told(page, "asked")
}

/// The same, of what is told at this place.
pub fn told(page: &Page, place: &str) -> Option<String> {
    let (_, rest) = page.body.split_once(&format!("<section id=\"{place}\""))?;
    let (part, _) = rest.split_once("</section>")?;
    let part = Page {
        status: page.status,
        headers: page.headers.clone(),
        body: format!("<body><section{part}"),
    };
    Some(part.text())
}

/// Where the form with this button is sent to, and its fields: as the page has them, but for those that are filled in.
fn form(page: &Page, button: &str, filled: &[(&str, &str)]) -> (String, String) {
    let button = format!("name=\"act\" value=\"{button}\"");
    let forms = page
        .body
        .split("<form ")
        .skip(1)
        .map(|rest| rest.split("</form>").next().expect("an end"));
    let form = forms.into_iter().find(|form| form.contains(&button));
    let form = form.unwrap_or_else(|| panic!("no form with {button} on {page:?}"));
    let value_of = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        Some(rest.split('"').next().expect("a value").to_owned())
    };
    let mut fields = vec![button.replace("name=\"act\" value=\"", "act=").replace('"', "")];
    for tag in form.split("<input ").skip(1) {
        let tag = format!(" {}", tag.split('>').next().expect("an end"));
        let name = value_of(&tag, "name").expect("a name");
        let is_radio = tag.contains("type=\"radio\"");
        let is_box = tag.contains("type=\"checkbox\"");
        let given = filled
            .iter()
            .find(|(field, _)| *field == name)
            .map(|(_, value)| (*value).to_owned());
        let own = value_of(&tag, "value").unwrap_or_default();
        let is_chosen = match (&given, is_radio) {
            (given, false) => !is_box || given.is_some(),
            (Some(given), true) => *given == own,
            (None, true) => tag.contains(" checked"),
        };
        if is_chosen {
            fields.push(format!("{name}={}", given.unwrap_or(own)));
        }
    }
    for tag in form.split("<select ").skip(1) {
        let name = value_of(&format!(" {tag}"), "name").expect("a name");
        let given = filled.iter().find(|(field, _)| *field == name);
        let chosen = given.map(|(_, value)| *value).unwrap_or_default();
        assert!(
            chosen.is_empty() || tag.contains(&format!("<option>{chosen}</option>")),
            "{chosen} in {tag}"
        );
        fields.push(format!("{name}={chosen}"));
    }
    (
        value_of(&format!(" {form}"), "action").expect("an address"),
        fields.join("&"),
    )
}

/// A feature with the label, and its head.
pub async fn ready(world: &mut World, title: &str) -> (u64, String) {
    let number = world.feature(title);
    world.shop.label("dora", number, LABEL).expect("a label");
    world.settle().await;
    (number, head(world, number))
}

pub fn head(world: &World, number: u64) -> String {
    world.shop.pull(number).expect("it").head_sha
}

pub fn is_merged(world: &World, number: u64) -> bool {
    world.shop.pull(number).expect("it").merged
}

/// What the bot answered on a pull request, oldest first, without the markers.
pub fn answers(world: &World, number: u64) -> Vec<String> {
    let comments = world.bot_comments(number).into_iter();
    let answers = comments.filter_map(|one| {
        let (text, _) = one.body.split_once("\n\n<!-- greenlight:answer ")?;
        Some(text.replace('\u{2060}', ""))
    });
    answers.collect()
}

/// Posts to `/webhook` as GitHub would, rightly signed; the first line of the answer.
pub async fn forges(world: &World, event: &str, guid: &str, body: &str) -> String {
    use ring::hmac;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let key = hmac::Key::new(hmac::HMAC_SHA256, crate::world::SECRET.as_bytes());
    let signature = hmac::sign(&key, body.as_bytes());
    let signature: String = signature.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let request = format!(
        "POST /webhook HTTP/1.1\r\nhost: greenlight\r\nconnection: close\r\ncontent-type: application/json\r\n\
         x-github-event: {event}\r\nx-github-delivery: {guid}\r\n\
         x-hub-signature-256: sha256={signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let connection = tokio::net::TcpStream::connect(world.bot_address()).await;
    let mut connection = connection.expect("a connection");
    connection.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("an answer");
    answer.lines().next().unwrap_or_default().to_owned()
}

/// Names that a webhook could try to pass as a form of the board.
pub const FORGED_EVENTS: [&str; 4] = [EVENT, "greenlight_board", "board", "greenlight%2Fboard"];
