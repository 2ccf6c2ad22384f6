//! `greenlight doctor`: whether everything that Greenlight needs is really there, and for each thing that is not, what to do.
//!
//! D1 What could not be read is told as that, and never as fine.
//! D2 Nothing is changed by asking, neither at GitHub nor in the database.
//!
//! `asking` reads, `facts` is what was read, `findings` judges it and knows no I/O.

mod asking;
mod facts;
mod findings;

pub use asking::{Asked, ask};
pub use facts::{Attempt, Facts};
pub use findings::findings;
