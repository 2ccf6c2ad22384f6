//! The pages before the last click: what would go, what waits, who holds an environment, with the forms that do something about it.
//! Opening one changes nothing (it asks how the gates stand, once a minute at most), and each form says what its page showed.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::asked::{Asked, Place, Wanted};
use super::page::{Frame, Moment, Trouble, html};
use super::repository::Opened;
use super::{Board, act, address};
use crate::rules::form::Showed;
use crate::rules::id::{EnvironmentName, PullNumber, Sha};
use crate::rules::memory::Hold;
use crate::rules::scene::{Landed, Lane, Open, Scene, Stage, Way, What};
use crate::rules::words::act::{self as words, Labels};
use crate::rules::words::scene as scene_words;
use crate::store::Received;

/// What every form of a page carries.
pub struct FormFrame {
    /// Where it is sent to.
    pub action: String,
    pub token: String,
    /// Of this page alone, so that the same form sent twice is one act.
    pub key: String,
}

impl Board {
    /// For the forms of one page.
    ///
    /// # Errors
    /// [`Trouble::OutOfOrder`] if the system has no random numbers.
    pub fn form_frame(&self, opened: &Opened) -> Result<FormFrame, Trouble> {
        Ok(FormFrame {
            action: format!("{}/act", address::repository(&opened.seen.name)),
            token: opened.visitor.form_token(),
            key: self.open()?.seal.random().ok_or(Trouble::OutOfOrder)?,
        })
    }

    async fn scene_of(&self, opened: &Opened) -> Result<Scene, Trouble> {
        let found = self.inner.store.scene(opened.seen.repo).await?;
        found.map(|(_, scene)| scene).ok_or(Trouble::NothingHere)
    }
}

#[derive(Template)]
#[template(path = "act/environment.html")]
struct EnvironmentPage {
    frame: Frame,
    form: FormFrame,
    labels: Labels,
    back: (String, String),
    title: String,
    name: String,
    /// Who may do any of this.
    whose_word: Option<String>,
    /// What a rollback would take away, where that was asked for.
    back_look: Option<Asked>,
    /// The pull request that answers stand on; empty for none.
    pull: String,
    promote: Promote,
    cancel: Option<Cancel>,
    hold: Holding,
    when: String,
    /// What was typed there before.
    typed: String,
    until: String,
    runs_at: Option<String>,
    roll_back: String,
}

/// What would go, to choose from.
struct Promote {
    title: String,
    told: Vec<String>,
    /// How each gate stands, as Greenlight finds it when the page is opened.
    gates: Option<Asked>,
    /// `None` where nothing can be promoted.
    pins: Option<Pins>,
    /// What was taken back before: the box's value, and its words.
    again: Option<(String, String)>,
    all: String,
    all_chosen: bool,
    choices: Vec<Choice>,
    earlier: Option<String>,
}

struct Pins {
    from: String,
    commit: String,
    pull: String,
}

struct Choice {
    value: String,
    text: String,
    chosen: bool,
}

/// A promotion that waits, to be dropped.
struct Cancel {
    told: Vec<String>,
    pull: String,
    commit: String,
}

struct Holding {
    title: String,
    told: Vec<String>,
    /// Which hold the page shows; empty for one that Greenlight made itself.
    held: Option<String>,
}

/// Everything that can be done with an environment.
pub async fn environment(
    State(board): State<Board>,
    opened: Opened,
    Path(path): Path<HashMap<String, String>>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    let scene = board.scene_of(&opened).await?;
    let name = path.get("environment").map(String::as_str).unwrap_or_default();
    let stage = scene.stages.iter().find(|stage| stage.environment.as_str() == name);
    let stage = stage.ok_or(Trouble::NothingHere)?;
    let name = &stage.environment;
    let repo = opened.seen.repo;
    let known = board.inner.store.overviews(&[repo]).await?.remove(&repo);
    let hold = known.as_ref().and_then(|known| known.holds.get(name));
    let here = address::environment(&opened.seen.name, name);
    let of_rollback = Place {
        number: wanted.back.as_deref(),
        page: &here,
        place: "back",
    };
    let mut promote = promote(stage, wanted.up_to.as_deref().unwrap_or_default());
    promote.gates = gates(&board, &opened, stage, &wanted, &promote).await?;
    let title = words::environment(name);
    let page = EnvironmentPage {
        frame: Frame::new(title.clone(), Some(&opened.visitor)),
        form: board.form_frame(&opened)?,
        labels: words::labels(),
        back: back(&opened),
        title,
        name: name.to_string(),
        whose_word: words::whose_word(&stage.owners),
        back_look: board.asked(&opened, &of_rollback).await?,
        pull: text_of(answered_on(stage)),
        promote,
        cancel: cancel(&board, &opened, stage).await?,
        hold: holding(&scene, stage, hold),
        when: words::when(&scene.timezone),
        typed: wanted.when.clone().unwrap_or_default(),
        until: words::until(&scene.timezone),
        runs_at: stage.at.as_ref().map(ToString::to_string),
        roll_back: words::roll_back(name),
    };
    Ok(html(StatusCode::OK, &page))
}

fn back(opened: &Opened) -> (String, String) {
    let repo = &opened.seen.name;
    (address::repository(repo), words::back_to(&repo.to_string()))
}

fn text_of(pull: Option<PullNumber>) -> String {
    pull.map(|pull| pull.to_string()).unwrap_or_default()
}

/// The standing promotion pull request, or else the feature that came there last.
fn answered_on(stage: &Stage) -> Option<PullNumber> {
    let last = stage.here.as_ref().and_then(|here| here.known_as.as_ref());
    stage.pull.or_else(|| last.and_then(number_of))
}

fn number_of(what: &What) -> Option<PullNumber> {
    match what {
        What::Feature { number, .. } => Some(*number),
        What::Direct { .. } => None,
    }
}

fn promote(stage: &Stage, up_to: &str) -> Promote {
    let name = &stage.environment;
    let load = match &stage.way {
        Way::Known(load) => Some(load),
        Way::Unknown | Way::NoBranch | Way::TooFar { .. } => None,
    };
    let waits = stage.waiting().unwrap_or_default();
    let pins = stage.at.as_ref().zip(stage.shows.as_ref()).filter(|_| waits > 0);
    let mut told = stage.told.clone();
    told.insert(0, scene_words::light(stage));
    if pins.is_none() {
        told.push(words::nothing_to_promote(load.is_some()));
    }
    let items = load.map(|load| load.items.as_slice()).unwrap_or_default();
    // The newest comes last and is the same as all of it.
    let choices: Vec<Choice> = items
        .iter()
        .rev()
        .skip(1)
        .map(|item| choice(stage, item, up_to))
        .collect();
    let newest = items.last().map(scene_words::landed);
    let all = words::all_of_it(waits);
    let earlier = load.map(|load| load.earlier).filter(|earlier| *earlier > 0);
    Promote {
        title: words::promote(name),
        gates: None,
        told,
        pins: pins.map(|(from, commit)| Pins {
            from: from.to_string(),
            commit: commit.to_string(),
            pull: text_of(stage.pull),
        }),
        again: again(stage, items),
        all: newest.map_or_else(|| all.clone(), |newest| format!("{newest}: {all}")),
        all_chosen: !choices.iter().any(|choice| choice.chosen),
        choices,
        earlier: earlier.map(words::and_earlier),
    }
}

/// Of what is chosen on the page; asked for by opening it, unless they were asked for before.
async fn gates(
    board: &Board,
    opened: &Opened,
    stage: &Stage,
    wanted: &Wanted,
    promote: &Promote,
) -> Result<Option<Asked>, Trouble> {
    let chosen = promote.choices.iter().find(|choice| choice.chosen);
    let up_to = chosen.map(|choice| choice.value.as_str()).unwrap_or_default();
    let page = format!(
        "{}?up-to={up_to}",
        address::environment(&opened.seen.name, &stage.environment)
    );
    let place = |number| Place {
        number,
        page: &page,
        place: "asked",
    };
    if wanted.asked.is_some() {
        return board.asked(opened, &place(wanted.asked.as_deref())).await;
    }
    let (Some(from), Some(shows), true) = (&stage.at, &stage.shows, promote.pins.is_some()) else {
        return Ok(None);
    };
    let feature = up_to.parse().ok().map(PullNumber);
    let showed = Showed {
        commit: match feature {
            Some(_) => None,
            None => Some(Sha::parse(up_to).unwrap_or_else(|| shows.clone())),
        },
        from: Some(from.clone()),
        ..Showed::default()
    };
    let (id, received) = act::look(board, opened, &stage.environment, (feature.or(stage.pull), showed)).await?;
    match received {
        Received::Stored => Ok(Some(Asked::just_now(id, &place(None)))),
        Received::SeenBefore => board.asked(opened, &place(Some(&id.to_string()))).await,
    }
}

/// The box by which she says that what was taken back is to come again.
fn again(stage: &Stage, items: &[Landed]) -> Option<(String, String)> {
    let again: Vec<&Landed> = items.iter().filter(|item| item.taken_back).collect();
    let values: Vec<String> = again.iter().map(|item| value_of(&item.what)).collect();
    let titles = again.iter().map(|item| scene_words::landed(item)).collect();
    (!again.is_empty()).then(|| (values.join(","), words::bring_again(&stage.environment, titles)))
}

/// By which a form names it.
fn value_of(what: &What) -> String {
    match what {
        What::Feature { number, .. } => number.to_string(),
        What::Direct { commit, .. } => commit.to_string(),
    }
}

fn choice(stage: &Stage, item: &Landed, up_to: &str) -> Choice {
    let value = value_of(&item.what);
    let again = item.taken_back.then(|| scene_words::was_taken_back(stage));
    let text = scene_words::landed(item);
    Choice {
        text: again.map_or_else(|| text.clone(), |again| format!("{text}. {again}")),
        chosen: value == up_to,
        value,
    }
}

async fn cancel(board: &Board, opened: &Opened, stage: &Stage) -> Result<Option<Cancel>, Trouble> {
    let Some(armed) = &stage.armed else {
        return Ok(None);
    };
    let asked = board.inner.store.request(opened.seen.repo, armed.request).await?;
    let pull = asked.and_then(|asked| asked.pull.there()).or(stage.pull);
    Ok(Some(Cancel {
        told: vec![armed.said.clone()],
        pull: text_of(pull),
        commit: armed.commit.to_string(),
    }))
}

fn holding(scene: &Scene, stage: &Stage, hold: Option<&Hold>) -> Holding {
    let name = &stage.environment;
    let mut told = Vec::new();
    if let Some(held) = &stage.held {
        let until = held.until.map(|until| Moment::in_zone(until, &scene.timezone).text);
        let until = until.map_or_else(String::new, |until| format!(" {} {until}", scene_words::until()));
        told.push(format!("{}{until}", scene_words::light(stage)));
        told.extend(held.because.as_deref().map(scene_words::because));
    }
    Holding {
        title: words::hold(name, stage.held.is_some()),
        told,
        held: stage
            .held
            .is_some()
            .then(|| hold.map(|hold| hold.request.to_string()).unwrap_or_default()),
    }
}

#[derive(Template)]
#[template(path = "act/feature.html")]
struct FeaturePage {
    frame: Frame,
    form: FormFrame,
    labels: Labels,
    back: (String, String),
    title: String,
    address: String,
    version: String,
    told: Vec<String>,
    pull: PullNumber,
    head: String,
    can_accept: bool,
    accepting: String,
    /// The first environment, and what promoting there at once is called.
    first: Option<(String, String)>,
    is_accepted: bool,
    can_send_back: bool,
    whose_word: Option<String>,
    /// The dev instances to choose from.
    instances: Vec<String>,
    /// It has a preview, or waits for one.
    has_preview: bool,
}

/// Everything that can be done with a feature that is not in mainline yet.
pub async fn feature(
    State(board): State<Board>,
    opened: Opened,
    Path(path): Path<HashMap<String, String>>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    let scene = board.scene_of(&opened).await?;
    let number = path.get("number").and_then(|text| text.parse().ok()).map(PullNumber);
    let found = scene.open.iter().find(|one| Some(one.number) == number);
    let one = found.ok_or(Trouble::NothingHere)?;
    let title = format!("{} (#{})", one.title, one.number);
    let first = scene.stages.first().map(|first| &first.environment);
    let page = FeaturePage {
        frame: Frame::new(title.clone(), Some(&opened.visitor)),
        form: board.form_frame(&opened)?,
        labels: words::labels(),
        back: back(&opened),
        title,
        address: address::pull(&board.open()?.door.github_url, &opened.seen.name, one.number),
        version: words::version(&one.head),
        told: told(&scene, one, wanted.commit.as_deref()),
        pull: one.number,
        head: one.head.to_string(),
        can_accept: scene.acceptance && one.lane == Lane::Ready,
        accepting: words::accepting(&scene.mainline),
        first: first.map(|first: &EnvironmentName| (first.to_string(), words::accept_and_promote(first))),
        is_accepted: one.lane == Lane::Accepted,
        can_send_back: one.lane != Lane::InProgress,
        whose_word: words::whose_word_on_features(&scene.owners).filter(|_| one.lane != Lane::InProgress),
        has_preview: one.preview.is_some(),
        instances: scene.instances.clone(),
    };
    Ok(html(StatusCode::OK, &page))
}

fn told(scene: &Scene, one: &Open, came_from: Option<&str>) -> Vec<String> {
    let is_newer = came_from.is_some_and(|commit| commit != one.head.as_str());
    let newer = is_newer.then(words::newer_version);
    let checks = one.checks.as_ref().map(scene_words::checks);
    let preview = one.preview.as_ref().map(scene_words::preview);
    let accepted = one.accepted_by.as_ref();
    let accepted = accepted.map(|by| scene_words::accepted_by(by, &scene.mainline, one.checks.as_ref()));
    let waits = one
        .waits
        .iter()
        .map(|waits| scene_words::waits(waits, &scene.ready_label, &scene.mainline));
    let not_ready = (one.lane == Lane::InProgress).then(|| words::not_ready(&scene.ready_label));
    let told = newer.into_iter().chain(checks).chain(preview).chain(accepted);
    told.chain(waits).chain(not_ready).collect()
}
