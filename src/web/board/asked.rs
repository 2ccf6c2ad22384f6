//! What came of an act, in place: on the page from which it was asked, for who asked alone.

use serde::Deserialize;

use super::page::Trouble;
use super::repository::Opened;
use super::{Board, address, prose};
use crate::rules::id::{DeliveryId, RequestId};
use crate::rules::memory::Request;
use crate::rules::words::act as words;

/// Which act the page is to tell of.
#[derive(Default, Deserialize)]
pub struct Wanted {
    asked: Option<String>,
}

/// How it stands.
pub struct Asked {
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

impl Board {
    /// What came of the form that this person sent, if she sent it and wants to know.
    pub async fn asked(&self, opened: &Opened, wanted: &Wanted) -> Result<Option<Asked>, Trouble> {
        let (visitor, seen) = (&opened.visitor, &opened.seen);
        let Some(id) = wanted.asked.as_deref().and_then(DeliveryId::parse) else {
            return Ok(None);
        };
        let github_url = &self.open()?.door.github_url;
        let again = (
            format!("{}?asked={id}#asked", address::repository(&opened.seen.name)),
            words::look_again(),
        );
        let request = self.inner.store.request(seen.repo, RequestId::Form(id)).await?;
        let Some(request) = request else {
            // Not looked at yet: all that is known of it is that it is there.
            let lacking = self.inner.store.lacking(&[id.to_string()]).await?;
            return Ok(lacking.is_empty().then(|| Asked {
                title: words::asked_just_now(),
                said: String::new(),
                is_looking: true,
                goes_on: true,
                reply: None,
                again,
            }));
        };
        if request.asked_by.id != visitor.session.person.id {
            return Ok(None);
        }
        let answer = answer(&request);
        let reply = request.reply.as_ref().map(|reply| {
            let pull = address::pull(github_url, &seen.name, request.pull);
            (
                format!("{pull}#issuecomment-{}", reply.comment),
                words::see_reply(request.pull),
            )
        });
        Ok(Some(Asked {
            title: words::asked(&request),
            said: prose::html(&answer, github_url, &seen.name),
            is_looking: request.answers.iter().any(|answer| answer.text.is_empty()),
            goes_on: !request.is_settled(),
            reply,
            again,
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
