//! Whether the ledger explains where an environment's branch is. Plain values in, a judgement out; nothing of it is shared with
//! the rules that move branches, so that a mistake there is not made here a second time.
//!
//! K1 Where a branch was when it was first seen is never held against anybody.
//! K2 A branch that has moved is explained by the newest line that tells of a move of it, and by no other: a branch that is set
//!    back to where it once rightly was is not explained by the line of that time.
//! K3 What is not explained is looked at once more after [`PATIENCE`], because a line is written some moments after the move
//!    that it tells of. A move that is still under way extends that, once, to [`PATIENCE_WHILE_MOVING`].
//! K4 What is not explained then is told, once, and held; whatever is seen afterwards is judged anew.
//! K5 A branch that is not there says nothing. When it is there again it is judged against where it last was.

use jiff::{SignedDuration, Timestamp};

use crate::rules::id::EnvironmentName;
use crate::rules::sighting::{Found, Sighting};

/// Until a line has to be there.
pub const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// The same, while Greenlight itself is about to move that branch.
pub const PATIENCE_WHILE_MOVING: SignedDuration = SignedDuration::from_secs(150);

/// What is to be found out about one branch.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub branch: &'a str,
    pub head: Option<&'a str>,
    /// Where the newest line that tells of a move of it says that it went.
    pub last_told: Option<&'a str>,
    /// A move of it was sent, and nothing is known of its end; or its line is still to be written.
    pub is_moving: bool,
}

/// Judges what was seen at `now`, with what is known of that environment. What is found is in the sighting, to be told.
pub fn judge(known: Option<&Sighting>, environment: &EnvironmentName, seen: Seen<'_>, now: Timestamp) -> Sighting {
    let settled = |head: &str| Sighting {
        environment: environment.clone(),
        branch: seen.branch.to_owned(),
        settled: head.to_owned(),
        unexplained: None,
        found: None,
    };
    let same_branch = known.filter(|known| known.branch == seen.branch);
    let (known, head) = match (same_branch, seen.head) {
        (Some(known), Some(head)) => (known, head),
        (Some(known), None) => return known.clone(),
        (None, head) => return settled(head.unwrap_or_default()),
    };
    if head == known.settled {
        return Sighting {
            found: known.found.clone(),
            ..settled(head)
        };
    }
    // It was not there at first, and somebody made it.
    if known.settled.is_empty() || seen.last_told == Some(head) {
        return settled(head);
    }
    let since = known.unexplained.as_ref().filter(|(seen, _)| seen == head);
    let since = since.map_or(now, |(_, since)| *since);
    let patience = if seen.is_moving {
        PATIENCE_WHILE_MOVING
    } else {
        PATIENCE
    };
    if now.duration_since(since) < patience {
        return Sighting {
            unexplained: Some((head.to_owned(), since)),
            ..known.clone()
        };
    }
    Sighting {
        found: Some(Found {
            before: known.settled.clone(),
            head: head.to_owned(),
            at: now,
        }),
        ..settled(head)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{PATIENCE, PATIENCE_WHILE_MOVING, Seen, Sighting};
    use crate::rules::id::EnvironmentName;

    const NOON: Timestamp = Timestamp::constant(1_790_000_000, 0);

    fn judge(known: Option<&Sighting>, seen: Seen<'_>, now: Timestamp) -> Sighting {
        super::judge(known, &EnvironmentName::from("production"), seen, now)
    }

    fn seen<'a>(head: &'a str, last_told: Option<&'a str>) -> Seen<'a> {
        Seen {
            branch: "production",
            head: Some(head),
            last_told,
            is_moving: false,
        }
    }

    fn at(settled: &str) -> Sighting {
        Sighting {
            environment: EnvironmentName::from("production"),
            branch: "production".to_owned(),
            settled: settled.to_owned(),
            unexplained: None,
            found: None,
        }
    }

    /// What becomes of it when it is looked at every half minute, and when that is known.
    fn in_the_end(known: &Sighting, seen: Seen<'_>) -> (Sighting, SignedDuration) {
        let mut known = known.clone();
        for half_minute in 0..20 {
            let after = SignedDuration::from_secs(30 * half_minute);
            known = judge(Some(&known), seen, NOON + after);
            if known.unexplained.is_none() {
                return (known, after);
            }
        }
        panic!("no end: {known:?}");
    }

    #[test]
    fn where_it_was_first_seen_is_held_against_nobody() {
        assert_eq!(judge(None, seen("a", None), NOON), at("a"));
        assert_eq!(judge(None, seen("a", Some("b")), NOON), at("a"));
    }

    #[test]
    fn a_move_that_a_line_tells_is_explained() {
        assert_eq!(judge(Some(&at("a")), seen("b", Some("b")), NOON), at("b"));
    }

    #[test]
    fn only_the_newest_line_explains() {
        let (end, _) = in_the_end(&at("b"), seen("a", Some("b")));
        assert_eq!(
            end.found.map(|found| (found.before, found.head)),
            Some(("b".into(), "a".into()))
        );
    }

    #[test]
    fn a_line_may_come_some_moments_later_and_not_much_later() {
        let waiting = judge(Some(&at("a")), seen("b", None), NOON);
        assert_eq!((waiting.settled.as_str(), &waiting.found), ("a", &None));
        let soon = NOON + PATIENCE - SignedDuration::from_secs(1);
        assert_eq!(judge(Some(&waiting), seen("b", Some("b")), soon), at("b"));
        let told = judge(Some(&waiting), seen("b", None), NOON + PATIENCE);
        assert!(told.found.is_some());
        let later = judge(Some(&told), seen("b", None), NOON + PATIENCE + PATIENCE);
        assert_eq!(later, told, "found once");
        let explained = judge(Some(&told), seen("c", Some("c")), NOON + PATIENCE + PATIENCE);
        assert_eq!(explained, at("c"));
    }

    #[test]
    fn a_move_under_way_excuses_for_less_than_five_minutes() {
        let moving = Seen {
            is_moving: true,
            ..seen("b", None)
        };
        let (end, after) = in_the_end(&at("a"), moving);
        assert!(end.found.is_some());
        assert!(
            after >= PATIENCE_WHILE_MOVING && after < SignedDuration::from_mins(3),
            "{after}"
        );
    }

    #[test]
    fn a_branch_that_goes_and_comes_back_elsewhere_is_judged_against_where_it_was() {
        let gone = Seen {
            head: None,
            ..seen("", None)
        };
        assert_eq!(judge(Some(&at("a")), gone, NOON), at("a"));
        assert!(in_the_end(&at("a"), seen("b", None)).0.found.is_some());
        let absent = judge(None, gone, NOON);
        assert_eq!(judge(Some(&absent), seen("b", None), NOON), at("b"), "it was made");
    }

    #[test]
    fn another_branch_is_seen_for_the_first_time() {
        let other = Seen {
            branch: "live",
            ..seen("b", None)
        };
        let first = judge(Some(&at("a")), other, NOON);
        assert_eq!(
            (first.branch.as_str(), first.settled.as_str(), first.found),
            ("live", "b", None)
        );
    }
}
