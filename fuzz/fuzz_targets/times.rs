//! Times as people say them: a moment ahead and not too far, which means the same when we say it, or a question back.

#![no_main]

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use greenlight_fuzz::plain::assert_plain;
use greenlight_fuzz::rules::config::{Config, parse};
use greenlight_fuzz::rules::when::{AHEAD_MAX, Unclear, next_working_morning, read};
use greenlight_fuzz::rules::words::{moment, when::asked_back};

libfuzzer_sys::fuzz_target!(|data: &[u8]| check(data));

const ZONES: [&str; 8] = [
    "UTC",
    "America/Detroit",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/St_Johns",
    "Africa/Casablanca",
];

/// Four bytes of seconds since 2020 and one for the zone, then the text.
fn check(data: &[u8]) {
    let Some((head, text)) = data.split_at_checked(5) else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let seconds = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
    let now = Timestamp::from_second(1_577_836_800 + i64::from(seconds)).expect("before the year 2160");
    let config = config(ZONES[usize::from(head[4]) % ZONES.len()]);
    let zone: &TimeZone = &config.timezone;
    match read(text, now, zone) {
        Ok(at) => {
            assert!(at > now, "{text:?} at {now} is {at}");
            assert!(at.duration_since(now) < AHEAD_MAX + SignedDuration::from_mins(1));
            let again = read(&moment(at, &config), now, zone);
            let is_twice = matches!(again, Err(Unclear::Twice { .. }));
            assert!(
                again == Ok(at) || is_twice,
                "{at} is told as {:?}, which is {again:?}",
                moment(at, &config)
            );
        }
        Err(unclear) => assert_plain(&asked_back(text, &unclear, &config)),
    }
    assert!(next_working_morning(now, zone) > now);
}

fn config(zone: &str) -> Config {
    parse(&format!("timezone: {zone}")).expect("a zone")
}
