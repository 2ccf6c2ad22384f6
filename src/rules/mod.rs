//! The rules: plain data in, plain data out. No client, no clock, no SQL, no await; every decision of Greenlight is made here.

pub mod authority;
pub mod checks;
pub mod closes;
pub mod command;
pub mod config;
pub mod deployment;
pub mod developers;
pub mod effect;
pub mod feature;
pub mod gate;
pub mod id;
pub mod interpret;
pub mod learn;
pub mod memory;
pub mod offer;
pub mod outside;
pub mod plan;
pub mod preview;
pub mod protection;
pub mod release;
pub mod rollback;
pub mod snapshot;
pub mod stay;
pub mod stretch;
pub mod when;
pub mod words;
