//! What a look would do, for an operator's eyes: what `explain` and `replay --dry-run` share; and the way to GitHub, `doctor`'s too.

use std::io::{self, Write};

use crate::clock::Clock;
use crate::github::{Access, Github, GithubError};
use crate::rehearse::Rehearsed;
use crate::rules::effect::Effect;
use crate::rules::words::plain::plain;
use crate::settings::{Database, Settings};
use crate::store::StoreError;
use crate::store::aside::Aside;

/// GitHub, as the settings say how to reach it.
pub fn github(settings: &Settings, clock: Clock) -> Result<Github, GithubError> {
    let access = Access::new(settings.app_id, settings.private_key.clone(), settings.api_url.clone());
    Github::new(&access, clock)
}

/// The database, beside the program that uses it.
pub async fn aside(database: &Database) -> Result<Aside, StoreError> {
    match database {
        Database::Sqlite(file) => Aside::sqlite(file).await,
        Database::Postgres(url) => Aside::postgres(url).await,
    }
}

/// What would be done, a line each.
pub fn print_effects(seen: &Rehearsed, out: &mut impl Write) -> io::Result<()> {
    if seen.effects.is_empty() {
        writeln!(out, "Greenlight would do nothing now.")?;
    } else {
        writeln!(out, "Greenlight would now:")?;
    }
    for effect in seen.effects.values() {
        writeln!(out, "  - {}", would(effect))?;
    }
    if let Some(at) = seen.look_again {
        writeln!(out, "If nothing happens, it looks again at {at:.0}.")?;
    }
    Ok(())
}

/// Our own Markdown as text, paragraph by paragraph.
pub fn print_text(markdown: &str, out: &mut impl Write) -> io::Result<()> {
    plain(markdown).iter().try_for_each(|line| writeln!(out, "  {line}"))
}

fn would(effect: &Effect) -> String {
    match effect {
        Effect::Acknowledge { .. } => "show on the comment that it was seen".to_owned(),
        Effect::AnswerByReaction { .. } => "answer the comment by a reaction".to_owned(),
        Effect::Reply { pull, .. } => format!("answer on #{pull}"),
        Effect::EditReply { .. } => "change what its answer says".to_owned(),
        Effect::MoveBranch { branch, to, .. } => format!("move {branch} forward to {}", to.short()),
        Effect::MergeBranch { branch, commit, .. } => format!("merge {} into {branch}", commit.short()),
        Effect::MakeRevert { environment, .. } => format!("make a commit that takes {environment} back"),
        Effect::RollBack { branch, to, .. } => format!("take {branch} back to {}", to.short()),
        Effect::SetBranch { branch, to, .. } => format!("set {branch} to {}", to.short()),
        Effect::OpenPromotionPull { environment, .. } => {
            format!("open the pull request that shows what waits for {environment}")
        }
        Effect::EditPromotionPull { pull, .. } => format!("bring #{pull}, which shows what waits, up to date"),
        Effect::ClosePromotionPull { pull, .. } => format!("close #{pull}, because nothing waits any more"),
        Effect::OpenHotfixPull { environment, .. } => {
            format!("open the pull request that brings back what was changed on {environment}")
        }
        Effect::DescribePull { pull, .. } => format!("bring the description of #{pull} up to date"),
        Effect::WriteCard { pull, card: None, .. } => format!("write the card of #{pull}"),
        Effect::WriteCard { pull, .. } => format!("bring the card of #{pull} up to date"),
        Effect::SetButtons { pull, .. } => format!("set the buttons of #{pull}"),
        Effect::MergePull { pull, base, .. } => format!("merge #{pull} into {base}"),
        Effect::RemoveLabel { pull, label } => format!("take the label {label} off #{pull}"),
        Effect::CreateDeployment(_) => "note a deployment on GitHub".to_owned(),
        Effect::ReportDeployment { environment, .. } => format!("report on a deployment to {environment}"),
        Effect::AnswerRun {
            environment, approved, ..
        } => match approved {
            true => format!("let a workflow deploy to {environment}"),
            false => format!("keep a workflow from deploying to {environment}"),
        },
        Effect::ReportToRun { environment, .. } => {
            format!("tell a workflow why it does not deploy to {environment} yet")
        }
        Effect::MakeTag { tag, commit } => format!("put the tag {tag} on {}", commit.short()),
        Effect::MakeRelease { tag, .. } => format!("publish the release {tag}"),
        Effect::OpenIssue { environment, .. } => format!("open the issue about what was taken back from {environment}"),
        Effect::RevertPull { pull, .. } => format!("open a pull request that reverts #{pull}"),
        Effect::CloseIssue { issue, .. } => format!("close the issue #{}", issue.0),
        Effect::OpenWelcome { .. } => "open the pull request that proposes a configuration".to_owned(),
        Effect::ReportConfiguration { commit, .. } => format!("report on the configuration of {}", commit.short()),
    }
}
