//! What developers are told of a rollback, and what its answer says of that.

use greenlight::rules::developers::{Revert, Reverting, Standing, Telling};
use greenlight::rules::effect::Refusal;
use greenlight::rules::id::{EnvironmentName, InstallationId, IssueNumber, PullNumber, RepoId, RepoName};
use greenlight::rules::memory::Hold;
use greenlight::rules::rollback::Failure;
use greenlight::rules::snapshot::Repository;
use greenlight::rules::stretch::Cargo;
use greenlight::rules::words::developers::{self, Told};

use crate::rollbacks::{a_rollback, held};
use crate::sample::{Sample, at, sha};
use crate::{Entry, entry};

fn telling(sample: &Sample) -> Telling {
    let rollback = a_rollback(sample);
    Telling {
        bad: rollback.from,
        back_to: rollback.to,
        at: at("2026-11-23T15:00:00Z"),
        by: rollback.by,
        by_itself: false,
        failure: None,
        taken_away: rollback.taken_away,
        on_top: None,
        request: rollback.request,
        command: 0,
        said_on: Some(PullNumber(45)),
        standing: Standing::Wanted,
        told: false,
        by_reverts: false,
        reverts: Vec::new(),
    }
}

fn repository(sample: &Sample) -> Repository {
    Repository {
        id: RepoId(1),
        installation: InstallationId(1),
        name: RepoName::parse("harbour/shop").expect("two parts"),
        default_branch: sample.main(),
        archived: false,
        fork: false,
        html_url: "https://github.example/harbour/shop".to_owned(),
        app_id: 1,
        merge_methods: Vec::new(),
    }
}

fn reverting(sample: &Sample, reverts: &[(i64, Reverting)]) -> Telling {
    let reverts = reverts.iter().map(|(feature, standing)| Revert {
        feature: PullNumber(*feature),
        standing: standing.clone(),
    });
    Telling {
        by_reverts: true,
        reverts: reverts.collect(),
        ..telling(sample)
    }
}

/// One pull request, and for each refusal an issue that says why there is no other.
fn by_pull_requests(sample: &Sample, told: &impl Fn(&Telling, Option<&Hold>) -> String, revert: String) -> Vec<Entry> {
    let opened = |pull| Reverting::Opened { pull: PullNumber(pull) };
    let both = reverting(sample, &[(43, opened(49)), (42, opened(50))]);
    let mut entries = vec![
        entry(
            "What a pull request says that reverts a feature (`after_rollback: revert`)",
            revert,
        ),
        entry(
            "In the answer to the rollback, with `after_rollback: revert`",
            developers::reverts(&both).expect("there are some"),
        ),
    ];
    let many = Telling {
        taken_away: Cargo {
            earlier: 12,
            ..telling(sample).taken_away
        },
        ..reverting(sample, &[])
    };
    entries.push(entry(
        "The issue, where too much was taken away to be reverted so",
        told(&many, None),
    ));
    for (when, refusal) in sample.refusals() {
        let some = reverting(sample, &[(43, opened(49)), (42, Reverting::Refused(refusal))]);
        let said = told(&some, None);
        let why = said.split("Not all of it").nth(1).expect("it says why");
        let why = why.split("What you can do").next().unwrap_or_default();
        entries.push(entry(
            format!("In the issue, where GitHub would not revert a feature: {when}"),
            format!("Not all of it{}", why.trim_end()),
        ));
    }
    entries
}

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let (staging, config, place) = (EnvironmentName::from("staging"), sample.config(), sample.staging());
    let repository = repository(sample);
    let told = |telling: &Telling, hold: Option<&Hold>| {
        let told = Told {
            environment: &staging,
            place: Some(&place),
            telling,
            hold,
            repository: &repository,
            config: &config,
        };
        format!("{}\n\n{}", developers::title(&told), developers::body(&told))
    };
    let revert = developers::revert(
        &Told {
            environment: &staging,
            place: Some(&place),
            telling: &telling(sample),
            hold: None,
            repository: &repository,
            config: &config,
        },
        PullNumber(42),
    );
    let failure = Some(Failure {
        log: Some(sample.line("https://ci.example.com/7")),
    });
    let by_hand = telling(sample);
    let after_failure = Telling {
        failure: failure.clone(),
        said_on: None,
        ..telling(sample)
    };
    let by_itself = Telling {
        failure,
        by_itself: true,
        ..telling(sample)
    };
    let on_top = Telling {
        on_top: Some(sha('c')),
        ..telling(sample)
    };
    let own = held(sample, &a_rollback(sample));
    let mut entries = vec![
        entry("The title and the text of the issue", told(&by_hand, Some(&own))),
        entry(
            "The same, where the deployment had failed, and somebody holds staging for longer",
            told(&after_failure, Some(&sample.hold())),
        ),
        entry(
            "The same, where it went back by itself, and nothing holds it any more",
            told(&by_itself, None),
        ),
        entry(
            "The same, where a commit on top of the branch takes it away (`strategy: merge`)",
            told(&on_top, Some(&own)),
        ),
        entry(
            "What the issue says once all of it is back",
            developers::all_back("What it said before.", &staging),
        ),
        entry("In the answer to the rollback", developers::told_in(IssueNumber(47))),
    ];
    let not_told = |(when, refusal): (&str, Refusal)| {
        entry(
            format!("In the answer to the rollback, where GitHub did not take the issue: {when}"),
            developers::not_told(&refusal),
        )
    };
    entries.extend(sample.refusals().into_iter().map(not_told));
    entries.extend(by_pull_requests(sample, &told, revert));
    entries
}
