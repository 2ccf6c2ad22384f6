//! `greenlight schema`: prints what editors need to complete and to check a configuration while it is written.

use std::io::{self, Write};

use crate::rules::config::schema;

/// Writes the JSON Schema, as it is kept in `docs/greenlight.schema.json`.
///
/// # Errors
/// The output cannot be written.
pub fn run(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{:#}", schema::schema())
}
