//! From comments to decisions: each new comment with commands becomes a request, and each of its commands is decided once.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::super::authority::{Act, Verdict, Who, may};
use super::super::command::{self, Command};
use super::super::effect::Effect;
use super::super::feature::{Acceptance, Card};
use super::super::id::{EnvironmentName, Person, PullNumber, RequestId};
use super::super::memory::{Answer, Armed, Change, Entry, EntryKind, Hold, Request};
use super::super::offer::Offer;
use super::super::rollback::{Rollback, WayBack};
use super::super::snapshot::{Comment, Need, Role, Withheld};
use super::super::words;
use super::road::{self, Commands};
use super::{
    Draft, Pipeline, accept, armed, board, cancel, courtesy, hold, offer, preview, promote, rollback, running, status,
    welcome,
};

/// A comment older than this is history, not a command: GitHub itself keeps deliveries for three days.
const COMMAND_AGE_MAX: SignedDuration = SignedDuration::from_hours(72);

/// What is first heard after this long is answered and not carried out: a promotion ends by itself after a day, too, and
/// nobody should be surprised by a word of days ago.
const TOO_LATE_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// What is first heard after this long may have been answered by a Greenlight whose memory is lost, so that is looked for.
const HEARD_LATE_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// What was decided about one command.
pub(super) enum Decision {
    /// The command has come to its end with this answer. The entry tells the ledger why.
    Answer { text: String, entry: Option<Entry> },
    /// A promotion waits for its gates from now on.
    Arm(Armed),
    /// The environment is held from now on, and the answer says so until the hold ends.
    Hold {
        hold: Hold,
        text: String,
        armed_for: SignedDuration,
    },
    /// What would go is listed, and waits for a further word.
    Offer { offer: Offer, text: String },
    /// An environment goes back to what ran there before; the answer tells what that takes away.
    RollBack {
        environment: EnvironmentName,
        rollback: Box<Rollback>,
        text: String,
    },
    /// A feature is accepted; what becomes of it is told as it goes on.
    Accept(Acceptance),
}

impl Decision {
    pub(super) fn answer(text: String) -> Self {
        Self::Answer { text, entry: None }
    }
}

/// Turns what deliveries told of into requests, once each, from what GitHub says of it.
pub(super) fn hear(draft: &mut Draft<'_>) {
    road::hear_reviews(draft);
    road::hear_clicks(draft);
    board::hear(draft);
    // Who asked first is answered first, so nothing is taken up while it is open whether something before it was answered.
    let mut waits = false;
    for (id, delivered) in draft.heard.comments.clone() {
        if draft.memory.requests.contains_key(&RequestId::Comment(id)) {
            continue;
        }
        let read = draft.snapshot.comments.get(&id);
        let Some(found) = draft.fact(read, || Need::Comment(id)) else {
            continue;
        };
        // A comment that GitHub does not know was deleted, or never written.
        if let Some(comment) = found {
            let Some(author) = comment.author.clone() else { continue };
            let mut request = new_request(RequestId::Comment(id), comment.pull, author, comment.created_at);
            request.text_sha256 = Some(text_sha256(&comment.body));
            let heard = Utterance {
                request,
                by_hand: comment.by_hand,
                commands: command::read(&comment.body).len(),
                is_changed: was_changed(comment, Some(&delivered)),
                only_looks: false,
                written: command_lines(&comment.body),
            };
            waits |= was_answered(draft, &heard).is_none();
            if !waits {
                record(draft, heard);
            }
        }
    }
}

/// Something said, as it was first heard.
pub(super) struct Utterance {
    /// Without answers.
    pub request: Request,
    pub by_hand: bool,
    /// How many.
    pub commands: usize,
    /// It is not as it was delivered any more.
    pub is_changed: bool,
    /// A page was opened that tells how things stand: nothing that the ledger has to keep.
    pub only_looks: bool,
    /// For the ledger.
    pub written: String,
}

pub(super) fn new_request(id: RequestId, pull: PullNumber, asked_by: Person, asked_at: Timestamp) -> Request {
    Request {
        id,
        pull,
        asked_by,
        asked_at,
        answers: Vec::new(),
        acknowledged: false,
        reply: None,
        said: None,
        text_sha256: None,
        unanswerable: false,
    }
}

/// `None` while it is being asked whether it was answered before.
pub(super) fn record(draft: &mut Draft<'_>, heard: Utterance) -> Option<()> {
    let was_answered = was_answered(draft, &heard)?;
    let mut request = heard.request;
    let age = draft.now.duration_since(request.asked_at);
    let ignored = |why: &str| Some(why.to_owned());
    let why_ignored = if !heard.by_hand {
        ignored("it was not written by a person's own hand")
    } else if age > COMMAND_AGE_MAX {
        ignored("it is older than three days")
    } else if heard.commands == 0 {
        // Whatever the delivery says: somebody may have forged it, and what nobody can see needs no answer.
        ignored("it holds no command")
    } else if was_answered {
        ignored("it was answered before; what was remembered of it is lost")
    } else {
        None
    };
    let kind = if let Some(why) = why_ignored {
        draft.change(Change::Ledger(about(&request, EntryKind::Ignored, why)));
        draft.change(Change::Request(request));
        return Some(());
    } else if heard.is_changed || age > TOO_LATE_AFTER {
        let text = match heard.is_changed {
            true => words::answer::edited(),
            false => words::answer::too_late(),
        };
        request.answers = vec![Answer { text, is_final: true }];
        EntryKind::Refused
    } else {
        request.answers = vec![Answer::default(); heard.commands];
        EntryKind::Asked
    };
    if !heard.only_looks {
        draft.change(Change::Ledger(about(&request, kind, heard.written)));
    }
    draft.change(Change::Request(request));
    Some(())
}

/// Whether a reply of ours to it is on GitHub, although nothing is remembered of it; asked only of what is heard late.
fn was_answered(draft: &mut Draft<'_>, heard: &Utterance) -> Option<bool> {
    let request = &heard.request;
    let age = draft.now.duration_since(request.asked_at);
    if !heard.by_hand || heard.commands == 0 || request.unanswerable || age <= HEARD_LATE_AFTER || age > COMMAND_AGE_MAX
    {
        return Some(false);
    }
    let found = draft.snapshot.replies.get(&request.id).map(Option::is_some);
    draft.fact(found, || Need::Reply {
        request: request.id,
        pull: request.pull,
        since: request.asked_at,
    })
}

/// Whether somebody edited the comment after it was written; who may edit may not speak for the author.
fn was_changed(comment: &Comment, delivered: Option<&str>) -> bool {
    let unlike = |delivered: &str| !is_same_text(delivered, &comment.body);
    comment.updated_at > comment.created_at || delivered.is_some_and(unlike)
}

/// GitHub turns line ends as it pleases.
pub(super) fn is_same_text(one: &str, other: &str) -> bool {
    one.replace("\r\n", "\n") == other.replace("\r\n", "\n")
}

/// The same text has the same one, whatever its line ends.
fn text_sha256(text: &str) -> String {
    let sum = Sha256::digest(text.replace("\r\n", "\n"));
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The commands of a request, as GitHub has them now; `None` inside when they are gone, or not as they were when they were said.
pub(super) fn said_unchanged(draft: &mut Draft<'_>, id: RequestId) -> Option<Option<Commands>> {
    match id {
        RequestId::Comment(comment) => {
            let found = draft.fact(draft.snapshot.comments.get(&comment), || Need::Comment(comment))?;
            let request = draft.memory.requests.get(&id);
            let taken_up = request.and_then(|request| request.text_sha256.as_deref());
            let is_other = |comment: &Comment| taken_up.is_some_and(|sum| sum != text_sha256(&comment.body));
            let unchanged = found
                .as_ref()
                .filter(|comment| !was_changed(comment, None) && !is_other(comment));
            Some(unchanged.map(|comment| command::read(&comment.body)))
        }
        RequestId::Review(pull, review) => road::in_review(draft, id, pull, review),
        RequestId::Click(_) => Some(road::by_button(draft, id)),
        RequestId::Form(_) => Some(board::said(draft, id)),
        RequestId::Merge(_) => Some(None),
    }
}

pub(super) fn command_lines(body: &str) -> String {
    let lines: Vec<&str> = body
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with('/'))
        .collect();
    lines.join(" · ").chars().take(200).collect()
}

pub(super) fn about(request: &Request, kind: EntryKind, why: String) -> Entry {
    Entry {
        kind,
        who: Some(request.asked_by.clone()),
        pull: request.pull.there(),
        request: Some(request.id),
        environment: None,
        before: None,
        after: None,
        why,
        gates: Vec::new(),
        features: Vec::new(),
    }
}

/// Decides the commands that have no answer yet: who asked first is answered first, and each in the order in which it was written.
pub(super) fn decide(draft: &mut Draft<'_>) {
    let open = draft.memory.requests.values();
    let open = open.filter(|request| !request.is_settled());
    let mut open: Vec<_> = open.map(|request| (request.asked_at, request.id)).collect();
    open.sort_unstable();
    for (_, id) in open {
        // What was decided before it in this look may have settled it: a hold that was ended just now does not begin again.
        let Some(request) = draft.memory.requests.get(&id).cloned() else {
            continue;
        };
        let is_undecided = is_undecided(draft, &request);
        if is_undecided {
            acknowledge(draft, &request);
        }
        if courtesy::admits(draft, &request) && is_undecided {
            decide_request(draft, request);
        }
    }
}

/// GitHub does not tell us what decides, so every command without an answer gets that for one.
pub(super) fn say_withheld(draft: &mut Draft<'_>, why: &Withheld) {
    let all: Vec<Request> = draft.memory.requests.values().cloned().collect();
    for request in all {
        for index in 0..request.answers.len() {
            if is_open(draft, &request, index) {
                let text = words::answer::withheld(why);
                settle(draft, &request, index, Decision::answer(text));
            }
        }
    }
}

fn is_undecided(draft: &Draft<'_>, request: &Request) -> bool {
    (0..request.answers.len()).any(|index| is_open(draft, request, index))
}

fn is_open(draft: &Draft<'_>, request: &Request, index: usize) -> bool {
    let is_armed = |armed: &Armed| armed.request == request.id && armed.command == index;
    let is_hold = |hold: &Hold| hold.request == request.id && hold.command == index && hold.after.is_none();
    let is_rollback = |way_back: &WayBack| way_back.waits_for(request.id, index);
    let waits = |card: &Card| card.waits_for(request.id, index);
    let is_offered = |offer: &Offer| offer.waits_for(request.id, index);
    let goes_on = draft.memory.armed.values().any(is_armed)
        || draft.memory.holds.values().any(is_hold)
        || draft.memory.ways_back.values().any(is_rollback)
        || draft.memory.cards.values().any(waits)
        || draft.memory.offers.values().any(is_offered)
        || running::is_followed(draft, request.id, index);
    let is_said = !matches!(request.id, RequestId::Merge(_));
    is_said && !request.answers[index].is_final && !goes_on
}

fn acknowledge(draft: &mut Draft<'_>, request: &Request) {
    if let (RequestId::Comment(comment), false) = (request.id, request.acknowledged) {
        draft.effect(Effect::Acknowledge { comment });
    }
}

fn decide_request(draft: &mut Draft<'_>, request: Request) -> Option<()> {
    let commands = said_unchanged(draft, request.id)?.unwrap_or_default();
    for index in 0..request.answers.len() {
        if !is_open(draft, &request, index) {
            continue;
        }
        let decision = match commands.get(index) {
            // It was there when the request was recorded, so somebody changed or removed the comment since.
            None => Decision::answer(words::answer::edited()),
            Some(Err(misread)) => Decision::answer(words::misread::sentence(misread)),
            Some(Ok(command)) => one(draft, &request, index, command)?,
        };
        settle(draft, &request, index, decision);
    }
    Some(())
}

fn settle(draft: &mut Draft<'_>, request: &Request, index: usize, decision: Decision) {
    match decision {
        Decision::Answer { text, entry } => {
            set_answer(draft, request.id, index, text, true);
            if let Some(entry) = entry {
                draft.change(Change::Ledger(entry));
            }
        }
        Decision::Arm(armed) => {
            offer::make_way(draft, request);
            armed::arm(draft, armed);
        }
        Decision::Offer { offer, text } => {
            offer::make_way(draft, request);
            offer::make(draft, offer, text);
        }
        Decision::Hold { hold, text, armed_for } => hold::begin(draft, hold, text, armed_for),
        Decision::RollBack {
            environment,
            rollback,
            text,
        } => rollback::begin(draft, &environment, *rollback, text),
        Decision::Accept(acceptance) => accept::remember(draft, request, acceptance),
    }
}

/// Says something of a command, unless just that is said already.
pub(super) fn set_answer(draft: &mut Draft<'_>, id: RequestId, index: usize, text: String, is_final: bool) {
    let Some(mut request) = draft.memory.requests.get(&id).cloned() else {
        return;
    };
    let Some(answer) = request.answers.get_mut(index) else {
        return;
    };
    let said = Answer { text, is_final };
    if *answer != said {
        *answer = said;
        draft.change(Change::Request(request));
    }
}

fn one(draft: &mut Draft<'_>, request: &Request, index: usize, command: &Command) -> Option<Decision> {
    if welcome::is_awaited(draft) {
        let standing = draft.memory.welcome.as_ref().map(|welcome| &welcome.standing);
        return Some(Decision::answer(words::welcome::not_set_up(standing)));
    }
    let pipeline = match draft.pipeline()? {
        Ok(pipeline) => pipeline,
        Err(mistakes) => return Some(Decision::answer(words::answer::broken_configuration(&mistakes))),
    };
    if let Some(decision) = road::pressed_too_late(draft, request)? {
        return Some(decision);
    }
    if let Some(decision) = board::changed_since(draft, request, command)? {
        return Some(decision);
    }
    match command {
        Command::Help => Some(Decision::answer(words::answer::help(&pipeline.config))),
        Command::Promote {
            environment,
            at,
            without,
            dry_run,
        } => {
            let meant = road::meant(request, environment, &pipeline.config);
            let asked = promote::Asked {
                request,
                command: index,
                environment: &meant,
                at: at.as_deref(),
                without,
                dry_run: *dry_run,
            };
            promote::decide(draft, &pipeline, asked)
        }
        Command::Hold {
            environment,
            until,
            because,
        } => {
            let asked = hold::Asked {
                request,
                command: index,
                environment,
                until: until.as_deref(),
                because: because.as_deref(),
            };
            hold::decide(draft, &pipeline, asked)
        }
        Command::Unhold { environment } => hold::decide_end(draft, &pipeline, request, environment),
        Command::Accept => accept::accept(draft, &pipeline, request, index, None),
        Command::Reject { why } => accept::reject(draft, &pipeline, request, why),
        Command::Rollback {
            environment,
            to,
            dry_run,
        } => {
            let asked = rollback::Asked {
                request,
                command: index,
                environment,
                to: to.as_ref(),
                dry_run: *dry_run,
            };
            rollback::decide(draft, &pipeline, asked)
        }
        Command::Confirm { named } => offer::confirm(draft, &pipeline, request, index, named),
        Command::Cancel => cancel::decide(draft, &pipeline, request),
        Command::Preview { instance } => preview::ask(draft, &pipeline, request, instance.as_deref()),
        Command::PreviewOff => preview::free(draft, &pipeline, request),
        Command::Status => status::tell(draft, &pipeline, request),
    }
}

/// Whether the person may, with what GitHub says of them; `None` while that is being asked.
pub(super) fn verdict(
    draft: &mut Draft<'_>,
    person: &Person,
    act: Act<'_>,
    pipeline: &Pipeline<'_>,
) -> Option<Verdict> {
    let role: Role = *draft.fact(draft.snapshot.roles.get(&person.id), || {
        Need::Role(person.id, person.login.as_str().to_owned())
    })?;
    let who = Who {
        person,
        role,
        members: &draft.snapshot.members,
    };
    match may(&who, act, &pipeline.config) {
        Verdict::AskTeams(teams) => {
            for team in teams {
                draft.need(Need::Member(team, person.id, person.login.as_str().to_owned()));
            }
            None
        }
        decided => Some(decided),
    }
}
