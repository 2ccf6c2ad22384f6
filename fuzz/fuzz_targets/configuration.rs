//! Configuration files: understood as a whole, or refused with reasons that a person can read. Nothing in between.

#![no_main]

use greenlight_fuzz::plain::assert_plain;
use greenlight_fuzz::rules::config::{Config, File, Mistake, is_environment_name, layered, parse};
use greenlight_fuzz::rules::id::BranchName;
use greenlight_fuzz::rules::words::mistake::sentence;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check(data));

/// As many as are told.
const MISTAKES_MAX: usize = 20;

/// A line of `%%%` parts the repository's own file from its organisation's.
fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = parse(text);
    assert_eq!(read, parse(text));
    judge(&read);
    if let Some((own, defaults)) = text.split_once("\n%%%\n") {
        let (own, defaults) = (File::Text(own.to_owned()), File::Text(defaults.to_owned()));
        judge(&layered(&own, &defaults, "harbour").expect("there are files"));
    }
}

fn judge(read: &Result<Config, Vec<Mistake>>) {
    match read {
        Ok(config) => {
            usable(config);
            let mainline = BranchName::from("main");
            match config.validate_against(&mainline) {
                Ok(()) => assert!(config.environments.iter().all(|found| found.branch != mainline)),
                Err(mistakes) => told(&mistakes),
            }
        }
        Err(mistakes) => told(mistakes),
    }
}

fn usable(config: &Config) {
    assert!(!config.owners.is_empty(), "nobody may promote");
    for (at, environment) in config.environments.iter().enumerate() {
        assert!(is_environment_name(environment.name.as_str()));
        assert!(!config.owners_of(&environment.name).is_empty());
        let before = &config.environments[..at];
        assert!(
            before.iter().all(|other| other.branch != environment.branch),
            "two with one branch"
        );
    }
}

fn told(mistakes: &[Mistake]) {
    assert!(
        (1..=MISTAKES_MAX).contains(&mistakes.len()),
        "{} mistakes",
        mistakes.len()
    );
    for mistake in mistakes {
        assert_plain(&sentence(mistake));
    }
}
