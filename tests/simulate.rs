//! The whole program in worlds made from seeds: every promise is kept, the same seed makes the same world, the worlds come past
//! what the promises are about, and a mistake that is planted is found.

use std::process::{Command, Output};

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

/// What every handful of worlds has to come past.
const SITUATIONS: [&str; 8] = [
    "comments",
    "deliveries lost",
    "requests and deliveries that met a fault",
    "restarts of everything",
    "commands answered",
    "features merged by the App",
    "promotions",
    "requests refused",
];

#[test]
fn every_promise_is_kept_in_worlds_that_come_past_what_matters() {
    let output = simulate(&["--seeds", "12"]);
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
    let run = || told(&simulate(&["--seeds", "1", "--first", "7", "--trace"]));
    let first = run();
    assert!(first.lines().count() > 500, "{first}");
    assert_eq!(first, run());
}

#[test]
fn a_planted_mistake_is_found() {
    for fault in ["settle-unread", "one-news-a-look", "give-up-soon"] {
        let output = simulate(&["--seeds", "12", "--fault", fault]);
        let told = told(&output);
        assert_eq!(output.status.code(), Some(1), "{fault}: {told}");
        assert!(
            told.contains("greenlight simulate --seeds 1 --first "),
            "{fault}: {told}"
        );
    }
}
