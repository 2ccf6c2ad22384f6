//! How the environments of a repository stand, as far as it is remembered: what a page can say without asking GitHub.

use std::collections::BTreeMap;

use super::id::EnvironmentName;
use super::memory::{Armed, Gap, Hold};
use super::stay::Stays;

/// What is remembered of the environments of one repository.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    pub gaps: BTreeMap<EnvironmentName, Gap>,
    pub holds: BTreeMap<EnvironmentName, Hold>,
    pub armed: BTreeMap<EnvironmentName, Armed>,
    pub stays: BTreeMap<EnvironmentName, Stays>,
}

impl Overview {
    /// The environments, from the one after mainline to the last. What left the pipeline comes at the end.
    pub fn in_order(&self) -> Vec<&Gap> {
        let mut left: Vec<&Gap> = self.gaps.values().collect();
        let mut ordered: Vec<&Gap> = Vec::new();
        while !left.is_empty() {
            let follows = |gap: &Gap| match ordered.last() {
                Some(before) => gap.head == before.base,
                None => self.gaps.values().all(|other| other.base != gap.head),
            };
            let next = left.iter().position(|gap| follows(gap)).unwrap_or(0);
            ordered.push(left.remove(next));
        }
        ordered
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::id::BranchName;

    fn gap(environment: &str, head: &str, base: &str) -> (EnvironmentName, Gap) {
        let environment = EnvironmentName::from(environment);
        let gap = Gap {
            environment: environment.clone(),
            base: BranchName::from(base),
            head: BranchName::from(head),
            base_at: None,
            head_at: None,
            pull: None,
            hold: None,
            waits: false,
            under_way: None,
            empty_since: None,
            look_again: None,
        };
        (environment, gap)
    }

    fn order(gaps: impl IntoIterator<Item = (EnvironmentName, Gap)>) -> Vec<String> {
        let overview = Overview {
            gaps: gaps.into_iter().collect(),
            ..Overview::default()
        };
        let ordered = overview.in_order();
        ordered.iter().map(|gap| gap.environment.to_string()).collect()
    }

    #[test]
    fn environments_come_in_the_pipelines_order() {
        let pipeline = [
            gap("canary", "main", "edge"),
            gap("beta", "edge", "beta"),
            gap("all", "beta", "live"),
        ];
        assert_eq!(order(pipeline), ["canary", "beta", "all"]);
    }

    #[test]
    fn what_left_the_pipeline_or_goes_round_is_still_there() {
        let left = [
            gap("staging", "main", "staging"),
            gap("production", "staging", "production"),
            gap("old", "gone", "old"),
        ];
        assert_eq!(order(left).len(), 3);
        assert_eq!(order([gap("a", "b", "a"), gap("b", "a", "b")]).len(), 2);
    }
}
