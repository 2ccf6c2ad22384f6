//! What the page of a repository says of its features and environments. Plain text, as everything on the board; moments have
//! elements of their own beside these sentences.

use jiff::SignedDuration;

use super::super::id::{BranchName, Login, PullNumber};
use super::super::scene::{Checks, Here, Landed, Preview, Scene, Stage, Waits, Way, What, WhyHeld};
use super::super::stay::{MovedBy, State};
use super::board::Said;

fn said(title: impl Into<std::borrow::Cow<'static, str>>, text: impl Into<String>) -> Said {
    Said {
        title: title.into(),
        text: text.into(),
    }
}

/// Features that nobody has called ready. The text is for when there is none.
pub fn in_progress(mainline: &BranchName) -> Said {
    said(
        "In progress",
        format!("No pull request into {mainline} is being worked on. When a developer opens one, it shows here."),
    )
}

/// Features that somebody can look at.
pub fn ready(label: &str, acceptance: bool) -> Said {
    let next = if acceptance {
        "for an owner to look at it"
    } else {
        "for its checks"
    };
    said(
        "Ready",
        format!(
            "Nothing waits {next}. A developer puts the label “{label}” on a pull request when there is something to look at."
        ),
    )
}

/// Features that an owner wants.
pub fn accepted(mainline: &BranchName) -> Said {
    said(
        "Accepted",
        format!(
            "Nothing that was accepted waits for its checks. What an owner accepts goes into {mainline} by itself once it is green."
        ),
    )
}

/// What is on the stage before and not in the environment. `is_last`: people use what is there.
pub fn not_yet(stage: &Stage, is_first: bool, is_last: bool) -> Said {
    let (from, name) = (&stage.from, &stage.environment);
    let before = if is_first { "In" } else { "On" };
    let title = match is_last {
        true => format!("{before} {from}, not live"),
        false => format!("{before} {from}, not on {name}"),
    };
    let text = match &stage.way {
        Way::Known(_) => format!("Everything that is on {from} is on {name} too."),
        Way::Unknown => format!("Nobody has looked yet what waits for {name}. It shows here in a minute."),
        Way::NoBranch => {
            format!("There is no branch for {name}, or {from} does not exist. A developer needs to create it.")
        }
        Way::TooFar { commits } => format!(
            "From {name} to {from} it is {commits} commits, and that is more than I can read. A developer needs to bring its branch \
             closer by hand once."
        ),
    };
    said(title, text)
}

/// What the last promotion brought to where people use it.
pub fn live(last: &Stage) -> Said {
    let name = &last.environment;
    said(
        "Live",
        format!("What is promoted to {name} from now on shows here, the newest promotion first."),
    )
}

/// Over the earlier promotions.
pub fn earlier() -> &'static str {
    "Earlier promotions"
}

/// More things than are told apart.
pub fn and_more(count: usize) -> String {
    match count {
        1 => "And one more that is not shown.".to_owned(),
        _ => format!("And {count} more that are not shown."),
    }
}

/// How long ago, or for how long: as short as it can be told.
pub fn age(time: SignedDuration) -> String {
    let count = |number: i64, unit: &str| match number {
        1 => format!("1 {unit}"),
        _ => format!("{number} {unit}s"),
    };
    match (time.as_hours() / 24, time.as_hours(), time.as_mins()) {
        (days, ..) if days >= 60 => count(days / 30, "month"),
        (days, ..) if days >= 1 => count(days, "day"),
        (_, hours, _) if hours >= 1 => count(hours, "hour"),
        (.., minutes) if minutes >= 1 => count(minutes, "minute"),
        _ => "less than a minute".to_owned(),
    }
}

/// Before an age.
pub fn open_for() -> &'static str {
    "Open for"
}

/// Before an age.
pub fn here_for() -> &'static str {
    "here for"
}

/// Who wrote it.
pub fn written_by(author: Option<&Login>) -> String {
    author.map_or_else(
        || "by somebody whose account is gone".to_owned(),
        |author| format!("by {author}"),
    )
}

/// How its checks stand.
pub fn checks(checks: &Checks) -> String {
    let (passed, total) = (checks.passed, checks.total);
    match (checks.failed.as_slice(), checks.waiting.as_slice()) {
        ([], []) if checks.green && total == 1 => "Its one check has passed.".to_owned(),
        ([], []) if checks.green && total > 0 => format!("All {total} checks have passed."),
        ([], []) if checks.green => "No checks are asked for.".to_owned(),
        ([], []) => "No check has reported yet.".to_owned(),
        ([], waiting) => format!(
            "Waiting for {}; {passed} of {total} checks have passed.",
            waiting.join(", ")
        ),
        (failed, _) => format!("Failed: {}. A developer needs to look at it.", failed.join(", ")),
    }
}

/// What stands between a feature and the next lane.
pub fn waits(waits: &Waits, label: &str, mainline: &BranchName) -> String {
    match waits {
        Waits::Label => format!("It becomes ready when its developer puts the label “{label}” on it."),
        Waits::LabelOf(Some(who)) => format!(
            "The label “{label}” was put on by {who}, who may not, so it does not count. Somebody who may has to take it off and put \
             it on again."
        ),
        Waits::LabelOf(None) => format!(
            "GitHub does not tell who put the label “{label}” on it, so it does not count. Somebody who may has to take it off and \
             put it on again."
        ),
        Waits::SentBack { by, why } if why.is_empty() => {
            format!("Sent back by {by}. The next move is its developer's.")
        }
        Waits::SentBack { by, why } => format!("Sent back by {by}: “{why}”. The next move is its developer's."),
        Waits::Draft => "It is still a draft. Its developer marks it as ready for review on GitHub.".to_owned(),
        Waits::Conflict => {
            format!("Its changes and those on {mainline} are in conflict. Its developer has to bring the two together.")
        }
        Waits::Fork => {
            "It comes from a copy of this repository. Its checks may need a developer's approval on GitHub.".to_owned()
        }
        Waits::AcceptedBefore(by) => {
            format!("An earlier version of it was accepted by {by}; this one is to be looked at anew.")
        }
        Waits::NotMerged(why) => format!("GitHub did not merge it: {why}"),
    }
}

/// Who wants it.
pub fn accepted_by(by: &Login, mainline: &BranchName, checks: Option<&Checks>) -> String {
    match checks {
        Some(checks) if checks.green => format!("Accepted by {by}. It goes into {mainline} by itself."),
        _ => format!("Accepted by {by}. It goes into {mainline} by itself once its checks are green."),
    }
}

/// Where it can be seen before it is merged.
pub fn preview(preview: &Preview) -> String {
    match preview {
        Preview::On {
            instance,
            under_way: false,
            ..
        } => format!("See it on {instance}"),
        Preview::On { instance, .. } => format!("On its way to {instance}"),
        Preview::Coming { instance } => format!("About to be shown on {instance}."),
        Preview::Stuck { instance } => {
            format!("It should be on {instance}, which cannot be set; its card on GitHub says why.")
        }
        Preview::Waits { before: 0 } => "It is the next to get a preview, as soon as one is free.".to_owned(),
        Preview::Waits { before: 1 } => "It waits for a preview; one feature comes before it.".to_owned(),
        Preview::Waits { before } => format!("It waits for a preview; {before} features come before it."),
    }
}

/// Where something that is in an environment can be seen.
pub fn see_on(stage: &Stage) -> String {
    format!("See it on {}", stage.environment)
}

/// Of something on its way: it was there before.
pub fn was_taken_back(stage: &Stage) -> String {
    format!(
        "It was taken back from {} before, so a promotion has to name it.",
        stage.environment
    )
}

/// No pull request brought it.
pub fn pushed_directly() -> &'static str {
    "Pushed directly, without a pull request."
}

/// The light of an environment, in words. Where it is held until a moment, that follows.
pub fn light(stage: &Stage) -> String {
    let by = |by: Option<&Login>| by.map_or_else(|| "somebody".to_owned(), Login::to_string);
    match (&stage.held, &stage.armed) {
        (Some(held), _) => match held.why {
            WhyHeld::Asked => format!("On hold by {}", by(held.by.as_ref())),
            WhyHeld::TakenBack => "On hold, because what ran there was taken back".to_owned(),
            WhyHeld::ChangedDirectly => "On hold, because it was changed without a promotion".to_owned(),
            WhyHeld::MergedByHand => format!("On hold, because {} merged into it and may not", by(held.by.as_ref())),
            WhyHeld::Unexplained => "On hold, because nothing explains what is there".to_owned(),
        },
        (None, Some(armed)) => format!("A promotion that {} asked for waits", armed.by),
        (None, None) => match &stage.way {
            Way::Known(load) if load.items.is_empty() && load.earlier == 0 => "Nothing waits to come here".to_owned(),
            Way::Known(_) => "Free to promote".to_owned(),
            Way::NoBranch => "No branch to promote into".to_owned(),
            Way::TooFar { .. } => "Too far behind to be promoted".to_owned(),
            Way::Unknown => "Not looked at yet".to_owned(),
        },
    }
}

/// Before the moment at which a hold ends.
pub fn until() -> &'static str {
    "until"
}

/// What somebody gave as the reason of a hold.
pub fn because(why: &str) -> String {
    format!("The reason given: “{why}”.")
}

/// Before the moment before which a promotion does not go, and before that at which it ends by itself.
pub fn armed_times() -> (&'static str, &'static str) {
    ("Not before", "It ends by itself if it has not happened by")
}

/// What an environment is at: before the moment since when.
pub fn runs(here: &Here) -> String {
    let what = match &here.known_as {
        Some(What::Feature { number, title, .. }) => format!("#{number} {title}"),
        Some(What::Direct { title, .. }) => title.clone(),
        None => format!("version {}", here.commit.short()),
    };
    match &here.state {
        State::Running { .. } => format!("Runs {what}, since"),
        State::Moved => format!("Moved to {what}, and not known to run yet. Moved"),
        State::Deploying => format!("Deploying {what}. Moved"),
        State::Failed { .. } => format!("The deployment of {what} failed. Moved"),
    }
}

/// Who put that there.
pub fn put_there(here: &Here) -> String {
    let by = here.by();
    match (&here.moved_by, by) {
        (MovedBy::Promotion { .. }, Some(by)) => format!("Promoted by {by}."),
        (MovedBy::Rollback { .. }, Some(by)) => format!("Taken back to this by {by}."),
        (MovedBy::Merge { pull, .. }, Some(by)) => format!("Came by #{pull}, which {by} merged."),
        (MovedBy::Merge { pull, .. }, None) => format!("Came by #{pull}, which somebody merged."),
        (MovedBy::FoundThere, _) => "It was there when I first looked.".to_owned(),
        _ => "It came there without a promotion.".to_owned(),
    }
}

/// How much waits for an environment; `None` where that is not known or nothing does.
pub fn gap(stage: &Stage) -> Option<String> {
    match stage.waiting()? {
        0 => None,
        1 => Some("Waiting to come here: one change.".to_owned()),
        count => Some(format!("Waiting to come here: {count} changes.")),
    }
}

/// On a badge, after the environment's name: as short as it can be told.
pub fn badge(stage: &Stage) -> String {
    match (&stage.held, stage.waiting()) {
        (Some(_), Some(count)) if count > 0 => format!("on hold, {count} waiting"),
        (Some(_), _) => "on hold".to_owned(),
        (None, Some(0)) => "nothing waiting".to_owned(),
        (None, Some(count)) => format!("{count} waiting"),
        (None, None) => "not known".to_owned(),
    }
}

/// The configuration cannot be used.
pub fn broken() -> &'static str {
    "The file .github/greenlight.yml has a mistake, so nothing can be promoted, and what is shown here is as it was before. The \
     commit that changed it says what is wrong."
}

/// GitHub takes no changes.
pub fn archived() -> &'static str {
    "This repository is archived, so nothing can change there. What is shown is as it was before. Whoever administers it can unarchive \
     it on GitHub."
}

/// There is no configuration yet; with the open pull request that proposes one.
pub fn not_set_up(welcome: Option<PullNumber>) -> String {
    match welcome {
        Some(pull) => format!(
            "Greenlight is not set up here yet. Pull request #{pull} proposes how it works in this repository; nothing happens before it \
             is merged."
        ),
        None => "Greenlight is not set up here. A developer can add the file .github/greenlight.yml; nothing happens before."
            .to_owned(),
    }
}

/// Before anybody has looked at the repository.
pub fn not_seen() -> &'static str {
    "Greenlight has not looked at this repository yet. That takes a minute after the GitHub App was installed; load the page again \
     then."
}

/// It has no environments.
pub fn no_environments() -> &'static str {
    "No environment is known here yet. A developer can make a branch named staging or production, or describe the environments in \
     .github/greenlight.yml."
}

/// The names of the page's parts: the environments, the picture, the lanes.
pub fn parts() -> [&'static str; 3] {
    ["Environments", "The way", "Features"]
}

/// The picture in words, a sentence for each environment.
pub fn picture(scene: &Scene) -> Vec<String> {
    scene.stages.iter().map(one_way).collect()
}

fn one_way(stage: &Stage) -> String {
    let (name, from) = (&stage.environment, &stage.from);
    let own = match stage.own {
        0 => String::new(),
        1 => format!(" And {name} has one commit that {from} does not have."),
        own => format!(" And {name} has {own} commits that {from} does not have."),
    };
    let way = match (&stage.way, stage.waiting()) {
        (_, Some(0)) => format!("Everything that is on {from} is on {name} too."),
        (_, Some(1)) => format!("On {from} and not on {name}: one change."),
        (_, Some(count)) => format!("On {from} and not on {name}: {count} changes."),
        (Way::NoBranch, _) => format!("There is no branch for {name}, or {from} does not exist."),
        (Way::TooFar { commits }, _) => format!("On {from} and not on {name}: {commits} commits."),
        _ => format!("It is not known yet how {name} stands to {from}."),
    };
    format!("{way}{own}")
}

/// One thing of the picture, for who points at it or hears it.
pub fn landed(landed: &Landed) -> String {
    match &landed.what {
        What::Feature { number, title, .. } => format!("#{number} {title}"),
        What::Direct { title, .. } => format!("{title} (pushed directly)"),
    }
}

/// A stage as a point of the picture.
pub fn point(stage: &Stage) -> String {
    match stage.own {
        0 => stage.environment.to_string(),
        _ => format!("{} (has commits of its own)", stage.environment),
    }
}
