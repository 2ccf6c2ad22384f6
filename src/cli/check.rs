//! `greenlight check`: says of a configuration file what Greenlight would say of it, before anybody commits it.
//!
//! What only GitHub knows is left out: the organisation's defaults, and, unless it is told, which branch is mainline.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use crate::rules::config::{self, Config, FILE_BYTES_MAX, Mistake};
use crate::rules::id::BranchName;
use crate::rules::words::{configuration, mistake};

/// How the check is asked for on the command line.
#[derive(clap::Args, Clone, Debug)]
pub struct Check {
    /// The configuration file.
    #[arg(default_value = config::PATH)]
    pub file: PathBuf,
    /// The branch that features merge into, so that an environment on it is found as well.
    #[arg(long, value_name = "BRANCH")]
    pub default_branch: Option<String>,
}

/// Writes what is wrong, a line for each mistake, or that the file is in order and what it says.
///
/// Says whether it is in order.
///
/// # Errors
/// The file cannot be read, or the answer cannot be written.
pub fn run(check: &Check, out: &mut impl Write) -> io::Result<bool> {
    let mut bytes = Vec::new();
    // One byte more than there may be is enough to know that it is too large.
    let bytes_max = u64::try_from(FILE_BYTES_MAX + 1).unwrap_or(u64::MAX);
    File::open(&check.file)?.take(bytes_max).read_to_end(&mut bytes)?;
    let file = check.file.display();
    match judged(bytes, check.default_branch.as_deref()) {
        Ok(config) => {
            writeln!(out, "{file} is in order.\n\n{}", configuration::understood(&config))?;
            Ok(true)
        }
        Err(mistakes) => {
            for found in mistakes {
                // Editors and terminals make a link of this.
                let place = match found.line {
                    0 => String::new(),
                    line => format!("{line}:{}:", found.column),
                };
                writeln!(out, "{file}:{place} {}", mistake::without_place(&found))?;
            }
            Ok(false)
        }
    }
}

fn judged(bytes: Vec<u8>, mainline: Option<&str>) -> Result<Config, Vec<Mistake>> {
    // A text that is too large may end in the middle of a character; its size is what is to be told then.
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.as_bytes().len() > FILE_BYTES_MAX => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        Err(_) => return Err(vec![Mistake::not_a_file("a file that is not text in UTF-8")]),
    };
    let config = config::parse(&text)?;
    if let Some(mainline) = mainline {
        config.validate_against(&BranchName::from(mainline))?;
    }
    Ok(config)
}
