//! What a look has seen, put into the scene of the look before. It decides nothing and wishes for nothing.

use std::collections::BTreeSet;

use super::super::checks::{State, Verdict};
use super::super::config::{Config, Owner};
use super::super::feature::{Card, NotReady, Ready, Stand};
use super::super::id::{EnvironmentName, PullNumber, Sha};
use super::super::memory::Origin;
use super::super::preview::{Deployed, View};
use super::super::scene::{
    CHECKS_NAMED_MAX, Checks, Held, Here, Landed, Lane, Load, Open, Preview, Scene, Stage as Seen, Waiting, Waits, Way,
    What, WhyHeld,
};
use super::super::snapshot::{Need, Pull, Range, Repository};
use super::super::stay::{How, Stay};
use super::super::welcome::Standing;
use super::super::words;
use super::super::words::plain::plain;
use super::super::{deployment, outside};
use super::{Draft, Look, Pipeline, Stage, feature, preview, taken_back, welcome};

/// Pull requests that are read one by one; of more, all open ones are listed, a hundred in one answer.
const READ_SINGLY_MAX: usize = 5;

/// Names of dev instances that a page offers to choose from.
const INSTANCES_MAX: usize = 100;

/// What is to be seen after a look.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sight {
    /// What has to be read before it is whole: pull requests that somebody did something to and that nothing else asked for.
    pub needs: BTreeSet<Need>,
    /// The new scene; `None` while it is as it was, or nobody knows the pipeline yet.
    pub scene: Option<Scene>,
}

/// What there is to see, at the end of a look whose plan is finished.
pub fn sight(look: &Look<'_>) -> Sight {
    if look.snapshot.withheld.is_some() {
        return Sight::default();
    }
    let mut draft = Draft::new(*look);
    let known = draft.memory.scene.clone();
    let at_hand = look.snapshot.repository.is_some() && look.snapshot.config.is_some();
    if let (true, Some(repository)) = (welcome::is_awaited(&draft), &look.snapshot.repository) {
        return not_set_up(&draft, repository);
    }
    let pipeline = if at_hand { draft.pipeline() } else { None };
    let mut scene = match (&known, &look.snapshot.repository) {
        (Some(known), _) => known.as_ref().clone(),
        (None, Some(repository)) if pipeline.is_some() || repository.archived => {
            Scene::new(repository.default_branch.clone())
        }
        (None, _) => return Sight::default(),
    };
    scene.archived = look
        .snapshot
        .repository
        .as_ref()
        .map_or(scene.archived, |found| found.archived);
    let first = known.is_none();
    match &pipeline {
        Some(Ok(pipeline)) => {
            frame(&mut scene, pipeline);
            never_ready(&draft, &mut scene);
            made_ready(&mut draft, pipeline, &mut scene);
            stages(&mut draft, pipeline, &mut scene, first);
        }
        Some(Err(_)) => scene.broken = true,
        None => never_ready(&draft, &mut scene),
    }
    for stage in &mut scene.stages {
        remembered(&draft, stage);
    }
    Sight {
        needs: unread(&draft, &scene),
        scene: (known.as_deref() != Some(&scene)).then_some(scene),
    }
}

/// Nothing but that it is to be set up.
fn not_set_up(draft: &Draft<'_>, repository: &Repository) -> Sight {
    let welcome = draft.memory.welcome.as_ref();
    let scene = Scene {
        not_set_up: true,
        welcome: welcome.and_then(|welcome| match welcome.standing {
            Standing::Open { pull } => Some(pull),
            _ => None,
        }),
        ..Scene::new(repository.default_branch.clone())
    };
    Sight {
        needs: BTreeSet::new(),
        scene: (draft.memory.scene.as_deref() != Some(&scene)).then_some(scene),
    }
}

/// Pull requests that may be features in progress: nobody reads those otherwise.
fn unread(draft: &Draft<'_>, scene: &Scene) -> BTreeSet<Need> {
    let memory = &draft.memory;
    let is_promotion = |number: &PullNumber| {
        memory.gaps.values().any(|gap| gap.pull == Some(*number)) || memory.shown.iter().any(|one| one.pull == *number)
    };
    let listed = draft.snapshot.open_pulls.get(&scene.mainline);
    let is_listed = |number: &PullNumber| listed.is_some_and(|listed| listed.iter().any(|pull| pull.number == *number));
    let heard = draft.heard.pulls.iter().filter(|number| {
        !draft.snapshot.pulls.contains_key(number)
            && !memory.cards.contains_key(number)
            && !is_promotion(number)
            && !is_listed(number)
    });
    let single: BTreeSet<Need> = heard.map(|number| Need::Pull(*number)).collect();
    match single.len() > READ_SINGLY_MAX {
        true => BTreeSet::from([Need::OpenPulls(scene.mainline.clone())]),
        false => single,
    }
}

fn frame(scene: &mut Scene, pipeline: &Pipeline<'_>) {
    let config = &pipeline.config;
    let mainline = &pipeline.repository.default_branch;
    if scene.mainline != *mainline {
        // Its open features are of another branch.
        scene.open.clear();
    }
    scene.mainline.clone_from(mainline);
    scene.timezone = config.timezone.iana_name().unwrap_or("UTC").to_owned();
    scene.ready_label = config.ready_label().to_owned();
    scene.acceptance = config.needs_acceptance();
    scene.owners = in_words(&config.owners);
    let names = config.previews.iter().take(INSTANCES_MAX);
    scene.instances = names.map(|preview| preview.name.clone()).collect();
    (scene.broken, scene.not_set_up, scene.welcome) = (false, false, None);
}

fn in_words(owners: &[Owner]) -> String {
    plain(&words::owners(owners)).join(" ")
}

/// Features in progress. Which branch they lead into is all that has to be known of the pipeline.
fn never_ready(draft: &Draft<'_>, scene: &mut Scene) {
    let snapshot = draft.snapshot;
    if let Some(listed) = snapshot.open_pulls.get(&scene.mainline) {
        let numbers: BTreeSet<PullNumber> = listed.iter().map(|pull| pull.number).collect();
        scene.open.retain(|one| numbers.contains(&one.number));
        scene.unlisted = 0;
        listed.iter().for_each(|pull| without_card(draft, scene, pull));
    }
    for number in &draft.heard.pulls {
        match snapshot.pulls.get(number) {
            Some(Some(pull)) => without_card(draft, scene, pull),
            Some(None) => scene.remove(*number),
            None => {}
        }
    }
}

/// Features with a card.
fn made_ready(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, scene: &mut Scene) {
    if !feature::anything_happened(draft) {
        return;
    }
    for number in feature::to_look_at(draft, pipeline) {
        with_card(draft, pipeline, scene, number);
    }
}

/// A pull request that was never made ready.
fn without_card(draft: &Draft<'_>, scene: &mut Scene, pull: &Pull) {
    if draft.memory.cards.contains_key(&pull.number) {
        return;
    }
    if !pull.open || pull.base != scene.mainline {
        return scene.remove(pull.number);
    }
    let mut one = open(pull, Lane::InProgress);
    one.waits.push(Waits::Label);
    scene.put(one, draft.now);
}

fn with_card(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, scene: &mut Scene, number: PullNumber) -> Option<()> {
    let snapshot = draft.snapshot;
    let card = draft.memory.cards.get(&number).cloned()?;
    let Some(pull) = snapshot.pulls.get(&number)? else {
        scene.remove(number);
        return None;
    };
    let stand = feature::stand(draft, pipeline, &card, pull)?;
    match &stand {
        Stand::InProgress(not_ready) => {
            let mut one = open(pull, Lane::InProgress);
            one.waits.push(not_ready_because(&card, not_ready));
            scene.put(one, draft.now);
        }
        Stand::Ready(ready) => {
            let label = (number, pipeline.config.ready_label().to_owned());
            let labelled = snapshot.labellers.get(&label).and_then(|found| found.as_ref());
            let view = preview::view(draft, pipeline, pull, &stand);
            let mut one = is_ready(pull, &card, ready, view.as_ref());
            if one.lane == Lane::Ready {
                one.since = labelled.map(|labelled| labelled.at);
            }
            scene.put(one, draft.now);
        }
        Stand::InMainline { .. } | Stand::Closed | Stand::Elsewhere => scene.remove(number),
    }
    Some(())
}

fn open(pull: &Pull, lane: Lane) -> Open {
    Open {
        number: pull.number,
        title: pull.title.clone(),
        author: pull.author.clone(),
        opened_at: pull.opened_at,
        head: pull.head_sha.clone(),
        lane,
        since: None,
        waits: if pull.draft { vec![Waits::Draft] } else { Vec::new() },
        checks: None,
        preview: None,
        accepted_by: None,
    }
}

fn not_ready_because(card: &Card, not_ready: &NotReady) -> Waits {
    match (not_ready, &card.rejection) {
        (NotReady::SentBack, Some(rejection)) => Waits::SentBack {
            by: rejection.by.login.clone(),
            why: rejection.why.clone(),
        },
        (NotReady::LabelledBy { who, .. }, _) => Waits::LabelOf(who.as_ref().map(|who| who.login.clone())),
        (NotReady::NoLabel | NotReady::SentBack, _) => Waits::Label,
    }
}

fn is_ready(pull: &Pull, card: &Card, ready: &Ready, view: Option<&View>) -> Open {
    let accepted = card.accepted(&pull.head_sha);
    let mut one = open(
        pull,
        if accepted.is_some() {
            Lane::Accepted
        } else {
            Lane::Ready
        },
    );
    one.accepted_by = accepted.map(|accepted| accepted.by.login.clone());
    one.checks = Some(in_numbers(&ready.checks));
    one.preview = view.and_then(shown);
    if ready.conflict {
        one.waits.push(Waits::Conflict);
    }
    if ready.fork {
        one.waits.push(Waits::Fork);
    }
    if let (Some(ended), None) = (&card.ended, accepted) {
        one.waits.push(Waits::AcceptedBefore(ended.accepted_by.login.clone()));
    }
    if let Some((_, refusal)) = card
        .merge_refused
        .as_ref()
        .filter(|_| ready.checks.state == State::Green)
    {
        let why = plain(&words::feature::why_not_merged(refusal)).join(" ");
        one.waits.push(Waits::NotMerged(why));
    }
    one
}

fn in_numbers(verdict: &Verdict) -> Checks {
    let named = |state: State| {
        let of_it = verdict.items.iter().filter(|item| item.state() == state);
        of_it.take(CHECKS_NAMED_MAX).map(|item| item.name.clone()).collect()
    };
    Checks {
        passed: verdict.passed,
        total: verdict.total,
        failed: named(State::Red),
        waiting: named(State::Waiting),
        green: verdict.state == State::Green,
    }
}

fn shown(view: &View) -> Option<Preview> {
    Some(match view {
        View::Shown {
            on, since, deployed, ..
        } => Preview::On {
            instance: on.name.clone(),
            url: on.url.clone(),
            since: *since,
            under_way: match deployed {
                None => false,
                Some(Deployed::Stands { state, .. }) => *state != deployment::State::Success,
                Some(Deployed::NotYet) => true,
            },
        },
        View::Coming { on } => Preview::Coming {
            instance: on.name.clone(),
        },
        View::Stuck { on, .. } => Preview::Stuck {
            instance: on.name.clone(),
        },
        View::Waits { before, .. } => Preview::Waits { before: before.len() },
        View::Resting(_) | View::Fork { .. } => return None,
    })
}

fn stages(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, scene: &mut Scene, first: bool) {
    let before = std::mem::take(&mut scene.stages);
    for stage in pipeline.stages() {
        let known = before.iter().find(|seen| {
            seen.environment == stage.environment.name
                && seen.branch == stage.environment.branch
                && seen.from == *stage.from
        });
        scene.stages.push(one_stage(draft, pipeline, stage, known));
    }
    let Some(last) = scene.stages.last().cloned().filter(|_| !first) else {
        return;
    };
    match before.iter().find(|seen| seen.environment == last.environment) {
        Some(was) => scene.arrived(was, &last, draft.now),
        None => scene.arrivals.clear(),
    }
}

fn one_stage(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, stage: Stage<'_>, known: Option<&Seen>) -> Seen {
    let (environment, branch) = (&stage.environment.name, &stage.environment.branch);
    let mut seen = known.cloned().unwrap_or_else(|| Seen {
        environment: environment.clone(),
        branch: branch.clone(),
        from: stage.from.clone(),
        url: None,
        owners: String::new(),
        at: None,
        shows: None,
        way: Way::Unknown,
        here: None,
        runs_still: None,
        held: None,
        armed: None,
        pull: None,
        own: 0,
        told: Vec::new(),
    });
    seen.url.clone_from(&stage.environment.url);
    seen.owners = in_words(pipeline.config.owners_of(environment));
    match draft.snapshot.ranges.get(&(branch.clone(), stage.from.clone())) {
        None => {}
        Some(Range::Missing { .. }) => seen.way = Way::NoBranch,
        Some(Range::TooLong { commits }) => seen.way = Way::TooFar { commits: *commits },
        Some(Range::Between(between)) => {
            if let Ok(cargo) = between.cargo(&draft.origins()) {
                let again = taken_back::items(&taken_back::among(draft, environment, &cargo));
                let items = cargo.items.iter().map(|item| Landed {
                    what: What::from(item),
                    since: None,
                    taken_back: again.iter().any(|one| one.is_same(item)),
                });
                let load = Load {
                    items: items.collect(),
                    earlier: cargo.earlier,
                    takes_away: cargo.takes_away.iter().map(What::from).collect(),
                };
                seen.way = Way::Known(load.first_seen(&seen.way, draft.now));
                seen.at = Some(between.base_at.clone());
                seen.shows = Some(between.head_at.clone());
                seen.own = between.behind_by;
            }
        }
    }
    remembered(draft, &mut seen);
    seen.told = told(draft, pipeline, stage);
    seen
}

/// What memory alone tells of an environment.
fn remembered(draft: &Draft<'_>, seen: &mut Seen) {
    let memory = &draft.memory;
    let environment = seen.environment.clone();
    seen.pull = memory.gaps.get(&environment).and_then(|gap| gap.pull);
    seen.held = held(draft, &environment);
    let armed = memory.armed.get(&environment).filter(|armed| !armed.has_moved());
    seen.armed = armed.map(|armed| {
        let request = memory.requests.get(&armed.request);
        let answer = request.and_then(|request| request.answers.get(armed.command));
        let said = answer.map(|answer| plain(&answer.text)).unwrap_or_default();
        let before = seen.armed.as_ref().map(|before| before.said.clone());
        Waiting {
            by: armed.asked_by.login.clone(),
            commit: armed.commit.clone(),
            request: armed.request,
            since: armed.armed_at,
            not_before: armed.not_before,
            until: armed.expires_at,
            said: said.into_iter().next().or(before).unwrap_or_default(),
        }
    });
    let Some(stays) = memory.stays.get(&environment) else {
        return;
    };
    let (here, runs) = (stays.newest(), stays.stays.iter().rev().find(|stay| stay.has_run()));
    let runs_still = runs.filter(|stay| Some(stay.mark()) != here.map(Stay::mark));
    seen.runs_still = runs_still.map(|stay| (stay.commit.clone(), stay.moved_at));
    let before = seen.here.take();
    seen.here = here.map(|stay| Here {
        commit: stay.commit.clone(),
        known_as: known_as(draft, &stay.commit).or_else(|| {
            let before = before.as_ref().filter(|before| before.commit == stay.commit);
            before.and_then(|before| before.known_as.clone())
        }),
        moved_at: stay.moved_at,
        moved_by: stay.moved_by.clone(),
        state: stay.state.clone(),
    });
}

/// The feature by which a commit came.
fn known_as(draft: &Draft<'_>, commit: &Sha) -> Option<What> {
    let origin = draft.memory.origins.get(commit);
    match origin.or_else(|| draft.snapshot.origins.get(commit))? {
        Origin::Feature(feature) => Some(What::Feature {
            number: feature.number,
            title: feature.title.clone(),
            author: feature.author.clone(),
        }),
        Origin::Direct | Origin::Revert(_) => None,
    }
}

fn held(draft: &Draft<'_>, environment: &EnvironmentName) -> Option<Held> {
    if let Some(hold) = draft.memory.holds.get(environment) {
        let why = match hold.after {
            Some(_) => WhyHeld::TakenBack,
            None => WhyHeld::Asked,
        };
        return Some(Held {
            why,
            by: Some(hold.held_by.login.clone()),
            until: Some(hold.until),
            because: hold.because.clone(),
        });
    }
    let (why, by) = match draft.memory.outside.get(environment)?.standing.held()? {
        outside::Held::ByHotfix(_) => (WhyHeld::ChangedDirectly, None),
        outside::Held::ByMerge(merged) => (WhyHeld::MergedByHand, merged.by.map(|by| by.login)),
        outside::Held::ByChecker(_) => (WhyHeld::Unexplained, None),
    };
    Some(Held {
        why,
        by,
        until: None,
        because: None,
    })
}

/// The sentences that `/status` has for it, beside those that a page says in a way of its own.
fn told(draft: &Draft<'_>, pipeline: &Pipeline<'_>, stage: Stage<'_>) -> Vec<String> {
    let (environment, config): (_, &Config) = (&stage.environment.name, &pipeline.config);
    let memory = &draft.memory;
    let offers = memory.offers.values();
    let offers = offers.filter(|offer| offer.is_open() && offer.environment() == environment);
    let mut told: Vec<String> = offers.map(words::offer::standing).collect();
    // That something is on its way is said where it is said what runs; only what somebody has to do about is said once more.
    let under_way = memory.stays.get(environment).and_then(|stays| stays.under_way());
    let under_way = under_way.filter(|found| matches!(found.how, How::Unreadable | How::Failed { .. }));
    told.extend(under_way.as_ref().map(words::deployment::standing));
    if let Some(way_back) = memory.ways_back.get(environment) {
        let marks = way_back.taken_back.iter();
        told.extend(marks.map(|mark| words::taken_back::standing(environment, mark, config)));
    }
    let mainline = &pipeline.repository.default_branch;
    let outside = memory.outside.get(environment);
    told.extend(
        outside.and_then(|found| words::outside::standing(stage.environment, stage.from, mainline, &found.standing)),
    );
    told.iter().flat_map(|text| plain(text)).collect()
}
