//! The App asks for just what it needs: `app-manifest.yml` held against the events that `interpret` acts on, GitHub's own
//! word on what each event requires, and the calls that `src/github` makes.

use std::collections::{BTreeMap, BTreeSet};

use greenlight::web::board::CALLBACK;
use serde::Deserialize;

use super::contract::Contract;
use super::source::{Token, tokens, tokens_without_tests};
use super::{read, rust_files, top};

/// The keys that this file of ours uses; a key that GitHub does not know would be silently without effect.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    name: String,
    url: String,
    description: String,
    public: bool,
    callback_urls: Vec<String>,
    setup_url: String,
    hook_attributes: Hook,
    default_permissions: Permissions,
    default_events: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hook {
    url: String,
    active: bool,
}

/// Permission to level, in the words of the manifest.
type Permissions = BTreeMap<String, String>;

/// GitHub sends these to every App, and an App cannot subscribe to them.
/// Source: <https://docs.github.com/en/webhooks/webhook-events-and-payloads>.
const SENT_UNASKED: [&str; 3] = ["installation", "installation_repositories", "ping"];

fn manifest() -> Manifest {
    serde_saphyr::from_str(&read(&top().join("app-manifest.yml"))).expect("app-manifest.yml has the keys of a manifest")
}

#[test]
fn the_app_belongs_to_its_account_and_hears_webhooks() {
    let manifest = manifest();
    assert_eq!(manifest.name, "Greenlight");
    assert!(manifest.url.starts_with("https://") && !manifest.description.is_empty());
    assert!(!manifest.public, "strangers could install it");
    assert_eq!(manifest.callback_urls, [format!("{}{CALLBACK}", manifest.url)]);
    assert_eq!(manifest.setup_url, format!("{}/", manifest.url));
    assert!(manifest.hook_attributes.active && manifest.hook_attributes.url.ends_with("/webhook"));
}

#[test]
fn the_app_hears_just_the_events_that_are_acted_on() {
    let mut acted_on = events_acted_on();
    for event in SENT_UNASKED {
        assert!(acted_on.remove(event), "{event} is not acted on any more");
    }
    assert_eq!(manifest().default_events, acted_on);
}

#[test]
fn the_app_may_do_just_what_its_events_and_calls_need() {
    // Every App has it, so that no table has to say so.
    let mut needed = Permissions::from([("metadata".to_owned(), "read".to_owned())]);
    for event in manifest().default_events {
        let (permission, level) = Contract::published()
            .permission_for_event(&event)
            .unwrap_or_else(|| panic!("GitHub documents no event `{event}` that an App can subscribe to"));
        raise(&mut needed, &permission, &level);
    }
    for (_, needs) in CALLS {
        for (permission, level) in needs {
            raise(&mut needed, permission, level);
        }
    }
    assert_eq!(manifest().default_permissions, needed);
}

#[test]
fn every_call_that_the_client_makes_is_in_the_table_and_none_else() {
    let made = paths_in_the_client();
    let known: BTreeSet<String> = CALLS.iter().map(|(path, _)| (*path).to_owned()).collect();
    let unknown: Vec<String> = made
        .iter()
        .filter(|(path, _)| !known.contains(*path))
        .map(|(path, at)| format!("{at}: {path}"))
        .collect();
    assert!(
        unknown.is_empty(),
        "say in tests/house/manifest.rs which permission these need:\n{}",
        unknown.join("\n")
    );
    let gone: Vec<&String> = known.iter().filter(|path| !made.contains_key(*path)).collect();
    assert!(
        gone.is_empty(),
        "the client does not call these any more, so take them off the table: {gone:?}"
    );
}

/// docs/install.md gives an address from which GitHub fills its form, so that nobody has to tick nine boxes by hand.
/// Source: <https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-using-url-parameters>.
#[test]
fn the_address_to_make_it_by_hand_makes_the_same_app() {
    let manifest = manifest();
    let page = read(&top().join("docs/install.md"));
    let address = page
        .lines()
        .find(|line| line.contains("/settings/apps/new?"))
        .expect("docs/install.md has the address");
    let (_, asked) = address.split_once('?').expect("it asks for something");
    let mut expected = BTreeSet::from([
        format!("name={}", manifest.name),
        format!("url={}", manifest.url),
        format!("public={}", manifest.public),
        format!("setup_url={}", manifest.setup_url),
        format!("webhook_active={}", manifest.hook_attributes.active),
        format!("webhook_url={}", manifest.hook_attributes.url),
    ]);
    expected.extend(
        manifest
            .default_permissions
            .iter()
            .map(|(permission, level)| format!("{permission}={level}")),
    );
    expected.extend(
        manifest
            .callback_urls
            .iter()
            .map(|url| format!("callback_urls[]={url}")),
    );
    expected.extend(manifest.default_events.iter().map(|event| format!("events[]={event}")));
    assert_eq!(asked.split('&').map(str::to_owned).collect::<BTreeSet<_>>(), expected);
}

/// The arms of the match in `interpret`, read from its source.
fn events_acted_on() -> BTreeSet<String> {
    let source = read(&top().join("src/rules/interpret.rs"));
    let (_, arms) = source
        .split_once("match event {")
        .expect("interpret matches on the event");
    let (arms, _) = arms
        .split_once("other =>")
        .expect("the last arm takes the events that nothing is done about");
    let texts = tokens(arms).into_iter().filter_map(|placed| match placed.token {
        Token::Text(event) => Some(event),
        _ => None,
    });
    // Reasons for doing nothing have blanks in them, events have none.
    texts.filter(|text| !text.contains(' ')).collect()
}

fn raise(permissions: &mut Permissions, permission: &str, level: &str) {
    let present = permissions
        .entry(permission.to_owned())
        .or_insert_with(|| level.to_owned());
    if level == "write" {
        *present = "write".to_owned();
    }
}

/// The paths in the client's source, without what is filled in and asked for, each with its place.
fn paths_in_the_client() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for file in rust_files("src/github") {
        let source = read(&top().join(&file));
        for placed in tokens_without_tests(&source) {
            let Token::Text(text) = placed.token else {
                continue;
            };
            if text
                .strip_prefix('/')
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
            {
                let at = format!("{}:{}", file.display(), placed.line);
                found.insert(template(&text), at);
            }
        }
    }
    for no_call in COMPARED_ONLY {
        assert!(
            found.remove(no_call).is_some(),
            "{no_call} is not in the client any more"
        );
    }
    found
}

/// `/commits/{sha}/status?per_page={PER_PAGE}` as `/commits/{}/status`.
fn template(text: &str) -> String {
    let path = text.split('?').next().unwrap_or(text);
    let mut parts = path.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |path, part| {
        format!("{path}{{}}{}", part.split_once('}').map_or("", |(_, rest)| rest))
    })
}

/// Ends of addresses that the client looks for in an answer or in a path of its own, and does not call.
const COMPARED_ONLY: [&str; 5] = ["/access_tokens", "/contents/", "/in", "/permission", "/v3"];

/// Every path that the client calls, as its source has it (below `/repos/{owner}/{repo}` where nothing else is said), with
/// the most that any of its calls needs.
///
/// Where GitHub lets one of two permissions do, `issues` or `pull_requests`, the second stands here: it is the one that
/// speaks of pull requests.
/// Source: <https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps>.
const CALLS: [(&str, &[(&str, &str)]); 64] = [
    // In nobody's name: the credentials of an App that was just made.
    ("/app-manifests/{}/conversions", &[]),
    // In the App's own name; no permission is asked for.
    ("/app", &[]),
    // What GitHub itself delivered: it tells who pressed which button.
    ("/app/hook/deliveries", &[]),
    ("/app/hook/deliveries/{}", &[]),
    // POST: once more, please.
    ("/app/hook/deliveries/{}/attempts", &[]),
    // How deliveries are sent, for the doctor.
    ("/app/hook/config", &[]),
    ("/app/installations", &[]),
    ("/app/installations/{}", &[]),
    ("/app/installations/{}/access_tokens", &[]),
    // Of a repository.
    ("/installation", &[]),
    // In a person's name, who has what GitHub gave her; no permission of the App's is asked for.
    ("/login/oauth/authorize", &[]),
    ("/login/oauth/access_token", &[]),
    ("/user", &[]),
    ("/user/installations", &[]),
    ("/user/installations/{}/repositories", &[]),
    ("/installation/repositories", &[("metadata", "read")]),
    ("/repos/{}/{}{}", &[("metadata", "read")]),
    // Who may maintain the repository, which branches it has, what was committed last, and the organisation's teams: for the welcome.
    ("/collaborators", &[("metadata", "read")]),
    ("/branches", &[("contents", "read")]),
    ("/commits", &[("contents", "read")]),
    ("/orgs/{}/teams", &[("members", "read")]),
    ("/collaborators/{}/permission", &[("metadata", "read")]),
    ("/rules/branches/{}", &[("metadata", "read")]),
    ("/rulesets/{}", &[("metadata", "read")]),
    ("/users/{}", &[]),
    ("/orgs/{}/teams/{}/members", &[("members", "read")]),
    ("/orgs/{}/teams/{}/memberships/{}", &[("members", "read")]),
    // PUT: the proposed configuration.
    ("/contents/{}", &[("contents", "write")]),
    ("/compare/{}...{}", &[("contents", "read")]),
    ("/git/ref/heads/{}", &[("contents", "read")]),
    // PATCH: the move of an environment.
    ("/git/refs/heads/{}", &[("contents", "write")]),
    ("/merges", &[("contents", "write")]),
    // `updateRefs`, which sets a branch only where it is believed to be; `revertPullRequest`.
    ("/graphql", &[("contents", "write"), ("pull_requests", "write")]),
    ("/commits/{}/status", &[("statuses", "read")]),
    ("/commits/{}/check-runs", &[("checks", "read")]),
    // POST: the note of a promotion, and how it stands.
    ("/deployments", &[("deployments", "write")]),
    ("/deployments/{}/statuses", &[("deployments", "write")]),
    ("/commits/{}/pulls", &[("pull_requests", "read")]),
    // POST: the report on a configuration, and the buttons of a feature.
    ("/check-runs", &[("checks", "write")]),
    // PATCH: the buttons of a feature.
    ("/check-runs/{}", &[("checks", "write")]),
    // POST: a promotion pull request is opened.
    ("/pulls", &[("pull_requests", "write")]),
    // PATCH: its text is set, or it is closed.
    ("/pulls/{}", &[("pull_requests", "write")]),
    // The summary of a review.
    ("/pulls/{}/reviews/{}", &[("pull_requests", "read")]),
    // POST: the answer.
    ("/issues/{}/comments", &[("pull_requests", "write")]),
    // A run that asks whether it may deploy; the last is the answer.
    ("/actions/runs", &[("actions", "read")]),
    ("/actions/runs/{}", &[("actions", "read")]),
    ("/actions/runs/{}/pending_deployments", &[("actions", "read")]),
    (
        "/actions/runs/{}/deployment_protection_rule",
        &[("deployments", "write")],
    ),
    ("/deployments/{}", &[("deployments", "read")]),
    // POST: a tag; which of a day there are; and the release, read and made.
    ("/git/refs", &[("contents", "write")]),
    ("/git/commits", &[("contents", "write")]),
    ("/git/commits/{}", &[("contents", "read")]),
    // Whether a commit wrote the configuration.
    ("/commits/{}", &[("contents", "read")]),
    ("/git/matching-refs/tags/{}", &[("contents", "read")]),
    ("/releases", &[("contents", "write")]),
    // POST: the issue that tells developers of a rollback; PATCH: all of it is back.
    ("/issues", &[("issues", "write")]),
    ("/issues/{}", &[("issues", "write")]),
    // Who made a feature ready.
    ("/issues/{}/events", &[("pull_requests", "read")]),
    // DELETE: a feature is sent back.
    ("/issues/{}/labels/{}", &[("pull_requests", "write")]),
    // Whether two features change the same files.
    ("/pulls/{}/files", &[("pull_requests", "read")]),
    // PUT: a feature is merged.
    ("/pulls/{}/merge", &[("contents", "write")]),
    // What was written since the last look at everything.
    ("/issues/comments", &[("pull_requests", "read")]),
    // PATCH: the answer goes on.
    ("/issues/comments/{}", &[("pull_requests", "write")]),
    // POST: 👀.
    ("/issues/comments/{}/reactions", &[("issues", "write")]),
];
