//! What the pages say. They are plain text there, escaped by the page; here they go through `inert`, as the catalogue is Markdown.

use greenlight::rules::id::{BranchName, EnvironmentName, Login, PullNumber};
use greenlight::rules::memory::Gap;
use greenlight::rules::words::board::{self, Said};
use greenlight::rules::words::inert::inert_whole;

use crate::sample::{Sample, sha};
use crate::{Entry, entry};

pub fn plain(when: &str, said: &str) -> Entry {
    entry(when, inert_whole(said))
}

pub fn page(when: &str, said: Said) -> Entry {
    entry(
        when,
        format!("**{}**\n\n{}", inert_whole(&said.title), inert_whole(&said.text)),
    )
}

/// Pages that only say something.
pub fn pages() -> Vec<Entry> {
    let labels = board::buttons();
    let labels = [
        labels.sign_in,
        labels.sign_out,
        labels.sign_out_everywhere,
        labels.home,
        labels.skip,
    ];
    vec![
        page("Nobody is signed in", board::welcome()),
        page("Settings are missing; their names follow", board::not_set_up()),
        page("The address is not protected", board::not_protected()),
        page("You said no on GitHub", board::cancelled()),
        page(
            "The return from GitHub fits to no sign-in of this browser",
            board::begin_again(),
        ),
        page("GitHub does not take the code", board::code_refused()),
        page("GitHub does not take the App", board::app_refused()),
        page("The session is over", board::signed_out()),
        page("GitHub cannot be asked", board::github_away()),
        page("The database cannot be read", board::out_of_order()),
        page("A page that is not there, or not for you", board::nothing_here()),
        page("A form from elsewhere, or out of date", board::form_refused()),
        page("Too much at once", board::too_fast()),
        page("There is no repository to show", board::no_repositories()),
        plain("On buttons and links", &labels.join(" · ")),
    ]
}

/// The repositories and their environments.
pub fn environments(sample: &Sample) -> Vec<Entry> {
    let gap = Gap {
        environment: EnvironmentName::from("staging"),
        base: BranchName::from("staging"),
        head: BranchName(sample.main.clone()),
        base_at: Some(sha('a')),
        head_at: Some(sha('b')),
        pull: Some(PullNumber(42)),
        hold: None,
        waits: false,
        under_way: None,
        empty_since: None,
        look_again: None,
    };
    let same = Gap {
        head_at: Some(sha('a')),
        ..gap.clone()
    };
    let without = Gap {
        pull: None,
        ..gap.clone()
    };
    let missing = Gap {
        head_at: None,
        ..gap.clone()
    };
    let hold = sample.hold();
    let mut silent = hold.clone();
    silent.because = None;
    vec![
        page("Above the repositories", board::repositories()),
        page("Above those without environments", board::without_environments()),
        plain("Something waits", &board::distance(&gap)),
        plain(
            "Features wait to be accepted",
            &board::to_accept(2).expect("there are some"),
        ),
        plain("One does", &board::to_accept(1).expect("there is one")),
        plain("The link beside it", &board::what_waits(PullNumber(42))),
        plain("Nothing waits", &board::distance(&same)),
        plain(
            "The branches differ, and no pull request shows how",
            &board::distance(&without),
        ),
        plain("A branch is missing", &board::distance(&missing)),
        plain("A promotion is armed", &board::armed(&sample.anna().login)),
        plain("Before the moment at which a hold ends", board::held_until()),
        plain("After it", &board::held_why(&hold)),
        plain("After it, where no reason was given", &board::held_why(&silent)),
        plain("For who hears the page", &board::environment(&gap.environment)),
        plain("At the top", &board::signed_in_as(&Login(sample.anna.clone()))),
    ]
}
