//! What is said of holds.

use greenlight::rules::id::EnvironmentName;
use greenlight::rules::words::hold;

use crate::sample::{Sample, request};
use crate::{Entry, entry};

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let (config, held, anna) = (sample.config(), sample.hold(), sample.anna());
    let production = EnvironmentName::from("production");
    let mut warned = held.clone();
    warned.warned = true;
    assert_eq!(warned.request, request());
    let mut without = held.clone();
    without.because = None;
    let mut entries = vec![
        entry(
            "You said `/hold production because …`, without an end",
            hold::begun(&held, false, false, &config),
        ),
        entry(
            "You said `/hold production until tuesday 9:00`, and a promotion waits for it",
            hold::begun(&without, true, true, &config),
        ),
        entry("An hour before its end", hold::ends_soon(&held, false, &config)),
        entry(
            "An hour before its end, while a promotion waits",
            hold::ends_soon(&held, true, &config),
        ),
        entry("It has ended by itself", hold::over(&held)),
        entry(
            "Somebody said `/unhold`; on your own command",
            hold::lifted(&held, &anna),
        ),
        entry(
            "Somebody said another `/hold`; on your own command",
            hold::replaced(&held, &anna),
        ),
        entry("You said `/unhold production`", hold::unheld(&production, false)),
        entry(
            "You said `/unhold production`, and a promotion was waiting",
            hold::unheld(&production, true),
        ),
        entry("You said `/unhold`, and nothing was held", hold::not_held(&production)),
        entry(
            "In `/status` and on the promotion pull request",
            hold::standing(&held, &config),
        ),
        entry("The same, in its last hour", hold::standing(&warned, &config)),
        entry(
            "You named an environment that does not exist",
            hold::unknown_environment(&EnvironmentName(sample.word.clone()), &config, "hold"),
        ),
    ];
    for (why_in_words, why) in sample.whys() {
        entries.push(entry(
            format!("You said `/hold` and may not, because {why_in_words}"),
            hold::may_not_hold(&production, &why),
        ));
        entries.push(entry(
            format!("You said `/unhold` and may not, because {why_in_words}"),
            hold::may_not_unhold(&production, &why),
        ));
    }
    entries
}
