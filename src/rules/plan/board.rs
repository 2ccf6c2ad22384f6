//! What people do on the board: the same commands as in a comment, each bound to what its page had shown.
//!
//! B1 A form counts once, however often it is sent or delivered, and who may is decided as for a comment: from what GitHub says now.
//! B2 What differs from what the page had shown is not done: the answer says what has changed, and what is so now.
//! B3 It is answered on the pull request that it is about, and on the page. Where there is none, and where somebody only looked, on the
//!    page alone.

use super::super::command::{Command, Named};
use super::super::form::{Form, Showed};
use super::super::id::{EnvironmentName, PullNumber, RequestId, Sha};
use super::super::memory::{Armed, Entry, EntryKind, Hold, Request, Said};
use super::super::snapshot::Between;
use super::super::words::form as words;
use super::request::{self, Decision, Utterance};
use super::road::Commands;
use super::{Draft, Pipeline, Stage};

/// Turns forms that were sent into requests.
pub(super) fn hear(draft: &mut Draft<'_>) {
    for form in draft.heard.forms.values() {
        if !draft.memory.requests.contains_key(&form.request()) {
            request::record(draft, utterance(form));
        }
    }
}

fn utterance(form: &Form) -> Utterance {
    let pull = form.pull.unwrap_or(PullNumber::NONE);
    let mut request = request::new_request(form.request(), pull, form.by.clone(), form.at);
    // GitHub has nothing that a reaction could be put on.
    request.acknowledged = true;
    // Whoever only looks is answered on the page: nobody else has to read it.
    request.unanswerable = form.pull.is_none() || form.command.only_looks();
    request.said = Some(Said::OnBoard {
        command: form.command.clone(),
        showed: form.showed.clone(),
    });
    Utterance {
        request,
        by_hand: true,
        commands: 1,
        is_changed: false,
        only_looks: form.command.only_looks(),
        written: format!("on the board: {}", form.command.written()),
    }
}

/// The command of a form. What was sent cannot be changed afterwards.
pub(super) fn said(draft: &Draft<'_>, id: RequestId) -> Option<Commands> {
    match draft.memory.requests.get(&id)?.said.as_ref()? {
        Said::OnBoard { command, .. } => Some(vec![Ok(command.clone())]),
        Said::InReview { .. } | Said::ByButton { .. } => None,
    }
}

/// From where the page had listed what would go, up to a commit or to the feature.
pub(super) fn listed_from(asked: &Request) -> Option<&Sha> {
    showed(asked)?.from.as_ref()
}

/// The commit up to which it had listed it.
pub(super) fn listed_to(asked: &Request) -> Option<&Sha> {
    let showed = showed(asked)?;
    showed.from.as_ref().and(showed.commit.as_ref())
}

/// What had been taken back, and is to come again at this word.
pub(super) fn again(asked: &Request) -> &[Named] {
    showed(asked).map(|showed| showed.again.as_slice()).unwrap_or_default()
}

fn showed(asked: &Request) -> Option<&Showed> {
    match &asked.said {
        Some(Said::OnBoard { showed, .. }) => Some(showed),
        _ => None,
    }
}

/// What was said of a feature counts for the version that the page had shown, and so does what was said of a promotion that
/// waits; `None` inside where that is still the one.
pub(super) fn changed_since(draft: &mut Draft<'_>, asked: &Request, command: &Command) -> Option<Option<Decision>> {
    let Some(Showed {
        commit: Some(commit),
        from: None,
        ..
    }) = showed(asked)
    else {
        return Some(None);
    };
    match command {
        Command::Accept | Command::Reject { .. } | Command::Promote { .. } => pushed_since(draft, asked, commit),
        Command::Cancel => {
            let waits = |armed: &Armed| !armed.has_moved() && armed.commit == *commit;
            let is_there = draft.memory.armed.values().any(waits);
            Some((!is_there).then(|| refused(asked, None, words::waits_no_more())))
        }
        _ => Some(None),
    }
}

fn pushed_since(draft: &mut Draft<'_>, asked: &Request, shown: &Sha) -> Option<Option<Decision>> {
    let pull = draft.pull(asked.pull)?;
    let Some(pull) = pull.filter(|pull| pull.head_sha != *shown) else {
        return Some(None);
    };
    let by = draft.heard.pushed_by.get(&asked.pull);
    let text = words::pushed_since(shown, &pull.head_sha, by);
    Some(Some(refused(asked, None, text)))
}

/// The environment has moved since the page listed what would go: this is what would go now.
pub(super) fn moved_since_listed(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    asked: &Request,
    stage: Stage<'_>,
    between: &Between,
) -> Option<Option<Decision>> {
    let Some(from) = listed_from(asked).filter(|from| **from != between.base_at) else {
        return Some(None);
    };
    let now = draft.cargo(between, &pipeline.repository.default_branch)?;
    let text = words::moved_since_listed(stage.environment, from, &between.base_at, &now);
    Some(Some(refused(asked, Some(&stage.environment.name), text)))
}

/// The environment has moved since the page showed what runs there.
pub(super) fn moved_since_shown(asked: &Request, environment: &EnvironmentName, tip: &Sha) -> Option<Decision> {
    let from = showed(asked)?.from.as_ref().filter(|from| *from != tip)?;
    let text = words::moved_since_shown(environment, from, tip);
    Some(refused(asked, Some(environment), text))
}

/// Another hold is there than the one that the page had shown, or none of a person's any more.
pub(super) fn another_hold(asked: &Request, environment: &EnvironmentName, now: Option<&Hold>) -> Option<Decision> {
    let shown = showed(asked)?.hold?;
    match now {
        Some(now) if now.request == shown => None,
        Some(now) => Some(refused(asked, Some(environment), words::another_hold(now))),
        None => Some(refused(asked, Some(environment), words::held_no_more(environment))),
    }
}

fn refused(asked: &Request, environment: Option<&EnvironmentName>, text: String) -> Decision {
    let why = text.lines().next().unwrap_or_default().to_owned();
    let entry = Some(Entry {
        environment: environment.cloned(),
        ..request::about(asked, EntryKind::Refused, why)
    });
    Decision::Answer { text, entry }
}
