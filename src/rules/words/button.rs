//! The buttons of a feature: what stands on them, what is said beside them, and what pressing one means.

use super::super::command::Command;
use super::super::config::{Config, Environment};
use super::super::effect::{Button, ButtonRun, RunConclusion};
use super::super::feature::{NotReady, Stand};
use super::super::id::{EnvironmentName, Login, Sha};
use super::super::memory::{Request, Said};
use super::card::{Facts, headline, way};
use super::feature::someone;
use super::inert::inert;
use super::owners;

const ACCEPT: &str = "accept";
const SEND_BACK: &str = "send-back";
const PROMOTE: &str = "promote:";

/// GitHub's limits, in characters. Source: "Create a check run", `actions`.
const LABEL_CHARS_MAX: usize = 20;
const DESCRIPTION_CHARS_MAX: usize = 40;
const IDENTIFIER_CHARS_MAX: usize = 20;

/// What the check run of a feature says; `None` where it is left as it is, because the feature is none any more.
pub fn run(facts: &Facts<'_>, repository: &str) -> Option<ButtonRun> {
    let accepted = facts.card.accepted(&facts.pull.head_sha).is_some();
    let needed = facts.config.needs_acceptance();
    let conclusion = match facts.stand {
        Stand::Closed | Stand::Elsewhere => return None,
        Stand::InMainline { .. } => RunConclusion::Success,
        Stand::Ready(_) if accepted || !needed => RunConclusion::Success,
        Stand::InProgress(NotReady::SentBack) => RunConclusion::Failure,
        Stand::Ready(_) | Stand::InProgress(_) => RunConclusion::ActionRequired,
    };
    let buttons = match facts.stand {
        Stand::Ready(_) if accepted || !needed => vec![send_back()],
        Stand::Ready(_) => {
            let promote = facts
                .config
                .environments
                .first()
                .and_then(|first| promote(first, facts.config));
            [accept(), send_back()].into_iter().chain(promote).collect()
        }
        // It is on the branch of the next already.
        Stand::InMainline { under_way: Some(_), .. } => Vec::new(),
        Stand::InMainline { reached, .. } => {
            let next = facts.config.environments.get(reached.len());
            next.and_then(|next| promote(next, facts.config)).into_iter().collect()
        }
        _ => Vec::new(),
    };
    let title = headline(facts).replace("**", "");
    Some(ButtonRun {
        conclusion,
        summary: summary(facts, &buttons),
        title,
        buttons,
        page: page(facts, repository),
    })
}

/// `repository` is its address for people.
fn page(facts: &Facts<'_>, repository: &str) -> String {
    let pull = format!("{repository}/pull/{}", facts.pull.number);
    match &facts.card.comment {
        Some(card) => format!("{pull}#issuecomment-{}", card.comment),
        None => pull,
    }
}

fn summary(facts: &Facts<'_>, buttons: &[Button]) -> String {
    let mut parts = vec![way(facts)];
    if !buttons.is_empty() {
        parts.push(format!(
            "The buttons here stand for version {}, and do the same as the commands. They are for the owners ({}).",
            facts.pull.head_sha.short(),
            owners(&facts.config.owners)
        ));
    }
    parts.push("The card on the pull request tells the rest.".to_owned());
    parts.join("\n\n")
}

fn accept() -> Button {
    button("Accept", "It is what you want, and is merged.", ACCEPT)
}

fn send_back() -> Button {
    button("Send back", "It goes back to its developer.", SEND_BACK)
}

/// `None` where GitHub's few characters do not tell this environment from another.
fn promote(into: &Environment, config: &Config) -> Option<Button> {
    environment(&EnvironmentName(key(&into.name)), config)?;
    let fits = |text: String, most: usize| Some(text).filter(|text| text.chars().count() <= most);
    let name = &into.name;
    let label =
        fits(format!("Promote to {name}"), LABEL_CHARS_MAX).or_else(|| fits(format!("To {name}"), LABEL_CHARS_MAX));
    let description = fits(format!("It goes to {name}."), DESCRIPTION_CHARS_MAX);
    Some(button(
        &label.unwrap_or_else(|| "Promote".to_owned()),
        &description.unwrap_or_else(|| "It goes to the next environment.".to_owned()),
        &format!("{PROMOTE}{}", key(name)),
    ))
}

fn button(label: &str, description: &str, identifier: &str) -> Button {
    Button {
        label: label.to_owned(),
        description: description.to_owned(),
        identifier: identifier.to_owned(),
    }
}

/// As much of an environment's name as a button can carry; names are plain ASCII.
fn key(name: &EnvironmentName) -> String {
    name.as_str()
        .chars()
        .take(IDENTIFIER_CHARS_MAX - PROMOTE.len())
        .collect()
}

/// The one environment that a button means by this.
pub fn environment<'c>(named: &EnvironmentName, config: &'c Config) -> Option<&'c Environment> {
    let mut meant = config
        .environments
        .iter()
        .filter(|one| key(&one.name) == named.as_str());
    meant.next().filter(|_| meant.next().is_none())
}

/// What pressing the button of this identifier means; `None` for one that is not ours.
pub fn command(identifier: &str) -> Option<Command> {
    match identifier {
        ACCEPT => Some(Command::Accept),
        // A button takes no words, so no reason is given.
        SEND_BACK => Some(Command::Reject { why: String::new() }),
        _ => {
            let environment = identifier.strip_prefix(PROMOTE).filter(|key| !key.is_empty())?;
            Some(Command::Promote {
                environment: environment.into(),
                at: None,
                without: Vec::new(),
                dry_run: false,
            })
        }
    }
}

/// Who said what, above an answer that does not stand below it.
pub fn said(request: &Request) -> Option<String> {
    let who = inert(request.asked_by.login.as_str());
    Some(match request.said.as_ref()? {
        Said::OnBoard { command, .. } => super::form::said(&who, command),
        Said::InReview { .. } => format!("To the review by {who}:"),
        Said::ByButton { identifier, head } => {
            let label = match identifier.as_str() {
                ACCEPT => "Accept".to_owned(),
                SEND_BACK => "Send back".to_owned(),
                other => format!("Promote to {}", inert(other.trim_start_matches(PROMOTE))),
            };
            format!("The button *{label}* for version {}, pressed by {who}:", head.short())
        }
    })
}

/// The button was shown on an earlier version.
pub fn pushed_since(shown: &Sha, head: &Sha, by: Option<&Login>) -> String {
    format!(
        "**Nothing was done, because {} pushed a newer version since this button was shown.** It stood for version {}; the \
         newest is {}. Please look again, and use the button of the newest version if it is still what you want.",
        someone(by),
        shown.short(),
        head.short()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::config;

    #[test]
    fn every_button_keeps_within_what_github_takes_and_leads_to_its_environment() {
        let names = [
            "a",
            "staging",
            "production",
            "europe-west-1",
            "production-europe-west-1-blue-and-green1",
        ];
        let text: String = names.iter().map(|name| format!("  - name: {name}\n")).collect();
        let config = config::parse(&format!("environments:\n{text}")).expect("a valid configuration");
        let buttons = config.environments.iter().map(|one| promote(one, &config));
        let buttons: Vec<Button> = buttons
            .map(|one| one.expect("a button"))
            .chain([accept(), send_back()])
            .collect();
        for button in &buttons {
            assert!(button.label.chars().count() <= LABEL_CHARS_MAX, "{button:?}");
            assert!(
                button.description.chars().count() <= DESCRIPTION_CHARS_MAX,
                "{button:?}"
            );
            assert!(button.identifier.chars().count() <= IDENTIFIER_CHARS_MAX, "{button:?}");
            let Some(Command::Promote { environment: named, .. }) = command(&button.identifier) else {
                continue;
            };
            let meant = environment(&named, &config).expect("the environment");
            assert!(meant.name.as_str().starts_with(named.as_str()), "{button:?}");
        }
        let labels: Vec<&str> = buttons.iter().map(|button| button.label.as_str()).collect();
        assert_eq!(
            labels,
            [
                "Promote to a",
                "Promote to staging",
                "To production",
                "To europe-west-1",
                "Promote",
                "Accept",
                "Send back"
            ]
        );
    }

    #[test]
    fn a_name_that_a_button_cannot_tell_from_another_gets_none() {
        let text = "environments:\n  - name: europe-west-1a\n  - name: europe-west-1b\n";
        let config = config::parse(text).expect("a valid configuration");
        assert!(config.environments.iter().all(|one| promote(one, &config).is_none()));
        assert_eq!(command("rollback"), None);
    }
}
