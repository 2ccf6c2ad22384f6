//! What a payload's envelope says of itself.

#[path = "../../src/store/inbox.rs"]
mod inbox;

pub use inbox::Readable;
