//! What a card says of previews.

use greenlight::rules::config::Preview;
use greenlight::rules::effect::Refusal;
use greenlight::rules::id::{BranchName, PullNumber};
use greenlight::rules::preview::{Resting, Trouble, View};
use greenlight::rules::words::preview;

use crate::sample::{Sample, at, sha};
use crate::{Entry, entry};

fn instance(sample: &Sample, name: &str) -> Preview {
    Preview {
        name: name.to_owned(),
        branch: match &sample.line {
            Some(line) => BranchName(line.clone()),
            None => BranchName::from(name),
        },
        url: Some(format!("https://{name}.shop.example")),
    }
}

pub fn entries(sample: &Sample) -> Vec<Entry> {
    let config = sample.config();
    let on = |name: &str| instance(sample, name);
    let waits = |before: &[i64], named: Option<&str>| View::Waits {
        for_one: named.map(on),
        before: before.iter().copied().map(PullNumber).collect(),
        usable: 2,
        closed: Vec::new(),
    };
    let foreign = Trouble::Foreign { at: sha('e') };
    let stuck = |trouble: Trouble| View::Stuck {
        on: on("dev-1"),
        trouble,
    };
    let refused = |refusal: Refusal| stuck(Trouble::Refused(refusal));
    let cases = [
        (
            "It is shown",
            View::Shown {
                on: on("dev-2"),
                since: at("2026-11-24T15:12:00Z"),
            },
        ),
        ("It is about to be shown", View::Coming { on: on("dev-2") }),
        ("All are taken, and others asked before", waits(&[43, 45], None)),
        ("All are taken, and it is next", waits(&[], None)),
        ("It waits for one that somebody named", waits(&[43], Some("dev-2"))),
        (
            "It waits, and one instance is given to nobody",
            View::Waits {
                for_one: None,
                before: Vec::new(),
                usable: 1,
                closed: vec![(on("dev-1"), foreign.clone())],
            },
        ),
        (
            "No instance can be used",
            View::Waits {
                for_one: None,
                before: Vec::new(),
                usable: 0,
                closed: vec![(on("dev-1"), foreign.clone())],
            },
        ),
        ("Somebody pushed to the branch of its instance", stuck(foreign)),
        (
            "A rule forbids to move the branch",
            refused(Refusal::RuleViolation {
                lines: vec![sample.said.clone()],
            }),
        ),
        (
            "The App lacks a permission",
            refused(Refusal::PermissionMissing {
                permission: "contents=write".to_owned(),
            }),
        ),
        (
            "The version changes workflow files",
            refused(Refusal::WorkflowPermission),
        ),
        ("GitHub gives no reason", refused(Refusal::Missing)),
        (
            "GitHub gives a reason that is not known",
            refused(Refusal::Other {
                status: 200,
                message: sample.said.clone(),
            }),
        ),
        ("Somebody freed it", View::Resting(Resting::Freed { by: sample.anna() })),
    ];
    cases
        .into_iter()
        .map(|(when, view)| entry(when, preview::standing(&view, &config)))
        .collect()
}
