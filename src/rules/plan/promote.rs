//! What a `/promote` means: which commit was shown to who asked, whether it may go at all, and what it would take along.

use jiff::Timestamp;

use super::super::authority::{Act, Verdict as May, Why};
use super::super::command::Named;
use super::super::config;
use super::super::gate::{self, Facts, Gate};
use super::super::id::{BranchName, EnvironmentName, PullNumber, Sha};
use super::super::memory::{Armed, Entry, EntryKind, Progress, Request};
use super::super::snapshot::{Between, ConfigFile, Need, Pull, Range};
use super::super::stretch::Cargo;
use super::super::when;
use super::super::words;
use super::super::words::without::Remark;
use super::request::{self, Decision};
use super::{Draft, Pipeline, Stage, accept, board, clock, course, last_look, offer, running, taken_back, without};

/// What a `/promote` means.
enum Target {
    /// The commit that the promotion pull request showed when it was said.
    Shown(Sha),
    /// Everything up to and including this merged feature.
    Feature(PullNumber, Sha),
    /// Everything up to and including this commit, as a page of the board listed it.
    Listed(Sha),
}

impl Target {
    fn listing(&self) -> Listing {
        match self {
            Self::Shown(_) => Listing::Shown,
            Self::Feature(number, _) => Listing::UpTo(*number),
            Self::Listed(_) => Listing::OnBoard(Vec::new()),
        }
    }
}

/// A `/promote` as it was written: the request, which of its commands, and what it says.
#[derive(Clone, Copy)]
pub(super) struct Asked<'r> {
    pub request: &'r Request,
    pub command: usize,
    pub environment: &'r EnvironmentName,
    /// When, as it was written; at once if `None`.
    pub at: Option<&'r str>,
    /// What is to stay behind.
    pub without: &'r [PullNumber],
    pub dry_run: bool,
}

/// Decides a `/promote`: an answer at once, or a promotion that waits for its gates.
pub(super) fn decide(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, asked: Asked<'_>) -> Option<Decision> {
    let request = asked.request;
    let Some(stage) = pipeline.stage(asked.environment) else {
        return Some(Decision::answer(no_stage(draft, pipeline, asked.environment)));
    };
    let refused = match request::verdict(
        draft,
        &request.asked_by,
        Act::Promote(&stage.environment.name),
        pipeline,
    )? {
        May::Refused(why) => Some(why),
        _ => None,
    };
    if let (Some(why), false) = (&refused, asked.dry_run) {
        let text = words::answer::not_allowed(&stage.environment.name, why);
        return Some(refuse(request, stage, None, text, &[]));
    }
    let not_before = match asked.at {
        None => None,
        Some(text) => match when::read(text, request.asked_at, &pipeline.config.timezone) {
            Ok(at) => Some(at),
            Err(unclear) => {
                let text = words::when::asked_back(text, &unclear, &pipeline.config);
                return Some(Decision::answer(text));
            }
        },
    };
    if let Some(decision) = accept::by_promotion(draft, pipeline, asked, stage)? {
        return Some(decision);
    }
    let target = match target(draft, pipeline, request, stage)? {
        Ok(target) => target,
        Err(text) => return Some(Decision::answer(text)),
    };
    let between = match draft.range(&stage.environment.branch, stage.from)? {
        Range::Between(between) => between,
        Range::Missing { branch } => return Some(Decision::answer(words::answer::branch_missing(branch))),
        Range::TooLong { commits } => {
            let text = words::answer::too_far_apart(stage.environment, stage.from, *commits);
            return Some(Decision::answer(text));
        }
    };
    let landing = match &target {
        Target::Shown(commit) => commit.clone(),
        Target::Listed(commit) if !between.holds(commit) => commit.clone(),
        // What was taken back by a commit on top goes on with what brings it back.
        Target::Feature(number, commit) if !between.holds(commit) => {
            let returns = between.returns_by(*number, &draft.origins()).cloned();
            course::landing_of(between, returns.as_ref().unwrap_or(commit))
        }
        Target::Feature(_, commit) | Target::Listed(commit) => course::landing_of(between, commit),
    };
    let commit = &landing;
    if !between.holds(commit) && is_there(draft, between, commit)? {
        if let Target::Feature(number, _) = target
            && let Some(text) = taken_back::is_away(draft, pipeline, stage, between, number)?
        {
            return Some(refuse(request, stage, Some(commit), text, &[]));
        }
        return Some(Decision::answer(words::answer::already_there(stage.environment)));
    }
    if let (Target::Feature(number, _), false) = (&target, between.holds(commit)) {
        let before = pipeline
            .stages()
            .into_iter()
            .find(|before| before.environment.branch == *stage.from);
        let before = before.map(|before| before.environment);
        let text = words::answer::not_on_stage_before(*number, stage.environment, before, stage.from);
        return Some(refuse(request, stage, Some(commit), text, &[]));
    }
    if let Some(decision) = board::moved_since_listed(draft, pipeline, request, stage, between)? {
        return Some(decision);
    }
    let wish = Wish {
        request,
        command: asked.command,
        stage,
        between,
        commit,
        not_before,
        refused: refused.as_ref(),
        dry_run: asked.dry_run,
    };
    if !asked.without.is_empty() {
        return without::decide(draft, pipeline, &wish, asked.without);
    }
    let listing = match board::listed_from(request) {
        Some(_) => Listing::OnBoard(board::again(request).to_vec()),
        None => target.listing(),
    };
    weigh(draft, pipeline, &wish, &listing)
}

/// A promotion of one commit, before it is known whether it may go.
#[derive(Clone, Copy)]
pub(super) struct Wish<'w> {
    pub request: &'w Request,
    pub command: usize,
    pub stage: Stage<'w>,
    pub between: &'w Between,
    pub commit: &'w Sha,
    pub not_before: Option<Timestamp>,
    pub refused: Option<&'w Why>,
    pub dry_run: bool,
}

/// What the person knows of what would go, and so whether a further word is needed.
#[derive(Clone, Debug)]
pub(super) enum Listing {
    /// The promotion pull request showed all of it.
    Shown,
    /// Everything up to and including this feature: others are to be listed first.
    UpTo(PullNumber),
    /// Some of what was shown is to stay behind: what would go without it is to be listed first.
    Without {
        left: Vec<PullNumber>,
        /// All that would stay behind, what landed later included.
        leaving: Cargo,
        remarks: Vec<Remark>,
    },
    /// Listed once, and the environment has moved since: to be listed again.
    Again,
    /// The page of the board listed just this, and these were named as what is to come again.
    OnBoard(Vec<Named>),
    /// Some of it was taken back before: it is to be listed, for a word that names it.
    TakenBack,
    /// Just this was listed and confirmed, and these were named.
    Confirmed(Vec<Named>),
}

impl Listing {
    fn without(&self) -> &[PullNumber] {
        match self {
            Self::Without { left, .. } => left,
            Self::Shown | Self::OnBoard(_) | Self::UpTo(_) | Self::Again | Self::TakenBack | Self::Confirmed(_) => &[],
        }
    }
}

/// Passes the wish through the gates: refused, offered with a list, or armed.
pub(super) fn weigh(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    wish: &Wish<'_>,
    listing: &Listing,
) -> Option<Decision> {
    let Wish {
        stage, between, commit, ..
    } = *wish;
    if draft.memory.is_about_to_go_back(&stage.environment.name) && !wish.dry_run {
        let text = words::rollback::goes_back_first(&stage.environment.name);
        return Some(refuse(wish.request, stage, Some(commit), text, &[]));
    }
    let mainline = &pipeline.repository.default_branch;
    let carrying = draft.cargo(&between.up_to(commit), mainline)?;
    let leaving = draft.cargo(&between.after(commit), mainline)?;
    if let Some(text) = taken_back::not_any_more(stage, &carrying, &leaving) {
        return Some(refuse(wish.request, stage, Some(commit), text, &[]));
    }
    let own = course::own(draft, pipeline, stage, between)?;
    clock::watch(draft, stage, between);
    let clock = clock::says(draft, pipeline, stage, between, commit);
    let first_chance = clock::first_chance(draft, pipeline, stage, &clock, wish.not_before);
    let runs = running::before(draft, pipeline, stage, between, commit);
    let mut facts = Facts {
        refused: wish.refused,
        from: stage.from,
        branch: &stage.environment.branch,
        between,
        commit,
        checks: None,
        runs: &runs,
        clock: &clock,
        own: &own,
    };
    let is_to_be_listed = match listing {
        Listing::Shown | Listing::OnBoard(_) | Listing::Confirmed(_) => false,
        Listing::UpTo(number) => !carrying.without(*number).is_empty(),
        Listing::Without { .. } | Listing::Again | Listing::TakenBack => true,
    };
    let again = taken_back::among(draft, &stage.environment.name, &carrying);
    let mut again = taken_back::items(&again);
    if let Listing::OnBoard(named) = listing {
        again.retain(|item| !taken_back::is_named(item, named));
    }
    if wish.dry_run {
        let verdict = last_look::judged(draft, pipeline, stage, commit)?;
        facts.checks = Some(&verdict);
        let text = words::promotion::forecast(&words::promotion::Forecast {
            environment: stage.environment,
            carrying: &carrying,
            leaving: &leaving,
            gates: &gate::gates(&facts),
            from: (first_chance > draft.now).then_some(first_chance),
            without: listing.without(),
            again: &again,
            to_be_confirmed: is_to_be_listed || !again.is_empty(),
            config: &pipeline.config,
        });
        return Some(Decision::answer(text));
    }
    let gates = gate::gates(&facts);
    if let Some(reason) = gate::first_shut(&gates) {
        let text = words::promotion::shut(stage.environment, reason, &pipeline.config);
        return Some(refuse(wish.request, stage, Some(commit), text, &gates));
    }
    if let Listing::Confirmed(named) = listing
        && let Some(text) = taken_back::not_as_listed(&stage.environment.name, &again, named, &carrying)
    {
        return Some(Decision::answer(text));
    }
    if !again.is_empty() && !matches!(listing, Listing::Confirmed(_)) {
        return Some(offer::offered(draft, pipeline, wish, &Listing::TakenBack, &carrying));
    }
    if is_to_be_listed {
        return Some(offer::offered(draft, pipeline, wish, listing, &carrying));
    }
    Some(Decision::Arm(Armed {
        environment: stage.environment.name.clone(),
        commit: commit.clone(),
        asked_by: wish.request.asked_by.clone(),
        request: wish.request.id,
        command: wish.command,
        armed_at: draft.now,
        // What the clock keeps it waiting for does not count.
        expires_at: first_chance + pipeline.config.armed_for,
        not_before: wish.not_before,
        look_at: None,
        carrying,
        leaving,
        as_listed: !matches!(listing, Listing::Shown),
        progress: Progress::Waiting,
    }))
}

/// Where no file names the environments, an environment of the usual name lacks nothing but its branch.
fn no_stage(draft: &Draft<'_>, pipeline: &Pipeline<'_>, name: &EnvironmentName) -> String {
    let is_named = match &draft.snapshot.config {
        Some(ConfigFile::Valid { config, .. }) => !config.environments.is_empty(),
        _ => false,
    };
    let usual = config::DEFAULT_ENVIRONMENTS
        .into_iter()
        .find(|usual| name.as_str().eq_ignore_ascii_case(usual));
    match usual {
        Some(usual) if !is_named => words::answer::branch_missing(&BranchName::from(usual)),
        _ => words::answer::unknown_environment(name, &pipeline.config),
    }
}

pub(super) fn refuse(
    request: &Request,
    stage: Stage<'_>,
    commit: Option<&Sha>,
    text: String,
    gates: &[Gate],
) -> Decision {
    let why = text.lines().next().unwrap_or_default().to_owned();
    let entry = Entry {
        environment: Some(stage.environment.name.clone()),
        after: commit.cloned(),
        gates: gate::lines(gates),
        ..request::about(request, EntryKind::Refused, why)
    };
    Decision::Answer {
        text,
        entry: Some(entry),
    }
}

/// Which commit is meant, or what to answer instead.
fn target(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    request: &Request,
    stage: Stage<'_>,
) -> Option<Result<Target, String>> {
    if let Some(commit) = board::listed_to(request) {
        return Some(Ok(Target::Listed(commit.clone())));
    }
    let Some(pull) = draft.pull(request.pull)? else {
        return Some(Err(words::answer::not_a_pull_request()));
    };
    if is_promotion_pull(pipeline, stage, pull) {
        let shown = shown(draft, pull.number, stage, request.asked_at);
        return Some(
            shown
                .map(Target::Shown)
                .ok_or_else(|| words::answer::nothing_shown_yet(stage.environment)),
        );
    }
    let other = pipeline
        .stages()
        .into_iter()
        .find(|other| is_promotion_pull(pipeline, *other, pull));
    if let Some(other) = other {
        let right = draft.memory.gaps.get(&stage.environment.name).and_then(|gap| gap.pull);
        return Some(Err(words::answer::other_promotion_pull(
            other.environment,
            stage.environment,
            right,
        )));
    }
    if pull.base != pipeline.repository.default_branch {
        return Some(Err(words::answer::outside_the_pipeline(
            pull,
            &pipeline.repository.default_branch,
        )));
    }
    Some(match (&pull.merge_commit, pull.merged, pull.open) {
        (Some(commit), true, _) => Ok(Target::Feature(pull.number, commit.clone())),
        (None, true, _) => Err(words::answer::merge_commit_unknown()),
        (_, false, true) => Err(words::answer::not_in_mainline_yet(stage.environment)),
        (_, false, false) => Err(words::answer::closed_without_merge()),
    })
}

/// Whether the pull request is the one from the stage before into this environment.
pub(super) fn is_promotion_pull(pipeline: &Pipeline<'_>, stage: Stage<'_>, pull: &Pull) -> bool {
    pull.head_repo == Some(pipeline.repository.id) && pull.head == *stage.from && pull.base == stage.environment.branch
}

/// The newest showing at or before the comment's own GitHub time.
fn shown(draft: &Draft<'_>, pull: PullNumber, stage: Stage<'_>, asked_at: Timestamp) -> Option<Sha> {
    let of_this = draft
        .memory
        .shown
        .iter()
        .filter(|shown| shown.pull == pull && shown.environment == stage.environment.name && shown.at <= asked_at);
    // Equal times are common, because GitHub counts in whole seconds: the later record is the later writing.
    of_this.max_by_key(|shown| shown.at).map(|shown| shown.commit.clone())
}

/// Whether the environment has the commit already.
pub(super) fn is_there(draft: &mut Draft<'_>, between: &Between, commit: &Sha) -> Option<bool> {
    let (ancestor, descendant) = (commit.clone(), between.base_at.clone());
    if ancestor == descendant {
        return Some(true);
    }
    let found = draft
        .snapshot
        .contains
        .get(&(ancestor.clone(), descendant.clone()))
        .copied();
    draft.fact(found, || Need::Contains { ancestor, descendant })
}
