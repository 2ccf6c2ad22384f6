//! What `/status` tells those who maintain the repository besides: whether all is there that Greenlight needs in it.
//!
//! Everything is asked for at once, and only for them. What may not be read is told as that, and never as fine.

use super::super::authority::{Act, Verdict};
use super::super::config::{MergeMethod, Owner};
use super::super::id::BranchName;
use super::super::memory::Request;
use super::super::snapshot::{ConfigFile, Found, Need, Range};
use super::super::soundness::{
    Grant, Known, OwnerSeen, Part, RepositoryFacts, RuleSeen, StageFacts, named_owners, never_seen,
};
use super::super::words::{self, soundness::unread};
use super::request::verdict;
use super::{Draft, Pipeline, Stage};

/// Owners that are asked about for one reply; each costs a request.
const OWNERS_MAX: usize = 20;

/// The section; `None` inside for everybody else.
pub(super) fn tell(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>, request: &Request) -> Option<Option<String>> {
    if verdict(draft, &request.asked_by, Act::Examine, pipeline)? != Verdict::Allowed {
        return Some(None);
    }
    let seen = &draft.snapshot.soundness;
    let grant = draft.fact(seen.grant.as_ref(), || Need::Soundness(Part::Grant));
    let owners = owners(draft, pipeline);
    let grant = grant.map(known);
    let mut stages = Some(Vec::new());
    for stage in pipeline.stages() {
        let facts = of_stage(draft, pipeline, &stage, grant.as_ref());
        stages = stages.zip(facts).map(|(mut stages, facts)| {
            stages.push(facts);
            stages
        });
    }
    let repository = pipeline.repository;
    let facts = RepositoryFacts {
        name: repository.name.to_string(),
        is_installed: true,
        is_archived: repository.archived,
        configuration: Ok(!matches!(draft.snapshot.config, Some(ConfigFile::Absent { .. }))),
        owners: owners?,
        stages: stages?,
        merge_methods: repository.merge_methods.iter().map(|method| method.as_str()).collect(),
        merge_method: pipeline.config.merge_method.map(MergeMethod::as_str),
    };
    let mut found = words::soundness::of_grant(&grant?, &repository.name.owner);
    found.extend(words::soundness::of_repository(&facts));
    if named_owners(&pipeline.config).len() > OWNERS_MAX {
        found.push(words::soundness::too_many_owners(OWNERS_MAX));
    }
    Some(Some(words::soundness::section(&found)))
}

fn known<T: Clone>(found: &Found<T>) -> Known<T> {
    match found {
        Found::It(it) => Ok(it.clone()),
        Found::Missing | Found::Unreadable(_) => Err(unread(found).unwrap_or_default()),
    }
}

fn owners(draft: &mut Draft<'_>, pipeline: &Pipeline<'_>) -> Option<Vec<OwnerSeen>> {
    let mut all = Some(Vec::new());
    for owner in named_owners(&pipeline.config).into_iter().take(OWNERS_MAX) {
        let seen = &draft.snapshot.soundness;
        let one = match owner {
            Owner::Login(login) => {
                let is_there = seen.accounts.get(login.as_str()).copied();
                let is_there = draft.fact(is_there, || Need::Soundness(Part::Account(login.as_str().to_owned())));
                is_there.map(|is_there| OwnerSeen {
                    name: login.as_str().to_owned(),
                    is_team: false,
                    is_known: Ok(is_there),
                })
            }
            Owner::Team(team) => {
                let found = draft.fact(seen.teams.get(team), || Need::Soundness(Part::Team(team.clone())));
                found.map(|found| OwnerSeen {
                    name: format!("{}/{}", team.org, team.slug),
                    is_team: true,
                    is_known: match found {
                        Found::Missing => Ok(false),
                        found => known(found).map(|()| true),
                    },
                })
            }
            Owner::Role(_) => continue,
        };
        all = all.zip(one).map(|(mut all, one)| {
            all.push(one);
            all
        });
    }
    all
}

fn of_stage(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: &Stage<'_>,
    grant: Option<&Known<Grant>>,
) -> Option<StageFacts> {
    let branch = &stage.environment.branch;
    let range = draft.range(branch, stage.from)?;
    let exists = !matches!(range, Range::Missing { branch: missing } if missing == branch);
    let rules = rulesets(draft, branch);
    let never_seen = unreported(draft, pipeline, stage, range, grant);
    Some(StageFacts {
        name: stage.environment.name.to_string(),
        branch: branch.to_string(),
        exists,
        rules: rules?,
        never_seen: never_seen?,
    })
}

fn rulesets(draft: &mut Draft<'_>, branch: &BranchName) -> Option<Known<Vec<RuleSeen>>> {
    let seen = &draft.snapshot.soundness;
    let found = draft.fact(seen.rulesets.get(branch), || {
        Need::Soundness(Part::Rulesets(branch.clone()))
    })?;
    Some(known(found))
}

/// The checks that it wants and that nobody has reported on the newest commit of the stage before.
fn unreported(
    draft: &mut Draft<'_>,
    pipeline: &Pipeline<'_>,
    stage: &Stage<'_>,
    range: &Range,
    grant: Option<&Known<Grant>>,
) -> Option<Known<Vec<String>>> {
    let commit = match range {
        Range::Missing { .. } => return Some(Ok(Vec::new())),
        Range::TooLong { .. } => return Some(Err(words::soundness::too_far_apart())),
        Range::Between(between) => &between.head_at,
    };
    // Asked without the right, the whole reply would be that the right is missing.
    let lacks =
        |permission: &str| grant.is_some_and(|grant| grant.as_ref().is_ok_and(|it| !it.covers(permission, "read")));
    if let Some(permission) = ["checks", "statuses"].into_iter().find(|permission| lacks(permission)) {
        return Some(Err(
            unread::<()>(&Found::Unreadable(format!("{permission}: read"))).unwrap_or_default()
        ));
    }
    grant?;
    let branch = &stage.environment.branch;
    let required = draft.fact(draft.snapshot.rules.get(branch), || Need::Rules(branch.clone()));
    let checks = draft.fact(draft.snapshot.checks.get(commit), || Need::Checks(commit.clone()));
    Some(Ok(never_seen(
        stage.environment,
        required?.clone(),
        &checks?.value,
        pipeline.repository.app_id,
    )))
}
