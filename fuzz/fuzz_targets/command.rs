//! Comments: what is quoted, fenced, set off as code or hidden never is a command, and what is answered says nothing by itself.

#![no_main]

use greenlight_fuzz::plain::assert_plain;
use greenlight_fuzz::rules::command::{COMMANDS_MAX, Command, mentions_command, read};
use greenlight_fuzz::rules::words::misread::sentence;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check(data));

/// GitHub takes no longer comment; half of it leaves room for what is put around it here.
const CHARS_MAX: usize = 32_768;

fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if text.chars().count() > CHARS_MAX {
        return;
    }
    let found = read(text);
    assert!(found.is_empty() || mentions_command(text));
    assert!(found.len() <= COMMANDS_MAX);
    assert_eq!(found, read(text));
    for one in &found {
        match one {
            Ok(command) => only_plain_names(command),
            Err(misread) => assert_plain(&sentence(misread)),
        }
    }
    for (what, wrapped) in disguised(text) {
        assert!(read(&wrapped).iter().all(Result::is_err), "{what}: {wrapped:?}");
    }
}

fn only_plain_names(command: &Command) {
    let (Command::Promote { environment, .. }
    | Command::Hold { environment, .. }
    | Command::Rollback { environment, .. }) = command
    else {
        return;
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    assert!(environment.as_str().bytes().all(is_plain), "{environment}");
}

/// The text as GitHub shows it when somebody quotes it, sets it off as code, or hides it.
fn disguised(text: &str) -> Vec<(&'static str, String)> {
    let lines = lines(text);
    let quoted = lines.iter().map(|line| format!("> {line}\n")).collect();
    let indented = lines.iter().map(|line| format!("    {line}\n")).collect();
    let longest = |mark: char| text.split(|c| c != mark).map(str::len).max().unwrap_or(0);
    let fenced = |mark: char| {
        let fence = mark.to_string().repeat(longest(mark).max(2) + 1);
        format!("{fence}\n{text}\n{fence}\n")
    };
    let hidden = format!("<!--\n{}\n-->", text.replace("--", "- -").replace("->", "- >"));
    vec![
        ("quoted", quoted),
        ("indented", indented),
        ("fenced", fenced('`')),
        ("fenced with waves", fenced('~')),
        ("hidden", hidden),
    ]
}

/// As Markdown ends them.
fn lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.split('\n').map(str::to_owned).collect()
}
