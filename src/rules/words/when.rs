//! What is asked back where a time is not clear, with what would be right.

use jiff::civil::Time;

use super::super::config::Config;
use super::super::when::Unclear;
use super::misread::quote;
use super::{moment, zone};

/// Nothing was done, because the time is not clear.
pub fn asked_back(written: &str, unclear: &Unclear, config: &Config) -> String {
    let because = match unclear {
        Unclear::Past { .. } => "that time has passed",
        Unclear::TooFar { .. } => "that time is too far ahead",
        Unclear::Skipped { .. } => "there is no such time on that day",
        _ => "I am not sure which time you mean",
    };
    format!(
        "**Nothing was done, because {because}.** {} Please write the whole command again in a new comment.",
        why(written, unclear, config)
    )
}

fn why(written: &str, unclear: &Unclear, config: &Config) -> String {
    match unclear {
        Unclear::NotATime => format!(
            "I cannot read {} as a time. A time is said like `18:00`, `7am`, `tomorrow 9:00`, `friday 7am`, `in 2 hours` or \
             `2026-12-24 10:00`; it counts in the time zone {}.",
            quote(written),
            zone(config)
        ),
        Unclear::WhichHalf { hour } if *hour > 12 || *hour == 0 => {
            format!("{} has no minutes. Say it like `18:00` or `6pm`.", quote(written))
        }
        Unclear::WhichHalf { hour } => format!(
            "{} can be in the morning or in the evening. Say `{hour}am` or `{hour}pm`.",
            quote(written)
        ),
        Unclear::TodayOrNextWeek { day } => {
            let day = format!("{day:?}");
            let small = day.to_lowercase();
            format!(
                "Today is {day}, so {} can be today or in a week. Say the time as well, such as `today 18:00`, or say the date; \
                 `{small} 18:00` is the next such moment.",
                quote(written)
            )
        }
        Unclear::Contradiction { date, said } => format!(
            "{} is a {:?}, not a {said:?}. Say the one that you mean.",
            date.strftime("%-d %B"),
            date.weekday()
        ),
        Unclear::Past { at, tomorrow } => {
            let instead = tomorrow.map_or_else(
                || "Say a time that is yet to come.".to_owned(),
                |time| format!("If you mean tomorrow, say `tomorrow {}`.", clock(time)),
            );
            format!("{} is behind us. {instead}", moment(*at, config))
        }
        Unclear::TooFar { at } => format!(
            "{} is more than 30 days away, and I plan no further ahead than that.",
            at.to_zoned(config.timezone.clone()).strftime("%A, %-d %B %Y")
        ),
        Unclear::Skipped { at } => format!(
            "The clocks are put forward on {}, and {} is skipped. Say a time an hour earlier or later.",
            at.strftime("%A, %-d %B"),
            clock(at.time())
        ),
        Unclear::Twice { at } => format!(
            "The clocks are put back on {}, so {} comes twice. Say a time an hour earlier or later.",
            at.strftime("%A, %-d %B"),
            clock(at.time())
        ),
    }
}

fn clock(time: Time) -> String {
    time.strftime("%H:%M").to_string()
}
