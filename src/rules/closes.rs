//! Which issues a pull request closes, by the words of its description.
//!
//! The words are GitHub's: close, fix and resolve in each of their forms, and after them one issue, `#17`, `harbour/shop#17` or its
//! address. Code, quoted HTML and comments say nothing; what is not understood is left out, for this is only told, and nothing
//! is decided by it.
//! Source: "Linking a pull request to an issue" in GitHub's documentation.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use serde::{Deserialize, Serialize};

use super::id::RepoName;

/// More in one description is an accident.
const ISSUES_MAX: usize = 20;

const KEYWORDS: [&str; 9] = [
    "close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved",
];

/// An issue, as it was named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// `None`: of the same repository.
    pub repository: Option<RepoName>,
    pub number: i64,
}

/// The issues in their order, each once.
pub fn closed_by(description: &str) -> Vec<Issue> {
    let mut found: Vec<Issue> = Vec::new();
    for text in passages(description) {
        let words: Vec<&str> = text.split_whitespace().collect();
        for pair in words.windows(2) {
            let issue = pair
                .first()
                .filter(|word| is_keyword(word))
                .and_then(|_| issue(pair[1]));
            found.extend(issue.filter(|issue| !found.contains(issue)));
        }
    }
    found.truncate(ISSUES_MAX);
    found
}

/// What a reader sees as running text: one passage for each paragraph, item or heading.
fn passages(description: &str) -> Vec<String> {
    let mut passages = vec![String::new()];
    let mut in_code = false;
    for event in Parser::new(description) {
        let passage = passages.last_mut();
        match (event, passage) {
            (Event::Start(Tag::CodeBlock(_)), _) => in_code = true,
            (Event::End(TagEnd::CodeBlock), _) => in_code = false,
            (Event::Text(text), Some(passage)) if !in_code => passage.push_str(&text),
            (Event::SoftBreak | Event::HardBreak, Some(passage)) => passage.push(' '),
            // A word for what is not read, so that nothing grows together across it.
            (Event::Code(_) | Event::InlineHtml(_), Some(passage)) => passage.push_str(" \u{b7} "),
            (Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::Heading(_)), _) => passages.push(String::new()),
            _ => {}
        }
    }
    passages
}

fn is_keyword(word: &str) -> bool {
    let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    let word = word.strip_suffix(':').unwrap_or(word);
    KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}

fn issue(word: &str) -> Option<Issue> {
    let word = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    if let Some(address) = word.strip_prefix("https://") {
        let (_, path) = address.split_once('/')?;
        let (repository, number) = path.split_once("/issues/")?;
        return Some(Issue {
            repository: Some(RepoName::parse(repository)?),
            number: number_of(number)?,
        });
    }
    let (repository, number) = word.split_once('#')?;
    let repository = match repository {
        "" => None,
        named => Some(RepoName::parse(named)?),
    };
    Some(Issue {
        repository,
        number: number_of(number)?,
    })
}

fn number_of(digits: &str) -> Option<i64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| is_number && *number > 0)
}

#[cfg(test)]
mod tests {
    use super::closed_by;

    fn told(description: &str) -> Vec<String> {
        let one = |issue: super::Issue| {
            let repository = issue.repository.map_or_else(String::new, |name| name.to_string());
            format!("{repository}#{}", issue.number)
        };
        closed_by(description).into_iter().map(one).collect()
    }

    #[test]
    fn every_form_of_githubs_words_closes() {
        assert_eq!(told("Closes #17"), ["#17"]);
        assert_eq!(told("This FIXES: #3, resolved #4, and\nclose #5."), ["#3", "#4", "#5"]);
        assert_eq!(told("fixes harbour/shop#9"), ["harbour/shop#9"]);
        assert_eq!(
            told("- resolves https://github.com/harbour/shop/issues/12)"),
            ["harbour/shop#12"]
        );
        assert_eq!(told("fix #3 and fix #3"), ["#3"]);
    }

    #[test]
    fn what_is_not_said_to_the_reader_closes_nothing() {
        for silent in [
            "",
            "see #17",
            "closes 17",
            "closes #",
            "closes #0",
            "closes #1x7",
            "encloses #17",
            "<!-- closes #17 -->",
            "`closes #17`",
            "```\ncloses #17\n```",
            "closes\n\n#17",
            "closes `x` #17",
            "closes https://github.com/harbour/shop/pull/12",
        ] {
            assert_eq!(told(silent), Vec::<String>::new(), "{silent:?}");
        }
    }
}
