//! Rate-limit headers: numbers and times of any shape give a wait that is ahead, or none.

#![no_main]

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

use greenlight_fuzz::github::header::{github_time, number, secs_until_reset};

libfuzzer_sys::fuzz_target!(|data: &[u8]| check(data));

/// Eight bytes for our clock, then lines of `name: value`.
fn check(data: &[u8]) {
    let Some((clock, text)) = data.split_first_chunk::<8>() else {
        return;
    };
    let seconds = i64::from_le_bytes(*clock);
    let (first, last) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    let now = Timestamp::from_second(seconds.clamp(first, last)).expect("within what there is");
    let mut headers = HeaderMap::new();
    for line in text.split(|byte| *byte == b'\n').take(20) {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let name = parts.next().and_then(|name| HeaderName::from_bytes(name).ok());
        let value = parts.next().and_then(|value| HeaderValue::from_bytes(value).ok());
        if let (Some(name), Some(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    if let Some(secs) = secs_until_reset(&headers, now) {
        assert!(secs > 0);
        let reset = number(&headers, "x-ratelimit-reset").expect("it says when");
        let theirs = github_time(&headers).unwrap_or(now).as_second();
        assert!(reset > theirs);
    }
    for name in ["retry-after", "x-ratelimit-remaining"] {
        let told = headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        assert_eq!(
            number(&headers, name).is_some(),
            told.is_some_and(|told| told.parse::<i64>().is_ok())
        );
    }
}
