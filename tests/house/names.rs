//! What files are called and how they begin: a name says which idea a file serves, and its first lines say why it exists.

use std::path::{Path, PathBuf};

use super::source::{Token, tokens};
use super::{read, rust_files, top};

/// Names that say nothing. A thing lives beside the idea it serves.
const EMPTY_NAMES: [&str; 10] = [
    "common", "helper", "helpers", "manager", "managers", "misc", "type", "types", "util", "utils",
];

fn all_rust_files() -> Vec<PathBuf> {
    let folders = ["src", "tests", "benches", "fuzz/src"]
        .into_iter()
        .filter(|folder| top().join(folder).is_dir());
    folders.flat_map(rust_files).collect()
}

fn has_empty_name(file: &Path) -> bool {
    let bare = file.with_extension("");
    bare.iter()
        .any(|part| EMPTY_NAMES.iter().any(|name| part.eq_ignore_ascii_case(name)))
}

#[test]
fn no_file_and_no_folder_has_a_name_that_says_nothing() {
    let found: Vec<PathBuf> = all_rust_files()
        .into_iter()
        .filter(|file| has_empty_name(file))
        .collect();
    assert!(found.is_empty(), "name these after what they are about: {found:?}");
    assert!(has_empty_name(Path::new("src/store/utils/time.rs")) && has_empty_name(Path::new("src/Types.rs")));
    assert!(!has_empty_name(Path::new("tests/support/contract/mod.rs")));
}

#[test]
fn every_file_begins_by_saying_why_it_exists() {
    let silent: Vec<PathBuf> = all_rust_files()
        .into_iter()
        .filter(|file| !read(&top().join(file)).starts_with("//! "))
        .collect();
    assert!(silent.is_empty(), "these lack a `//!` paragraph at the top: {silent:?}");
}

/// What is compiled only for tests is not what ships: the one exception are the tests of a pure module, at its bottom.
#[test]
fn production_code_knows_nothing_of_tests() {
    for file in rust_files("src") {
        let source = read(&top().join(&file));
        let tokens = tokens(&source);
        let word = |at: usize| match tokens.get(at).map(|placed| &placed.token) {
            Some(Token::Word(word)) => word.as_str(),
            _ => "",
        };
        for at in (0..tokens.len()).filter(|at| word(*at) == "test" && word(at.saturating_sub(2)) == "cfg") {
            // `cfg ( test ) ] mod tests`
            let is_tests_module = word(at + 3) == "mod" && word(at + 4) == "tests";
            assert!(
                is_tests_module,
                "{}:{}: `cfg(test)` outside `mod tests`",
                file.display(),
                tokens[at].line
            );
        }
    }
}
