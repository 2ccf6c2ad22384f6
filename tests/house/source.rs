//! Rust source as far as the house rules need it: words, texts and marks with their lines, and the paths inside our crate.
//!
//! Comments and the insides of texts are not code, so they are never taken for a path.

use std::path::Path;

/// A piece of source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    Word(String),
    /// A string literal, without its quotes, escapes as they are written.
    Text(String),
    /// `::`
    PathMark,
    Mark(char),
}

/// A token and the line it begins on, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub token: Token,
    pub line: usize,
}

/// A path from the crate's root, such as `["rules", "plan", "Look"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CratePath {
    pub line: usize,
    pub segments: Vec<String>,
}

/// Takes source apart.
pub fn tokens(source: &str) -> Vec<Placed> {
    let mut reader = Reader { rest: source, line: 1 };
    let mut found = Vec::new();
    loop {
        reader.skip_blank_and_comments();
        let line = reader.line;
        match reader.token() {
            Some(token) => found.push(Placed { token, line }),
            None => return found,
        }
    }
}

/// The tokens of production code: everything before the tests at the bottom of the file.
pub fn tokens_without_tests(source: &str) -> Vec<Placed> {
    tokens(source.split("#[cfg(test)]").next().unwrap_or(source))
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    /// Takes up to and including `end`, or all that is left.
    fn take_past(&mut self, end: &str) -> &'a str {
        let bytes = self.rest.find(end).map_or(self.rest.len(), |at| at + end.len());
        self.take(bytes)
    }

    fn skip_blank_and_comments(&mut self) {
        loop {
            let blank = self.rest.len() - self.rest.trim_start().len();
            self.take(blank);
            if self.rest.starts_with("//") {
                self.take_past("\n");
            } else if self.rest.starts_with("/*") {
                self.skip_block_comment();
            } else {
                return;
            }
        }
    }

    /// Block comments nest in Rust.
    fn skip_block_comment(&mut self) {
        let mut depth = 0_usize;
        loop {
            if self.rest.starts_with("/*") {
                depth += 1;
                self.take(2);
            } else if self.rest.starts_with("*/") {
                depth -= 1;
                self.take(2);
            } else {
                let Some(first) = self.rest.chars().next() else {
                    return;
                };
                self.take(first.len_utf8());
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn token(&mut self) -> Option<Token> {
        let first = self.rest.chars().next()?;
        if first.is_alphanumeric() || first == '_' {
            return Some(self.word());
        }
        if first == '"' {
            return Some(self.text());
        }
        if first == '\'' {
            return Some(self.character_or_lifetime());
        }
        if self.rest.starts_with("::") {
            self.take(2);
            return Some(Token::PathMark);
        }
        self.take(first.len_utf8());
        Some(Token::Mark(first))
    }

    fn word(&mut self) -> Token {
        let end = self
            .rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(self.rest.len());
        let word = self.take(end);
        let is_prefix = matches!(word, "r" | "b" | "br" | "c" | "cr");
        if is_prefix && self.rest.starts_with('"') {
            return if word.contains('r') {
                self.raw_text("\"")
            } else {
                self.text()
            };
        }
        let hashes = self.rest.len() - self.rest.trim_start_matches('#').len();
        if is_prefix && word.contains('r') && hashes > 0 && self.rest[hashes..].starts_with('"') {
            let fence = format!("\"{}", &self.rest[..hashes]);
            self.take(hashes);
            return self.raw_text(&fence);
        }
        Token::Word(word.to_owned())
    }

    fn raw_text(&mut self, end: &str) -> Token {
        self.take(1);
        let text = self.take_past(end);
        Token::Text(text.strip_suffix(end).unwrap_or(text).to_owned())
    }

    fn text(&mut self) -> Token {
        self.take(1);
        let mut escaped = false;
        let end = self.rest.char_indices().find(|(_, c)| {
            let ends = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        let text = self.take(end.map_or(self.rest.len(), |(at, _)| at)).to_owned();
        self.take(usize::from(!self.rest.is_empty()));
        Token::Text(text)
    }

    /// `'a'` is a character, `'a` a lifetime; neither is ever part of a path.
    fn character_or_lifetime(&mut self) -> Token {
        self.take(1);
        let mut characters = self.rest.char_indices();
        match (characters.next(), characters.next()) {
            (Some((_, '\\')), Some((_, escaped))) => {
                self.take(1 + escaped.len_utf8());
                self.take_past("'");
            }
            (Some(_), Some((at, '\''))) => {
                self.take(at + 1);
            }
            _ => {}
        }
        Token::Mark('\'')
    }
}

/// The module that a file below `src` is: `src/rules/plan.rs` and `src/rules/plan/mod.rs` are both `["rules", "plan"]`.
pub fn module_of(file: &Path) -> Vec<String> {
    let inside = file.strip_prefix("src").expect("a file below src").with_extension("");
    let mut module: Vec<String> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if module
        .last()
        .is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main"))
    {
        module.pop();
    }
    module
}

/// Every path to something of our crate, by whichever way it is written: `crate::`, `greenlight::` (in the binary),
/// `self::` and `super::`, in `use` lines, with groups, and in the middle of code.
pub fn crate_paths(source: &str, module: &[String]) -> Vec<CratePath> {
    let tokens = tokens(source);
    let mut walk = Walk {
        tokens: &tokens,
        found: Vec::new(),
    };
    // One entry per open brace: whether it opened a module.
    let mut braces: Vec<bool> = Vec::new();
    let mut here = module.to_vec();
    let mut at = 0;
    while let Some(placed) = tokens.get(at) {
        let before = at.checked_sub(1).map(|before| &tokens[before].token);
        match &placed.token {
            Token::Mark('{') => {
                let name = at.checked_sub(2).map(|two_before| &tokens[two_before].token);
                let is_module = name == Some(&Token::Word("mod".to_owned()));
                if let (true, Some(Token::Word(name))) = (is_module, before) {
                    here.push(name.clone());
                }
                braces.push(is_module);
            }
            Token::Mark('}') if braces.pop() == Some(true) => {
                here.pop();
            }
            Token::Word(word) if before != Some(&Token::PathMark) && walk.is_path_mark(at + 1) => {
                let start = match word.as_str() {
                    "crate" | "greenlight" => Some(Vec::new()),
                    "self" => Some(here.clone()),
                    "super" => Some(parent(&here)),
                    _ => None,
                };
                if let Some(start) = start {
                    at = walk.tree(start, at + 2);
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    walk.found
}

fn parent(module: &[String]) -> Vec<String> {
    module[..module.len().saturating_sub(1)].to_vec()
}

struct Walk<'a> {
    tokens: &'a [Placed],
    found: Vec<CratePath>,
}

impl Walk<'_> {
    fn is_path_mark(&self, at: usize) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|placed| placed.token == Token::PathMark)
    }

    /// Reads what follows a path mark, and says where it ends.
    fn tree(&mut self, mut prefix: Vec<String>, at: usize) -> usize {
        let Some(placed) = self.tokens.get(at) else {
            return at;
        };
        match &placed.token {
            Token::Word(word) if word == "super" => {
                prefix.pop();
                if self.is_path_mark(at + 1) {
                    self.tree(prefix, at + 2)
                } else {
                    self.leaf(prefix, at)
                }
            }
            Token::Word(word) if word == "self" => self.leaf(prefix, at),
            Token::Word(word) => {
                prefix.push(word.clone());
                if self.is_path_mark(at + 1) {
                    self.tree(prefix, at + 2)
                } else {
                    self.leaf(prefix, at)
                }
            }
            Token::Mark('*') => {
                prefix.push("*".to_owned());
                self.leaf(prefix, at)
            }
            Token::Mark('{') => self.group(&prefix, at + 1),
            // A turbofish: what stands before it is the path.
            _ => self.leaf(prefix, at.saturating_sub(1)),
        }
    }

    fn group(&mut self, prefix: &[String], mut at: usize) -> usize {
        while let Some(placed) = self.tokens.get(at) {
            match &placed.token {
                Token::Mark('}') => return at + 1,
                Token::Mark(',') => at += 1,
                _ => at = self.tree(prefix.to_vec(), at),
            }
            if self
                .tokens
                .get(at)
                .is_some_and(|placed| placed.token == Token::Word("as".to_owned()))
            {
                at += 2;
            }
        }
        at
    }

    fn leaf(&mut self, segments: Vec<String>, at: usize) -> usize {
        self.found.push(CratePath {
            line: self.tokens[at].line,
            segments,
        });
        at + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_however_they_are_written() {
        let source = r##"
            //! Not this one: crate::web::serve.
            use crate::{clock::Clock, rules::{effect::{self, Effect as Wish}, id::*}};
            /* nor /* this */ crate::web */
            const TEXT: &str = "crate::web \" crate::web";
            const RAW: &str = r#"crate::web " crate::web"#;
            fn f<'a>(x: &'a str) -> char { let _ = crate::store::open::<u8>(x); '"' }
            mod tests { use super::*; use super::super::sibling; }
            pub(crate) use self::inner::Thing;
        "##;
        let paths: Vec<String> = crate_paths(source, &["github".to_owned(), "call".to_owned()])
            .into_iter()
            .map(|path| format!("{} {}", path.line, path.segments.join("::")))
            .collect();
        assert_eq!(
            paths,
            [
                "3 clock::Clock",
                "3 rules::effect",
                "3 rules::effect::Effect",
                "3 rules::id::*",
                "7 store::open",
                "8 github::call::*",
                "8 github::sibling",
                "9 github::call::inner::Thing",
            ]
        );
    }

    #[test]
    fn a_file_knows_its_module() {
        let module = |file: &str| module_of(Path::new(file)).join("::");
        assert_eq!(module("src/rules/plan.rs"), "rules::plan");
        assert_eq!(module("src/rules/mod.rs"), "rules");
        assert_eq!(module("src/main.rs"), "");
    }
}
