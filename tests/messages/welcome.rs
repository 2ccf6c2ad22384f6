//! The pull request that proposes a configuration, and what is answered until it is merged.

use std::collections::BTreeSet;

use greenlight::rules::config::MergeMethod;
use greenlight::rules::effect::Refusal;
use greenlight::rules::id::{BranchName, InstallationId, Login, PullNumber, RepoId, RepoName, TeamName};
use greenlight::rules::snapshot::{Found, Repository};
use greenlight::rules::welcome::{SeenCheck, Standing, Surroundings, proposed};
use greenlight::rules::words::welcome;

use crate::sample::Sample;
use crate::{Entry, entry};

fn repository(sample: &Sample, merge_methods: &[MergeMethod]) -> Repository {
    Repository {
        id: RepoId(1),
        installation: InstallationId(1),
        name: RepoName::parse("harbour/shop").expect("a name"),
        default_branch: sample.main(),
        archived: false,
        fork: false,
        html_url: "https://github.com/harbour/shop".to_owned(),
        app_id: 1,
        merge_methods: merge_methods.to_vec(),
    }
}

fn check(sample: &Sample) -> SeenCheck {
    SeenCheck {
        name: sample.check.clone(),
        app: Some(sample.word.clone()),
        on: 1,
    }
}

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let whole = Surroundings {
        branches: ["staging", "production", "prod", "develop"]
            .map(BranchName::from)
            .to_vec(),
        checks: vec![check(sample)],
        commits: 1,
        people: Some(Found::It(vec![Login(sample.anna.clone())])),
        teams: Some(Found::It(vec![TeamName::new("harbour", &sample.team)])),
    };
    let sometimes = Surroundings {
        branches: vec![BranchName::from("staging")],
        commits: 2,
        people: Some(Found::Unreadable("members=read".to_owned())),
        teams: Some(Found::Unreadable("members=read".to_owned())),
        ..whole.clone()
    };
    let apart = BTreeSet::from([BranchName::from("production")]);
    let body = |methods: &[MergeMethod], found: &Surroundings, apart: &BTreeSet<BranchName>| {
        let repository = repository(sample, methods);
        welcome::body(&repository, found, &proposed(&repository, found, apart.clone()))
    };
    let both = [MergeMethod::Squash, MergeMethod::Merge];
    let pull = PullNumber(4);
    let at = jiff::Timestamp::UNIX_EPOCH;
    let refused = |refusal| Some(Standing::Refused { refusal, at });
    let answer = |standing: Option<Standing>| welcome::not_set_up(standing.as_ref());
    vec![
        entry("Its title", welcome::title()),
        entry("The message of its commit", welcome::commit_message()),
        entry("The App was installed", body(&both, &whole, &apart)),
        entry(
            "The same, where little was found, and not all could be read",
            body(&[MergeMethod::Rebase], &sometimes, &BTreeSet::new()),
        ),
        entry(
            "The same, where nothing was found",
            body(&[], &Surroundings::default(), &BTreeSet::new()),
        ),
        entry("A command before it is merged", answer(Some(Standing::Open { pull }))),
        entry("A command after it was closed", answer(Some(Standing::Closed { pull }))),
        entry(
            "A command after the file was taken away again",
            answer(Some(Standing::Merged { pull })),
        ),
        entry("A command where there was none", answer(None)),
        entry(
            "A command where the App may not open it",
            answer(refused(Refusal::PermissionMissing {
                permission: "contents=write".to_owned(),
            })),
        ),
        entry(
            "A command where a rule keeps it from being opened",
            answer(refused(Refusal::RuleViolation {
                lines: vec![sample.said.clone()],
            })),
        ),
        entry(
            "A command where GitHub refused it otherwise",
            answer(refused(Refusal::Other {
                status: 403,
                message: sample.said.clone(),
            })),
        ),
        entry(
            "A command where GitHub refused it without a word",
            answer(refused(Refusal::Missing)),
        ),
    ]
}
