//! The lanes, in the pipeline's order, with a card for each feature: one kind of card in every lane.

use super::Around;
use crate::rules::id::{Login, PullNumber};
use crate::rules::scene::{Arrival, Landed, Lane, Open, Preview, Stage, Way, What};
use crate::rules::words::board::Said;
use crate::rules::words::scene as words;
use crate::web::board::page::Moment;
use crate::web::board::{address, faces};

/// Faces have so many colours.
const FACES: u32 = 8;

/// A lane: its title, and what is said if nothing is in it.
pub struct LaneView {
    /// By which it is named on the page.
    pub id: String,
    pub said: Said,
    pub cards: Vec<CardView>,
    /// More things than have cards.
    pub more: Option<String>,
    /// What came with earlier promotions, under a title of its own, folded.
    pub folded: Option<(&'static str, Vec<CardView>)>,
}

/// A feature, or a commit that no pull request brought.
pub struct CardView {
    /// By which the picture leads to it.
    pub id: String,
    pub number: Option<PullNumber>,
    pub title: String,
    pub address: Option<String>,
    pub face: Face,
    pub author: String,
    /// Words, how long, and since when.
    pub ages: Vec<(&'static str, String, Moment)>,
    /// Whether its checks passed, in words; and how that looks.
    pub checks: Option<(&'static str, String)>,
    /// Where to click to see it: the address if there is one, and the words.
    pub see: Option<(Option<String>, String)>,
    pub notes: Vec<String>,
    /// The version that the page shows of a feature that is not merged yet.
    pub head: Option<String>,
}

/// The author at a glance: a letter, and over it the picture, once that is there.
pub struct Face {
    pub picture: Option<String>,
    pub letter: String,
    pub colour: u32,
}

pub(super) fn views(around: &Around<'_>) -> Vec<LaneView> {
    let scene = around.scene;
    let mut lanes = vec![
        open_lane(
            around,
            "in-progress",
            words::in_progress(&scene.mainline),
            Lane::InProgress,
        ),
        open_lane(
            around,
            "ready",
            words::ready(&scene.ready_label, scene.acceptance),
            Lane::Ready,
        ),
    ];
    if scene.acceptance {
        lanes.push(open_lane(
            around,
            "accepted",
            words::accepted(&scene.mainline),
            Lane::Accepted,
        ));
    }
    if scene.unlisted > 0 {
        lanes[0].more = Some(words::and_more(scene.unlisted));
    }
    let count = scene.stages.len();
    for (index, stage) in scene.stages.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| scene.stages.get(before));
        let said = words::not_yet(stage, index == 0, index + 1 == count);
        lanes.push(way(around, stage, before, said));
    }
    if let Some(last) = scene.stages.last() {
        lanes.push(live(around, last));
    }
    lanes
}

fn open_lane(around: &Around<'_>, id: &str, said: Said, lane: Lane) -> LaneView {
    let cards = around.scene.lane(lane).into_iter().map(|one| open(around, one));
    LaneView {
        id: id.to_owned(),
        said,
        cards: cards.collect(),
        more: None,
        folded: None,
    }
}

fn open(around: &Around<'_>, one: &Open) -> CardView {
    let (scene, mut notes) = (around.scene, Vec::new());
    if let Some(by) = &one.accepted_by {
        notes.push(words::accepted_by(by, &scene.mainline, one.checks.as_ref()));
    }
    let waits = one.waits.iter();
    notes.extend(waits.map(|waits| words::waits(waits, &scene.ready_label, &scene.mainline)));
    let age = |words: &'static str, since| {
        let (age, moment) = around.age(since);
        (words, age, moment)
    };
    let opened = one.opened_at.map(|at| age(words::open_for(), at));
    let here = one.since.map(|at| age(words::here_for(), at));
    let url = match &one.preview {
        Some(Preview::On { url, .. }) => url.clone(),
        _ => None,
    };
    CardView {
        id: format!("feature-{}", one.number),
        number: Some(one.number),
        title: one.title.clone(),
        address: Some(address::pull(around.github_url, around.repo, one.number)),
        face: face(one.author.as_ref().map(|author| &author.login)),
        author: words::written_by(one.author.as_ref().map(|author| &author.login)),
        ages: opened.into_iter().chain(here).collect(),
        checks: one.checks.as_ref().map(|checks| {
            let look = match (checks.green, checks.failed.is_empty()) {
                (true, _) => "go",
                (false, true) => "wait",
                (false, false) => "held",
            };
            (look, words::checks(checks))
        }),
        see: one.preview.as_ref().map(|preview| (url, words::preview(preview))),
        notes,
        head: Some(one.head.to_string()),
    }
}

fn way(around: &Around<'_>, stage: &Stage, before: Option<&Stage>, said: Said) -> LaneView {
    let empty = Default::default();
    let load = match &stage.way {
        Way::Known(load) => load,
        Way::Unknown | Way::NoBranch | Way::TooFar { .. } => &empty,
    };
    let url = before.and_then(|before| Some((Some(before.url.clone()?), words::see_on(before))));
    let cards = load.items.iter().rev().map(|item| {
        let mut card = landed(around, &item.what);
        card.ages = age_of(around, item).into_iter().collect();
        card.notes.extend(item.taken_back.then(|| words::was_taken_back(stage)));
        card.see.clone_from(&url);
        card
    });
    LaneView {
        id: format!("before-{}", stage.environment),
        said,
        cards: cards.collect(),
        more: (load.earlier > 0).then(|| words::and_more(load.earlier)),
        folded: None,
    }
}

fn age_of(around: &Around<'_>, item: &Landed) -> Option<(&'static str, String, Moment)> {
    let (age, moment) = around.age(item.since?);
    Some((words::here_for(), age, moment))
}

fn live(around: &Around<'_>, last: &Stage) -> LaneView {
    let url = last.url.clone().map(|url| (Some(url), words::see_on(last)));
    let of_arrival = |arrival: &Arrival| -> Vec<CardView> {
        let items = arrival.items.iter().rev();
        items
            .map(|what| {
                let (age, moment) = around.age(arrival.at);
                let mut card = landed(around, what);
                card.ages = vec![(words::here_for(), age, moment)];
                card.see.clone_from(&url);
                card
            })
            .collect()
    };
    let mut arrivals = around.scene.arrivals.iter();
    let newest = arrivals.next();
    let earlier: Vec<CardView> = arrivals.flat_map(of_arrival).collect();
    let more = newest.map_or(0, |newest| newest.earlier);
    LaneView {
        id: "live".to_owned(),
        said: words::live(last),
        cards: newest.map(of_arrival).unwrap_or_default(),
        more: (more > 0).then(|| words::and_more(more)),
        folded: (!earlier.is_empty()).then(|| (words::earlier(), earlier)),
    }
}

fn landed(around: &Around<'_>, what: &What) -> CardView {
    let (id, number, address, notes) = match what {
        What::Feature { number, .. } => (
            format!("feature-{number}"),
            Some(*number),
            address::pull(around.github_url, around.repo, *number),
            Vec::new(),
        ),
        What::Direct { commit, .. } => (
            format!("commit-{}", commit.short()),
            None,
            address::commit(around.github_url, around.repo, commit),
            vec![words::pushed_directly().to_owned()],
        ),
    };
    CardView {
        id,
        number,
        title: what.title().to_owned(),
        address: Some(address),
        face: face(what.author()),
        author: words::written_by(what.author()),
        ages: Vec::new(),
        checks: None,
        see: None,
        notes,
        head: None,
    }
}

fn face(author: Option<&Login>) -> Face {
    let login = author.map(Login::as_str).unwrap_or_default();
    let sum: u32 = login.bytes().map(|byte| u32::from(byte.to_ascii_lowercase())).sum();
    Face {
        picture: author.and_then(faces::address),
        letter: login.chars().next().unwrap_or('?').to_uppercase().collect(),
        colour: sum % FACES,
    }
}
