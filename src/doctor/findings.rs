//! What is wrong with an installation, and what to do about it. Pure: facts in, findings out.

use jiff::SignedDuration;

use super::facts::{Attempt, Facts};
use crate::github::{Hook, Installed, Registration};
use crate::rules::soundness::{Finding, Known, covers};
use crate::rules::{manifest, words};

/// GitHub's JSON Web Tokens are good for ten minutes, and ours begin a minute ago.
const AHEAD_SECS_MAX: i64 = 60;

/// So old a key should be changed.
const KEY_AGE_MAX: SignedDuration = SignedDuration::from_hours(24 * 365);

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
    match &facts.repository {
        None => {}
        Some(Ok(repository)) => found.extend(words::soundness::of_repository(repository)),
        Some(Err(why)) => found.push(Finding::unknown("repository", why)),
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

fn registered(registration: &Registration) -> Vec<Finding> {
    let asked = manifest::asked();
    let lacking = asked
        .permissions
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
    let unheard = asked
        .events
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
