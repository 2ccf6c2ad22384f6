//! How a repository's deliveries went, counted from its ledger: the four measures of DORA for each environment, month by month.
//!
//! G1 Only what the ledger tells is counted. What it does not tell is left out, and it is said for how many it is known.
//! G2 A promotion counts in the month in which it came, in the repository's zone, whatever became of it later.
//! G3 A feature's time is counted once for each environment: when it came there first.
//!
//! Source of the measures: <https://dora.dev/guides/dora-metrics-four-keys/>.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::id::{EnvironmentName, PullNumber, Sha};
use super::memory::{Entry, EntryKind};

/// Months that are told, with the present one.
pub const MONTHS: usize = 12;

/// The lines of the ledger that the figures are made from.
pub const MADE_FROM: [EntryKind; 6] = [
    EntryKind::Ready,
    EntryKind::Promoted,
    EntryKind::Deploying,
    EntryKind::Running,
    EntryKind::DeploymentFailed,
    EntryKind::RolledBack,
];

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// The first days of the months, oldest first.
    pub months: Vec<Date>,
    /// Of each environment that something came to, one for each month.
    pub environments: BTreeMap<EnvironmentName, Vec<Measures>>,
}

/// One environment in one month.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measures {
    pub promotions: usize,
    /// From ready to there, of the features that came there first.
    pub lead: Times,
    /// Promotions that did not hold: taken back, or their deployment failed.
    pub failed: usize,
    /// How long each of those lasted.
    pub recovery: Times,
}

/// How long several things took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Times {
    /// Half took less, half took more.
    pub median: Option<SignedDuration>,
    /// For how many it is known, and of how many.
    pub known: usize,
    pub of: usize,
}

/// The first days of the months that are told, oldest first.
pub fn months(now: Timestamp, zone: &TimeZone) -> Vec<Date> {
    let first = now.to_zoned(zone.clone()).date().first_of_month();
    let before = (0..MONTHS).rev().filter_map(|n| {
        let months = i64::try_from(n).ok()?;
        first.checked_sub(months.months()).ok()
    });
    before.collect()
}

/// Since when the ledger has to be read: a year before the first month, for features that were ready long before they came.
pub fn since(now: Timestamp, zone: &TimeZone) -> Timestamp {
    let first = months(now, zone).first().copied();
    let begin = first.and_then(|first| first.checked_sub(1.year()).ok());
    let begin = begin.and_then(|begin| begin.to_zoned(zone.clone()).ok());
    begin.map_or(Timestamp::UNIX_EPOCH, |begin| begin.timestamp())
}

/// Counts. `lines` are those of [`MADE_FROM`] from [`since`] on, oldest first.
pub fn count<'a>(lines: impl IntoIterator<Item = (Timestamp, &'a Entry)>, now: Timestamp, zone: &TimeZone) -> Figures {
    let mut ready: BTreeMap<PullNumber, Timestamp> = BTreeMap::new();
    let mut environments: BTreeMap<EnvironmentName, Vec<Promotion>> = BTreeMap::new();
    for (at, entry) in lines {
        match (entry.kind, entry.pull, &entry.environment) {
            (EntryKind::Ready, Some(feature), _) => {
                ready.entry(feature).or_insert(at);
            }
            (_, _, Some(environment)) => tell(environments.entry(environment.clone()).or_default(), at, entry),
            _ => {}
        }
    }
    let months = months(now, zone);
    let month_of = |at: Timestamp| {
        let first = at.to_zoned(zone.clone()).date().first_of_month();
        months.iter().position(|month| *month == first)
    };
    let measured = environments.into_iter().map(|(environment, promotions)| {
        let by_month = measure(&promotions, &ready, months.len(), month_of);
        (environment, by_month)
    });
    let is_told = |(_, by_month): &(EnvironmentName, Vec<Measures>)| by_month.iter().any(|month| month.promotions > 0);
    Figures {
        environments: measured.filter(is_told).collect(),
        months,
    }
}

/// A promotion, and what became of it.
struct Promotion {
    at: Timestamp,
    commit: Option<Sha>,
    features: Vec<PullNumber>,
    /// Its deployment was told of, so that it runs only when that says so.
    is_deployed: bool,
    runs_since: Option<Timestamp>,
    failed_at: Option<Timestamp>,
    /// Something that holds runs again.
    over_at: Option<Timestamp>,
}

/// Adds what a line tells of an environment.
fn tell(promotions: &mut Vec<Promotion>, at: Timestamp, entry: &Entry) {
    if entry.kind == EntryKind::Promoted {
        promotions.push(Promotion {
            at,
            commit: entry.after.clone(),
            features: entry.features.clone(),
            is_deployed: false,
            runs_since: None,
            failed_at: None,
            over_at: None,
        });
        return;
    }
    let Some(newest) = promotions.last_mut() else { return };
    let is_it = newest.commit == entry.after;
    match entry.kind {
        EntryKind::Deploying if is_it => newest.is_deployed = true,
        EntryKind::DeploymentFailed if is_it => {
            newest.is_deployed = true;
            newest.failed_at.get_or_insert(at);
        }
        EntryKind::Running => {
            if is_it {
                newest.runs_since.get_or_insert(at);
            }
            end_failures(promotions, at);
        }
        EntryKind::RolledBack => {
            // Before it was taken back it was there, and for how long something was wrong with it nobody tells.
            newest.failed_at.get_or_insert(newest.at);
            end_failures(promotions, at);
        }
        _ => {}
    }
}

fn end_failures(promotions: &mut [Promotion], at: Timestamp) {
    for failed in promotions.iter_mut().filter(|one| one.failed_at.is_some()) {
        failed.over_at.get_or_insert(at);
    }
}

fn measure(
    promotions: &[Promotion],
    ready: &BTreeMap<PullNumber, Timestamp>,
    months: usize,
    month_of: impl Fn(Timestamp) -> Option<usize>,
) -> Vec<Measures> {
    let mut measured = vec![Measures::default(); months];
    let mut leads: Vec<Vec<SignedDuration>> = vec![Vec::new(); months];
    let mut recoveries = leads.clone();
    let mut came: BTreeSet<PullNumber> = BTreeSet::new();
    for promotion in promotions {
        let first: Vec<PullNumber> = promotion
            .features
            .iter()
            .copied()
            .filter(|one| came.insert(*one))
            .collect();
        let Some(month) = month_of(promotion.at) else { continue };
        let told = &mut measured[month];
        told.promotions += 1;
        told.lead.of += first.len();
        let arrived = promotion
            .runs_since
            .or((!promotion.is_deployed).then_some(promotion.at));
        let lead = |feature: &PullNumber| Some(arrived?.duration_since(*ready.get(feature)?));
        leads[month].extend(first.iter().filter_map(lead).filter(|lead| !lead.is_negative()));
        if let Some(failed_at) = promotion.failed_at {
            told.failed += 1;
            told.recovery.of += 1;
            recoveries[month].extend(promotion.over_at.map(|over_at| over_at.duration_since(failed_at)));
        }
    }
    for (told, (leads, recoveries)) in measured.iter_mut().zip(leads.into_iter().zip(recoveries)) {
        (told.lead.known, told.lead.median) = (leads.len(), median(leads));
        (told.recovery.known, told.recovery.median) = (recoveries.len(), median(recoveries));
    }
    measured
}

fn median(mut times: Vec<SignedDuration>) -> Option<SignedDuration> {
    times.sort();
    let upper = *times.get(times.len() / 2)?;
    match times.len() % 2 {
        0 => Some((times[times.len() / 2 - 1] + upper) / 2),
        _ => Some(upper),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DETROIT: &str = "America/Detroit";

    fn sha(digit: char) -> Sha {
        Sha::parse(&digit.to_string().repeat(40)).expect("forty digits")
    }

    fn line(at: &str, kind: EntryKind, commit: char, features: &[i64]) -> (Timestamp, Entry) {
        let is_ready = kind == EntryKind::Ready;
        let entry = Entry {
            kind,
            who: None,
            pull: features.first().copied().filter(|_| is_ready).map(PullNumber),
            request: None,
            environment: (!is_ready).then(|| EnvironmentName::from("production")),
            before: None,
            after: Some(sha(commit)),
            why: String::new(),
            gates: Vec::new(),
            features: features.iter().copied().filter(|_| !is_ready).map(PullNumber).collect(),
        };
        (at.parse().expect("a time"), entry)
    }

    /// Of the present month and the one before.
    fn counted(lines: &[(Timestamp, Entry)]) -> [Measures; 2] {
        let now = "2026-11-23T12:00:00Z".parse().expect("a time");
        let zone = TimeZone::get(DETROIT).expect("a zone");
        let figures = count(lines.iter().map(|(at, entry)| (*at, entry)), now, &zone);
        assert_eq!(figures.months.len(), MONTHS);
        let months = figures
            .environments
            .into_values()
            .next()
            .expect("something was promoted");
        [months[MONTHS - 2].clone(), months[MONTHS - 1].clone()]
    }

    #[test]
    fn a_promotion_counts_in_the_month_of_the_repositorys_zone() {
        // The first of November in London is still October in Detroit.
        let lines = [
            line("2026-11-01T03:00:00Z", EntryKind::Promoted, 'a', &[]),
            line("2026-11-01T05:00:00Z", EntryKind::Promoted, 'b', &[]),
            line("2026-11-02T05:00:00Z", EntryKind::Promoted, 'c', &[]),
        ];
        let [before, now] = counted(&lines);
        assert_eq!((before.promotions, now.promotions), (1, 2));
    }

    #[test]
    fn the_time_from_ready_is_the_median_of_those_whose_is_known() {
        let lines = [
            line("2026-09-01T12:00:00Z", EntryKind::Ready, 'a', &[1]),
            line("2026-11-10T10:00:00Z", EntryKind::Ready, 'a', &[2]),
            line("2026-11-10T11:00:00Z", EntryKind::Ready, 'a', &[3]),
            line("2026-11-10T11:30:00Z", EntryKind::Ready, 'a', &[2]),
            line("2026-11-10T12:00:00Z", EntryKind::Promoted, 'a', &[2, 3, 4]),
            line("2026-11-10T13:00:00Z", EntryKind::Promoted, 'b', &[2]),
        ];
        let [_, now] = counted(&lines);
        let expected = Times {
            median: Some(SignedDuration::from_mins(90)),
            known: 2,
            of: 3,
        };
        assert_eq!(now.lead, expected);
    }

    #[test]
    fn where_deployments_tell_it_has_come_when_it_runs() {
        let begin = [
            line("2026-11-10T10:00:00Z", EntryKind::Ready, 'a', &[2]),
            line("2026-11-10T12:00:00Z", EntryKind::Promoted, 'a', &[2]),
            line("2026-11-10T12:01:00Z", EntryKind::Deploying, 'a', &[]),
        ];
        let [_, now] = counted(&begin);
        assert_eq!((now.lead.median, now.lead.known, now.lead.of), (None, 0, 1));
        let runs = line("2026-11-10T13:00:00Z", EntryKind::Running, 'a', &[]);
        let [_, now] = counted(&[&begin[..], &[runs]].concat());
        assert_eq!(now.lead.median, Some(SignedDuration::from_hours(3)));
    }

    #[test]
    fn what_was_taken_back_did_not_hold_and_lasted_until_then() {
        let lines = [
            line("2026-10-31T12:00:00Z", EntryKind::Promoted, 'a', &[]),
            line("2026-11-10T12:00:00Z", EntryKind::Promoted, 'b', &[]),
            line("2026-11-10T12:20:00Z", EntryKind::RolledBack, 'a', &[]),
            line("2026-11-11T12:00:00Z", EntryKind::Promoted, 'c', &[]),
        ];
        let [before, now] = counted(&lines);
        assert_eq!((before.failed, now.failed, now.promotions), (0, 1, 2));
        assert_eq!(now.recovery.median, Some(SignedDuration::from_mins(20)));
    }

    #[test]
    fn a_failed_deployment_lasts_until_something_runs() {
        let begin = [
            line("2026-11-10T12:00:00Z", EntryKind::Promoted, 'b', &[]),
            line("2026-11-10T12:10:00Z", EntryKind::DeploymentFailed, 'b', &[]),
        ];
        let [_, now] = counted(&begin);
        assert_eq!((now.failed, now.recovery.known, now.recovery.of), (1, 0, 1));
        let mended = [
            line("2026-11-10T13:00:00Z", EntryKind::Promoted, 'c', &[]),
            line("2026-11-10T13:10:00Z", EntryKind::Running, 'c', &[]),
        ];
        let [_, now] = counted(&[&begin[..], &mended].concat());
        assert_eq!(
            (now.failed, now.recovery.median),
            (1, Some(SignedDuration::from_hours(1)))
        );
    }
}
