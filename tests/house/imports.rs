//! Who may import whom. The table below is the rule; ARCHITECTURE.md shows the same one.

use std::path::Path;

use super::source::{CratePath, crate_paths, module_of};
use super::{read, rust_files, top};

/// A file or folder directly below `src`, and what it may import: whole others, or single things of them.
///
/// Data flows one way, so the directions do too. `rules` and `sandbox` import nothing of ours: rules because they decide
/// on plain values, the sandbox because a simulated GitHub that shared our types would share our mistakes.
const DIRECTIONS: [(&str, &[&str]); 20] = [
    ("main", &["app", "cli", "clock", "demo", "settings", "telemetry"]),
    (
        "cli",
        &[
            "app", "clock", "doctor", "fault", "github", "rehearse", "rules", "settings", "simulate", "store",
        ],
    ),
    ("demo", &["app", "clock", "sandbox", "settings"]),
    (
        "app",
        &[
            "clock",
            "github",
            "metrics",
            "reconcile",
            "rules",
            "settings",
            "store",
            "web",
            "worker",
        ],
    ),
    (
        "simulate",
        &[
            "clock",
            "github",
            "metrics",
            "reconcile",
            "rules",
            "sandbox",
            "store",
            "web",
            "worker",
        ],
    ),
    (
        "web",
        &[
            "clock",
            "fault",
            "github::Github",
            "github::face",
            "github::manifest",
            "github::sign_in",
            "metrics",
            "rules",
            "store",
        ],
    ),
    (
        "worker",
        &[
            "checker",
            "clock",
            "fault",
            "github::Address",
            "github::Cursor",
            "github::Deadline",
            "github::GithubError",
            "github::LogPage",
            "github::Logged",
            "github::Spoken",
            "reconcile",
            "rules::command",
            "rules::id",
            "rules::interpret",
            "store",
        ],
    ),
    ("checker", &["github", "reconcile", "rules", "store"]),
    ("doctor", &["github", "rules"]),
    ("rehearse", &["clock", "github", "rules"]),
    ("reconcile", &["clock", "fault", "github", "metrics", "rules", "store"]),
    ("github", &["clock", "fault", "rules"]),
    ("store", &["fault", "rules"]),
    ("settings", &[]),
    ("clock", &[]),
    ("fault", &[]),
    ("metrics", &[]),
    ("telemetry", &[]),
    ("rules", &[]),
    ("sandbox", &[]),
];

/// `lib.rs` names the modules and imports nothing.
const ROOT: &str = "lib";

#[test]
fn everything_is_imported_in_the_direction_of_the_design() {
    let mut violations = Vec::new();
    for file in rust_files("src") {
        let source = read(&top().join(&file));
        violations.extend(violations_in(&file, &source));
    }
    assert!(
        violations.is_empty(),
        "the design (ARCHITECTURE.md, \"Who may import whom\") forbids:\n{}",
        violations.join("\n")
    );
}

#[test]
fn an_import_against_the_direction_is_found_and_named_with_its_line() {
    let found = |file: &str, source: &str| violations_in(Path::new(file), source);
    assert_eq!(
        found(
            "src/rules/plan.rs",
            "use jiff::Timestamp;\nuse crate::{clock::Clock, rules::gate};\n"
        ),
        ["src/rules/plan.rs:2: rules may not import clock::Clock"]
    );
    assert_eq!(
        found("src/worker.rs", "use crate::github::Github;\n"),
        ["src/worker.rs:1: worker may not import github::Github"]
    );
    assert_eq!(
        found(
            "src/store/sqlite/open.rs",
            "fn f() { super::super::super::web::serve() }"
        ),
        ["src/store/sqlite/open.rs:1: store may not import web::serve"]
    );
    assert_eq!(
        found("src/main.rs", "use greenlight::store;"),
        ["src/main.rs:1: main may not import store"]
    );
    assert_eq!(
        found("src/plugins.rs", ""),
        ["src/plugins.rs: plugins has no line in the table of tests/house/imports.rs"]
    );
    assert!(found("src/reconcile.rs", "use crate::github::{Address, Github};").is_empty());
}

#[test]
fn the_table_speaks_only_of_what_is_there() {
    for (room, _) in DIRECTIONS {
        let there = top().join("src").join(room);
        assert!(
            there.is_dir() || there.with_extension("rs").is_file(),
            "there is no src/{room} nor src/{room}.rs"
        );
    }
}

#[test]
fn the_architecture_page_shows_the_same_directions() {
    let page = read(&top().join("ARCHITECTURE.md"));
    let shown: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    for (room, others) in DIRECTIONS {
        let others: Vec<String> = others.iter().map(|other| format!("`{other}`")).collect();
        let others = if others.is_empty() {
            "nothing of ours".to_owned()
        } else {
            others.join(", ")
        };
        let row = format!("| `{room}` | {others} |");
        assert!(shown.contains(&row.as_str()), "ARCHITECTURE.md lacks the line\n{row}");
    }
    assert_eq!(
        shown.len(),
        DIRECTIONS.len(),
        "ARCHITECTURE.md has a line that is not in the table:\n{}",
        shown.join("\n")
    );
}

fn violations_in(file: &Path, source: &str) -> Vec<String> {
    let room = room_of(file);
    if room == ROOT {
        return crate_paths(source, &[])
            .iter()
            .map(|path| violation(file, &room, path))
            .collect();
    }
    let Some((_, allowed)) = DIRECTIONS.iter().find(|(name, _)| *name == room) else {
        return vec![format!(
            "{}: {room} has no line in the table of tests/house/imports.rs",
            file.display()
        )];
    };
    let paths = crate_paths(source, &module_of(file));
    let forbidden = paths
        .iter()
        .filter(|path| path.segments.first() != Some(&room) && !is_allowed(path, allowed));
    forbidden.map(|path| violation(file, &room, path)).collect()
}

/// A planted mistake opens gates, so nothing but the simulation's own command may plant one, and only before it runs.
#[test]
fn only_the_simulation_can_plant_a_mistake() {
    let plants = |file: &&std::path::PathBuf| read(&top().join(file)).contains("plant(");
    let files = rust_files("src");
    let found: Vec<String> = files
        .iter()
        .filter(plants)
        .map(|file| file.display().to_string())
        .collect();
    assert_eq!(found, ["src/cli/simulate.rs", "src/fault.rs"]);
}

fn is_allowed(path: &CratePath, allowed: &[&str]) -> bool {
    allowed.iter().any(|prefix| {
        let prefix: Vec<&str> = prefix.split("::").collect();
        path.segments.len() >= prefix.len()
            && path
                .segments
                .iter()
                .zip(&prefix)
                .all(|(segment, wanted)| segment == wanted)
    })
}

fn violation(file: &Path, room: &str, path: &CratePath) -> String {
    format!(
        "{}:{}: {room} may not import {}",
        file.display(),
        path.line,
        path.segments.join("::")
    )
}

/// `src/github/auth.rs` is in `github`, `src/worker.rs` in `worker`.
fn room_of(file: &Path) -> String {
    let inside = file.strip_prefix("src").expect("a file below src");
    let first = inside.iter().next().expect("a file has a name");
    Path::new(first).with_extension("").to_string_lossy().into_owned()
}
