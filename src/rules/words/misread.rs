//! The answer to a line that was meant as a command and is not one: what is wrong, that nothing happened, what to write instead.

use crate::rules::command::{COMMANDS_MAX, Misread, Problem, lookalike::is_invisible};

/// One paragraph of Markdown, in whole sentences.
pub fn sentence(misread: &Misread) -> String {
    let written = quote(&misread.written);
    let what = match &misread.problem {
        Problem::UnknownCommand { word } => {
            format!(
                "I do not know the command {}, so nothing was changed.",
                quote(&format!("/{word}"))
            )
        }
        Problem::LookAlike => format!(
            "Some characters of {written} only look like the right ones, or cannot be seen, so nothing was changed. \
            That happens when a text is copied from another program."
        ),
        Problem::MissingEnvironment => {
            format!("{written} does not say which environment is meant, so nothing was changed.")
        }
        Problem::MissingReason => format!(
            "{written} does not say why, so nothing was changed. The developer needs a reason to know what to do next."
        ),
        Problem::MissingFeature => {
            format!("{written} does not say what to leave out, so nothing was changed.")
        }
        Problem::NotAFeature { word } => format!(
            "{} is not the number of a pull request, so nothing was changed. What is to be left out is said like `#4`.",
            quote(word)
        ),
        Problem::MissingTarget => {
            format!("{written} does not say where to go back to, so nothing was changed.")
        }
        Problem::NotATarget { word } => format!(
            "{} is neither the number of a pull request nor a commit, so nothing was changed. Where to go back to is said like `#4`, \
             or not at all: then it is what ran there before.",
            quote(word)
        ),
        Problem::NotAnEnvironment { word } => {
            format!(
                "{} cannot be the name of an environment, so nothing was changed.",
                quote(word)
            )
        }
        Problem::NotAPreview { word } => {
            format!(
                "{} cannot be the name of a preview, so nothing was changed.",
                quote(word)
            )
        }
        Problem::UnknownOption { word } => format!(
            "I do not know the option {}, so nothing was changed. The only option is `--dry-run`, which shows what would go without moving anything.",
            quote(word)
        ),
        Problem::ExtraWord { word } => {
            format!(
                "I cannot make sense of {} in {written}, so nothing was changed.",
                quote(word)
            )
        }
        Problem::InQuotation => format!(
            "GitHub shows {written} as part of the quotation above it, so it was not taken as a command and nothing was changed. \
            An empty line after the quotation keeps the two apart."
        ),
        Problem::InHtml => format!(
            "{written} stands within HTML, or directly below it (a pasted picture is HTML too), so it was not taken as a command and \
            nothing was changed. An empty line above the command keeps the two apart."
        ),
        Problem::TooMany => {
            return format!(
                "This comment has more than {COMMANDS_MAX} commands. I did not carry out any of them. Please write those that you need in a new comment."
            );
        }
    };
    format!("{what} {}", remedy(misread))
}

fn remedy(misread: &Misread) -> String {
    match (&misread.problem, &misread.nearest) {
        (_, None) => "`/help` lists what you can say here.".to_owned(),
        (Problem::UnknownCommand { .. }, Some(form)) => {
            format!("If you meant `{form}`, please write that in a new comment.")
        }
        (Problem::LookAlike, Some(form)) => {
            format!("Please type `{form}` by hand, in a new comment.")
        }
        (_, Some(form)) => format!("Please write `{form}` in a new comment."),
    }
}

/// Longer texts are cut; enough to be recognised by.
const QUOTED_CHARS_MAX: usize = 60;

/// Somebody else's text as a Markdown code span that is nothing but that: no mention, link, picture, HTML, hidden marker, command or
/// new line comes out of it, inside a sentence, a list or a table, and it reads as well where Markdown is not rendered.
///
/// Backticks, angle brackets and pipes become characters that look alike and mean nothing; what cannot be seen is left out.
pub fn quote(text: &str) -> String {
    let mut shown = String::new();
    let mut chars = text.chars().filter(|c| !is_invisible(*c)).map(harmless).peekable();
    let mut length = 0;
    while let Some(c) = chars.next() {
        // A run of blanks is one, and none at the ends: a code span would eat them.
        if c == ' ' && (shown.is_empty() || chars.peek().is_none_or(|next| *next == ' ')) {
            continue;
        }
        if length == QUOTED_CHARS_MAX {
            shown.truncate(shown.trim_end().len());
            shown.push('…');
            break;
        }
        shown.push(c);
        length += 1;
    }
    if shown.is_empty() {
        return "an empty text".to_owned();
    }
    format!("`{shown}`")
}

fn harmless(c: char) -> char {
    match c {
        '`' => '\u{2018}',
        '<' => '\u{2039}',
        '>' => '\u{203a}',
        '|' => '\u{00a6}',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}
