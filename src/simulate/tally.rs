//! What a run came past: a simulation that never meets a situation proves nothing about it.

use std::ops::AddAssign;

/// How often each happened.
macro_rules! tally {
    ($($(#[$doc:meta])* $name:ident: $words:literal,)*) => {
        /// Counts of one run, or of several together.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Tally {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Tally {
            /// Every count with the words for it.
            pub fn counts(&self) -> Vec<(&'static str, u64)> {
                vec![$(($words, self.$name),)*]
            }
        }

        impl AddAssign for Tally {
            fn add_assign(&mut self, other: Self) {
                $(self.$name += other.$name;)*
            }
        }
    };
}

tally! {
    acts: "things that people did",
    plots: "stories played to their end",
    comments: "comments",
    clicks: "buttons pressed",
    pushes: "pushes to features",
    force_pushes: "features written anew",
    merged_by_hand: "pull requests merged by hand",
    pushed_directly: "direct pushes",
    rights_changed: "changes of rights",
    configured: "changes of the configuration",
    renamed: "renames",
    edited: "comments edited or deleted",
    requests: "requests to GitHub",
    deliveries: "deliveries",
    lost_deliveries: "deliveries lost",
    forged: "deliveries forged",
    faults: "requests and deliveries that met a fault",
    disk_faults: "calls of the store that met a fault",
    crashes: "replicas that died",
    died_before_request: "replicas that died before a request",
    died_before_answer: "replicas that died before an answer",
    died_before_record: "replicas that died before they wrote down",
    restarts: "restarts of everything",
    leases_lost: "looks that outlived their lease",
    freezes: "replicas that stood still for a while",
    upsets: "changes at the worst moment",
    answers: "commands answered",
    acceptances: "features merged by the App",
    voided: "acceptances that came to nothing",
    promotions: "promotions",
    promotions_to_production: "promotions into the last environment",
    merges: "promotions by a merge commit",
    rollbacks: "rollbacks",
    holds: "holds",
    refusals: "requests refused",
    armed: "promotions that waited",
    deployments: "deployments",
}
