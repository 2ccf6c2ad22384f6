//! An offer: what Greenlight would do at a further word, exactly as it was listed. It stands for an hour and counts once.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::id::{CommentId, EnvironmentName, Person, PullNumber, RequestId, Sha};

/// How long after it was shown an offer can be confirmed, by GitHub's times.
const LASTS: SignedDuration = SignedDuration::from_hours(1);

/// A confirmation that was written in time may be heard of later than that; only then is an offer taken for dead.
const HEARD_LATE_MAX: SignedDuration = SignedDuration::from_mins(10);

/// Something that waits for a `/confirm` on the pull request where it was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// At most one on each pull request: a later one takes the place of an earlier one.
    pub pull: PullNumber,
    pub what: Offered,
    pub asked_by: Person,
    /// The request it came from, and which of its commands: its answer lists what is offered.
    pub request: RequestId,
    pub command: usize,
    /// When it was decided; for tidying up only.
    pub made_at: Timestamp,
    /// The reply that lists it; `None` until GitHub has confirmed the writing.
    pub shown: Option<Showing>,
    /// Why it does not stand any more.
    pub ended: Option<Ended>,
}

/// What is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Offered {
    /// To move the environment from where it was to just this commit.
    Promotion {
        environment: EnvironmentName,
        from: Sha,
        commit: Sha,
        /// Not before this, where the person said when.
        not_before: Option<Timestamp>,
    },
}

/// Which comment of ours listed it, and GitHub's time of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Showing {
    pub reply: CommentId,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// By this request.
    Confirmed {
        by: Person,
        request: RequestId,
    },
    Cancelled {
        by: Person,
    },
    /// Somebody has asked for something else on the same pull request.
    Replaced {
        by: Person,
    },
    /// The environment was taken back to what ran there before.
    RolledBack {
        /// `None`: by itself, because a deployment failed.
        by: Option<Person>,
    },
    /// Nobody said the word in time.
    Expired,
    /// The comment it came from was edited or deleted.
    CommentChanged,
    /// What was listed is not what would happen now.
    Outrun,
}

/// How a `/confirm` and an offer stand to each other in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// It was written before the offer could be seen.
    TooEarly,
    InTime,
    TooLate,
}

impl Offer {
    /// Where it would go to.
    pub fn environment(&self) -> &EnvironmentName {
        let Offered::Promotion { environment, .. } = &self.what;
        environment
    }

    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// Whether this command waits for what becomes of the offer.
    pub fn waits_for(&self, request: RequestId, command: usize) -> bool {
        self.is_open() && self.request == request && self.command == command
    }

    /// Judges a word by GitHub's times. GitHub counts in whole seconds; of one second the later comment has the higher number, and
    /// of anything else it is not known which came first.
    pub fn binding(&self, word: RequestId, said_at: Timestamp) -> Binding {
        match self.shown {
            Some(shown) if said_at > shown.at + LASTS => Binding::TooLate,
            Some(shown) if said_at > shown.at || (said_at == shown.at && follows(word, shown.reply)) => Binding::InTime,
            _ => Binding::TooEarly,
        }
    }

    /// When nothing that is still to be heard can confirm it.
    pub fn dies_at(&self) -> Timestamp {
        self.shown.map_or(self.made_at, |shown| shown.at) + LASTS + HEARD_LATE_MAX
    }
}

fn follows(word: RequestId, reply: CommentId) -> bool {
    matches!(word, RequestId::Comment(comment) if comment > reply)
}

#[cfg(test)]
mod tests {
    use super::super::id::{DeliveryId, Login, UserId};
    use super::*;

    #[test]
    fn only_what_was_written_after_the_list_and_within_the_hour_binds() {
        let at = |second: i64| Timestamp::from_second(1_780_000_000 + second).expect("a time");
        let sha = |digit: &str| Sha::parse(&digit.repeat(40)).expect("forty digits");
        let offer = Offer {
            pull: PullNumber(1),
            what: Offered::Promotion {
                environment: EnvironmentName::from("staging"),
                from: sha("a"),
                commit: sha("b"),
                not_before: None,
            },
            asked_by: Person {
                id: UserId(1),
                login: Login::from("anna"),
            },
            request: CommentId(10).into(),
            command: 0,
            made_at: at(0),
            shown: Some(Showing {
                reply: CommentId(12),
                at: at(5),
            }),
            ended: None,
        };
        assert_eq!(offer.binding(CommentId(13).into(), at(4)), Binding::TooEarly);
        assert_eq!(offer.binding(CommentId(11).into(), at(5)), Binding::TooEarly);
        assert_eq!(offer.binding(CommentId(13).into(), at(5)), Binding::InTime);
        assert_eq!(offer.binding(CommentId(13).into(), at(3_605)), Binding::InTime);
        assert_eq!(offer.binding(CommentId(13).into(), at(3_606)), Binding::TooLate);
        let click = DeliveryId::parse("01234567-89ab-cdef-0123-456789abcdef").expect("a GUID");
        assert_eq!(offer.binding(RequestId::Click(click), at(5)), Binding::TooEarly);
        assert_eq!(offer.binding(RequestId::Click(click), at(6)), Binding::InTime);
        let unseen = Offer { shown: None, ..offer };
        assert_eq!(unseen.binding(CommentId(13).into(), at(60)), Binding::TooEarly);
    }
}
