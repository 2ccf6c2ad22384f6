//! Which moment a person means: "18:00", "friday 7am", "in 2 hours", said in the repository's time zone.
//!
//! T1 A time is later than the moment at which it was said, by at most [`AHEAD_MAX`] and what is left of a minute.
//! T2 What can be read in two ways, does not exist or contradicts itself is asked back, never guessed.
//! T3 What we say of a moment (`words::moment`), said to us, means the same moment.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Further ahead nobody remembers what was said.
pub const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(30 * 24);

/// When work begins, Monday to Friday; also what a day without a time means.
pub const MORNING: Time = Time::constant(9, 0, 0, 0);

/// Why a time has to be asked back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// No time at all, or not in a form that is known.
    NotATime,
    /// A number alone: morning or evening?
    WhichHalf {
        hour: i8,
    },
    /// A weekday alone, and today is one: today, or in a week?
    TodayOrNextWeek {
        day: Weekday,
    },
    /// The date is another day of the week.
    Contradiction {
        date: Date,
        said: Weekday,
    },
    /// It lies behind us; `tomorrow`: the same time of day, where only that was said.
    Past {
        at: Timestamp,
        tomorrow: Option<Time>,
    },
    TooFar {
        at: Timestamp,
    },
    /// Clocks are put forward over it, so no clock ever shows it.
    Skipped {
        at: DateTime,
    },
    /// Clocks are put back over it, so it comes twice.
    Twice {
        at: DateTime,
    },
}

/// The moment that `text` means to somebody who says it at `now`.
///
/// # Errors
/// [`Unclear`]: what to ask back.
pub fn read(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, Unclear> {
    let words = words(text, zone);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let at = match words.split_first() {
        Some((&"in", rest)) => later(rest, now)?,
        _ => Said::from(&words)?.moment(now, zone)?,
    };
    // "in 30 days" ends on a full minute.
    if at.duration_since(now) >= AHEAD_MAX + SignedDuration::from_mins(1) {
        return Err(Unclear::TooFar { at });
    }
    Ok(at)
}

/// The first working morning that is more than an hour away: what begins now is to last a while.
pub fn next_working_morning(now: Timestamp, zone: &TimeZone) -> Timestamp {
    let today = now.to_zoned(zone.clone()).date();
    let soonest = now + SignedDuration::from_hours(1);
    let days = today.series(1.day()).take(8);
    let mornings = days.filter(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday));
    mornings
        .filter_map(|day| zone.to_timestamp(day.to_datetime(MORNING)).ok())
        .find(|at| *at > soonest)
        .unwrap_or(now + SignedDuration::from_hours(24))
}

/// Small letters, without commas, the words that mean nothing, and the zone that we put behind a time ourselves.
fn words(text: &str, zone: &TimeZone) -> Vec<String> {
    let text = text.trim().to_ascii_lowercase().replace(',', " ");
    let ours = format!("({})", zone.iana_name().unwrap_or("UTC").to_ascii_lowercase());
    let text = text.strip_suffix(&ours).unwrap_or(&text).trim_end_matches('.');
    let mut words: Vec<String> = Vec::new();
    for word in text
        .split_whitespace()
        .filter(|word| !matches!(*word, "at" | "on" | "and"))
    {
        let half = matches!(word, "am" | "pm" | "a.m" | "p.m" | "a.m." | "p.m.");
        match words.last_mut() {
            // "7 pm" is "7pm".
            Some(before) if half && before.ends_with(|c: char| c.is_ascii_digit()) => {
                before.push_str(&word.replace('.', ""));
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// "2 hours", "90m", "1 hour 30 minutes", on the full minute, so that what is repeated is exactly what is meant.
fn later(words: &[&str], now: Timestamp) -> Result<Timestamp, Unclear> {
    let mut minutes: i64 = 0;
    let mut words = words.iter();
    let mut any = false;
    while let Some(word) = words.next() {
        let digits = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
        let (count, unit) = word.split_at(digits);
        let count = match *word {
            "a" | "an" => 1,
            _ => count.parse::<i64>().map_err(|_| Unclear::NotATime)?,
        };
        let unit = match unit {
            "" | "a" | "an" => words.next().copied().unwrap_or_default(),
            unit => unit,
        };
        let length = match unit {
            "m" | "min" | "mins" | "minute" | "minutes" => 1,
            "h" | "hour" | "hours" => 60,
            "d" | "day" | "days" => 24 * 60,
            _ => return Err(Unclear::NotATime),
        };
        // More than a year is too far in any case.
        minutes += count.min(366 * 24 * 60) * length;
        any = true;
    }
    if !any || minutes == 0 {
        return Err(Unclear::NotATime);
    }
    let at = now + SignedDuration::from_mins(minutes.min(366 * 24 * 60));
    let second = at.as_second();
    let full = second + (60 - second.rem_euclid(60)) % 60;
    Timestamp::from_second(full).map_err(|_| Unclear::NotATime)
}

/// The parts of a day and a time, each said at most once.
#[derive(Default)]
struct Said {
    weekday: Option<Weekday>,
    /// Days from today: "today", "tomorrow".
    ahead: Option<i64>,
    date: Option<Date>,
    month: Option<i8>,
    number: Option<i8>,
    year: Option<i16>,
    time: Option<Time>,
}

impl Said {
    fn from(words: &[&str]) -> Result<Self, Unclear> {
        let mut said = Self::default();
        for word in words {
            let is_new = if let Some(day) = weekday(word) {
                said.weekday.replace(day).is_none()
            } else if let Some(ahead) = ahead(word) {
                said.ahead.replace(ahead).is_none()
            } else if let Some(month) = month(word) {
                said.month.replace(month).is_none()
            } else if let Some(date) = date(word) {
                said.date.replace(date).is_none()
            } else if let Some(time) = time(word) {
                said.time.replace(time).is_none()
            } else if let Some(year) = year(word) {
                said.year.replace(year).is_none()
            } else if let Some(number) = number(word) {
                said.number.replace(number).is_none()
            } else {
                false
            };
            if !is_new {
                return Err(Unclear::NotATime);
            }
        }
        Ok(said)
    }

    fn moment(&self, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, Unclear> {
        let today = now.to_zoned(zone.clone()).date();
        if let (None, Some(hour), None) = (self.month, self.number, self.time) {
            return Err(Unclear::WhichHalf { hour });
        }
        if let (Some(time), None, None) = (self.time, self.weekday, self.calendar_day(today)?) {
            let tomorrow = Some(time);
            return match exactly(today.to_datetime(time), zone)? {
                at if at > now => Ok(at),
                at => Err(Unclear::Past { at, tomorrow }),
            };
        }
        let at = match (self.calendar_day(today)?, self.weekday) {
            (Some(date), said) => {
                if let Some(said) = said.filter(|said| *said != date.weekday()) {
                    return Err(Unclear::Contradiction { date, said });
                }
                if date == today && self.time.is_none() {
                    return Err(Unclear::NotATime);
                }
                exactly(date.to_datetime(self.time.unwrap_or(MORNING)), zone)?
            }
            (None, Some(day)) => self.next(day, today, now, zone)?,
            (None, None) => return Err(Unclear::NotATime),
        };
        if at <= now {
            return Err(Unclear::Past { at, tomorrow: None });
        }
        Ok(at)
    }

    /// The date, where one was said in whatever form but a weekday alone.
    fn calendar_day(&self, today: Date) -> Result<Option<Date>, Unclear> {
        match (self.date, self.ahead, self.month, self.number, self.year) {
            (Some(date), None, None, None, None) => Ok(Some(date)),
            (None, Some(ahead), None, None, None) => {
                let date = today.checked_add(ahead.days()).map_err(|_| Unclear::NotATime)?;
                Ok(Some(date))
            }
            (None, None, Some(month), Some(number), year) => {
                let of = |year| Date::new(year, month, number).map_err(|_| Unclear::NotATime);
                match year {
                    Some(year) => of(year).map(Some),
                    // Said in December, January is next year's.
                    None => match of(today.year()) {
                        Ok(date) if date >= today => Ok(Some(date)),
                        _ => of(today.year() + 1).map(Some),
                    },
                }
            }
            (None, None, None, None, None) => Ok(None),
            _ => Err(Unclear::NotATime),
        }
    }

    /// The next such day of the week; today still counts if the time is yet to come.
    fn next(&self, day: Weekday, today: Date, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, Unclear> {
        let ahead = (day.to_monday_zero_offset() - today.weekday().to_monday_zero_offset()).rem_euclid(7);
        if ahead == 0 && self.time.is_none() {
            return Err(Unclear::TodayOrNextWeek { day });
        }
        let on = |ahead: i8| {
            let date = today
                .checked_add(i64::from(ahead).days())
                .map_err(|_| Unclear::NotATime)?;
            exactly(date.to_datetime(self.time.unwrap_or(MORNING)), zone)
        };
        match on(ahead)? {
            at if at > now => Ok(at),
            _ => on(ahead + 7),
        }
    }
}

fn exactly(at: DateTime, zone: &TimeZone) -> Result<Timestamp, Unclear> {
    let possible = zone.to_ambiguous_timestamp(at);
    match possible.offset() {
        AmbiguousOffset::Gap { .. } => Err(Unclear::Skipped { at }),
        AmbiguousOffset::Fold { .. } => Err(Unclear::Twice { at }),
        AmbiguousOffset::Unambiguous { .. } => possible.compatible().map_err(|_| Unclear::NotATime),
    }
}

fn ahead(word: &str) -> Option<i64> {
    match word {
        "today" => Some(0),
        "tomorrow" => Some(1),
        _ => None,
    }
}

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A whole name, or its beginning of at least three letters.
fn named(word: &str, names: &[&str]) -> Option<i8> {
    let found = names
        .iter()
        .position(|name| word.len() >= 3 && name.starts_with(word))?;
    i8::try_from(found).ok()
}

fn weekday(word: &str) -> Option<Weekday> {
    Weekday::from_monday_zero_offset(named(word, &DAYS)?).ok()
}

fn month(word: &str) -> Option<i8> {
    named(word, &MONTHS).map(|found| found + 1)
}

fn digits<T: std::str::FromStr>(text: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<T> {
    let is_number = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// `2026-12-24`.
fn date(word: &str) -> Option<Date> {
    let mut parts = word.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    Date::new(digits(year, 4..=4)?, digits(month, 2..=2)?, digits(day, 2..=2)?).ok()
}

/// `18:00`, `9:00`, `7am`, `7:30pm`, `noon`. Midnight is at both ends of a day, so it is not among them.
fn time(word: &str) -> Option<Time> {
    if word == "noon" {
        return Time::new(12, 0, 0, 0).ok();
    }
    let (clock, half) = match (word.strip_suffix("am"), word.strip_suffix("pm")) {
        (Some(clock), _) => (clock, Some(0)),
        (_, Some(clock)) => (clock, Some(12)),
        _ => (word, None),
    };
    let (hour, minute) = match clock.split_once(':') {
        Some((hour, minute)) => (digits::<i8>(hour, 1..=2)?, digits(minute, 2..=2)?),
        None if half.is_some() => (digits(clock, 1..=2)?, 0),
        None => return None,
    };
    match half {
        Some(half) if (1..=12).contains(&hour) => Time::new(hour % 12 + half, minute, 0, 0).ok(),
        Some(_) => None,
        None => Time::new(hour, minute, 0, 0).ok(),
    }
}

fn year(word: &str) -> Option<i16> {
    digits(word, 4..=4)
}

/// A day of the month, or an hour without a half of the day.
fn number(word: &str) -> Option<i8> {
    let plain = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|ending| word.strip_suffix(ending));
    digits(plain.unwrap_or(word), 1..=2).filter(|number| *number <= 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rules::config;
    use crate::rules::words;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect("a bundled zone")
    }

    /// Read on Monday, 23 November 2026 at 10:30:20 in Detroit.
    fn told(text: &str) -> String {
        told_at(text, "2026-11-23T15:30:20Z", "America/Detroit")
    }

    fn told_at(text: &str, now: &str, zone_name: &str) -> String {
        match read(text, now.parse().expect("a time"), &zone(zone_name)) {
            Ok(at) => at.to_zoned(zone(zone_name)).strftime("%a %F %H:%M").to_string(),
            Err(unclear) => format!("{unclear:?}"),
        }
    }

    #[test]
    fn times_of_day_days_and_spans_are_read() {
        let texts = [
            ("18:00", "Mon 2026-11-23 18:00"),
            ("at 6pm", "Mon 2026-11-23 18:00"),
            ("7:30 PM", "Mon 2026-11-23 19:30"),
            ("noon", "Mon 2026-11-23 12:00"),
            ("tomorrow 9:00", "Tue 2026-11-24 09:00"),
            ("9am tomorrow", "Tue 2026-11-24 09:00"),
            ("tomorrow", "Tue 2026-11-24 09:00"),
            ("friday 7am", "Fri 2026-11-27 07:00"),
            ("on Fri at 7am", "Fri 2026-11-27 07:00"),
            ("monday 11:00", "Mon 2026-11-23 11:00"),
            ("monday 9:00", "Mon 2026-11-30 09:00"),
            ("thursday", "Thu 2026-11-26 09:00"),
            ("2026-12-10 10:00", "Thu 2026-12-10 10:00"),
            ("10 december", "Thu 2026-12-10 09:00"),
            ("Friday, 27 November at 07:00 (America/Detroit)", "Fri 2026-11-27 07:00"),
            ("in 2 hours", "Mon 2026-11-23 12:31"),
            ("in 30 minutes", "Mon 2026-11-23 11:01"),
            ("in 1h 30m", "Mon 2026-11-23 12:01"),
            ("in an hour", "Mon 2026-11-23 11:31"),
        ];
        for (text, expected) in texts {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_unclear_is_asked_back() {
        let texts = [
            ("", "NotATime"),
            ("soon", "NotATime"),
            ("midnight", "NotATime"),
            ("25:00", "NotATime"),
            ("13pm", "NotATime"),
            ("18:00 19:00", "NotATime"),
            ("in 0 hours", "NotATime"),
            ("today", "NotATime"),
            ("next friday 7am", "NotATime"),
            ("2026-02-30 10:00", "NotATime"),
            ("7", "WhichHalf { hour: 7 }"),
            ("friday 7", "WhichHalf { hour: 7 }"),
            ("monday", "TodayOrNextWeek { day: Monday }"),
            (
                "thursday, 27 november 7am",
                "Contradiction { date: 2026-11-27, said: Thursday }",
            ),
            ("9:00", "Past { at: 2026-11-23T14:00:00Z, tomorrow: Some(09:00:00) }"),
            ("2026-11-20 10:00", "Past { at: 2026-11-20T15:00:00Z, tomorrow: None }"),
            ("in 31 days", "TooFar { at: 2026-12-24T15:31:00Z }"),
            ("2027-01-10 10:00", "TooFar { at: 2027-01-10T15:00:00Z }"),
        ];
        for (text, expected) in texts {
            assert_eq!(told(text), expected, "{text}");
        }
        let spring = "2026-03-28T12:00:00Z";
        assert_eq!(
            told_at("tomorrow 2:30", spring, "Europe/Berlin"),
            "Skipped { at: 2026-03-29T02:30:00 }"
        );
        let autumn = "2026-10-24T12:00:00Z";
        assert_eq!(
            told_at("tomorrow 2:30", autumn, "Europe/Berlin"),
            "Twice { at: 2026-10-25T02:30:00 }"
        );
    }

    #[test]
    fn the_next_working_morning_skips_the_weekend_and_what_is_too_near() {
        let morning = |now: &str| {
            let at = next_working_morning(now.parse().expect("a time"), &zone("Europe/Berlin"));
            at.to_zoned(zone("Europe/Berlin")).strftime("%a %H:%M").to_string()
        };
        assert_eq!(morning("2026-11-26T15:00:00Z"), "Fri 09:00");
        assert_eq!(morning("2026-11-27T15:00:00Z"), "Mon 09:00");
        assert_eq!(morning("2026-11-24T03:00:00Z"), "Tue 09:00");
        assert_eq!(morning("2026-11-24T07:30:00Z"), "Wed 09:00");
    }

    proptest! {
        /// T1, and no text is too odd to be answered.
        #[test]
        fn a_time_is_ahead_and_not_too_far(
            text in "((in|at|on|tomorrow|friday|mon|7|30|7am|18:00|hours|2 days|may|2026-12-01|[a-z0-9: ]{1,6}) ?){0,5}",
            second in 1_700_000_000_i64..1_900_000_000,
        ) {
            let now = Timestamp::from_second(second).expect("a time");
            if let Ok(at) = read(&text, now, &zone("America/Detroit")) {
                prop_assert!(at > now && at.duration_since(now) < AHEAD_MAX + SignedDuration::from_mins(1), "{text:?} at {now} is {at}");
            }
        }

        /// T3: what the answer repeats, said again, is the same moment, unless clocks are put back over it.
        #[test]
        fn what_is_repeated_means_the_same(minutes in 1_i64..30 * 24 * 60 - 1, second in 1_700_000_000_i64..1_900_000_000) {
            let config = config::parse("timezone: America/Detroit").expect("a valid configuration");
            let now = Timestamp::from_second(second).expect("a time");
            let at = read(&format!("in {minutes} minutes"), now, &config.timezone).expect("a span");
            match read(&words::moment(at, &config), now, &config.timezone) {
                Err(Unclear::Twice { .. }) => {}
                again => prop_assert_eq!(again, Ok(at)),
            }
        }
    }
}
