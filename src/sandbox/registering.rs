//! Making an App from a manifest, and installing it: the pages on which a person does that, and the exchange of the code.
//!
//! As on GitHub: the form with the manifest is posted to a page where the name can still be changed; the button there makes the App,
//! with secrets of GitHub's making, and sends the person back with a code and the state; the code is good once and for an hour; and the
//! page to install it asks for which repositories.
//! Source: <https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest>.
//!
//! Absent on purpose: more than one App of ours at a time (a new one takes the place of the one before), a key pair for each (the
//! key is the sandbox's own), signing in before the pages, and installing on another account than the App's owner.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Form, Router};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::deliveries::Webhook;
use super::installations::{App, Level};
use super::pages::html;
use super::people::Kind;
use super::world::{Refusal, RepoId, World};
use super::{APP_PRIVATE_KEY, GitHub};

/// How long after the App was made its code can be exchanged.
const CODE_LIFE: SignedDuration = SignedDuration::from_hours(1);

/// Who does what the visitor does here: an owner of every organization.
const VISITOR: &str = "admin";

/// Whether there is an App of ours, and the codes that were given out for it.
#[derive(Debug, Default)]
pub(super) struct Registrations {
    pub is_registered: bool,
    codes: HashMap<String, Timestamp>,
}

/// The keys of a manifest. Others are passed over, as GitHub does.
#[derive(Debug, Clone, Deserialize)]
struct Manifest {
    name: Option<String>,
    url: String,
    hook_attributes: Option<Hook>,
    redirect_url: String,
    #[serde(default)]
    callback_urls: Vec<String>,
    setup_url: Option<String>,
    #[serde(default)]
    default_events: BTreeSet<String>,
    #[serde(default)]
    default_permissions: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Hook {
    url: String,
    #[serde(default = "yes")]
    active: bool,
}

fn yes() -> bool {
    true
}

pub(super) fn router(github: GitHub) -> Router {
    Router::new()
        .route("/settings/apps/new", post(new_for_visitor))
        .route(
            "/organizations/{organization}/settings/apps/new",
            post(new_for_organization),
        )
        .route("/settings/apps", post(create))
        .route("/apps/{slug}", get(about))
        .route("/apps/{slug}/installations/new", get(choose).post(install))
        .with_state(github)
}

#[derive(Deserialize)]
struct Sent {
    manifest: String,
}

#[derive(Deserialize)]
struct Asked {
    state: Option<String>,
}

async fn new_for_visitor(State(github): State<GitHub>, Query(query): Query<Asked>, Form(sent): Form<Sent>) -> Response {
    confirm(&github, VISITOR, &sent.manifest, query.state.as_deref(), None)
}

async fn new_for_organization(
    State(github): State<GitHub>,
    Path(organization): Path<String>,
    Query(query): Query<Asked>,
    Form(sent): Form<Sent>,
) -> Response {
    let known = github
        .world()
        .user_named(&organization)
        .map(|user| (user.kind, user.login.clone()));
    match known {
        Some((Kind::Organization, login)) => confirm(&github, &login, &sent.manifest, query.state.as_deref(), None),
        _ => html::nothing_here(),
    }
}

/// The page with the name and the button.
fn confirm(github: &GitHub, owner: &str, manifest: &str, state: Option<&str>, wrong: Option<&str>) -> Response {
    let read = match read(manifest) {
        Ok(read) => read,
        Err(refusal) => return html::refused(&refusal, "/"),
    };
    let name = read.name.clone().unwrap_or_default();
    let hidden = |name: &str, value: &str| {
        format!(
            "<input type=\"hidden\" name=\"{name}\" value=\"{}\">",
            html::escape(value)
        )
    };
    let wrong = wrong.map_or_else(String::new, |wrong| {
        format!("<p role=\"alert\">{}</p>", html::escape(wrong))
    });
    let url = github.url();
    let body = format!(
        "<h1>Create GitHub App for {owner}</h1>{wrong}<form method=\"post\" action=\"/settings/apps\">{}{}{}\
         <p><label for=\"name\">GitHub App name</label> <input id=\"name\" name=\"name\" value=\"{}\" maxlength=\"34\" required></p>\
         <p><button>Create GitHub App for {owner}</button></p></form>",
        hidden("manifest", manifest),
        hidden("state", state.unwrap_or_default()),
        hidden("owner", owner),
        html::escape(&name),
        owner = html::escape(owner),
    );
    html::page_leading_to("Create GitHub App", &body, &[&url, &read.redirect_url])
}

fn read(manifest: &str) -> Result<Manifest, Refusal> {
    let invalid = |why: String| Refusal::new(422, format!("Invalid GitHub App configuration. {why}"));
    let read: Manifest = serde_json::from_str(manifest).map_err(|error| invalid(error.to_string()))?;
    if let Some((name, level)) = read
        .default_permissions
        .iter()
        .find(|(_, level)| !matches!(level.as_str(), "read" | "write"))
    {
        return Err(invalid(format!("{level} is no level of {name}.")));
    }
    let hook = read.hook_attributes.iter().map(|hook| &hook.url);
    let urls = [&read.url, &read.redirect_url].into_iter().chain(hook);
    for url in urls.chain(&read.callback_urls).chain(&read.setup_url) {
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(invalid(format!("{url} is no address.")));
        }
    }
    Ok(read)
}

#[derive(Deserialize)]
struct Create {
    manifest: String,
    state: String,
    owner: String,
    name: String,
}

/// The App is made, and the person goes back where the manifest says.
async fn create(State(github): State<GitHub>, Form(create): Form<Create>) -> Response {
    let manifest = match read(&create.manifest) {
        Ok(read) => read,
        Err(refusal) => return html::refused(&refusal, "/"),
    };
    let state = Some(create.state.as_str()).filter(|state| !state.is_empty());
    let made = github.world().create_app(&manifest, &create.owner, create.name.trim());
    match made {
        Ok(code) => {
            let mut back = format!("{}{}code={code}", manifest.redirect_url, sign(&manifest.redirect_url));
            if let Some(state) = state {
                back.push_str(&format!("&state={}", super::sign_in::encoded(state)));
            }
            html::go_to(&back)
        }
        Err(wrong) => confirm(&github, &create.owner, &create.manifest, state, Some(wrong)),
    }
}

fn sign(url: &str) -> char {
    if url.contains('?') { '&' } else { '?' }
}

impl World {
    /// Makes the App and gives the code for its credentials.
    fn create_app(&mut self, manifest: &Manifest, owner: &str, name: &str) -> Result<String, &'static str> {
        let slug = slug_of(name);
        let is_taken =
            self.other_apps.contains_key(&slug) || (self.registrations.is_registered && self.app.slug == slug);
        if slug.is_empty() {
            return Err("Name can't be blank");
        }
        if is_taken {
            return Err("Name is already in use");
        }
        let level = |level: &str| if level == "write" { Level::Write } else { Level::Read };
        let permissions = manifest.default_permissions.iter();
        let permissions = permissions.map(|(name, wanted)| (name.clone(), level(wanted)));
        let app = App {
            id: self.next_id() % 10_000_000,
            client_id: format!("Iv23li{}", &self.chance.hex()[..14]),
            client_secret: format!("{}{}", self.chance.hex(), &self.chance.hex()[..8]),
            callback_urls: manifest.callback_urls.clone(),
            setup_url: manifest.setup_url.clone(),
            slug,
            name: name.to_owned(),
            owner: owner.to_owned(),
            permissions: permissions.collect(),
            events: manifest.default_events.clone(),
            hook_content_type: "json".to_owned(),
            registered_at: self.now(),
        };
        self.app = app;
        self.installations.clear();
        self.tokens.clear();
        self.registrations.is_registered = true;
        self.bot();
        let secret = format!("{}{}", self.chance.hex(), &self.chance.hex()[..8]);
        let hook = manifest.hook_attributes.as_ref().filter(|hook| hook.active);
        self.outbox.set_hook(hook.map(|hook| Webhook {
            url: hook.url.clone(),
            secret,
        }));
        if hook.is_some() {
            let ping = self.ping_json();
            self.send("ping", None, None, ping);
        }
        let code = format!("{}{}", self.chance.hex(), &self.chance.hex()[..8]);
        let until = self.clock.now().saturating_add(CODE_LIFE).unwrap_or(Timestamp::MAX);
        self.registrations.codes.clear();
        self.registrations.codes.insert(code.clone(), until);
        Ok(code)
    }

    /// What the code is exchanged for, once.
    pub fn convert(&mut self, code: &str) -> Result<Value, Refusal> {
        let until = self.registrations.codes.remove(code).ok_or_else(Refusal::not_found)?;
        if until <= self.clock.now() {
            return Err(Refusal::not_found());
        }
        let mut json = self.own_app_json(false);
        json["client_id"] = self.app.client_id.as_str().into();
        json["client_secret"] = self.app.client_secret.as_str().into();
        json["webhook_secret"] = json!(self.outbox.hook().map(|hook| &hook.secret));
        json["pem"] = APP_PRIVATE_KEY.into();
        Ok(json)
    }

    /// The App with this slug, while there is one.
    fn our_app(&self, slug: &str) -> Option<&App> {
        Some(&self.app).filter(|app| self.registrations.is_registered && app.slug == slug)
    }
}

fn slug_of(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let slug: String = name.chars().map(plain).collect();
    slug.trim_matches('-').to_owned()
}

async fn about(State(github): State<GitHub>, Path(slug): Path<String>) -> Response {
    let world = github.world();
    let Some(app) = world.our_app(&slug) else {
        return html::nothing_here();
    };
    let body = format!(
        "<h1>{}</h1><p>Made by {}.</p><p><a href=\"/apps/{slug}/installations/new\">Install</a></p>",
        html::escape(&app.name),
        html::escape(&app.owner),
        slug = html::escape(&slug)
    );
    html::page(&app.name, None, &body)
}

/// The page that asks for which repositories.
async fn choose(State(github): State<GitHub>, Path(slug): Path<String>) -> Response {
    let world = github.world();
    let Some(app) = world.our_app(&slug) else {
        return html::nothing_here();
    };
    let owner = world.user_named(&app.owner).map(|user| user.id);
    let owned = world.repos.values().filter(|repo| Some(repo.owner) == owner);
    let item = |id: RepoId, name: &str| {
        format!(
            "<li><label><input type=\"checkbox\" name=\"repository\" value=\"{id}\"> {}</label></li>",
            html::escape(name)
        )
    };
    let list: String = owned.map(|repo| item(repo.id, &repo.full_name)).collect();
    let body = format!(
        "<h1>Install {name}</h1><p>Install on {owner}.</p><form method=\"post\">\
         <p><label><input type=\"radio\" name=\"selection\" value=\"all\" checked> All repositories</label></p>\
         <p><label><input type=\"radio\" name=\"selection\" value=\"selected\"> Only select repositories</label></p><ul>{list}</ul>\
         <p><button>Install</button></p></form>",
        name = html::escape(&app.name),
        owner = html::escape(&app.owner),
    );
    let goals: Vec<&str> = [world.url.as_str()]
        .into_iter()
        .chain(app.setup_url.as_deref())
        .collect();
    html::page_leading_to(&format!("Install {}", app.name), &body, &goals)
}

async fn install(
    State(github): State<GitHub>,
    Path(slug): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let mut world = github.world();
    let Some(app) = world.our_app(&slug).cloned() else {
        return html::nothing_here();
    };
    let all = |name: &'static str| {
        fields
            .iter()
            .filter(move |(field, _)| field == name)
            .map(|(_, value)| value)
    };
    let chosen: BTreeSet<RepoId> = all("repository").filter_map(|id| id.parse().ok()).collect();
    let selected = all("selection").any(|value| value == "selected").then_some(chosen);
    if selected.as_ref().is_some_and(BTreeSet::is_empty) {
        let refusal = Refusal::new(422, "Select at least one repository.");
        return html::refused(&refusal, &format!("/apps/{slug}/installations/new"));
    }
    let (owner, by) = (world.person(&app.owner), world.person(VISITOR));
    let id = world.install(owner, selected, by);
    match &app.setup_url {
        // Whoever reads it there must not believe it: anybody can make up such an address.
        Some(url) => html::go_to(&format!("{url}{}installation_id={id}&setup_action=install", sign(url))),
        None => html::go_to(&format!("/apps/{slug}")),
    }
}
