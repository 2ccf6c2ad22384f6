//! The figures page: each measure, and how long something took.

use greenlight::rules::figures::Times;
use greenlight::rules::id::EnvironmentName;
use greenlight::rules::words::figures;
use greenlight::rules::words::inert::inert_whole;
use jiff::SignedDuration;

use crate::sample::Sample;
use crate::{Entry, entry};

fn plain(when: &str, said: &str) -> Entry {
    entry(when, inert_whole(said))
}

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let environment = EnvironmentName::from(sample.branch.as_str());
    let measure = |said: figures::Measure| {
        let (title, meaning) = (inert_whole(&said.title), inert_whole(&said.meaning));
        entry("A plot and what it means", format!("**{title}**\n\n{meaning}"))
    };
    let labels = figures::labels();
    let labels = [labels.table, labels.month, labels.value, labels.note];
    let times = |known, of| Times {
        median: None,
        known,
        of,
    };
    let (long, short) = (|time| figures::length(time), |time| figures::short_length(time));
    let minutes = [0, 25, 60, 185, 2 * 1440, 2 * 1440 + 250];
    let minutes = minutes.map(SignedDuration::from_mins);
    vec![
        plain("Above the figures", &figures::introduction("Europe/Berlin")),
        plain("There are none", figures::empty()),
        measure(figures::frequency(&environment)),
        measure(figures::lead(&environment)),
        measure(figures::failed(&environment)),
        measure(figures::recovery(&environment)),
        plain("Beside a time, of no feature", &figures::of_features(&times(0, 0))),
        plain("Beside a time, of one feature", &figures::of_features(&times(1, 1))),
        plain(
            "Beside a time, of several features",
            &figures::of_features(&times(2, 3)),
        ),
        plain("Beside a time to recover, of none", &figures::of_failures(&times(0, 0))),
        plain("Beside a time to recover", &figures::of_failures(&times(1, 2))),
        entry("Beside a share", format!("`{}`", figures::of_promotions(1, 4))),
        plain("There is no number", figures::unknown()),
        entry(
            "How long something took",
            format!("`{}`", minutes.map(long).join(" · ")),
        ),
        entry("The same above a bar", format!("`{}`", minutes.map(short).join(" · "))),
        plain("On labels", &labels.join(" · ")),
    ]
}
