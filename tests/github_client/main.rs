//! The one client that talks to GitHub, against a simulated GitHub over real HTTP: on good days, on bad days, and when
//! people rename, suspend and forge.

mod bad_days;
#[path = "../support/canary.rs"]
mod canary;
mod effects;
mod facts;
mod origins;
mod repositories;
mod swap;
mod world;
