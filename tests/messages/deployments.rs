//! What is said of deployments.

use greenlight::rules::deployment::State;
use greenlight::rules::gate::{Gate, Name, Reason, State as GateState};
use greenlight::rules::stay::{How, KnownBy, MovedBy, UnderWay};
use greenlight::rules::words::{deployment, promotion};

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
    let status = |state, known_by| format!("`{}`", deployment::status(state, known_by));
    let mut entries = Vec::new();
    for (when, how) in sample.ways_not_to_run() {
        entries.push(entry(
            format!("A promotion was moved, and {when}"),
            deployment::moved(&armed, &how),
        ));
    }
    for (when, how) in sample.ways_not_to_run() {
        entries.push(entry(
            format!("Below what is said of a promotion pull request that was merged by hand, and {when}"),
            deployment::by_hand(&how),
        ));
    }
    entries.push(entry(
        "The same, where something newer came before it was known to run",
        deployment::by_hand_replaced(),
    ));
    entries.push(entry(
        "The same, where its environment left the configuration",
        deployment::by_hand_gone(&staging),
    ));
    entries.push(entry(
        "Of a promotion, at its end, where something is known to have run there before",
        deployment::way_back(&armed.environment),
    ));
    entries.push(entry(
        "Something newer came before it was known to run",
        deployment::replaced(&armed),
    ));
    entries.push(entry(
        "Its environment left the configuration before it was known to run",
        deployment::let_go(&armed),
    ));
    for (when, how) in sample.ways_not_to_run() {
        let environment = staging.clone();
        let under_way = UnderWay { environment, how };
        let gate = |state| Gate {
            name: Name::Deployed,
            state,
        };
        let reason = Reason::NotRunning(under_way.clone());
        let state = match under_way.how {
            How::Failed { .. } => GateState::Shut(reason),
            _ => GateState::Waiting(reason),
        };
        let (production, config) = (sample.production(), sample.config());
        let mut onward = armed.clone();
        onward.environment = production.name.clone();
        entries.push(entry(
            format!("What would go to production is on staging, and {when}"),
            promotion::waiting(&onward, &production, &[gate(state)], &config),
        ));
        entries.push(entry(
            format!("The answer to `/status`, and the promotion pull request into production, when {when}"),
            deployment::standing(&under_way),
        ));
    }
    entries.extend([
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
            status(State::Success, KnownBy::Checks),
        ),
        entry(
            "Or, where a branch that was moved counts as running",
            status(State::Success, KnownBy::Push),
        ),
        entry(
            "Of one that does not run yet",
            status(State::InProgress, KnownBy::Deployment),
        ),
        entry("Of one that failed", status(State::Failure, KnownBy::Deployment)),
        entry("Of one that was replaced", status(State::Inactive, KnownBy::Deployment)),
    ]);
    entries
}
