//! Stories: the real bot against the simulated GitHub, over HTTP. Each test is a rule in words; people act, everything comes
//! to rest, and what anybody could see is compared.

#[path = "../support/canary.rs"]
mod canary;
#[path = "../support/contract/mod.rs"]
mod contract;
#[path = "../support/postgres.rs"]
mod postgres_server;
#[path = "../support/process.rs"]
mod process;

mod bad_days;
mod buttons;
mod by_hand;
mod by_hand_follows;
mod checker;
mod checks;
mod commands;
mod configuration;
mod confirm;
mod crash;
mod crash_preview;
mod deployment;
mod developers;
mod doctor;
mod examples;
mod explain;
mod feature;
mod feature_bad_days;
mod forged;
mod health;
mod hold;
mod hostile;
mod installed;
mod life;
mod merges;
mod metrics;
mod missed;
mod picture;
mod postgres;
mod preview;
mod preview_deployed;
mod preview_random;
mod promotion;
mod protection;
mod release;
mod rest;
mod rollback;
mod rollback_by_itself;
mod rollback_on_top;
mod secrets;
mod soundness;
mod spans;
mod standing;
mod storm;
mod stranger;
mod wall;
mod without;
mod world;
