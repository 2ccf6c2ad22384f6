//! The whole program in worlds made from seeds: every promise is kept, the same seed makes the same world, and the worlds come
//! past everything that the promises are about.

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

#[test]
fn every_promise_is_kept_in_forty_worlds_that_come_past_everything() {
    let output = simulate(&["--seeds", "40"]);
    assert!(output.status.success(), "{}", told(&output));
    let counts = told(&output);
    assert!(counts.lines().count() > 20, "{counts}");
    for line in counts.lines() {
        let (count, what) = line.trim().split_once(' ').expect("a count and its words");
        assert!(
            count.parse::<u64>().expect("a number") > 0,
            "no world has {what}:\n{counts}"
        );
    }
}

#[test]
fn the_same_seed_makes_the_same_world_to_the_last_step() {
    let run = || told(&simulate(&["--seeds", "1", "--first", "7", "--trace"]));
    let first = run();
    assert!(first.lines().count() > 500, "{first}");
    assert_eq!(first, run());
}
