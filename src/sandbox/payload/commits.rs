//! Commits, comparisons and changed files.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::sandbox::clock::stamp;
use crate::sandbox::graph::{Commit, FileChange, Sha, Signature, blob_sha};
use crate::sandbox::world::{Repo, World};

impl World {
    /// `commit`; with what it changed when `detailed`.
    pub fn commit_json(&self, repo: &Repo, sha: &str, detailed: bool) -> Value {
        let Some(commit) = repo.graph.get(sha) else {
            return Value::Null;
        };
        let (url, page) = (self.repo_url(repo), self.repo_page(repo));
        let mut json = json!({
            "url": format!("{url}/commits/{sha}"), "sha": sha, "node_id": format!("C_kwDO{}", &sha[..16]),
            "html_url": format!("{page}/commit/{sha}"), "comments_url": format!("{url}/commits/{sha}/comments"),
            "commit": self.git_commit_json(repo, commit),
            "author": self.committed_by(&commit.author), "committer": self.committed_by(&commit.committer),
            "parents": commit.parents.iter().map(|parent| json!({
                "sha": parent, "url": format!("{url}/commits/{parent}"), "html_url": format!("{page}/commit/{parent}"),
            })).collect::<Vec<_>>(),
        });
        if detailed {
            let changes = repo
                .graph
                .changes(commit.parents.first().map_or("", String::as_str), sha);
            let (additions, deletions) = sum_of_lines(&changes);
            json["stats"] = json!({ "additions": additions, "deletions": deletions, "total": additions + deletions });
            json["files"] = changes.iter().map(|change| self.file_json(repo, sha, change)).collect();
        }
        json
    }

    /// `git-commit`, as git itself has it.
    pub fn commit_object_json(&self, repo: &Repo, commit: &Commit) -> Value {
        let (url, page, sha) = (self.repo_url(repo), self.repo_page(repo), &commit.sha);
        let mut json = self.git_commit_json(repo, commit);
        if let Some(fields) = json.as_object_mut() {
            fields.remove("comment_count");
        }
        json["sha"] = sha.as_str().into();
        json["node_id"] = format!("C_kwDO{}", &sha[..16]).into();
        json["html_url"] = format!("{page}/commit/{sha}").into();
        json["parents"] = commit.parents.iter().map(|parent| json!({
            "sha": parent, "url": format!("{url}/git/commits/{parent}"), "html_url": format!("{page}/commit/{parent}"),
        })).collect();
        json
    }

    fn git_commit_json(&self, repo: &Repo, commit: &Commit) -> Value {
        let url = self.repo_url(repo);
        let signed = |by: &Signature| json!({ "name": by.name, "email": by.email, "date": stamp(commit.time) });
        json!({
            "url": format!("{url}/git/commits/{}", commit.sha), "author": signed(&commit.author), "committer": signed(&commit.committer),
            "message": commit.message, "comment_count": 0,
            "tree": { "sha": commit.tree_sha, "url": format!("{url}/git/trees/{}", commit.tree_sha) },
            "verification": { "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null },
        })
    }

    fn committed_by(&self, by: &Signature) -> Value {
        let user = by.login.as_deref().and_then(|login| self.user_named(login));
        user.map_or(Value::Null, |user| self.user_json(user.id))
    }

    /// `diff-entry`.
    pub fn file_json(&self, repo: &Repo, sha: &str, change: &FileChange) -> Value {
        let (added, removed) = change.lines();
        let (url, page, path) = (self.repo_url(repo), self.repo_page(repo), &change.path);
        let content = change
            .after
            .as_ref()
            .or(change.before.as_ref())
            .map_or("", |content| content.as_ref());
        json!({
            "sha": blob_sha(content), "filename": path, "status": change.status(),
            "additions": added, "deletions": removed, "changes": added + removed,
            "blob_url": format!("{page}/blob/{sha}/{path}"), "raw_url": format!("{page}/raw/{sha}/{path}"),
            "contents_url": format!("{url}/contents/{path}?ref={sha}"),
        })
    }

    /// `commit-comparison` of two commits, with these of the commits between them, and the files if wanted.
    pub fn comparison_json(
        &self,
        repo: &Repo,
        named: (&str, &str),
        commits: &[Arc<Commit>],
        with_files: bool,
        found: &Comparison,
    ) -> Value {
        let (url, page) = (self.repo_url(repo), self.repo_page(repo));
        let basehead = format!("{}...{}", named.0, named.1);
        let status = match (found.ahead, found.behind) {
            (0, 0) => "identical",
            (_, 0) => "ahead",
            (0, _) => "behind",
            _ => "diverged",
        };
        let (owner, _) = repo.short_names();
        let permalink = format!(
            "{page}/compare/{owner}:{}...{owner}:{}",
            &found.base[..7],
            &found.head[..7]
        );
        let mut json = json!({
            "url": format!("{url}/compare/{basehead}"), "html_url": format!("{page}/compare/{basehead}"),
            "permalink_url": permalink, "diff_url": format!("{page}/compare/{basehead}.diff"),
            "patch_url": format!("{page}/compare/{basehead}.patch"),
            "base_commit": self.commit_json(repo, &found.base, false),
            "merge_base_commit": self.commit_json(repo, &found.merge_base, false),
            "status": status, "ahead_by": found.ahead, "behind_by": found.behind, "total_commits": found.ahead,
            "commits": commits.iter().map(|commit| self.commit_json(repo, &commit.sha, false)).collect::<Vec<_>>(),
        });
        let files = repo.graph.changes(&found.merge_base, &found.head);
        json["files"] = files
            .iter()
            .take(if with_files { COMPARED_FILES_MAX } else { 0 })
            .map(|change| self.file_json(repo, &found.head, change))
            .collect();
        json
    }
}

/// A comparison never lists more files than this.
const COMPARED_FILES_MAX: usize = 300;

/// How two commits lie to each other.
pub(in crate::sandbox) struct Comparison {
    pub base: Sha,
    pub head: Sha,
    pub merge_base: Sha,
    pub ahead: usize,
    pub behind: usize,
}

/// Lines added and removed by all the changes together.
pub(in crate::sandbox) fn sum_of_lines(changes: &[FileChange]) -> (usize, usize) {
    changes
        .iter()
        .map(FileChange::lines)
        .fold((0, 0), |sum, lines| (sum.0 + lines.0, sum.1 + lines.1))
}

/// `simple-commit`, as check suites show their head.
pub(super) fn head_commit_json(repo: &Repo, sha: &str) -> Value {
    let Some(commit) = repo.graph.get(sha) else {
        return Value::Null;
    };
    let signed = |by: &Signature| json!({ "name": by.name, "email": by.email });
    json!({
        "id": sha, "tree_id": commit.tree_sha, "message": commit.message, "timestamp": stamp(commit.time),
        "author": signed(&commit.author), "committer": signed(&commit.committer),
    })
}

/// A commit as `push` events list it.
pub(super) fn pushed_commit_json(page: &str, repo: &Repo, commit: &Commit) -> Value {
    let changes = repo
        .graph
        .changes(commit.parents.first().map_or("", String::as_str), &commit.sha);
    let paths = |status: &str| {
        changes
            .iter()
            .filter(|change| change.status() == status)
            .map(|change| change.path.clone())
            .collect::<Vec<_>>()
    };
    let signed = |by: &Signature| {
        let mut json = json!({ "name": by.name, "email": by.email });
        if let Some(login) = &by.login {
            json["username"] = login.as_str().into();
        }
        json
    };
    json!({
        "id": commit.sha, "tree_id": commit.tree_sha, "distinct": true, "message": commit.message, "timestamp": stamp(commit.time),
        "url": format!("{page}/commit/{}", commit.sha), "author": signed(&commit.author), "committer": signed(&commit.committer),
        "added": paths("added"), "removed": paths("removed"), "modified": paths("modified"),
    })
}
