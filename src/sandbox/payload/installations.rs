//! Apps and installations.

use serde_json::{Value, json};

use super::node_id;
use crate::sandbox::clock::stamp;
use crate::sandbox::installations::{Installation, Permissions};
use crate::sandbox::people::{Kind, UserId};
use crate::sandbox::world::World;

impl World {
    /// `integration` for our App; webhooks have no `client_id`.
    pub fn own_app_json(&self, hook: bool) -> Value {
        let app = &self.app;
        let owner = self.user_named(&app.owner).map_or(0, |user| user.id);
        let mut json = self.app_json_of(app.id, &app.slug, &app.name, owner);
        json["permissions"] = permissions_json(&app.permissions);
        // GitHub's description of its webhooks does not know every event that an App can hear.
        let told = |event: &&String| !hook || event.as_str() != "deployment_protection_rule";
        json["events"] = app.events.iter().filter(told).cloned().collect();
        if !hook {
            json["client_id"] = app.client_id.as_str().into();
        }
        json
    }

    /// `integration` for any App that reports checks, ours or another.
    pub fn app_json(&self, slug: &str, hook: bool) -> Value {
        match self.other_apps.get(slug) {
            Some(app) => self.app_json_of(app.id, &app.slug, &app.name, app.owner),
            None => self.own_app_json(hook),
        }
    }

    fn app_json_of(&self, id: u64, slug: &str, name: &str, owner: UserId) -> Value {
        let registered = stamp(self.app.registered_at);
        json!({
            "id": id, "slug": slug, "node_id": node_id("A", id), "owner": self.user_json(owner), "name": name, "description": "",
            "external_url": format!("{}/apps/{slug}/about", self.url), "html_url": format!("{}/apps/{slug}", self.url),
            "created_at": registered, "updated_at": registered,
            "permissions": { "checks": "write", "metadata": "read", "contents": "read" }, "events": [],
        })
    }

    /// The id of the App with this slug, as rules and `?app_id=` name it.
    pub fn app_id(&self, slug: &str) -> u64 {
        self.other_apps.get(slug).map_or(self.app.id, |app| app.id)
    }

    /// `installation`.
    pub fn installation_json(&self, installation: &Installation) -> Value {
        let url = format!("{}/app/installations/{}", self.api(), installation.id);
        let kind = self
            .users
            .get(&installation.account)
            .map_or("User", |account| account.kind.name());
        let organization = kind == Kind::Organization.name();
        let login = self.login(installation.account);
        let page = if organization {
            format!("{}/organizations/{login}/settings", self.url)
        } else {
            format!("{}/settings", self.url)
        };
        json!({
            "id": installation.id, "account": self.user_json(installation.account),
            "repository_selection": selection(installation), "access_tokens_url": format!("{url}/access_tokens"),
            "repositories_url": format!("{}/installation/repositories", self.api()),
            "html_url": format!("{page}/installations/{}", installation.id), "app_id": self.app.id, "app_slug": self.app.slug,
            "client_id": self.app.client_id, "target_id": installation.account, "target_type": kind,
            "permissions": permissions_json(&installation.permissions), "events": installation.events.iter().collect::<Vec<_>>(),
            "created_at": stamp(installation.created_at), "updated_at": stamp(installation.updated_at),
            "single_file_name": null, "has_multiple_single_files": false, "single_file_paths": [],
            "suspended_by": installation.suspended.map(|(_, by)| self.user_json(by)),
            "suspended_at": installation.suspended.map(|(at, _)| stamp(at)),
        })
    }
}

/// GitHub's word for whether an installation covers everything.
pub(in crate::sandbox) fn selection(installation: &Installation) -> &'static str {
    if installation.selected.is_some() {
        "selected"
    } else {
        "all"
    }
}

pub(in crate::sandbox) fn permissions_json(permissions: &Permissions) -> Value {
    permissions
        .iter()
        .map(|(name, level)| (name.clone(), Value::from(level.name())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
