//! Settings that are understood and not acted on yet. Whoever builds one takes it off here, and nowhere else.
//!
//! A gate that was configured and is not held would be an open gate; such a one would have to refuse the file. There is none.

use super::Config;

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
}
