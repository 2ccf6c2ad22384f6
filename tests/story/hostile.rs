//! What nobody expects in comments, in the configuration's place and in deliveries: each gets the answer that it should, and the
//! bot goes on.

mod comments;
mod configurations;
mod payloads;
