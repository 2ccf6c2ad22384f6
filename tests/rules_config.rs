//! What `.github/greenlight.yml` may say, and what whoever wrote it reads when it says something else.

use greenlight::rules::checks::{CheckPattern, Required, Wanted};
use greenlight::rules::config::*;
use greenlight::rules::id::{BranchName, EnvironmentName, Login, TeamName};
use greenlight::rules::words::mistake::sentence;
use jiff::SignedDuration;
use proptest::prelude::{Strategy, *};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// Each mistake's sentence, a line each.
fn told(text: &str) -> String {
    let mistakes = parse(text).expect_err(text);
    let sentences: Vec<String> = mistakes.iter().map(sentence).collect();
    sentences.join("\n")
}

fn mainline() -> BranchName {
    BranchName::from("main")
}

fn branches(names: &[&str]) -> Vec<BranchName> {
    names.iter().map(|name| BranchName::from(*name)).collect()
}

fn names(config: &Config) -> Vec<&str> {
    config
        .environments
        .iter()
        .map(|environment| environment.name.as_str())
        .collect()
}

/// The design's sample, with what this version cannot hold yet set to what it can.
const SAMPLE: &str = r#"
owners: [anna, "@local-orbit/product"]
ready_label: ready-for-staging
acceptance: required            # or: off
merge_method: squash
timezone: America/Detroit
armed_for: 2d
environments:
  - name: staging
    branch: deploy/staging
    url: https://staging.example.com
    checks: auto
    strategy: fast-forward
    deployed_when: pushed
  - name: production
    url: https://www.example.com
    owners: ["@Anna", role:admin]
    checks: ["ci/circleci: *", e2e]
  - { name: demo, checks: none }
previews:
  - { name: dev-1, branch: dev-1, url: "https://dev-1.example.com" }
  - { name: dev-2 }
"#;

#[test]
fn every_setting_is_understood() {
    let config = parse(SAMPLE).unwrap();
    let anna = Owner::Login(Login::from("anna"));
    let product = Owner::Team(TeamName::new("local-orbit", "product"));
    assert_eq!(config.owners, [anna.clone(), product]);
    assert_eq!(config.ready_label.as_deref(), Some("ready-for-staging"));
    assert_eq!(config.acceptance, Some(Acceptance::Required));
    assert!(!config.self_acceptance && parse("self_acceptance: true").unwrap().self_acceptance);
    assert_eq!(config.merge_method, Some(MergeMethod::Squash));
    assert_eq!(config.timezone.iana_name(), Some("America/Detroit"));
    assert_eq!(config.armed_for, SignedDuration::from_hours(48));
    assert_eq!(names(&config), ["staging", "production", "demo"]);
    let [staging, production, demo] = config.environments.as_slice() else {
        panic!()
    };
    assert_eq!(staging.branch, BranchName::from("deploy/staging"));
    assert_eq!(production.branch, BranchName::from("production"));
    assert_eq!(production.url.as_deref(), Some("https://www.example.com"));
    let named = vec![
        CheckPattern("ci/circleci: *".to_owned()),
        CheckPattern("e2e".to_owned()),
    ];
    assert_eq!(production.checks, CheckSetting::Named(named));
    assert_eq!(demo.checks.wanted(vec![]), Wanted::Nothing);
    let required = vec![Required {
        context: "unit".to_owned(),
        app_id: None,
    }];
    assert_eq!(staging.checks.wanted(required.clone()), Wanted::Auto { required });
    assert_eq!(
        config.owners_of(&EnvironmentName::from("Production")),
        [anna, Owner::Role(Role::Admin)]
    );
    assert_eq!(config.owners_of(&EnvironmentName::from("staging")).len(), 2);
    assert_eq!(config.previews[1].branch, BranchName::from("dev-2"));
    assert_eq!(config.validate_against(&mainline()), Ok(()));
}

#[test]
fn an_empty_file_means_the_same_as_none() {
    let branches = branches(&["production", "main", "staging"]);
    let none = defaults(&branches, &mainline());
    for text in ["", "# nothing yet\n", "---\n", "{}"] {
        assert_eq!(parse(text).unwrap().with_environments_of(&branches, &mainline()), none);
    }
    assert_eq!(names(&none), ["staging", "production"]);
    assert_eq!(none.owners, [Owner::Role(Role::Maintain)]);
    assert_eq!(none.armed_for, SignedDuration::from_hours(24));
    assert!(Role::Maintain < Role::Admin && Role::Write < Role::Maintain);
}

#[test]
fn environments_that_nobody_named_are_those_whose_branch_exists_and_is_not_mainline() {
    assert_eq!(
        names(&defaults(&branches(&["production", "main"]), &mainline())),
        ["production"]
    );
    let staging = BranchName::from("staging");
    assert_eq!(
        names(&defaults(&branches(&["production", "staging"]), &staging)),
        ["production"]
    );
    let named = parse("environments: [{name: qa}]").unwrap();
    assert_eq!(
        names(&named.with_environments_of(&branches(&["staging"]), &mainline())),
        ["qa"]
    );
}

#[test]
fn windows_and_durations_are_read_whole() {
    for window in ["mon 09:00-16:00", "fri-mon 00:00-24:00", "MON,wed,fri  09:00-09:01"] {
        let text = format!("environments: [{{name: a, windows: [\"{window}\"]}}]");
        assert_eq!(parse(&text).unwrap().environments[0].windows.len(), 1, "{window}");
    }
    for window in [
        "mon",
        "mon 9:00-16:00",
        "mon 16:00-09:00",
        "mon 09:00-24:01",
        "mon 09:60-10:00",
        "moon 09:00-10:00",
        "mon- 09:00-10:00",
        "mon 09:00-09:00",
    ] {
        let text = format!("environments: [{{name: a, windows: [\"{window}\"]}}]");
        assert!(told(&text).contains("is not a window of time"), "{window}");
    }
    let armed_for = |value: &str| parse(&format!("armed_for: {value}")).map(|config| config.armed_for);
    assert_eq!(armed_for("10m"), Ok(SignedDuration::from_mins(10)));
    assert_eq!(armed_for("30d"), Ok(SignedDuration::from_hours(720)));
    for value in [
        "9m",
        "31d",
        "24",
        "24 h",
        "1h30m",
        "-1h",
        "99999999d",
        "1w",
        "''",
        "h",
        "٣h",
    ] {
        assert!(armed_for(value).is_err(), "{value}");
    }
}

#[test]
fn keys_that_are_not_there_are_told_with_the_nearest_one() {
    insta::assert_snapshot!(told("owner: [anna]\nenviroments: []\nenvironments:\n  - name: staging\n    check: auto\n    name: again\n    colour: red\n"), @r"
    Line 1, column 1, at `owner`: there is no setting `owner` here. There are `owners`, `ready_label`, `acceptance`, `self_acceptance`, `merge_method`, `timezone`, `armed_for`, `releases`, `after_rollback`, `environments`, `previews`, `preview_forks` and `preview_idle`. Did you mean `owners`?
    Line 2, column 1, at `enviroments`: there is no setting `enviroments` here. There are `owners`, `ready_label`, `acceptance`, `self_acceptance`, `merge_method`, `timezone`, `armed_for`, `releases`, `after_rollback`, `environments`, `previews`, `preview_forks` and `preview_idle`. Did you mean `environments`?
    Line 5, column 5, at `environments[0].check`: there is no setting `check` here. There are `name`, `branch`, `url`, `owners`, `checks`, `strategy`, `deployed_when`, `soak`, `windows`, `rollback` and `after_rollback`. Did you mean `checks`?
    Line 6, column 5, at `environments[0].name`: `name` is set twice. Please keep one of the two.
    Line 7, column 5, at `environments[0].colour`: there is no setting `colour` here. There are `name`, `branch`, `url`, `owners`, `checks`, `strategy`, `deployed_when`, `soak`, `windows`, `rollback` and `after_rollback`.
    ");
}

#[test]
fn values_that_cannot_be_are_told_with_what_can() {
    insta::assert_snapshot!(told(
"owners: [local-orbit/product, role:owner, role: admin, an na, 12]
ready_label: ''
acceptance: of
merge_method: sqash
timezone: America/Detriot
armed_for: 1w
environments:
  - name: Staging
    branch: refs/heads/staging
    url: staging.example.com
    checks: atuo
    owners: []
  - name: 12
    branch: a..b
    url: \"https://user:secret@example.com\"
    checks: {a: b}
    deployed_when: push
  - branch: x
  - production
"), @r#"
    Line 1, column 10, at `owners[0]`: `local-orbit/product` is not an owner. An owner is a GitHub login such as `anna`, a team such as `"@org/team"`, or one of `role:write`, `role:maintain` and `role:admin`. Did you mean `"@local-orbit/product"`?
    Line 1, column 31, at `owners[1]`: `role:owner` is not an owner. An owner is a GitHub login such as `anna`, a team such as `"@org/team"`, or one of `role:write`, `role:maintain` and `role:admin`.
    Line 1, column 43, at `owners[2]`: a group of settings is not an owner. An owner is a GitHub login such as `anna`, a team such as `"@org/team"`, or one of `role:write`, `role:maintain` and `role:admin`. Did you mean `role:admin`?
    Line 1, column 56, at `owners[3]`: `an na` is not an owner. An owner is a GitHub login such as `anna`, a team such as `"@org/team"`, or one of `role:write`, `role:maintain` and `role:admin`.
    Line 1, column 63, at `owners[4]`: there is `12`, where a text belongs. A number or `true` as a text needs quotation marks. Did you mean `"12"`?
    Line 2, column 14, at `ready_label`: an empty text cannot be the name of a label. A label has 1 to 50 characters, and no blank at its ends.
    Line 3, column 13, at `acceptance`: there is `of`, where one of `required` and `off` belongs. Did you mean `off`?
    Line 4, column 15, at `merge_method`: there is `sqash`, where one of `merge`, `squash` and `rebase` belongs. Did you mean `squash`?
    Line 5, column 11, at `timezone`: `America/Detriot` is not a time zone. A time zone is written as in `Europe/Berlin`. Did you mean `America/Detroit`?
    Line 6, column 12, at `armed_for`: `1w` is not a length of time that can be used. Please write a whole number with `m` for minutes, `h` for hours or `d` for days, from `10m` to `30d`.
    Line 8, column 11, at `environments[0].name`: `Staging` cannot be a name. A name has up to 40 small letters, digits, `-` and `_`, and starts with a letter or a digit. Did you mean `staging`?
    Line 9, column 13, at `environments[0].branch`: `refs/heads/staging` cannot be the name of a branch. Did you mean `staging`?
    Line 10, column 10, at `environments[0].url`: `staging.example.com` is not a web address that can be used. An address starts with `https://` or `http://`, and has no blanks, brackets or passwords in it.
    Line 11, column 13, at `environments[0].checks`: there is `atuo`, where `auto`, `none` or a list of the names of checks belongs. Did you mean `auto`?
    Line 12, column 13, at `environments[0].owners`: the list is empty. Please name at least one, or leave the whole setting out.
    Line 13, column 11, at `environments[1].name`: there is `12`, where a text belongs. A number or `true` as a text needs quotation marks. Did you mean `"12"`?
    Line 14, column 13, at `environments[1].branch`: `a..b` cannot be the name of a branch.
    Line 15, column 10, at `environments[1].url`: `https://user:secret@example.com` is not a web address that can be used. An address starts with `https://` or `http://`, and has no blanks, brackets or passwords in it.
    Line 16, column 13, at `environments[1].checks`: there is a group of settings, where `auto`, `none` or a list of the names of checks belongs.
    Line 17, column 20, at `environments[1].deployed_when`: there is `push`, where `pushed`, `deployment`, or `checks` with a list of the names of checks belongs. Did you mean `pushed`?
    "#);
}

#[test]
fn two_of_one_name_or_one_branch_are_refused() {
    insta::assert_snapshot!(told("environments:\n  - name: staging\n  - name: staging\n    branch: other\n"), @"Line 3, column 11, at `environments[1].name`: the name `staging` stands in the list twice. Each needs a name of its own.");
    insta::assert_snapshot!(told("environments:\n  - name: staging\n  - name: production\n    branch: staging\npreviews: [{name: staging}]\n"), @r"
    Line 4, column 13, at `environments[1].branch`: the branch `staging` is used twice. Each environment and each preview needs a branch of its own.
    Line 5, column 12, at `previews[0].branch`: the branch `staging` is used twice. Each environment and each preview needs a branch of its own.
    ");
}

#[test]
fn mainline_is_no_environment() {
    let config =
        parse("environments:\n  - name: main\n  - name: staging\n    branch: main\n").expect_err("one branch twice");
    assert_eq!(config.len(), 1);
    let tell = |text: &str| {
        let mistakes = parse(text).unwrap().validate_against(&mainline()).expect_err(text);
        mistakes.iter().map(sentence).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(tell("environments:\n  - name: main\n"), @"Line 2, column 11, at `environments[0].name`: `main` is the repository's default branch, which features merge into. It can be neither an environment nor a preview.");
    insta::assert_snapshot!(tell("environments:\n  - name: staging\n    branch: main\n  - name: main\n    branch: other\n"), @r"
    Line 3, column 13, at `environments[0].branch`: `main` is the repository's default branch, which features merge into. It can be neither an environment nor a preview.
    Line 4, column 11, at `environments[1].name`: `main` is the repository's default branch, which features merge into. It can be neither an environment nor a preview.
    ");
    insta::assert_snapshot!(tell("previews: [{name: main}]"), @"Line 1, column 12, at `previews[0].branch`: `main` is the repository's default branch, which features merge into. It can be neither an environment nor a preview.");
}

#[test]
fn what_cannot_be_read_as_yaml_is_told_where_it_begins() {
    insta::assert_snapshot!(told("owners: [anna\nenvironments: []"), @"Line 2, column 13: from here on (`: []`) the file cannot be read as YAML. Often a colon, a quotation mark or a bracket is missing, or the spaces at the start of a line do not match those of the line above.");
    insta::assert_snapshot!(told("owners: [@anna]"), @"Line 1, column 10: `@anna]` starts with a character that YAML keeps for itself. Please put the text in quotation marks.");
    insta::assert_snapshot!(told("owners:\n  - anna\n bert: x"), @"Line 3, column 2: from here on (`bert: x`) the file cannot be read as YAML. Often a colon, a quotation mark or a bracket is missing, or the spaces at the start of a line do not match those of the line above.");
    insta::assert_snapshot!(told("environments:\n  - name: a\n    checks: [*e2e]"), @"Line 3, column 14: a text that starts with `*` or `&` is a reference in YAML, and references are not allowed here. If it is the name of a check, please put it in quotation marks.");
    insta::assert_snapshot!(told("owners: &all [anna]"), @"Line 1, column 14: a text that starts with `*` or `&` is a reference in YAML, and references are not allowed here. If it is the name of a check, please put it in quotation marks.");
    insta::assert_snapshot!(told("a: 1\n---\nb: 2"), @"Line 2, column 1: the file goes on after a line `---`. Please keep everything in one part.");
    insta::assert_snapshot!(told("owners: !include other.yml"), @"Line 1, column 18: from here on (`other.yml`) the file cannot be read as YAML. Often a colon, a quotation mark or a bracket is missing, or the spaces at the start of a line do not match those of the line above.");
    insta::assert_snapshot!(told("<<: {owners: [eve]}"), @"Line 1, column 1, at `‹‹`: there is no setting `‹‹` here. There are `owners`, `ready_label`, `acceptance`, `self_acceptance`, `merge_method`, `timezone`, `armed_for`, `releases`, `after_rollback`, `environments`, `previews`, `preview_forks` and `preview_idle`.");
    insta::assert_snapshot!(told("just a text"), @"Line 1, column 1: there is `just a text`, where keys with values belong, such as `name: staging`.");
    insta::assert_snapshot!(told("owners:\nenvironments:"), @r"
    Line 1, column 7, at `owners`: there is nothing, where a list belongs, such as `[one, two]`.
    Line 2, column 13, at `environments`: there is nothing, where a list belongs, such as `[one, two]`.
    ");
}

#[test]
fn bombs_are_refused_at_once() {
    let aliases = (1..30).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
        let before = format!("*a{}, ", n - 1).repeat(9);
        format!("{text}a{n}: &a{n} [{before}x]\n")
    });
    let bombs = [
        aliases,
        "[".repeat(FILE_BYTES_MAX),
        "{a: ".repeat(FILE_BYTES_MAX / 4),
        "- ".repeat(FILE_BYTES_MAX / 2),
        "? ".repeat(FILE_BYTES_MAX / 2),
        "x: y\n".repeat(FILE_BYTES_MAX / 5),
        "- a\n".repeat(FILE_BYTES_MAX / 4),
        format!("environments: [{}]", "{name: a},".repeat(6000)),
        format!("owners: [{}]", "12,".repeat(9000)),
        format!("owners: [\"{}\"]", "a".repeat(FILE_BYTES_MAX - 20)),
        format!("{}: 1", "k".repeat(FILE_BYTES_MAX - 20)),
        "&a ".repeat(FILE_BYTES_MAX / 3),
        "#\n".repeat(FILE_BYTES_MAX / 2) + "x",
        "---\n".repeat(FILE_BYTES_MAX / 4),
        "\u{feff}".repeat(FILE_BYTES_MAX / 3 - 1) + "x",
        "a".repeat(FILE_BYTES_MAX + 1),
    ];
    let took = |text: &str| {
        let begun = std::time::Instant::now();
        drop(parse(text));
        begun.elapsed()
    };
    // An honest file of this size takes about 2 ms in a release build, so this is the promised 50 ms, on any machine.
    let honest = (0..5).map(|_| took(&honest_file())).min().unwrap_or_default();
    for bomb in bombs {
        let beginning: String = bomb.chars().take(20).collect();
        let Err(mistakes) = parse(&bomb) else {
            panic!("accepted: {beginning:?}")
        };
        assert!((1..=20).contains(&mistakes.len()));
        // The machine may be busy with something else, so one time out of many is enough.
        assert!(
            (0..50).any(|_| took(&bomb) < honest * 10),
            "{beginning:?} takes more than ten times as long as an honest file, {honest:?}"
        );
    }
}

/// As much as a file may hold, with nothing wrong in it.
fn honest_file() -> String {
    let checks: Vec<String> = (0..40)
        .map(|check| format!("\"ci/circleci: a job with a long name {check}\""))
        .collect();
    let environment = |number| format!("  - name: place-{number}\n    checks: [{}]\n", checks.join(", "));
    let environments: String = (0..20).map(environment).collect();
    let text = format!("owners: [anna]\nenvironments:\n{environments}");
    assert!(
        text.len() > FILE_BYTES_MAX / 2 && parse(&text).is_ok(),
        "{} bytes",
        text.len()
    );
    text
}

#[test]
fn a_file_at_the_limit_of_its_size_is_read_and_one_byte_more_is_not() {
    let rest = "#".repeat(FILE_BYTES_MAX - "owners: [anna]\n".len());
    let full = format!("owners: [anna]\n{rest}");
    assert!(parse(&full).is_ok());
    insta::assert_snapshot!(told(&format!("{full}#")), @"The file: it is larger than 64 KB, and so it was not read.");
}

/// Snippets that meet in ways nobody thought of.
fn scrambled_file() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "owners: ",
        "environments:\n",
        "  - name: ",
        "staging",
        "production",
        "\n",
        "    branch: ",
        "    checks: ",
        "auto",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "- ",
        "\"",
        "'",
        ": ",
        "armed_for: 2h\n",
        "    soak: 1h\n",
        "    strategy: merge\n",
        "null",
        "~",
        "1.10",
        "true",
        "&a ",
        "*a",
        "!!str ",
        "# note\n",
        "|\n",
        ">\n",
        "\t",
        "é",
        "\u{202e}",
        "`",
        "<!-- -->",
        "<<: ",
        "? ",
        "---\n",
        "...\n",
    ]);
    prop::collection::vec(part, 0..30).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// F1: no panic, every refusal says why, and what is accepted holds what the rest of the program relies on.
    #[test]
    fn any_file_is_understood_or_refused_with_a_reason(text in scrambled_file()) {
        match parse(&text) {
            Err(mistakes) => {
                prop_assert!(!mistakes.is_empty());
                for mistake in mistakes {
                    let sentence = sentence(&mistake);
                    prop_assert!(!sentence.contains(['\n', '\u{202e}']), "{sentence}");
                    let is_plain = |event: &Event| {
                        matches!(event, Event::Text(_) | Event::Code(_) | Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph))
                    };
                    prop_assert!(Parser::new(&sentence).all(|event| is_plain(&event)), "{sentence}");
                }
            }
            Ok(config) => {
                prop_assert!(!config.owners.is_empty());
                for environment in &config.environments {
                    prop_assert!(is_environment_name(environment.name.as_str()));
                    prop_assert!(!config.owners_of(&environment.name).is_empty());
                }
            }
        }
    }
}
