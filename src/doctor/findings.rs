//! What is wrong with an installation, and what to do about it. Pure: facts in, findings out.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::Deserialize;
use serde::Serialize;

use super::facts::{Attempt, Facts, Known, RepositoryFacts, StageFacts};
use crate::github::{Hook, Installed, Registration};

/// What the App asks for; the file that it is made from.
const MANIFEST: &str = include_str!("../../app-manifest.yml");

/// GitHub's JSON Web Tokens are good for ten minutes, and ours begin a minute ago.
const AHEAD_SECS_MAX: i64 = 60;

/// So old a key should be changed.
const KEY_AGE_MAX: SignedDuration = SignedDuration::from_hours(24 * 365);

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Something does not work.
    Wrong,
    /// It works, but less well or less safely than it could; or it could not be found out.
    Doubtful,
    Fine,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub weight: Weight,
    /// Which of the things: the same word in every report.
    pub about: &'static str,
    pub what: String,
    /// What to do. Empty where nothing has to be done.
    pub remedy: String,
}

impl Finding {
    fn wrong(about: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            weight: Weight::Wrong,
            about,
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    fn doubtful(about: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            weight: Weight::Doubtful,
            ..Self::wrong(about, what, remedy)
        }
    }

    fn fine(about: &'static str, what: impl Into<String>) -> Self {
        Self {
            weight: Weight::Fine,
            ..Self::wrong(about, what, "")
        }
    }

    /// D1: what could not be read is no good news.
    fn unknown(about: &'static str, why: &str) -> Self {
        Self::doubtful(
            about,
            format!("This could not be found out: {why}."),
            "Try again once that is mended.",
        )
    }
}

/// The two parts of `app-manifest.yml` that can lack something.
#[derive(Deserialize)]
struct Manifest {
    default_permissions: BTreeMap<String, String>,
    default_events: Vec<String>,
}

/// Everything that was looked at, the worst first.
pub fn findings(facts: &Facts) -> Vec<Finding> {
    let mut found = vec![database(&facts.database)];
    found.extend(key(facts.key_age));
    match &facts.registration {
        Err(why) => found.push(Finding::wrong(
            "credentials",
            format!("GitHub does not answer as the App: {why}."),
            "Compare GITHUB_APP_ID and the private key with the App's settings page, this machine's clock with the right time, and GITHUB_API_URL with where your GitHub is.",
        )),
        Ok(registration) => {
            found.push(Finding::fine("credentials", "GitHub knows the App by its id and key."));
            found.push(clock(registration.ahead_secs));
            found.extend(registered(registration));
            found.extend(hook(&facts.hook, facts.public_url.as_deref()));
            found.push(attempts(&facts.attempts));
            found.extend(installed(&facts.installed, registration));
        }
    }
    found.push(sign_in(facts.sign_in));
    if let Some(repository) = &facts.repository {
        found.extend(of_repository(repository));
    }
    found.sort_by_key(|finding| finding.weight);
    found
}

fn database(known: &Known<String>) -> Finding {
    match known {
        Ok(what) => Finding::fine("database", format!("{what}.")),
        Err(why) => Finding::wrong(
            "database",
            format!("It cannot be used: {why}."),
            "Set DATABASE_URL to a file that can be written, or to a PostgreSQL server that answers.",
        ),
    }
}

fn key(age: Option<SignedDuration>) -> Option<Finding> {
    let days = age.filter(|age| *age > KEY_AGE_MAX)?.as_hours() / 24;
    Some(Finding::doubtful(
        "key",
        format!("The private key's file is {days} days old."),
        "Generate a new key on the App's settings page, restart Greenlight with it, then delete the old one there.",
    ))
}

fn clock(ahead_secs: Option<i64>) -> Finding {
    match ahead_secs {
        Some(secs) if secs.abs() > AHEAD_SECS_MAX => Finding::wrong(
            "clock",
            format!(
                "This machine's clock is {} s {} GitHub's.",
                secs.abs(),
                if secs > 0 { "ahead of" } else { "behind" }
            ),
            "Let the machine keep its time by NTP. With a wrong clock GitHub refuses the App, and holds and windows are off.",
        ),
        Some(_) => Finding::fine("clock", "This machine's clock agrees with GitHub's."),
        None => Finding::unknown("clock", "GitHub's answer had no date"),
    }
}

fn manifest() -> Manifest {
    // A test reads it too; what is wrong with it cannot depend on who runs the program.
    serde_saphyr::from_str(MANIFEST).unwrap_or(Manifest {
        default_permissions: BTreeMap::new(),
        default_events: Vec::new(),
    })
}

/// Whether one level of a permission includes another.
fn covers(granted: Option<&String>, wanted: &str) -> bool {
    match granted.map(String::as_str) {
        Some("admin" | "write") => true,
        Some("read") => wanted == "read",
        _ => false,
    }
}

fn registered(registration: &Registration) -> Vec<Finding> {
    let Manifest {
        default_permissions,
        default_events,
    } = manifest();
    let lacking = default_permissions
        .iter()
        .filter(|(name, level)| !covers(registration.permissions.get(*name), level));
    let mut found: Vec<Finding> = lacking
        .map(|(name, level)| {
            Finding::wrong(
                "permission",
                format!("The App does not ask for the permission {name}: {level}."),
                "Grant it on the App's settings page under *Permissions & events*, then accept it where the App is installed. app-manifest.yml says what it is for.",
            )
        })
        .collect();
    let unheard = default_events
        .iter()
        .filter(|event| !registration.events.contains(*event));
    found.extend(unheard.map(|event| {
        Finding::wrong(
            "event",
            format!("The App does not hear of {event}."),
            "Tick it on the App's settings page under *Permissions & events*, *Subscribe to events*.",
        )
    }));
    if found.is_empty() {
        found.push(Finding::fine(
            "permission",
            "The App asks for every permission and hears every event that it needs.",
        ));
    }
    found
}

fn hook(known: &Known<Option<Hook>>, public_url: Option<&str>) -> Vec<Finding> {
    const WHERE: &str = "on the App's settings page under *Webhook*";
    let hook = match known {
        Err(why) => return vec![Finding::unknown("webhook", why)],
        Ok(None) => None,
        Ok(Some(hook)) => hook.url.as_deref().filter(|url| !url.is_empty()).map(|url| (hook, url)),
    };
    let Some((hook, url)) = hook else {
        let what = "The App has no webhook, so Greenlight hears of nothing as it happens.";
        return vec![Finding::wrong(
            "webhook",
            what,
            format!("Set its address, ending in /webhook, {WHERE}, and make it active."),
        )];
    };
    let mut found = Vec::new();
    if hook.content_type.as_deref() == Some("form") {
        found.push(Finding::wrong(
            "webhook",
            "GitHub sends deliveries as forms, which Greenlight refuses.",
            format!("Set the content type to application/json {WHERE}."),
        ));
    }
    if hook.secret.as_deref().unwrap_or_default().is_empty() {
        found.push(Finding::wrong(
            "webhook",
            "The webhook has no secret, so no delivery is signed and all are refused.",
            format!("Set the secret {WHERE} to what GITHUB_WEBHOOK_SECRET is."),
        ));
    }
    if matches!(hook.insecure_ssl.to_string().trim_matches('"'), "1") {
        found.push(Finding::doubtful(
            "webhook",
            "GitHub does not verify the certificate of the webhook's address.",
            format!("Enable SSL verification {WHERE}."),
        ));
    }
    if !url.ends_with("/webhook") {
        found.push(Finding::wrong(
            "webhook",
            format!("GitHub sends deliveries to {url}, and Greenlight takes them at /webhook."),
            format!("Correct the address {WHERE}."),
        ));
    } else if let Some(ours) = public_url.filter(|ours| url.strip_suffix("/webhook") != Some(ours)) {
        found.push(Finding::doubtful(
            "webhook",
            format!("GitHub sends deliveries to {url}, but PUBLIC_URL is {ours}."),
            "Where both lead to this Greenlight, nothing is wrong. Otherwise correct the one that is.",
        ));
    }
    if found.is_empty() {
        found.push(Finding::fine(
            "webhook",
            format!("GitHub sends deliveries to {url}, as JSON and with a secret."),
        ));
    }
    found
}

fn attempts(known: &Known<Vec<Attempt>>) -> Finding {
    let attempts = match known {
        Ok(attempts) => attempts,
        Err(why) => return Finding::unknown("deliveries", why),
    };
    let Some(last) = attempts.first() else {
        let what = "GitHub has delivered nothing in the last three days.";
        return Finding::doubtful(
            "deliveries",
            what,
            "Write a comment on a pull request, and run this again.",
        );
    };
    let failed = attempts
        .iter()
        .filter(|attempt| !(200..300).contains(&attempt.status_code))
        .count();
    let of = attempts.len();
    let remedy = match last.status_code {
        200..300 if failed == 0 => return Finding::fine("deliveries", format!("The last {of} deliveries were taken.")),
        200..300 => {
            let what = format!("{failed} of the last {of} deliveries failed; the newest was taken.");
            return Finding::doubtful(
                "deliveries",
                what,
                "Greenlight fetches what it missed. If it goes on, read its log at those times.",
            );
        }
        0 => {
            "GitHub reached nobody. See that Greenlight runs, that its address can be reached from the internet, and that it answers within ten seconds."
        }
        401 => "The webhook secret on the App's settings page and GITHUB_WEBHOOK_SECRET differ. Set both to the same.",
        404 | 405 => "Something else answers at that address. It has to end in /webhook and lead to Greenlight.",
        415 => "Set the webhook's content type to application/json.",
        503 => "Greenlight could not write to its database. Read its log.",
        _ => "Something before Greenlight, such as a proxy, refuses deliveries. Read its log.",
    };
    let what = format!(
        "The newest delivery was answered with {}, as {failed} of the last {of} were not taken.",
        last.status_code
    );
    Finding::wrong("deliveries", what, remedy)
}

fn installed(known: &Known<Vec<Installed>>, registration: &Registration) -> Vec<Finding> {
    let all = match known {
        Ok(all) => all,
        Err(why) => return vec![Finding::unknown("installation", why)],
    };
    if all.is_empty() {
        let page = registration.html_url.as_deref().unwrap_or("the App's public page");
        return vec![Finding::wrong(
            "installation",
            "The App is not installed anywhere.",
            format!("Install it from {page}."),
        )];
    }
    let mut found = Vec::new();
    for one in all {
        let page = one
            .html_url
            .as_deref()
            .unwrap_or("the account's settings, under *Applications*");
        if one.is_suspended {
            let what = format!("The installation on {} is suspended.", one.account);
            found.push(Finding::wrong(
                "installation",
                what,
                format!("An owner of {} can unsuspend it at {page}.", one.account),
            ));
            continue;
        }
        let waiting = registration
            .permissions
            .iter()
            .filter(|(name, level)| !covers(one.permissions.get(*name), level));
        let waiting: Vec<String> = waiting.map(|(name, level)| format!("{name}: {level}")).collect();
        if !waiting.is_empty() {
            let what = format!(
                "{} has not accepted what the App asks for: {}.",
                one.account,
                waiting.join(", ")
            );
            found.push(Finding::wrong(
                "installation",
                what,
                format!("An owner of {} accepts it at {page}.", one.account),
            ));
        }
    }
    if found.is_empty() {
        let accounts: Vec<&str> = all.iter().map(|one| one.account.as_str()).collect();
        found.push(Finding::fine(
            "installation",
            format!("The App is installed on {}.", accounts.join(", ")),
        ));
    }
    found
}

fn sign_in(open: bool) -> Finding {
    match open {
        true => Finding::fine("sign-in", "People can sign in to the pages."),
        false => Finding::doubtful(
            "sign-in",
            "Nobody can sign in to the pages.",
            "Set GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET and PUBLIC_URL, if you want that. Commands in comments work without.",
        ),
    }
}

fn of_repository(known: &Known<RepositoryFacts>) -> Vec<Finding> {
    let repository = match known {
        Ok(repository) => repository,
        Err(why) => return vec![Finding::unknown("repository", why)],
    };
    let name = &repository.name;
    if !repository.is_installed {
        let remedy = "See that it is spelt rightly, and add it to the installation: the App's page, *Configure*, *Repository access*.";
        return vec![Finding::wrong(
            "repository",
            format!("The App does not reach {name}."),
            remedy,
        )];
    }
    let mut found = Vec::new();
    if repository.is_archived {
        found.push(Finding::wrong(
            "repository",
            format!("{name} is archived, so nothing can change there."),
            "Unarchive it in its settings, or leave it.",
        ));
    }
    match &repository.configuration {
        Err(mistakes) => found.push(Finding::wrong("configuration", format!("Nothing is promoted while it is not in order. {mistakes}"), "Correct .github/greenlight.yml on the default branch. `greenlight check FILE` says whether it is in order.")),
        Ok(false) => found.push(Finding::doubtful("configuration", "There is no .github/greenlight.yml, so nothing happens here yet. (With GREENLIGHT_WELCOME=off the branches staging and production are the environments, and those who administer the repository its owners.)", "Merge the pull request from the branch greenlight-welcome, or add the file yourself. If there is no such pull request, the App may lack contents: write or pull_requests: write, or a ruleset may keep it from making that branch; it is tried once a day. Archived repositories, forks and empty repositories get none.")),
        Ok(true) => found.push(Finding::fine("configuration", "The configuration is in order.")),
    }
    if let Some(method) = repository
        .merge_method
        .filter(|method| !repository.merge_methods.is_empty() && !repository.merge_methods.contains(method))
    {
        found.push(Finding::wrong(
            "merging",
            format!("Features are to be merged by {method}, which {name} does not allow."),
            "Allow it in the repository's settings under *Pull Requests*, or name another as merge_method.",
        ));
    }
    found.extend(repository.owners.iter().filter_map(owner));
    found.extend(repository.stages.iter().flat_map(stage));
    found
}

fn owner(owner: &super::OwnerSeen) -> Option<Finding> {
    let name = &owner.name;
    let kind = if owner.is_team { "team" } else { "account" };
    match &owner.is_known {
        Ok(true) => None,
        Ok(false) if owner.is_team => Some(Finding::wrong(
            "owners",
            format!("GitHub shows the App no team {name}, so nobody in it counts as an owner."),
            "See that it is spelt as in its address, that it belongs to the organisation on which the App is installed, and that the App has the permission members: read.",
        )),
        Ok(false) => Some(Finding::wrong(
            "owners",
            format!("GitHub knows no account {name}, so that owner cannot do anything."),
            "Correct the login in .github/greenlight.yml.",
        )),
        Err(why) => Some(Finding::unknown("owners", &format!("the {kind} {name}: {why}"))),
    }
}

fn stage(stage: &StageFacts) -> Vec<Finding> {
    let StageFacts { name, branch, .. } = stage;
    if !stage.exists {
        let remedy = format!("Make it from the commit that runs there: `git push origin COMMIT:refs/heads/{branch}`.");
        return vec![Finding::wrong(
            "environment",
            format!("{name} has no branch {branch}."),
            remedy,
        )];
    }
    let mut found = Vec::new();
    match &stage.rules {
        Err(why) => found.push(Finding::unknown(
            "second wall",
            &format!("the rules of {branch}: {why}"),
        )),
        Ok(rules) => {
            let blocked = rules
                .iter()
                .any(|rule| rule.kind == "update" && rule.may_bypass == Some(false));
            let walled = rules
                .iter()
                .any(|rule| rule.kind == "update" && rule.may_bypass != Some(false));
            if blocked {
                found.push(Finding::wrong(
                    "second wall",
                    format!("A ruleset forbids everybody to move {branch}, Greenlight too."),
                    "Add Greenlight to the bypass list of that ruleset, with *Always allow*.",
                ));
            } else if walled {
                found.push(Finding::fine(
                    "second wall",
                    format!("Only who may bypass a ruleset can move {branch}."),
                ));
            } else {
                found.push(Finding::doubtful(
                    "second wall",
                    format!("Anybody who may push can move {branch} past Greenlight."),
                    "Add a ruleset for it with *Restrict updates*, and Greenlight in its bypass list; docs/security.md has one to import.",
                ));
            }
        }
    }
    match &stage.never_seen {
        Err(why) => found.push(Finding::unknown("checks", &format!("those of {name}: {why}"))),
        Ok(never) if never.is_empty() => {}
        Ok(never) => found.push(Finding::doubtful(
            "checks",
            format!("{name} waits for checks that nothing has reported on the newest commit: {}.", never.join(", ")),
            "See that CI runs there and that the names are spelt as CI reports them. If it only has not come to it yet, all is well.",
        )),
    }
    found
}
