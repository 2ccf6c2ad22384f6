//! The rules: plain data in, plain data out. No client, no clock, no SQL, no await; every decision of Greenlight is made here.

pub mod checks;
pub mod effect;
pub mod id;
pub mod memory;
pub mod snapshot;
