//! The history page: each kind of line, and the page's own words.

use greenlight::rules::id::{EnvironmentName, PullNumber};
use greenlight::rules::memory::{Entry as Line, EntryKind};
use greenlight::rules::rollback;
use greenlight::rules::words::history;
use greenlight::rules::words::inert::inert_whole;

use crate::sample::{Sample, sha};
use crate::{Entry, entry};

/// What a line of each kind has for a reason, in the product's own shape.
fn lines(sample: &Sample) -> Vec<Line> {
    let line = |kind: EntryKind, who: bool, environment: bool, why: &str| Line {
        kind,
        who: who.then(|| sample.anna()),
        pull: Some(PullNumber(42)),
        request: None,
        environment: environment.then(|| EnvironmentName::from(sample.branch.as_str())),
        before: None,
        after: Some(sha('a')),
        why: why.to_owned(),
        gates: Vec::new(),
        features: Vec::new(),
    };
    let refused = Line {
        gates: vec![
            "owner: open".to_owned(),
            "hold: shut".to_owned(),
            "checks: shut".to_owned(),
        ],
        ..line(EntryKind::Refused, true, true, "a gate is shut")
    };
    let promoted = Line {
        features: vec![PullNumber(12), PullNumber(17)],
        ..line(EntryKind::Promoted, true, true, "its pull request was merged by hand")
    };
    let held = format!("held until 2026-11-24T15:00:00Z: {}", sample.reason);
    vec![
        line(EntryKind::Ready, true, false, &sample.title),
        line(EntryKind::Asked, true, false, "/promote staging"),
        refused,
        line(EntryKind::Armed, true, true, "asked, and waits for its gates"),
        line(EntryKind::Disarmed, true, true, "**It was cancelled.** Nothing moves."),
        line(EntryKind::Held, true, true, &held),
        line(
            EntryKind::Held,
            false,
            true,
            "changes were put on it without a promotion",
        ),
        line(EntryKind::Unheld, true, true, "the hold was ended by a person"),
        line(EntryKind::Unheld, false, true, "the hold came to its end"),
        line(EntryKind::GatesOpen, true, true, ""),
        promoted,
        line(
            EntryKind::Answered,
            true,
            false,
            "**Promoted to staging.** It now also has:",
        ),
        line(EntryKind::Ignored, true, false, "it is older than three days"),
        line(EntryKind::PromotionPull, false, true, "opened"),
        line(EntryKind::EnvironmentMoved, false, true, ""),
        line(EntryKind::Accepted, true, false, ""),
        line(
            EntryKind::AcceptanceEnded,
            true,
            false,
            "**A newer version was pushed.**",
        ),
        line(EntryKind::SentBack, true, false, &sample.reason),
        line(EntryKind::Merged, true, false, ""),
        line(EntryKind::PushedDirectly, false, true, ""),
        line(EntryKind::Offered, true, true, ""),
        line(EntryKind::OfferEnded, true, true, "**Nobody said so in time.**"),
        line(EntryKind::Deploying, false, true, ""),
        line(EntryKind::Running, false, true, ""),
        line(EntryKind::DeploymentFailed, false, true, ""),
        line(EntryKind::RunApproved, false, true, ""),
        line(EntryKind::RunRejected, false, true, ""),
        line(EntryKind::RunWaits, false, true, "It waits for the checks."),
        line(EntryKind::PreviewGiven, false, false, "it is given dev-1"),
        line(EntryKind::PreviewFreed, false, false, "dev-1 is free again"),
        line(
            EntryKind::Released,
            false,
            true,
            "what came to run there became a release",
        ),
        line(EntryKind::RolledBack, true, true, ""),
        line(EntryKind::RolledBack, true, true, rollback::BY_ITSELF),
        line(EntryKind::DevelopersTold, false, true, "the issue was opened"),
        line(EntryKind::CameAgain, false, true, "it was promoted again"),
    ]
}

fn plain(when: &str, said: &str) -> Entry {
    entry(when, inert_whole(said))
}

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let pages = history::pages();
    let pages = [pages.now, pages.history, pages.figures];
    let labels = history::labels();
    let labels = [
        labels.environment,
        labels.every_environment,
        labels.person,
        labels.everybody,
        labels.feature,
        labels.filter,
        labels.no_filter,
        labels.until,
        labels.older,
        labels.newest,
        labels.export,
    ];
    let mut said = vec![
        plain("On the links between a repository’s pages", &pages.join(" · ")),
        plain("Above the lines", history::introduction()),
        plain("There is none", history::empty(false)),
        plain("None fits", history::empty(true)),
        plain("Something else than a number was typed", history::no_number()),
        plain("On labels, buttons and links", &labels.join(" · ")),
        plain("The columns of the table to download", &history::columns().join(" · ")),
    ];
    said.extend(lines(sample).iter().map(|line| {
        let told = history::told(line);
        let why = told
            .why
            .map(|why| format!(" {}", inert_whole(&why)))
            .unwrap_or_default();
        let who = if line.who.is_some() { ", with a person" } else { "" };
        let when = format!("A line of the kind {:?}{who}", line.kind);
        entry(when, format!("**{}**{why}", inert_whole(&told.what)))
    }));
    said
}
