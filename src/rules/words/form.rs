//! What is said of what people do on the board: above the reply on the pull request, and where its page had become old.

use super::super::command::Command;
use super::super::config::Environment;
use super::super::id::{EnvironmentName, Login, Sha};
use super::super::memory::Hold;
use super::super::stretch::Cargo;
use super::feature::someone;
use super::inert::inert;
use super::misread::quote;
use super::{count, list, place};

/// Above the answer, which stands below nothing that anybody wrote; `who` is harmless already.
pub(super) fn said(who: &str, command: &Command) -> String {
    format!("On the board, {who} said: {}", quote(&command.written()))
}

/// The page had shown an earlier version of the feature.
pub fn pushed_since(shown: &Sha, head: &Sha, by: Option<&Login>) -> String {
    format!(
        "**Nothing was done, because this has changed since you looked: {} pushed a newer version.** Your page had shown version \
         {}; the newest is {}. Please look again, and say it once more if it is still what you want.",
        someone(by),
        shown.short(),
        head.short()
    )
}

/// The environment has moved since the page listed what would go there.
pub fn moved_since_listed(environment: &Environment, shown: &Sha, now: &Sha, carrying: &Cargo) -> String {
    let name = &environment.name;
    let begin = format!(
        "**Nothing was promoted, because {name} has changed since you looked.** Your page had shown {} at version {}; it is at {} \
         now.",
        place(environment),
        shown.short(),
        now.short()
    );
    match carrying.is_empty() {
        true => format!("{begin} Nothing is left that could go there."),
        false => format!(
            "{begin} This would go there now: {}.\n\n{}\n\nPlease look again, and promote from there if it is still what you want.",
            count(carrying),
            list(carrying)
        ),
    }
}

/// The environment has moved since the page showed what runs there.
pub fn moved_since_shown(environment: &EnvironmentName, shown: &Sha, now: &Sha) -> String {
    format!(
        "**Nothing was taken back, because {environment} has changed since you looked.** Your page had shown version {}; it is at \
         {} now. Please look again, and roll back from there if it is still what you want.",
        shown.short(),
        now.short()
    )
}

/// Another hold is there than the one that the page had shown.
pub fn another_hold(now: &Hold) -> String {
    format!(
        "**{name} is still on hold, because this has changed since you looked: {} has said another hold{}.** Please look again, and \
         end it from there if that is what you want.",
        inert(now.held_by.login.as_str()),
        super::hold::reason_of_its_own(now),
        name = now.environment
    )
}

/// The hold that the page had shown is over.
pub fn held_no_more(environment: &EnvironmentName) -> String {
    format!(
        "**Nothing was changed: the hold on {environment} that your page had shown is over already.** Please look again for how \
         {environment} stands now."
    )
}

/// What the page had shown as waiting does not wait any more.
pub fn waits_no_more() -> String {
    "**Nothing was cancelled, because this has changed since you looked: the promotion that your page had shown does not wait any \
     more.** It has gone, has ended, or another one has taken its place. Please look again for how it stands now."
        .to_owned()
}
