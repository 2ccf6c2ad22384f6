//! The organisation's defaults with the repository's own file on top: which file each key comes from, and which file a
//! mistake is told of.

use greenlight::rules::config::*;
use greenlight::rules::id::{BranchName, EnvironmentName, Login};
use greenlight::rules::words::mistake::{file, sentence};
use proptest::prelude::*;

#[path = "rules_welcome/mod.rs"]
mod welcome;

const DEFAULTS: &str = "\
owners: [anna]
ready_label: ready
timezone: Europe/Berlin
armed_for: 2d
environments:
  - name: staging
  - name: production
    owners: [bert]
previews: [{name: dev-1}]
";

fn text(text: &str) -> File {
    File::Text(text.to_owned())
}

fn both(own: &str, defaults: &str) -> Result<Config, Vec<Mistake>> {
    layered(&text(own), &text(defaults), "harbour").expect("two files")
}

fn told(mistakes: &[Mistake]) -> String {
    let sentences: Vec<String> = mistakes.iter().map(sentence).collect();
    sentences.join("\n")
}

fn names(config: &Config) -> Vec<&str> {
    let names = config.environments.iter();
    names.map(|environment| environment.name.as_str()).collect()
}

#[test]
fn without_any_file_there_is_nothing_to_read() {
    assert!(layered(&File::Absent, &File::Absent, "harbour").is_none());
}

#[test]
fn a_single_file_counts_alone() {
    let own = layered(&text("owners: [carl]"), &File::Absent, "harbour")
        .expect("a file")
        .expect("in order");
    assert_eq!(own, parse("owners: [carl]").expect("in order"));
    let defaults = layered(&File::Absent, &text(DEFAULTS), "harbour")
        .expect("a file")
        .expect("in order");
    assert_eq!(names(&defaults), ["staging", "production"]);
    assert_eq!(defaults.owners, [Owner::Login(Login::from("anna"))]);
}

#[test]
fn a_key_of_the_own_file_replaces_the_whole_key_below_it() {
    let config = both("environments: [{name: live}]\narmed_for: 1h\n", DEFAULTS).expect("in order");
    assert_eq!(names(&config), ["live"]);
    assert_eq!(config.armed_for, jiff::SignedDuration::from_hours(1));
    // All else is as it is below, an environment's own owners included only where the environment is.
    assert_eq!(
        config.owners_of(&EnvironmentName::from("live")),
        [Owner::Login(Login::from("anna"))]
    );
    assert_eq!(config.timezone.iana_name(), Some("Europe/Berlin"));
    assert_eq!(config.ready_label.as_deref(), Some("ready"));
    assert_eq!(config.previews.len(), 1);
    let empty = both("", DEFAULTS).expect("in order");
    assert_eq!(names(&empty), ["staging", "production"]);
}

#[test]
fn a_key_that_says_the_default_is_said_all_the_same() {
    let config = both("timezone: UTC\nowners: [role:maintain]\n", DEFAULTS).expect("in order");
    assert_eq!(config.timezone.iana_name(), Some("UTC"));
    assert_eq!(config.owners, [Owner::Role(Role::Maintain)]);
}

#[test]
fn a_mistake_in_either_file_refuses_both_and_names_its_file() {
    let mistakes = both("owner: [carl]", "timezone: Mars\nenvironments: []\n").expect_err("two files with mistakes");
    insta::assert_snapshot!(told(&mistakes), @r"
    Line 1, column 1, at `owner`: there is no setting `owner` here. There are `owners`, `ready_label`, `acceptance`, `self_acceptance`, `merge_method`, `timezone`, `armed_for`, `releases`, `after_rollback`, `environments`, `previews`, `preview_forks` and `preview_idle`. Did you mean `owners`?
    Line 1, column 11 of `.github/greenlight.yml` in `harbour/.github`, at `timezone`: `Mars` is not a time zone. A time zone is written as in `Europe/Berlin`.
    Line 2, column 15 of `.github/greenlight.yml` in `harbour/.github`, at `environments`: the list is empty. Please name at least one, or leave the whole setting out.
    ");
    insta::assert_snapshot!(file(&mistakes), @"The file `.github/greenlight.yml`");
    let mistakes = both("owners: [carl]", "timezone: Mars").expect_err("mistaken defaults");
    insta::assert_snapshot!(file(&mistakes), @"The file `.github/greenlight.yml` in `harbour/.github`, which holds the defaults of all repositories there,");
    let folder = layered(&File::Absent, &File::Other("a folder"), "harbour").expect("something");
    insta::assert_snapshot!(told(&folder.expect_err("no file")), @"The file `.github/greenlight.yml` in `harbour/.github`: this has to be a plain text file, and `a folder` stands in its place.");
}

#[test]
fn what_only_the_two_together_make_wrong_is_told_of_the_file_that_has_it() {
    let mistakes = both("environments: [{name: dev-1}]", DEFAULTS).expect_err("one branch, two uses");
    insta::assert_snapshot!(told(&mistakes), @"Line 9, column 12 of `.github/greenlight.yml` in `harbour/.github`, at `previews[0].branch`: the branch `dev-1` is used twice. Each environment and each preview needs a branch of its own.");
    let config = both("owners: [carl]", DEFAULTS).expect("in order");
    let mistakes = config
        .validate_against(&BranchName::from("staging"))
        .expect_err("mainline is an environment");
    insta::assert_snapshot!(told(&mistakes), @"Line 6, column 11 of `.github/greenlight.yml` in `harbour/.github`, at `environments[0].name`: `staging` is the repository's default branch, which features merge into. It can be neither an environment nor a preview.");
}

const LINES: [&str; 6] = [
    "owners: [carl]\n",
    "ready_label: go\n",
    "timezone: Asia/Tokyo\n",
    "armed_for: 3h\n",
    "environments: [{name: live}]\n",
    "previews: [{name: dev-9}]\n",
];

proptest! {
    /// Each key comes from the own file where it is there, else from below, whatever the others do.
    #[test]
    fn every_key_is_decided_by_itself(own in prop::collection::vec(any::<bool>(), LINES.len())) {
        let file: String = LINES.iter().zip(&own).filter(|(_, is_there)| **is_there).map(|(line, _)| *line).collect();
        let config = both(&file, DEFAULTS).expect("in order");
        let all_own = parse(&LINES.concat()).expect("in order");
        let below = parse(DEFAULTS).expect("in order");
        let from = |index: usize| if own[index] { &all_own } else { &below };
        prop_assert_eq!(&config.owners, &from(0).owners);
        prop_assert_eq!(&config.ready_label, &from(1).ready_label);
        prop_assert_eq!(&config.timezone, &from(2).timezone);
        prop_assert_eq!(&config.armed_for, &from(3).armed_for);
        prop_assert_eq!(&config.environments, &from(4).environments);
        prop_assert_eq!(&config.previews, &from(5).previews);
    }
}
