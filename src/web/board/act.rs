//! What people do on the board: a form becomes a command, and goes into the inbox like a delivery.
//!
//! A1 A form is on disk before the browser is told so. A crash after that neither loses nor doubles it.
//! A2 The same form sent twice (a double click, a reload, a lost answer) is one act: it has the same number.
//! A3 Nothing is decided here. Who may, and whether what the page had shown is still so, is decided when it is carried out.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form as Fields, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use ring::digest::{SHA256, digest};
use serde::Deserialize;

use super::page::{Trouble, in_query};
use super::repository::Opened;
use super::seal::hex;
use super::{Board, address, form};
use crate::github::sign_in::Seen;
use crate::rules::command::{Command, Named, kept};
use crate::rules::form::{EVENT, Form, Showed};
use crate::rules::id::{DeliveryId, EnvironmentName, PullNumber, RequestId, Sha};
use crate::rules::interpret::Urgency;
use crate::store::{Delivery, Readable, Received};

/// The fields of every form; those that a form does not have are absent or empty.
#[derive(Deserialize)]
pub struct Sent {
    token: String,
    /// Of the page's making, so that the same form sent twice is known.
    key: String,
    act: Act,
    #[serde(default)]
    pull: String,
    #[serde(default)]
    environment: String,
    /// What the page had shown, see [`Showed`].
    #[serde(default)]
    commit: String,
    #[serde(default)]
    from: String,
    /// The number of a feature, or a commit: how much of what the page listed goes. Empty: all of it.
    #[serde(default, rename = "up-to")]
    up_to: String,
    /// What was taken back before and is to come again: numbers and commits, with commas between.
    #[serde(default)]
    again: String,
    #[serde(default)]
    hold: String,
    /// When, in the repository's zone, as browsers send it or as somebody types it.
    #[serde(default)]
    when: String,
    #[serde(default)]
    why: String,
    /// A dev instance.
    #[serde(default)]
    instance: String,
    /// The commit to go back to.
    #[serde(default)]
    to: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Act {
    Accept,
    SendBack,
    Promote,
    Hold,
    Unhold,
    Cancel,
    RollBack,
    Preview,
    PreviewOff,
    /// What would go, and how each gate stands.
    Look,
    /// What a rollback would take away.
    LookBack,
}

/// Keys have 64 digits; whoever sends another one only numbers their own acts differently.
const KEY_BYTES_MAX: usize = 100;

/// Somebody sent a form.
pub async fn receive(
    State(board): State<Board>,
    opened: Opened,
    headers: HeaderMap,
    sent: Result<Fields<Sent>, FormRejection>,
) -> Result<Response, Trouble> {
    if !form::is_from_here(&headers, &board.open()?.origin) {
        return Err(Trouble::FormRefused);
    }
    let Ok(Fields(sent)) = sent else {
        return Err(Trouble::FormRefused);
    };
    if !form::is_token(&sent.token, &opened.visitor.form_token()) {
        return Err(Trouble::FormRefused);
    }
    let form = read(&board, &opened, &sent).ok_or(Trouble::FormRefused)?;
    keep(&board, &opened.seen, &form).await?;
    let repo = &opened.seen.name;
    let id = form.id;
    // Who only looked goes on on the page that it came from: the last click is there.
    let back = match &form.command {
        Command::Promote {
            environment,
            dry_run: true,
            ..
        } => {
            let (chosen, when) = (in_query(&sent.up_to), in_query(&sent.when));
            format!(
                "{}?up-to={chosen}&when={when}&asked={id}#asked",
                address::environment(repo, environment)
            )
        }
        Command::Rollback {
            environment,
            dry_run: true,
            ..
        } => format!("{}?back={id}#back", address::environment(repo, environment)),
        _ => format!("{}?asked={id}#asked", address::repository(repo)),
    };
    Ok((StatusCode::SEE_OTHER, [(LOCATION, back)]).into_response())
}

/// On disk when it returns.
async fn keep(board: &Board, seen: &Seen, form: &Form) -> Result<Received, Trouble> {
    let body = serde_json::to_vec(form).map_err(|_| Trouble::OutOfOrder)?;
    let delivery = Delivery {
        guid: form.id.to_string(),
        event: EVENT.to_owned(),
        action: None,
        repo: Some(seen.repo),
        // What the person's own list says is good enough to be shown to her, and where we write is known by other means.
        name: None,
        installation: None,
        received_at: form.at,
        urgency: Urgency::Word,
        body: Bytes::from(body),
        readable: Readable::Yes,
    };
    let received = board.inner.store.receive(delivery, form.at).await?;
    board.inner.wake.notify_one();
    tracing::info!(person = form.by.id.0, repo = %seen.name, "somebody acted on the board");
    Ok(received)
}

fn read(board: &Board, opened: &Opened, sent: &Sent) -> Option<Form> {
    let (pull, commit) = subject(sent)?;
    let showed = Showed {
        commit,
        from: optional(&sent.from, Sha::parse)?,
        hold: optional(&sent.hold, |text| text.parse::<RequestId>().ok())?,
        again: optional(&sent.again, named)?.unwrap_or_default(),
    };
    let command = command(sent)?;
    // What waits is known by its commit, too.
    let is_of_a_pull = match sent.act {
        Act::Accept | Act::SendBack | Act::Preview | Act::PreviewOff => true,
        Act::Cancel => showed.commit.is_none(),
        _ => false,
    };
    if (is_of_a_pull && pull.is_none()) || !is_pinned(sent.act, &showed, pull) {
        return None;
    }
    let mut form = Form {
        id: DeliveryId::from(0),
        by: opened.visitor.session.person.clone(),
        at: board.inner.clock.now(),
        pull,
        command,
        showed,
    };
    form.id = number_of(&form, &opened.seen, &sent.key)?;
    Some(form)
}

/// Which pull request, and which commit. Whoever chose how much goes names the last of it: a feature, or a commit.
fn subject(sent: &Sent) -> Option<(Option<PullNumber>, Option<Sha>)> {
    let (pull, commit) = (optional(&sent.pull, number)?, optional(&sent.commit, Sha::parse)?);
    let is_choice = matches!(sent.act, Act::Promote | Act::Look) && !sent.up_to.is_empty();
    Some(match (is_choice, Sha::parse(&sent.up_to)) {
        (false, _) => (pull, commit),
        (true, Some(last)) => (pull, Some(last)),
        (true, None) => (Some(number(&sent.up_to)?), None),
    })
}

/// Forms of ours always say what they had shown; another one would be decided on what nobody has seen.
fn is_pinned(act: Act, showed: &Showed, pull: Option<PullNumber>) -> bool {
    match act {
        Act::Accept | Act::SendBack => showed.commit.is_some(),
        // All of it up to a commit, or up to the feature.
        Act::Promote | Act::Look => showed.commit.is_some() || (showed.from.is_some() && pull.is_some()),
        Act::RollBack | Act::LookBack => showed.from.is_some(),
        Act::Hold | Act::Unhold | Act::Cancel | Act::Preview | Act::PreviewOff => true,
    }
}

/// The same form sent twice has the same number; with another word in it, it is another one. Nobody else can guess it.
fn number_of(form: &Form, seen: &Seen, key: &str) -> Option<DeliveryId> {
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return None;
    }
    let all = (form.by.id, seen.repo, key, form.pull, &form.command, &form.showed);
    let all = serde_json::to_vec(&("greenlight form", all)).ok()?;
    let digest = digest(&SHA256, &all);
    let first = digest.as_ref().first_chunk::<16>()?;
    Some(DeliveryId::from(u128::from_be_bytes(*first)))
}

/// Asks how the gates stand of what a page lists, without moving anything; once a minute, however often the page is opened.
pub async fn look(
    board: &Board,
    opened: &Opened,
    environment: &EnvironmentName,
    (pull, showed): (Option<PullNumber>, Showed),
) -> Result<(DeliveryId, Received), Trouble> {
    let now = board.inner.clock.now();
    let mut form = Form {
        id: DeliveryId::from(0),
        by: opened.visitor.session.person.clone(),
        at: now,
        pull,
        command: Command::Promote {
            environment: environment.clone(),
            at: None,
            without: Vec::new(),
            dry_run: true,
        },
        showed,
    };
    // Only who holds the session's token can tell the number.
    let key = digest(
        &SHA256,
        format!("{} {}", opened.visitor.form_token(), now.as_second() / 60).as_bytes(),
    );
    form.id = number_of(&form, &opened.seen, &hex(key.as_ref())).ok_or(Trouble::OutOfOrder)?;
    let received = keep(board, &opened.seen, &form).await?;
    Ok((form.id, received))
}

/// `None` for what none of our forms sends.
fn command(sent: &Sent) -> Option<Command> {
    let environment = || environment(&sent.environment);
    Some(match sent.act {
        Act::Accept => Command::Accept,
        Act::SendBack => Command::Reject { why: words(&sent.why) },
        Act::Promote | Act::Look => Command::Promote {
            environment: environment()?,
            at: time(&sent.when),
            without: Vec::new(),
            dry_run: matches!(sent.act, Act::Look),
        },
        Act::Hold => Command::Hold {
            environment: environment()?,
            until: time(&sent.when),
            because: Some(words(&sent.why)).filter(|why| !why.is_empty()),
        },
        Act::Unhold => Command::Unhold {
            environment: environment()?,
        },
        Act::Cancel => Command::Cancel,
        Act::RollBack | Act::LookBack => Command::Rollback {
            environment: environment()?,
            to: optional(&sent.to, Sha::parse)?.map(|commit| Named::Commit(commit.to_string())),
            dry_run: matches!(sent.act, Act::LookBack),
        },
        Act::Preview => Command::Preview {
            instance: Some(sent.instance.trim().to_ascii_lowercase()).filter(|name| !name.is_empty()),
        },
        Act::PreviewOff => Command::PreviewOff,
    })
}

/// `None` inside for an empty field, and outside for one that cannot be read.
fn optional<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match text {
        "" => Some(None),
        text => read(text).map(Some),
    }
}

/// What the box of a page names, see [`super::before`].
fn named(text: &str) -> Option<Vec<Named>> {
    let one = |word: &str| match Sha::parse(word) {
        Some(commit) => Some(Named::Commit(commit.to_string())),
        None => number(word).map(Named::Feature),
    };
    text.split(',').map(one).collect()
}

fn number(text: &str) -> Option<PullNumber> {
    text.parse().ok().filter(|number| *number > 0).map(PullNumber)
}

fn environment(text: &str) -> Option<EnvironmentName> {
    let is_name = !text.is_empty() && text.len() <= 255 && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_name.then(|| EnvironmentName::from(text))
}

/// One line of a person's own words.
fn words(text: &str) -> String {
    let text: Vec<&str> = text.split_whitespace().collect();
    kept(&text.join(" "))
}

/// Browsers send `2026-11-24T18:00`; what is typed in a comment is good too.
fn time(text: &str) -> Option<String> {
    let text = words(text);
    let is_of_browser =
        text.as_bytes().get(10) == Some(&b'T') && text.as_bytes().first().is_some_and(u8::is_ascii_digit);
    let text = if is_of_browser {
        text.replacen('T', " ", 1)
    } else {
        text
    };
    Some(text).filter(|text| !text.is_empty())
}
