//! Holds the repository to what its own pages say: who may import whom, what the App may do, and what files are called. What the
//! documentation shows is held by tests/docs.

#[path = "../support/contract/mod.rs"]
mod contract;

mod imports;
mod manifest;
mod names;
mod security;
mod source;

use std::path::{Path, PathBuf};

/// The top folder of the repository.
fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below a folder of the repository, in a stable order, as paths from the top.
fn files_below(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![top().join(folder)];
    while let Some(folder) = waiting.pop() {
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let path = entry.expect("an entry of a folder that was just opened").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.push(path.strip_prefix(top()).expect("a path below the top").to_owned());
            }
        }
    }
    found.sort();
    found
}

/// Every Rust file below a folder.
fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut files = files_below(folder);
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    assert!(
        !files.is_empty(),
        "no Rust file below {folder}: this test reads the wrong place"
    );
    files
}
