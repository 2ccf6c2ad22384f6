//! What the clock has a say in: holds, the allowed times, and how long a commit has been on the stage before.

use jiff::Timestamp;

use super::super::config::next_allowed;
use super::super::gate::Clock;
use super::super::id::Sha;
use super::super::memory::{Change, Soaking};
use super::super::snapshot::Between;
use super::{Draft, Pipeline, Stage, running};

/// Tips that are remembered while they wait. More wait for an environment only if nobody promotes for long; then the newest
/// commits count from when room was made, which is later than the truth and never earlier.
const SEEN_MAX: usize = 500;

/// What stands in the way of this commit by the clock. Asks for nothing: what is not known counts from now.
pub(super) fn says(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    between: &Between,
    commit: &Sha,
) -> Clock {
    let environment = stage.environment;
    let (now, zone) = (draft.now, &pipeline.config.timezone);
    // A window that never comes keeps its gate closed: it is looked for again in a week.
    let allowed =
        next_allowed(&environment.windows, now, zone).unwrap_or(now + jiff::SignedDuration::from_hours(7 * 24));
    Clock {
        hold: draft.memory.holds.get(&environment.name).cloned(),
        held_back: draft
            .memory
            .outside
            .get(&environment.name)
            .and_then(|outside| outside.standing.held()),
        opens_at: (allowed > now).then_some(allowed),
        soaking: soaks_until(draft, pipeline, stage, between, commit)
            .filter(|(_, until)| until.is_none_or(|until| until > now)),
    }
}

/// The earliest moment at which a promotion could go, as far as the clock tells, from `now` and no sooner than `not_before`.
pub(super) fn first_chance(
    draft: &Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    clock: &Clock,
    not_before: Option<Timestamp>,
) -> Timestamp {
    let held_until = clock.hold.as_ref().map(|hold| hold.until);
    let soaked_at = clock.soaking.and_then(|(_, until)| until);
    let ready = [not_before, held_until, soaked_at].into_iter().flatten().max();
    let ready = ready.map_or(draft.now, |ready| ready.max(draft.now));
    next_allowed(&stage.environment.windows, ready, &pipeline.config.timezone).unwrap_or(ready)
}

fn soaks_until(
    draft: &Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: Stage<'_>,
    between: &Between,
    commit: &Sha,
) -> Option<(jiff::SignedDuration, Option<Timestamp>)> {
    let environment = stage.environment;
    let wanted = environment.soak?;
    if let Some(since) = running::since(draft, pipeline, stage, between, commit) {
        return Some((wanted, since.map(|since| since + wanted)));
    }
    let seen = draft
        .memory
        .soaking
        .get(&environment.name)
        .map(|soaking| soaking.seen.as_slice());
    let since = seen
        .unwrap_or_default()
        .iter()
        .find(|(tip, _)| between.contains(tip, commit));
    Some((wanted, Some(since.map_or(draft.now, |(_, since)| *since) + wanted)))
}

/// Remembers since when the stage before has had its commits, where the environment wants them to have been there for a while.
/// What left the stretch, because it was promoted or because the branch was rewritten, is forgotten.
pub(super) fn watch(draft: &mut Draft<'_>, stage: Stage<'_>, between: &Between) {
    let environment = &stage.environment.name;
    if stage.environment.soak.is_none() {
        return;
    }
    let known = draft.memory.soaking.get(environment);
    let mut seen: Vec<(Sha, Timestamp)> = known.map(|known| known.seen.clone()).unwrap_or_default();
    seen.retain(|(tip, _)| between.holds(tip));
    if between.holds(&between.head_at) && !seen.iter().any(|(tip, _)| *tip == between.head_at) && seen.len() < SEEN_MAX
    {
        seen.push((between.head_at.clone(), draft.now));
    }
    if known.is_none_or(|known| known.seen != seen) {
        let environment = environment.clone();
        draft.change(Change::Soaking(Soaking { environment, seen }));
    }
}
