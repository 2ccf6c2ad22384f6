//! What is done with a delivery before it is on disk.

#[path = "../../src/web/envelope.rs"]
pub mod envelope;
#[path = "../../src/web/signature.rs"]
pub mod signature;
