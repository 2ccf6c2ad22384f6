//! The pure parts of Greenlight, compiled from the program's own files, and what has to hold of them whatever they are given.
//!
//! The files are taken in as they are, by their paths, because the program as a whole would take minutes to build for this:
//! web server, database and HTTP client are not needed to read a comment. What holds beyond "does not panic" is in `fuzz_targets`.

#![allow(dead_code, reason = "what the rest of the program uses of these files is not here")]

pub mod github;
pub mod plain;
#[path = "../../src/rules/mod.rs"]
pub mod rules;
pub mod store;
pub mod web;
