//! What the pages for people say. Plain text, no Markdown: whatever others wrote is escaped where it is put into the page, and
//! names, links and times have elements of their own beside these sentences.

use std::borrow::Cow;

use super::super::id::{BranchName, EnvironmentName, Login, PullNumber};
use super::super::memory::{Gap, Hold};

/// The title of a page that only says something, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub title: Cow<'static, str>,
    pub text: String,
}

fn said(title: &'static str, text: impl Into<String>) -> Said {
    Said {
        title: Cow::Borrowed(title),
        text: text.into(),
    }
}

/// Above the button that leads to GitHub.
pub fn welcome() -> Said {
    said(
        "Greenlight",
        "See what is ready, what is on its way and what is on hold in your repositories. You sign in with your GitHub account, \
         and see what GitHub lets you see.",
    )
}

/// The operator has not set what signing in needs. The names of the settings follow.
pub fn not_set_up() -> Said {
    said(
        "Nobody can sign in here yet",
        "Everything else works: commands in comments are answered as always. For the pages, whoever runs Greenlight has to set \
         this, and start it again:",
    )
}

/// The address is one at which a browser would send the sign-in unprotected.
pub fn not_protected() -> Said {
    said(
        "Nobody can sign in here yet",
        "This address begins with http://, so others could read along. Whoever runs Greenlight has to put it behind an address \
         that begins with https://, and set this to it:",
    )
}

/// She came back from GitHub without having let Greenlight in.
pub fn cancelled() -> Said {
    said(
        "You are not signed in",
        "You did not let Greenlight see who you are on GitHub, so nothing has changed. You can sign in at any time.",
    )
}

/// The return does not fit to a sign-in that this browser began, or it took too long.
pub fn begin_again() -> Said {
    said(
        "Please sign in again",
        "This sign-in was begun in another window, took longer than ten minutes, or was used before. Nothing has changed. Sign \
         in once more from here.",
    )
}

/// GitHub did not take what it had given.
pub fn code_refused() -> Said {
    said(
        "Please sign in again",
        "GitHub says that this sign-in has expired or was used before. Nothing has changed. Sign in once more from here.",
    )
}

/// GitHub refused the App itself.
pub fn app_refused() -> Said {
    said(
        "GitHub refused the sign-in",
        "GitHub does not accept how Greenlight is set up for signing in. Whoever runs Greenlight has to compare the client id, \
         the client secret and the callback address with the settings page of the GitHub App; the log says what GitHub said.",
    )
}

/// She was signed in, and is not any more.
pub fn signed_out() -> Said {
    said(
        "You are signed out",
        "It has been a while, you signed out elsewhere, or GitHub does not let Greenlight ask for you any more. Sign in to go on \
         where you were.",
    )
}

/// GitHub cannot be asked what she may see.
pub fn github_away() -> Said {
    said(
        "GitHub does not answer",
        "I ask GitHub every few minutes what you may see, and it does not answer at the moment. You are still signed in. Try \
         again in a minute.",
    )
}

/// The store cannot be read.
pub fn out_of_order() -> Said {
    said(
        "Something went wrong here",
        "This page could not be put together. Nothing is lost. Try again in a minute; if it stays so, tell whoever runs \
         Greenlight.",
    )
}

/// Private, unknown and mistyped alike.
pub fn nothing_here() -> Said {
    said(
        "There is nothing here",
        "Either there is no such page, or GitHub does not let you see it. If it should be yours, ask somebody who looks after \
         the repository on GitHub.",
    )
}

/// A form came from another page than ours, or from one that is out of date.
pub fn form_refused() -> Said {
    said(
        "That was not done",
        "The button was not pressed on a page of Greenlight, or the page was out of date. Nothing has changed. Go back, load the \
         page anew and press it again.",
    )
}

/// Too many requests from one address.
pub fn too_fast() -> Said {
    said(
        "A little slower, please",
        "Too much was asked from your address within a minute. Nothing is wrong; try again in a minute.",
    )
}

/// What the buttons say.
pub fn buttons() -> Buttons {
    Buttons {
        sign_in: "Sign in with GitHub",
        sign_out: "Sign out",
        sign_out_everywhere: "Sign out everywhere",
        home: "Your repositories",
        skip: "Skip to the content",
    }
}

/// The labels that every page has.
#[derive(Clone, Copy, Debug)]
pub struct Buttons {
    pub sign_in: &'static str,
    pub sign_out: &'static str,
    pub sign_out_everywhere: &'static str,
    pub home: &'static str,
    pub skip: &'static str,
}

/// The first page shows no repository.
pub fn no_repositories() -> Said {
    said(
        "Your repositories",
        "GitHub shows me no repository that has Greenlight and that you have been given access to. Ask somebody who looks after \
         the repository to give you access, or to install the GitHub App on it. What changes shows here within five minutes.",
    )
}

/// Over the repositories that have environments.
pub fn repositories() -> Said {
    said(
        "Your repositories",
        "What is known of each environment, as Greenlight last saw it.",
    )
}

/// Over the repositories of which no environment is known.
pub fn without_environments() -> Said {
    said(
        "Without environments",
        "A developer can make a branch named staging or production there, or describe the environments in \
         .github/greenlight.yml.",
    )
}

/// How an environment stands to the stage before it.
pub fn distance(gap: &Gap) -> String {
    let head = branch(&gap.head);
    match (&gap.base_at, &gap.head_at) {
        (Some(here), Some(before)) if here == before => format!("Has everything that is on {head}."),
        (Some(_), Some(_)) if gap.pull.is_some() => format!("Changes on {head} wait to come here."),
        (Some(_), Some(_)) => format!("Differs from {head}."),
        _ => format!(
            "How far it is behind {head} is not known: one of the two branches is missing, or they are too far apart."
        ),
    }
}

/// How many features an owner is to look at; nothing where there are none.
pub fn to_accept(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("Waiting for an owner to look at it and accept it: one feature.".to_owned()),
        count => Some(format!(
            "Waiting for an owner to look at them and accept them: {count} features."
        )),
    }
}

/// The link to the pull request that shows what waits.
pub fn what_waits(pull: PullNumber) -> String {
    format!("See what waits (#{pull})")
}

/// A promotion waits for its gates.
pub fn armed(by: &Login) -> String {
    format!("A promotion that {by} asked for waits, and goes by itself when nothing stands in its way.")
}

/// Before the moment at which a hold ends.
pub fn held_until() -> &'static str {
    "On hold until"
}

/// Whose hold it is, and why.
pub fn held_why(hold: &Hold) -> String {
    let who = &hold.held_by.login;
    match (&hold.after, &hold.because) {
        (Some(_), _) => "What ran there was taken back, so nothing goes there by itself.".to_owned(),
        (None, Some(because)) => format!("Asked for by {who}, because “{because}”."),
        (None, None) => format!("Asked for by {who}."),
    }
}

/// What the list of a repository's environments is called for those who hear it.
pub fn environment(name: &EnvironmentName) -> String {
    format!("Environment {name}")
}

/// Who is signed in.
pub fn signed_in_as(login: &Login) -> String {
    format!("Signed in as {login}")
}

fn branch(name: &BranchName) -> &str {
    name.as_str()
}
