//! Greenlight: a self-hosted GitHub App that hands deployment to the product owner.
//!
//! Data flows one way:
//!
//! ```text
//! GitHub ──POST /webhook──▶ web: signature ─▶ store: inbox (on disk, then 202)
//!                                                │
//! worker: one repository at a time ◀─────────────┘
//!   rules::interpret  deliveries → news                         (pure)
//!   github::observe   what GitHub says now → Snapshot           (reads)
//!   rules::plan       Snapshot + memory + news + now → Plan     (pure)
//!   github::perform   the plan's effects → GitHub, each safe to repeat, each recorded in the ledger
//! ```
//!
//! `reconcile` is that loop in ten lines; begin there, then read `rules::plan`. `app` wires it all, `settings` is what the
//! operator says, `clock` is the only one who knows what time it is. `sandbox` is a simulated GitHub, for the `demo` and for
//! every integration test; it knows nothing of the rest.
//!
//! May import: `main → app, cli, demo`; `cli → rules, settings, store`; `app → all but demo and sandbox`; `web → store, rules`; `worker → checker, reconcile, store`; `checker → github, reconcile, rules, store`;
//! `reconcile → github, store, rules`; `github, store → rules`; `demo → app, sandbox`; `rules` and `sandbox` nothing of ours.
//! `tests/house` holds it.

pub mod app;
pub mod checker;
pub mod cli;
pub mod clock;
pub mod demo;
pub mod github;
pub mod reconcile;
pub mod rules;
pub mod sandbox;
pub mod settings;
pub mod store;
pub mod web;
pub mod worker;
