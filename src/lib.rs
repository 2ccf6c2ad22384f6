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
//! `simulate` runs all of it in worlds made from one seed each, and judges whether every promise was kept.
//!
//! May import: `main → app, cli, demo, telemetry`; `cli → app, doctor, github, rehearse, rules, settings, simulate, store`; `doctor → github, rules`; `app → all but cli, demo, sandbox and simulate`; `web → store, rules`, for set-up and signing in `github` too; `worker → checker, reconcile, store`; `checker → github, reconcile, rules, store`;
//! `reconcile → github, store, rules`; `github, store → rules`; `fault` by all of them but `rules`; `metrics` by who counts; `demo → app, sandbox`; `simulate → all but app, cli, demo`; `rules`, `sandbox` and `telemetry` nothing of ours.
//! `tests/house` holds it.

pub mod app;
pub mod checker;
pub mod cli;
pub mod clock;
pub mod demo;
pub mod doctor;
pub mod fault;
pub mod github;
pub mod metrics;
pub mod reconcile;
pub mod rehearse;
pub mod rules;
pub mod sandbox;
pub mod settings;
pub mod simulate;
pub mod store;
pub mod telemetry;
pub mod web;
pub mod worker;
