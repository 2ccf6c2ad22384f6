//! The board in a real browser: Debian's Chromium without a window, told what to do by its own driver. What it shows is judged by
//! axe-core, and kept as pictures in `target/screenshots`. A missing browser is a failure; `.ci/prepare` installs it.

#[path = "../support/canary.rs"]
mod canary;
#[path = "../support/contract/mod.rs"]
mod contract;
#[path = "../support/process.rs"]
mod process;
#[path = "../story/world.rs"]
#[allow(dead_code, reason = "the stories ask for more of it")]
mod world;

mod acts;
mod axe;
mod chrome;
mod pages;
mod pictures;
mod setup;
mod somebody;
mod windows;
