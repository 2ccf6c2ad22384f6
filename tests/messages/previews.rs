//! What a card says of previews, and the answers to `/preview`.

use greenlight::rules::authority::Why;
use greenlight::rules::config::Preview;
use greenlight::rules::deployment::State;
use greenlight::rules::effect::Refusal;
use greenlight::rules::id::{BranchName, PullNumber};
use greenlight::rules::preview::{Deployed, Place, Pool, Resting, Trouble, View};
use greenlight::rules::words::preview;

use jiff::Timestamp;

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

pub fn standings(sample: &Sample) -> Vec<Entry> {
    let config = sample.config();
    let on = |name: &str| instance(sample, name);
    let waits = |before: &[i64], named: Option<&str>| View::Waits {
        for_one: named.map(on),
        before: before.iter().copied().map(PullNumber).collect(),
        usable: 2,
        closed: Vec::new(),
    };
    let shown = |deployed: Option<Deployed>, frees_at: Option<Timestamp>| View::Shown {
        on: on("dev-2"),
        since: at("2026-11-24T15:12:00Z"),
        deployed,
        frees_at,
    };
    let stands = |state| Deployed::Stands {
        state,
        log: Some("https://ci.shop.example/7".to_owned()),
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
                deployed: None,
                frees_at: None,
            },
        ),
        (
            "It is shown, and is about to be freed",
            shown(None, Some(at("2026-12-08T15:12:00Z"))),
        ),
        (
            "Somebody else deploys it, and it is under way",
            shown(Some(stands(State::InProgress)), None),
        ),
        (
            "Somebody else's deployment failed",
            shown(Some(stands(State::Failure)), None),
        ),
        ("Nothing happened to it for too long", View::Resting(Resting::Idle)),
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

pub fn answers(sample: &Sample) -> Vec<Entry> {
    let config = sample.config();
    let on = |name: &str| instance(sample, name);
    let foreign = Trouble::Foreign { at: sha('e') };
    let since = at("2026-11-24T15:12:00Z");
    let waits = View::Waits {
        for_one: None,
        before: vec![PullNumber(43)],
        usable: 2,
        closed: Vec::new(),
    };
    let places = vec![
        (on("dev-1"), Place::Of(PullNumber(42), Some(since))),
        (on("dev-2"), Place::Of(PullNumber(43), None)),
        (on("dev-3"), Place::Free),
        (on("dev-4"), Place::Closed(foreign.clone())),
        (on("dev-5"), Place::Stuck(PullNumber(45), foreign.clone())),
    ];
    let queue = vec![PullNumber(47), PullNumber(46)];
    let pool = |queue| Pool {
        places: places.clone(),
        queue,
    };
    let stuck = View::Stuck {
        on: on("dev-1"),
        trouble: foreign.clone(),
    };
    vec![
        entry(
            "You said `/preview`, and one is free",
            preview::asked(&View::Coming { on: on("dev-2") }, &config),
        ),
        entry(
            "You said `/preview`, and all are taken",
            preview::asked(&waits, &config),
        ),
        entry(
            "You said `/preview`, and it is shown",
            preview::asked(
                &View::Shown {
                    on: on("dev-1"),
                    since,
                    deployed: None,
                    frees_at: None,
                },
                &config,
            ),
        ),
        entry(
            "You said `/preview`, and its instance is in trouble",
            preview::asked(&stuck, &config),
        ),
        entry(
            "You said `/preview off`, and the next feature gets it",
            preview::freed("dev-1", Some(PullNumber(43))),
        ),
        entry(
            "You said `/preview off`, and nobody waits",
            preview::freed("dev-1", None),
        ),
        entry("You said `/preview off` while it waited", preview::waits_no_more()),
        entry("You said `/preview off` and it has none", preview::nothing_to_free()),
        entry("The repository has no previews", preview::no_previews()),
        entry(
            "You said it where there is no open feature",
            preview::no_open_feature(&sample.main()),
        ),
        entry(
            "You said it on a feature that is not ready",
            preview::not_ready(&config),
        ),
        entry(
            "You named a preview that does not exist",
            preview::unknown(&sample.word, &[on("dev-1"), on("dev-2")]),
        ),
        entry(
            "You may not say where a feature is shown",
            preview::may_not(&Why::NotAnOwner(sample.owners())),
        ),
        entry(
            "You may not have a feature from a fork shown",
            preview::may_not(&Why::BelowWrite),
        ),
        entry("Features from a fork are not shown", preview::never_a_fork()),
        entry(
            "You asked for a version of a fork that you were not shown",
            preview::another_version(),
        ),
        entry(
            "In GitHub's list of deployments, of a version",
            preview::shows(PullNumber(42)),
        ),
        entry("The same, once its branch is set", preview::is_set()),
        entry("The same, once another one took its place", preview::no_longer_shown()),
        entry(
            "You said `/status`, and some wait",
            preview::pool(&pool(queue), &config),
        ),
        entry(
            "You said `/status`, and nobody waits",
            preview::pool(&pool(Vec::new()), &config),
        ),
    ]
}
