//! What is said of deployments.

use greenlight::rules::deployment::State;
use greenlight::rules::stay::MovedBy;
use greenlight::rules::words::deployment;

use crate::sample::Sample;
use crate::{Entry, entry};

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let staging = sample.staging().name;
    let by = sample.anna();
    let pull = greenlight::rules::id::PullNumber(42);
    let armed = sample.armed();
    let promotion = MovedBy::Promotion {
        by: by.clone(),
        request: armed.request,
        command: 0,
    };
    // Neither is read as Markdown where it stands.
    let described = |moved_by: &MovedBy| format!("`{}`", deployment::description(moved_by, &staging));
    let status = |state| format!("`{}`", deployment::status(state));
    vec![
        entry(
            "A promotion went, and the App may not write to GitHub's list of deployments; said once, below the answer",
            deployment::may_not_be_noted(),
        ),
        entry(
            "GitHub's list of deployments says of a promotion",
            described(&promotion),
        ),
        entry(
            "And of a promotion pull request that was merged by hand",
            described(&MovedBy::Merge { by: Some(by), pull }),
        ),
        entry(
            "By somebody whose account is gone",
            described(&MovedBy::Merge { by: None, pull }),
        ),
        entry(
            "And of a branch that was moved by another road",
            described(&MovedBy::Other),
        ),
        entry(
            "GitHub's page of a deployment says of one that runs",
            status(State::Success),
        ),
        entry("Of one that does not run yet", status(State::InProgress)),
        entry("Of one that failed", status(State::Failure)),
        entry("Of one that was replaced", status(State::Inactive)),
    ]
}
