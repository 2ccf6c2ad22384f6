//! What stands beside the buttons of a feature's check run, and what is said when one was pressed.

use greenlight::rules::effect::ButtonRun;
use greenlight::rules::feature::{Card, NotReady, Stand};
use greenlight::rules::id::{EnvironmentName, PullNumber, RequestId, ReviewId};
use greenlight::rules::memory::{Request, Said};
use greenlight::rules::words::{button, card};

use crate::sample::{Sample, at, green, request, sha};
use crate::{Entry, entry};

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let accepted = Card {
        acceptance: Some(sample.acceptance()),
        ..sample.card()
    };
    let on_staging = Stand::InMainline {
        reached: vec![EnvironmentName::from("staging")],
        under_way: None,
    };
    let runs = [
        ("It is ready", sample.card(), Stand::Ready(sample.ready(green()))),
        (
            "It is accepted, and its checks still run",
            accepted,
            Stand::Ready(sample.ready(sample.running())),
        ),
        ("Its label is off", sample.card(), Stand::InProgress(NotReady::NoLabel)),
        ("It is on staging", sample.card(), on_staging),
    ];
    let mut entries: Vec<Entry> = runs
        .into_iter()
        .map(|(when, card, stand)| entry(when, shown(sample, &card, &stand)))
        .collect();
    for (when, said) in roads(sample) {
        entries.push(entry(when, button::said(&said).expect("another road than a comment")));
    }
    entries.push(entry(
        "You pressed a button of an earlier version",
        button::pushed_since(&sha('a'), &sha('b'), Some(&sample.dora().login)),
    ));
    entries.push(entry(
        "The same, and nobody knows who pushed",
        button::pushed_since(&sha('a'), &sha('b'), None),
    ));
    entries
}

/// As GitHub shows it, one below the other.
fn shown(sample: &Sample, card: &Card, stand: &Stand) -> String {
    let (config, mainline, pull) = (sample.config(), sample.main(), sample.pull());
    let facts = card::Facts {
        taken_back: &[],
        config: &config,
        mainline: &mainline,
        pull: &pull,
        card,
        stand,
        preview: None,
    };
    let run = button::run(&facts, "https://github.com/harbour/shop").expect("a run");
    let ButtonRun {
        title,
        summary,
        buttons,
        ..
    } = run;
    let buttons = buttons
        .iter()
        .map(|button| format!("\n\n[{}] {}", button.label, button.description));
    format!("{title}\n\n{summary}{}", buttons.collect::<String>())
}

fn roads(sample: &Sample) -> Vec<(&'static str, Request)> {
    let by = |id, said| Request {
        id,
        pull: PullNumber(42),
        asked_by: sample.anna(),
        asked_at: at("2026-11-23T15:00:00Z"),
        answers: Vec::new(),
        acknowledged: true,
        reply: None,
        said: Some(said),
        text_sha256: None,
        unanswerable: false,
    };
    let pressed = |identifier: String| {
        let head = sha('b');
        by(request(), Said::ByButton { identifier, head })
    };
    let review = Said::InReview {
        body: sample.line("/accept"),
        commit: Some(sha('b')),
    };
    vec![
        (
            "Above the answer to what you said in a review",
            by(RequestId::Review(PullNumber(42), ReviewId(7)), review),
        ),
        (
            "Above the answer when you pressed *Accept*",
            pressed("accept".to_owned()),
        ),
        (
            "Above the answer when you pressed *Send back*",
            pressed("send-back".to_owned()),
        ),
        (
            "Above the answer when you pressed *Promote to staging*",
            pressed(format!("promote:{}", sample.line("staging"))),
        ),
    ]
}
