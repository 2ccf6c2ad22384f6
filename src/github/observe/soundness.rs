//! What `/status` asks for those who maintain the repository: rights, rulesets, accounts, teams. What may not be read is a fact, too.

use super::Look;
use crate::github::error::GithubError;
use crate::rules::snapshot::Found;
use crate::rules::soundness::{Answer, Part};

impl Look<'_> {
    pub(super) async fn soundness(self, part: &Part) -> Result<Answer, GithubError> {
        let installation = self.at.installation;
        Ok(match part {
            Part::Grant => Answer::Grant(readable(self.github.grant(installation).await)?),
            Part::Rulesets(branch) => {
                let rules = self.github.rules_seen(self.at, branch.as_str()).await;
                Answer::Rulesets(branch.clone(), readable(rules.map(Some))?)
            }
            Part::Account(login) => {
                let is_there = self.github.knows_account(installation, login).await?;
                Answer::Account(login.clone(), is_there)
            }
            Part::Team(team) => {
                let is_there = self.github.knows_team(installation, &team.org, &team.slug).await;
                Answer::Team(team.clone(), readable(is_there.map(|is_there| is_there.then_some(())))?)
            }
        })
    }
}

/// A missing permission is told and ends nothing; whatever else went wrong is tried again with the whole look.
fn readable<T>(read: Result<Option<T>, GithubError>) -> Result<Found<T>, GithubError> {
    match read {
        Ok(found) => Ok(found.map_or(Found::Missing, Found::It)),
        Err(GithubError::Forbidden { permission, .. }) => Ok(Found::Unreadable(permission.to_string())),
        Err(error) => Err(error),
    }
}
