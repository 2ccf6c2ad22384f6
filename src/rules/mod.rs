//! The rules: plain data in, plain data out. No client, no clock, no SQL, no await; every decision of Greenlight is made here.

pub mod checks;
pub mod command;
pub mod config;
pub mod id;
pub mod words;
