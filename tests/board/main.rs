//! The board over HTTP, with a browser as simple as one can be: cookies, forms and links, no script. The simulated GitHub asks whom
//! to be, the real program does the rest, and what the two say to each other is held against what GitHub publishes.

#[path = "../support/canary.rs"]
mod canary;
#[path = "../support/contract/mod.rs"]
mod contract;
#[path = "../support/process.rs"]
mod process;
#[path = "../story/world.rs"]
#[allow(dead_code, reason = "the stories ask for more of it")]
mod world;

mod acting;
mod acting_wrongly;
mod acts;
mod badge;
mod before;
mod browser;
mod closed;
mod faces;
mod figures;
mod front;
mod history;
mod leaving;
mod live;
mod protection;
mod repository;
mod scene;
mod setup;
mod setup_cli;
mod setup_wrongly;
mod sign_in;
mod site;
mod tokens;
