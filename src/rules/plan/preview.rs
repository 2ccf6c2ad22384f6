//! Shows features on dev instances: who asks, who gets one, and that its branch is where the feature is.
//!
//! U1 A branch is set by compare and swap on where it was read to be, and only from a commit that is lost to nobody: the one
//!    that we put there, a feature's head, or one that mainline has.
//! U2 What is handed out is on disk before a branch is set for it; whatever crashes, the next look finds who has what.
//! U3 A feature's branch is read before it is shown, so nobody is shown who has gone in the meantime.

mod ask;
mod deployed;
mod idle;

pub(super) use ask::{ask, free, pool};

use super::super::config::Preview;
use super::super::effect::Effect;
use super::super::feature::{Ready, Stand};
use super::super::id::{BranchName, PullNumber, Sha};
use super::super::memory::{Change, Entry, EntryKind};
use super::super::preview::{self, Ground, Held, Idle, Instances, Resting, Shows, Step, Trouble, View, Wish};
use super::super::snapshot::{Need, Pull};
use super::{Draft, Pipeline, feature};

/// Brings the previews in line with the features. Without previews in the configuration it asks for nothing.
pub(super) fn advance(draft: &mut Draft<'_>) {
    let is_ground = |branch: &BranchName| draft.memory.grounds.contains_key(branch);
    let is_touched = draft.heard.branches.keys().any(is_ground);
    let is_due = idle::is_due(draft) || is_touched || deployed::is_left_behind(draft);
    if !is_due && !feature::anything_happened(draft) {
        return;
    }
    let Some(Ok(pipeline)) = draft.pipeline() else { return };
    let has_any = !pipeline.config.previews.is_empty() || !draft.memory.previews.is_empty();
    if !has_any && !deployed::is_left_behind(draft) {
        return;
    }
    let earlier = draft.memory.previews.clone();
    if follow_features(draft, &pipeline).is_none() {
        return;
    }
    for instance in &pipeline.config.previews {
        look_at_trouble(draft, &pipeline, instance);
    }
    idle::advance(draft, &pipeline);
    hand_out(draft, &pipeline);
    for wish in draft.memory.previews.clone().into_values() {
        show(draft, &pipeline, wish);
    }
    deployed::keep(draft, &pipeline);
    tell_the_queue(draft, &earlier);
}

/// Whether this feature's preview is a reason to look at it.
pub(super) fn is_due(draft: &Draft<'_>, pull: PullNumber) -> bool {
    draft.memory.previews.get(&pull).is_some_and(|wish| {
        let trouble = wish.has.as_ref().and_then(|held| trouble(draft, &held.branch));
        wish.to_tell || (wish.is_behind() && trouble.is_none()) || is_moved_by_others(draft, wish)
    }) || deployed::is_due(draft, pull)
}

/// The card says how it stands.
pub(super) fn told(draft: &mut Draft<'_>, pull: PullNumber) {
    if let Some(wish) = draft.memory.previews.get(&pull).filter(|wish| wish.to_tell) {
        let wish = Wish {
            to_tell: false,
            ..wish.clone()
        };
        draft.change(Change::Preview(wish));
    }
}

pub(super) fn view(draft: &Draft<'_>, pipeline: &Pipeline<'_>, pull: &Pull, stand: &Stand) -> Option<View> {
    let Stand::Ready(ready) = stand else { return None };
    let config = &pipeline.config;
    let memory = &draft.memory;
    let known = preview::view(&config.previews, &memory.previews, &memory.grounds, pull.number);
    let allowed = config.preview_forks && pull.head_repo.is_some();
    known.or_else(|| (ready.fork && !config.previews.is_empty()).then_some(View::Fork { allowed }))
}

fn trouble<'d>(draft: &'d Draft<'_>, branch: &BranchName) -> Option<&'d Trouble> {
    draft.memory.grounds.get(branch)?.trouble.as_ref()
}

fn is_moved_by_others(draft: &Draft<'_>, wish: &Wish) -> bool {
    wish.has.as_ref().is_some_and(|held| {
        let heard = draft.heard.branches.get(&held.branch);
        let shown = held.shows.as_ref().map(|shows| &shows.commit);
        heard.is_some_and(|at| at.as_ref() != shown) && !draft.snapshot.moved.contains(&held.branch)
    })
}

/// `None` while facts are being asked for.
fn follow_features(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>) -> Option<()> {
    if pipeline.config.previews.is_empty() {
        for pull in draft.memory.previews.keys().copied().collect::<Vec<_>>() {
            end(draft, pull);
        }
        return Some(());
    }
    for number in feature::to_look_at(draft, pipeline) {
        let Some(card) = draft.memory.cards.get(&number).cloned() else {
            continue;
        };
        let found = draft.snapshot.pulls.get(&number);
        let Some(pull) = draft.fact(found, || Need::Pull(number))? else {
            end(draft, number);
            continue;
        };
        match feature::stand(draft, pipeline, &card, pull)? {
            Stand::Ready(ready) if may_be_shown(draft, pipeline, pull, &ready) => follow(draft, pipeline, pull),
            _ => end(draft, number),
        }
    }
    Some(())
}

/// What is in a copy of the repository was not written by people of this one, and an instance would run it.
/// So it takes a word for each version.
fn may_be_shown(draft: &Draft<'_>, pipeline: &Pipeline<'_>, pull: &Pull, ready: &Ready) -> bool {
    let wish = draft.memory.previews.get(&pull.number);
    let is_asked_for = wish.is_some_and(|wish| wish.only.as_ref() == Some(&pull.head_sha));
    !ready.fork || (pipeline.config.preview_forks && pull.head_repo.is_some() && is_asked_for)
}

fn follow(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, pull: &Pull) {
    let label = pipeline.config.ready_label().to_owned();
    let labelled = draft.snapshot.labellers.get(&(pull.number, label));
    let labelled_at = labelled.and_then(|found| found.as_ref()).map(|found| found.at);
    let known = draft.memory.previews.get(&pull.number);
    let next = match known {
        Some(wish) if wish.head == pull.head_sha => return,
        Some(wish) => {
            let mut wish = wish.clone();
            wish.to_tell |= wish.idle.warned_at.is_some();
            if wish.resting == Some(Resting::Idle) {
                wish.ask(None, (draft.now, draft.now));
            }
            Wish {
                head: pull.head_sha.clone(),
                idle: Idle::since(draft.now),
                ..wish
            }
        }
        None => {
            let asked_at = (draft.now, labelled_at.unwrap_or(draft.now));
            Wish::new(pull.number, pull.head_sha.clone(), asked_at)
        }
    };
    draft.change(Change::Preview(next));
    // What GitHub refused for an earlier version may do for this one.
    for instance in &pipeline.config.previews {
        if matches!(trouble(draft, &instance.branch), Some(Trouble::Refused(_))) {
            set_trouble(draft, &instance.branch, None);
        }
    }
}

/// It is not to be shown any more.
fn end(draft: &mut Draft<'_>, pull: PullNumber) {
    if let Some(wish) = draft.memory.previews.get(&pull).cloned() {
        if let Some(held) = &wish.has {
            tell_ledger(
                draft,
                EntryKind::PreviewFreed,
                pull,
                format!("{} is free again", held.instance),
            );
        }
        deployed::is_over(draft, &wish);
        draft.change(Change::Unpreview(pull));
    }
}

fn tell_ledger(draft: &mut Draft<'_>, kind: EntryKind, pull: PullNumber, why: String) {
    draft.change(Change::Ledger(Entry {
        kind,
        who: None,
        pull: Some(pull),
        request: None,
        environment: None,
        before: None,
        after: None,
        why,
        gates: Vec::new(),
        features: Vec::new(),
    }));
}

/// An instance in trouble is looked at again when something happened to its branch, and with every sweep.
fn look_at_trouble(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, instance: &Preview) -> Option<()> {
    let branch = &instance.branch;
    let trouble = trouble(draft, branch)?.clone();
    let heard = draft.heard;
    let is_mainline_news = heard.branches.contains_key(&pipeline.repository.default_branch);
    if !heard.everything && !heard.branches.contains_key(branch) && !is_mainline_news {
        return Some(());
    }
    let is_over = match &trouble {
        Trouble::Foreign { at } => {
            let read = draft.snapshot.heads.get(branch);
            let now = draft.fact(read, || Need::Head(branch.clone()))?.value.clone();
            now.as_ref() != Some(at) || may_take(draft, pipeline, branch, at)?
        }
        Trouble::Refused(_) => {
            let begins = format!("set-branch:{branch}:");
            !draft.snapshot.refused.iter().any(|key| key.starts_with(&begins))
        }
    };
    if is_over {
        set_trouble(draft, branch, None);
    }
    Some(())
}

fn set_trouble(draft: &mut Draft<'_>, branch: &BranchName, trouble: Option<Trouble>) {
    let known = draft.memory.grounds.get(branch).cloned();
    let ground = known.unwrap_or_else(|| Ground::new(branch.clone()));
    if ground.trouble == trouble {
        return;
    }
    draft.change(Change::Ground(Ground { trouble, ..ground }));
    let concerned: Vec<Wish> = draft.memory.previews.values().cloned().collect();
    for wish in concerned {
        let is_there = wish.has.as_ref().is_some_and(|held| held.branch == *branch);
        if (is_there || wish.waits()) && !wish.to_tell {
            draft.change(Change::Preview(Wish { to_tell: true, ..wish }));
        }
    }
}

pub(super) fn hand_out(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>) {
    let previews = &pipeline.config.previews;
    let in_trouble = previews.iter().filter(|one| trouble(draft, &one.branch).is_some());
    let instances = Instances {
        closed: in_trouble.map(|one| one.name.clone()).collect(),
        names: previews.iter().map(|one| one.name.clone()).collect(),
    };
    // Whoever waits for one that is not there any more takes any.
    let is_gone = |wish: &&Wish| {
        wish.named
            .as_ref()
            .is_some_and(|named| !instances.names.contains(named))
    };
    for wish in draft
        .memory
        .previews
        .values()
        .filter(is_gone)
        .cloned()
        .collect::<Vec<_>>()
    {
        draft.change(Change::Preview(Wish { named: None, ..wish }));
    }
    for step in preview::allot(&instances, &draft.memory.previews) {
        let (pull, has) = match step {
            Step::Free(pull) => (pull, None),
            Step::Give(pull, name) => (pull, previews.iter().find(|one| one.name == name)),
        };
        let Some(wish) = draft.memory.previews.get(&pull).cloned() else {
            continue;
        };
        match (&wish.has, has) {
            (Some(held), None) => {
                let why = format!("{} is free again", held.instance);
                tell_ledger(draft, EntryKind::PreviewFreed, pull, why);
            }
            (_, Some(one)) => tell_ledger(
                draft,
                EntryKind::PreviewGiven,
                pull,
                format!("it is given {}", one.name),
            ),
            (None, None) => {}
        }
        deployed::is_over(draft, &wish);
        let has = has.map(|one| Held {
            instance: one.name.clone(),
            branch: one.branch.clone(),
            shows: None,
        });
        draft.change(Change::Preview(Wish {
            has,
            to_tell: true,
            idle: Idle::since(draft.now),
            ..wish
        }));
    }
}

/// Sets the branch of an instance to what it is to show. `None` while facts are being asked for.
fn show(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, wish: Wish) -> Option<()> {
    let held = wish.has.clone()?;
    let instance = pipeline.config.previews.iter().find(|one| one.name == held.instance)?;
    let branch = &instance.branch;
    if held.branch != *branch {
        let held = Held {
            branch: branch.clone(),
            shows: None,
            ..held
        };
        draft.change(Change::Preview(Wish {
            has: Some(held),
            to_tell: true,
            ..wish
        }));
        return Some(());
    }
    let is_worth_a_look = wish.is_behind() || draft.heard.everything || is_moved_by_others(draft, &wish);
    if !is_worth_a_look || trouble(draft, branch).is_some() {
        return Some(());
    }
    let found = draft.snapshot.pulls.get(&wish.pull);
    let pull = draft.fact(found, || Need::Pull(wish.pull))?.as_ref()?;
    if !pull.open || pull.head_sha != wish.head {
        // What became of it is found out at the next step.
        return Some(());
    }
    let put = draft.memory.grounds.get(branch).and_then(|ground| ground.put.as_ref());
    let is_put = put == Some(&wish.head) && draft.snapshot.moved.contains(branch);
    if is_put {
        return confirm(draft, wish, held);
    }
    let read = draft.snapshot.heads.get(branch);
    let at = draft.fact(read, || Need::Head(branch.clone()))?.value.clone();
    if at.as_ref() == Some(&wish.head) {
        return confirm(draft, wish, held);
    }
    if let Some(at) = &at
        && !may_take(draft, pipeline, branch, at)?
    {
        set_trouble(draft, branch, Some(Trouble::Foreign { at: at.clone() }));
        return Some(());
    }
    if !draft.memory.grounds.contains_key(branch) {
        draft.change(Change::Ground(Ground::new(branch.clone())));
    }
    draft.effect(Effect::SetBranch {
        branch: branch.clone(),
        before: at,
        to: wish.head,
        force: true,
    });
    Some(())
}

/// GitHub has it there.
fn confirm(draft: &mut Draft<'_>, wish: Wish, held: Held) -> Option<()> {
    let known = draft.memory.grounds.get(&held.branch).cloned();
    let mut ground = known.clone().unwrap_or_else(|| Ground::new(held.branch.clone()));
    ground.trouble = None;
    // Somebody else may have put it there, and it may be nowhere else then.
    if is_sent(draft, &held.branch, &wish.head) {
        ground.put = Some(wish.head.clone());
    }
    if known.as_ref() != Some(&ground) {
        draft.change(Change::Ground(ground));
    }
    let is_of_branch = |effect: &Effect| matches!(effect, Effect::SetBranch { branch, .. } if *branch == held.branch);
    let begun = draft.memory.unconfirmed.iter();
    let over = begun.filter(|(_, begun)| is_of_branch(&begun.effect));
    for effect in over.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
        draft.change(Change::Forget { effect });
    }
    let is_known = held.shows.as_ref().is_some_and(|shows| shows.commit == wish.head);
    if !is_known {
        deployed::is_over(draft, &wish);
        let since = held.shows.as_ref().map_or(draft.now, |shows| shows.since);
        let shows = Some(Shows::new(wish.head.clone(), since, draft.now));
        draft.change(Change::Preview(Wish {
            has: Some(Held { shows, ..held }),
            to_tell: true,
            ..wish
        }));
    }
    Some(())
}

/// Whether we sent it there, and a crash or a lost answer lies behind that.
fn is_sent(draft: &Draft<'_>, branch: &BranchName, to: &Sha) -> bool {
    let begun = draft.memory.unconfirmed.get(&Effect::set_branch_key(branch, to));
    begun.is_some_and(|begun| begun.sent_at.is_some())
}

/// Whether nothing of anybody's is lost when this branch leaves `at`.
fn may_take(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, branch: &BranchName, at: &Sha) -> Option<bool> {
    let memory = &draft.memory;
    let is_put = memory
        .grounds
        .get(branch)
        .is_some_and(|ground| ground.put.as_ref() == Some(at));
    if is_put || is_sent(draft, branch, at) {
        return Some(true);
    }
    let mainline = &pipeline.repository.default_branch;
    let read = draft.snapshot.heads.get(mainline);
    let tip = draft.fact(read, || Need::Head(mainline.clone()))?.value.clone();
    if let Some(tip) = tip {
        let pair = (at.clone(), tip);
        let found = draft.snapshot.contains.get(&pair).copied();
        let is_in_mainline = draft.fact(found, || Need::Contains {
            ancestor: pair.0.clone(),
            descendant: pair.1.clone(),
        })?;
        if is_in_mainline {
            return Some(true);
        }
    }
    // Whoever pushed it, it is kept by the pull request that has it; by one from the instance's own branch it is not.
    let pulls = draft.fact(draft.snapshot.pulls_of.get(at), || Need::PullsOf(at.clone()))?;
    Some(pulls.iter().any(|pull| pull.head != *branch))
}

/// Whoever comes before whom is on the cards, so they are written anew when that changes.
fn tell_the_queue(draft: &mut Draft<'_>, earlier: &std::collections::BTreeMap<PullNumber, Wish>) {
    let waiting: Vec<Wish> = draft
        .memory
        .previews
        .values()
        .filter(|wish| wish.waits())
        .cloned()
        .collect();
    for wish in waiting {
        let now = preview::before(&wish, &draft.memory.previews);
        let was = earlier.get(&wish.pull).map(|wish| preview::before(wish, earlier));
        if was.as_ref() != Some(&now) && !wish.to_tell {
            draft.change(Change::Preview(Wish { to_tell: true, ..wish }));
        }
    }
}
