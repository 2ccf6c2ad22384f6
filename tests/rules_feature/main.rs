//! The life of one feature, by the rules alone: random stories that hold the promises T1 to T3 of `plan::feature`, and the table of
//! who may do what, in which state, by which road.

#[path = "../support/soundness.rs"]
mod soundness;
mod story;
mod table;
mod world;
