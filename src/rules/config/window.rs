//! The times at which an environment may be moved: `mon-thu 09:00-16:00`, `sat,sun 10:00-12:30`.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Some days of the week, from one time of day to another, in the configuration's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Monday first.
    pub days: [bool; 7],
    /// Minutes after midnight.
    pub from_minute: u16,
    /// Minutes after midnight, more than `from_minute`, at most 1440; the window ends just before.
    pub to_minute: u16,
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Window {
    /// `None` for anything that is not days, a blank, and two times of day in order.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (days, times) = text.trim().split_once(' ')?;
        let (from, to) = times.trim_start().split_once('-')?;
        let (from_minute, to_minute) = (minute(from)?, minute(to)?);
        (from_minute < to_minute).then_some(Self {
            days: days_of(days)?,
            from_minute,
            to_minute,
        })
    }
}

/// The first moment from `at` on that lies in one of the windows: `at` itself, where one is open then. Without windows every
/// moment does. `None` where clocks that are put forward leave nothing of any window for two weeks.
pub fn next_allowed(windows: &[Window], at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    if windows.is_empty() {
        return Some(at);
    }
    let today = at.to_zoned(zone.clone()).date();
    // A week holds each of them once, and the day on which clocks change may leave one out.
    let days = today.series(1.day()).take(15);
    let spans = days.flat_map(|day| windows.iter().filter_map(move |window| window.on(day, zone)));
    let ahead = spans.filter(|(_, end)| *end > at);
    ahead.map(|(begin, _)| begin.max(at)).min()
}

impl Window {
    /// Begin and end on this day.
    fn on(&self, day: Date, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).ok()?;
        if !self.days[weekday] {
            return None;
        }
        let at = |minute: u16| {
            let hour = i8::try_from(minute / 60).ok()?;
            let clock = |hour| Time::new(hour, i8::try_from(minute % 60).ok()?, 0, 0).ok();
            let moment = match hour {
                24 => day.tomorrow().ok()?.to_datetime(Time::midnight()),
                hour => day.to_datetime(clock(hour)?),
            };
            zone.to_timestamp(moment).ok()
        };
        let (begin, end) = (at(self.from_minute)?, at(self.to_minute)?);
        (begin < end).then_some((begin, end))
    }
}

/// Days and ranges of days, separated by commas; a range may run over the weekend.
fn days_of(text: &str) -> Option<[bool; 7]> {
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut day, last) = (day(first)?, day(last)?);
        while day != last {
            days[day] = true;
            day = (day + 1) % DAYS.len();
        }
        days[last] = true;
    }
    Some(days)
}

fn day(text: &str) -> Option<usize> {
    DAYS.iter().position(|day| text.eq_ignore_ascii_case(day))
}

/// `09:00` as minutes after midnight; `24:00` is the end of the day.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |text: &str| -> Option<u16> {
        let is_number = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| text.parse().ok()).flatten()
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= 24 * 60).then_some(minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(windows: &[&str], at: &str) -> String {
        let zone = TimeZone::get("Europe/Berlin").expect("a bundled zone");
        let windows: Vec<Window> = windows
            .iter()
            .map(|text| Window::parse(text).expect("a window"))
            .collect();
        let at = at.parse().expect("a time");
        let found = next_allowed(&windows, at, &zone).expect("a moment");
        assert!(
            next_allowed(&windows, found, &zone) == Some(found),
            "not open at {found}"
        );
        found.to_zoned(zone).strftime("%a %F %H:%M:%S").to_string()
    }

    #[test]
    fn an_open_window_is_now_and_a_closed_one_is_its_next_beginning() {
        let office = ["mon-thu 09:00-16:00"];
        assert_eq!(next(&office, "2026-11-23T08:00:05Z"), "Mon 2026-11-23 09:00:05");
        assert_eq!(next(&office, "2026-11-23T07:59:59Z"), "Mon 2026-11-23 09:00:00");
        assert_eq!(next(&office, "2026-11-23T15:00:00Z"), "Tue 2026-11-24 09:00:00");
        assert_eq!(next(&office, "2026-11-26T15:00:00Z"), "Mon 2026-11-30 09:00:00");
    }

    #[test]
    fn windows_add_up_and_keep_to_the_clocks_on_the_wall() {
        let two = ["sat,sun 22:00-24:00", "mon 00:00-01:00"];
        assert_eq!(next(&two, "2026-11-22T22:59:59Z"), "Sun 2026-11-22 23:59:59");
        assert_eq!(next(&two, "2026-11-22T23:00:00Z"), "Mon 2026-11-23 00:00:00");
        // On the day on which clocks are put forward.
        assert_eq!(
            next(&["sun 09:00-10:00"], "2026-03-28T12:00:00Z"),
            "Sun 2026-03-29 09:00:00"
        );
        assert_eq!(next(&[], "2026-03-28T12:00:00Z"), "Sat 2026-03-28 13:00:00");
    }
}
