//! The promotion pull request.

use greenlight::rules::memory::Hold;
use greenlight::rules::words::hold;
use greenlight::rules::words::standing::{self, Section, State};

use crate::sample::Sample;
use crate::{Entry, entry};

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let (staging, main, config) = (sample.staging(), sample.main(), sample.config());
    let of_staging = Hold {
        environment: staging.name.clone(),
        ..sample.hold()
    };
    let told = [hold::standing(&of_staging, &config)];
    let section = |state: &State<'_>| -> Section {
        let repository = "https://github.example/harbour/shop";
        standing::section(&staging, &main, repository, &sample.between(0), &sample.cargo(), state)
    };
    let plain = State {
        apart: None,
        taken_back: &[],
        told: &[],
        in_the_way: None,
        held: false,
        waits: false,
    };
    let held = State {
        told: &told,
        held: true,
        waits: true,
        ..plain
    };
    let stuck = State {
        in_the_way: Some("The branch has changes of its own."),
        ..plain
    };
    vec![
        entry("Its title", standing::title(&staging, &sample.cargo())),
        entry("Its description", section(&plain).whole),
        entry(
            "Its description while it is on hold and a promotion waits",
            section(&held).whole,
        ),
        entry(
            "Its description where nothing can go; why is told below",
            section(&stuck).whole,
        ),
        entry(
            "Its description where there is no room for a picture",
            section(&plain).words,
        ),
        entry(
            "Nothing is left, and GitHub did not mark it as merged",
            standing::nothing_left(&staging, &main, false),
        ),
        entry(
            "Nothing is left, because the stage before was taken back",
            standing::nothing_left(&staging, &main, true),
        ),
    ]
}
