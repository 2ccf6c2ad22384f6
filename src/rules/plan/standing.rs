//! The standing promotion pull request of each environment that is behind: opened, kept true, and closed when nothing is left.

use jiff::{SignedDuration, Timestamp};

use super::super::effect::Effect;
use super::super::id::{BranchName, Sha};
use super::super::memory::{Change, Entry, EntryKind, Gap, Shown};
use super::super::snapshot::{Between, Need, Pull, Range};
use super::super::words::deployment as deployment_words;
use super::super::words::hold as hold_words;
use super::super::words::outside as outside_words;
use super::super::words::standing as words;
use super::super::words::taken_back as taken_back_words;
use super::{Draft, Pipeline, Stage, clock, course, deploy, hold, outside, running, taken_back};

/// GitHub calls a pull request merged some time after its head became reachable. After this it is closed instead.
const MERGED_LATE_WAIT: SignedDuration = SignedDuration::from_secs(60);

/// GitHub may tell of a push before its own answers show it; seconds are usual. What takes longer, the sweep mends.
const SHOWN_LATE_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// Brings the promotion pull requests up to date, of those environments that something happened to.
pub(super) fn keep(draft: &mut Draft<'_>) {
    remind(draft);
    if !anything_happened(draft) {
        return;
    }
    // A broken file shuts the gates and is told in answers; the pull requests stay as they are.
    let Some(Ok(pipeline)) = draft.pipeline() else { return };
    forget_waits(draft, &pipeline);
    for stage in pipeline.stages() {
        if concerns(draft, stage) {
            keep_one(draft, &pipeline, stage);
        }
    }
}

fn remind(draft: &mut Draft<'_>) {
    let outside = draft.memory.outside.values();
    let unexplained: Vec<_> = outside.filter_map(|found| found.unexplained.clone()).collect();
    for (_, since) in unexplained {
        draft.look_again_at(since + outside::SHOWN_LATE_WAIT);
    }
    let waits: Vec<_> = draft.memory.gaps.values().filter_map(|gap| gap.empty_since).collect();
    let again: Vec<_> = draft.memory.gaps.values().filter_map(|gap| gap.look_again).collect();
    for at in waits.into_iter().map(|since| since + MERGED_LATE_WAIT).chain(again) {
        draft.look_again_at(at);
    }
}

/// An environment that left the configuration has nothing to be closed any more.
fn forget_waits(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>) {
    let stages = pipeline.stages();
    let is_left = |gap: &&Gap| stages.iter().all(|stage| stage.environment.name != gap.environment);
    let waits = draft
        .memory
        .gaps
        .values()
        .filter(|gap| gap.empty_since.is_some() || gap.look_again.is_some());
    for gap in waits.filter(is_left).cloned().collect::<Vec<_>>() {
        draft.change(Change::Gap(Gap {
            empty_since: None,
            look_again: None,
            ..gap
        }));
    }
}

/// Known without a single request: most news of a repository is about other branches.
fn anything_happened(draft: &Draft<'_>) -> bool {
    let heard = draft.heard;
    let known = |branch: &BranchName| {
        matches!(branch.as_str(), "staging" | "production")
            || draft
                .memory
                .gaps
                .values()
                .any(|gap| gap.base == *branch || gap.head == *branch)
    };
    // What this look has begun it finishes, although the gap of one environment may be remembered before that of another.
    let begun = !draft.snapshot.promotion_pulls.is_empty();
    begun
        || draft.memory.gaps.is_empty() && !heard.branches.is_empty()
        || heard.everything
        || !draft.snapshot.moved.is_empty()
        || heard.branches.keys().any(known)
        || draft.memory.gaps.values().any(|gap| is_touched(draft, gap))
}

fn is_touched(draft: &Draft<'_>, gap: &Gap) -> bool {
    let heard = |branch: &BranchName| draft.heard.branches.get(branch);
    let pushed =
        |branch: &BranchName, known_at: &Option<_>| heard(branch).is_some_and(|at| at.is_none() || at != known_at);
    pushed(&gap.base, &gap.base_at)
        || pushed(&gap.head, &gap.head_at)
        || gap.pull.is_some_and(|pull| draft.heard.pulls.contains(&pull))
        || gap.hold != hold::notice(draft, &gap.environment)
        || gap.under_way != running::at_stage_before(draft, &gap.head)
        || gap.waits != draft.memory.armed.contains_key(&gap.environment)
        || gap
            .empty_since
            .is_some_and(|since| draft.now >= since + MERGED_LATE_WAIT)
        || gap.look_again.is_some_and(|at| draft.now >= at)
        || outside::is_due(draft, &gap.environment)
}

fn concerns(draft: &Draft<'_>, stage: Stage<'_>) -> bool {
    let Some(gap) = draft.memory.gaps.get(&stage.environment.name) else {
        return true;
    };
    let other_branches = gap.base != stage.environment.branch || gap.head != *stage.from;
    let moved = draft.snapshot.moved.contains(&gap.base) || draft.snapshot.moved.contains(&gap.head);
    draft.heard.everything || other_branches || moved || is_touched(draft, gap)
}

fn keep_one(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, stage: Stage<'_>) -> Option<()> {
    let (base, head) = (&stage.environment.branch, stage.from);
    let range = draft.range(base, head)?;
    let found = draft.snapshot.promotion_pulls.get(&(head.clone(), base.clone()));
    let pull = draft.fact(found, || Need::PromotionPull {
        head: head.clone(),
        base: base.clone(),
    })?;
    if let Range::Between(between) = range {
        clock::watch(draft, stage, between);
        outside::watch(draft, pipeline, stage, between)?;
        outside::carry_out(draft, pipeline, stage);
        taken_back::watch(draft, &stage.environment.name, &between.base_at)?;
        deploy::follow(draft, stage);
    }
    let gap = Gap {
        hold: hold::notice(draft, &stage.environment.name),
        waits: draft.memory.armed.contains_key(&stage.environment.name),
        under_way: running::at_stage_before(draft, stage.from),
        ..seen(draft, stage, range, pull.as_ref())
    };
    match range {
        Range::Between(between) if !between.commits.is_empty() => {
            show(draft, pipeline, stage, between, pull.as_ref(), gap)
        }
        Range::Between(_) => {
            empty(draft, stage, pull.as_ref(), gap);
            Some(())
        }
        Range::Missing { .. } | Range::TooLong { .. } => {
            remember(draft, gap);
            Some(())
        }
    }
}

fn seen(draft: &mut Draft<'_>, stage: Stage<'_>, range: &Range, pull: Option<&Pull>) -> Gap {
    let (base_at, head_at) = match range {
        Range::Between(between) => (Some(between.base_at.clone()), Some(between.head_at.clone())),
        Range::Missing { .. } | Range::TooLong { .. } => (None, None),
    };
    let look_again = look_again(draft, stage, &base_at, &head_at);
    Gap {
        environment: stage.environment.name.clone(),
        base: stage.environment.branch.clone(),
        head: stage.from.clone(),
        base_at,
        head_at,
        pull: pull.map(|pull| pull.number),
        hold: None,
        waits: false,
        under_way: None,
        empty_since: None,
        look_again,
    }
}

/// When GitHub's answer is not what it told of. It may be late, or the branch has gone on since; one more look tells.
fn look_again(
    draft: &mut Draft<'_>,
    stage: Stage<'_>,
    base_at: &Option<Sha>,
    head_at: &Option<Sha>,
) -> Option<Timestamp> {
    let told_otherwise = |branch: &BranchName, at: &Option<Sha>| {
        let told = draft.heard.branches.get(branch);
        told.is_some_and(|told| told.is_some() && told != at)
    };
    // A move of our own in this look is known better than it was heard.
    if !draft.snapshot.moved.is_empty()
        || !told_otherwise(&stage.environment.branch, base_at) && !told_otherwise(stage.from, head_at)
    {
        return None;
    }
    let known = draft.memory.gaps.get(&stage.environment.name);
    let at = known
        .and_then(|known| known.look_again)
        .filter(|at| *at > draft.now)
        .unwrap_or(draft.now + SHOWN_LATE_WAIT);
    draft.look_again_at(at);
    Some(at)
}

fn show(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    between: &Between,
    pull: Option<&Pull>,
    gap: Gap,
) -> Option<()> {
    let cargo = draft.cargo(between, &pipeline.repository.default_branch)?;
    let environment = stage.environment;
    let again = taken_back::among(draft, &environment.name, &cargo);
    let title = words::title(environment, &cargo);
    let hold = draft.memory.holds.get(&environment.name);
    let held = hold.map(|hold| hold_words::standing(hold, &pipeline.config));
    let own = course::own(draft, pipeline, stage, between)?;
    let mainline = &pipeline.repository.default_branch;
    let came = outside_words::standing(environment, stage.from, mainline, &own.standing);
    let running = running::at_stage_before(draft, stage.from).map(|under_way| deployment_words::standing(&under_way));
    let told: Vec<String> = held.into_iter().chain(came).chain(running).collect();
    let apart = (!again.is_empty()).then(|| taken_back_words::apart(&environment.name, &again, &pipeline.config));
    let on_top = taken_back::on_top(draft, &environment.name);
    let away = on_top
        .iter()
        .map(|mark| taken_back_words::standing(&environment.name, mark, &pipeline.config));
    let apart: Vec<String> = apart.into_iter().chain(away).collect();
    let in_the_way = words::in_the_way(environment, stage.from, &own);
    let section = words::section(
        environment,
        stage.from,
        &pipeline.repository.html_url,
        between,
        &cargo,
        &words::State {
            told: &told,
            apart: (!apart.is_empty()).then(|| apart.join("\n\n")).as_deref(),
            taken_back: &taken_back::items(&again),
            in_the_way: in_the_way.as_deref(),
            held: hold::is_held(draft, &environment.name),
            waits: draft.memory.armed.contains_key(&environment.name),
        },
    );
    let Some(pull) = pull else {
        if was_closed_by_a_person(draft, &gap)? {
            remember(draft, gap);
            return Some(());
        }
        draft.effect(Effect::OpenPromotionPull {
            environment: environment.name.clone(),
            head: stage.from.clone(),
            base: environment.branch.clone(),
            title,
            body: section.whole,
            shows: between.head_at.clone(),
        });
        return Some(());
    };
    let body = words::described(&pull.body, &environment.name, &section);
    let new_title = (pull.ours && pull.title != title).then_some(title);
    if new_title.is_some() || body != words::unix_lines(&pull.body) {
        draft.effect(Effect::EditPromotionPull {
            environment: environment.name.clone(),
            pull: pull.number,
            title: new_title,
            body,
            shows: between.head_at.clone(),
        });
        return Some(());
    }
    remember_showing(draft, stage, between, pull);
    remember(draft, gap);
    Some(())
}

/// The page says just what we would write, but we do not remember having written it: it counts from its last change on.
fn remember_showing(draft: &mut Draft<'_>, stage: Stage<'_>, between: &Between, pull: &Pull) {
    let environment = &stage.environment.name;
    let last = draft
        .memory
        .shown
        .iter()
        .rfind(|shown| shown.pull == pull.number && shown.environment == *environment);
    if last.is_none_or(|shown| shown.commit != between.head_at) {
        let commit = between.head_at.clone();
        let shown = Shown {
            environment: environment.clone(),
            pull: pull.number,
            commit,
            at: pull.updated_at,
        };
        draft.change(Change::Shown(shown));
    }
}

/// Nothing has happened since it was open, so somebody closed it: it comes back with the next change, not before.
/// Unless GitHub closed it itself, as merged: it does so some time after a move, when the page may show more already.
fn was_closed_by_a_person(draft: &mut Draft<'_>, gap: &Gap) -> Option<bool> {
    let Some(known) = draft.memory.gaps.get(&gap.environment) else {
        return Some(false);
    };
    // Of other branches, as where one was renamed, GitHub closed it itself.
    if known.base_at != gap.base_at || known.head_at != gap.head_at || known.base != gap.base || known.head != gap.head
    {
        return Some(false);
    }
    let Some(number) = known.pull else { return Some(true) };
    let pull = draft.fact(draft.snapshot.pulls.get(&number), || Need::Pull(number))?;
    Some(pull.as_ref().is_none_or(|pull| !pull.merged))
}

fn empty(draft: &mut Draft<'_>, stage: Stage<'_>, pull: Option<&Pull>, gap: Gap) {
    let Some(pull) = pull else { return remember(draft, gap) };
    let known = draft.memory.gaps.get(&gap.environment);
    let since = known.and_then(|known| known.empty_since).unwrap_or(draft.now);
    remember(
        draft,
        Gap {
            empty_since: Some(since),
            ..gap
        },
    );
    draft.look_again_at(since + MERGED_LATE_WAIT);
    if draft.now >= since + MERGED_LATE_WAIT {
        let ways_back = draft.memory.ways_back.values();
        let mut taken_back = ways_back.filter(|known| !known.taken_back.is_empty());
        let gaps = &draft.memory.gaps;
        let is_before = taken_back.any(|known| gaps.get(&known.environment).is_some_and(|gap| gap.base == *stage.from));
        let section = words::nothing_left(stage.environment, stage.from, is_before);
        let body = words::with_section(&pull.body, &stage.environment.name, &section);
        let environment = stage.environment.name.clone();
        draft.effect(Effect::ClosePromotionPull {
            environment,
            pull: pull.number,
            body,
        });
    }
}

fn remember(draft: &mut Draft<'_>, gap: Gap) {
    outside::shown(draft, &gap.environment);
    let known = draft.memory.gaps.get(&gap.environment).cloned();
    if known.as_ref() == Some(&gap) {
        return;
    }
    let before = known.and_then(|known| known.base_at);
    if before.is_some() && before != gap.base_at {
        draft.change(Change::Ledger(environment_moved(&gap, before)));
    }
    draft.change(Change::Gap(gap));
}

fn environment_moved(gap: &Gap, before: Option<Sha>) -> Entry {
    Entry {
        kind: EntryKind::EnvironmentMoved,
        who: None,
        pull: gap.pull,
        request: None,
        environment: Some(gap.environment.clone()),
        before,
        after: gap.base_at.clone(),
        why: "the environment's branch was seen at another commit than before".to_owned(),
        gates: Vec::new(),
        features: Vec::new(),
    }
}
