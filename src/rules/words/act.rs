//! What the pages say where somebody acts, and of what came of it. Plain text, no Markdown, as in `board`.

use super::super::command::Command;
use super::super::id::{BranchName, EnvironmentName, PullNumber, Sha};
use super::super::memory::{Request, Said};
use super::joined;

/// Above what came of an act that nobody has looked at yet.
pub fn asked_just_now() -> String {
    "Asked a moment ago. Greenlight is looking.".to_owned()
}

/// Above what came of an act: what was asked, as it would be typed.
pub fn asked(request: &Request) -> String {
    match &request.said {
        Some(Said::OnBoard {
            command: Command::Promote { dry_run: true, .. },
            ..
        }) => "What would go, and how each gate stands".to_owned(),
        Some(Said::OnBoard {
            command: Command::Rollback { dry_run: true, .. },
            ..
        }) => "What that would take away".to_owned(),
        Some(Said::OnBoard { command, .. }) => format!("You asked for this here: {}", command.written()),
        _ => "You asked for this".to_owned(),
    }
}

/// It was taken up, and nothing is decided yet.
pub fn looking() -> String {
    "Greenlight has taken it up, and is looking.".to_owned()
}

/// It was taken up so late that it does not count any more.
pub fn came_too_late() -> String {
    "Nothing was done, because Greenlight heard of this more than three days after you asked. If you still want it, please ask for it \
     again."
        .to_owned()
}

/// The link for who has no script.
pub fn look_again() -> &'static str {
    "See how it stands now"
}

/// The link to the reply on GitHub.
pub fn see_reply(pull: PullNumber) -> String {
    format!("The same on #{pull}")
}

/// What stands on buttons, beside fields and above parts of the pages where somebody acts.
pub struct Labels {
    pub what_goes: &'static str,
    pub look: &'static str,
    pub cancel: &'static str,
    pub unhold: &'static str,
    pub why_hold: &'static str,
    pub rolling_back: &'static str,
    pub look_back: &'static str,
    pub accept: &'static str,
    pub take_back: &'static str,
    pub send_back: &'static str,
    pub why_send_back: &'static str,
    pub preview: &'static str,
    pub instance: &'static str,
    pub any_instance: &'static str,
    pub no_instances: &'static str,
    pub take_preview: &'static str,
    pub free_preview: &'static str,
}

pub fn labels() -> Labels {
    Labels {
        what_goes: "What goes: everything up to and including",
        look: "See how the gates stand for this choice",
        cancel: "Cancel what waits",
        unhold: "End the hold",
        why_hold: "Why (others read this)",
        rolling_back: "It goes back to what ran there before, and is on hold afterwards, so that nothing brings the fault back \
                       unnoticed.",
        look_back: "See what that would take away, without moving anything",
        accept: "Accept",
        take_back: "Take the acceptance back",
        send_back: "Send back",
        why_send_back: "Why (the developer reads this)",
        preview: "Preview",
        instance: "On which instance",
        any_instance: "whichever is free",
        no_instances: "This repository has no previews yet. Once its configuration names dev instances, features can be shown there \
                       before they are merged.",
        take_preview: "Show it on a preview",
        free_preview: "Free its preview",
    }
}

/// The way back from a page where somebody acts.
pub fn back_to(repository: &str) -> String {
    format!("Back to {repository}")
}

/// Above everything that can be done with an environment.
pub fn environment(name: &EnvironmentName) -> String {
    format!("What to do with {name}")
}

pub fn promote(name: &EnvironmentName) -> String {
    format!("Promote to {name}")
}

pub fn hold(name: &EnvironmentName, is_held: bool) -> String {
    match is_held {
        true => format!("Hold {name} anew"),
        false => format!("Hold {name}"),
    }
}

pub fn roll_back(name: &EnvironmentName) -> String {
    format!("Roll {name} back")
}

/// Beside the field for a time.
pub fn when(zone: &str) -> String {
    format!("When, in the time of {zone} (leave this empty for now)")
}

/// Beside the field for the end of a hold.
pub fn until(zone: &str) -> String {
    format!("Until when, in the time of {zone} (leave this empty for the next working morning)")
}

/// Who may do what a page has forms for.
pub fn whose_word(owners: &str) -> Option<String> {
    (!owners.is_empty()).then(|| format!("Only {owners} may promote, hold or roll back here."))
}

/// The same, where features are accepted and sent back.
pub fn whose_word_on_features(owners: &str) -> Option<String> {
    (!owners.is_empty()).then(|| format!("Only {owners} may accept this or send it back."))
}

/// Beside the box that stands for `/confirm` with names.
pub fn bring_again(name: &EnvironmentName, titles: Vec<String>) -> String {
    let what = joined(titles, "and");
    format!("Taken back from {name} before: {what}. Bring it there again all the same")
}

/// The choice of everything.
pub fn all_of_it(count: usize) -> String {
    match count {
        1 => "the only thing that waits".to_owned(),
        count => format!("all {count} that wait"),
    }
}

/// Things that landed before the first that is listed.
pub fn and_earlier(count: usize) -> String {
    match count {
        1 => "Before these, one more landed, which goes along.".to_owned(),
        count => format!("Before these, {count} more landed, which go along."),
    }
}

/// There is nothing to promote, or nobody knows what.
pub fn nothing_to_promote(is_known: bool) -> String {
    match is_known {
        true => "Nothing waits to go there.".to_owned(),
        false => "What would go there is not known at the moment, so nothing can be promoted from here.".to_owned(),
    }
}

/// Which version of a feature the page shows.
pub fn version(head: &Sha) -> String {
    format!(
        "This page shows version {}. What you do here counts for just that version.",
        head.short()
    )
}

/// The board had shown an earlier version when its link was followed.
pub fn newer_version() -> String {
    "This has changed since you looked: there is a newer version than the one that you came from. Please look at it again first."
        .to_owned()
}

/// Beside *Accept*.
pub fn accepting(mainline: &BranchName) -> String {
    format!("It is what you want. It is merged into {mainline} by itself once its checks are green.")
}

/// The other way to accept a feature.
pub fn accept_and_promote(first: &EnvironmentName) -> String {
    format!("Accept, and promote to {first} at once")
}

/// It cannot be accepted or sent back before it is ready.
pub fn not_ready(label: &str) -> String {
    format!("It is in progress. Once it carries the label {label}, an owner can accept it or send it back here.")
}

/// What leads from a repository's page to the pages where somebody acts.
pub struct Links {
    /// On the card of a feature that is not merged yet.
    pub open: &'static str,
    /// On the card of one that waits to go on.
    pub up_to: &'static str,
    /// In an environment's head.
    pub environment: &'static str,
}

pub fn links() -> Links {
    Links {
        open: "Accept, send back, preview",
        up_to: "Promote up to here",
        environment: "Promote, hold, roll back",
    }
}
