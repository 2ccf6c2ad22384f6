//! What the figures page says: each measure with what it means, and how long something took. Plain text, as everything on the board.

use jiff::SignedDuration;

use super::super::figures::Times;
use super::super::id::EnvironmentName;

/// A measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    pub title: String,
    /// What is counted, and by what name others know it.
    pub meaning: String,
}

/// How often something came.
pub fn frequency(environment: &EnvironmentName) -> Measure {
    Measure {
        title: "Promotions".to_owned(),
        meaning: format!(
            "How often something was promoted to {environment}, by a command, by a button, or by merging the pull request that leads \
             there. DORA calls it deployment frequency."
        ),
    }
}

/// From ready to there.
pub fn lead(environment: &EnvironmentName) -> Measure {
    Measure {
        title: format!("From ready to {environment}"),
        meaning: format!(
            "From the moment at which a feature was first made ready until it first came to {environment}; where deployments are \
             told of, until it was known to run there. Half of the features took less, half took more. DORA calls it lead time."
        ),
    }
}

/// How many did not hold.
pub fn failed(environment: &EnvironmentName) -> Measure {
    Measure {
        title: "Share that did not hold".to_owned(),
        meaning: format!(
            "Of the promotions to {environment} in that month, how many were taken back by a rollback, or could not be deployed. DORA \
             calls it change failure rate."
        ),
    }
}

/// How long that lasted.
pub fn recovery(environment: &EnvironmentName) -> Measure {
    Measure {
        title: "Time to recover".to_owned(),
        meaning: format!(
            "Of the promotions that did not hold: from the moment at which one came to {environment}, or its deployment failed, until \
             {environment} was taken back or something else was known to run there. Half took less, half took more. DORA calls it \
             time to restore service."
        ),
    }
}

/// For how many features the time is known.
pub fn of_features(times: &Times) -> String {
    match (times.known, times.of) {
        (_, 0) => "No feature came there for the first time.".to_owned(),
        (1, 1) => "Known of the 1 feature that came.".to_owned(),
        (known, of) => format!("Known of {known} of the {of} features that came."),
    }
}

/// For how many promotions that did not hold the time is known.
pub fn of_failures(times: &Times) -> String {
    match (times.known, times.of) {
        (_, 0) => "Every promotion held.".to_owned(),
        (known, of) => format!("Known of {known} of {of}."),
    }
}

/// How many of the promotions it was.
pub fn of_promotions(failed: usize, promotions: usize) -> String {
    format!("{failed} of {promotions}")
}

/// Nothing is known of this month.
pub fn unknown() -> &'static str {
    "Not known"
}

/// "25 minutes", "3 hours", "2 days and 4 hours".
pub fn length(time: SignedDuration) -> String {
    let count = |number: i64, one: &str| match number {
        1 => format!("1 {one}"),
        many => format!("{many} {one}s"),
    };
    let (days, hours, minutes) = (time.as_hours() / 24, time.as_hours() % 24, time.as_mins() % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => "Less than a minute".to_owned(),
        (0, 0, minutes) => count(minutes, "minute"),
        (0, hours, 0) => count(hours, "hour"),
        (0, hours, minutes) => format!("{} and {}", count(hours, "hour"), count(minutes, "minute")),
        (days, 0, _) => count(days, "day"),
        (days, hours, _) => format!("{} and {}", count(days, "day"), count(hours, "hour")),
    }
}

/// The same where there is little room: "25 min", "3 h", "2 d".
pub fn short_length(time: SignedDuration) -> String {
    match (time.as_hours(), time.as_mins()) {
        (0, minutes) => format!("{minutes} min"),
        (hours, _) if hours < 48 => format!("{hours} h"),
        (hours, _) => format!("{} d", hours / 24),
    }
}

/// Over the figures.
pub fn introduction(zone: &str) -> String {
    format!(
        "Counted from the history, month by month, as months begin and end in {zone}. The last one is not over yet. What the history \
         does not tell is left out, and it is said of how many it is known."
    )
}

/// There is nothing to count.
pub fn empty() -> &'static str {
    "Nothing was promoted in the last twelve months, so there is nothing to count yet. The first promotion will show here."
}

/// The labels of the tables.
#[derive(Clone, Copy, Debug)]
pub struct Labels {
    pub table: &'static str,
    pub month: &'static str,
    pub value: &'static str,
    pub note: &'static str,
}

/// The labels of the tables.
pub fn labels() -> Labels {
    Labels {
        table: "As a table",
        month: "Month",
        value: "Value",
        note: "Of how many",
    }
}
