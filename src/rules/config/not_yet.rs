//! Gates that are understood and not held yet. Whoever builds one takes it off here, and nowhere else.
//!
//! A gate that was configured and is not held would be an open gate, so those refuse the file.

use super::mistake::{Expected, Found, Mistake};
use super::{Config, DeployedWhen};

impl Config {
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
