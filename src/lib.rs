//! Greenlight: a self-hosted GitHub App that hands deployment to the product owner.

pub mod clock;
pub mod rules;
pub mod sandbox;
pub mod store;
pub mod web;
