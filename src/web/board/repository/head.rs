//! The head of an environment: its light, what runs there since when, and who put it there.

use super::Around;
use crate::rules::id::Sha;
use crate::rules::scene::{Stage, Way};
use crate::rules::words::scene as words;
use crate::web::board::address;
use crate::web::board::page::Moment;

/// An environment as its head shows it.
pub struct Head {
    pub name: String,
    /// Where it is, as the configuration says.
    pub url: Option<String>,
    /// `go`, `wait`, `held` or `off`: how the light looks, which its words say too.
    pub colour: &'static str,
    pub light: String,
    /// When a hold ends, with the word before it.
    pub until: Option<(&'static str, Moment)>,
    pub because: Option<String>,
    /// What a promotion waits for.
    pub waits_for: Option<String>,
    pub armed_times: Vec<(&'static str, Moment)>,
    /// What it is at, since when, and who brought it there.
    pub runs: Option<(String, Moment, String)>,
    /// How much waits, and the address and words of the pull request that shows it.
    pub gap: Option<String>,
    pub pull: Option<(String, String)>,
    pub told: Vec<String>,
    /// The commit up to which a promotion from this page would go.
    pub shows: Option<Sha>,
}

pub(super) fn view(around: &Around<'_>, stage: &Stage) -> Head {
    let until = stage.held.as_ref().and_then(|held| held.until);
    let because = stage.held.as_ref().and_then(|held| held.because.as_deref());
    let armed = stage.armed.as_ref();
    let (not_before, ends) = words::armed_times();
    let armed_times = armed.into_iter().flat_map(|armed| {
        let first = armed.not_before.map(|at| (not_before, around.moment(at)));
        first.into_iter().chain([(ends, around.moment(armed.until))])
    });
    let pull = stage.pull.filter(|_| stage.waiting() != Some(0));
    Head {
        name: stage.environment.to_string(),
        url: stage.url.clone(),
        colour: colour(stage),
        light: words::light(stage),
        until: until.map(|at| (words::until(), around.moment(at))),
        because: because.map(words::because),
        waits_for: armed.map(|armed| armed.said.clone()).filter(|said| !said.is_empty()),
        armed_times: armed_times.collect(),
        runs: stage
            .here
            .as_ref()
            .map(|here| (words::runs(here), around.moment(here.moved_at), words::put_there(here))),
        gap: words::gap(stage),
        pull: pull.map(|pull| {
            let address = address::pull(around.github_url, around.repo, pull);
            (address, crate::rules::words::board::what_waits(pull))
        }),
        told: stage.told.clone(),
        shows: stage.shows.clone(),
    }
}

fn colour(stage: &Stage) -> &'static str {
    match (&stage.held, &stage.armed, &stage.way) {
        (Some(_), ..) => "held",
        (None, Some(_), _) => "wait",
        (None, None, Way::Known(_)) => "go",
        (None, None, Way::Unknown | Way::NoBranch | Way::TooFar { .. }) => "off",
    }
}
