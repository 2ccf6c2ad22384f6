//! The ledger in words: one plain sentence for each line, and why, where that says more. Plain text, no Markdown; what the features
//! are called, and moments, have elements of their own beside these sentences.

use jiff::Timestamp;

use super::super::command::lookalike::is_invisible;
use super::super::id::{EnvironmentName, Login};
use super::super::memory::{Entry, EntryKind};
use super::super::rollback;
use super::plain::plain;

/// Longest reason that is shown, in characters.
const WHY_CHARS_MAX: usize = 500;

/// How a line of a hold with an end begins.
const HELD_UNTIL: &str = "held until ";

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub what: String,
    pub why: Option<String>,
    /// The end of a hold.
    pub until: Option<Timestamp>,
}

/// Says what a line tells.
pub fn told(entry: &Entry) -> Told {
    let (until, why) = why(entry);
    let why = why.map(|why| shown(&why)).filter(|why| !why.is_empty());
    Told {
        what: what(entry),
        why,
        until,
    }
}

fn what(entry: &Entry) -> String {
    let who = entry.who.as_ref().map(|who| &who.login);
    match (who, &entry.environment) {
        (Some(who), Some(environment)) => by_somebody_there(entry, who, environment),
        (Some(who), None) => by_somebody(entry, who),
        (None, Some(environment)) => there(entry, environment),
        (None, None) => by_itself(entry),
    }
}

/// What somebody did in an environment.
fn by_somebody_there(entry: &Entry, who: &Login, environment: &EnvironmentName) -> String {
    match entry.kind {
        EntryKind::Refused => format!("What {who} asked for on {environment} was not done."),
        EntryKind::Armed => {
            format!("What {who} asked for on {environment} was taken up. It is done when nothing stands in its way.")
        }
        EntryKind::Disarmed => format!("What {who} asked for on {environment} does not wait any more."),
        EntryKind::Held => format!("{who} put {environment} on hold."),
        EntryKind::Unheld => format!("{who} ended the hold of {environment}."),
        EntryKind::Promoted => match entry.features.len() {
            0 => format!("{who} promoted to {environment}."),
            1 => format!("{who} promoted 1 feature to {environment}."),
            many => format!("{who} promoted {many} features to {environment}."),
        },
        EntryKind::Offered => {
            format!("What would go to {environment} was listed for {who}, and waits for a further word.")
        }
        EntryKind::OfferEnded => format!("What was listed for {who} to go to {environment} does not wait any more."),
        EntryKind::RolledBack if entry.why != rollback::BY_ITSELF => {
            format!("{who} took {environment} back to what ran there before.")
        }
        _ => there(entry, environment),
    }
}

/// What somebody did to a feature, or said.
fn by_somebody(entry: &Entry, who: &Login) -> String {
    match entry.kind {
        EntryKind::Asked => format!("{who} gave a command."),
        EntryKind::Refused => format!("What {who} asked for was not done."),
        EntryKind::Answered => format!("{who} was answered."),
        EntryKind::Ignored => format!("What {who} wrote was not taken as a command."),
        EntryKind::Ready => format!("{who} made a feature ready."),
        EntryKind::Accepted => format!("{who} accepted a feature."),
        EntryKind::AcceptanceEnded => format!("The word of {who} that accepted a feature does not count any more."),
        EntryKind::SentBack => format!("{who} sent a feature back."),
        EntryKind::Merged => format!("A feature that {who} had accepted was merged into mainline."),
        _ => by_itself(entry),
    }
}

/// What happened in an environment.
fn there(entry: &Entry, environment: &EnvironmentName) -> String {
    match entry.kind {
        EntryKind::Held => format!("{environment} was put on hold."),
        EntryKind::Unheld => format!("The hold of {environment} ended."),
        EntryKind::GatesOpen => format!("Nothing stood in the way to {environment} any more."),
        EntryKind::Promoted => match entry.features.len() {
            0 => format!("Something was promoted to {environment}."),
            1 => format!("1 feature was promoted to {environment}."),
            many => format!("{many} features were promoted to {environment}."),
        },
        EntryKind::PromotionPull => format!("The pull request that leads to {environment} was brought up to date."),
        EntryKind::EnvironmentMoved => format!("The branch of {environment} was seen at another commit than before."),
        EntryKind::PushedDirectly => format!("Changes came to {environment} that no promotion brought."),
        EntryKind::Deploying => format!("What came to {environment} is being deployed there."),
        EntryKind::Running => format!("What came to {environment} is known to run there."),
        EntryKind::DeploymentFailed => format!("The deployment of what came to {environment} failed."),
        EntryKind::RunApproved => format!("A workflow run was let through to {environment}."),
        EntryKind::RunRejected => format!("A workflow run was not let through to {environment}."),
        EntryKind::RunWaits => format!("A workflow run was told why it waits before {environment}."),
        EntryKind::Released => format!("A release of what runs on {environment} was to be made."),
        EntryKind::RolledBack => format!("{environment} was taken back to what ran there before."),
        EntryKind::DevelopersTold => format!("Developers were to be told that {environment} was taken back."),
        EntryKind::CameAgain => format!("What was taken back from {environment} came there again."),
        EntryKind::Disarmed => format!("What was to go to {environment} does not wait any more."),
        EntryKind::Refused => format!("Something that was asked for on {environment} was not done."),
        _ => by_itself(entry),
    }
}

/// What happened, where neither a person nor an environment is known, or has nothing to do with it.
fn by_itself(entry: &Entry) -> String {
    let text = match entry.kind {
        EntryKind::Asked => "A command was given.",
        EntryKind::Refused => "What was asked for was not done.",
        EntryKind::Armed => "What was asked for was taken up. It is done when nothing stands in its way.",
        EntryKind::Disarmed => "What was asked for does not wait any more.",
        EntryKind::Held => "An environment was put on hold.",
        EntryKind::Unheld => "The hold of an environment ended.",
        EntryKind::GatesOpen => "Nothing stood in the way of a promotion any more.",
        EntryKind::Promoted => "Something was promoted.",
        EntryKind::Answered => "A command was answered.",
        EntryKind::Ignored => "Something was not taken as a command.",
        EntryKind::PromotionPull => "A promotion's pull request was brought up to date.",
        EntryKind::EnvironmentMoved => "A branch was seen at another commit than before.",
        EntryKind::Ready => "A feature was made ready.",
        EntryKind::Accepted => "A feature was accepted.",
        EntryKind::AcceptanceEnded => "An acceptance does not count any more.",
        EntryKind::SentBack => "A feature was sent back.",
        EntryKind::Merged => "A feature was merged into mainline.",
        EntryKind::PushedDirectly => "Changes came that no promotion brought.",
        EntryKind::Offered => "What would go was listed, and waits for a further word.",
        EntryKind::OfferEnded => "What was listed does not wait for a word any more.",
        EntryKind::Deploying => "A deployment is under way.",
        EntryKind::Running => "What was deployed is known to run.",
        EntryKind::DeploymentFailed => "A deployment failed.",
        EntryKind::RunApproved => "A workflow run was let through.",
        EntryKind::RunRejected => "A workflow run was not let through.",
        EntryKind::RunWaits => "A workflow run was told why it waits.",
        EntryKind::PreviewGiven => "A feature was given a preview.",
        EntryKind::PreviewFreed => "A feature does not have its preview any more.",
        EntryKind::Released => "A release was to be made.",
        EntryKind::RolledBack => "An environment was taken back to what ran there before.",
        EntryKind::DevelopersTold => "Developers were to be told of a rollback.",
        EntryKind::CameAgain => "What was taken back came again.",
    };
    text.to_owned()
}

/// Why, where the line says more than its kind does; and until when, of a hold.
fn why(entry: &Entry) -> (Option<Timestamp>, Option<String>) {
    let why = entry.why.as_str();
    match entry.kind {
        // What was said, as it was said.
        EntryKind::Asked | EntryKind::SentBack => (None, Some(format!("“{}”", why.trim()))),
        EntryKind::Held => match held_until(why) {
            Some((until, because)) => (Some(until), because.map(|because| format!("Because “{because}”."))),
            None => (None, Some(sentence(why))),
        },
        EntryKind::Refused if !entry.gates.is_empty() => (None, Some(not_met(&entry.gates))),
        EntryKind::Promoted if entry.request.is_some() => (None, None),
        EntryKind::Armed
        | EntryKind::GatesOpen
        | EntryKind::EnvironmentMoved
        | EntryKind::Ready
        | EntryKind::Accepted
        | EntryKind::Merged
        | EntryKind::PushedDirectly
        | EntryKind::Offered
        | EntryKind::Deploying
        | EntryKind::Running
        | EntryKind::DeploymentFailed
        | EntryKind::RunApproved
        | EntryKind::RunRejected => (None, None),
        EntryKind::RolledBack if why != rollback::BY_ITSELF => (None, None),
        EntryKind::Unheld if entry.who.is_some() => (None, None),
        _ => (None, Some(sentence(why))),
    }
}

/// The end of a hold, and the reason that somebody gave for it.
fn held_until(why: &str) -> Option<(Timestamp, Option<&str>)> {
    let rest = why.strip_prefix(HELD_UNTIL)?;
    let (until, because) = rest
        .split_once(": ")
        .map_or((rest, None), |(until, why)| (until, Some(why)));
    let until = until.split_whitespace().next()?.parse().ok()?;
    Some((until, because))
}

/// What stood in the way, by the gates' own names for themselves.
fn not_met(gates: &[String]) -> String {
    let shut = gates.iter().filter_map(|gate| gate.strip_suffix(": shut"));
    let named: Vec<String> = shut.map(|gate| gate_in_words(gate).to_owned()).collect();
    match named.is_empty() {
        true => "Something stood in its way.".to_owned(),
        false => format!("What stood in its way: {}.", super::joined(named, "and")),
    }
}

fn gate_in_words(gate: &str) -> &str {
    match gate {
        "owner" => "who may promote there",
        "order" => "the order of the environments",
        "hold" => "a hold",
        "window" => "the times at which it may go",
        "checks" => "the checks",
        "deployed" => "that it is not known to run on the stage before",
        "soak" => "the time that it has to run on the stage before",
        "history" => "changes that only the environment has",
        other => other,
    }
}

/// A note of ours, or the beginning of an answer, as a sentence without markup.
fn sentence(note: &str) -> String {
    let text = plain(note).join(" ");
    let mut rest = text.chars();
    let Some(first) = rest.next() else { return text };
    let end = if text.ends_with(['.', '?', '!', ':', '”']) {
        ""
    } else {
        "."
    };
    format!("{}{}{end}", first.to_uppercase(), rest.as_str())
}

/// What people wrote, without what cannot be seen, and not without end.
pub fn shown(text: &str) -> String {
    let mut seen = text.chars().filter(|c| !is_invisible(*c) && !c.is_control());
    let mut shown: String = seen.by_ref().take(WHY_CHARS_MAX).collect();
    if seen.next().is_some() {
        shown.push('…');
    }
    shown
}

/// The page's own words.
#[derive(Clone, Copy, Debug)]
pub struct Labels {
    pub environment: &'static str,
    pub every_environment: &'static str,
    pub person: &'static str,
    pub everybody: &'static str,
    pub feature: &'static str,
    pub filter: &'static str,
    pub no_filter: &'static str,
    pub until: &'static str,
    pub older: &'static str,
    pub newest: &'static str,
    pub export: &'static str,
}

/// The page's own words.
pub fn labels() -> Labels {
    Labels {
        environment: "Environment",
        every_environment: "Every environment",
        person: "Person",
        everybody: "Everybody",
        feature: "Pull request number",
        filter: "Show",
        no_filter: "Show everything",
        until: "Until",
        older: "Older",
        newest: "Newest",
        export: "Download as a table (CSV)",
    }
}

/// What the pages of a repository are called.
#[derive(Clone, Copy, Debug)]
pub struct Pages {
    pub now: &'static str,
    pub history: &'static str,
    pub figures: &'static str,
}

/// What the pages of a repository are called.
pub fn pages() -> Pages {
    Pages {
        now: "Now",
        history: "History",
        figures: "Figures",
    }
}

/// Over the lines.
pub fn introduction() -> &'static str {
    "Who asked for what, what was decided and why, and what happened. The newest comes first, and nothing is ever changed or taken away."
}

/// There is no line to show.
pub fn empty(is_filtered: bool) -> &'static str {
    if is_filtered {
        "Nothing that is written down fits what you chose. Choose less, or show everything."
    } else {
        "Nothing has happened here yet. The first command, promotion or hold will be written down here."
    }
}

/// What was typed into the filter is no number.
pub fn no_number() -> &'static str {
    "A pull request is known by its number, such as 12. Without one, all of them are shown."
}

/// The columns of the table that can be downloaded.
pub fn columns() -> [&'static str; 12] {
    [
        "Time",
        "Kind",
        "What",
        "Why",
        "Until",
        "Who",
        "Environment",
        "Pull request",
        "Features",
        "Commit before",
        "Commit after",
        "Gates",
    ]
}
