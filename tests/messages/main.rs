//! Everything Greenlight says, in one catalogue: `docs/messages.md` is made from it, and it is what the test renders that lets
//! nobody's text do anything.
//!
//! Each entry says when somebody sees a text, and makes the text by the product's own words. `UPDATE_MESSAGES=1 cargo test
//! --test messages` writes the page anew.

mod acts;
mod answers;
mod board;
mod buttons;
mod complete;
mod configuration;
mod deployments;
mod developers;
mod features;
mod figures;
mod history;
mod holds;
mod inert;
mod offers;
mod outside;
mod page;
mod previews;
mod promotions;
mod pulls;
mod releases;
mod rollbacks;
mod runs;
mod sample;
mod scenes;
mod setup;
mod soundness;
mod times;
mod welcome;

use sample::Sample;

/// One text, and when it is seen.
pub struct Entry {
    pub when: String,
    pub said: String,
}

pub fn entry(when: impl Into<String>, said: impl Into<String>) -> Entry {
    Entry {
        when: when.into(),
        said: said.into(),
    }
}

/// A part of the page.
pub struct Chapter {
    pub title: &'static str,
    pub entries: Vec<Entry>,
}

/// The whole catalogue, with what people write taken from `sample`.
pub fn catalogue(sample: &Sample) -> Vec<Chapter> {
    let chapter = |title, entries| Chapter { title, entries };
    vec![
        chapter("What can be said here", answers::questions(sample)),
        chapter(
            "What those who maintain a repository read besides",
            soundness::entries(sample),
        ),
        chapter("A feature's card", features::cards(sample)),
        chapter(
            "Where a feature can be looked at, on its card",
            previews::standings(sample),
        ),
        chapter("Answers about previews", previews::answers(sample)),
        chapter("The buttons of a feature", buttons::entries(sample)),
        chapter("Answers about a feature", features::answers(sample)),
        chapter("The promotion pull request", pulls::entries(sample)),
        chapter("Answers about a promotion", promotions::entries(sample)),
        chapter("What runs where", deployments::entries(sample)),
        chapter(
            "What waits for a further word, and what is left out",
            offers::entries(sample),
        ),
        chapter("The way back", rollbacks::entries(sample)),
        chapter("What developers are told of it", developers::entries(sample)),
        chapter("What came by another road", outside::entries(sample)),
        chapter("Answers that end a command", answers::refusals(sample)),
        chapter("Holds", holds::entries(sample)),
        chapter("Releases", releases::entries(sample)),
        chapter("Workflow runs that ask whether they may deploy", runs::entries(sample)),
        chapter("Times that are asked back", times::entries(sample)),
        chapter("Commands that cannot be read", answers::misread(sample)),
        chapter("The welcome", welcome::entries(sample)),
        chapter("The configuration file", configuration::entries(sample)),
        chapter("What you ask for on the board", acts::replies(sample)),
        chapter("The pages: setting Greenlight up", setup::entries()),
        chapter("The pages: signing in", board::pages()),
        chapter("The pages: your repositories", board::environments(sample)),
        chapter("The pages: the history of a repository", history::entries(sample)),
        chapter("The pages: the figures of a repository", figures::entries(sample)),
        chapter("The pages: lanes and features", scenes::features(sample)),
        chapter("The pages: environments and the picture", scenes::environments(sample)),
        chapter("The pages: what you do there", acts::pages(sample)),
    ]
}
