//! The promotion pull request.

use greenlight::rules::words::{hold, standing};

use crate::sample::Sample;
use crate::{Entry, entry};

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let (staging, main, config) = (sample.staging(), sample.main(), sample.config());
    let of_staging = greenlight::rules::memory::Hold {
        environment: staging.name.clone(),
        ..sample.hold()
    };
    let held = hold::standing(&of_staging, &config);
    let section = |own_commits, held, waits| {
        let repository = "https://github.example/harbour/shop";
        let between = sample.between(own_commits);
        standing::section(&staging, &main, repository, &between, &sample.cargo(), held, waits)
    };
    vec![
        entry("Its title", standing::title(&staging, &sample.cargo())),
        entry("Its description", section(0, None, false).whole),
        entry(
            "Its description while it is on hold and a promotion waits",
            section(0, Some(held.as_str()), true).whole,
        ),
        entry(
            "Its description where the environment has changes of its own",
            section(1, None, false).whole,
        ),
        entry(
            "Its description where there is no room for a picture",
            section(0, None, false).words,
        ),
        entry(
            "Nothing is left, and GitHub did not mark it as merged",
            standing::nothing_left(&staging, &main),
        ),
    ]
}
