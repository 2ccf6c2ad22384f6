//! The organisation's defaults and the repository's own file on top of them, key by key.
//!
//! A key of the own file replaces the whole key below it: `environments` are taken from one file or from the other, so
//! nobody has to put a pipeline together in their head. Either file with a mistake refuses both, for the same reason that one file
//! with a mistake is refused whole; each mistake names its file.

use std::collections::BTreeSet;

use super::mistake::{self, Expected, FileOf, Found, Mistake};
use super::yaml::Places;
use super::{Config, parse};

/// The repository of an organisation (or a person) whose [`super::PATH`] holds the defaults of all its repositories.
pub const DEFAULTS_REPOSITORY: &str = ".github";

/// What was found in the place of a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum File {
    Absent,
    Text(String),
    /// Something that is no text, in a few words.
    Other(&'static str),
}

/// Where a key stands that the own file does not have.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Below {
    owner: String,
    places: Places,
}

/// Reads both files; `None` where there is neither. `owner` is the account whose defaults they are.
pub fn layered(own: &File, defaults: &File, owner: &str) -> Option<Result<Config, Vec<Mistake>>> {
    let below = read(defaults).map(|read| read.map_err(|mistakes| of_organisation(mistakes, owner)));
    Some(match (read(own), below) {
        (None, None) => return None,
        (Some(own), None) => own,
        (Some(Ok(own)), Some(Ok(below))) => own.on_top_of(below, owner),
        (None, Some(below)) => below.and_then(|below| Config::default().on_top_of(below, owner)),
        (Some(own), Some(below)) => Err([own.err(), below.err()].into_iter().flatten().flatten().collect()),
    })
}

fn read(file: &File) -> Option<Result<Config, Vec<Mistake>>> {
    match file {
        File::Absent => None,
        File::Text(text) => Some(parse(text)),
        File::Other(found) => Some(Err(vec![Mistake::not_a_file(found)])),
    }
}

fn of_organisation(mistakes: Vec<Mistake>, owner: &str) -> Vec<Mistake> {
    let moved = |mistake| Mistake {
        file: FileOf::Organisation(owner.to_owned()),
        ..mistake
    };
    mistakes.into_iter().map(moved).collect()
}

impl Config {
    fn on_top_of(mut self, below: Config, owner: &str) -> Result<Config, Vec<Mistake>> {
        // Without `..`, so that a new key cannot be forgotten here.
        let Config {
            owners,
            ready_label,
            acceptance,
            self_acceptance,
            merge_method,
            timezone,
            armed_for,
            releases,
            after_rollback,
            environments,
            previews,
            preview_forks,
            preview_idle,
            places,
            below: _,
        } = below;
        let own = self.places.clone();
        let keep = |key: &str| own.has(key);
        inherit(&mut self.owners, owners, keep("owners"));
        inherit(&mut self.ready_label, ready_label, keep("ready_label"));
        inherit(&mut self.acceptance, acceptance, keep("acceptance"));
        inherit(&mut self.self_acceptance, self_acceptance, keep("self_acceptance"));
        inherit(&mut self.merge_method, merge_method, keep("merge_method"));
        inherit(&mut self.timezone, timezone, keep("timezone"));
        inherit(&mut self.armed_for, armed_for, keep("armed_for"));
        inherit(&mut self.releases, releases, keep("releases"));
        inherit(&mut self.after_rollback, after_rollback, keep("after_rollback"));
        inherit(&mut self.environments, environments, keep("environments"));
        inherit(&mut self.previews, previews, keep("previews"));
        inherit(&mut self.preview_forks, preview_forks, keep("preview_forks"));
        inherit(&mut self.preview_idle, preview_idle, keep("preview_idle"));
        let owner = owner.to_owned();
        self.below = Some(Below { owner, places });
        // Environments of the one file may share a branch with previews of the other.
        match self.shared_branches() {
            shared if shared.is_empty() => Ok(self),
            shared => Err(shared),
        }
    }

    /// A mistake at this path, in the file that has its key.
    pub(super) fn mistake(&self, path: &str, found: Found, expected: Expected) -> Mistake {
        let key = path.split(['.', '[']).next().unwrap_or(path);
        match &self.below {
            Some(below) if !self.places.has(key) => Mistake {
                file: FileOf::Organisation(below.owner.clone()),
                ..below.places.mistake(path, found, expected)
            },
            _ => self.places.mistake(path, found, expected),
        }
    }

    /// Of environments and previews alike: two that move one branch would undo each other's work.
    pub(super) fn shared_branches(&self) -> Vec<Mistake> {
        let environments = self.environments.iter().map(|environment| &environment.branch);
        let previews = self.previews.iter().map(|preview| &preview.branch);
        let paths = (0..self.environments.len()).map(|index| format!("environments[{index}].branch"));
        let paths = paths.chain((0..self.previews.len()).map(|index| format!("previews[{index}].branch")));
        let mut seen = BTreeSet::new();
        let shared = environments
            .chain(previews)
            .zip(paths)
            .filter(|(branch, _)| !seen.insert(*branch));
        let mistakes = shared.map(|(branch, path)| {
            let found = Found::Text(branch.as_str().to_owned());
            self.mistake(&path, found, Expected::BranchOfItsOwn)
        });
        mistake::in_order(mistakes.collect())
    }
}

fn inherit<T>(own: &mut T, below: T, keep: bool) {
    if !keep {
        *own = below;
    }
}
