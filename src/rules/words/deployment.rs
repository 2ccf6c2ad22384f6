//! What is said of deployments: to the product owner in answers, and to developers in GitHub's own list of them.

use super::super::deployment::State;
use super::super::id::{EnvironmentName, Login};
use super::super::memory::Armed;
use super::super::stay::{How, KnownBy, MovedBy, UnderWay};
use super::super::stretch::Cargo;
use super::{count, list};

/// A link to a log that is longer is no help to anybody.
const LINK_CHARS_MAX: usize = 500;

/// It was moved, and is not known to run.
pub fn moved(armed: &Armed, how: &How) -> String {
    let name = &armed.environment;
    let brings = brings(&armed.carrying);
    match how {
        How::NotHeard => format!(
            "**Moved to {name}. Whether it runs there, I have not heard yet.** {brings}\n\nI will say here how it goes on. If \
             nothing comes, a developer needs to see whether what deploys to {name} tells GitHub about it."
        ),
        How::Deploying => format!(
            "**Moved to {name}; its deployment is under way.** {brings}\n\nI will say here once it runs. There is nothing you \
             need to do."
        ),
        How::Unreadable => format!(
            "**Moved to {name}. Whether it runs there, GitHub does not let me see.** {brings}\n\n{GRANT} I will say here how it \
             goes on after that."
        ),
        How::Failed { log } => format!(
            "**Moved to {name}, and its deployment failed{}.** {brings}\n\nWhat ran on {name} before may still run there. A \
             developer needs to look at it. If it is run again and succeeds, I will say so here.",
            link(log.as_deref())
        ),
    }
}

/// Added where the deployment failed and something is known to have run there before.
pub fn way_back(name: &EnvironmentName) -> String {
    format!("To take the branch of {name} back to what ran there before, say `/rollback {name}`.")
}

/// The end of the comment on a promotion pull request that was merged by hand, while that is not known to run.
pub fn by_hand(how: &How) -> String {
    match how {
        How::NotHeard => "Whether it runs there, I have not heard yet. I will say here how it goes on. If nothing comes, a developer needs \
                          to see whether what deploys there tells GitHub about it."
            .to_owned(),
        How::Deploying => "Its deployment is under way. I will say here once it runs.".to_owned(),
        How::Unreadable => {
            format!("Whether it runs there, GitHub does not let me see. {GRANT} I will say here how it goes on after that.")
        }
        How::Failed { log } => format!(
            "**Its deployment failed{}.** What ran there before may still run. A developer needs to look at it. If it is run again \
             and succeeds, I will say so here.",
            link(log.as_deref())
        ),
    }
}

/// The same, where something newer came first.
pub fn by_hand_replaced() -> String {
    "Something else took its place before I heard that it runs there. How that goes on is told where it was asked for."
        .to_owned()
}

/// The same, where its environment left the configuration.
pub fn by_hand_gone(name: &EnvironmentName) -> String {
    format!("Since then {name} was taken out of the configuration, so I do not follow any more whether it runs.")
}

/// What comes with it. Whether anybody can see it there is another question.
fn brings(carrying: &Cargo) -> String {
    match carrying.len() {
        0 => "It is what you were shown.".to_owned(),
        1 => format!("It brings:\n\n{}", list(carrying)),
        _ => format!("It brings {}:\n\n{}", count(carrying), list(carrying)),
    }
}

const GRANT: &str = "An administrator needs to grant Greenlight the permission `deployments: write`, and accept it for this \
                     repository.";

/// Something newer came before it was known to run.
pub fn replaced(armed: &Armed) -> String {
    let name = &armed.environment;
    format!(
        "**Moved to {name}, and something else took its place before I heard that it runs there.** How that goes on is told \
         where it was asked for. {}",
        brings(&armed.carrying)
    )
}

/// Its environment left the configuration before it was known to run.
pub fn let_go(armed: &Armed) -> String {
    let name = &armed.environment;
    format!(
        "**Moved to {name}.** Since then {name} was taken out of the configuration, so I do not follow any more whether it \
         runs. {}",
        brings(&armed.carrying)
    )
}

/// Why it does not go on from there: the reason and the remedy, as the rest of a sentence.
pub fn not_running(under_way: &UnderWay) -> String {
    let name = &under_way.environment;
    match &under_way.how {
        How::NotHeard => format!(
            "I have not heard yet that it runs on {name}. If nothing comes, a developer needs to see whether what deploys to \
             {name} tells GitHub about it."
        ),
        How::Deploying => format!("its deployment to {name} is still under way."),
        How::Unreadable => format!("GitHub does not let me see whether it runs on {name}. {GRANT}"),
        How::Failed { log } => format!(
            "its deployment to {name} failed{}. A developer needs to look at it; once it is run again and succeeds, that is in \
             order.",
            link(log.as_deref())
        ),
    }
}

/// How the newest of an environment stands, in a sentence of its own; for `/status` and promotion pull requests.
pub fn standing(under_way: &UnderWay) -> String {
    let name = &under_way.environment;
    match &under_way.how {
        How::NotHeard => format!(
            "**The newest on {name} is not known to run.** Its branch was moved, and nobody has told of a deployment yet."
        ),
        How::Deploying => format!("**The newest on {name} is being deployed.** It does not run there yet."),
        How::Unreadable => {
            format!("**The newest on {name} is not known to run**, because GitHub does not let me see that. {GRANT}")
        }
        How::Failed { log } => format!(
            "**The deployment of the newest to {name} failed{}.** What ran there before may still run. A developer needs to look \
             at it.",
            link(log.as_deref())
        ),
    }
}

/// On the card of a feature that is on the branch of an environment: whose move it is.
pub fn of_feature(under_way: &UnderWay) -> String {
    let name = &under_way.environment;
    match &under_way.how {
        How::NotHeard | How::Deploying => {
            format!("It was moved to {name}, and does not run there yet. This card says so once it does.")
        }
        How::Unreadable => {
            format!("It was moved to {name}. Whether it runs there, GitHub does not let me see. {GRANT}")
        }
        How::Failed { log } => format!(
            "It was moved to {name}, and the deployment failed{}. What ran there before may still run. The next move is a \
             developer's, who needs to look at it and run it again.",
            link(log.as_deref())
        ),
    }
}

/// The headline of that card.
pub fn headline(under_way: &UnderWay) -> String {
    let name = &under_way.environment;
    match &under_way.how {
        How::NotHeard | How::Unreadable => format!("**Moved to {name}.** Whether it runs there is not known yet."),
        How::Deploying => format!("**Moved to {name}.** Its deployment is under way."),
        How::Failed { .. } => format!("**Moved to {name}, and its deployment failed.**"),
    }
}

/// " ([its log](…))" where the address is one that can do nothing but be followed; else nothing.
pub(super) fn link(log: Option<&str>) -> String {
    let is_plain = |url: &&str| {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!&+,;=%".contains(c);
        rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(allowed)) && url.len() <= LINK_CHARS_MAX
    };
    log.filter(is_plain)
        .map_or_else(String::new, |url| format!(" ([its log]({url}))"))
}

/// What GitHub's list of deployments says of one of ours. Plain text.
pub fn description(moved_by: &MovedBy, environment: &EnvironmentName) -> String {
    match moved_by {
        MovedBy::Promotion { by, .. } => format!("Promoted to {environment} at the word of {}", plain(&by.login)),
        MovedBy::Rollback { by, .. } => format!(
            "Taken back to what ran on {environment} before, at the word of {}",
            plain(&by.login)
        ),
        MovedBy::Merge { by: Some(by), pull } => {
            format!("Promoted to {environment} by {}, who merged #{pull}", plain(&by.login))
        }
        MovedBy::Merge { by: None, pull } => format!("Promoted to {environment} by the merge of #{pull}"),
        MovedBy::Other | MovedBy::FoundThere => format!("The branch of {environment} was moved by hand"),
    }
}

/// A login where nothing is Markdown: the characters that GitHub allows in one, and nothing else.
fn plain(login: &Login) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    login.as_str().chars().filter(allowed).collect()
}

/// The App lacks the permission; said once.
pub fn may_not_be_noted() -> String {
    "This is not in GitHub's list of deployments, because I may not write there. Nothing else is amiss: the branch was moved. An \
     administrator can grant Greenlight the permission `deployments: write`, and accept it for this repository."
        .to_owned()
}

/// What GitHub's page of a deployment says of our status. Plain text, at most 140 characters.
pub fn status(state: State, known_by: KnownBy) -> String {
    let text = match (state, known_by) {
        (State::Success, KnownBy::Push) => "Its branch was moved, and that counts as running here",
        (State::Success, _) => "It runs",
        (State::Failure | State::Error, _) => "Its deployment failed",
        (State::Inactive, _) => "Another deployment took its place",
        _ => "Its branch was moved; whether it runs is not known yet",
    };
    text.to_owned()
}
