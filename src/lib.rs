//! Greenlight: a self-hosted GitHub App that hands deployment to the product owner.

pub mod app;
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
