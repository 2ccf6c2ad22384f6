//! Which request is which: the whole API of the sandbox on one page, with the permission each call needs.
//!
//! The permissions are those of "Permissions required for GitHub Apps",
//! <https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps>.

use super::answer::{Answer, Refused, Reply};
use super::call::Call;
use super::{
    app, checks, comments, commits, contents, deployments, graphql, issues, people, pulls, refs, releases, user,
    workflows,
};
use crate::sandbox::auth::Caller;
use crate::sandbox::installations::Level::{Read, Write};
use crate::sandbox::world::{Refusal, RepoId, World};

impl World {
    pub fn route(&mut self, call: &mut Call) -> Reply {
        let segments = call.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (call.method.clone().as_str(), segments.as_slice()) {
            ("POST", ["graphql"]) => Ok(graphql::answer(self, call)),
            ("POST", ["app-manifests", code, "conversions"]) => app::convert(self, code),
            ("GET", ["app"]) => app::get(self, call),
            ("GET", ["app", "installations"]) => app::list_installations(self, call),
            ("GET", ["app", "installations", id]) => app::get_installation(self, call, number(id)?),
            ("POST", ["app", "installations", id, "access_tokens"]) => app::create_token(self, call, number(id)?),
            ("GET", ["app", "hook", "config"]) => app::get_hook(self, call),
            ("GET", ["app", "hook", "deliveries"]) => app::list_deliveries(self, call),
            ("GET", ["app", "hook", "deliveries", id]) => app::get_delivery(self, call, number(id)?),
            ("POST", ["app", "hook", "deliveries", id, "attempts"]) => app::redeliver(self, call, number(id)?),
            ("GET", ["installation", "repositories"]) => app::list_repositories(self, call),
            ("GET", ["user"]) => user::get(self, call),
            ("GET", ["user", "installations"]) => user::list_installations(self, call),
            ("GET", ["user", "installations", id, "repositories"]) => user::list_repositories(self, call, number(id)?),
            ("GET", ["users", login]) => people::get_user(self, login),
            ("GET", ["rate_limit"]) => app::rate_limit(self, call),
            ("GET", ["orgs", org, "teams"]) => {
                call.needs(&[("members", Read)])?;
                people::list_teams(self, call, org)
            }
            ("GET", ["orgs", org, "teams", slug, "memberships", login]) => {
                call.needs(&[("members", Read)])?;
                people::get_membership(self, call, org, slug, login)
            }
            ("GET", ["orgs", org, "teams", slug, "members"]) => {
                call.needs(&[("members", Read)])?;
                people::list_members(self, call, org, slug)
            }
            ("GET", ["repos", owner, name, "installation"]) => {
                let repo = self.find_repo(call, owner, name, &["installation"])?;
                app::get_repo_installation(self, call, repo)
            }
            (_, ["repos", owner, name, rest @ ..]) => {
                let repo = self.find_repo(call, owner, name, rest)?;
                self.route_repo(call, repo, rest)
            }
            (_, ["repositories", id, rest @ ..]) => {
                let repo = number(id)
                    .ok()
                    .filter(|id| self.repos.get(id).is_some_and(|repo| !repo.deleted))
                    .ok_or_else(Refusal::not_found)?;
                self.route_repo(call, repo, rest)
            }
            _ => self.unknown(call),
        }
    }

    fn route_repo(&mut self, call: &mut Call, repo: RepoId, rest: &[&str]) -> Reply {
        let caller = call
            .caller
            .clone()
            .ok_or_else(|| Refusal::new(401, "Requires authentication"))?;
        if matches!(caller, Caller::User(_)) {
            return self.unknown(call);
        }
        self.check_access(&caller, repo, call.method != "GET")?;
        if call.method != "GET" && self.repo(repo).archived {
            return Err(Refusal::new(403, "Repository was archived so is read-only.").into());
        }
        call.link_path = format!("/repositories/{repo}{}", call.path_below(rest.len()));
        let method = call.method.clone();
        match (method.as_str(), rest) {
            (_, ["git", ..])
            | (_, ["branches", ..])
            | (_, ["rules", ..])
            | (_, ["rulesets", ..])
            | (_, ["merges"])
            | (_, ["releases", ..]) => self.route_refs(call, repo, rest),
            (_, ["pulls", ..]) => self.route_pulls(call, repo, rest),
            (_, ["issues", ..]) | (_, ["labels", ..]) => self.route_issues(call, repo, rest),
            (_, ["commits", ..]) | (_, ["compare", ..]) | (_, ["contents", ..]) => self.route_commits(call, repo, rest),
            (_, ["statuses", ..]) | (_, ["check-runs", ..]) | (_, ["deployments", ..]) => {
                self.route_reports(call, repo, rest)
            }
            (_, ["actions", ..]) => self.route_actions(call, repo, rest),
            ("GET", []) => {
                call.needs(&[("metadata", Read)])?;
                let may_write = call.has("contents", Write);
                Ok(Answer::ok(self.full_repo_json(self.repo(repo), may_write)))
            }
            ("GET", ["collaborators"]) => {
                call.needs(&[("metadata", Read)])?;
                people::list_collaborators(self, call, repo)
            }
            ("GET", ["collaborators", login, "permission"]) => {
                call.needs(&[("metadata", Read)])?;
                people::get_permission(self, repo, login)
            }
            _ => self.unknown(call),
        }
    }

    fn route_refs(&mut self, call: &Call, repo: RepoId, rest: &[&str]) -> Reply {
        let writes = call.method != "GET";
        match rest {
            ["rules" | "rulesets", ..] => call.needs(&[("metadata", Read)])?,
            _ => call.needs(&[("contents", if writes { Write } else { Read })])?,
        }
        match (call.method.as_str(), rest) {
            ("GET", ["branches"]) => refs::list_branches(self, call, repo),
            ("GET", ["branches", branch @ ..]) => refs::get_branch(self, repo, &branch.join("/")),
            ("GET", ["git", "ref", reference @ ..]) => refs::get_ref(self, repo, &reference.join("/")),
            ("GET", ["git", "matching-refs", prefix @ ..]) => refs::matching_refs(self, repo, &prefix.join("/")),
            ("GET", ["git", "commits", sha]) => commits::get_object(self, repo, sha),
            ("POST", ["git", "commits"]) => commits::create_object(self, call, repo),
            ("POST", ["git", "refs"]) => refs::create_ref(self, call, repo),
            ("PATCH", ["git", "refs", reference @ ..]) => refs::update_ref(self, call, repo, &reference.join("/")),
            ("DELETE", ["git", "refs", reference @ ..]) => refs::delete_ref(self, repo, &reference.join("/")),
            ("POST", ["merges"]) => refs::merge(self, call, repo),
            ("GET", ["releases"]) => releases::list(self, call, repo),
            ("POST", ["releases"]) => releases::create(self, call, repo),
            ("GET", ["releases", "tags", tag @ ..]) => releases::by_tag(self, repo, &tag.join("/")),
            ("GET", ["rulesets", id]) => refs::ruleset(self, repo, number(id)?),
            ("GET", ["rules", "branches", branch @ ..]) => refs::rules(self, call, repo, &branch.join("/")),
            _ => self.unknown(call),
        }
    }

    fn route_pulls(&mut self, call: &Call, repo: RepoId, rest: &[&str]) -> Reply {
        let writes = call.method != "GET";
        match rest {
            ["pulls", _, "merge"] if writes => call.needs(&[("contents", Write)])?,
            _ => call.needs(&[("pull_requests", if writes { Write } else { Read })])?,
        }
        match (call.method.as_str(), rest) {
            ("GET", ["pulls"]) => pulls::list(self, call, repo),
            ("POST", ["pulls"]) => pulls::create(self, call, repo),
            ("GET", ["pulls", n]) => pulls::get(self, repo, number(n)?),
            ("PATCH", ["pulls", n]) => pulls::update(self, call, repo, number(n)?),
            ("PUT", ["pulls", n, "merge"]) => pulls::merge(self, call, repo, number(n)?),
            ("GET", ["pulls", n, "merge"]) => pulls::is_merged(self, repo, number(n)?),
            ("GET", ["pulls", n, "files"]) => pulls::files(self, call, repo, number(n)?),
            ("GET", ["pulls", n, "commits"]) => pulls::commits(self, call, repo, number(n)?),
            ("GET", ["pulls", n, "reviews", id]) => pulls::review(self, repo, number(n)?, number(id)?),
            ("GET", ["pulls", n, "reviews"]) => pulls::reviews(self, call, repo, number(n)?),
            _ => self.unknown(call),
        }
    }

    fn route_issues(&mut self, call: &Call, repo: RepoId, rest: &[&str]) -> Reply {
        let level = if call.method == "GET" { Read } else { Write };
        match rest {
            ["issues", "comments", _, "reactions"] | ["issues"] => call.needs(&[("issues", level)])?,
            _ => call.needs(&[("issues", level), ("pull_requests", level)])?,
        }
        match (call.method.as_str(), rest) {
            ("GET", ["issues", "comments"]) => comments::list_all(self, call, repo),
            ("GET", ["issues", "comments", id]) => comments::get(self, repo, number(id)?),
            ("PATCH", ["issues", "comments", id]) => comments::update(self, call, repo, number(id)?),
            ("DELETE", ["issues", "comments", id]) => comments::delete(self, repo, number(id)?),
            ("GET", ["issues", "comments", id, "reactions"]) => comments::list_reactions(self, call, repo, number(id)?),
            ("POST", ["issues", "comments", id, "reactions"]) => comments::react(self, call, repo, number(id)?),
            ("GET", ["issues"]) => issues::list(self, call, repo),
            ("POST", ["issues"]) => issues::create(self, call, repo),
            ("GET", ["issues", n]) => issues::get(self, repo, number(n)?),
            ("PATCH", ["issues", n]) => issues::update(self, call, repo, number(n)?),
            ("GET", ["issues", n, "comments"]) => comments::list(self, call, repo, number(n)?),
            ("POST", ["issues", n, "comments"]) => comments::create(self, call, repo, number(n)?),
            ("GET", ["issues", n, "events"]) => comments::list_events(self, call, repo, number(n)?),
            ("GET", ["issues", n, "labels"]) => comments::list_labels(self, call, repo, number(n)?),
            ("POST", ["issues", n, "labels"]) => comments::add_labels(self, call, repo, number(n)?),
            ("DELETE", ["issues", n, "labels", name]) => comments::remove_label(self, call, repo, number(n)?, name),
            ("GET", ["labels"]) => comments::list_repo_labels(self, call, repo),
            ("POST", ["labels"]) => comments::create_label(self, call, repo),
            ("GET", ["labels", name]) => comments::get_label(self, repo, name),
            _ => self.unknown(call),
        }
    }

    fn route_commits(&mut self, call: &Call, repo: RepoId, rest: &[&str]) -> Reply {
        match rest {
            ["contents", ..] if call.method != "GET" => call.needs(&[("contents", Write)])?,
            ["commits", .., "pulls"] => call.needs(&[("pull_requests", Read)])?,
            ["commits", .., "status" | "statuses"] => call.needs(&[("statuses", Read)])?,
            ["commits", .., "check-runs" | "check-suites"] => call.needs(&[("checks", Read)])?,
            _ => call.needs(&[("contents", Read)])?,
        }
        match (call.method.as_str(), rest) {
            ("GET", ["commits"]) => commits::list(self, call, repo),
            ("GET", ["commits", commit @ .., "pulls"]) => pulls::list_of_commit(self, call, repo, &commit.join("/")),
            ("GET", ["commits", commit @ .., "status"]) => checks::combined(self, call, repo, &commit.join("/")),
            ("GET", ["commits", commit @ .., "statuses"]) => checks::list_statuses(self, call, repo, &commit.join("/")),
            ("GET", ["commits", commit @ .., "check-runs"]) => checks::list_runs(self, call, repo, &commit.join("/")),
            ("GET", ["commits", commit @ .., "check-suites"]) => {
                checks::list_suites(self, call, repo, &commit.join("/"))
            }
            ("GET", ["commits", commit @ ..]) => commits::get(self, repo, &commit.join("/")),
            ("GET", ["compare", basehead @ ..]) => commits::compare(self, call, repo, &basehead.join("/")),
            ("PUT", ["contents", path @ ..]) => contents::put(self, call, repo, &path.join("/")),
            ("GET", ["contents", path @ ..]) => contents::get(self, call, repo, &path.join("/")),
            _ => self.unknown(call),
        }
    }

    fn route_reports(&mut self, call: &Call, repo: RepoId, rest: &[&str]) -> Reply {
        let level = if call.method == "GET" { Read } else { Write };
        let permission = match rest {
            ["statuses", ..] => "statuses",
            ["deployments", ..] => "deployments",
            _ => "checks",
        };
        call.needs(&[(permission, level)])?;
        match (call.method.as_str(), rest) {
            ("POST", ["statuses", sha]) => checks::create_status(self, call, repo, sha),
            ("POST", ["check-runs"]) => checks::create_run(self, call, repo),
            ("GET", ["check-runs", id]) => checks::get_run(self, repo, number(id)?),
            ("PATCH", ["check-runs", id]) => checks::update_run(self, call, repo, number(id)?),
            ("GET", ["deployments"]) => deployments::list(self, call, repo),
            ("POST", ["deployments"]) => deployments::create(self, call, repo),
            ("GET", ["deployments", id]) => deployments::get(self, repo, number(id)?),
            ("GET", ["deployments", id, "statuses"]) => deployments::list_statuses(self, call, repo, number(id)?),
            ("POST", ["deployments", id, "statuses"]) => deployments::create_status(self, call, repo, number(id)?),
            _ => self.unknown(call),
        }
    }

    fn route_actions(&mut self, call: &Call, repo: RepoId, rest: &[&str]) -> Reply {
        match (call.method.as_str(), rest) {
            ("POST", ["actions", "runs", _, "deployment_protection_rule"]) => call.needs(&[("deployments", Write)])?,
            _ => call.needs(&[("actions", Read)])?,
        }
        match (call.method.as_str(), rest) {
            ("GET", ["actions", "runs"]) => workflows::list(self, call, repo),
            ("GET", ["actions", "runs", id]) => workflows::get(self, call, repo, number(id)?),
            ("GET", ["actions", "runs", id, "pending_deployments"]) => workflows::pending(self, repo, number(id)?),
            ("POST", ["actions", "runs", id, "deployment_protection_rule"]) => {
                workflows::review(self, call, repo, number(id)?)
            }
            _ => self.unknown(call),
        }
    }

    /// The repository of this name; one that was renamed is answered with a redirect to its id, 301 for reads and 307 for writes.
    fn find_repo(&self, call: &Call, owner: &str, name: &str, rest: &[&str]) -> Result<RepoId, Refused> {
        let wanted = format!("{owner}/{name}").to_lowercase();
        let id = *self.repo_names.get(&wanted).ok_or_else(Refusal::not_found)?;
        if self.repo(id).deleted {
            return Err(Refusal::not_found().into());
        }
        if self.repo(id).full_name.to_lowercase() == wanted {
            return Ok(id);
        }
        if let Some(caller @ Caller::Installation(_)) = &call.caller {
            self.check_access(caller, id, false)?;
        }
        let rest = call.path_below(rest.len());
        let query = if call.query_text.is_empty() {
            String::new()
        } else {
            format!("?{}", call.query_text)
        };
        let location = format!("{}/repositories/{id}{rest}{query}", self.api());
        let (status, message) = if call.method == "GET" {
            (301, "Moved Permanently")
        } else {
            (307, "Temporary Redirect")
        };
        let body = serde_json::json!({
            "message": message, "url": location, "documentation_url": "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects",
        });
        let answer = Answer {
            status,
            ..Answer::ok(body)
        };
        Err(Refused(Box::new(answer.with("location", location))))
    }

    fn unknown(&mut self, call: &Call) -> Reply {
        let request = format!("{} {}", call.method, call.path);
        self.log.add_unknown(request.clone());
        Err(Refusal::new(404, format!("the sandbox does not know {request}")).into())
    }
}

fn number(text: &str) -> Result<u64, Refusal> {
    text.parse().map_err(|_| Refusal::not_found())
}
