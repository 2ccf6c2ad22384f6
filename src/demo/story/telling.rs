//! What every scene does again and again: somebody opens a feature or says something, an answer is waited for and shown, a fact
//! is looked up and told.

use super::super::DemoError;
use super::super::outcome::{asked_and_answered, card};
use super::super::shop::{self, DORA};
use super::Story;
use crate::sandbox::{Method, PullView, Repository};

/// A comment of somebody's: the so-manieth that a person wrote on this pull request.
pub(super) struct Said {
    pull: PullView,
    count: usize,
}

pub(super) fn place(pull: &PullView) -> String {
    format!("on #{} “{}”", pull.number, pull.title)
}

impl Story<'_> {
    /// Dora opens a feature, its tests turn green, and she merges it. Gives its number.
    pub(super) async fn lands(&mut self, idea: usize, method: Method) -> Result<u64, DemoError> {
        let ideas = shop::ideas();
        let number = shop::propose(self.shop, &ideas[idea])?;
        let pull = self.pull(number)?;
        self.tell(&format!(
            "Dora opens #{number}, “{}”. Its tests turn green, and she merges it into main.",
            pull.title
        ))
        .await?;
        shop::test(self.shop, &pull.head_sha, "success")?;
        self.shop.merge_pull(DORA, number, method)?;
        Ok(number)
    }

    /// The bot's open pull request into an environment, once its title is this.
    pub(super) async fn promotion(&self, title: &str, base: &str) -> Result<PullView, DemoError> {
        let bot = self.running.github.app().bot_login();
        let look = || {
            let pulls: Vec<PullView> = self
                .shop
                .open_pulls()
                .into_iter()
                .filter(|pull| pull.base == base)
                .collect();
            let titles: Vec<&str> = pulls.iter().map(|pull| pull.title.as_str()).collect();
            match pulls.iter().find(|pull| pull.author == bot && pull.title == title) {
                Some(found) => Ok(found.clone()),
                None => Err(format!(
                    "the open pull requests into {base} are: {}.",
                    titles.join(", ")
                )),
            }
        };
        let fact = format!("There is a pull request “{title}” by {bot}.");
        self.running
            .until(look)
            .await
            .map_err(|difference| DemoError::Differs { fact, difference })
    }

    /// The bot's open pull request into an environment, once its description says this.
    pub(super) async fn described(&self, expected: &str, base: &str) -> Result<PullView, DemoError> {
        let look = || {
            let found = self.shop.open_pulls().into_iter().find(|pull| pull.base == base);
            match found {
                Some(pull) if pull.body.contains(expected) => Ok(pull),
                Some(pull) => Err(format!("it says: {}", pull.body)),
                None => Err("there is none.".to_owned()),
            }
        };
        let fact = format!("The pull request into {base} says “{expected}”.");
        let differs = |difference| DemoError::Differs { fact, difference };
        self.running.until(look).await.map_err(differs)
    }

    /// Somebody comments.
    pub(super) async fn says(&mut self, who: &str, number: u64, text: &str) -> Result<Said, DemoError> {
        let pull = self.pull(number)?;
        self.shop.comment(who, number, text)?;
        self.narrator.quote(who, &place(&pull), text).await?;
        self.newest_said(number)
    }

    pub(super) fn newest_said(&self, number: u64) -> Result<Said, DemoError> {
        let (asked, _) = asked_and_answered(self.shop, number);
        Ok(Said {
            pull: self.pull(number)?,
            count: asked.len(),
        })
    }

    /// Shows the card of a feature once it says this.
    pub(super) async fn card(&mut self, number: u64, expected: &str) -> Result<(), DemoError> {
        let look = || match card(self.shop, number) {
            Some(found) if found.body.contains(expected) => Ok(found),
            Some(found) => Err(format!("it says: {}", found.body)),
            None => Err("there is no card.".to_owned()),
        };
        let fact = format!("The card on #{number} says “{expected}”.");
        let differs = |difference| DemoError::Differs { fact, difference };
        let found = self.running.until(look).await.map_err(differs)?;
        let how = format!("in the card on #{number}");
        Ok(self.narrator.quote(&found.author, &how, &found.body).await?)
    }

    /// Shows the answer once it says this.
    pub(super) async fn answers(&mut self, said: &Said, expected: &str) -> Result<(), DemoError> {
        let number = said.pull.number;
        let look = || {
            let (_, answers) = asked_and_answered(self.shop, number);
            match answers.into_iter().nth(said.count - 1) {
                Some(answer) if answer.body.contains(expected) => Ok(answer),
                Some(answer) => Err(format!("it says: {}", answer.body)),
                None => Err("there is no answer.".to_owned()),
            }
        };
        let fact = format!("The answer on #{number} says “{expected}”.");
        let differs = |difference| DemoError::Differs { fact, difference };
        let answer = self.running.until(look).await.map_err(differs)?;
        let how = if answer.edits > 0 {
            "in the same comment"
        } else {
            "in answer"
        };
        self.narrator.quote(&answer.author, how, &answer.body).await?;
        Ok(())
    }

    /// The hosting of the shop tells how the newest deployment of this environment ended: `success` or `failure`.
    pub(super) async fn deploys(&mut self, environment: &str, outcome: &str) -> Result<(), DemoError> {
        let at = self.head(environment)?;
        let look = || {
            let found = self.shop.deployments().into_iter().rev();
            let found = found
                .into_iter()
                .find(|one| one.environment == environment && one.sha == at);
            found.map(|one| one.id).ok_or_else(|| "there is none.".to_owned())
        };
        let fact = format!("GitHub lists a deployment of what is on {environment}.");
        let differs = |difference| DemoError::Differs { fact, difference };
        let id = self.running.until(look).await.map_err(differs)?;
        Ok(self.shop.deployment_status(shop::HOSTING, id, outcome)?)
    }

    /// Tells a fact once it is so.
    pub(super) async fn sees(
        &mut self,
        fact: &str,
        look: impl Fn(&Repository) -> Result<(), String>,
    ) -> Result<(), DemoError> {
        let differs = |difference| DemoError::Differs {
            fact: fact.to_owned(),
            difference,
        };
        self.running.until(|| look(self.shop)).await.map_err(differs)?;
        Ok(self.narrator.saw(fact).await?)
    }

    pub(super) async fn tell(&mut self, text: &str) -> Result<(), DemoError> {
        Ok(self.narrator.tell(text).await?)
    }

    pub(super) async fn rests(&self) -> Result<(), DemoError> {
        self.running.comes_to_rest().await
    }

    pub(super) fn head(&self, branch: &str) -> Result<String, DemoError> {
        self.shop
            .head(branch)
            .ok_or_else(|| DemoError::Refused(format!("there is no branch {branch}")))
    }

    pub(super) fn pull(&self, number: u64) -> Result<PullView, DemoError> {
        self.shop
            .pull(number)
            .ok_or_else(|| DemoError::Refused(format!("there is no pull request {number}")))
    }
}
