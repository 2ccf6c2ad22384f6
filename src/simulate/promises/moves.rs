//! The App's moves: whether each was green, shown, in order, by somebody who might, outside of holds, and explained.

use jiff::{SignedDuration, Timestamp};

use super::timeline::State;
use super::{APP, Broken, Evidence, Promise, Tally, broken};
use crate::rules::id::RequestId;
use crate::rules::memory::{Entry, EntryKind};
use crate::sandbox::What;
use crate::simulate::setup::Setup;
use crate::simulate::sky::STALE_MS_MAX;

/// How old what the App acts on may be: five seconds between its last look and the move, half a second at GitHub's door, and
/// what a stale read adds.
pub(super) const KNOWN_WITHIN: SignedDuration = SignedDuration::from_millis(5_000 + 600 + STALE_MS_MAX);

/// One move of a branch by the App.
pub(super) struct Move<'a> {
    /// Its place in history.
    pub place: usize,
    pub at: Timestamp,
    pub branch: &'a str,
    before: &'a str,
    after: &'a str,
    /// What was to come: the second parent where the move made a merge commit.
    pinned: String,
}

/// Who asked for something, where and when.
struct Asked {
    login: String,
    /// As it was new; `None` for a button.
    words: Option<String>,
    pull: Option<u64>,
    /// When the comment was first edited or deleted, but for its first second.
    touched_at: Option<Timestamp>,
    /// Right after it was said.
    place: usize,
    at: Timestamp,
}

impl Evidence {
    pub(super) fn judge_moves(&self, tally: &mut Tally, found: &mut Vec<Broken>) {
        for (place, event) in self.history.iter().enumerate() {
            let What::Moved {
                branch,
                before: Some(before),
                after: Some(after),
                by,
            } = &event.what
            else {
                continue;
            };
            if by != APP {
                continue;
            }
            let one = Move {
                place,
                at: event.at,
                branch,
                before,
                after,
                pinned: self.pinned(before, after),
            };
            match branch.as_str() {
                "main" => self.judge_acceptance(&one, tally, found),
                "staging" | "production" => self.judge_environment(&one, tally, found),
                other => found.push(broken(
                    Promise::EveryMoveExplained,
                    format!("{other} was moved, which is nobody's"),
                )),
            }
        }
    }

    fn pinned(&self, before: &str, after: &str) -> String {
        let merged = self.shop.commit_at(after).filter(|commit| commit.parents.len() == 2);
        let merged = merged.filter(|commit| commit.parents[0] == before && commit.author == APP);
        merged.map_or_else(|| after.to_owned(), |commit| commit.parents[1].clone())
    }

    fn judge_environment(&self, one: &Move<'_>, tally: &mut Tally, found: &mut Vec<Broken>) {
        let forward = self.shop.is_ancestor(one.before, one.after);
        let (place, branch, after) = (one.at, one.branch, one.after);
        let mut entries = self.ledger.iter().filter(|(at, entry)| {
            let kind = matches!(entry.kind, EntryKind::Promoted | EntryKind::RolledBack);
            let same = entry.environment.as_ref().is_some_and(|name| name.as_str() == branch);
            kind && same && *at >= place && entry.after.as_ref().is_some_and(|sha| sha.as_str() == after)
        });
        let Some((_, entry)) = entries.next() else {
            let how = format!("{branch} was moved to {after} at {place}, and the ledger does not know");
            return found.push(broken(Promise::EveryMoveExplained, how));
        };
        let states = self.states(one.at - KNOWN_WITHIN, one.place);
        if !forward && entry.kind != EntryKind::RolledBack {
            let how = format!("{branch} went back to {after} at {place}, and nobody asked for a rollback");
            return found.push(broken(Promise::NeverBackwards, how));
        }
        if entry.kind == EntryKind::RolledBack {
            tally.rollbacks += 1;
            if !self.was_there(one) {
                let how = format!("{branch} was taken back to {after} at {place}, where it had never been");
                found.push(broken(Promise::NeverBackwards, how));
            }
            // By itself it goes back for whoever had promoted what failed.
            let asked = entry.request.and_then(|request| self.asked(request));
            let words = asked.and_then(|asked| asked.words);
            return match words.is_some_and(|words| words.contains("/rollback")) {
                true => self.judge_authority(one, entry, &states, found),
                false => self.judge_going_back_by_itself(one, &states, found),
            };
        }
        tally.promotions += 1;
        tally.promotions_to_production += u64::from(branch == "production");
        tally.merges += u64::from(one.pinned != one.after);
        self.judge_authority(one, entry, &states, found);
        self.judge_gates(one, &states, found);
        self.judge_shown(one, entry, found);
        self.judge_holds(one, found);
        if branch == "production" {
            self.judge_running(one, &states, found);
        }
    }

    /// Without a word only what failed to be deployed is taken back, where the configuration says so.
    fn judge_going_back_by_itself(&self, one: &Move<'_>, states: &[State], found: &mut Vec<Broken>) {
        let says_so = states.iter().any(|state| {
            let setup = self.setup_at(state);
            let mut environments = setup.iter().flat_map(|setup| &setup.environments);
            environments.any(|known| known.name == one.branch && known.goes_back)
        });
        let events = self.history.iter().take(one.place).map(|event| &event.what);
        let failed: Vec<u64> = events
            .clone()
            .filter_map(|what| match what {
                What::DeploymentReported { deployment, state } => {
                    matches!(state.as_str(), "failure" | "error").then_some(*deployment)
                }
                _ => None,
            })
            .collect();
        let mut of_it = events.filter(|what| {
            matches!(what, What::Deployed { deployment, sha, environment, .. }
                if environment == one.branch && *sha == one.before && failed.contains(deployment))
        });
        if !says_so || of_it.next().is_none() {
            let how = format!("{} was taken back at {}, and nobody said so", one.branch, one.at);
            found.push(broken(Promise::NeverBackwards, how));
        }
    }

    /// Whether a rollback leads to what was on the branch before, or to a commit on top that makes it so again.
    fn was_there(&self, one: &Move<'_>) -> bool {
        let on_top = self.shop.commit_at(one.after).is_some_and(|commit| {
            let parents: Vec<&str> = commit.parents.iter().map(String::as_str).collect();
            commit.author == APP && parents == [one.before]
        });
        let mut earlier = self
            .history
            .iter()
            .take(one.place)
            .filter_map(|event| match &event.what {
                What::Moved {
                    branch,
                    after: Some(after),
                    ..
                } if branch == one.branch => Some(after),
                _ => None,
            });
        on_top || earlier.any(|head| self.shop.is_ancestor(one.after, head))
    }

    /// What goes to production runs on staging, where that is known by deployments.
    fn judge_running(&self, one: &Move<'_>, states: &[State], found: &mut Vec<Broken>) {
        let mut setups = states.iter().filter_map(|state| self.setup_at(state));
        if !setups.all(|setup| {
            setup
                .environments
                .iter()
                .any(|known| known.name == "staging" && known.by_deployment)
        }) {
            return;
        }
        let events = self.history.iter().take(one.place).map(|event| &event.what);
        let succeeded: Vec<u64> = events
            .clone()
            .filter_map(|what| match what {
                What::DeploymentReported { deployment, state } if state == "success" => Some(*deployment),
                _ => None,
            })
            .collect();
        let mut deployed = events.filter_map(|what| match what {
            What::Deployed {
                deployment,
                sha,
                environment,
                ..
            } if environment == "staging" && succeeded.contains(deployment) => Some(sha),
            _ => None,
        });
        if !deployed.any(|sha| self.shop.is_ancestor(&one.pinned, sha)) {
            let how = format!(
                "production was moved to {} at {}, which never ran on staging",
                one.pinned, one.at
            );
            found.push(broken(Promise::RunsBefore, how));
        }
    }

    /// The states in which everything that a promotion needs was so.
    fn judge_gates(&self, one: &Move<'_>, states: &[State], found: &mut Vec<Broken>) {
        let (branch, pinned, at) = (one.branch, &one.pinned, one.at);
        let is_so = |check: &dyn Fn(&State, &Setup) -> bool| {
            states
                .iter()
                .any(|state| self.setup_at(state).is_some_and(|setup| check(state, setup)))
        };
        let wanted = |setup: &Setup| {
            let of_it = setup.environments.iter().find(|one| one.name == branch);
            of_it.map_or("auto", |one| one.checks)
        };
        if !is_so(&|state, setup| state.is_green(pinned, wanted(setup))) {
            let how = format!("{branch} was moved to {pinned} at {at}, which was not green");
            found.push(broken(Promise::GreenOnly, how));
        }
        let before = if branch == "staging" { "main" } else { "staging" };
        let contains = |state: &State| {
            let head = state.heads.get(before);
            head.is_some_and(|head| self.shop.is_ancestor(pinned, head))
        };
        if !is_so(&|state, _| contains(state)) {
            let how = format!("{branch} was moved to {pinned} at {at}, which was not on {before}");
            found.push(broken(Promise::OrderKept, how));
        }
        if !is_so(&|_, setup| in_window(setup, branch, at)) {
            let how = format!("{branch} was moved to {pinned} at {at}, outside of its times");
            found.push(broken(Promise::TimesKept, how));
        }
        if !is_so(&|_, setup| self.has_soaked(setup, one)) {
            let how = format!("{branch} was moved to {pinned} at {at}, which had not been on {before} long enough");
            found.push(broken(Promise::TimesKept, how));
        }
    }

    /// Whether the stage before has had this commit for as long as it is to be there.
    fn has_soaked(&self, setup: &Setup, one: &Move<'_>) -> bool {
        let environment = setup.environments.iter().find(|known| known.name == one.branch);
        let Some(mins) = environment.and_then(|known| known.soak_mins) else {
            return true;
        };
        let mut since = None;
        for event in self.history.iter().take(one.place) {
            let What::Moved {
                branch,
                after: Some(after),
                ..
            } = &event.what
            else {
                continue;
            };
            if branch == "staging" {
                match self.shop.is_ancestor(&one.pinned, after) {
                    true => since = since.or(Some(event.at)),
                    false => since = None,
                }
            }
        }
        // GitHub's times are full seconds.
        let slack = SignedDuration::from_secs(2);
        since.is_some_and(|since| one.at.duration_since(since) + slack >= SignedDuration::from_mins(mins))
    }

    fn judge_authority(&self, one: &Move<'_>, entry: &Entry, states: &[State], found: &mut Vec<Broken>) {
        let Some(asked) = entry.request.and_then(|request| self.asked(request)) else {
            let how = format!("{} was moved at {}, and nobody on GitHub said so", one.branch, one.at);
            return found.push(broken(Promise::AuthorityAtTheTime, how));
        };
        if asked.words.as_ref().is_some_and(|words| !moves_something(words)) {
            let (login, branch, at) = (&asked.login, one.branch, one.at);
            let how = format!("{branch} was moved at {at} for what {login} wrote later than the comment");
            found.push(broken(Promise::AuthorityAtTheTime, how));
        }
        if let Some(at) = asked.touched_at.filter(|at| *at < one.at - KNOWN_WITHIN) {
            let how = format!(
                "{} was moved at {} for a comment that was changed at {at}",
                one.branch, one.at
            );
            found.push(broken(Promise::AuthorityAtTheTime, how));
        }
        let may = |state: &State| {
            let setup = self.setup_at(state);
            setup.is_some_and(|setup| state.owns(&asked.login, setup, Some(one.branch)))
        };
        if !states.iter().any(may) {
            let (login, branch, at) = (asked.login, one.branch, one.at);
            let how = format!("{branch} was moved at {at} for {login}, who might not");
            found.push(broken(Promise::AuthorityAtTheTime, how));
        }
    }

    fn judge_shown(&self, one: &Move<'_>, entry: &Entry, found: &mut Vec<Broken>) {
        let Some(asked) = entry.request.and_then(|request| self.asked(request)) else {
            return;
        };
        let source = if one.branch == "staging" { "main" } else { "staging" };
        let states = self.states(asked.at, self.place_of(asked.at).max(asked.place));
        let was_there = states.iter().any(|state| {
            let head = state.heads.get(source);
            head.is_some_and(|head| self.shop.is_ancestor(&one.pinned, head))
        });
        // What is said on a feature goes as far as that feature's own commit, which may come later.
        let merged = self.history.iter().any(
            |event| matches!(&event.what, What::PullMerged { pull, commit, .. } if Some(*pull) == asked.pull && *commit == one.pinned),
        );
        if !was_there && !merged {
            let how = format!(
                "{} was moved to {} at {}, which {} could not have seen at {}",
                one.branch, one.pinned, one.at, asked.login, asked.at
            );
            found.push(broken(Promise::SeenIsShipped, how));
        }
    }

    /// A feature was merged: green, and accepted as it was.
    fn judge_acceptance(&self, one: &Move<'_>, tally: &mut Tally, found: &mut Vec<Broken>) {
        let merged = self
            .history
            .iter()
            .take(one.place + 1)
            .rev()
            .find_map(|event| match &event.what {
                What::PullMerged {
                    pull,
                    head_sha,
                    commit,
                    by,
                } if by == APP && commit == one.after => Some((*pull, head_sha.clone())),
                _ => None,
            });
        let Some((pull, head)) = merged else {
            let how = format!("main was moved to {} at {}, by no merge", one.after, one.at);
            return found.push(broken(Promise::EveryMoveExplained, how));
        };
        tally.acceptances += 1;
        let told = self.ledger.iter().any(|(at, entry)| {
            let same = entry.pull.is_some_and(|number| u64::try_from(number.0) == Ok(pull));
            entry.kind == EntryKind::Merged && same && *at >= one.at
        });
        if !told {
            let how = format!("#{pull} was merged at {}, and the ledger does not know", one.at);
            found.push(broken(Promise::EveryMoveExplained, how));
        }
        let states = self.states(one.at - KNOWN_WITHIN, one.place);
        if !states.iter().any(|state| state.is_green(&head, "auto")) {
            let how = format!("#{pull} was merged at {} and {head} was not green", one.at);
            found.push(broken(Promise::GreenOnly, how));
        }
        let setups: Vec<&Setup> = states.iter().filter_map(|state| self.setup_at(state)).collect();
        if setups.iter().any(|setup| !setup.acceptance) {
            return;
        }
        let words = self.words_for(pull, one.place);
        let voiced = words.iter().filter(|(asked, _)| {
            states.iter().any(|state| {
                let setup = self.setup_at(state);
                setup.is_some_and(|setup| {
                    let of_any = [None, Some("staging"), Some("production")];
                    of_any.into_iter().any(|name| state.owns(&asked.login, setup, name))
                })
            })
        });
        let voiced: Vec<_> = voiced.collect();
        if voiced.is_empty() {
            let how = format!("#{pull} was merged at {}, and nobody who might had accepted it", one.at);
            return found.push(broken(Promise::AuthorityAtTheTime, how));
        }
        if !voiced.iter().any(|(_, heads)| heads.contains(&head)) {
            let how = format!("#{pull} was merged at {} as {head}, which nobody had accepted", one.at);
            found.push(broken(Promise::PushVoids, how));
        }
    }

    /// Who accepted this feature before that place in history, each with the heads that could have been meant.
    fn words_for(&self, pull: u64, before: usize) -> Vec<(Asked, Vec<String>)> {
        let mut words = Vec::new();
        for (place, event) in self.history.iter().enumerate().take(before) {
            let said = match &event.what {
                What::Commented { pull: on, body, by, .. } if *on == pull => {
                    let accepts = |line: &str| line.starts_with("/accept") || line.starts_with("/promote");
                    body.lines().any(accepts).then(|| (by.clone(), None))
                }
                What::Clicked {
                    sha, identifier, by, ..
                } if identifier.starts_with("accept") || identifier.starts_with("promote") => {
                    Some((by.clone(), Some(sha.clone())))
                }
                _ => None,
            };
            let Some((login, sha)) = said else { continue };
            let states = self.states(start_of_second(event.at), self.place_of(event.at).max(place + 1));
            let heads = match sha {
                Some(sha) => vec![sha],
                None => {
                    let known = states.iter().filter_map(|state| state.pulls.get(&pull));
                    let known = known.map(|known| known.head_sha.clone());
                    known.chain(self.shown_on_card(pull, place)).collect()
                }
            };
            let asked = Asked {
                login,
                words: None,
                touched_at: None,
                pull: Some(pull),
                place,
                at: event.at,
            };
            words.push((asked, heads));
        }
        words
    }

    /// The version that the card of this feature showed then: whoever says `/accept` means that, and GitHub may have a newer one
    /// that nobody has seen.
    fn shown_on_card(&self, pull: u64, before: usize) -> Option<String> {
        let card = self.history[..before]
            .iter()
            .rev()
            .find_map(|event| match &event.what {
                What::Commented { pull: on, body, by, .. } | What::CommentEdited { pull: on, body, by, .. }
                    if *on == pull && by == APP && body.contains("<!-- greenlight:card -->") =>
                {
                    Some(body)
                }
                _ => None,
            })?;
        let (_, version) = card.split_once("This card shows version ")?;
        let short: String = version.chars().take_while(char::is_ascii_hexdigit).collect();
        self.history[..before].iter().rev().find_map(|event| match &event.what {
            What::HeadMoved { pull: on, head_sha, .. } | What::PullOpened { pull: on, head_sha, .. }
                if *on == pull && head_sha.starts_with(&short) =>
            {
                Some(head_sha.clone())
            }
            _ => None,
        })
    }

    /// Who said it, by GitHub's word.
    fn asked(&self, request: RequestId) -> Option<Asked> {
        match request {
            RequestId::Comment(id) => self
                .history
                .iter()
                .enumerate()
                .find_map(|(place, event)| match &event.what {
                    What::Commented {
                        comment,
                        pull,
                        body,
                        by,
                    } if i64::try_from(*comment) == Ok(id.0) => Some(Asked {
                        login: by.clone(),
                        words: Some(self.as_first_shown(*comment, body, event.at)),
                        touched_at: self.touched_at(*comment, event.at),
                        pull: Some(*pull),
                        place: place + 1,
                        at: event.at,
                    }),
                    _ => None,
                }),
            RequestId::Click(guid) => {
                let pressed = self.clicks.get(&guid.to_string())?;
                let mut events = self.history.iter().enumerate().rev();
                let (place, at, sha) =
                    events.find_map(|(place, event)| pressed.was(event).map(|sha| (place, event.at, sha)))?;
                let on = self.history.iter().find_map(|event| match &event.what {
                    What::PullMerged { pull, head_sha, .. } if head_sha == sha => Some(*pull),
                    _ => None,
                });
                Some(Asked {
                    login: pressed.by.clone(),
                    words: None,
                    touched_at: None,
                    pull: on,
                    place: place + 1,
                    at,
                })
            }
            RequestId::Merge(number) => self
                .history
                .iter()
                .enumerate()
                .find_map(|(place, event)| match &event.what {
                    What::PullMerged { pull, by, .. } if i64::try_from(*pull) == Ok(number.0) => Some(Asked {
                        login: by.clone(),
                        words: None,
                        touched_at: None,
                        pull: Some(*pull),
                        place: place + 1,
                        at: event.at,
                    }),
                    _ => None,
                }),
            RequestId::Review(..) | RequestId::Form(_) => None,
        }
    }
}

impl Evidence {
    fn touched_at(&self, id: u64, said_at: Timestamp) -> Option<Timestamp> {
        let touched = self.history.iter().filter(|event| match event.what {
            What::CommentEdited { comment, .. } | What::CommentDeleted { comment, .. } => comment == id,
            _ => false,
        });
        touched
            .map(|event| event.at)
            .find(|at| at.as_second() > said_at.as_second())
    }

    /// GitHub's times are full seconds, so what was edited within the first one is the comment itself for all who ask.
    fn as_first_shown(&self, id: u64, body: &str, at: Timestamp) -> String {
        let same_second = self
            .history
            .iter()
            .filter(|event| event.at.as_second() == at.as_second());
        let mut edits = same_second.filter_map(|event| match &event.what {
            What::CommentEdited { comment, body, .. } if *comment == id => Some(body.as_str()),
            _ => None,
        });
        edits.next_back().unwrap_or(body).to_owned()
    }
}

/// Whether a comment, as it was new, can be why a branch moves.
fn moves_something(words: &str) -> bool {
    let moving = ["/promote", "/confirm", "/rollback", "/accept"];
    words
        .lines()
        .any(|line| moving.iter().any(|word| line.starts_with(word)))
}

fn start_of_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

fn in_window(setup: &Setup, environment: &str, at: Timestamp) -> bool {
    let known = setup.environments.iter().find(|known| known.name == environment);
    let Some((from, to)) = known.and_then(|known| known.window) else {
        return true;
    };
    // A move that was decided in the last moment of a window may come a little after it.
    let early = at - KNOWN_WITHIN;
    [at, early].iter().any(|at| {
        let hour = at.to_zoned(jiff::tz::TimeZone::UTC).hour();
        (from..to).contains(&hour)
    })
}
