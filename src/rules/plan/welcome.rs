//! A repository without a configuration: one pull request proposes one, and until it is merged nothing else happens.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::super::config::DEFAULTS_REPOSITORY;
use super::super::effect::{Effect, WELCOME_KEY};
use super::super::id::{BranchName, Sha};
use super::super::memory::Change;
use super::super::snapshot::{ConfigFile, Need, Range, Repository};
use super::super::welcome::{self, Standing, TRY_AGAIN_AFTER, Welcome};
use super::super::words::welcome as words;
use super::Draft;

/// A pull request whose sending was cut off may still appear in GitHub's list; only after this is it looked for.
const LATE_PULL_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// How a repository stands to its welcome.
pub(super) enum Stands {
    /// It has a configuration, or does without one: everything goes its way.
    SetUp,
    /// It is welcomed first, and nothing else is done.
    NotSetUp,
    /// That is being asked.
    Unknown,
}

/// Costs a request only as long as nothing is remembered of the repository.
pub(super) fn stands(draft: &mut Draft<'_>) -> Stands {
    if !draft.welcomes || welcome::is_in_use(&draft.memory) {
        return Stands::SetUp;
    }
    match draft.fact(draft.snapshot.config.as_ref(), || Need::Config) {
        None => Stands::Unknown,
        Some(ConfigFile::Absent { .. }) => Stands::NotSetUp,
        Some(ConfigFile::Valid { .. } | ConfigFile::Broken(_)) => Stands::SetUp,
    }
}

/// Whether it is known that there is no configuration yet.
pub(super) fn is_awaited(draft: &Draft<'_>) -> bool {
    let is_absent = matches!(draft.snapshot.config, Some(ConfigFile::Absent { .. }));
    draft.welcomes && is_absent && !welcome::is_in_use(&draft.memory)
}

/// Opens the pull request, or follows what becomes of it.
pub(super) fn keep(draft: &mut Draft<'_>) -> Option<()> {
    match draft.memory.welcome.clone() {
        Some(welcome) => follow(draft, welcome),
        None if is_due(draft) => open(draft),
        None => None,
    }
}

/// The first look, the sweep, and the first push to a repository that was empty; and what was begun.
fn is_due(draft: &Draft<'_>) -> bool {
    draft.heard.everything || !draft.heard.branches.is_empty() || draft.memory.unconfirmed.contains_key(WELCOME_KEY)
}

fn follow(draft: &mut Draft<'_>, welcome: Welcome) -> Option<()> {
    let Some(number) = welcome.standing.pull() else {
        let Standing::Refused { at, .. } = welcome.standing else {
            return None;
        };
        let is_over = draft.now >= at + TRY_AGAIN_AFTER && draft.heard.everything;
        return if is_over { open(draft) } else { None };
    };
    if !draft.heard.everything && !draft.heard.pulls.contains(&number) {
        return None;
    }
    // Who deletes the number's pull request cannot: GitHub keeps them. What is not there any more is left as it was known.
    let pull = draft.pull(number)??;
    remember(draft, Standing::of(pull), welcome.commit);
    Some(())
}

fn remember(draft: &mut Draft<'_>, standing: Standing, commit: Option<Sha>) {
    let welcome = Welcome { standing, commit };
    if draft.memory.welcome.as_ref() != Some(&welcome) {
        draft.change(Change::Welcome(welcome));
    }
}

fn open(draft: &mut Draft<'_>) -> Option<()> {
    let repository = draft.repository()?;
    if !is_welcome(repository) {
        forget(draft);
        return None;
    }
    if let Some(sent_at) = draft
        .memory
        .unconfirmed
        .get(WELCOME_KEY)
        .and_then(|begun| begun.sent_at)
        && draft.now < sent_at + LATE_PULL_WAIT
    {
        draft.look_again_at(sent_at + LATE_PULL_WAIT);
        return None;
    }
    let mainline = &repository.default_branch;
    let tip = draft.fact(draft.snapshot.heads.get(mainline), || Need::Head(mainline.clone()));
    let known = draft.fact(draft.snapshot.welcome_pull.as_ref(), || Need::WelcomePull);
    let (tip, known) = (tip?, known?);
    if let Some(pull) = known {
        forget(draft);
        remember(draft, Standing::of(pull), None);
        return Some(());
    }
    // An empty repository waits for its first commit.
    let Some(tip) = &tip.value else { return None };
    let found = draft.fact(draft.snapshot.surroundings.get(mainline), || {
        Need::Surroundings(mainline.clone())
    })?;
    // A delivery that anybody may have forged can name a repository that the App was never given.
    let Some(found) = found else {
        forget(draft);
        return None;
    };
    let stages = welcome::stages(&found.branches, mainline);
    let branches: Vec<BranchName> = stages.taken.into_iter().map(|one| one.branch).collect();
    let apart = apart(draft, mainline, &branches)?;
    let file = welcome::proposed(repository, found, apart);
    draft.effect(Effect::OpenWelcome {
        base: mainline.clone(),
        on: tip.clone(),
        message: words::commit_message().to_owned(),
        title: words::title().to_owned(),
        body: words::body(repository, found, &file),
        file: file.text,
        at: draft.now,
    });
    Some(())
}

/// Nobody is asked in a copy of another repository; and what stands in the repository of an organisation's defaults holds for all
/// of its repositories.
fn is_welcome(repository: &Repository) -> bool {
    let name = &repository.name.name;
    !repository.fork && !name.eq_ignore_ascii_case(DEFAULTS_REPOSITORY)
}

fn forget(draft: &mut Draft<'_>) {
    if draft.memory.unconfirmed.contains_key(WELCOME_KEY) {
        let effect = WELCOME_KEY.to_owned();
        draft.change(Change::Forget { effect });
    }
}

/// The branches that have commits which the stage before them has not; `None` while that is being asked.
fn apart(draft: &mut Draft<'_>, mainline: &BranchName, branches: &[BranchName]) -> Option<BTreeSet<BranchName>> {
    let mut apart = Some(BTreeSet::new());
    let before = std::iter::once(mainline).chain(branches);
    for (branch, from) in branches.iter().zip(before) {
        match (draft.range(branch, from), &mut apart) {
            (None, _) => apart = None,
            (Some(Range::Between(between)), Some(apart)) if between.behind_by > 0 => {
                apart.insert(branch.clone());
            }
            _ => {}
        }
    }
    apart
}
