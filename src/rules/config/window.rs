//! The times at which an environment may be moved: `mon-thu 09:00-16:00`, `sat,sun 10:00-12:30`.

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
