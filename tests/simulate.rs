//! The whole program in worlds made from seeds: every promise is kept, the same seed makes the same world, the worlds come past
//! what the promises are about, and each mistake that is planted is found.

use std::process::{Command, Output};

/// Worlds that each run of the tests comes past.
const WORLDS: &str = "96";

/// A mistake, and worlds of which the first that shows it is enough. Where a world changes because something else did, one of
/// the others still does.
const FAULTS: [(&str, u64, u64); 1] = [("", 0, 0)];

fn simulate(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_greenlight"))
        .arg("simulate")
        .args(args)
        .output()
        .expect("the binary runs")
}

fn told(output: &Output) -> String {
    let text = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    text.concat()
}

/// What these worlds have to come past: all of it.
const SITUATIONS: [&str; 32] = [
    "comments",
    "buttons pressed",
    "pushes to features",
    "features written anew",
    "pull requests merged by hand",
    "direct pushes",
    "changes of rights",
    "changes of the configuration",
    "renames",
    "comments edited or deleted",
    "requests to GitHub",
    "deliveries",
    "deliveries lost",
    "deliveries forged",
    "requests and deliveries that met a fault",
    "calls of the store that met a fault",
    "replicas that died",
    "replicas that died before a request",
    "replicas that died before an answer",
    "replicas that died before they wrote down",
    "restarts of everything",
    "looks that outlived their lease",
    "replicas that stood still for a while",
    "changes at the worst moment",
    "commands answered",
    "features merged by the App",
    "acceptances that came to nothing",
    "promotions into the last environment",
    "promotions by a merge commit",
    "rollbacks",
    "holds",
    "promotions that waited",
];

#[test]
fn every_promise_is_kept_in_worlds_that_come_past_what_matters() {
    let output = simulate(&["--seeds", WORLDS]);
    assert!(output.status.success(), "{}", told(&output));
    let counts = told(&output);
    for situation in SITUATIONS {
        let mut found = counts.lines().filter_map(|line| line.trim().split_once(' '));
        let count = found.find(|(_, words)| *words == situation).map(|(count, _)| count);
        let count: u64 = count.expect("a count").parse().expect("a number");
        assert!(count > 0, "no world has {situation}:\n{counts}");
    }
}

#[test]
fn the_same_seed_makes_the_same_world_to_the_last_step() {
    let run = || told(&simulate(&["--seeds", "1", "--first", "9", "--trace"]));
    let first = run();
    assert!(first.lines().count() > 500, "{first}");
    assert_eq!(first, run());
}

#[test]
fn each_planted_mistake_is_found() {
    for (fault, first, worlds) in FAULTS {
        let (first, worlds) = (first.to_string(), worlds.to_string());
        let output = simulate(&["--first", &first, "--seeds", &worlds, "--fault", fault]);
        let told = told(&output);
        assert_eq!(output.status.code(), Some(1), "{fault}: {told}");
        assert!(
            told.contains("greenlight simulate --seeds 1 --first "),
            "{fault}: {told}"
        );
    }
}
