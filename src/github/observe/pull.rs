//! Pull requests: one by its number, the standing promotion pull request, and which ones brought commits into mainline.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Account, Look, PAGES_MAX, READS_AT_ONCE};
use crate::github::address::encoded;
use crate::github::error::GithubError;
use crate::github::reading::PER_PAGE;
use crate::rules::closes::closed_by;
use crate::rules::id::{BranchName, PullNumber, RepoId, Sha};
use crate::rules::memory::{Feature, Origin};
use crate::rules::snapshot::Pull;
use crate::rules::welcome;

/// What the list and the single pull request have in common; the list has no `merged`.
#[derive(Deserialize)]
struct PullBody {
    number: i64,
    title: String,
    body: Option<String>,
    user: Option<Account>,
    state: String,
    merged_at: Option<Timestamp>,
    /// Before the merge the commit of a trial merge; absent in later versions of the API.
    merge_commit_sha: Option<String>,
    head: TipBody,
    base: TipBody,
    #[serde(default)]
    created_at: Option<Timestamp>,
    updated_at: Timestamp,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    labels: Vec<LabelBody>,
    mergeable: Option<bool>,
    merged_by: Option<Account>,
}

#[derive(Deserialize)]
struct LabelBody {
    name: String,
}

#[derive(Deserialize)]
struct TipBody {
    #[serde(rename = "ref")]
    branch: String,
    sha: Sha,
    repo: Option<RepoBody>,
}

#[derive(Deserialize)]
struct RepoBody {
    id: i64,
}

impl Look<'_> {
    /// A pull request; `None` for a number that is an issue's or nobody's.
    pub(super) async fn pull(self, number: PullNumber) -> Result<Option<Pull>, GithubError> {
        let path = format!("/pulls/{number}");
        let mut found: Option<PullBody> = self.get(&path).await?.found_or_none()?;
        // Asking is what makes GitHub work out whether it can be merged; it takes a moment, and only features are waited for.
        for wait in &self.github.fresh_retries {
            let is_told = |pull: &PullBody| pull.mergeable.is_some() || pull.state != "open" || pull.labels.is_empty();
            if found.as_ref().is_none_or(is_told) {
                break;
            }
            self.github.clock.sleep(*wait).await;
            found = self.get(&path).await?.found_or_none()?;
        }
        match found {
            Some(body) => self.told(body).await.map(Some),
            None => Ok(None),
        }
    }

    /// The open pull requests into a branch, as lists show them.
    pub(super) async fn open_pulls(self, base: &BranchName) -> Result<Vec<Pull>, GithubError> {
        let filter = format!("state=open&base={}&per_page={PER_PAGE}", encoded(base.as_str()));
        let pages = self.get_pages(&format!("/pulls?{filter}"), PAGES_MAX).await?;
        let listed: Vec<PullBody> = pages.map_or(Ok(Vec::new()), |pages| pages.items())?;
        let mut pulls = Vec::new();
        for body in listed {
            pulls.push(self.told(body).await?);
        }
        Ok(pulls)
    }

    /// The pull requests that GitHub associates with a commit; none for a commit that it does not know.
    pub(super) async fn pulls_of(self, commit: &Sha) -> Result<Vec<Pull>, GithubError> {
        let reading = self
            .get(&format!("/commits/{commit}/pulls?per_page={PER_PAGE}"))
            .await?;
        let is_unknown = matches!(
            reading.answer.status,
            StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY
        );
        let listed: Vec<PullBody> = if is_unknown { Vec::new() } else { reading.found()? };
        let mut pulls = Vec::new();
        for body in listed {
            pulls.push(self.told(body).await?);
        }
        Ok(pulls)
    }

    /// The open pull request from `head` into `base`, both of this repository; GitHub allows one.
    pub(super) async fn promotion_pull(
        self,
        head: &BranchName,
        base: &BranchName,
    ) -> Result<Option<Pull>, GithubError> {
        let filter = format!(
            "state=open&head={}:{}&base={}",
            encoded(&self.at.name.owner),
            encoded(head.as_str()),
            encoded(base.as_str())
        );
        let pages = self
            .get_pages(&format!("/pulls?{filter}&per_page={PER_PAGE}"), PAGES_MAX)
            .await?;
        let listed: Vec<PullBody> = pages.map_or(Ok(Vec::new()), |pages| pages.items())?;
        // The filter names an owner, not a repository, and a fork can belong to the same owner.
        let wanted = |pull: &PullBody| {
            pull.state == "open"
                && pull.head.branch == head.as_str()
                && pull.base.branch == base.as_str()
                && pull.head.repo.as_ref().is_some_and(|repo| repo.id == self.at.repo.0)
        };
        match listed.into_iter().find(wanted) {
            Some(body) => self.told(body).await.map(Some),
            None => Ok(None),
        }
    }

    /// The newest pull request from the branch of the welcome, whatever has become of it.
    pub(super) async fn welcome_pull(self) -> Result<Option<Pull>, GithubError> {
        let filter = format!("state=all&head={}:{}", encoded(&self.at.name.owner), welcome::BRANCH);
        let pages = self
            .get_pages(&format!("/pulls?{filter}&per_page={PER_PAGE}"), PAGES_MAX)
            .await?;
        let listed: Vec<PullBody> = pages.map_or(Ok(Vec::new()), |pages| pages.items())?;
        // As for a promotion; the fork of a head may be gone, and ours never is one.
        let is_it = |pull: &PullBody| {
            pull.head.branch == welcome::BRANCH && pull.head.repo.as_ref().is_none_or(|repo| repo.id == self.at.repo.0)
        };
        match listed.into_iter().filter(is_it).max_by_key(|pull| pull.number) {
            Some(body) => self.told(body).await.map(Some),
            None => Ok(None),
        }
    }

    /// Which pull requests brought these commits of mainline. The newest hundred merges come in one request, the rest are
    /// asked for one by one.
    pub(super) async fn origins(self, mainline: &BranchName, shas: &[Sha]) -> Result<Vec<(Sha, Origin)>, GithubError> {
        let recent = self.recent_merges(mainline).await?;
        let (known, rest): (Vec<&Sha>, Vec<&Sha>) = shas
            .iter()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .partition(|sha| recent.contains_key(*sha));
        let asked: Vec<_> = rest.into_iter().map(|sha| self.origin(mainline, sha)).collect();
        let mut origins: Vec<(Sha, Origin)> = stream::iter(asked)
            .buffer_unordered(READS_AT_ONCE)
            .try_collect()
            .await?;
        origins.extend(
            known
                .into_iter()
                .map(|sha| (sha.clone(), Origin::Feature(recent[sha].clone()))),
        );
        Ok(origins)
    }

    /// The features that were merged last, by the commit that brought them.
    async fn recent_merges(self, mainline: &BranchName) -> Result<BTreeMap<Sha, Feature>, GithubError> {
        let path = format!(
            "/pulls?state=closed&base={}&sort=updated&direction=desc&per_page={PER_PAGE}",
            encoded(mainline.as_str())
        );
        let page: Option<Vec<PullBody>> = self.get(&path).await?.found_or_none()?;
        let merged = page
            .unwrap_or_default()
            .into_iter()
            .filter(|pull| pull.is_merged_into(mainline));
        Ok(merged
            .filter_map(|pull| Some((pull.merge_commit()?, pull.feature())))
            .collect())
    }

    /// The pull request that brought one commit. Several may contain it; the one merged first brought it.
    async fn origin(self, mainline: &BranchName, sha: &Sha) -> Result<(Sha, Origin), GithubError> {
        let reading = self.get(&format!("/commits/{sha}/pulls?per_page={PER_PAGE}")).await?;
        let mut pulls: Vec<PullBody> = reading.found()?;
        pulls.retain(|pull| pull.is_merged_into(mainline));
        pulls.sort_by_key(|pull| (pull.merge_commit().as_ref() != Some(sha), pull.merged_at, pull.number));
        let origin = pulls
            .first()
            .map_or(Origin::Direct, |pull| Origin::Feature(pull.feature()));
        Ok((sha.clone(), origin))
    }

    async fn told(self, body: PullBody) -> Result<Pull, GithubError> {
        let ours = self.is_our_bot(body.user.as_ref()).await?;
        Ok(Pull {
            number: PullNumber(body.number),
            ours,
            open: body.state == "open",
            merged: body.merged_at.is_some(),
            merge_commit: body.merge_commit(),
            author: body.user.as_ref().and_then(Account::person),
            title: body.title,
            body: body.body.unwrap_or_default(),
            head: BranchName(body.head.branch),
            head_sha: body.head.sha,
            head_repo: body.head.repo.map(|repo| RepoId(repo.id)),
            base: BranchName(body.base.branch),
            opened_at: body.created_at,
            updated_at: body.updated_at,
            draft: body.draft,
            labels: body.labels.into_iter().map(|label| label.name).collect(),
            mergeable: body.mergeable,
            merged_by: body.merged_by.as_ref().and_then(Account::person),
        })
    }
}

impl PullBody {
    fn is_merged_into(&self, branch: &BranchName) -> bool {
        self.merged_at.is_some() && self.base.branch == branch.as_str()
    }

    /// Only after the merge, for before it the field holds something else.
    fn merge_commit(&self) -> Option<Sha> {
        self.merged_at?;
        Sha::parse(self.merge_commit_sha.as_deref()?)
    }

    fn feature(&self) -> Feature {
        Feature {
            number: PullNumber(self.number),
            title: self.title.clone(),
            author: self.user.as_ref().and_then(Account::person).map(|person| person.login),
            closes: closed_by(self.body.as_deref().unwrap_or_default()),
        }
    }
}
