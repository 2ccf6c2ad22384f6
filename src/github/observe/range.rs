//! What lies between two branches, and whether one commit can be reached from another.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Deserialize;

use super::Look;
use crate::github::address::encoded;
use crate::github::error::{Complaint, GithubError};
use crate::github::reading::PER_PAGE;
use crate::rules::id::{BranchName, Login, Sha};
use crate::rules::snapshot::{Between, Commit, Range};

/// 20 requests. A branch further behind than that is not promoted by anybody who reads what goes.
const COMMITS_MAX: usize = 2_000;

#[derive(Deserialize)]
struct ComparisonBody {
    behind_by: u64,
    /// The true count, however many are on this page.
    total_commits: usize,
    base_commit: ShaBody,
    merge_base_commit: Option<ShaBody>,
    #[serde(default)]
    commits: Vec<CommitBody>,
}

/// How `head` lies to `base`.
#[derive(Deserialize)]
struct RelationBody {
    status: String,
}

#[derive(Clone, Deserialize)]
struct ShaBody {
    sha: Sha,
}

#[derive(Deserialize)]
struct CommitBody {
    sha: Sha,
    #[serde(default)]
    parents: Vec<ShaBody>,
    commit: MessageBody,
    author: Option<AuthorBody>,
}

#[derive(Deserialize)]
struct MessageBody {
    message: Option<String>,
}

/// An empty object where the author's e-mail address belongs to no account.
#[derive(Deserialize)]
struct AuthorBody {
    login: Option<String>,
}

impl Look<'_> {
    /// `base...head`; [`Range::TooLong`] when `head` is more than [`COMMITS_MAX`] commits ahead.
    pub(super) async fn range(self, base: &BranchName, head: &BranchName) -> Result<Range, GithubError> {
        let first = match self.compared(base.as_str(), head.as_str(), 1).await? {
            Ok(first) => first,
            Err(complaint) => return self.not_comparable(base, head, &complaint).await,
        };
        let (base_at, behind_by, total) = (first.base_commit.sha.clone(), first.behind_by, first.total_commits);
        if total > COMMITS_MAX {
            return Ok(Range::TooLong { commits: total });
        }
        if total == 0 {
            let head_at = match &first.merge_base_commit {
                // Behind: all of `head` is in `base`, so where they meet is where `head` is.
                Some(meeting) if behind_by > 0 => meeting.sha.clone(),
                _ if behind_by == 0 => base_at.clone(),
                _ => self.tip(head).await?,
            };
            return Ok(Range::Between(Between {
                base_at,
                head_at,
                commits: Vec::new(),
                behind_by,
            }));
        }
        let bodies = if first.commits.len() >= total {
            first.commits
        } else {
            // Pages of branches that move meanwhile do not fit together; those of two commits do.
            let head_at = self.tip(head).await?;
            self.every_commit(&base_at, &head_at).await?
        };
        let commits = ancestors_first(bodies.into_iter().map(CommitBody::into_commit).collect());
        let head_at = match only_tip(&commits) {
            Some(tip) => tip,
            None => self.tip(head).await?,
        };
        Ok(Range::Between(Between {
            base_at,
            head_at,
            commits,
            behind_by,
        }))
    }

    /// Whether `ancestor` can be reached from `descendant`; no, if GitHub does not know one of them.
    pub(super) async fn contains(self, ancestor: &Sha, descendant: &Sha) -> Result<bool, GithubError> {
        if ancestor == descendant {
            return Ok(true);
        }
        let reading = self
            .get(&format!("/compare/{ancestor}...{descendant}?per_page=1&page=1"))
            .await?;
        let Some(found) = reading.found_or_none::<RelationBody>()? else {
            return Ok(false);
        };
        match found.status.as_str() {
            "ahead" | "identical" => Ok(true),
            "behind" | "diverged" => Ok(false),
            unknown => Err(GithubError::unexpected(
                &reading.action,
                format!("the comparison's status is {unknown:?}"),
            )),
        }
    }

    /// One page of a comparison, or what GitHub said instead when it knows no such comparison.
    async fn compared(
        self,
        base: &str,
        head: &str,
        page: usize,
    ) -> Result<Result<ComparisonBody, Complaint>, GithubError> {
        let path = format!(
            "/compare/{}...{}?per_page={PER_PAGE}&page={page}",
            encoded(base),
            encoded(head)
        );
        let reading = self.get(&path).await?;
        let found = reading.found_or_none()?;
        Ok(found.ok_or_else(|| Complaint::of(&reading.answer)))
    }

    async fn every_commit(self, base: &Sha, head: &Sha) -> Result<Vec<CommitBody>, GithubError> {
        let action = format!("comparing {base} with {head}");
        let mut seen = BTreeSet::new();
        let mut commits = Vec::new();
        for page in 1.. {
            let found = self.compared(base.as_str(), head.as_str(), page).await?;
            let found = found.map_err(|complaint| GithubError::unexpected(&action, complaint.to_string()))?;
            let total = found.total_commits;
            let before = commits.len();
            commits.extend(
                found
                    .commits
                    .into_iter()
                    .filter(|commit| seen.insert(commit.sha.clone())),
            );
            if commits.len() >= total {
                break;
            }
            if commits.len() == before || commits.len() > COMMITS_MAX {
                return Err(GithubError::unexpected(
                    &action,
                    format!("GitHub listed {before} of {total} commits"),
                ));
            }
        }
        Ok(commits)
    }

    /// A comparison that GitHub does not know: a branch is missing, or the two have no common past.
    async fn not_comparable(
        self,
        base: &BranchName,
        head: &BranchName,
        complaint: &Complaint,
    ) -> Result<Range, GithubError> {
        let Some(base_at) = self.head(base).await? else {
            return Ok(Range::Missing { branch: base.clone() });
        };
        let Some(head_at) = self.head(head).await? else {
            return Ok(Range::Missing { branch: head.clone() });
        };
        if complaint.says(&["no common ancestor"]) {
            // Two strangers have diverged from the first commit on.
            let (commits, behind_by) = (Vec::new(), 1);
            return Ok(Range::Between(Between {
                base_at,
                head_at,
                commits,
                behind_by,
            }));
        }
        // Both are there by now: they were made just before, or the comparison is late.
        Err(GithubError::Unavailable {
            action: format!("comparing {base} with {head}"),
            source: Box::new(complaint.clone()),
        })
    }

    /// Where a branch is now; a commit is where it is. GitHub has no branch that is called like a commit:
    /// <https://docs.github.com/en/get-started/using-git/dealing-with-special-characters-in-branch-and-tag-names>
    async fn tip(self, branch: &BranchName) -> Result<Sha, GithubError> {
        if let Some(commit) = Sha::parse(branch.as_str()) {
            return Ok(commit);
        }
        let head = self.head(branch).await?;
        head.ok_or_else(|| {
            GithubError::unexpected(&format!("reading {branch}"), "the branch went away while it was read")
        })
    }
}

impl CommitBody {
    fn into_commit(self) -> Commit {
        let message = self.commit.message.unwrap_or_default();
        let login = self
            .author
            .and_then(|author| author.login)
            .filter(|login| !login.eq_ignore_ascii_case("ghost"));
        Commit {
            sha: self.sha,
            parents: self.parents.into_iter().map(|parent| parent.sha).collect(),
            title: message.lines().next().unwrap_or_default().to_owned(),
            author: login.map(Login),
            reverts: reverted(&message),
        }
    }
}

/// What `git revert` writes below the title: "This reverts commit 1234….", and for a merge ", reversing changes made to …".
fn reverted(message: &str) -> Option<Sha> {
    let rest = message
        .lines()
        .find_map(|line| line.trim().strip_prefix("This reverts commit "))?;
    Sha::parse(rest.split(|c: char| !c.is_ascii_hexdigit()).next()?)
}

/// The commit that no other one has for a parent, if there is exactly one.
fn only_tip(commits: &[Commit]) -> Option<Sha> {
    let parents: BTreeSet<&Sha> = commits.iter().flat_map(|commit| &commit.parents).collect();
    let mut tips = commits.iter().filter(|commit| !parents.contains(&commit.sha));
    let tip = tips.next()?;
    tips.next().is_none().then(|| tip.sha.clone())
}

/// GitHub sorts by dates, which whoever pushes can choose; here every commit comes after its parents, and otherwise in the
/// order given.
fn ancestors_first(commits: Vec<Commit>) -> Vec<Commit> {
    let place: BTreeMap<Sha, usize> = commits
        .iter()
        .enumerate()
        .map(|(index, commit)| (commit.sha.clone(), index))
        .collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); commits.len()];
    let mut parents_left = vec![0_usize; commits.len()];
    for (index, commit) in commits.iter().enumerate() {
        for parent in commit.parents.iter().filter_map(|parent| place.get(parent)) {
            children[*parent].push(index);
            parents_left[index] += 1;
        }
    }
    let mut commits: Vec<Option<Commit>> = commits.into_iter().map(Some).collect();
    let mut ready: BTreeSet<usize> = (0..commits.len()).filter(|index| parents_left[*index] == 0).collect();
    let mut sorted = VecDeque::new();
    while let Some(index) = ready.pop_first() {
        sorted.extend(commits[index].take());
        for child in &children[index] {
            parents_left[*child] -= 1;
            if parents_left[*child] == 0 {
                ready.insert(*child);
            }
        }
    }
    sorted.into()
}

#[cfg(test)]
mod tests {
    use super::{Commit, Sha, ancestors_first, only_tip, reverted};

    fn sha(digit: u8) -> Sha {
        Sha::parse(&format!("{digit:x}").repeat(40)).unwrap()
    }

    fn commit(digit: u8, parents: &[u8]) -> Commit {
        Commit {
            sha: sha(digit),
            parents: parents.iter().copied().map(sha).collect(),
            title: String::new(),
            author: None,
            reverts: None,
        }
    }

    #[test]
    fn commits_with_chosen_dates_are_put_after_their_parents() {
        let listed = vec![commit(3, &[2]), commit(1, &[9]), commit(2, &[1]), commit(4, &[3, 1])];
        let order: Vec<Sha> = ancestors_first(listed).into_iter().map(|commit| commit.sha).collect();
        assert_eq!(order, [1, 2, 3, 4].map(sha));
    }

    #[test]
    fn a_commit_that_undoes_another_one_says_so_as_git_writes_it() {
        let id = "a".repeat(40);
        for said in [
            format!("Revert \"Take staging back\"\n\nThis reverts commit {id}."),
            format!("Revert \"Merge\"\n\nThis reverts commit {id}, reversing\nchanges made to {id}.\n"),
            format!("Bring it back\r\n\r\nThis reverts commit {id}\r\n"),
        ] {
            assert_eq!(reverted(&said), Some(sha(10)), "{said}");
        }
        for said in [
            "This reverts commit 1234567.".to_owned(),
            format!("Not: This reverts commit {id}"),
            id,
        ] {
            assert_eq!(reverted(&said), None, "{said}");
        }
    }

    #[test]
    fn the_tip_is_nobodys_parent() {
        assert_eq!(only_tip(&[commit(2, &[1]), commit(1, &[9]), commit(3, &[1])]), None);
        assert_eq!(only_tip(&[commit(2, &[1]), commit(1, &[9])]), Some(sha(2)));
        assert_eq!(only_tip(&[]), None);
    }
}
