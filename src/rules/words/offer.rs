//! What is said where something waits for a further word: what would go, how to say the word, and what became of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::authority::Why;
use super::super::config::{Config, Environment};
use super::super::id::{EnvironmentName, Login, Person, PullNumber};
use super::super::memory::Armed;
use super::super::offer::{Ended, Offer};
use super::super::stretch::{Cargo, Item};
use super::answer::who_may;
use super::inert::inert;
use super::without::{self, Remark};
use super::{count, joined, list, list_with, moment, taken_back};

/// The features that would go, each with who accepted it.
pub type Acceptances = BTreeMap<PullNumber, Option<Login>>;

/// What would go at a further word.
pub struct Listed<'a> {
    pub environment: &'a Environment,
    pub carrying: &'a Cargo,
    /// `None` where nobody is asked to accept.
    pub acceptances: Option<Acceptances>,
    /// Not before this, where the person said when.
    pub not_before: Option<Timestamp>,
    /// The pull request that shows everything that waits for the environment.
    pub promotion: Option<PullNumber>,
    pub config: &'a Config,
}

impl Listed<'_> {
    fn list(&self, cargo: &Cargo) -> String {
        list_with(cargo, |item| self.acceptance(item))
    }

    fn acceptance(&self, item: &Item) -> String {
        let (Item::Feature(feature), Some(acceptances)) = (item, &self.acceptances) else {
            return String::new();
        };
        match acceptances.get(&feature.number).and_then(Option::as_ref) {
            Some(by) => format!(": accepted by {}", inert(by.as_str())),
            None => ": merged without an acceptance that I know of".to_owned(),
        }
    }

    /// " on Monday, …", where a time was said.
    fn when(&self) -> String {
        self.not_before
            .map_or_else(String::new, |at| format!(" on {}", moment(at, self.config)))
    }
}

/// Others would go along with a feature.
pub fn riders(feature: PullNumber, listed: &Listed<'_>) -> String {
    let name = &listed.environment.name;
    let others = listed.carrying.without(feature);
    let all = match listed.promotion {
        Some(number) => format!(" If everything that waits may go, say `/promote {name}` on #{number} instead."),
        None => String::new(),
    };
    format!(
        "**Not promoted yet, because #{feature} cannot go to {name} alone.** These landed before it and would go along: \
         {}.\n\n{}\n\nIf they may, say `/confirm` here within an hour. Then just these and #{feature} go to {name}{}, and \
         nothing that lands later. `/cancel` drops it.{all}",
        count(&others),
        listed.list(&others),
        listed.when(),
    )
}

/// What was to be left out can be, because it landed last.
pub fn without(left: &[PullNumber], leaving: &Cargo, remarks: &[Remark], listed: &Listed<'_>) -> String {
    let name = &listed.environment.name;
    let numbers: Vec<String> = left.iter().map(|number| format!("#{number}")).collect();
    format!(
        "**Not promoted yet: without {}, this would go to {name}: {}.**\n\n{}\n\nThis would stay behind:\n\n{}{}\n\nIf \
         that is what you want, say `/confirm` here within an hour. Then just the first list goes to {name}{}. `/cancel` \
         drops it.",
        joined(numbers, "and"),
        count(listed.carrying),
        listed.list(listed.carrying),
        list(leaving),
        without::remarks(remarks, listed.environment),
        listed.when(),
    )
}

/// The environment has moved since the list was made.
pub fn again(listed: &Listed<'_>) -> String {
    let name = &listed.environment.name;
    format!(
        "**Not promoted yet, because {name} has moved since I listed what would go.** This would go now: {}.\n\n{}\n\nIf it \
         may, say `/confirm` here once more within an hour. Then just this goes to {name}{}. `/cancel` drops it.",
        count(listed.carrying),
        listed.list(listed.carrying),
        listed.when(),
    )
}

/// In `/status`: it waits.
pub fn standing(offer: &Offer) -> String {
    format!(
        "A promotion to {} that {} asked for waits for a `/confirm` on #{}.",
        offer.environment(),
        inert(offer.asked_by.login.as_str()),
        offer.pull
    )
}

/// The last word where it was offered: somebody confirmed it.
pub fn confirmed(by: &Person) -> String {
    format!(
        "**{} has confirmed this.** How it goes on is told in the answer to that `/confirm`, further down.",
        inert(by.login.as_str())
    )
}

/// The last word where it was offered: it had to be listed again.
pub fn outrun(environment: &EnvironmentName) -> String {
    format!(
        "**{environment} has moved since I listed here what would go.** What would go now is listed in the answer to the \
         `/confirm`, further down."
    )
}

/// The last word where it was offered: somebody dropped it.
pub fn cancelled(environment: &EnvironmentName, by: &Person) -> String {
    format!(
        "**Not promoted to {environment}: {} cancelled it.** Nothing was moved. To start again, say `/promote {environment}`.",
        inert(by.login.as_str())
    )
}

/// The last word where it was offered: something else was asked for.
pub fn replaced(environment: &EnvironmentName, by: &Person) -> String {
    format!(
        "**Not promoted to {environment} by this command: {} has asked for something else here since.** The later command \
         counts, and is answered where it was written.",
        inert(by.login.as_str())
    )
}

/// The last word where it was offered: the hour is over.
pub fn expired(environment: &EnvironmentName) -> String {
    format!(
        "**Not promoted to {environment}, because nobody said `/confirm` within an hour.** Nothing was moved. To start again, \
         say `/promote {environment}`; I list again what would go then."
    )
}

/// A `/confirm` where nothing waits for one.
pub fn nothing_offered() -> String {
    "**There was nothing to confirm here.** I ask for a `/confirm` only where I have listed what would go along with a \
     feature, and this pull request has no such list. Nothing has changed."
        .to_owned()
}

/// A `/confirm` that came after the end.
pub fn over(environment: &EnvironmentName, ended: &Ended) -> String {
    let again = format!("To start again, say `/promote {environment}`; I list again what would go then.");
    match ended {
        Ended::Confirmed { by, .. } => format!(
            "**There was nothing more to confirm, because {} has done so already.** It counts once. How it goes on is told in \
             the answer to that `/confirm`.",
            inert(by.login.as_str())
        ),
        Ended::Cancelled { by } => format!(
            "**Nothing was confirmed, because {} has cancelled what I had listed here.** {again}",
            inert(by.login.as_str())
        ),
        Ended::Replaced { by } => format!(
            "**Nothing was confirmed, because {} has asked for something else here since I made the list.** The later \
             command counts. {again}",
            inert(by.login.as_str())
        ),
        Ended::RolledBack { by } => format!(
            "**Nothing was confirmed, because {} has taken {environment} back to what ran there before since I made the list.** \
             {again}",
            taken_back::whose(by.as_ref())
        ),
        Ended::Expired => {
            format!("**Nothing was confirmed, because the list is more than an hour old.** Nothing was moved. {again}")
        }
        Ended::CommentChanged => format!(
            "**Nothing was confirmed, because the command that the list belongs to was changed or deleted after it was \
             written.** Others may be able to edit your comments, so I do not go on with it. {again}"
        ),
        Ended::Outrun => {
            format!(
                "**Nothing was confirmed, because the list is no longer right.** {environment} has changed since. {again}"
            )
        }
    }
}

/// The person may not promote there, and so may not confirm it.
pub fn may_not_confirm(environment: &EnvironmentName, why: &Why) -> String {
    format!(
        "**Not confirmed**, because {} Nothing has changed; what I listed still waits for the word of somebody who may.",
        who_may(&format!("promote to {environment}"), why)
    )
}

/// The `/confirm` was written before the list could be read.
pub fn not_seen_yet() -> String {
    "**Nothing was confirmed, because I cannot tell that you had seen what would go when you wrote this.** I promote only \
     what you have seen. Please read my list on this pull request, and then say `/confirm` in a new comment."
        .to_owned()
}

/// More would go along than was listed, because the environment was moved back meanwhile.
pub fn more_would_go(armed: &Armed, now: &Cargo) -> String {
    let name = &armed.environment;
    format!(
        "**Not promoted to {name}, because more would go along now than you were told.** Somebody has moved {name} back since. \
         This would go now: {}.\n\n{}\n\nNothing was moved. If it may go, say `/promote {name}` again.",
        count(now),
        list(now)
    )
}
