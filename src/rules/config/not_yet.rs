//! Settings that are understood and not acted on yet. Whoever builds one takes it off here, and nowhere else.
//!
//! A gate that was configured and is not held would be an open gate, so those refuse the file. The others are only told.

use super::mistake::{Expected, Found, Mistake};
use super::{Config, DeployedWhen};

/// A setting that has no effect in this version. `words::mistake` has its sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotYet {
    /// Counted from 1.
    pub line: u64,
    pub path: String,
}

impl Config {
    /// What the own file configures and has no effect yet, in its order.
    pub fn not_yet_enforced(&self) -> Vec<NotYet> {
        let set = [("previews", !self.previews.is_empty())];
        let mut found: Vec<NotYet> = set
            .into_iter()
            .filter(|(_, is_set)| *is_set)
            .filter_map(|(path, _)| {
                Some(NotYet {
                    line: self.own_place(path)?.line,
                    path: path.to_owned(),
                })
            })
            .collect();
        found.sort_by_key(|not_yet| not_yet.line);
        found
    }

    pub(super) fn gates_not_yet_enforced(&self) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for (index, environment) in self.environments.iter().enumerate() {
            let set = [("deployed_when", environment.deployed_when != DeployedWhen::Pushed)];
            for (key, _) in set.into_iter().filter(|(_, is_set)| *is_set) {
                let path = format!("environments[{index}].{key}");
                let found = Found::Text(key.to_owned());
                mistakes.push(self.places.mistake(&path, found, Expected::LaterVersion));
            }
        }
        mistakes
    }
}
