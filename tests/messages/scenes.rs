//! What the page of a repository says.

use greenlight::rules::id::{BranchName, EnvironmentName, Login, PullNumber, RequestId};
use greenlight::rules::scene::{Checks, Held, Here, Load, Preview, Scene, Stage, Waiting, Waits, Way, What, WhyHeld};
use greenlight::rules::stay::{MovedBy, State};
use greenlight::rules::words::scene;
use jiff::Timestamp;

use crate::Entry;
use crate::board::{page, plain};
use crate::sample::{Sample, sha};

fn login(sample: &Sample) -> Login {
    Login(sample.anna.clone())
}

fn main(sample: &Sample) -> BranchName {
    BranchName(sample.main.clone())
}

fn stage(sample: &Sample) -> Stage {
    Stage {
        environment: EnvironmentName::from("production"),
        branch: BranchName::from("production"),
        from: main(sample),
        url: None,
        owners: "anna".to_owned(),
        at: Some(sha('a')),
        shows: Some(sha('b')),
        way: Way::Known(Load {
            earlier: 3,
            ..Load::default()
        }),
        here: None,
        runs_still: None,
        held: None,
        armed: None,
        pull: Some(PullNumber(42)),
        own: 0,
        told: Vec::new(),
    }
}

fn on(way: Way, sample: &Sample) -> Stage {
    Stage { way, ..stage(sample) }
}

fn ways(sample: &Sample) -> [(&'static str, Stage); 4] {
    [
        ("Nothing waits", on(Way::Known(Load::default()), sample)),
        ("Nobody has looked", on(Way::Unknown, sample)),
        ("A branch is missing", on(Way::NoBranch, sample)),
        ("They are too far apart", on(Way::TooFar { commits: 12_000 }, sample)),
    ]
}

/// The lanes and the cards in them.
pub fn features(sample: &Sample) -> Vec<Entry> {
    let (main, label, by) = (main(sample), sample.label.as_str(), login(sample));
    let mut told = vec![
        page("Nothing is in progress", scene::in_progress(&main)),
        page("Nothing is ready", scene::ready(label, true)),
        page("The same, without acceptance", scene::ready(label, false)),
        page("Nothing is accepted", scene::accepted(&main)),
        page("Nothing is live yet", scene::live(&stage(sample))),
    ];
    for (when, stage) in ways(sample) {
        told.push(page(when, scene::not_yet(&stage, true, false)));
        told.push(page(
            "The same, before the last environment",
            scene::not_yet(&stage, false, true),
        ));
    }
    told.extend([
        plain("Over earlier promotions", scene::earlier()),
        plain("One is not told apart", &scene::and_more(1)),
        plain("More are not told apart", &scene::and_more(7)),
        plain("Before how long it has been open", scene::open_for()),
    ]);
    let checks = |passed, failed: &[&String], waiting: &[&String], green| Checks {
        passed,
        total: 3,
        failed: failed.iter().map(|name| (*name).clone()).collect(),
        waiting: waiting.iter().map(|name| (*name).clone()).collect(),
        green,
    };
    let green = checks(3, &[], &[], true);
    let one = Checks {
        total: 1,
        ..green.clone()
    };
    let none = Checks {
        total: 0,
        ..green.clone()
    };
    let missing = checks(0, &[], &[], false);
    for (when, checks) in [
        ("All checks passed", green.clone()),
        ("Its one check passed", one),
        ("No checks are wanted", none),
        ("Nothing is reported", missing),
        ("Some are not done", checks(2, &[], &[&sample.check], false)),
        ("One failed", checks(2, &[&sample.check], &[], false)),
    ] {
        told.push(plain(when, &scene::checks(&checks)));
    }
    told.push(plain(
        "Accepted and green",
        &scene::accepted_by(&by, &main, Some(&green)),
    ));
    told.push(plain("Accepted", &scene::accepted_by(&by, &main, None)));
    let sent_back = |why: &str| Waits::SentBack {
        by: by.clone(),
        why: why.to_owned(),
    };
    for (when, waits) in [
        ("Nobody said that it is ready", Waits::Label),
        ("Somebody said so who may not", Waits::LabelOf(Some(by.clone()))),
        ("Nobody knows who said so", Waits::LabelOf(None)),
        ("Sent back with a reason", sent_back(&sample.reason)),
        ("Sent back without one", sent_back("")),
        ("A draft", Waits::Draft),
        ("A conflict", Waits::Conflict),
        ("From a fork", Waits::Fork),
        ("Another version was accepted", Waits::AcceptedBefore(by.clone())),
        ("GitHub did not merge it", Waits::NotMerged(sample.said.clone())),
    ] {
        told.push(plain(when, &scene::waits(&waits, label, &main)));
    }
    let instance = || "dev-1".to_owned();
    let shown = |under_way| Preview::On {
        instance: instance(),
        url: None,
        since: Timestamp::UNIX_EPOCH,
        under_way,
    };
    for (when, preview) in [
        ("It is shown", shown(false)),
        ("It is being deployed", shown(true)),
        ("It is being set", Preview::Coming { instance: instance() }),
        ("It cannot be set", Preview::Stuck { instance: instance() }),
        ("It is next", Preview::Waits { before: 0 }),
        ("One is before it", Preview::Waits { before: 1 }),
        ("More are before it", Preview::Waits { before: 3 }),
    ] {
        told.push(plain(when, &scene::preview(&preview)));
    }
    told.extend([
        plain("In an environment", &scene::see_on(&stage(sample))),
        plain("Taken back before", &scene::was_taken_back(&stage(sample))),
        plain("No pull request brought it", scene::pushed_directly()),
    ]);
    told
}

/// The heads of the environments, and the picture.
pub fn environments(sample: &Sample) -> Vec<Entry> {
    let by = login(sample);
    let [environments, way, features] = scene::parts();
    let mut told = vec![
        plain("Over the parts of the page", &[environments, way, features].join(" · ")),
        plain("Nobody has looked", scene::not_seen()),
        plain("There is no configuration yet", &scene::not_set_up(Some(PullNumber(4)))),
        plain("It is archived", scene::archived()),
        plain("There is none, and none is proposed", &scene::not_set_up(None)),
        plain("There are no environments", scene::no_environments()),
        plain("The configuration is broken", scene::broken()),
        plain("Something waits", &scene::light(&stage(sample))),
    ];
    for (when, stage) in ways(sample) {
        told.push(plain(when, &scene::light(&stage)));
    }
    for (when, why) in [
        ("Somebody holds it", WhyHeld::Asked),
        ("A rollback holds it", WhyHeld::TakenBack),
        ("A direct change holds it", WhyHeld::ChangedDirectly),
        ("A merge by hand holds it", WhyHeld::MergedByHand),
        ("Nothing explains it", WhyHeld::Unexplained),
    ] {
        let held = Held {
            why,
            by: Some(by.clone()),
            until: None,
            because: None,
        };
        let stage = Stage {
            held: Some(held),
            ..stage(sample)
        };
        told.push(plain(when, &scene::light(&stage)));
    }
    told.push(plain("Its reason", &scene::because(&sample.reason)));
    let armed = Stage {
        armed: Some(Waiting {
            by: by.clone(),
            commit: sha('b'),
            request: RequestId::Comment(greenlight::rules::id::CommentId(1)),
            since: Timestamp::UNIX_EPOCH,
            not_before: None,
            until: Timestamp::UNIX_EPOCH,
            said: String::new(),
        }),
        ..stage(sample)
    };
    told.push(plain("A promotion waits", &scene::light(&armed)));
    let person = sample.anna();
    let request = RequestId::Comment(greenlight::rules::id::CommentId(1));
    let promotion = MovedBy::Promotion {
        by: person.clone(),
        request,
        command: 0,
    };
    let rollback = MovedBy::Rollback {
        by: person.clone(),
        request,
        command: 0,
    };
    let merge = |by| MovedBy::Merge {
        by,
        pull: PullNumber(42),
    };
    let feature = What::Feature {
        number: PullNumber(7),
        title: sample.title.clone(),
        author: None,
    };
    let here = |known_as, moved_by, state| Here {
        commit: sha('a'),
        known_as,
        moved_at: Timestamp::UNIX_EPOCH,
        moved_by,
        state,
    };
    let since = Timestamp::UNIX_EPOCH;
    let failed = State::Failed { at: since, log: None };
    for (when, state) in [
        ("It runs; the moment follows", State::Running { since }),
        ("It was moved", State::Moved),
        ("It is deployed", State::Deploying),
        ("It failed", failed),
    ] {
        let one = here(Some(feature.clone()), promotion.clone(), state.clone());
        told.push(plain(when, &scene::runs(&one)));
        let unknown = here(None, promotion.clone(), state);
        told.push(plain("The same of an unknown version", &scene::runs(&unknown)));
    }
    for (when, moved_by) in [
        ("A promotion brought it", promotion),
        ("A rollback did", rollback),
        ("Somebody merged", merge(Some(person))),
        ("Somebody who is gone merged", merge(None)),
        ("Another road", MovedBy::Other),
        ("It was there", MovedBy::FoundThere),
    ] {
        told.push(plain(when, &scene::put_there(&here(None, moved_by, State::Moved))));
    }
    let waiting = |earlier| {
        on(
            Way::Known(Load {
                earlier,
                ..Load::default()
            }),
            sample,
        )
    };
    for (when, earlier) in [("One thing waits", 1), ("More wait", 3)] {
        let gap = scene::gap(&waiting(earlier)).expect("something waits");
        told.push(plain(when, &gap));
    }
    let mut scene = Scene::new(main(sample));
    let pictured = ways(sample).map(|(_, stage)| stage);
    let own = |own| Stage { own, ..waiting(2) };
    scene.stages = pictured.into_iter().chain([waiting(1), own(1), own(2)]).collect();
    let picture = scene::picture(&scene);
    told.extend(picture.iter().map(|said| plain("The picture in words", said)));
    told
}
