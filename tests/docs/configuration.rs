//! Every example of a configuration is one, and means what the text beside it says; and the page about it tells of every key.

use std::collections::BTreeSet;
use std::process::Command;

use greenlight::rules::config::{self, AfterRollback, Config, DeployedWhen, RollbackSetting, next_allowed};
use jiff::{SignedDuration, Timestamp};

use super::blocks::{Kind, of};
use super::page::Block;
use super::{canary, read};

/// What `greenlight check` says of a file with this text, and whether that is in order.
fn checked(text: &str) -> (bool, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join(".github")).expect("a new folder");
    std::fs::write(folder.path().join(".github/greenlight.yml"), text).expect("a new file");
    let output = Command::new(env!("CARGO_BIN_EXE_greenlight"))
        .args(["check", "--default-branch", "main"])
        .current_dir(folder.path())
        .output()
        .expect("the program runs");
    canary::none_in_output(&output);
    let said = String::from_utf8(output.stdout).expect("text");
    (output.status.success(), said)
}

#[test]
fn every_example_of_a_configuration_is_in_order() {
    let examples = of(Kind::Configuration);
    for block in &examples {
        let (in_order, said) = checked(&block.text);
        assert!(in_order, "{}: {said}", block.place);
    }
    assert!(
        examples.len() >= 10,
        "only {} examples: this test reads the wrong blocks",
        examples.len()
    );
}

/// The page, what its example has, and a sentence of what is understood by it.
const SAYS: [(&str, &str, &str); 6] = [
    ("README.md", "local-orbit", "Those who may promote into it: `anna`."),
    (
        "README.md",
        "local-orbit",
        "These checks have to be green: `ci/circleci: *` and `e2e`.",
    ),
    ("docs/configuration.md", "soak: 30m", "the time zone `America/Detroit`"),
    (
        "docs/configuration.md",
        "name: dev-1",
        "Ready features are shown on **dev-1** and **dev-2**.",
    ),
    (
        "docs/ci.md",
        "ci/circleci: build",
        "These checks have to be green: `ci/circleci: build` and `ci/circleci: e2e`.",
    ),
    (
        "docs/ci.md",
        "test (*)",
        "These checks have to be green: `build` and `test (*)`.",
    ),
];

/// The same of what that sentence leaves out: what the text says it means, and whether it does.
type Means = (&'static str, &'static str, fn(&Config) -> bool);
const MEANS: [Means; 4] = [
    (
        "soak: 30m",
        "half an hour on staging comes before production",
        |config| {
            config.environments[1].soak == Some(SignedDuration::from_mins(30)) && config.environments[0].soak.is_none()
        },
    ),
    (
        "windows:",
        "production may be moved on Monday morning, and not on Friday",
        |config| {
            let at = |moment: &str| {
                let moment: Timestamp = moment.parse().expect("a moment");
                next_allowed(&config.environments[1].windows, moment, &config.timezone) == Some(moment)
            };
            at("2026-11-23T15:00:00Z") && !at("2026-11-27T15:00:00Z")
        },
    ),
    ("rollback: automatic", "it goes back by itself", |config| {
        config.environments[0].rollback == RollbackSetting::Automatic
            && config.environments[0].deployed_when == DeployedWhen::Deployment
    }),
    ("after_rollback: issue", "an issue, but not for staging", |config| {
        config.after_rollback == AfterRollback::Issue
            && config.environments[0].after_rollback == Some(AfterRollback::Nothing)
            && config.environments[1].after_rollback.is_none()
    }),
];

#[test]
fn an_example_means_what_the_text_beside_it_says() {
    let examples = of(Kind::Configuration);
    let example = |page: &str, has: &str| -> &Block {
        let is_it = |block: &&Block| block.place.starts_with(page) && block.text.contains(has);
        let found = examples.iter().find(is_it);
        found.unwrap_or_else(|| panic!("{page}: no example has {has}"))
    };
    for (page, has, says) in SAYS {
        let block = example(page, has);
        let (_, said) = checked(&block.text);
        assert!(said.contains(says), "{}: {says:?} is not in\n{said}", block.place);
    }
    for (has, means, is_so) in MEANS {
        let block = example("docs/configuration.md", has);
        let config = config::parse(&block.text).expect("it is in order");
        assert!(is_so(&config), "{} does not mean that {means}", block.place);
    }
}

/// The page's tables tell of every key there is.
#[test]
fn the_page_tells_of_every_key() {
    let page = read("docs/configuration.md");
    let source = read("src/rules/config/read.rs");
    let keys_after = |name: &str| -> BTreeSet<String> {
        let (_, rest) = source.split_once(name).unwrap_or_else(|| panic!("read.rs has {name}"));
        let (list, _) = rest.split_once("];").expect("a list ends");
        list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
    };
    for key in keys_after("const KEYS: &[&str] = &[") {
        assert!(
            page.contains(&format!("`{key}`")),
            "docs/configuration.md does not tell of {key}"
        );
    }
    for key in keys_after("const ENVIRONMENT_KEYS: &[&str] = &[") {
        let told = page.contains(&format!("`environments[].{key}`"))
            || page.contains(&format!("`{key}`"))
            || page.contains(&format!("`{key}: "));
        assert!(told, "docs/configuration.md does not tell of {key} of an environment");
    }
}
