//! `greenlight doctor`: the report in the terminal, or as JSON for a monitor.

use std::io::{self, Write};

use serde::Serialize;

use super::rehearsed::github;
use crate::clock::Clock;
use crate::doctor::{Asked, ask, findings};
use crate::github::GithubError;
use crate::rules::id::RepoName;
use crate::rules::soundness::{Finding, Known, Weight};
use crate::settings::{Args, Database, Settings, SettingsError};
use crate::store::describe;

/// How the doctor is asked on the command line.
#[derive(clap::Args, Clone, Debug)]
pub struct Doctor {
    /// Look at this repository too, as OWNER/NAME.
    pub repository: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub settings: Args,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum DoctorError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("{0} is not a repository; write it as OWNER/NAME")]
    NotARepository(String),
    #[error(transparent)]
    Github(#[from] GithubError),
    #[error("could not print the report")]
    Output(#[from] io::Error),
}

#[derive(Serialize)]
struct Report<'a> {
    healthy: bool,
    findings: &'a [Finding],
}

/// Prints the report. Says whether nothing is wrong.
///
/// # Errors
/// See [`DoctorError`].
pub async fn run(doctor: Doctor, out: &mut impl Write) -> Result<bool, DoctorError> {
    let key_file = doctor.settings.github_private_key_path.clone();
    let repository = match doctor.repository {
        Some(text) => Some(RepoName::parse(&text).ok_or(DoctorError::NotARepository(text))?),
        None => None,
    };
    let settings = Settings::check(doctor.settings)?;
    let github = github(&settings, Clock::default())?;
    let asked = Asked {
        repository,
        sign_in: settings.client.is_some() && settings.public_url.is_some(),
        public_url: settings.public_url.clone(),
        database: database(&settings.database).await,
        key_file,
    };
    let found = findings(&ask(&github, asked).await);
    let healthy = found.iter().all(|finding| finding.weight != Weight::Wrong);
    if doctor.json {
        let report = Report {
            healthy,
            findings: &found,
        };
        serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        print(&found, out)?;
    }
    Ok(healthy)
}

async fn database(database: &Database) -> Known<String> {
    let described = match database {
        Database::Sqlite(file) => describe::sqlite(file).await,
        Database::Postgres(url) => describe::postgres(url).await,
    };
    described.map_err(|error| error.to_string())
}

fn print(found: &[Finding], out: &mut impl Write) -> io::Result<()> {
    for (weight, title) in [
        (Weight::Wrong, "Wrong"),
        (Weight::Doubtful, "To look at"),
        (Weight::Fine, "Fine"),
    ] {
        let mut of_weight = found.iter().filter(|finding| finding.weight == weight).peekable();
        if of_weight.peek().is_none() {
            continue;
        }
        writeln!(out, "{title}")?;
        for finding in of_weight {
            writeln!(out, "  {}: {}", finding.about, finding.what)?;
            if !finding.remedy.is_empty() {
                writeln!(out, "      {}", finding.remedy)?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}
