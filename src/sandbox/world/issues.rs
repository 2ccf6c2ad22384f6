//! Issues and what pull requests share with them: numbers, titles, comments, reactions and labels.

use crate::sandbox::history::What;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::pulls::Pull;
use super::{Refusal, RepoId, World};
use crate::sandbox::people::UserId;

/// An issue, and a pull request if `pull` says so.
pub(in crate::sandbox) struct Issue {
    pub number: u64,
    pub id: u64,
    pub title: String,
    pub body: Option<String>,
    pub author: UserId,
    pub open: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    /// `completed`, `not_planned`, `duplicate`, or `reopened`.
    pub state_reason: Option<String>,
    /// In the order they were added.
    pub labels: Vec<u64>,
    /// Labels put on and taken off, oldest first.
    pub events: Vec<LabelEvent>,
    pub pull: Option<Pull>,
}

/// What is to be changed of an issue.
#[derive(Default)]
pub(in crate::sandbox) struct IssueEdit {
    pub title: Option<String>,
    pub body: Option<String>,
    pub open: Option<bool>,
    pub reason: Option<String>,
}

/// A label was put on an issue or taken off, as the issue's own record has it.
pub(in crate::sandbox) struct LabelEvent {
    pub id: u64,
    /// `labeled` or `unlabeled`.
    pub event: &'static str,
    pub label: u64,
    pub actor: UserId,
    pub created_at: Timestamp,
}

pub(in crate::sandbox) struct Comment {
    pub id: u64,
    pub issue: u64,
    pub author: UserId,
    pub body: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub edits: u32,
    pub reactions: Vec<Reaction>,
}

pub(in crate::sandbox) struct Reaction {
    pub id: u64,
    pub author: UserId,
    pub content: String,
    pub created_at: Timestamp,
}

#[derive(Clone)]
pub(in crate::sandbox) struct Label {
    pub id: u64,
    pub name: String,
    pub color: String,
    pub description: Option<String>,
}

pub(in crate::sandbox) const REACTIONS: [&str; 8] =
    ["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"];

/// The longest body of a comment, an issue or a pull request, in characters.
const BODY_MAX: usize = 65_536;

impl World {
    pub fn open_issue(
        &mut self,
        repo: RepoId,
        author: UserId,
        title: &str,
        body: Option<&str>,
        pull: Option<Pull>,
    ) -> u64 {
        let (id, now) = (self.next_id(), self.now());
        let repo = self.repo_mut(repo);
        let number = repo.issues.keys().next_back().map_or(1, |last| last + 1);
        let (title, body) = (title.to_owned(), body.map(str::to_owned));
        let labels = Vec::new();
        let issue = Issue {
            number,
            id,
            title,
            body,
            author,
            open: true,
            created_at: now,
            updated_at: now,
            closed_at: None,
            state_reason: None,
            labels,
            events: Vec::new(),
            pull,
        };
        repo.issues.insert(number, issue);
        number
    }

    pub fn issue(&self, repo: RepoId, number: u64) -> Result<&Issue, Refusal> {
        self.repo(repo).issues.get(&number).ok_or_else(Refusal::not_found)
    }

    /// # Errors
    /// 404 without such an issue; 422 for a body that is too long, or a reason that there is not.
    pub fn edit_issue(&mut self, repo: RepoId, number: u64, edit: IssueEdit) -> Result<(), Refusal> {
        let now = self.now();
        let is_long = |body: &String| body.chars().count() > BODY_MAX;
        if edit.body.as_ref().is_some_and(is_long) {
            return Err(Refusal::invalid("Issue", "body", "custom", Some("body is too long")));
        }
        let reasons = ["completed", "not_planned", "duplicate", "reopened"];
        if edit.reason.as_deref().is_some_and(|reason| !reasons.contains(&reason)) {
            return Err(Refusal::invalid("Issue", "state_reason", "invalid", None));
        }
        let issues = &mut self.repo_mut(repo).issues;
        let issue = issues.get_mut(&number).ok_or_else(Refusal::not_found)?;
        issue.title = edit.title.unwrap_or_else(|| issue.title.clone());
        issue.body = edit.body.or_else(|| issue.body.take());
        if let Some(open) = edit.open.filter(|open| *open != issue.open) {
            let reason = if open { "reopened" } else { "completed" };
            issue.state_reason = edit.reason.or_else(|| Some(reason.to_owned()));
            (issue.open, issue.closed_at) = (open, (!open).then_some(now));
        }
        issue.updated_at = now;
        Ok(())
    }

    /// Marks an issue as changed now.
    pub fn touch(&mut self, repo: RepoId, number: u64) {
        let now = self.now();
        if let Some(issue) = self.repo_mut(repo).issues.get_mut(&number) {
            issue.updated_at = now;
        }
    }

    /// # Errors
    /// 404 without such an issue; 422 for a body that is blank or too long.
    pub fn comment(&mut self, repo: RepoId, number: u64, author: UserId, body: &str) -> Result<u64, Refusal> {
        self.issue(repo, number)?;
        check_body(body)?;
        let (id, now) = (self.next_id(), self.now());
        let (body, reactions) = (body.to_owned(), Vec::new());
        let comment = Comment {
            id,
            issue: number,
            author,
            body,
            created_at: now,
            updated_at: now,
            edits: 0,
            reactions,
        };
        self.repo_mut(repo).comments.insert(id, comment);
        self.touch(repo, number);
        let (body, by) = (
            self.repo(repo).comments[&id].body.clone(),
            self.login(author).to_owned(),
        );
        let commented = What::Commented {
            comment: id,
            pull: number,
            body,
            by,
        };
        self.happened(repo, commented);
        self.tell_comment(repo, "created", id, author, json!({}));
        Ok(id)
    }

    pub fn edit_comment(&mut self, repo: RepoId, id: u64, editor: UserId, body: &str) -> Result<(), Refusal> {
        check_body(body)?;
        let now = self.now();
        let comment = self
            .repo_mut(repo)
            .comments
            .get_mut(&id)
            .ok_or_else(Refusal::not_found)?;
        if comment.body == body {
            return Ok(());
        }
        let from = std::mem::replace(&mut comment.body, body.to_owned());
        (comment.updated_at, comment.edits) = (now, comment.edits + 1);
        let number = comment.issue;
        self.touch(repo, number);
        let edited = What::CommentEdited {
            comment: id,
            pull: number,
            body: body.to_owned(),
            by: self.login(editor).to_owned(),
        };
        self.happened(repo, edited);
        self.tell_comment(
            repo,
            "edited",
            id,
            editor,
            json!({ "changes": { "body": { "from": from } } }),
        );
        Ok(())
    }

    pub fn delete_comment(&mut self, repo: RepoId, id: u64, by: UserId) -> Result<(), Refusal> {
        let number = self.repo(repo).comments.get(&id).ok_or_else(Refusal::not_found)?.issue;
        self.tell_comment(repo, "deleted", id, by, json!({}));
        self.repo_mut(repo).comments.remove(&id);
        self.happened(
            repo,
            What::CommentDeleted {
                comment: id,
                pull: number,
            },
        );
        self.touch(repo, number);
        Ok(())
    }

    /// The reaction, and whether it is new: the same one again from the same person changes nothing.
    pub fn react(&mut self, repo: RepoId, comment: u64, author: UserId, content: &str) -> Result<(u64, bool), Refusal> {
        if !REACTIONS.contains(&content) {
            return Err(Refusal::invalid("Reaction", "content", "invalid", None));
        }
        let (id, now) = (self.next_id(), self.now());
        let comment = self
            .repo_mut(repo)
            .comments
            .get_mut(&comment)
            .ok_or_else(Refusal::not_found)?;
        let same = comment
            .reactions
            .iter()
            .find(|reaction| reaction.author == author && reaction.content == content);
        if let Some(reaction) = same {
            return Ok((reaction.id, false));
        }
        comment.reactions.push(Reaction {
            id,
            author,
            content: content.to_owned(),
            created_at: now,
        });
        Ok((id, true))
    }

    /// Adds labels to an issue, making those the repository does not have yet.
    pub fn add_labels(&mut self, repo: RepoId, number: u64, names: &[String], by: UserId) -> Result<(), Refusal> {
        self.issue(repo, number)?;
        for name in names {
            let label = match self.repo(repo).label(name) {
                Some(label) => label.id,
                None => self.create_label(repo, name, "ededed", None)?,
            };
            let issue = self
                .repo_mut(repo)
                .issues
                .get_mut(&number)
                .ok_or_else(Refusal::not_found)?;
            if !issue.labels.contains(&label) {
                issue.labels.push(label);
                self.touch(repo, number);
                self.tell_label(repo, "labeled", number, label, by);
            }
        }
        Ok(())
    }

    /// # Errors
    /// 404 `Label does not exist` when the issue does not have it.
    pub fn remove_label(&mut self, repo: RepoId, number: u64, name: &str, by: UserId) -> Result<(), Refusal> {
        self.issue(repo, number)?;
        let missing = || Refusal::new(404, "Label does not exist");
        let label = self.repo(repo).label(name).ok_or_else(missing)?.id;
        let issue = self.repo_mut(repo).issues.get_mut(&number).ok_or_else(missing)?;
        let before = issue.labels.len();
        issue.labels.retain(|id| *id != label);
        if issue.labels.len() == before {
            return Err(missing());
        }
        self.touch(repo, number);
        self.tell_label(repo, "unlabeled", number, label, by);
        Ok(())
    }

    pub fn create_label(
        &mut self,
        repo: RepoId,
        name: &str,
        color: &str,
        description: Option<&str>,
    ) -> Result<u64, Refusal> {
        if self.repo(repo).label(name).is_some() {
            return Err(Refusal::invalid("Label", "name", "already_exists", None));
        }
        if name.trim().is_empty() {
            return Err(Refusal::invalid("Label", "name", "missing_field", None));
        }
        let id = self.next_id();
        let description = description.map(str::to_owned);
        self.repo_mut(repo).labels.push(Label {
            id,
            name: name.to_owned(),
            color: color.to_owned(),
            description,
        });
        Ok(id)
    }

    fn tell_comment(&mut self, repo: RepoId, action: &str, comment: u64, by: UserId, more: Value) {
        self.tell(repo, "issue_comment", by, |world, repo| {
            let comment = &repo.comments[&comment];
            let issue = world.issue_json(repo, &repo.issues[&comment.issue], true);
            let mut payload =
                json!({ "action": action, "issue": issue, "comment": world.comment_json(repo, comment, true) });
            merge_into(&mut payload, more);
            payload
        });
    }

    fn tell_label(&mut self, repo: RepoId, action: &'static str, number: u64, label: u64, by: UserId) {
        let (id, now) = (self.next_id(), self.now());
        let known = self.repo(repo).labels.iter().find(|known| known.id == label);
        let labelled = What::Labelled {
            pull: number,
            label: known.map(|known| known.name.clone()).unwrap_or_default(),
            on: action == "labeled",
            by: self.login(by).to_owned(),
        };
        self.happened(repo, labelled);
        if let Some(issue) = self.repo_mut(repo).issues.get_mut(&number) {
            issue.events.push(LabelEvent {
                id,
                event: action,
                label,
                actor: by,
                created_at: now,
            });
        }
        let known = self.repo(repo).labels.iter().find(|known| known.id == label).cloned();
        let label = known.map(|label| self.label_json(self.repo(repo), &label));
        if self.repo(repo).issues[&number].pull.is_some() {
            self.tell_pull(repo, action, number, by, json!({ "label": label }));
        }
    }
}

impl super::Repo {
    /// Label names are one whatever their case.
    pub fn label(&self, name: &str) -> Option<&Label> {
        self.labels
            .iter()
            .find(|label| label.name.to_lowercase() == name.to_lowercase())
    }

    pub fn labels_of(&self, issue: &Issue) -> Vec<&Label> {
        let wanted: BTreeSet<u64> = issue.labels.iter().copied().collect();
        self.labels.iter().filter(|label| wanted.contains(&label.id)).collect()
    }
}

/// Adds the keys of `more` to a JSON object.
pub(in crate::sandbox) fn merge_into(object: &mut Value, more: Value) {
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
}

pub(in crate::sandbox) fn check_body(body: &str) -> Result<(), Refusal> {
    if body.trim().is_empty() {
        return Err(Refusal::invalid("IssueComment", "body", "missing_field", None));
    }
    if body.chars().count() > BODY_MAX {
        let message = format!("Body is too long (maximum is {BODY_MAX} characters)");
        return Err(Refusal::invalid("IssueComment", "body", "custom", Some(&message)));
    }
    Ok(())
}
