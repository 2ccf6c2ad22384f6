//! Merging: two branches by commit, and pull requests by merge, squash or rebase.

use super::pulls::NewPull;
use super::{Method, Refusal, RepoId, World};
use crate::sandbox::graph::{self, NewCommit, Sha, Signature};
use crate::sandbox::people::UserId;
use crate::sandbox::rules::{Move, Road};

/// What `PUT /pulls/{n}/merge` may say beside the number.
#[derive(Default)]
pub(in crate::sandbox) struct MergeWish {
    pub method: Option<Method>,
    /// The head that the asker expects.
    pub sha: Option<Sha>,
    pub title: Option<String>,
    pub message: Option<String>,
}

/// What `revertPullRequest` may say beside the pull request.
#[derive(Default)]
pub(in crate::sandbox) struct RevertWish {
    pub title: Option<String>,
    pub body: Option<String>,
    pub draft: bool,
}

impl Method {
    pub(in crate::sandbox) fn named(name: &str) -> Option<Method> {
        [Method::Merge, Method::Squash, Method::Rebase]
            .into_iter()
            .find(|method| method.name() == name)
    }

    pub(in crate::sandbox) fn name(self) -> &'static str {
        match self {
            Method::Merge => "merge",
            Method::Squash => "squash",
            Method::Rebase => "rebase",
        }
    }

    fn refused(self) -> &'static str {
        match self {
            Method::Merge => "Merge commits are not allowed on this repository.",
            Method::Squash => "Squash merges are not allowed on this repository.",
            Method::Rebase => "Rebase merges are not allowed on this repository.",
        }
    }
}

const NOT_MERGEABLE: &str = "Pull Request is not mergeable";

impl World {
    /// Merges `head` (a branch or a commit) into the branch `base`: the merge commit, or `None` if nothing was left to merge.
    ///
    /// # Errors
    /// 404 for a missing side, 409 for a conflict, 422 for a rule in the way.
    pub fn merge_branches(
        &mut self,
        repo: RepoId,
        base: &str,
        head: &str,
        message: Option<&str>,
        by: UserId,
    ) -> Result<Option<Sha>, Refusal> {
        let at = self.repo(repo);
        let ours = at
            .branches
            .get(base)
            .cloned()
            .ok_or_else(|| Refusal::new(404, "Base does not exist"))?;
        let theirs = at
            .resolve(head)
            .ok_or_else(|| Refusal::new(404, "Head does not exist"))?;
        if at.graph.is_ancestor(&theirs, &ours) {
            return Ok(None);
        }
        let message = message.map_or_else(|| format!("Merge {head} into {base}"), str::to_owned);
        let commit = self
            .commit_merge(repo, &ours, &theirs, message, by)
            .map_err(|_| Refusal::new(409, "Merge conflict"))?;
        self.check_workflows(repo, &ours, &commit, by)?;
        let road = Road::Ref { forced: false };
        self.check_rules(
            repo,
            &Move {
                branch: base,
                to: &commit,
                checked: &commit,
                road,
                by_app: self.is_app(by),
            },
        )?;
        self.move_branch(repo, base, Some(&commit), by);
        Ok(Some(commit))
    }

    /// Makes the merge commit of two commits in the graph, or says which files are in conflict.
    pub fn commit_merge(
        &mut self,
        repo: RepoId,
        ours: &Sha,
        theirs: &Sha,
        message: String,
        by: UserId,
    ) -> Result<Sha, Vec<String>> {
        let tree = self.repo(repo).graph.merge_trees(ours, theirs)?;
        Ok(self.commit(repo, tree, vec![ours.clone(), theirs.clone()], message, by))
    }

    /// Merges a pull request; the answer is the commit that its base is at afterwards.
    ///
    /// # Errors
    /// 405 when it cannot be merged (by a rule, too), 409 when `wish.sha` is not its head.
    pub fn merge_pull(&mut self, repo: RepoId, number: u64, wish: &MergeWish, by: UserId) -> Result<Sha, Refusal> {
        let (issue, pull) = self.pull(repo, number)?;
        let at = self.repo(repo);
        let refused = |message: &str| Refusal::new(405, message);
        if !issue.open || pull.merged.is_some() {
            return Err(refused(NOT_MERGEABLE));
        }
        if pull.draft {
            return Err(refused("Pull Request is still a draft"));
        }
        if wish.sha.as_ref().is_some_and(|sha| *sha != pull.head_sha) {
            return Err(Refusal::new(
                409,
                "Head branch was modified. Review and try the merge again.",
            ));
        }
        let method = wish.method.unwrap_or(Method::Merge);
        if !at.merge_methods.contains(&method) {
            return Err(refused(method.refused()));
        }
        let (head, base) = (pull.head_sha.clone(), pull.base.clone());
        let ours = at.branches.get(&base).cloned().ok_or_else(|| refused(NOT_MERGEABLE))?;
        let made = match method {
            Method::Merge => self.merge_commit_of(repo, number, &ours, wish, by),
            Method::Squash => self.squash(repo, number, &ours, wish),
            Method::Rebase => self.rebase(repo, &ours, &head, by),
        };
        let made = made.map_err(|_| refused(NOT_MERGEABLE))?;
        let tip = made.last().cloned().unwrap_or_else(|| ours.clone());
        self.check_workflows(repo, &ours, &tip, by)?;
        let wanted = Move {
            branch: &base,
            to: &tip,
            checked: &head,
            road: Road::PullRequest,
            by_app: self.is_app(by),
        };
        let broken = self.rule_violations(repo, &wanted);
        if !broken.is_empty() {
            return Err(refused(&format!(
                "Repository rule violations found\n\n{}\n\n",
                broken.join("\n")
            )));
        }
        let own = self
            .repo(repo)
            .graph
            .between(&ours, &head)
            .into_iter()
            .map(|commit| commit.sha.clone());
        let brought = own.chain(made).collect();
        self.mark_merged(repo, number, ours, tip.clone(), brought, by);
        self.move_branch(repo, &base, Some(&tip), by);
        Ok(tip)
    }

    /// Opens a pull request that takes a merged one out of its base again, from a branch of its own; gives its number.
    ///
    /// # Errors
    /// 422 for one that is not merged, or whose changes others were built on.
    pub fn revert_pull(&mut self, repo: RepoId, number: u64, wish: RevertWish, by: UserId) -> Result<u64, Refusal> {
        let cannot = || {
            Refusal::new(
                422,
                "Sorry, this pull request couldn't be reverted automatically. It may have already been reverted, or the content may have changed since it was merged.",
            )
        };
        let (issue, pull) = self.pull(repo, number)?;
        let merged = pull.merged.clone().ok_or_else(cannot)?;
        let before = pull.closed_on.clone().ok_or_else(cannot)?;
        let (title, base, head) = (issue.title.clone(), pull.base.clone(), pull.head.clone());
        let at = self.repo(repo);
        let tip = at.branches.get(&base).cloned().ok_or_else(cannot)?;
        let graph = &at.graph;
        let now = graph.tree(&tip);
        let tree = graph::merge(&graph.tree(&merged.commit), &now, &graph.tree(&before)).map_err(|_| cannot())?;
        if tree == now {
            return Err(cannot());
        }
        let branch = format!("revert-{number}-{head}");
        let taken = |name: &String| at.branches.contains_key(name);
        let branch = std::iter::once(branch.clone()).chain((1..).map(|count| format!("{branch}-{count}")));
        let branch = branch.into_iter().find(|name| !taken(name)).ok_or_else(cannot)?;
        let title = wish.title.unwrap_or_else(|| format!("Revert \"{title}\""));
        let body = wish
            .body
            .unwrap_or_else(|| format!("Reverts {}#{number}", at.full_name));
        let commit = self.commit(repo, tree, vec![tip], format!("{title}\n\n{body}"), by);
        self.move_branch(repo, &branch, Some(&commit), by);
        let new = NewPull {
            title: &title,
            body: Some(&body),
            head: &branch,
            base: &base,
            draft: wish.draft,
        };
        self.open_pull(repo, by, &new)
    }

    fn merge_commit_of(
        &mut self,
        repo: RepoId,
        number: u64,
        ours: &Sha,
        wish: &MergeWish,
        by: UserId,
    ) -> Result<Vec<Sha>, Vec<String>> {
        let Ok((issue, pull)) = self.pull(repo, number) else {
            return Err(Vec::new());
        };
        let (head, owner) = (pull.head_sha.clone(), self.repo(repo).short_names().0);
        let title = wish
            .title
            .clone()
            .unwrap_or_else(|| format!("Merge pull request #{number} from {owner}/{}", pull.head));
        let message = wish.message.clone().unwrap_or_else(|| issue.title.clone());
        Ok(vec![self.commit_merge(
            repo,
            ours,
            &head,
            format!("{title}\n\n{message}"),
            by,
        )?])
    }

    fn squash(&mut self, repo: RepoId, number: u64, ours: &Sha, wish: &MergeWish) -> Result<Vec<Sha>, Vec<String>> {
        let Ok((issue, pull)) = self.pull(repo, number) else {
            return Err(Vec::new());
        };
        let at = self.repo(repo);
        let tree = at.graph.merge_trees(ours, &pull.head_sha)?;
        let commits = at.graph.between(ours, &pull.head_sha);
        let listed = commits
            .iter()
            .map(|commit| format!("* {}", commit.message))
            .collect::<Vec<_>>()
            .join("\n\n");
        let title = match (&wish.title, commits.as_slice()) {
            (Some(title), _) => title.clone(),
            (None, [only]) => format!("{} (#{number})", only.message.lines().next().unwrap_or("")),
            (None, _) => format!("{} (#{number})", issue.title),
        };
        let body = wish
            .message
            .clone()
            .unwrap_or(if commits.len() > 1 { listed } else { String::new() });
        let message = if body.is_empty() {
            title
        } else {
            format!("{title}\n\n{body}")
        };
        let (author, time) = (self.signature(issue.author), self.now());
        let (parents, committer) = (vec![ours.clone()], web_flow());
        Ok(vec![self.repo_mut(repo).graph.add(NewCommit {
            tree,
            parents,
            author,
            committer,
            message,
            time,
        })])
    }

    /// Makes each commit of `head` anew on top of `onto`, leaving merges out, as GitHub does even where a fast-forward would do.
    fn rebase(&mut self, repo: RepoId, onto: &Sha, head: &Sha, by: UserId) -> Result<Vec<Sha>, Vec<String>> {
        let (mut tip, mut made) = (onto.clone(), Vec::new());
        let (committer, time) = (self.signature(by), self.now());
        for commit in self
            .repo(repo)
            .graph
            .between(onto, head)
            .into_iter()
            .filter(|commit| commit.parents.len() < 2)
        {
            let graph = &mut self.repo_mut(repo).graph;
            let before = commit
                .parents
                .first()
                .map(|parent| graph.tree(parent))
                .unwrap_or_default();
            let tree = graph::merge(&before, &graph.tree(&tip), &commit.tree)?;
            let (author, message) = (commit.author.clone(), commit.message.clone());
            tip = graph.add(NewCommit {
                tree,
                parents: vec![tip],
                author,
                committer: committer.clone(),
                message,
                time,
            });
            made.push(tip.clone());
        }
        Ok(made)
    }

    /// # Errors
    /// 403 when the App would bring in workflow files without the permission for it.
    fn check_workflows(&self, repo: RepoId, before: &Sha, after: &Sha, by: UserId) -> Result<(), Refusal> {
        let permitted = self
            .installation_on(repo)
            .is_none_or(|installation| installation.permissions.contains_key("workflows"));
        if permitted || !self.is_app(by) {
            return Ok(());
        }
        let changes = self.repo(repo).graph.changes(before, after);
        match changes
            .iter()
            .find(|change| change.path.starts_with(".github/workflows/"))
        {
            Some(change) => Err(Refusal::new(
                403,
                format!(
                    "refusing to allow a GitHub App to create or update workflow `{}` without `workflows` permission",
                    change.path
                ),
            )),
            None => Ok(()),
        }
    }
}

/// The account GitHub commits under for what people do on its pages.
fn web_flow() -> Signature {
    Signature {
        name: "GitHub".into(),
        email: "noreply@github.com".into(),
        login: Some("web-flow".into()),
    }
}
