//! What was decided comes back as it was decided, together or not at all.

use std::sync::Arc;

use greenlight::rules::developers::{self, Telling};
use greenlight::rules::effect::{Effect, Outcome, Receipt};
use greenlight::rules::feature::Card;
use greenlight::rules::id::{
    BranchName, CommentId, DeliveryId, DeploymentId, EnvironmentName, IssueNumber, Login, Person, PullNumber,
    RequestId, ReviewId, Sha, UserId, WorkflowRunId,
};
use greenlight::rules::memory::{
    Answer, Armed, Change, Entry, EntryKind, Gap, Hold, Memory, Origin, Progress, Reply, Request, Shown, Soaking, Turn,
    Unconfirmed,
};
use greenlight::rules::offer::{Ended, Offer, Offered, Showing};
use greenlight::rules::outside::Outside;
use greenlight::rules::preview::{Ground, Held, Wish};
use greenlight::rules::protection::{Question, Standing};
use greenlight::rules::release::{Release, Standing as Released};
use greenlight::rules::rollback::{self, Goal, Rollback, TakenBack, Way, WayBack};
use greenlight::rules::scene::Scene;
use greenlight::rules::sighting::{Found, Sighting};
use greenlight::rules::stay::{KnownBy, MovedBy, Note, State, Stay, Stays};
use greenlight::rules::stretch::Cargo;
use greenlight::rules::welcome::{self, Welcome};
use greenlight::store::{Claim, Store, StoreError};

use super::*;

fn anna() -> Person {
    Person {
        id: UserId(1),
        login: Login::from("anna"),
    }
}

fn staging() -> EnvironmentName {
    EnvironmentName::from("staging")
}

fn sha(digit: char) -> Sha {
    Sha::parse(&digit.to_string().repeat(40)).unwrap()
}

fn asked(comment: i64) -> RequestId {
    RequestId::Comment(CommentId(comment))
}

fn question(run: i64) -> Question {
    Question {
        run: WorkflowRunId(run),
        environment: EnvironmentName::from("Staging"),
        round: 1,
        attempt: 1,
        deployments: [DeploymentId(9)].into(),
        asked_at: at(run),
        commit: Some(sha('a')),
        suite: Some(3),
        reported: vec!["not-there".to_owned()],
        look_at: None,
        unseen_since: None,
        lacking: None,
        standing: Standing::Open,
    }
}

fn release(digit: char) -> Release {
    Release {
        commit: sha(digit),
        environment: staging(),
        since: sha('a'),
        at: at(1),
        by: Some(anna()),
        asked: Some((asked(2), 0)),
        tag: Some("2026-11-23.1".to_owned()),
        tagged: true,
        standing: Released::Wanted,
        told: false,
    }
}

fn request(comment: i64) -> Request {
    Request {
        id: asked(comment),
        pull: PullNumber(3),
        asked_by: anna(),
        asked_at: at(0),
        answers: vec![Answer {
            text: "Waiting for the checks.".to_owned(),
            is_final: false,
        }],
        acknowledged: false,
        reply: None,
        said: None,
        text_sha256: None,
        unanswerable: false,
    }
}

fn settled(comment: i64) -> Request {
    let mut request = request(comment);
    request.answers[0].is_final = true;
    request.acknowledged = true;
    request.reply = Some(Reply {
        comment: CommentId(comment + 1),
        body: request.body(),
    });
    request
}

fn armed() -> Armed {
    Armed {
        environment: staging(),
        commit: sha('a'),
        asked_by: anna(),
        request: asked(1),
        command: 0,
        armed_at: at(1),
        not_before: None,
        look_at: Some(at(60)),
        expires_at: at(86_401),
        carrying: Cargo::default(),
        leaving: Cargo::default(),
        as_listed: true,
        progress: Progress::Waiting,
    }
}

fn turn(comment: i64) -> Turn {
    Turn {
        request: asked(comment),
        pull: PullNumber(3),
        person: UserId(1),
        at: at(comment),
    }
}

fn hold() -> Hold {
    Hold {
        environment: staging(),
        held_by: anna(),
        because: Some("a demo".to_owned()),
        until: at(3_600),
        request: asked(2),
        command: 1,
        warned: false,
        after: None,
    }
}

fn offer() -> Offer {
    Offer {
        pull: PullNumber(3),
        what: Offered::Promotion {
            environment: staging(),
            from: sha('a'),
            commit: sha('b'),
            not_before: Some(at(600)),
        },
        asked_by: anna(),
        request: CommentId(1).into(),
        command: 0,
        made_at: at(1),
        shown: None,
        ended: None,
    }
}

fn stays(seconds: i64) -> Stays {
    let stay = Stay {
        commit: sha('b'),
        moved_at: at(seconds),
        moved_by: MovedBy::Promotion {
            by: anna(),
            request: asked(1),
            command: 0,
        },
        state: State::Running { since: at(seconds) },
        note: Note::Wanted,
        known_by: KnownBy::Checks,
        looked: true,
        following: Some(Box::new(armed())),
        says_refused: false,
    };
    Stays::with(None, &staging(), stay)
}

fn way_back(seconds: i64) -> WayBack {
    let rollback = Rollback {
        by: anna(),
        failure: None,
        request: asked(1),
        command: 0,
        branch: "staging".into(),
        from: sha('b'),
        to: Goal {
            commit: sha('a'),
            ran_since: at(seconds),
            known_as: None,
        },
        taken_away: Cargo::default(),
        brought_back: Cargo::default(),
        held_until: at(seconds + 3_600),
        decided_at: at(seconds),
        way: Way::OnTop { commit: Some(sha('d')) },
        progress: rollback::Progress::Waiting,
    };
    let mark = TakenBack {
        cargo: Cargo::default(),
        bad: sha('c'),
        back_to: sha('b'),
        by: Some(anna()),
        at: at(seconds),
        request: asked(1),
        away_at: sha('b'),
        undone_by: Some(sha('d')),
        told_in: Some(IssueNumber(7)),
    };
    let telling = Telling {
        bad: sha('c'),
        back_to: rollback.to.clone(),
        at: at(seconds),
        by: anna(),
        by_itself: false,
        failure: None,
        taken_away: Cargo::default(),
        on_top: Some(sha('d')),
        request: asked(1),
        command: 0,
        said_on: Some(PullNumber(4)),
        standing: developers::Standing::Opened { issue: IssueNumber(7) },
        told: true,
        by_reverts: true,
        reverts: vec![developers::Revert {
            feature: PullNumber(3),
            standing: developers::Reverting::Opened { pull: PullNumber(8) },
        }],
    };
    WayBack {
        under_way: Some(rollback),
        taken_back: vec![mark],
        tellings: vec![telling],
        ..WayBack::new(staging())
    }
}

fn soaking(seconds: i64) -> Soaking {
    Soaking {
        environment: staging(),
        seen: vec![(sha('b'), at(seconds))],
    }
}

fn shown(pull: i64, seconds: i64) -> Shown {
    Shown {
        environment: staging(),
        pull: PullNumber(pull),
        commit: sha('a'),
        at: at(seconds),
    }
}

fn gap() -> Gap {
    Gap {
        look_again: None,
        under_way: None,
        environment: staging(),
        base: "staging".into(),
        head: "main".into(),
        base_at: Some(sha('b')),
        head_at: None,
        pull: Some(PullNumber(3)),
        hold: Some(hold().notice()),
        waits: false,
        empty_since: None,
    }
}

pub fn entry(why: &str) -> Entry {
    Entry {
        kind: EntryKind::Asked,
        who: Some(anna()),
        pull: Some(PullNumber(3)),
        request: Some(asked(1)),
        environment: Some(staging()),
        before: Some(sha('b')),
        after: None,
        why: why.to_owned(),
        gates: vec!["checks: open".to_owned()],
        features: vec![PullNumber(12)],
    }
}

fn reply(body: &str) -> Effect {
    Effect::Reply {
        request: asked(1),
        pull: PullNumber(3),
        body: body.to_owned(),
    }
}

async fn hold_shop(store: &Arc<dyn Store>) -> Claim {
    store.schedule(SHOP, Some(INSTALLATION), None, at(0)).await.unwrap();
    claim(store, 0).await.unwrap()
}

async fn remembered(store: &Arc<dyn Store>) -> Memory {
    store.memory(SHOP, &[]).await.unwrap()
}

fn wish(pull: i64, instance: Option<&str>) -> Wish {
    Wish {
        has: instance.map(|instance| Held {
            instance: instance.to_owned(),
            branch: BranchName::from(instance),
            shows: None,
        }),
        ..Wish::new(PullNumber(pull), sha('e'), (at(1), at(0)))
    }
}

fn ground(put: char) -> Ground {
    Ground {
        put: Some(sha(put)),
        ..Ground::new(BranchName::from("dev-1"))
    }
}

pub async fn an_instance_is_never_with_two_features(store: Arc<dyn Store>) {
    let look = hold_shop(&store).await;
    let first = [Change::Preview(wish(3, Some("dev-1"))), Change::Preview(wish(4, None))];
    store.remember(&look, &first, &[], at(1)).await.unwrap();
    let second = [Change::Preview(wish(4, Some("dev-1")))];
    assert!(store.remember(&look, &second, &[], at(2)).await.is_err());

    let in_order = [
        Change::Preview(wish(3, None)),
        Change::Preview(wish(4, Some("dev-1"))),
        Change::Unpreview(PullNumber(3)),
    ];
    store.remember(&look, &in_order, &[], at(3)).await.unwrap();
    let kept = remembered(&store).await.previews;
    assert_eq!(kept, [(PullNumber(4), wish(4, Some("dev-1")))].into());
}

fn scene(mainline: &str) -> Arc<Scene> {
    Arc::new(Scene::new(BranchName::from(mainline)))
}

/// Pages read it, and learn by its version that it is another one.
pub async fn what_pages_show_has_a_version_that_rises(store: Arc<dyn Store>) {
    assert_eq!(store.scene(SHOP).await.unwrap(), None);
    let look = hold_shop(&store).await;
    for (n, mainline) in [(1, "main"), (2, "trunk")] {
        let change = [Change::Scene(scene(mainline))];
        store.remember(&look, &change, &[], at(n)).await.unwrap();
        let expected = (n, Scene::new(BranchName::from(mainline)));
        assert_eq!(store.scene(SHOP).await.unwrap(), Some(expected));
    }
    let versions = store.scene_versions(&[BLOG, SHOP]).await.unwrap();
    assert_eq!(versions, [(SHOP, 2)].into());
    assert_eq!(store.scene_versions(&[]).await.unwrap(), [].into());
}

fn sighting() -> Sighting {
    let found = Found {
        before: "a".repeat(40),
        head: "b".repeat(40),
        at: at(3),
    };
    Sighting {
        environment: staging(),
        branch: "staging".to_owned(),
        settled: "b".repeat(40),
        unexplained: Some(("c".repeat(40), at(4))),
        found: Some(found),
    }
}

fn welcomed(pull: i64) -> Welcome {
    Welcome {
        standing: welcome::Standing::Open { pull: PullNumber(pull) },
        commit: Some(sha('f')),
    }
}

pub async fn memory_comes_back_as_it_was_remembered(store: Arc<dyn Store>) {
    let look = hold_shop(&store).await;
    let changes = [
        Change::Request(request(1)),
        Change::Turn(turn(1)),
        Change::Arm(armed()),
        Change::Hold(hold()),
        Change::Soaking(soaking(4)),
        Change::Shown(shown(3, 7)),
        Change::Shown(shown(3, 5)),
        Change::Gap(gap()),
        Change::Origin {
            commit: sha('c'),
            origin: Origin::Direct,
        },
        Change::Card(Box::new(Card::new(PullNumber(4), sha('e')))),
        Change::Outside(Box::new(Outside::first_seen(staging(), sha('d')))),
        Change::Offer(offer()),
        Change::Release(Box::new(release('b'))),
        Change::Stays(Box::new(stays(1))),
        Change::Question(Box::new(question(7))),
        Change::Preview(wish(3, Some("dev-1"))),
        Change::Preview(wish(4, None)),
        Change::Ground(ground('e')),
        Change::WayBack(Box::new(way_back(1))),
        Change::Sighting(Box::new(sighting())),
        Change::Welcome(welcomed(3)),
        Change::Welcome(welcomed(4)),
        Change::Scene(scene("main")),
    ];
    store.remember(&look, &changes, &[reply("Hello")], at(1)).await.unwrap();
    let expected = Memory {
        requests: [(asked(1), request(1))].into(),
        turns: [(asked(1), turn(1))].into(),
        armed: [(staging(), armed())].into(),
        holds: [(staging(), hold())].into(),
        soaking: [(staging(), soaking(4))].into(),
        shown: vec![shown(3, 5), shown(3, 7)],
        gaps: [(staging(), gap())].into(),
        origins: [(sha('c'), Origin::Direct)].into(),
        cards: [(PullNumber(4), Card::new(PullNumber(4), sha('e')))].into(),
        outside: [(staging(), Outside::first_seen(staging(), sha('d')))].into(),
        offers: [(PullNumber(3), offer())].into(),
        releases: [(sha('b'), release('b'))].into(),
        stays: [(staging(), stays(1))].into(),
        questions: [((WorkflowRunId(7), "staging".to_owned()), question(7))].into(),
        previews: [wish(3, Some("dev-1")), wish(4, None)]
            .map(|one| (one.pull, one))
            .into(),
        grounds: [(BranchName::from("dev-1"), ground('e'))].into(),
        ways_back: [(staging(), way_back(1))].into(),
        sightings: [(staging(), sighting())].into(),
        welcome: Some(welcomed(4)),
        scene: Some(scene("main")),
        unconfirmed: [(
            "reply:1".to_owned(),
            Unconfirmed {
                effect: reply("Hello"),
                sent_at: None,
            },
        )]
        .into(),
    };
    assert_eq!(remembered(&store).await, expected);
    assert_eq!(store.memory(BLOG, &[asked(1)]).await.unwrap(), Memory::default());

    let over = Offer {
        shown: Some(Showing {
            reply: CommentId(5),
            at: at(2),
        }),
        ended: Some(Ended::Cancelled { by: anna() }),
        ..offer()
    };
    let mut wider = gap();
    wider.head_at = Some(sha('d'));
    let changes = [
        Change::Disarm(staging()),
        Change::Unhold(staging()),
        Change::Soaking(soaking(5)),
        Change::Gap(wider.clone()),
        Change::Offer(over.clone()),
        Change::Stays(Box::new(stays(2))),
        Change::WayBack(Box::new(way_back(2))),
        Change::Request(settled(1)),
    ];
    store.remember(&look, &changes, &[], at(2)).await.unwrap();
    let memory = remembered(&store).await;
    assert_eq!(
        (memory.requests.len(), memory.armed.len(), memory.holds.len()),
        (0, 0, 0)
    );
    assert_eq!(memory.soaking[&staging()], soaking(5));
    assert_eq!(memory.ways_back[&staging()], way_back(2));
    assert_eq!(memory.gaps[&staging()], wider);
    assert_eq!(memory.offers[&PullNumber(3)], over);
    assert_eq!(memory.stays[&staging()], stays(2));
}

pub async fn a_settled_request_is_remembered_when_it_is_spoken_of(store: Arc<dyn Store>) {
    let look = hold_shop(&store).await;
    let changes = [
        Change::Request(request(1)),
        Change::Request(settled(5)),
        Change::Request(settled(9)),
    ];
    store.remember(&look, &changes, &[], at(1)).await.unwrap();
    let memory = store.memory(SHOP, &[asked(1), asked(9)]).await.unwrap();
    assert_eq!(memory.requests, [(asked(1), request(1)), (asked(9), settled(9))].into());
}

pub async fn a_request_is_known_by_its_road_and_its_number(store: Arc<dyn Store>) {
    let look = hold_shop(&store).await;
    let click = DeliveryId::parse("72d3162e-cc78-11e3-81ab-4c9367dc0958").unwrap();
    let roads = [
        asked(9),
        RequestId::Review(PullNumber(3), ReviewId(9)),
        RequestId::Click(click),
        RequestId::Form(click),
    ];
    for id in roads {
        let change = Change::Request(Request { id, ..settled(9) });
        store.remember(&look, &[change], &[], at(1)).await.unwrap();
    }
    for id in roads {
        let memory = store.memory(SHOP, &[id]).await.unwrap();
        assert_eq!(memory.requests, [(id, Request { id, ..settled(9) })].into());
        assert_eq!(
            store.request(SHOP, id).await.unwrap(),
            Some(Request { id, ..settled(9) })
        );
    }
    assert_eq!(store.request(SHOP, asked(8)).await.unwrap(), None);
}

pub async fn a_decision_of_a_lost_lease_leaves_no_trace(store: Arc<dyn Store>) {
    let look = hold_shop(&store).await;
    let changes = [Change::Request(request(1)), Change::Ledger(entry("never"))];
    assert!(lost(store.remember(&look, &changes, &[reply("never")], at(60)).await));
    assert_eq!(store.memory(SHOP, &[asked(1)]).await.unwrap(), Memory::default());
    assert_eq!(store.ledger(SHOP, 10).await.unwrap(), vec![]);
}

pub async fn an_effect_goes_from_intended_to_sent_to_confirmed(store: Arc<dyn Store>) {
    let look = hold_shop(&store).await;
    store.remember(&look, &[], &[reply("Hello")], at(1)).await.unwrap();
    store.sending(&look, "reply:1", at(2)).await.unwrap();
    assert_eq!(remembered(&store).await.unconfirmed["reply:1"].sent_at, Some(at(2)));

    let outcome = Outcome::Done(Receipt::Replied {
        comment: CommentId(2),
        at: at(3),
    });
    let follows = [Change::Request(request(1)), Change::Ledger(entry("answered"))];
    store.record(&look, "reply:1", &outcome, &follows, at(3)).await.unwrap();
    let memory = remembered(&store).await;
    assert_eq!((memory.unconfirmed.len(), memory.requests.len()), (0, 1));
    assert_eq!(store.ledger(SHOP, 10).await.unwrap(), [(at(3), entry("answered"))]);

    store
        .remember(&look, &[], &[reply("Hello again")], at(4))
        .await
        .unwrap();
    let anew = Unconfirmed {
        effect: reply("Hello again"),
        sent_at: None,
    };
    assert_eq!(remembered(&store).await.unconfirmed["reply:1"], anew);
}

pub async fn an_effect_that_was_sent_stays_known_as_sent_when_it_is_wished_for_again(store: Arc<dyn Store>) {
    let look = hold_shop(&store).await;
    store.remember(&look, &[], &[reply("Hello")], at(1)).await.unwrap();
    store.sending(&look, "reply:1", at(2)).await.unwrap();
    store
        .remember(&look, &[], &[reply("Hello, later")], at(3))
        .await
        .unwrap();
    assert_eq!(remembered(&store).await.unconfirmed["reply:1"].sent_at, Some(at(2)));
    store.sending(&look, "reply:1", at(4)).await.unwrap();
    let known = Unconfirmed {
        effect: reply("Hello, later"),
        sent_at: Some(at(4)),
    };
    assert_eq!(remembered(&store).await.unconfirmed["reply:1"], known);
}

pub async fn an_effect_that_was_never_intended_is_a_bug(store: Arc<dyn Store>) {
    let look = hold_shop(&store).await;
    let never = store.sending(&look, "reply:1", at(1)).await;
    assert!(matches!(never, Err(StoreError::NotIntended { key }) if key == "reply:1"));
    let never = store
        .record(
            &look,
            "reply:1",
            &Outcome::Outdated,
            &[Change::Ledger(entry("never"))],
            at(1),
        )
        .await;
    assert!(matches!(never, Err(StoreError::NotIntended { .. })));
    assert_eq!(
        store.ledger(SHOP, 10).await.unwrap(),
        vec![],
        "what follows from it did not happen either"
    );
}

pub async fn forgotten_effects_are_not_unconfirmed(store: Arc<dyn Store>) {
    let look = hold_shop(&store).await;
    store.remember(&look, &[], &[reply("Hello")], at(1)).await.unwrap();
    store.sending(&look, "reply:1", at(2)).await.unwrap();
    let forget = Change::Forget {
        effect: "reply:1".to_owned(),
    };
    store.remember(&look, &[forget], &[reply("Anew")], at(3)).await.unwrap();
    assert_eq!(
        remembered(&store).await.unconfirmed["reply:1"].sent_at,
        None,
        "forgotten first, then wished for anew"
    );
}

pub async fn what_was_shown_is_loaded_within_bounds(store: Arc<dyn Store>) {
    let look = hold_shop(&store).await;
    let mut changes: Vec<Change> = (0..60).map(|second| Change::Shown(shown(1, second))).collect();
    changes.extend((2..=6).map(|pull| Change::Shown(shown(pull, 100 + pull))));
    store.remember(&look, &changes, &[], at(1)).await.unwrap();
    let newest: Vec<i64> = remembered(&store)
        .await
        .shown
        .iter()
        .map(|shown| shown.pull.0)
        .collect();
    assert_eq!(newest, [3, 4, 5, 6]);

    let mut asked_on_the_first = request(1);
    asked_on_the_first.pull = PullNumber(1);
    store
        .remember(&look, &[Change::Request(asked_on_the_first)], &[], at(2))
        .await
        .unwrap();
    let all = remembered(&store).await.shown;
    assert_eq!((all.len(), &all[0], &all[49]), (54, &shown(1, 10), &shown(1, 59)));
}

pub async fn the_ledger_keeps_its_order_and_its_repositories_apart(store: Arc<dyn Store>) {
    let look = hold_shop(&store).await;
    for (second, why) in [(1, "one"), (2, "two"), (3, "three")] {
        store
            .remember(&look, &[Change::Ledger(entry(why))], &[], at(second))
            .await
            .unwrap();
    }
    assert_eq!(
        store.ledger(SHOP, 2).await.unwrap(),
        [(at(2), entry("two")), (at(3), entry("three"))]
    );
    assert_eq!(store.ledger(BLOG, 2).await.unwrap(), vec![]);
}

pub async fn a_check_writes(store: Arc<dyn Store>) {
    store.check(at(0)).await.unwrap();
    store.check(at(1)).await.unwrap();
}

/// GitHub spells an environment as it likes, and an open question is never out of sight.
pub async fn questions_are_found_by_run_and_environment(store: Arc<dyn Store>) {
    let look = hold_shop(&store).await;
    let spelled = Question {
        environment: staging(),
        standing: Standing::Approved,
        ..question(7)
    };
    let mut changes = vec![
        Change::Question(Box::new(question(7))),
        Change::Question(Box::new(spelled.clone())),
    ];
    changes.push(Change::Question(Box::new(question(1))));
    changes.extend((100..700).map(|run| {
        Change::Question(Box::new(Question {
            standing: Standing::Ended,
            ..question(run)
        }))
    }));
    store.remember(&look, &changes[..3], &[], at(1)).await.unwrap();
    let known = remembered(&store).await.questions;
    assert_eq!(known.len(), 2);
    assert_eq!(known[&(WorkflowRunId(7), "staging".to_owned())], spelled);

    store.remember(&look, &changes[3..], &[], at(1)).await.unwrap();
    let known = remembered(&store).await.questions;
    assert!(known.contains_key(&(WorkflowRunId(1), "staging".to_owned())));
    assert!(known.contains_key(&(WorkflowRunId(699), "staging".to_owned())));
    assert!(!known.contains_key(&(WorkflowRunId(100), "staging".to_owned())));
}

/// Its answer is told of the release, although it was settled before.
pub async fn the_request_of_an_open_release_is_remembered(store: Arc<dyn Store>) {
    let look = hold_shop(&store).await;
    let changes = [Change::Request(settled(2)), Change::Release(Box::new(release('b')))];
    store.remember(&look, &changes, &[], at(1)).await.unwrap();
    assert!(remembered(&store).await.requests.contains_key(&asked(2)));
    let over = Release {
        standing: Released::NotForward,
        told: true,
        ..release('b')
    };
    store
        .remember(&look, &[Change::Release(Box::new(over))], &[], at(1))
        .await
        .unwrap();
    assert!(!store.memory(SHOP, &[]).await.unwrap().requests.contains_key(&asked(2)));
}
