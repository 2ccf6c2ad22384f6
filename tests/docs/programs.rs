//! The lines for a shell, and whose each of them is.

use super::blocks::{Kind, of};
use super::page::{Block, by_hand};

/// A command as somebody would type it, on one line and without the remark behind it.
#[derive(Clone, Debug)]
pub struct Line {
    pub place: String,
    pub text: String,
    /// What the page shows below it, where it shows that.
    pub output: Vec<String>,
}

/// Who reads a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// This program, by whichever way it is called: `commands` runs it.
    Greenlight,
    /// Nobody: settings, a line each. `settings` holds them.
    Settings,
    /// A script of the repository, or cargo with its own things: `commands` looks whether what they name is there.
    Script,
    /// PostgreSQL's own programs: `database` runs them.
    Postgres,
    /// Docker, which is not on the machines that run tests: `deploying` compares them with the Dockerfile.
    Docker,
    /// Fly.io, which needs an account: `deploying` compares them with fly.toml.
    Fly,
}

pub fn program(line: &str) -> Option<Program> {
    let mut words = line
        .split_whitespace()
        .skip_while(|word| is_assignment(word))
        .peekable();
    let Some(first) = words.next() else {
        return Some(Program::Settings);
    };
    Some(match (first, words.next()) {
        ("greenlight" | "target/release/greenlight", _) | ("cargo", Some("run")) => Program::Greenlight,
        ("./test" | "./storm", _) | ("cargo", Some("build" | "test" | "bench")) => Program::Script,
        ("pg_dump" | "pg_restore", _) => Program::Postgres,
        ("docker", _) => Program::Docker,
        ("fly", _) => Program::Fly,
        _ => return None,
    })
}

fn is_assignment(word: &str) -> bool {
    let name = word.split('=').next().unwrap_or_default();
    name.len() < word.len() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

impl Line {
    /// In a `console` block what follows `$ ` is typed, and the rest is what comes of it.
    pub fn all(block: &Block) -> Vec<Line> {
        let whole = block.text.replace("\\\n", "");
        let mut lines: Vec<Line> = Vec::new();
        for (below, line) in whole.lines().enumerate() {
            let typed = match block.language.as_str() {
                "console" => line.strip_prefix("$ "),
                _ if line.trim().is_empty() => continue,
                _ => Some(line),
            };
            match (typed, lines.last_mut()) {
                (Some(typed), _) => lines.push(Line {
                    place: format!("{}, line {}", block.place, below + 1),
                    text: typed.split(" # ").next().unwrap_or_default().trim().to_owned(),
                    output: Vec::new(),
                }),
                (None, Some(command)) => command.output.push(line.to_owned()),
                (None, None) => panic!("{}: a console begins with what is typed, after $", block.place),
            }
        }
        lines
    }
}

/// Every line for this program: of the blocks, and of what stands in sentences.
pub fn lines_for(wanted: Program) -> Vec<Line> {
    let mut lines: Vec<Line> = of(Kind::Lines).iter().flat_map(Line::all).collect();
    for code in by_hand().into_iter().flat_map(|page| page.codes) {
        // A sentence that names a program does not call it.
        if code.text.contains(' ') || code.text.starts_with("./") {
            lines.push(Line {
                place: code.place,
                text: code.text,
                output: Vec::new(),
            });
        }
    }
    lines.retain(|line| program(&line.text) == Some(wanted));
    assert!(
        !lines.is_empty(),
        "no line is for {wanted:?}: this test reads the wrong place"
    );
    lines
}

#[test]
fn a_line_is_taken_as_it_would_be_typed() {
    let block = |language: &str, text: &str| Block {
        place: "x.md:1".to_owned(),
        language: language.to_owned(),
        text: text.to_owned(),
    };
    let typed = Line::all(&block(
        "sh",
        "docker run \\\n  -d x   # this\n\nA=1 greenlight explain a/b#3\n",
    ));
    let texts: Vec<&str> = typed.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["docker run   -d x", "A=1 greenlight explain a/b#3"]);
    assert_eq!(program(texts[1]), Some(Program::Greenlight));
    assert_eq!(program("A=1"), Some(Program::Settings));
    assert_eq!(program("rm -rf x"), None);
    let shown = Line::all(&block("console", "$ greenlight check\nin order\n$ ./test\n"));
    assert_eq!(shown[0].output, ["in order"]);
    assert_eq!(shown.len(), 2);
}
