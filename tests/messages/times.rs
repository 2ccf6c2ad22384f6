//! Times that are not clear.

use greenlight::rules::when::Unclear;
use greenlight::rules::words::when;
use jiff::civil::{Weekday, date, datetime, time};

use crate::sample::{Sample, at};
use crate::{Entry, entry};

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let cases = [
        ("It cannot be read as a time", "after lunch", Unclear::NotATime),
        ("You said `at 7`", "7", Unclear::WhichHalf { hour: 7 }),
        ("You said `at 18`", "18", Unclear::WhichHalf { hour: 18 }),
        (
            "Today is the day of the week that you named",
            "monday",
            Unclear::TodayOrNextWeek { day: Weekday::Monday },
        ),
        (
            "The date is another day of the week",
            "friday 24 december",
            Unclear::Contradiction {
                date: date(2026, 12, 24),
                said: Weekday::Friday,
            },
        ),
        (
            "It has passed, and could be tomorrow",
            "7am",
            Unclear::Past {
                at: at("2026-11-23T12:00:00Z"),
                tomorrow: Some(time(7, 0, 0, 0)),
            },
        ),
        (
            "It has passed",
            "20 november 7am",
            Unclear::Past {
                at: at("2026-11-20T12:00:00Z"),
                tomorrow: None,
            },
        ),
        (
            "It is too far ahead",
            "1 march 2027",
            Unclear::TooFar {
                at: at("2027-03-01T12:00:00Z"),
            },
        ),
        (
            "The clocks are put forward over it",
            "2027-03-14 02:30",
            Unclear::Skipped {
                at: datetime(2027, 3, 14, 2, 30, 0, 0),
            },
        ),
        (
            "The clocks are put back over it",
            "2027-11-07 01:30",
            Unclear::Twice {
                at: datetime(2027, 11, 7, 1, 30, 0, 0),
            },
        ),
    ];
    let config = sample.config();
    cases
        .iter()
        .map(|(case, written, unclear)| entry(*case, when::asked_back(&sample.line(written), unclear, &config)))
        .collect()
}
