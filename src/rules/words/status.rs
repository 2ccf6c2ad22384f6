//! Where everything stands, for whoever asks `/status`.

use super::super::config::Environment;
use super::super::id::{BranchName, PullNumber};
use super::super::memory::Armed;
use super::super::stretch::Cargo;
use super::inert::inert;
use super::{count, list, place};

/// What waits for one environment; `cargo` is `None` when its branch, or the one before it, does not exist. `is_without`: a
/// commit on top of it has taken something away.
pub fn environment(
    environment: &Environment,
    from: &BranchName,
    cargo: Option<&Cargo>,
    pull: Option<PullNumber>,
    armed: Option<&Armed>,
    is_without: bool,
) -> String {
    let name = place(environment);
    let from = inert(from.as_str());
    let gap = match cargo {
        None => format!(
            "**{name}** has no branch to promote into, or {from} does not exist. A developer needs to create it."
        ),
        Some(cargo) if cargo.is_empty() && is_without => {
            format!("**{name}** has everything that is on {from}, but for what was taken back.")
        }
        Some(cargo) if cargo.is_empty() => format!("**{name}** has everything that is on {from}."),
        Some(cargo) => {
            let place = pull.map_or_else(String::new, |number| format!(", shown in #{number}"));
            format!(
                "**{name}** is behind {from} by {}{place}:\n\n{}",
                count(cargo),
                list(cargo)
            )
        }
    };
    match armed {
        Some(armed) => format!(
            "{gap}\n\nA promotion asked for by {} waits, and goes by itself when nothing stands in its way.",
            inert(armed.asked_by.login.as_str())
        ),
        None => gap,
    }
}

/// More lies between the two branches than can be read.
pub fn too_far_apart(environment: &Environment, from: &BranchName, commits: usize) -> String {
    format!(
        "**{}** is {commits} commits behind {}, and that is more than I can read and show you. A developer needs to bring its \
         branch closer by hand once.",
        place(environment),
        inert(from.as_str())
    )
}

/// A reply takes 65,536 characters; of one that is nearly full the words matter, not the picture.
const WITH_PICTURE_CHARS_MAX: usize = 40_000;

/// All environments in order, and the same as a picture.
pub fn whole(environments: &[String], picture: Option<&str>) -> String {
    if environments.is_empty() {
        return "**This repository has no environments yet.** A developer can make a branch named `staging` or \
                `production`, or describe the environments in `.github/greenlight.yml`."
            .to_owned();
    }
    let words = environments.join("\n\n");
    match picture.filter(|_| words.chars().count() < WITH_PICTURE_CHARS_MAX) {
        Some(picture) => format!("{words}\n\n{picture}"),
        None => words,
    }
}
