//! The standing promotion pull request that is not there any more: whether a person closed it, or GitHub called it merged.

use std::collections::BTreeMap;

use greenlight::rules::config;
use greenlight::rules::effect::Effect;
use greenlight::rules::id::{BranchName, EnvironmentName, InstallationId, PullNumber, RepoId, RepoName, Sha};
use greenlight::rules::interpret::Heard;
use greenlight::rules::memory::{Gap, Memory, Origin};
use greenlight::rules::plan::{Look, Plan, plan};
use greenlight::rules::snapshot::{Between, Commit, ConfigFile, Need, Pull, Range, Repository, Snapshot};
use jiff::Timestamp;

const PAGE: PullNumber = PullNumber(7);

fn sha(digit: char) -> Sha {
    Sha::parse(&digit.to_string().repeat(40)).expect("a commit")
}

fn main() -> BranchName {
    BranchName::from("main")
}

fn staging() -> BranchName {
    BranchName::from("staging")
}

/// The page showed the commit `b` that waits for staging, and is closed now; nothing else has changed.
fn planned(page: Option<Pull>) -> Plan {
    let text = "owners: [anna]\nenvironments:\n  - name: staging\n";
    let waiting = Commit {
        sha: sha('b'),
        parents: vec![sha('a')],
        title: "Gift cards".to_owned(),
        author: None,
        reverts: None,
    };
    let between = Between {
        base_at: sha('a'),
        head_at: sha('b'),
        commits: vec![waiting],
        behind_by: 0,
    };
    let snapshot = Snapshot {
        repository: Some(Repository {
            id: RepoId(1),
            installation: InstallationId(1),
            name: RepoName::parse("harbour/shop").expect("a name"),
            default_branch: main(),
            archived: false,
            fork: false,
            html_url: "https://github.example/harbour/shop".to_owned(),
            app_id: 1,
            merge_methods: Vec::new(),
        }),
        config: Some(ConfigFile::Valid {
            config: Box::new(config::parse(text).expect("a configuration")),
            branches: Vec::new(),
        }),
        ranges: BTreeMap::from([((staging(), main()), Range::Between(between))]),
        promotion_pulls: BTreeMap::from([((main(), staging()), None)]),
        pulls: page.map(|page| (PAGE, Some(page))).into_iter().collect(),
        ..Snapshot::default()
    };
    let environment = EnvironmentName("staging".to_owned());
    let gap = Gap {
        environment: environment.clone(),
        base: staging(),
        head: main(),
        base_at: Some(sha('a')),
        head_at: Some(sha('b')),
        pull: Some(PAGE),
        hold: None,
        waits: false,
        under_way: None,
        empty_since: None,
        look_again: None,
    };
    let memory = Memory {
        gaps: BTreeMap::from([(environment, gap)]),
        origins: BTreeMap::from([(sha('b'), Origin::Direct)]),
        ..Memory::default()
    };
    let mut heard = Heard::default();
    heard.pulls.insert(PAGE);
    plan(&Look {
        snapshot: &snapshot,
        memory: &memory,
        heard: &heard,
        now: Timestamp::UNIX_EPOCH,
        welcomes: false,
    })
}

fn page(merged: bool) -> Pull {
    Pull {
        number: PAGE,
        title: "Promote 1 change to staging".to_owned(),
        body: String::new(),
        author: None,
        ours: true,
        open: false,
        merged,
        merge_commit: None,
        merged_by: None,
        head: main(),
        head_sha: sha('b'),
        head_repo: Some(RepoId(1)),
        base: staging(),
        opened_at: None,
        updated_at: Timestamp::UNIX_EPOCH,
        draft: false,
        labels: Vec::new(),
        mergeable: None,
    }
}

#[test]
fn who_closed_the_page_is_asked_before_it_is_opened_again() {
    let plan = planned(None);
    assert!(plan.needs.contains(&Need::Pull(PAGE)), "{plan:?}");
    assert!(plan.effects.is_empty(), "{plan:?}");
}

#[test]
fn a_page_that_a_person_closed_stays_closed_until_something_changes() {
    assert!(planned(Some(page(false))).effects.is_empty());
}

#[test]
fn a_page_that_github_called_merged_while_it_showed_more_is_followed_by_another() {
    let plan = planned(Some(page(true)));
    assert!(
        matches!(plan.effects.as_slice(), [Effect::OpenPromotionPull { .. }]),
        "{plan:?}"
    );
}
