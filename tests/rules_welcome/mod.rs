//! What the welcome proposes is read by our own parser as what was meant, whatever names people and machines have given.

use std::collections::BTreeSet;

use greenlight::rules::config::{CheckSetting, MergeMethod, Strategy as Moves, parse};
use greenlight::rules::id::{BranchName, InstallationId, Login, RepoId, RepoName, TeamName};
use greenlight::rules::snapshot::{Found, Repository};
use greenlight::rules::welcome::{LISTED_CHECKS_MAX, SeenCheck, Surroundings, proposed, stages};
use greenlight::rules::words::welcome as words;
use proptest::prelude::*;

fn repository(mainline: &str, merge_methods: &[MergeMethod]) -> Repository {
    Repository {
        id: RepoId(1),
        installation: InstallationId(1),
        name: RepoName::parse("harbour/shop").expect("a name"),
        default_branch: BranchName::from(mainline),
        archived: false,
        fork: false,
        html_url: "https://github.example/harbour/shop".to_owned(),
        app_id: 1,
        merge_methods: merge_methods.to_vec(),
    }
}

fn branches(names: &[&str]) -> Vec<BranchName> {
    names.iter().map(|name| BranchName::from(*name)).collect()
}

#[test]
fn environments_are_told_by_the_names_of_their_branches() {
    for (mainline, there, taken, others, missing) in [
        ("main", "main staging production", "staging production", "", ""),
        (
            "main",
            "production staging main feature/x",
            "staging production",
            "",
            "",
        ),
        ("main", "main stage live", "stage live", "", ""),
        ("main", "main prod production", "production", "prod", "staging"),
        ("main", "main release qa prod", "qa release prod", "", "staging"),
        ("main", "main develop Staging", "Staging", "develop", "production"),
        ("develop", "develop main staging", "staging main", "", ""),
        ("trunk", "trunk master", "master", "", "staging"),
        ("staging", "staging production", "production", "", ""),
        ("main", "main", "", "", "staging production"),
    ] {
        let there: Vec<&str> = there.split(' ').collect();
        let found = stages(&branches(&there), &BranchName::from(mainline));
        let of = |names: Vec<&str>| names.join(" ");
        assert_eq!(
            of(found.taken.iter().map(|one| one.branch.as_str()).collect()),
            taken,
            "{there:?}"
        );
        assert_eq!(
            of(found.others.iter().map(BranchName::as_str).collect()),
            others,
            "{there:?}"
        );
        assert_eq!(of(found.missing), missing, "{there:?}");
    }
}

/// Names as hostile as GitHub lets them be.
fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}",
        "[ -~]{1,30}",
        any::<String>(),
        Just("\"]\nowners: [eve]\n#".to_owned()),
        Just("x: &a [*a] # ' \\ {{".to_owned()),
        Just("\u{2028}- \u{feff}\u{202e}".to_owned()),
        Just("🚀 deploy".to_owned()),
        Just("*".to_owned()),
        Just("null".to_owned()),
    ]
}

fn any_branch() -> impl Strategy<Value = String> {
    const USUAL: [&str; 10] = [
        "staging",
        "stage",
        "Production",
        "live",
        "release",
        "test",
        "develop",
        "main",
        "master",
        "production",
    ];
    prop_oneof![3 => prop::sample::select(&USUAL[..]).prop_map(str::to_owned), 1 => any_name()]
}

fn any_surroundings() -> impl Strategy<Value = Surroundings> {
    let checks = prop::collection::btree_map(any_name(), (prop::option::of(any_name()), 1..3_usize), 0..25);
    let people = prop::collection::vec(any_name(), 0..20);
    let teams = prop::option::of(prop::collection::vec(any_name(), 0..20));
    (prop::collection::btree_set(any_branch(), 0..8), checks, people, teams).prop_map(
        |(there, checks, people, teams)| Surroundings {
            branches: there.into_iter().map(BranchName).collect(),
            checks: checks
                .into_iter()
                .map(|(name, (app, on))| SeenCheck { name, app, on })
                .collect(),
            commits: 2,
            people: Some(Found::It(people.into_iter().map(Login).collect())),
            teams: teams.map(|teams| Found::It(teams.iter().map(|slug| TeamName::new("harbour", slug)).collect())),
        },
    )
}

proptest! {
    #[test]
    fn whatever_was_found_the_file_says_what_was_meant(found in any_surroundings(), mainline in any_branch(), apart in any::<bool>()) {
        let methods = [MergeMethod::Squash, MergeMethod::Rebase];
        let repository = repository(&mainline, &methods);
        let stages = stages(&found.branches, &repository.default_branch);
        let own: BTreeSet<BranchName> = stages.taken.iter().filter(|_| apart).map(|one| one.branch.clone()).collect();
        let file = proposed(&repository, &found, own.clone());
        let config = parse(&file.text).map_err(|mistakes| TestCaseError::fail(format!("{mistakes:?}\n{}", file.text)))?;
        prop_assert!(config.validate_against(&repository.default_branch).is_ok());
        let read: Vec<(&str, &BranchName)> = config.environments.iter().map(|one| (one.name.as_str(), &one.branch)).collect();
        let meant: Vec<(&str, &BranchName)> = stages.taken.iter().map(|one| (one.name.as_str(), &one.branch)).collect();
        prop_assert_eq!(read, meant);
        for one in &config.environments {
            let named = match &one.checks {
                CheckSetting::Named(names) => names.iter().map(|name| name.0.clone()).collect(),
                _ => Vec::new(),
            };
            prop_assert_eq!(&named, &file.checks);
            let moves = if own.contains(&one.branch) { Moves::Merge } else { Moves::FastForward };
            prop_assert_eq!(one.strategy, moves);
        }
        prop_assert!(file.checks.len() <= LISTED_CHECKS_MAX);
        prop_assert_eq!(config.owners, greenlight::rules::config::Config::default().owners);
        prop_assert_eq!(config.merge_method, Some(MergeMethod::Squash));
        prop_assert!(config.previews.is_empty());
        // The description stays within what GitHub takes.
        prop_assert!(words::body(&repository, &found, &file).chars().count() < 60_000);
    }
}
