//! Ten seconds of fuzzing for each target of `fuzz/`, with coverage, on the installed stable toolchain. Longer by hand:
//! `fuzz/run 3600 plan`.
//!
//! An input that breaks something is left in `target/fuzz/found`, and its test says how to run it again. Mended, it becomes a
//! test by name.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// Enough to find what a change of today has broken; what takes longer is searched for by hand.
const SECONDS: &str = "10";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// Beside this program's own folder, so that it stays when the tests are run again.
fn home() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_greenlight"));
    let target = program.ancestors().nth(2).expect("target/debug/greenlight");
    target.join("fuzz")
}

fn run(arguments: &[&str]) -> Output {
    Command::new(folder().join("run"))
        .args(arguments)
        .env("GREENLIGHT_FUZZ_TARGET", home())
        .output()
        .expect("bash runs it")
}

/// Builds all targets, once for all tests.
fn built() {
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let output = run(&["build"]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(told) }
    });
    if let Err(told) = built {
        panic!("the fuzz targets do not build:\n{told}");
    }
}

/// The number behind `stat::number_of_executed_units:`.
fn executed(told: &str) -> u64 {
    let line = told
        .lines()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    line.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}

fn fuzz(target: &str) {
    built();
    let output = run(&[SECONDS, target]);
    let told = String::from_utf8_lossy(&output.stderr);
    let last: Vec<&str> = told.lines().rev().take(60).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    assert!(output.status.success(), "{}", last.join("\n"));
    let seeds = std::fs::read_dir(folder().join("corpus").join(target))
        .expect("seeds")
        .count() as u64;
    assert!(
        executed(&told) > seeds,
        "nothing was run beyond the {seeds} seeds:\n{}",
        last.join("\n")
    );
}

#[test]
fn the_signature_header() {
    fuzz("signature");
}

#[test]
fn the_envelope_of_a_payload_and_what_it_tells() {
    fuzz("envelope");
}

#[test]
fn the_commands_of_a_comment() {
    fuzz("command");
}

#[test]
fn the_configuration() {
    fuzz("configuration");
}

#[test]
fn times_as_people_say_them() {
    fuzz("times");
}

#[test]
fn what_people_wrote_in_our_own_markdown() {
    fuzz("markdown");
}

#[test]
fn link_headers() {
    fuzz("links");
}

#[test]
fn rate_limit_headers() {
    fuzz("limits");
}

#[test]
fn the_plan() {
    fuzz("plan");
}
