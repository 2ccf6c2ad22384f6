//! Commands for whoever writes a configuration or runs Greenlight: no server, an answer in the terminal.

pub mod backup;
pub mod check;
pub mod doctor;
pub mod explain;
pub mod health;
mod rehearsed;
pub mod replay;
pub mod schema;
pub mod setup;
pub mod simulate;
