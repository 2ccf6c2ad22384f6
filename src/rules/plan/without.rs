//! `/promote … without #n`: an environment gets a version of mainline as a whole, so only what landed last can be left out.
//! Whatever has something on top of it would have to be taken back out of mainline first, and that is said instead.

use std::collections::{BTreeMap, BTreeSet};

use super::super::id::{PullNumber, Sha};
use super::super::memory::{Feature, Origin};
use super::super::snapshot::{Between, Files, Need, Pull};
use super::super::stretch::{Cargo, Item};
use super::super::words;
use super::super::words::without::{Later, Remark, Stuck};
use super::promote::{self, Listing, Wish};
use super::request::Decision;
use super::{Draft, Pipeline};

/// Features whose files are compared with those of the one that is to be left out; each costs a question to GitHub.
const COMPARED_MAX: usize = 10;

/// Features that are named as a command to write instead.
const SUGGESTED_MAX: usize = 5;

/// Decides a promotion that is to leave these out. `wish` says how far it would go with them.
pub(super) fn decide(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    wish: &Wish<'_>,
    named: &[PullNumber],
) -> Option<Decision> {
    let environment = wish.stage.environment;
    let mainline = &pipeline.repository.default_branch;
    let within = wish.between.up_to(wish.commit);
    let carrying = draft.cargo(&within, mainline)?;
    let leaving = draft.cargo(&wish.between.after(wish.commit), mainline)?;
    let Sorted { unwanted, remarks } = sort(draft, pipeline, wish, &within, named)?;
    if unwanted.is_empty() || remarks.iter().any(Remark::is_in_the_way) {
        let text = words::without::nothing_to_leave_out(environment, &remarks, !carrying.is_empty());
        return Some(Decision::answer(text));
    }
    let commits: BTreeSet<Sha> = unwanted.values().flatten().cloned().collect();
    let last = within.last_without(&commits).map(|landing| landing.sha.clone());
    let left = match &last {
        Some(last) => draft.cargo(&within.after(last), mainline)?,
        None => carrying.clone(),
    };

    let others = unwanted.keys().fold(left.clone(), |left, number| left.without(*number));
    match last {
        Some(last) if others.is_empty() => {
            let listing = Listing::Without {
                left: unwanted.keys().copied().collect(),
                leaving: joined(left, leaving),
                remarks,
            };
            let wish = Wish { commit: &last, ..*wish };
            promote::weigh(draft, pipeline, &wish, &listing)
        }
        None if others.is_empty() => {
            let text = words::without::nothing_would_be_left(environment);
            Some(Decision::answer(text))
        }
        last => {
            let stuck = stuck(draft, &carrying, &others, &unwanted)?;
            let instead = last.and_then(|_| suggestion(&left));
            let text = words::without::stuck(&words::without::NotPossible {
                environment,
                mainline,
                html_url: &pipeline.repository.html_url,
                stuck: &stuck,
                instead: instead.as_deref(),
                remarks: &remarks,
            });
            Some(Decision::answer(text))
        }
    }
}

/// What was named, sorted into what would go and what would not go anyway.
struct Sorted {
    /// By which commits each is in the stretch.
    unwanted: BTreeMap<PullNumber, BTreeSet<Sha>>,
    remarks: Vec<Remark>,
}

fn sort(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    wish: &Wish<'_>,
    within: &Between,
    named: &[PullNumber],
) -> Option<Sorted> {
    for number in named {
        if !draft.snapshot.pulls.contains_key(number) {
            draft.need(Need::Pull(*number));
        }
    }
    let mut sorted = Sorted {
        unwanted: BTreeMap::new(),
        remarks: Vec::new(),
    };
    for number in named.iter().copied().collect::<BTreeSet<_>>() {
        let pull = draft.snapshot.pulls.get(&number)?.as_ref();
        let commits = commits_of(draft, wish.between, number, pull);
        let going: BTreeSet<Sha> = commits.iter().filter(|sha| within.holds(sha)).cloned().collect();
        if going.is_empty() {
            let remark = why_not_going(draft, pipeline, wish, number, pull, &commits)?;
            sorted.remarks.push(remark);
        } else {
            sorted.unwanted.insert(number, going);
        }
    }
    Some(sorted)
}

/// The commits of the stretch by which the feature came.
fn commits_of(draft: &Draft<'_>, between: &Between, number: PullNumber, pull: Option<&Pull>) -> BTreeSet<Sha> {
    let merged_as = pull.and_then(|pull| pull.merge_commit.as_ref());
    let origin = |sha: &Sha| {
        draft
            .snapshot
            .origins
            .get(sha)
            .or_else(|| draft.memory.origins.get(sha))
    };
    let is_its = |sha: &Sha| {
        let known = matches!(origin(sha), Some(Origin::Feature(feature)) if feature.number == number);
        known || merged_as == Some(sha)
    };
    let commits = between.commits.iter().map(|commit| &commit.sha);
    commits.filter(|sha| is_its(sha)).cloned().collect()
}

fn why_not_going(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    wish: &Wish<'_>,
    number: PullNumber,
    pull: Option<&Pull>,
    commits: &BTreeSet<Sha>,
) -> Option<Remark> {
    let Some(pull) = pull.filter(|pull| pull.base == pipeline.repository.default_branch) else {
        return Some(Remark::NoFeature(number));
    };
    if !pull.merged {
        return Some(Remark::NotMerged(number));
    }
    if !commits.is_empty() {
        return Some(Remark::LandedLater(number));
    }
    let Some(commit) = &pull.merge_commit else {
        return Some(Remark::Unclear(number));
    };
    Some(match promote::is_there(draft, wish.between, commit)? {
        true => Remark::AlreadyThere(number),
        false => Remark::NotOnStageBefore(number, wish.stage.from.clone()),
    })
}

fn joined(mut first: Cargo, second: Cargo) -> Cargo {
    first.items.extend(second.items);
    first.earlier += second.earlier;
    first
}

/// Those with something on top of them that was not to be left out, and what of that changes the same files.
fn stuck(
    draft: &mut Draft<'_>,
    carrying: &Cargo,
    others: &Cargo,
    unwanted: &BTreeMap<PullNumber, BTreeSet<Sha>>,
) -> Option<Vec<Stuck>> {
    let mut found = Vec::new();
    let mut to_compare = BTreeSet::new();
    let is_below = |number: &PullNumber| !on_top_of(carrying, *number, unwanted).is_empty();
    // What came in by one and the same merge lies in no order, and cannot be told apart either.
    let is_mixed = !unwanted.keys().any(is_below);
    for number in unwanted.keys() {
        let later = match is_mixed {
            true => others.items.clone(),
            false => on_top_of(carrying, *number, unwanted),
        };
        if later.is_empty() {
            continue;
        }
        to_compare.insert(*number);
        let features = later.iter().filter_map(|item| match item {
            Item::Feature(feature) => Some(feature.number),
            Item::Direct(_) => None,
        });
        to_compare.extend(features.take(COMPARED_MAX));
        found.push((*number, later));
    }
    for number in &to_compare {
        if !draft.snapshot.pull_files.contains_key(number) {
            draft.need(Need::PullFiles(*number));
        }
    }
    let files = &draft.snapshot.pull_files;
    if to_compare.iter().any(|number| !files.contains_key(number)) {
        return None;
    }
    let tell = |(number, later): (PullNumber, Vec<Item>)| Stuck {
        feature: named(draft, carrying, number),
        later: later.into_iter().map(|item| compared(files, number, item)).collect(),
    };
    Some(found.into_iter().map(tell).collect())
}

/// What landed later than this feature and was not to be left out itself, in the order it landed.
fn on_top_of(carrying: &Cargo, number: PullNumber, unwanted: &BTreeMap<PullNumber, BTreeSet<Sha>>) -> Vec<Item> {
    let is_it = |item: &Item| matches!(item, Item::Feature(feature) if feature.number == number);
    // One that is too far back to be told apart lies below everything that is.
    let after = carrying.items.iter().position(is_it).map_or(0, |at| at + 1);
    let stays = |item: &&Item| !matches!(item, Item::Feature(feature) if unwanted.contains_key(&feature.number));
    carrying.items[after..].iter().filter(stays).cloned().collect()
}

fn named(draft: &Draft<'_>, carrying: &Cargo, number: PullNumber) -> Feature {
    let listed = carrying.items.iter().find_map(|item| match item {
        Item::Feature(feature) if feature.number == number => Some(feature.clone()),
        _ => None,
    });
    listed.unwrap_or_else(|| {
        let pull = draft.snapshot.pulls.get(&number).and_then(Option::as_ref);
        Feature {
            number,
            title: pull.map(|pull| pull.title.clone()).unwrap_or_default(),
            author: pull
                .and_then(|pull| pull.author.as_ref())
                .map(|author| author.login.clone()),
            closes: Vec::new(),
        }
    })
}

fn compared(files: &BTreeMap<PullNumber, Files>, number: PullNumber, item: Item) -> Later {
    let shared = match &item {
        Item::Feature(feature) => match (files.get(&number), files.get(&feature.number)) {
            (Some(own), Some(other)) => own.shared_with(other),
            _ => None,
        },
        Item::Direct(_) => None,
    };
    Later { item, shared }
}

/// All that would stay behind, as it would have to be said; `None` where that cannot be said or would be too long.
fn suggestion(left: &Cargo) -> Option<Vec<PullNumber>> {
    let numbers: Option<Vec<PullNumber>> = left
        .items
        .iter()
        .map(|item| match item {
            Item::Feature(feature) => Some(feature.number),
            Item::Direct(_) => None,
        })
        .collect();
    numbers.filter(|numbers| left.earlier == 0 && numbers.len() <= SUGGESTED_MAX)
}
