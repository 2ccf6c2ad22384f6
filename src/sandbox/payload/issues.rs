//! Issues, comments, reactions and labels.

use serde_json::{Value, json};

use super::node_id;
use crate::sandbox::clock::stamp;
use crate::sandbox::people::UserId;
use crate::sandbox::world::issues::{Comment, Issue, Label, LabelEvent, REACTIONS, Reaction};
use crate::sandbox::world::{Repo, World};

impl World {
    /// `issue`; a pull request is one, too. `hook` for the form of webhooks.
    pub fn issue_json(&self, repo: &Repo, issue: &Issue, hook: bool) -> Value {
        let (number, url, repo_url) = (issue.number, self.repo_url(repo), self.repo_url(repo));
        let own = format!("{url}/issues/{number}");
        let kind = if issue.pull.is_some() { "pull" } else { "issues" };
        let page = format!("{}/{kind}/{number}", self.repo_page(repo));
        let labels: Vec<Value> = repo
            .labels_of(issue)
            .into_iter()
            .map(|label| self.label_json(repo, label))
            .collect();
        let mut json = json!({
            "url": own, "repository_url": repo_url, "labels_url": format!("{own}/labels{{/name}}"),
            "comments_url": format!("{own}/comments"), "events_url": format!("{own}/events"), "html_url": page, "id": issue.id,
            "node_id": node_id(if issue.pull.is_some() { "PR" } else { "I" }, issue.id), "number": number, "title": issue.title,
            "user": self.user_json(issue.author), "labels": labels, "state": if issue.open { "open" } else { "closed" },
            "locked": false, "assignee": null, "assignees": [], "milestone": null,
            "comments": repo.comments.values().filter(|comment| comment.issue == number).count(),
            "created_at": stamp(issue.created_at), "updated_at": stamp(issue.updated_at), "closed_at": issue.closed_at.map(stamp),
            "author_association": self.association(repo, issue.author), "active_lock_reason": null, "body": issue.body,
            "reactions": self.rollup_json(&[], &own), "timeline_url": format!("{own}/timeline"), "state_reason": issue.state_reason,
            "performed_via_github_app": self.via_app_json(issue.author, hook),
        });
        if let Some(pull) = &issue.pull {
            json["draft"] = pull.draft.into();
            json["pull_request"] = json!({
                "url": format!("{url}/pulls/{number}"), "html_url": page, "diff_url": format!("{page}.diff"),
                "patch_url": format!("{page}.patch"), "merged_at": pull.merged.as_ref().map(|merged| stamp(merged.at)),
            });
        }
        json
    }

    /// `issue-comment`; `hook` for the form of webhooks.
    pub fn comment_json(&self, repo: &Repo, comment: &Comment, hook: bool) -> Value {
        let (id, url) = (comment.id, self.repo_url(repo));
        let own = format!("{url}/issues/comments/{id}");
        let kind = if repo
            .issues
            .get(&comment.issue)
            .is_some_and(|issue| issue.pull.is_some())
        {
            "pull"
        } else {
            "issues"
        };
        json!({
            "url": own, "html_url": format!("{}/{kind}/{}#issuecomment-{id}", self.repo_page(repo), comment.issue),
            "issue_url": format!("{url}/issues/{}", comment.issue), "id": id, "node_id": node_id("IC", id),
            "user": self.user_json(comment.author), "created_at": stamp(comment.created_at), "updated_at": stamp(comment.updated_at),
            "author_association": self.association(repo, comment.author), "body": comment.body,
            "reactions": self.rollup_json(&comment.reactions, &own),
            "performed_via_github_app": self.via_app_json(comment.author, hook),
        })
    }

    /// `issue-event-for-issue`, of a label.
    pub fn label_event_json(&self, repo: &Repo, event: &LabelEvent) -> Value {
        let label = repo.labels.iter().find(|label| label.id == event.label);
        json!({
            "id": event.id, "node_id": node_id("LE", event.id), "url": format!("{}/issues/events/{}", self.repo_url(repo), event.id),
            "actor": self.user_json(event.actor), "event": event.event, "commit_id": null, "commit_url": null,
            "created_at": stamp(event.created_at), "performed_via_github_app": self.via_app_json(event.actor, false),
            "label": { "name": label.map(|label| &label.name), "color": label.map(|label| &label.color) },
        })
    }

    fn via_app_json(&self, author: UserId, hook: bool) -> Value {
        if self.is_app(author) {
            self.own_app_json(hook)
        } else {
            Value::Null
        }
    }

    fn rollup_json(&self, reactions: &[Reaction], of: &str) -> Value {
        let mut json = json!({ "url": format!("{of}/reactions"), "total_count": reactions.len() });
        for content in REACTIONS {
            json[content] = reactions
                .iter()
                .filter(|reaction| reaction.content == content)
                .count()
                .into();
        }
        json
    }

    /// `reaction`.
    pub fn reaction_json(&self, reaction: &Reaction) -> Value {
        json!({
            "id": reaction.id, "node_id": node_id("REA", reaction.id), "user": self.user_json(reaction.author),
            "content": reaction.content, "created_at": stamp(reaction.created_at),
        })
    }

    /// `label`.
    pub fn label_json(&self, repo: &Repo, label: &Label) -> Value {
        let name = label.name.replace(' ', "%20");
        json!({
            "id": label.id, "node_id": node_id("LA", label.id), "url": format!("{}/labels/{name}", self.repo_url(repo)),
            "name": label.name, "description": label.description, "color": label.color, "default": false,
        })
    }
}
