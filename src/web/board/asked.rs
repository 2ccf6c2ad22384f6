//! What came of an act, in place: on the page from which it was asked, for who asked alone.

use serde::Deserialize;

use super::page::Trouble;
use super::repository::Opened;
use super::{Board, address, prose};
use crate::rules::id::{DeliveryId, RequestId};
use crate::rules::memory::Request;
use crate::rules::words::act as words;

/// Which act the page is to tell of, and what it was opened for.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Wanted {
    pub asked: Option<String>,
    /// The same, of what a rollback would take away.
    pub back: Option<String>,
    /// What the card that the page was opened from stands for.
    pub up_to: Option<String>,
    /// The time that was typed before the gates were looked at.
    pub when: Option<String>,
    /// The version that the card showed.
    pub commit: Option<String>,
}

/// How it stands.
pub struct Asked {
    /// By which it is known on its page.
    pub place: &'static str,
    pub title: String,
    /// HTML, made safe.
    pub said: String,
    /// Nobody has looked at it yet: what comes of it comes in a moment.
    pub is_looking: bool,
    /// Whether anything may still come of it.
    pub goes_on: bool,
    /// The reply on GitHub, and the link's words.
    pub reply: Option<(String, String)>,
    /// Where to look once more, and the link's words, for who has no script.
    pub again: (String, &'static str),
}

/// Of which form, and where on which page it is told.
pub struct Place<'p> {
    pub number: Option<&'p str>,
    /// The page's address, which may have a query.
    pub page: &'p str,
    pub place: &'static str,
}

impl Asked {
    /// Of what was put into the inbox just now.
    pub fn just_now(id: DeliveryId, place: &Place<'_>) -> Self {
        let (page, name) = (place.page, place.place);
        let sign = if page.contains('?') { '&' } else { '?' };
        // A browser that is sent to where it is already only scrolls. So the address that looks again spells the number otherwise.
        let small = id.to_string();
        let id = match place.number {
            Some(number) if number == small => small.to_ascii_uppercase(),
            _ => small,
        };
        Self {
            place: name,
            title: words::asked_just_now(),
            said: String::new(),
            is_looking: true,
            goes_on: true,
            reply: None,
            again: (format!("{page}{sign}{name}={id}#{name}"), words::look_again()),
        }
    }
}

impl Board {
    /// What came of the form that this person sent, if she sent it and wants to know.
    pub async fn asked(&self, opened: &Opened, place: &Place<'_>) -> Result<Option<Asked>, Trouble> {
        let (visitor, seen) = (&opened.visitor, &opened.seen);
        let Some(id) = place.number.and_then(DeliveryId::parse) else {
            return Ok(None);
        };
        let github_url = &self.open()?.door.github_url;
        let just_now = Asked::just_now(id, place);
        let request = self.inner.store.request(seen.repo, RequestId::Form(id)).await?;
        let Some(request) = request else {
            // Not looked at yet: all that is known of it is that it is there.
            let lacking = self.inner.store.lacking(&[id.to_string()]).await?;
            return Ok(lacking.is_empty().then_some(just_now));
        };
        if request.asked_by.id != visitor.session.person.id {
            return Ok(None);
        }
        let reply = request.reply.as_ref().map(|reply| {
            let pull = address::pull(github_url, &seen.name, request.pull);
            (
                format!("{pull}#issuecomment-{}", reply.comment),
                words::see_reply(request.pull),
            )
        });
        Ok(Some(Asked {
            title: words::asked(&request),
            said: prose::html(&answer(&request), github_url, &seen.name),
            is_looking: request.answers.iter().any(|answer| answer.text.is_empty()),
            goes_on: !request.is_settled(),
            reply,
            ..just_now
        }))
    }
}

fn answer(request: &Request) -> String {
    let texts: Vec<&str> = request.answers.iter().map(|answer| answer.text.as_str()).collect();
    match texts.join("\n\n") {
        text if !text.is_empty() => text,
        _ if request.answers.is_empty() => words::came_too_late(),
        _ => words::looking(),
    }
}
