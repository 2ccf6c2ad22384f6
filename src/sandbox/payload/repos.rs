//! Repositories, branches and refs.

use serde_json::{Value, json};

use super::node_id;
use crate::sandbox::clock::stamp;
use crate::sandbox::graph::Sha;
use crate::sandbox::people::{Kind, Role, permissions};
use crate::sandbox::rules::{Rule, RuleKind};
use crate::sandbox::world::issues::merge_into;
use crate::sandbox::world::{Method, Repo, RepoId, World};

impl World {
    pub fn repo_url(&self, repo: &Repo) -> String {
        format!("{}/repos/{}", self.api(), repo.full_name)
    }

    pub fn repo_page(&self, repo: &Repo) -> String {
        format!("{}/{}", self.url, repo.full_name)
    }

    /// `repository`, with the fields that REST answers and webhooks share.
    pub fn repo_json(&self, repo: &Repo) -> Value {
        let mut json = self.minimal_repo_json(repo);
        let (page, open) = (
            self.repo_page(repo),
            repo.issues.values().filter(|issue| issue.open).count(),
        );
        let address = page.split_once("://").map_or(page.as_str(), |(_, rest)| rest);
        merge_into(
            &mut json,
            json!({
                "created_at": stamp(repo.created_at), "updated_at": stamp(repo.updated_at), "pushed_at": stamp(repo.pushed_at),
                "git_url": format!("git://{address}.git"), "ssh_url": format!("git@localhost:{}.git", repo.full_name),
                "clone_url": format!("{page}.git"), "svn_url": page, "homepage": null, "size": repo.graph.tree(
                    repo.branches.get(&repo.default_branch).map_or("", String::as_str)).len(),
                "stargazers_count": 0, "watchers_count": 0, "language": null, "has_issues": repo.has_issues, "has_projects": false,
                "has_downloads": true, "has_wiki": false, "has_pages": false, "has_discussions": false, "forks_count": 0,
                "mirror_url": null, "archived": repo.archived, "disabled": false, "open_issues_count": open, "license": null,
                "allow_forking": true, "is_template": false, "web_commit_signoff_required": false, "topics": [],
                "visibility": if repo.private { "private" } else { "public" }, "forks": 0, "open_issues": open, "watchers": 0,
                "default_branch": repo.default_branch,
            }),
        );
        json
    }

    /// A repository as an installation's list has it: with what the App may do there.
    pub fn listed_repo_json(&self, repo: &Repo, may_write: bool) -> Value {
        let mut json = self.repo_json(repo);
        json["permissions"] = permissions(Some(if may_write { Role::Write } else { Role::Read }));
        json
    }

    /// `full-repository`; how pull requests may be merged is only shown to those who may write.
    pub fn full_repo_json(&self, repo: &Repo, may_write: bool) -> Value {
        let mut json = self.listed_repo_json(repo, may_write);
        let organization = self
            .users
            .get(&repo.owner)
            .filter(|owner| owner.kind == Kind::Organization);
        merge_into(
            &mut json,
            json!({
                "network_count": 0, "subscribers_count": 0, "temp_clone_token": "", "custom_properties": {},
            }),
        );
        if let Some(organization) = organization {
            json["organization"] = self.user_json(organization.id);
        }
        if may_write {
            let allows = |method: Method| repo.merge_methods.contains(&method);
            merge_into(
                &mut json,
                json!({
                    "allow_merge_commit": allows(Method::Merge), "allow_squash_merge": allows(Method::Squash),
                    "allow_rebase_merge": allows(Method::Rebase), "allow_auto_merge": false, "delete_branch_on_merge": false,
                    "allow_update_branch": false, "use_squash_pr_title_as_default": false,
                    "squash_merge_commit_title": "COMMIT_OR_PR_TITLE", "squash_merge_commit_message": "COMMIT_MESSAGES",
                    "merge_commit_title": "MERGE_MESSAGE", "merge_commit_message": "PR_TITLE",
                }),
            );
        }
        json
    }

    /// `repository` of webhooks.
    pub fn hook_repo_json(&self, repo: &Repo) -> Value {
        let mut json = self.repo_json(repo);
        json["custom_properties"] = json!({});
        json
    }

    /// `minimal-repository`: names and addresses.
    pub fn minimal_repo_json(&self, repo: &Repo) -> Value {
        let mut json = json!({
            "id": repo.id, "node_id": node_id("R", repo.id), "name": repo.name, "full_name": repo.full_name,
            "private": repo.private, "owner": self.user_json(repo.owner), "html_url": self.repo_page(repo),
            "description": repo.description, "fork": repo.fork, "url": self.repo_url(repo),
        });
        let url = self.repo_url(repo);
        let addresses = ADDRESSES
            .iter()
            .map(|(key, path)| ((*key).to_owned(), format!("{url}{path}").into()));
        merge_into(&mut json, Value::Object(addresses.collect()));
        json
    }

    /// The few fields by which `installation` events name a repository.
    pub fn repo_stub_json(&self, repo: RepoId) -> Value {
        let repo = self.repo(repo);
        let node = node_id("R", repo.id);
        json!({ "id": repo.id, "node_id": node, "name": repo.name, "full_name": repo.full_name, "private": repo.private })
    }

    /// `git-ref`.
    pub fn ref_json(&self, repo: &Repo, branch: &str, sha: &Sha) -> Value {
        let url = self.repo_url(repo);
        json!({
            "ref": format!("refs/heads/{branch}"), "node_id": node_id("REF", repo.id), "url": format!("{url}/git/refs/heads/{branch}"),
            "object": { "type": "commit", "sha": sha, "url": format!("{url}/git/commits/{sha}") },
        })
    }

    /// `short-branch`.
    pub fn short_branch_json(&self, repo: &Repo, branch: &str, sha: &Sha) -> Value {
        let commit = json!({ "sha": sha, "url": format!("{}/commits/{sha}", self.repo_url(repo)) });
        json!({ "name": branch, "commit": commit, "protected": repo.is_protected(branch) })
    }

    /// `branch-with-protection`.
    pub fn branch_json(&self, repo: &Repo, branch: &str, sha: &Sha) -> Value {
        let url = format!("{}/branches/{branch}", self.repo_url(repo));
        let checks = json!({ "enforcement_level": "off", "contexts": [], "checks": [] });
        json!({
            "name": branch, "commit": self.commit_json(repo, sha, false), "protected": repo.is_protected(branch),
            "_links": { "self": url, "html": format!("{}/tree/{branch}", self.repo_page(repo)) },
            // Rulesets do not show in the older protection, which the sandbox does not have.
            "protection": { "enabled": false, "required_status_checks": checks }, "protection_url": format!("{url}/protection"),
        })
    }

    /// `repository-rule-detailed`.
    /// The ruleset of one rule, as an App sees it that asks.
    pub fn ruleset_json(&self, repo: &Repo, rule: &Rule) -> Value {
        let mut inner = self.rule_json(repo, rule);
        for outer in ["ruleset_source_type", "ruleset_source", "ruleset_id"] {
            inner.as_object_mut().map(|object| object.remove(outer));
        }
        json!({
            "id": rule.id, "name": format!("rules of {}", rule.branch), "target": "branch", "source_type": "Repository",
            "source": repo.full_name, "enforcement": "active", "node_id": node_id("RRS", rule.id), "rules": [inner],
            "current_user_can_bypass": if rule.app_may_bypass { "always" } else { "never" },
        })
    }

    pub fn rule_json(&self, repo: &Repo, rule: &Rule) -> Value {
        let (kind, parameters) = match &rule.kind {
            RuleKind::RequiredStatusChecks(contexts) => {
                let context = |(context, app): &(String, Option<u64>)| match app {
                    Some(app) => json!({ "context": context, "integration_id": app }),
                    None => json!({ "context": context }),
                };
                let contexts: Vec<Value> = contexts.iter().map(context).collect();
                let parameters =
                    json!({ "strict_required_status_checks_policy": false, "required_status_checks": contexts });
                ("required_status_checks", parameters)
            }
            RuleKind::PullRequest => (
                "pull_request",
                json!({
                    "dismiss_stale_reviews_on_push": false, "require_code_owner_review": false, "require_last_push_approval": false,
                    "required_approving_review_count": 0, "required_review_thread_resolution": false,
                }),
            ),
            RuleKind::Update => ("update", json!({ "update_allows_fetch_and_merge": false })),
            RuleKind::RequiredLinearHistory => ("required_linear_history", Value::Null),
            RuleKind::NonFastForward => ("non_fast_forward", Value::Null),
        };
        let mut json = json!({
            "type": kind, "ruleset_source_type": "Repository", "ruleset_source": repo.full_name, "ruleset_id": rule.id,
        });
        if !parameters.is_null() {
            json["parameters"] = parameters;
        }
        json
    }
}

impl Repo {
    fn is_protected(&self, branch: &str) -> bool {
        self.rules.iter().any(|rule| rule.branch == branch)
    }
}

/// Every address a repository object lists, below the repository's own.
const ADDRESSES: [(&str, &str); 36] = [
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];
