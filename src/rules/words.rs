//! What Greenlight says.

pub mod misread;
pub mod mistake;
