//! Answers that end a command: what cannot be done and why, and what to say instead.

use super::super::authority::Why;
use super::super::config::{Config, Environment, Mistake};
use super::super::id::{BranchName, EnvironmentName, Person, PullNumber};
use super::super::memory::Armed;
use super::super::offer::Offer;
use super::super::snapshot::{Pull, Withheld};
use super::inert::inert;
use super::misread::quote;
use super::{mistake, owners, place};

/// Somebody edited or deleted the comment, or the review, after it was written.
pub fn edited() -> String {
    "**Nothing was done, because this was changed or deleted after it was written.** Others may be able to edit what you \
     wrote, so I only act on words as they first were. Please write the command again in a new comment."
        .to_owned()
}

/// It was heard more than a day after it was said.
pub fn too_late() -> String {
    "**Nothing was done, because I only heard of this more than a day after it was written.** I was out of reach, and much may \
     have changed since. If you still want it, please say it again in a new comment."
        .to_owned()
}

/// The configuration on the default branch cannot be used.
pub fn broken_configuration(mistakes: &[Mistake]) -> String {
    format!(
        "**Nothing moves until the configuration is mended.** {} has a mistake, and I do not guess what was \
         meant.\n\n{}\n\nA developer needs to correct it on the default branch; then say the command again.",
        mistake::file(mistakes),
        list_of(mistakes)
    )
}

/// One mistake a line.
pub(super) fn list_of(mistakes: &[Mistake]) -> String {
    let lines = mistakes.iter().map(|found| format!("- {}", mistake::sentence(found)));
    lines.collect::<Vec<_>>().join("\n")
}

/// No such environment.
pub fn unknown_environment(name: &EnvironmentName, config: &Config) -> String {
    nearest_environment("Nothing was promoted", name, config, "promote")
}

/// The same for any command: what was not done, and the environment that may be meant.
pub(super) fn nearest_environment(not_done: &str, name: &EnvironmentName, config: &Config, command: &str) -> String {
    let names: Vec<&str> = config
        .environments
        .iter()
        .map(|environment| environment.name.as_str())
        .collect();
    if names.is_empty() {
        return format!(
            "**{not_done}, because this repository has no environments yet.** A developer can make a branch named `staging` or \
             `production`, or describe the environments in `.github/greenlight.yml`."
        );
    }
    let nearest = names.iter().copied().max_by(|a, b| {
        let likeness = |candidate: &str| strsim::jaro_winkler(candidate, &name.as_str().to_lowercase());
        likeness(a).total_cmp(&likeness(b))
    });
    let known: Vec<String> = names.iter().map(|known| format!("`{known}`")).collect();
    format!(
        "**{not_done}, because there is no environment called {}.** There {} {}. Did you mean `/{command} {}`?",
        super::misread::quote(name.as_str()),
        if known.len() == 1 { "is only" } else { "are" },
        super::joined(known, "and"),
        nearest.unwrap_or_default(),
    )
}

/// The person may not promote into this environment.
pub fn not_allowed(environment: &EnvironmentName, why: &Why) -> String {
    format!(
        "**Not promoted to {environment}**, because {} Nothing has changed.",
        who_may(&format!("promote to {environment}"), why)
    )
}

/// The person may not drop what waits.
pub fn may_not_cancel(why: &Why) -> String {
    format!(
        "**Nothing was cancelled**, because {} What was waiting still waits.",
        who_may("cancel what waits here", why)
    )
}

/// Why somebody may not, as the end of a sentence.
pub(super) fn who_may(act: &str, why: &Why) -> String {
    match why {
        Why::NoAccess => format!("only people who can see this repository may {act}."),
        Why::NotAnOwner(who) => format!("only {} may {act}.", owners(who)),
        Why::BelowWrite => format!("only people with write access may {act}."),
        Why::BelowTriage => format!("only people with at least the triage role may {act}."),
        Why::OwnFeature => format!("somebody else than its author has to {act}."),
        Why::TeamUnreadable(team, who) => format!(
            "only {} may {act}, and I cannot read who belongs to {}. The organisation's owner can let me, by granting \
             the permission to read members.",
            owners(who),
            inert(&format!("{}/{}", team.org, team.slug))
        ),
    }
}

/// The command was written on something else than a pull request.
pub fn not_a_pull_request() -> String {
    "**Nothing was promoted, because this is not a pull request.** Say it on the promotion pull request of the \
     environment, or on a feature that has been merged."
        .to_owned()
}

/// The promotion pull request had not been written when the command was.
pub fn nothing_shown_yet(environment: &Environment) -> String {
    format!(
        "**Nothing was promoted yet, because I had not shown you what would go.** I promote only what you have seen. Please \
         read the list in this pull request's description, and say `/promote {}` again.",
        environment.name
    )
}

/// The command names another environment than the pull request is for.
pub fn other_promotion_pull(here: &Environment, wanted: &Environment, right: Option<PullNumber>) -> String {
    let instead = match right {
        Some(number) => format!("For {}, say it on #{number}.", wanted.name),
        None => format!(
            "There is no pull request for {} at present, because nothing waits to go there.",
            wanted.name
        ),
    };
    format!(
        "**Nothing was promoted, because this pull request is for {}, not for {}.** {instead} To promote what this one \
         shows, say `/promote {}`.",
        here.name, wanted.name, here.name
    )
}

/// The pull request does not lead into mainline, nor from one stage into the next.
pub fn outside_the_pipeline(pull: &Pull, mainline: &BranchName) -> String {
    format!(
        "**Nothing was promoted, because this pull request is not part of the pipeline.** It leads into the branch {}, and \
         features go into {}. Say it on a promotion pull request, or on a feature that has been merged.",
        inert(pull.base.as_str()),
        inert(mainline.as_str())
    )
}

/// GitHub calls the pull request merged and does not say by which commit.
pub fn merge_commit_unknown() -> String {
    "**Nothing was promoted, because GitHub does not say which commit this feature became.** Please use the promotion pull \
     request instead; it lists this feature among the others."
        .to_owned()
}

/// The feature is still open.
pub fn not_in_mainline_yet(environment: &Environment) -> String {
    format!(
        "**Not promoted yet, because this feature is not merged.** Once its developer has marked it as ready, it can be accepted \
         and merged. After that, say `/promote {}` here again, or on the promotion pull request, which will list it.",
        environment.name
    )
}

/// The pull request was closed without a merge.
pub fn closed_without_merge() -> String {
    "**Nothing was promoted, because this pull request was closed without being merged.** Its changes are in no environment. \
     A developer can reopen it."
        .to_owned()
}

/// One of the two branches is not there.
pub fn branch_missing(branch: &BranchName) -> String {
    format!(
        "**Nothing was promoted, because the branch {} does not exist.** A developer can create it, or correct the name in \
         `.github/greenlight.yml`; then say the command again.",
        inert(branch.as_str())
    )
}

/// More lies between the two branches than can be read.
pub fn too_far_apart(environment: &Environment, from: &BranchName, commits: usize) -> String {
    format!(
        "**Nothing was promoted, because {} is {commits} commits behind {}, and that is more than I can read and show you.** \
         A developer needs to bring its branch closer by hand once; then say the command again.",
        environment.name,
        inert(from.as_str())
    )
}

/// A feature that the stage before does not have.
pub fn not_on_stage_before(
    feature: PullNumber,
    environment: &Environment,
    before: Option<&Environment>,
    from: &BranchName,
) -> String {
    let name = &environment.name;
    match before {
        Some(before) => format!(
            "**Not promoted to {name}, because #{feature} is not on {before} yet.** What goes to {name} has to be on {before} \
             first. Say `/promote {before}` here; when you are content with it there, say `/promote {name}` again.",
            before = before.name
        ),
        None => format!(
            "**Not promoted to {name}, because #{feature} is no longer on {}.** Somebody has rewritten that branch since the \
             feature was merged. A developer needs to bring the feature back with a new pull request.",
            inert(from.as_str())
        ),
    }
}

/// GitHub does not tell something that the command hangs on.
pub fn withheld(why: &Withheld) -> String {
    match why {
        Withheld::Permission(permission) => format!(
            "**Nothing was done, because GitHub does not let me read what I need to know.** {} Then say the command again.",
            grant(permission)
        ),
        Withheld::Unclear => format!(
            "**Nothing was done, because I cannot make sense of what GitHub tells me about this repository.** {SEE_LOG} \
             Then say the command again."
        ),
    }
}

/// Who can mend it when GitHub's answers make no sense to us.
pub(super) const SEE_LOG: &str = "Whoever runs Greenlight finds the reason in its log, and needs to mend it.";

/// Who can give the permission. GitHub names it as `checks=read`, where it does.
pub(super) fn grant(permission: &str) -> String {
    if permission.contains('=') {
        let named = quote(&permission.replace('=', ": "));
        return format!(
            "An administrator needs to grant Greenlight the permission {named}, and accept it for this repository."
        );
    }
    "An administrator needs to grant Greenlight a permission that it lacks, and accept it for this repository. GitHub did not \
     say which one; whoever runs Greenlight finds more in its log."
        .to_owned()
}

/// Nothing to do.
pub fn already_there(environment: &Environment) -> String {
    format!(
        "**This is already on {}.** There was nothing to move, and nothing more for you to do.",
        place(environment)
    )
}

/// The last word on a promotion that was cancelled.
pub fn cancelled(armed: &Armed, by: &Person) -> String {
    format!(
        "**Not promoted to {}: {} cancelled it.** Nothing was moved. To start again, say `/promote {}`.",
        armed.environment,
        inert(by.login.as_str()),
        armed.environment
    )
}

/// The answer to `/cancel`. `accepted`: an acceptance that had not led to a merge yet was taken back.
pub fn cancel_done(dropped: &[Armed], offer: Option<&Offer>, accepted: bool) -> String {
    let mut parts = Vec::new();
    if accepted {
        parts.push("**Cancelled: this feature is not accepted any more.** It will not be merged by itself.".to_owned());
    }
    if !dropped.is_empty() {
        let names: Vec<String> = dropped.iter().map(|armed| armed.environment.to_string()).collect();
        parts.push(format!(
            "**Cancelled: the promotion to {} will not go by itself any more.** Nothing was moved.",
            super::joined(names, "and")
        ));
    }
    if let (true, Some(offer)) = (parts.is_empty(), offer) {
        let environment = offer.environment();
        parts.push(format!(
            "**Cancelled: what I offered to promote to {environment} does not wait for a `/confirm` any more.** Nothing was moved."
        ));
    }
    if parts.is_empty() {
        return "**There was nothing to cancel here.** Nothing is waiting that has to do with this pull request."
            .to_owned();
    }
    parts.join("\n\n")
}

/// The last word on a promotion that made way for a later one.
pub fn superseded(earlier: &Armed, by: &Person) -> String {
    format!(
        "**Not promoted to {} by this command: {} has asked again since.** The later command counts, and is answered where it \
         was written.",
        earlier.environment,
        inert(by.login.as_str())
    )
}

/// What can be said here.
pub fn help(config: &Config) -> String {
    let names: Vec<&str> = config
        .environments
        .iter()
        .map(|environment| environment.name.as_str())
        .collect();
    let first = names.first().copied().unwrap_or("staging");
    let known: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let environments = if known.is_empty() {
        "This repository has no environments yet.".to_owned()
    } else {
        format!("The environments here, in order: {}.", known.join(", "))
    };
    let previews = if config.previews.is_empty() {
        ""
    } else {
        "- `/preview` on a feature that is ready: it is shown on a dev instance as soon as one is free. `/preview off` frees it.\n"
    };
    format!(
        "**This is what you can say, each on a line of its own in a new comment.**\n\n\
         - `/promote {first}` on a promotion pull request: everything it shows goes to {first}, as soon as the checks are green.\n\
         - `/promote {first}` on a merged feature: everything up to that feature goes. If others would go along, I list them first.\n\
         - `/promote {first} without #4`: leave that feature behind, where nothing landed on top of it. I say what would go, or why it cannot be.\n\
         - `/confirm`: go on with just what I have listed, within an hour.\n\
         - `/accept` on a feature that is ready: it is what you want. It is merged by itself as soon as its checks are green.\n\
         - `/reject` and the reason, on a feature that is ready: it goes back to its developer.\n\
         - `/promote {first}` on a feature that is ready: all of it. It is accepted, merged once it is green, and then goes.\n\
         - `/promote {first} at <time>`: the same, later, such as `/promote {first} at 18:00` or `at friday 7am`.\n\
         - `/promote {first} --dry-run`: see what would go, what stands in the way, and when it could go. Nothing moves.\n\
         - `/rollback {first}`: take {first} back to what ran there before, at once. `/rollback {first} to #4` says where to, and \
         `--dry-run` only tells what that would take away.\n\
         - `/hold {first}`: keep {first} as it is until the next working morning. `/hold {first} until friday 7am because we \
         give a demo` says until when, and why. What is asked for meanwhile waits.\n\
         - `/unhold {first}`: end the hold sooner.\n\
         - `/cancel`: drop what is still waiting here: an acceptance or a promotion, for its turn or for your `/confirm`.\n\
         {previews}- `/status`: see what waits for which environment, and what is on hold.\n\
         - `/help`: this list.\n\n{environments}"
    )
}
