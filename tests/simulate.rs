//! The whole program in worlds made from seeds: every promise is kept, the same seed makes the same world, the worlds come past
//! what the promises are about, and each mistake that is planted is found.

use std::process::{Command, Output};

/// Worlds that each run of the tests comes past.
const WORLDS: &str = "96";

/// Mistakes, and the first of the worlds that are tried; the first one that shows the mistake is enough.
const FAULTS: [(&str, u64); 29] = [
    ("promote-the-tip", 1),
    ("silent-ledger", 1),
    ("give-up-soon", 1),
    ("pending-is-green", 1),
    ("check-by-name-only", 1),
    ("answer-before-commit", 2),
    ("settle-unread", 2),
    ("one-news-a-look", 2),
    ("merge-without-head", 4),
    ("keep-acceptance", 4),
    ("stale-rights", 5),
    ("anybody-owns", 5),
    ("skip-last-look", 5),
    ("ignore-red", 8),
    ("drop-the-fence", 8),
    ("no-marker-search", 9),
    ("forget-unconfirmed", 9),
    ("deploy-again", 10),
    ("ignore-windows", 10),
    ("effect-before-intent", 10),
    ("stale-configuration", 11),
    ("skip-soak", 14),
    ("ignore-holds", 18),
    ("leave-no-hold", 18),
    ("repeat-a-post", 18),
    ("force-move", 19),
    ("unknown-is-green", 31),
    ("read-one-page", 37),
    ("old-authority", 39),
];

/// Two rounds of moods: where one world changes because something else did, another still shows the mistake.
const WORLDS_A_FAULT: &str = "24";

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
    "stories played to their end",
    "rollbacks",
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
    for (fault, first) in FAULTS {
        let first = first.to_string();
        let output = simulate(&["--first", &first, "--seeds", WORLDS_A_FAULT, "--fault", fault]);
        let told = told(&output);
        assert_eq!(output.status.code(), Some(1), "{fault}: {told}");
        assert!(
            told.contains("greenlight simulate --seeds 1 --first "),
            "{fault}: {told}"
        );
    }
}
