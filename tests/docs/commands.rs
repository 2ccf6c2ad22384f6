//! Every command of the documentation is run: by a shell, as it stands there, beside a served Greenlight with a simulated GitHub.
//! Scripts and cargo's own commands, which would run the tests within the tests, are looked at instead: what they name is there.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use greenlight::sandbox::{self, RuleKind};
use tempfile::TempDir;

use super::page::by_hand;
use super::programs::{Line, Program, lines_for};
use super::world::{CONFIGURATION, LABEL, SECRET, World};
use super::{canary, read, top};

/// How a command ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Well,
    /// It goes on until it is stopped, once it has said this.
    GoesOn(&'static str),
    /// It is only named, because it would take minutes, or lacks what it needs: whether there is such a command is asked.
    Named,
}

/// By how a command begins; one that is not here has to end well.
const ENDS: [(&str, End); 7] = [
    ("greenlight serve", End::GoesOn("there is no GitHub App yet")),
    (
        "greenlight setup",
        End::GoesOn("Open this address in a browser on this computer."),
    ),
    ("greenlight demo --play", End::GoesOn("A week at a small shop")),
    ("greenlight demo --setup", End::GoesOn("1. Open")),
    ("greenlight demo", End::GoesOn("own pages, as anna")),
    // Its file is named where it is shown to be run.
    ("greenlight backup", End::Named),
    // A hundred worlds, if no number is said.
    ("greenlight simulate", End::Named),
];

/// What stands in the documentation for what only a certain place has.
fn in_place(text: &str, beside: &Beside) -> String {
    let pairs: [(&str, &str); 13] = [
        ("cargo run --release -- ", "greenlight "),
        ("cargo run -- ", "greenlight "),
        ("target/release/greenlight", "greenlight"),
        // Of some hundred worlds, one; each takes as long as the next.
        ("--seeds 300", "--seeds 1"),
        ("/var/lib/greenlight", "."),
        ("https://HOST_NAME", "https://greenlight.example.com"),
        ("backup FILE", "backup copy.db"),
        ("OWNER/NAME#NUMBER", "harbour/shop#42"),
        ("OWNER/NAME", "harbour/shop"),
        ("#42", &beside.feature),
        ("4f0f5d70-c1a2-11f0-9c2e-5d1b7a6f0c11", &beside.delivery),
        ("GUID", &beside.delivery),
        // It has a port of its own.
        (" --local-port 4711", ""),
    ];
    let in_place = pairs
        .iter()
        .fold(text.to_owned(), |text, (shown, here)| text.replace(shown, here));
    // What may be left out is said as well.
    in_place.replace(['[', ']'], "")
}

/// A served Greenlight, and what a shell beside it has.
struct Beside {
    world: World,
    /// The program, under its own name.
    path: TempDir,
    /// Where nothing was set up yet.
    empty: TempDir,
    /// `#1`: a feature that waits for its owner's word.
    feature: String,
    /// Of a comment with a command.
    delivery: String,
}

impl Beside {
    async fn start() -> Self {
        let mut world = World::start().await;
        for branch in ["staging", "production"] {
            world.shop.rule(branch, RuleKind::Update, true);
        }
        let commit = world.head("main");
        world.green(&commit).await;
        let feature = world.feature("Faster checkout");
        world.shop.label("dora", feature, LABEL).expect("a label");
        world.settle().await;
        world.says("anna", feature, "/status").await;
        let deliveries = world.sandbox.deliveries();
        let asked = deliveries.iter().find(|one| one.event == "issue_comment");
        let delivery = asked.expect("a comment was delivered").guid.clone();
        let github = world.folder().join(".github");
        std::fs::create_dir(&github).expect("a new folder");
        std::fs::write(github.join("greenlight.yml"), CONFIGURATION).expect("a new file");
        let path = TempDir::new().expect("a temporary folder");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_greenlight"), path.path().join("greenlight")).expect("a link");
        Self {
            world,
            path,
            empty: TempDir::new().expect("a temporary folder"),
            feature: format!("#{feature}"),
            delivery,
        }
    }

    /// A shell in this folder, which finds the program and knows where GitHub is.
    fn shell(&self, folder: &Path, line: &str) -> Command {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("exec env {line}")])
            .current_dir(folder)
            .env_clear()
            .env("PATH", format!("{}:{path}", self.path.path().display()))
            .env("TMPDIR", self.empty.path())
            .env("HOST", "127.0.0.1")
            .env("PORT", "0")
            .env("GITHUB_API_URL", self.world.sandbox.api_url())
            .env("GITHUB_URL", self.world.sandbox.url());
        command
    }

    /// A shell of whoever runs the served one.
    fn operators(&self, line: &str) -> Command {
        let app = self.world.sandbox.app();
        let served = self.world.bot_address();
        let mut command = self.shell(self.world.folder(), line);
        command
            .env("GITHUB_APP_ID", app.id.to_string())
            .env("GITHUB_PRIVATE_KEY", sandbox::APP_PRIVATE_KEY)
            .env("GITHUB_WEBHOOK_SECRET", SECRET)
            .env("GITHUB_CLIENT_ID", app.client_id)
            .env("GITHUB_CLIENT_SECRET", app.client_secret)
            .env("PUBLIC_URL", format!("http://{served}"))
            .env("PORT", served.port().to_string());
        command
    }

    async fn ends_well(&self, line: &Line, text: &str) {
        let mut command = self.operators(text);
        let output = tokio::task::spawn_blocking(move || command.output());
        let output = output.await.expect("it runs").expect("a shell");
        canary::none_in_output(&output);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "{}: {text}: {said}{}",
            line.place,
            String::from_utf8_lossy(&output.stderr)
        );
        if !line.output.is_empty() {
            let lines: Vec<&str> = said.lines().collect();
            let shown: Vec<&str> = line.output.iter().map(String::as_str).collect();
            assert!(
                is_shown(&lines, &shown),
                "{}: {text} is shown with\n{}\nand says\n{said}",
                line.place,
                line.output.join("\n")
            );
        }
    }

    fn goes_on(&self, line: &Line, text: &str, says: &str) {
        let mut child = self
            .shell(self.empty.path(), &format!("{text} 2>&1"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let told = BufReader::new(child.stdout.take().expect("its output"));
        let mut before = Vec::new();
        let said = told.lines().map_while(Result::ok).any(|told| {
            before.push(told);
            before.last().is_some_and(|told| told.contains(says))
        });
        child.kill().expect("it runs");
        child.wait().expect("its end");
        canary::none_in(text, before.join("\n").as_bytes());
        assert!(
            said,
            "{}: {text} does not say {says:?}:\n{}",
            line.place,
            before.join("\n")
        );
    }
}

/// Whether this is what a page shows, where `…` stands for what is left out: within a line, or alone for lines.
fn is_shown(said: &[&str], shown: &[&str]) -> bool {
    match (shown, said) {
        ([], []) => true,
        (["…", rest @ ..], _) => (0..=said.len()).any(|gone| is_shown(&said[gone..], rest)),
        ([first, shown @ ..], [line, said @ ..]) => {
            let mut left = *line;
            let mut parts = first.split('…');
            let begins = parts.next().unwrap_or_default();
            let Some(rest) = left.strip_prefix(begins) else {
                return false;
            };
            left = rest;
            let mut open = false;
            for part in parts {
                let Some(at) = left.find(part) else { return false };
                left = &left[at + part.len()..];
                open = part.is_empty();
            }
            (left.is_empty() || open) && is_shown(said, shown)
        }
        _ => false,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_of_ours_does_what_it_is_shown_for() {
    let mut beside = Beside::start().await;
    let mut seen = BTreeSet::new();
    let mut ran = 0;
    for line in lines_for(Program::Greenlight) {
        let text = in_place(&line.text, &beside);
        if line.output.is_empty() && !seen.insert(text.clone()) {
            continue;
        }
        let own = text.find("greenlight ").map_or("", |at| &text[at..]);
        let is_it = |begins: &str| {
            own.strip_prefix(begins)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        let end = ENDS
            .iter()
            .find(|(begins, _)| is_it(begins))
            .map_or(End::Well, |(_, end)| *end);
        match end {
            // With what it needs it is run.
            End::Named if own.split_whitespace().count() == 2 => {
                beside.ends_well(&line, &format!("{own} --help")).await;
            }
            End::Well | End::Named => beside.ends_well(&line, &text).await,
            End::GoesOn(says) => beside.goes_on(&line, &text, says),
        }
        ran += 1;
    }
    assert!(ran >= 18, "only {ran} commands: this test reads the wrong lines");
    let schema = std::fs::read_to_string(beside.world.folder().join(".github/greenlight.schema.json"));
    assert_eq!(schema.expect("it was written"), read("docs/greenlight.schema.json"));
    beside.world.bot_stops().await;
}

#[test]
fn what_is_shown_is_compared_whole_but_for_what_is_left_out() {
    assert!(is_shown(&["a b c", "d", "e", "f"], &["a … c", "…", "f"]));
    assert!(is_shown(&["a b c"], &["a …"]));
    assert!(!is_shown(&["a b c"], &["a"]));
    assert!(!is_shown(&["a", "b"], &["a"]));
    assert!(!is_shown(&["a"], &["a", "b"]));
}

/// `story`, with the file of a module of it or a piece of a test's name behind it, is there.
fn has_tests(target: &str, filter: Option<&str>) -> bool {
    let (file, folder) = (format!("tests/{target}.rs"), format!("tests/{target}"));
    let mut sources: Vec<PathBuf> = vec![top().join(&file)];
    if let Ok(entries) = std::fs::read_dir(top().join(&folder)) {
        sources.extend(entries.flatten().map(|entry| entry.path()));
    }
    sources.retain(|source| source.is_file());
    let Some(filter) = filter else {
        return !sources.is_empty();
    };
    let is_module = |source: &PathBuf| {
        source
            .file_stem()
            .is_some_and(|stem| format!("{}::", stem.display()) == filter)
    };
    let has_test = |source: &PathBuf| {
        read(source)
            .lines()
            .any(|line| line.contains("fn ") && line.contains(filter))
    };
    let shared = [top().join("tests/store_suite"), top().join("src")].into_iter();
    sources.extend(
        shared
            .flat_map(std::fs::read_dir)
            .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
            .filter(|path| path.is_file()),
    );
    sources.iter().any(|source| is_module(source) || has_test(source))
}

#[test]
fn every_script_and_everything_of_cargos_is_there() {
    for line in lines_for(Program::Script) {
        let words: Vec<&str> = line.text.split_whitespace().collect();
        let place = &line.place;
        let behind = |flag: &str| {
            let at = words.iter().position(|word| *word == flag)?;
            words.get(at + 1).copied()
        };
        if let Some(script) = words.iter().find_map(|word| word.strip_prefix("./")) {
            let text = read(script);
            assert!(text.starts_with("#!"), "{place}: {script} is no script");
            let own = words.iter().filter(|word| word.starts_with("--") && **word != "--test");
            for flag in own {
                assert!(text.contains(&format!("{flag})")), "{place}: {script} knows no {flag}");
            }
        }
        if let Some(bench) = behind("--bench") {
            assert!(top().join(format!("benches/{bench}.rs")).is_file(), "{place}: {bench}");
        }
        if let Some(target) = behind("--test") {
            let at = words.iter().position(|word| *word == target).expect("it was found");
            let filter = words.get(at + 1).copied().filter(|word| *word != "--");
            assert!(has_tests(target, filter), "{place}: no test {filter:?} in {target}");
        }
        if let Some(filter) = behind("--lib") {
            let module = filter.trim_end_matches("::");
            assert!(top().join(format!("src/{module}.rs")).is_file(), "{place}: no {module}");
        }
    }
    assert!(has_tests("story", Some("missed::")) && !has_tests("story", Some("never_written::")));
}

/// What every `--help` of ours says, one after the other.
fn helps() -> String {
    let help = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_greenlight")).args(arguments).output();
        let output = output.expect("the program runs");
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    let whole = help(&["--help"]);
    let commands = whole.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = commands
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .chain(["simulate"]);
    let texts: Vec<String> = names.map(|name| help(&[name, "--help"])).collect();
    assert!(texts.len() >= 10, "only {}: {whole}", texts.len());
    texts.join("\n")
}

/// Flags that stand alone in a sentence, and whose they are, if not ours.
const FLAGS_OF_OTHERS: [&str; 1] = ["--env-file"];

#[test]
fn every_flag_that_a_sentence_names_is_there() {
    let helps = helps();
    let mut found = 0;
    for code in by_hand().into_iter().flat_map(|page| page.codes) {
        let Some(flag) = code
            .text
            .split_whitespace()
            .next()
            .filter(|word| word.starts_with("--"))
        else {
            continue;
        };
        let is_ours = helps.split([' ', ',', '\n']).any(|word| word == flag);
        assert!(
            is_ours || FLAGS_OF_OTHERS.contains(&flag),
            "{}: no command knows {flag}",
            code.place
        );
        found += 1;
    }
    assert!(found >= 5, "only {found} flags: this test reads the wrong words");
}
