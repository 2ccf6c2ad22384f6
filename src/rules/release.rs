//! Releases: what comes to run in the last environment becomes a Git tag and a GitHub release with notes by feature.
//!
//! L1 A commit gets one release. It carries the commit in a hidden marker, and is looked for before it is made.
//! L2 Going back is no release, and what was gone back from is told again by the next one that brings it.
//! L3 Nothing about releases ever stops or undoes a promotion.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::effect::Refusal;
use super::id::{EnvironmentName, Person, RequestId, Sha};

/// The release of one commit: one row for ever.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Release {
    pub commit: Sha,
    pub environment: EnvironmentName,
    /// What ran there before: the notes tell what came since.
    pub since: Sha,
    /// When it came to run.
    pub at: Timestamp,
    /// Who promoted it, as far as that is known.
    pub by: Option<Person>,
    /// The command by which it was promoted: its answer tells of the release.
    pub asked: Option<(RequestId, usize)>,
    /// Chosen before it is made.
    pub tag: Option<String>,
    /// The tag is there, on this commit.
    pub tagged: bool,
    pub standing: Standing,
    /// Whoever promoted was told what came of it.
    pub told: bool,
}

/// How far a release has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Standing {
    Wanted,
    Made {
        /// Its page.
        url: String,
    },
    Refused(Refusal),
    /// The environment went back to it, or sideways.
    NotForward,
}

impl Release {
    /// Whether something is still to be done for it.
    pub fn is_open(&self) -> bool {
        self.standing == Standing::Wanted || !self.told
    }
}

/// The tags of a day begin like this: `2026-11-23.`
pub fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d.").to_string()
}

/// The next tag of that day, after these: by day and count, so that names sort as the releases came.
pub fn next_tag<'a>(day: &str, taken: impl Iterator<Item = &'a str>) -> String {
    let counts = taken.filter_map(|tag| count_of(day, tag));
    format!("{day}{}", counts.max().unwrap_or(0).saturating_add(1))
}

/// The count in a tag of that day; `None` for any other tag.
pub fn count_of(day: &str, tag: &str) -> Option<u32> {
    let count = tag.strip_prefix(day)?;
    let is_number = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
    count.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::{day, next_tag};

    #[test]
    fn a_tag_is_the_day_where_the_repository_is_and_a_count() {
        let late = "2026-11-23T23:30:00Z".parse().expect("a time");
        assert_eq!(day(late, &TimeZone::UTC), "2026-11-23.");
        let berlin = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(day(late, &berlin), "2026-11-24.");
        let taken = [
            "2026-11-23.9",
            "2026-11-23.10",
            "2026-11-23.x",
            "2026-11-24.30",
            "2026-11-23.2-rc",
        ];
        assert_eq!(next_tag("2026-11-23.", taken.into_iter()), "2026-11-23.11");
        assert_eq!(next_tag("2026-11-25.", taken.into_iter()), "2026-11-25.1");
    }
}
