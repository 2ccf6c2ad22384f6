//! The pipeline as a small picture, in Mermaid, which GitHub draws: mainline and the environments as points, and between them
//! what waits to go on. It repeats what stands beside it in words, so a reader who sees only its source misses nothing.
//!
//! M1 The same facts give the same picture, byte for byte.
//! M2 Nothing that people wrote means anything in it: labels hold letters, digits, spaces and a few signs, between quotation
//!    marks, and each line is one of the five kinds that are written here.
//! M3 It stays small, whatever there is to show.

use super::super::id::{BranchName, EnvironmentName};
use super::super::stretch::{Cargo, Item};
use crate::rules::command::lookalike::is_invisible;

/// Features that are named in one place; the rest is a number.
const NAMED_MAX: usize = 5;

/// Longest label that is made of somebody's text, in characters.
const LABEL_CHARS_MAX: usize = 32;

/// A picture of more is no help.
const STRETCHES_MAX: usize = 8;

/// The way into one environment.
#[derive(Clone, Copy, Debug)]
pub struct Stretch<'a> {
    pub environment: &'a EnvironmentName,
    pub lies: Lies<'a>,
    pub held: bool,
    /// A promotion waits for it.
    pub waits: bool,
}

/// What lies on the way.
#[derive(Clone, Copy, Debug)]
pub enum Lies<'a> {
    Cargo(&'a Cargo),
    /// One of the two branches is not there.
    NoBranch,
    /// More than can be shown.
    TooMuch,
}

/// The ways one after the other, beginning at `from`; `None` where there is nothing to draw, or too much.
pub fn picture(from: &BranchName, stretches: &[Stretch<'_>]) -> Option<String> {
    if stretches.is_empty() || stretches.len() > STRETCHES_MAX {
        return None;
    }
    let mut lines = vec![
        "```mermaid".to_owned(),
        "flowchart LR".to_owned(),
        format!("    s0([\"{}\"])", label(from.as_str())),
    ];
    for (index, stretch) in stretches.iter().enumerate() {
        lines.extend(way(index + 1, stretch));
    }
    lines.push("```".to_owned());
    Some(format!("The same as a picture:\n\n{}", lines.join("\n")))
}

fn way(number: usize, stretch: &Stretch<'_>) -> Vec<String> {
    let before = number - 1;
    let mut lines = vec![format!("    s{number}([\"{}\"])", point(stretch))];
    let load = match stretch.lies {
        // What goes away again is told in words.
        Lies::Cargo(cargo) if cargo.brings_nothing() => None,
        Lies::Cargo(cargo) => Some(load(cargo)),
        Lies::TooMuch => Some("more than can be shown".to_owned()),
        Lies::NoBranch => {
            lines.push(format!("    s{before} -.- s{number}"));
            return lines;
        }
    };
    match load {
        None => lines.push(format!("    s{before} --- s{number}")),
        Some(load) => {
            lines.push(format!("    f{number}[\"{load}\"]"));
            lines.push(format!("    s{before} --> f{number} --> s{number}"));
        }
    }
    lines
}

/// "staging, on hold, a promotion waits".
fn point(stretch: &Stretch<'_>) -> String {
    let mut said = vec![label(stretch.environment.as_str())];
    if matches!(stretch.lies, Lies::NoBranch) {
        said.push("a branch is missing".to_owned());
    }
    if stretch.held {
        said.push("on hold".to_owned());
    }
    if stretch.waits {
        said.push("a promotion waits".to_owned());
    }
    said.join(", ")
}

/// The newest, in the order in which they landed.
fn load(cargo: &Cargo) -> String {
    let named = &cargo.items[cargo.items.len().saturating_sub(NAMED_MAX)..];
    let mut lines: Vec<String> = named.iter().map(item).collect();
    match cargo.len() - named.len() {
        0 => {}
        more => lines.push(format!("and {more} more")),
    }
    lines.join("<br>")
}

/// A line never begins with somebody's text: Mermaid reads "1." and "-" at the beginning as a list.
fn item(item: &Item) -> String {
    match item {
        // `#35;` is Mermaid's way to write a number sign.
        Item::Feature(feature) => format!("#35;{} {}", feature.number, label(&feature.title)),
        Item::Direct(commit) => format!("pushed: {}", label(&commit.title)),
    }
}

/// Somebody's text with everything left out that could mean something to Mermaid, to Markdown or to HTML.
fn label(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut left = LABEL_CHARS_MAX;
    let seen: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    for word in seen
        .split(|c: char| !is_kept(c))
        .map(word)
        .filter(|word| !word.is_empty())
    {
        let length = word.chars().count();
        if length > left {
            let stub: String = word.chars().take(left).collect();
            match words.last_mut() {
                Some(last) if left < STUB_CHARS_MIN => last.push('…'),
                _ => words.push(format!("{}…", stub.trim_end_matches(is_sign))),
            }
            break;
        }
        left = left.saturating_sub(length + 1);
        words.push(word);
    }
    if words.is_empty() {
        return "no title".to_owned();
    }
    words.join(" ")
}

/// Less of a word says nothing.
const STUB_CHARS_MIN: usize = 3;

/// Signs one at a time and never first: no arrow, no comment, no list.
fn word(text: &str) -> String {
    let mut word = String::new();
    for c in text.chars() {
        let follows_a_letter = word.ends_with(|before: char| !is_sign(before));
        match c {
            _ if !is_sign(c) => word.push(c),
            '\'' if follows_a_letter => word.push('’'),
            _ if follows_a_letter => word.push(c),
            _ => {}
        }
    }
    word.trim_end_matches(['-', '\'', '’']).to_owned()
}

fn is_kept(c: char) -> bool {
    c.is_alphanumeric() || is_sign(c)
}

fn is_sign(c: char) -> bool {
    matches!(c, '-' | ',' | '!' | '?' | '\'' | '’')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};

    use super::*;
    use crate::rules::id::{PullNumber, Sha};
    use crate::rules::memory::Feature;
    use crate::rules::snapshot::Commit;

    fn feature(number: i64, title: &str) -> Item {
        Item::Feature(Feature {
            number: PullNumber(number),
            title: title.to_owned(),
            author: None,
            closes: Vec::new(),
        })
    }

    fn direct(title: &str) -> Item {
        Item::Direct(Commit {
            sha: Sha::parse(&"a".repeat(40)).expect("a commit"),
            parents: Vec::new(),
            title: title.to_owned(),
            author: None,
            reverts: None,
        })
    }

    fn stretch<'a>(environment: &'a EnvironmentName, cargo: &'a Cargo) -> Stretch<'a> {
        Stretch {
            environment,
            lies: Lies::Cargo(cargo),
            held: false,
            waits: false,
        }
    }

    #[test]
    fn it_shows_the_pipeline_with_what_waits_on_each_way() {
        let (staging, production) = (EnvironmentName::from("staging"), EnvironmentName::from("production"));
        let qa = EnvironmentName::from("qa");
        let waiting = Cargo {
            items: (1..=7).map(|number| feature(number, "Faster checkout")).collect(),
            earlier: 3,
            ..Cargo::default()
        };
        let nothing = Cargo::default();
        let stretches = [
            Stretch {
                held: true,
                waits: true,
                ..stretch(&staging, &waiting)
            },
            stretch(&qa, &nothing),
            Stretch {
                lies: Lies::NoBranch,
                ..stretch(&production, &nothing)
            },
        ];
        let drawn = picture(&BranchName::from("main"), &stretches).expect("a picture");
        insta::assert_snapshot!(drawn, @r##"
        The same as a picture:

        ```mermaid
        flowchart LR
            s0(["main"])
            s1(["staging, on hold, a promotion waits"])
            f1["#35;3 Faster checkout<br>#35;4 Faster checkout<br>#35;5 Faster checkout<br>#35;6 Faster checkout<br>#35;7 Faster checkout<br>and 5 more"]
            s0 --> f1 --> s1
            s2(["qa"])
            s1 --- s2
            s3(["production, a branch is missing"])
            s2 -.- s3
        ```
        "##);
    }

    #[test]
    fn titles_read_as_far_as_they_are_harmless() {
        let told = |title: &str| label(title);
        assert_eq!(told("Faster check-out, at last!"), "Faster check-out, at last!");
        assert_eq!(told("fix(cart): don't lose \"gifts\""), "fix cart don’t lose gifts");
        assert_eq!(
            told("```\nclick A \"javascript:alert(1)\""),
            "click A javascript alert 1"
        );
        assert_eq!(
            told("%%{init: {}}%% --> end </script> &lt; #35;"),
            "init end script lt 35"
        );
        assert_eq!(told("- 1. @anna <!-- www.evil.example -->"), "1 anna www evil example");
        assert_eq!(
            told("Größer für 日本 für alle, die es je gebraucht hätten"),
            "Größer für 日本 für alle, die es…"
        );
        assert_eq!(told("\u{202e}\u{200b}"), "no title");
    }

    /// One line that only our own writer makes; a checker that shares nothing with it.
    fn is_ours(line: &str) -> bool {
        let of_label = |text: &str| {
            text.split("<br>").all(|part| {
                let rest = part.strip_prefix("#35;").unwrap_or(part).replace("pushed: ", "");
                !rest.is_empty()
                    && rest.chars().all(|c| c.is_alphanumeric() || " -,!?’…".contains(c))
                    && !["--", "  "].iter().any(|twice| rest.contains(twice))
            })
        };
        let is_node = |name: &str| {
            name.len() == 2 && name.starts_with(['s', 'f']) && name.ends_with(|c: char| c.is_ascii_digit())
        };
        let Some(rest) = line.strip_prefix("    ") else {
            return line == "flowchart LR";
        };
        if let Some((name, text)) = rest.split_once('[').filter(|_| rest.contains('"')) {
            let round = name.strip_suffix('(');
            let text = match round {
                Some(_) => text.strip_suffix("])"),
                None => text.strip_suffix(']'),
            };
            let text = text.and_then(|text| text.strip_prefix('"')?.strip_suffix('"'));
            return is_node(round.unwrap_or(name)) && text.is_some_and(of_label);
        }
        let words: Vec<&str> = rest.split(' ').collect();
        words.iter().enumerate().all(|(at, word)| match at % 2 {
            0 => is_node(word),
            _ => matches!(*word, "-->" | "---" | "-.-"),
        })
    }

    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("\"]".to_owned()),
            Just("\n```\n".to_owned()),
            Just("```".to_owned()),
            Just("%%{init: {\"theme\": \"dark\"}}%%".to_owned()),
            Just("\nclick s0 \"https://evil.example\"".to_owned()),
            Just("&quot;&lt;#quot;#35;".to_owned()),
            Just("</script><img src=x onerror=alert(1)>".to_owned()),
            Just("<br>".to_owned()),
            Just(" --> s1; subgraph x\nend".to_owned()),
            Just("\u{202e}\u{200d}\u{2028}\u{0085}".to_owned()),
            Just("`$x$` @{ shape: x }".to_owned()),
            Just("-----".to_owned()),
            ".{0,20}",
            "[a-z ]{0,80}",
        ];
        prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        /// M2 and M3.
        #[test]
        fn whatever_people_write_every_line_is_ours(
            titles in prop::collection::vec((hostile(), any::<bool>()), 0..9),
            branch in hostile(),
            name in hostile(),
            earlier in 0..9_usize,
        ) {
            let items = titles.iter().map(|(title, is_feature)| match is_feature {
                true => feature(7, title),
                false => direct(title),
            });
            let cargo = Cargo { items: items.collect(), earlier, ..Cargo::default() };
            let name = EnvironmentName(name);
            let ways = [stretch(&name, &cargo), stretch(&name, &cargo)];
            let drawn = picture(&BranchName(branch), &ways).expect("a picture");
            let (before, block) = drawn.split_once("```mermaid\n").expect("a block");
            prop_assert_eq!(before, "The same as a picture:\n\n");
            let inside = block.strip_suffix("\n```").expect("its end");
            for line in inside.lines() {
                prop_assert!(is_ours(line), "{:?}", line);
            }
            prop_assert!(drawn.chars().count() < 1_000, "{}", drawn.len());
            // To Markdown it is one paragraph and one block, and the block holds it all.
            let events: Vec<Event> = Parser::new_ext(&drawn, Options::all()).collect();
            let blocks = events.iter().filter(|event| matches!(event, Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) if &**language == "mermaid"));
            prop_assert_eq!(blocks.count(), 1);
            let starts = events.iter().filter(|event| matches!(event, Event::Start(_)));
            prop_assert_eq!(starts.count(), 2);
        }
    }
}
