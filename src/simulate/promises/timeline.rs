//! The state of the simulated GitHub at any moment, put together from its history.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{APP, Evidence};
use crate::sandbox::{Role, What};
use crate::simulate::setup::{CONFIGURATION, Setup};

/// By suite and name: the run that told it, and the outcome.
type Checks = BTreeMap<(u64, String), (u64, String)>;

/// What was so at one moment, as far as it is asked for.
#[derive(Clone, Default)]
pub struct State {
    pub heads: BTreeMap<String, String>,
    /// The newest outcome of each check, by commit: suite and name, the run that told it, the outcome.
    checks: BTreeMap<String, Checks>,
    roles: BTreeMap<String, Role>,
    /// Open pull requests: base and head commit.
    pub pulls: BTreeMap<u64, Pull>,
}

#[derive(Clone)]
pub struct Pull {
    pub base: String,
    pub head_sha: String,
}

impl State {
    /// Lets one more thing have happened.
    pub fn after(&mut self, what: &What) {
        match what {
            What::Moved { branch, after, .. } => match after {
                Some(after) => drop(self.heads.insert(branch.clone(), after.clone())),
                None => drop(self.heads.remove(branch)),
            },
            What::Checked {
                sha,
                name,
                suite,
                run,
                outcome,
                by,
            } if by != APP => {
                // A status is one whatever its case; a late word of an older run changes nothing.
                let key = if *suite == 0 { name.to_lowercase() } else { name.clone() };
                let of_commit = self.checks.entry(sha.clone()).or_default();
                let newest = of_commit.entry((*suite, key)).or_insert((*run, outcome.clone()));
                if newest.0 <= *run {
                    *newest = (*run, outcome.clone());
                }
            }
            What::Granted { login, role } => match role {
                Some(role) => drop(self.roles.insert(login.clone(), *role)),
                None => drop(self.roles.remove(login)),
            },
            What::PullOpened {
                pull, head_sha, base, ..
            } => {
                let (base, head_sha) = (base.clone(), head_sha.clone());
                self.pulls.insert(*pull, Pull { base, head_sha });
            }
            What::PullEdited { pull, base, .. } => {
                if let Some(known) = self.pulls.get_mut(pull) {
                    known.base.clone_from(base);
                }
            }
            What::HeadMoved { pull, head_sha, .. } | What::PullReopened { pull, head_sha } => {
                if let Some(known) = self.pulls.get_mut(pull) {
                    known.head_sha.clone_from(head_sha);
                }
            }
            _ => {}
        }
    }

    /// Green as an environment wants it that says `auto`, `none` or one name.
    pub fn is_green(&self, sha: &str, wanted: &str) -> bool {
        if wanted == "none" {
            return true;
        }
        let Some(checks) = self.checks.get(sha) else {
            return false;
        };
        let passes = |outcome: &str| matches!(outcome, "success" | "neutral" | "skipped");
        let mut counted = checks
            .iter()
            .filter(|((_, name), _)| wanted == "auto" || name == wanted)
            .peekable();
        counted.peek().is_some() && counted.all(|(_, (_, outcome))| passes(outcome))
    }

    /// Whether this person owns the environment, or with `None` the pipeline; or may promote into any at all.
    pub fn owns(&self, login: &str, setup: &Setup, environment: Option<&str>) -> bool {
        let narrower = setup
            .environments
            .iter()
            .find(|one| Some(one.name) == environment)
            .and_then(|one| one.owners.as_ref());
        match narrower.or(setup.owners.as_ref()) {
            Some(owners) => owners.contains(&login),
            None => self.roles.get(login).is_some_and(|role| *role >= Role::Maintain),
        }
    }
}

impl Evidence {
    /// The configuration on main at that moment; `None` where it is broken.
    pub fn setup_at(&self, state: &State) -> Option<&Setup> {
        let main = state.heads.get("main")?;
        let text = self.shop.file(main, CONFIGURATION)?;
        self.meanings.get(&text)?.as_ref()
    }

    /// Every state from the one that `since` found to the one right before the happening at `until`.
    pub fn states(&self, since: Timestamp, until: usize) -> Vec<State> {
        let mut state = State::default();
        let mut states = Vec::new();
        for (place, event) in self.history.iter().enumerate().take(until) {
            state.after(&event.what);
            let next = self.history.get(place + 1).map(|next| next.at);
            if next.is_none_or(|next| next >= since) || place + 1 == until {
                states.push(state.clone());
            }
        }
        states
    }

    /// The place in history right after everything up to the end of the second of `at`.
    pub fn place_of(&self, at: Timestamp) -> usize {
        let second = at.as_second();
        self.history
            .iter()
            .take_while(|event| event.at.as_second() <= second)
            .count()
    }
}
