//! Pull requests: in lists, alone, in webhooks, and as other objects mention them.

use serde_json::{Value, json};

use super::commits::sum_of_lines;
use super::node_id;
use crate::sandbox::clock::stamp;
use crate::sandbox::graph::Sha;
use crate::sandbox::rules::{Move, Road};
use crate::sandbox::world::issues::{Issue, merge_into};
use crate::sandbox::world::pulls::{Fork, Pull, Review, Tried};
use crate::sandbox::world::statuses::State;
use crate::sandbox::world::{Repo, World};

impl World {
    /// `pull-request`, as far as the test merge has come; webhooks show it as not tried.
    pub fn pull_json(&self, repo: &Repo, issue: &Issue, pull: &Pull, tried: Option<&Tried>) -> Value {
        let mut json = self.pull_simple_json(repo, issue, pull);
        merge_into(&mut json, self.pull_detail_json(repo, issue, pull, tried));
        json
    }

    /// `pull-request-simple`, as in lists and in `pull_request_review` webhooks.
    pub fn pull_simple_json(&self, repo: &Repo, issue: &Issue, pull: &Pull) -> Value {
        let repo_json = self.repo_json(repo);
        let (number, url) = (issue.number, self.repo_url(repo));
        let (own, page) = (
            format!("{url}/pulls/{number}"),
            format!("{}/pull/{number}", self.repo_page(repo)),
        );
        let comments = format!("{url}/issues/{number}/comments");
        let statuses = format!("{url}/statuses/{}", pull.head_sha);
        let owner = self.user_json(repo.owner);
        let side = |branch: &str, sha: &Sha| {
            let label = format!("{}:{branch}", repo.short_names().0);
            json!({ "label": label, "ref": branch, "sha": sha, "user": owner, "repo": repo_json })
        };
        let mut head = side(&pull.head, &pull.head_sha);
        if let Some(fork) = pull.fork {
            self.turn_into_fork(&mut head, repo, fork);
        }
        let labels: Vec<Value> = repo
            .labels_of(issue)
            .into_iter()
            .map(|label| {
                let mut json = self.label_json(repo, label);
                // Lists of pull requests promise a text where labels elsewhere may have none.
                json["description"] = label.description.as_deref().unwrap_or("").into();
                json
            })
            .collect();
        let links = json!({
            "self": { "href": own }, "html": { "href": page }, "issue": { "href": format!("{url}/issues/{number}") },
            "comments": { "href": comments }, "review_comments": { "href": format!("{own}/comments") },
            "review_comment": { "href": format!("{url}/pulls/comments{{/number}}") }, "commits": { "href": format!("{own}/commits") },
            "statuses": { "href": statuses },
        });
        json!({
            "url": own, "id": issue.id, "node_id": node_id("PR", issue.id), "html_url": page, "diff_url": format!("{page}.diff"),
            "patch_url": format!("{page}.patch"), "issue_url": format!("{url}/issues/{number}"), "number": number,
            "state": if issue.open { "open" } else { "closed" }, "locked": false, "title": issue.title,
            "user": self.user_json(issue.author), "body": issue.body, "created_at": stamp(issue.created_at),
            "updated_at": stamp(issue.updated_at), "closed_at": issue.closed_at.map(stamp),
            "merged_at": pull.merged.as_ref().map(|merged| stamp(merged.at)), "merge_commit_sha": merge_commit(pull),
            "assignee": null, "assignees": [], "requested_reviewers": [], "requested_teams": [], "labels": labels,
            "milestone": null, "commits_url": format!("{own}/commits"), "review_comments_url": format!("{own}/comments"),
            "review_comment_url": format!("{url}/pulls/comments{{/number}}"), "comments_url": comments, "statuses_url": statuses,
            "head": head, "base": side(&pull.base, &pull.base_sha), "_links": links,
            "author_association": self.association(repo, issue.author), "auto_merge": null, "active_lock_reason": null,
            "draft": pull.draft,
        })
    }

    /// The side of a pull request that lies in a copy of the repository.
    fn turn_into_fork(&self, head: &mut Value, repo: &Repo, fork: Fork) {
        let (login, owner) = (self.login(fork.owner), self.user_json(fork.owner));
        head["label"] = format!("{login}:{}", head["ref"].as_str().unwrap_or_default()).into();
        head["user"] = owner.clone();
        let full_name = format!("{login}/{}", repo.short_names().1);
        let own = json!({ "id": fork.id, "node_id": node_id("R", fork.id), "full_name": full_name, "owner": owner, "fork": true });
        merge_into(&mut head["repo"], own);
    }

    fn pull_detail_json(&self, repo: &Repo, issue: &Issue, pull: &Pull, tried: Option<&Tried>) -> Value {
        let base = repo.compared_with(pull);
        let commits = repo.graph.between(base, &pull.head_sha).len();
        let merge_base = repo.graph.merge_base(base, &pull.head_sha).unwrap_or_default();
        let changes = repo.graph.changes(&merge_base, &pull.head_sha);
        let (additions, deletions) = sum_of_lines(&changes);
        let mergeable = tried.map(|tried| tried.merge_commit.is_some());
        json!({
            "merged": pull.merged.is_some(), "mergeable": mergeable, "rebaseable": mergeable,
            "mergeable_state": self.mergeable_state(repo, pull, tried),
            "merged_by": pull.merged.as_ref().map(|merged| self.user_json(merged.by)),
            "comments": repo.comments.values().filter(|comment| comment.issue == issue.number).count(), "review_comments": 0,
            "maintainer_can_modify": false, "commits": commits, "additions": additions, "deletions": deletions,
            "changed_files": changes.len(),
        })
    }

    fn mergeable_state(&self, repo: &Repo, pull: &Pull, tried: Option<&Tried>) -> &'static str {
        let Some(tried) = tried else { return "unknown" };
        let Some(commit) = &tried.merge_commit else {
            return "dirty";
        };
        let wanted = Move {
            branch: &pull.base,
            to: commit,
            checked: &tried.head,
            road: Road::PullRequest,
            by_app: false,
        };
        let green =
            repo.statuses_of(&tried.head).next().is_none() || repo.combined_state(&tried.head) == State::Success;
        match () {
            () if pull.draft => "draft",
            () if !self.rule_violations(repo.id, &wanted).is_empty() => "blocked",
            () if !green => "unstable",
            () => "clean",
        }
    }

    /// `pull-request-minimal`, as checks mention the pull requests of their commit.
    pub fn pulls_of_head_json(&self, repo: &Repo, sha: &str) -> Vec<Value> {
        let url = self.repo_url(repo);
        let at = json!({ "id": repo.id, "url": url, "name": repo.name });
        let open = repo.open_pulls().filter(|(_, pull)| pull.head_sha == sha);
        open.map(|(issue, pull)| json!({
            "url": format!("{url}/pulls/{}", issue.number), "id": issue.id, "number": issue.number,
            "head": { "ref": pull.head, "sha": pull.head_sha, "repo": at }, "base": { "ref": pull.base, "sha": pull.base_sha, "repo": at },
        })).collect()
    }

    /// `pull-request-review`; webhooks write the state in lower case.
    pub fn review_json(&self, repo: &Repo, issue: &Issue, review: &Review) -> Value {
        let url = format!("{}/pulls/{}", self.repo_url(repo), issue.number);
        let page = format!(
            "{}/pull/{}#pullrequestreview-{}",
            self.repo_page(repo),
            issue.number,
            review.id
        );
        json!({
            "id": review.id, "node_id": node_id("PRR", review.id), "user": self.user_json(review.author), "body": review.body,
            "commit_id": review.commit, "submitted_at": stamp(review.submitted_at), "state": review.state, "html_url": page,
            "pull_request_url": url, "author_association": self.association(repo, review.author),
            "_links": { "html": { "href": page }, "pull_request": { "href": url } },
        })
    }
}

/// Before the merge this is the test merge, if there was one; afterwards the commit that the merge made or arrived with.
fn merge_commit(pull: &Pull) -> Option<&Sha> {
    let test = pull.tried.as_ref().and_then(|tried| tried.merge_commit.as_ref());
    pull.merged.as_ref().map(|merged| &merged.commit).or(test)
}
