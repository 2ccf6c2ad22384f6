//! Holds the simulated GitHub to what GitHub does: by its behaviour, and by GitHub's published contract.

mod bad_days;
mod branches;
mod client;
mod credentials;
mod published;
mod pulls;

#[path = "../support/contract/mod.rs"]
mod contract;
