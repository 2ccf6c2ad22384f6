//! Accounts: people, bots, organizations, and the ghost that stands for nobody.

use serde_json::{Value, json};

use super::node_id;
use crate::sandbox::people::{Kind, UserId};
use crate::sandbox::world::{Repo, World};

impl World {
    /// The root of the REST API.
    pub fn api(&self) -> String {
        format!("{}/api/v3", self.url)
    }

    /// `simple-user`.
    pub fn user_json(&self, id: UserId) -> Value {
        let (login, kind) = self
            .users
            .get(&id)
            .map_or(("ghost", Kind::User), |user| (user.login.as_str(), user.kind));
        let (id, page) = (if login == "ghost" { 10_137 } else { id }, login.replace("[bot]", ""));
        let url = format!("{}/users/{}", self.api(), login.replace('[', "%5B").replace(']', "%5D"));
        json!({
            "login": login, "id": id, "node_id": node_id("U", id),
            "avatar_url": format!("{}/avatars/u/{id}", self.url), "gravatar_id": "",
            "url": url, "html_url": format!("{}/{}{page}", self.url, if kind == Kind::Bot { "apps/" } else { "" }),
            "followers_url": format!("{url}/followers"), "following_url": format!("{url}/following{{/other_user}}"),
            "gists_url": format!("{url}/gists{{/gist_id}}"), "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
            "subscriptions_url": format!("{url}/subscriptions"), "organizations_url": format!("{url}/orgs"),
            "repos_url": format!("{url}/repos"), "events_url": format!("{url}/events{{/privacy}}"),
            "received_events_url": format!("{url}/received_events"), "type": kind.name(), "site_admin": false,
        })
    }

    /// `public-user`, as `GET /users/{login}` shows it.
    pub fn public_user_json(&self, id: UserId) -> Value {
        let mut user = self.user_json(id);
        let registered = self.app.registered_at.to_string();
        let name = self.users.get(&id).map(|user| user.name.as_str());
        let more = json!({
            "name": name, "company": null, "blog": "", "location": null, "email": null, "hireable": null, "bio": null,
            "twitter_username": null, "public_repos": 0, "public_gists": 0, "followers": 0, "following": 0,
            "created_at": registered, "updated_at": registered,
        });
        crate::sandbox::world::issues::merge_into(&mut user, more);
        user
    }

    /// `organization` of webhooks; `None` where a person owns the repository.
    pub fn organization_json(&self, repo: &Repo) -> Option<Value> {
        let owner = self
            .users
            .get(&repo.owner)
            .filter(|owner| owner.kind == Kind::Organization)?;
        let url = format!("{}/orgs/{}", self.api(), owner.login);
        Some(json!({
            "login": owner.login, "id": owner.id, "node_id": node_id("O", owner.id), "url": url,
            "repos_url": format!("{url}/repos"), "events_url": format!("{url}/events"), "hooks_url": format!("{url}/hooks"),
            "issues_url": format!("{url}/issues"), "members_url": format!("{url}/members{{/member}}"),
            "public_members_url": format!("{url}/public_members{{/member}}"),
            "avatar_url": format!("{}/avatars/u/{}", self.url, owner.id), "description": null,
        }))
    }
}
