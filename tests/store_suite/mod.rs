//! What every engine of the store must do, as rules that take any engine, fresh and empty.

use std::sync::Arc;

use bytes::Bytes;
use greenlight::rules::effect::{Effect, Outcome, Receipt};
use greenlight::rules::id::{
    CommentId, EnvironmentName, InstallationId, Login, Person, PullNumber, RepoId, RepoName, Sha, UserId,
};
use greenlight::rules::memory::{
    Answer, Armed, Change, Entry, EntryKind, Gap, Hold, Memory, Origin, Progress, Reply, Request, Shown, Soaking,
    Unconfirmed,
};
use greenlight::rules::stretch::Cargo;
use greenlight::store::{APP, Claim, Delivery, Fate, Readable, Received, Store, StoreError};
use jiff::{SignedDuration, Timestamp};

/// Calls `$engine!` with the name of every rule of the suite.
#[macro_export]
macro_rules! every_rule {
    ($engine:ident) => {
        $engine! {
            a_known_guid_changes_nothing,
            a_guid_that_comes_twice_in_one_group_is_stored_once,
            a_redelivery_gives_a_dead_delivery_another_life,
            an_unreadable_delivery_is_kept_dead_and_wakes_nobody,
            a_delivery_without_a_repository_is_work_for_the_app,
            many_at_once_are_all_kept_whole,
            what_piles_up_is_one_look,
            what_is_due_longest_comes_first,
            a_look_takes_as_many_deliveries_as_it_asks_for,
            large_deliveries_are_handed_out_a_few_at_a_time,
            a_repository_has_one_holder,
            a_holder_whose_lease_ran_out_changes_nothing,
            a_renewed_lease_holds_longer,
            a_delivery_that_comes_during_a_look_is_looked_at_next,
            what_is_scheduled_during_a_look_is_not_forgotten,
            fates_only_touch_deliveries_of_the_claimed_repository,
            postponed_work_is_not_brought_forward_by_deliveries,
            only_counted_failures_count,
            giving_up_kills_what_was_there_and_spares_what_came_later,
            parked_work_begins_anew_with_the_next_delivery,
            a_claim_that_is_released_is_due_at_once,
            the_earliest_schedule_wins,
            a_retired_repository_is_left_alone_until_it_is_delivered_for_again,
            memory_comes_back_as_it_was_remembered,
            a_settled_request_is_remembered_when_it_is_spoken_of,
            a_decision_of_a_lost_lease_leaves_no_trace,
            an_effect_goes_from_intended_to_sent_to_confirmed,
            an_effect_that_was_sent_stays_known_as_sent_when_it_is_wished_for_again,
            an_effect_that_was_never_intended_is_a_bug,
            forgotten_effects_are_not_unconfirmed,
            what_was_shown_is_loaded_within_bounds,
            the_ledger_keeps_its_order_and_its_repositories_apart,
            a_check_writes,
        }
    };
}

const SHOP: RepoId = RepoId(71);
const BLOG: RepoId = RepoId(72);
const INSTALLATION: InstallationId = InstallationId(9);
const LEASE: SignedDuration = SignedDuration::from_secs(60);
const OWNER: &str = "worker-1";

/// Seconds after noon of an arbitrary day.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

pub fn name(repo: RepoId) -> RepoName {
    RepoName {
        owner: "local-orbit".to_owned(),
        name: format!("repo-{repo}"),
    }
}

pub fn delivery(repo: RepoId, guid: &str) -> Delivery {
    Delivery {
        guid: guid.to_owned(),
        event: "issue_comment".to_owned(),
        action: Some("created".to_owned()),
        repo: Some(repo),
        name: Some(name(repo)),
        installation: Some(INSTALLATION),
        received_at: at(0),
        body: Bytes::from(format!("{{\"guid\":\"{guid}\"}}")),
        readable: Readable::Yes,
    }
}

async fn deliver(store: &Arc<dyn Store>, repo: RepoId, guid: &str, now: i64) -> Received {
    store.receive(delivery(repo, guid), at(now)).await.unwrap()
}

async fn claim(store: &Arc<dyn Store>, now: i64) -> Option<Claim> {
    store.claim(OWNER, at(now), LEASE).await.unwrap()
}

async fn guids(store: &Arc<dyn Store>, claim: &Claim) -> Vec<String> {
    let deliveries = store.deliveries(claim, 100).await.unwrap();
    deliveries.into_iter().map(|delivery| delivery.guid).collect()
}

async fn settle(store: &Arc<dyn Store>, claim: Claim, done: &[&str], now: i64) {
    let fates: Vec<_> = done.iter().map(|guid| (guid.to_string(), Fate::Done)).collect();
    store.settle(claim, &fates, None, None, at(now)).await.unwrap();
}

fn lost<T: std::fmt::Debug>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::LeaseLost))
}

// Deliveries.

pub async fn a_known_guid_changes_nothing(store: Arc<dyn Store>) {
    assert_eq!(deliver(&store, SHOP, "a", 0).await, Received::Stored);
    assert_eq!(deliver(&store, SHOP, "a", 0).await, Received::SeenBefore);
    let look = claim(&store, 1).await.unwrap();
    settle(&store, look, &["a"], 2).await;
    assert_eq!(deliver(&store, SHOP, "a", 3).await, Received::SeenBefore);
    assert_eq!(claim(&store, 4).await, None);
    assert_eq!(store.status(at(4)).await.unwrap().new, 0);
}

pub async fn a_guid_that_comes_twice_in_one_group_is_stored_once(store: Arc<dyn Store>) {
    let twins = (0..8).map(|_| store.receive(delivery(SHOP, "twin"), at(0)));
    let received = futures_util::future::join_all(twins).await;
    let stored = received
        .iter()
        .filter(|answer| matches!(answer, Ok(Received::Stored)))
        .count();
    let seen = received
        .iter()
        .filter(|answer| matches!(answer, Ok(Received::SeenBefore)))
        .count();
    assert_eq!((stored, seen), (1, 7));
    assert_eq!(store.status(at(0)).await.unwrap().new, 1);
}

pub async fn a_redelivery_gives_a_dead_delivery_another_life(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "a", 0).await;
    let look = claim(&store, 1).await.unwrap();
    let dead = [("a".to_owned(), Fate::Dead("not understood".to_owned()))];
    store.settle(look, &dead, None, None, at(2)).await.unwrap();
    assert_eq!(store.status(at(2)).await.unwrap().dead, 1);
    assert_eq!(claim(&store, 3).await, None);

    assert_eq!(deliver(&store, SHOP, "a", 4).await, Received::Stored);
    assert_eq!(store.status(at(4)).await.unwrap().dead, 0);
    let look = claim(&store, 4).await.unwrap();
    let again = store.deliveries(&look, 10).await.unwrap();
    assert_eq!(again[0].body, b"{\"guid\":\"a\"}");
}

pub async fn an_unreadable_delivery_is_kept_dead_and_wakes_nobody(store: Arc<dyn Store>) {
    let mut unreadable = delivery(SHOP, "a");
    unreadable.repo = None;
    unreadable.body = Bytes::new();
    unreadable.readable = Readable::No("it is not JSON");
    assert_eq!(
        store.receive(unreadable.clone(), at(0)).await.unwrap(),
        Received::Stored
    );
    let status = store.status(at(1)).await.unwrap();
    assert_eq!((status.new, status.dead, status.due), (0, 1, 0));
    assert_eq!(store.receive(unreadable, at(2)).await.unwrap(), Received::Stored);
    assert_eq!(store.status(at(2)).await.unwrap().dead, 1);
}

pub async fn a_delivery_without_a_repository_is_work_for_the_app(store: Arc<dyn Store>) {
    let mut about_the_app = delivery(SHOP, "a");
    about_the_app.repo = None;
    store.receive(about_the_app, at(0)).await.unwrap();
    let look = claim(&store, 0).await.unwrap();
    assert_eq!((look.repo, look.installation, &look.name), (APP, None, &None));
    let deliveries = store.deliveries(&look, 10).await.unwrap();
    assert_eq!(deliveries[0].installation, Some(INSTALLATION));
}

pub async fn many_at_once_are_all_kept_whole(store: Arc<dyn Store>) {
    let receivers: Vec<_> = (0..64)
        .map(|n: i64| {
            let store = store.clone();
            tokio::spawn(async move {
                for turn in 0..8 {
                    let mut one = delivery(RepoId(100 + n % 5), &format!("{n}-{turn}"));
                    one.body = Bytes::from(format!("{n}-{turn};").repeat(200 + n as usize));
                    assert_eq!(store.receive(one, at(0)).await.unwrap(), Received::Stored);
                }
            })
        })
        .collect();
    for receiver in receivers {
        receiver.await.unwrap();
    }
    assert_eq!(store.status(at(0)).await.unwrap().new, 512);
    let mut seen = 0;
    while let Some(look) = claim(&store, 0).await {
        let deliveries = store.deliveries(&look, 1000).await.unwrap();
        for one in &deliveries {
            let n: usize = one.guid.split('-').next().unwrap().parse().unwrap();
            assert_eq!(
                one.body,
                format!("{};", one.guid).repeat(200 + n).into_bytes(),
                "of {}",
                one.guid
            );
        }
        seen += deliveries.len();
        let fates: Vec<_> = deliveries.into_iter().map(|one| (one.guid, Fate::Done)).collect();
        store.settle(look, &fates, None, None, at(0)).await.unwrap();
    }
    assert_eq!(seen, 512);
}

pub async fn a_look_takes_as_many_deliveries_as_it_asks_for(store: Arc<dyn Store>) {
    for guid in ["a", "b", "c"] {
        deliver(&store, SHOP, guid, 0).await;
    }
    let look = claim(&store, 0).await.unwrap();
    let two = store.deliveries(&look, 2).await.unwrap();
    assert_eq!(two.iter().map(|one| one.guid.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    settle(&store, look, &["a", "b"], 1).await;
    let look = claim(&store, 1)
        .await
        .expect("one is left over, so the repository is due");
    assert_eq!(guids(&store, &look).await, ["c"]);
}

pub async fn large_deliveries_are_handed_out_a_few_at_a_time(store: Arc<dyn Store>) {
    for guid in ["a", "b", "c"] {
        let mut large = delivery(SHOP, guid);
        large.body = Bytes::from(vec![b' '; 25 << 20]);
        store.receive(large, at(0)).await.unwrap();
    }
    let look = claim(&store, 0).await.unwrap();
    let handed_out = store.deliveries(&look, 100).await.unwrap();
    assert_eq!(
        handed_out
            .iter()
            .map(|one| (one.guid.as_str(), one.body.len()))
            .collect::<Vec<_>>(),
        [("a", 25 << 20)]
    );
}

// Work.

pub async fn what_piles_up_is_one_look(store: Arc<dyn Store>) {
    for guid in ["a", "b", "c"] {
        deliver(&store, SHOP, guid, 0).await;
    }
    let look = claim(&store, 0).await.unwrap();
    assert_eq!(
        (look.repo, look.installation, look.name.clone()),
        (SHOP, Some(INSTALLATION), Some(name(SHOP)))
    );
    assert_eq!(guids(&store, &look).await, ["a", "b", "c"]);
    settle(&store, look, &["a", "b", "c"], 1).await;
    assert_eq!(claim(&store, 1).await, None);
    assert_eq!(store.next_due().await.unwrap(), None);
}

pub async fn what_is_due_longest_comes_first(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "a", 20).await;
    deliver(&store, BLOG, "b", 10).await;
    assert_eq!(store.next_due().await.unwrap(), Some(at(10)));
    assert_eq!(claim(&store, 9).await, None);
    assert_eq!(claim(&store, 30).await.unwrap().repo, BLOG);
    assert_eq!(claim(&store, 30).await.unwrap().repo, SHOP);
}

pub async fn a_repository_has_one_holder(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "a", 0).await;
    let claims = (0..8).map(|_| claim(&store, 0));
    let claims = futures_util::future::join_all(claims).await;
    assert_eq!(claims.iter().flatten().count(), 1);
    assert_eq!(store.next_due().await.unwrap(), Some(at(60)), "the end of the lease");
    let status = store.status(at(0)).await.unwrap();
    assert_eq!((status.leased, status.due), (1, 0));
}

pub async fn a_holder_whose_lease_ran_out_changes_nothing(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "a", 0).await;
    let old = claim(&store, 0).await.unwrap();
    assert_eq!(claim(&store, 59).await, None);
    assert!(
        lost(store.renew(&old, at(60), LEASE).await),
        "a lease ends even if nobody else wants it"
    );

    let new = claim(&store, 60).await.unwrap();
    assert!(new.fence > old.fence);
    assert_eq!(new.attempts, 0, "a lease that ran out does not count");
    assert!(lost(store.remember(&old, &[], &[], at(61)).await));
    assert!(lost(store.sending(&old, "reply:1", at(61)).await));
    assert!(lost(
        store.record(&old, "reply:1", &Outcome::Outdated, &[], at(61)).await
    ));
    assert!(lost(store.renew(&old, at(61), LEASE).await));
    assert!(lost(
        store
            .settle(old.clone(), &[("a".to_owned(), Fate::Done)], None, None, at(61))
            .await
    ));
    assert!(lost(store.postpone(old.clone(), at(90), true, "late", at(61)).await));
    assert!(lost(store.give_up(old.clone(), "late", at(61)).await));
    assert!(lost(store.release(old, at(61)).await));
    assert_eq!(guids(&store, &new).await, ["a"]);
    settle(&store, new, &["a"], 62).await;
}

pub async fn a_renewed_lease_holds_longer(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "a", 0).await;
    let look = claim(&store, 0).await.unwrap();
    assert_eq!(store.renew(&look, at(50), LEASE).await.unwrap(), at(110));
    assert_eq!(claim(&store, 100).await, None);
    settle(&store, look, &["a"], 100).await;
}

pub async fn a_delivery_that_comes_during_a_look_is_looked_at_next(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "a", 0).await;
    let look = claim(&store, 0).await.unwrap();
    deliver(&store, SHOP, "taken along", 1).await;
    assert_eq!(guids(&store, &look).await, ["a", "taken along"]);
    deliver(&store, SHOP, "too late", 2).await;
    settle(&store, look, &["a", "taken along"], 3).await;
    let look = claim(&store, 3).await.unwrap();
    assert_eq!(guids(&store, &look).await, ["too late"]);
    deliver(&store, SHOP, "last", 4).await;
    settle(&store, look, &["too late", "last"], 5).await;
    assert_eq!(
        claim(&store, 6).await,
        None,
        "what the holder took along costs no second look"
    );
}

pub async fn what_is_scheduled_during_a_look_is_not_forgotten(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "a", 0).await;
    let look = claim(&store, 0).await.unwrap();
    store.schedule(SHOP, None, None, at(30)).await.unwrap();
    store
        .settle(look, &[("a".to_owned(), Fate::Done)], Some(at(100)), None, at(1))
        .await
        .unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(at(30)));
    let look = claim(&store, 30).await.unwrap();
    store
        .settle(look, &[], Some(at(100)), Some(&name(BLOG)), at(31))
        .await
        .unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(at(100)));
    assert_eq!(
        claim(&store, 100).await.unwrap().name,
        Some(name(BLOG)),
        "a renamed repository is known by its new name"
    );
}

pub async fn fates_only_touch_deliveries_of_the_claimed_repository(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "a", 0).await;
    let look = claim(&store, 0).await.unwrap();
    deliver(&store, BLOG, "b", 0).await;
    let ignored = Fate::Ignored("nothing here concerns a promotion".to_owned());
    let fates = [("a".to_owned(), ignored), ("b".to_owned(), Fate::Done)];
    store.settle(look, &fates, None, None, at(1)).await.unwrap();
    let look = claim(&store, 1).await.unwrap();
    assert_eq!(guids(&store, &look).await, ["b"]);
}

pub async fn postponed_work_is_not_brought_forward_by_deliveries(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "a", 0).await;
    let look = claim(&store, 0).await.unwrap();
    store
        .postpone(look, at(50), true, "GitHub answered 502", at(1))
        .await
        .unwrap();
    deliver(&store, SHOP, "b", 2).await;
    store.schedule(SHOP, None, None, at(3)).await.unwrap();
    assert_eq!(claim(&store, 49).await, None);
    assert_eq!(store.status(at(49)).await.unwrap().postponed, 1);
    let look = claim(&store, 50).await.unwrap();
    assert_eq!(guids(&store, &look).await, ["a", "b"]);
}

pub async fn only_counted_failures_count(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "a", 0).await;
    let look = claim(&store, 0).await.unwrap();
    store
        .postpone(look, at(10), true, "GitHub answered 502", at(1))
        .await
        .unwrap();
    let look = claim(&store, 10).await.unwrap();
    assert_eq!(look.attempts, 1);
    store
        .postpone(look, at(20), false, "GitHub asks us to wait", at(11))
        .await
        .unwrap();
    let look = claim(&store, 20).await.unwrap();
    assert_eq!(look.attempts, 1);
    settle(&store, look, &["a"], 21).await;
    store.schedule(SHOP, None, None, at(30)).await.unwrap();
    assert_eq!(claim(&store, 30).await.unwrap().attempts, 0, "a success begins anew");
}

pub async fn giving_up_kills_what_was_there_and_spares_what_came_later(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "poison", 0).await;
    let look = claim(&store, 0).await.unwrap();
    deliver(&store, SHOP, "later", 1).await;
    store.give_up(look, "no luck after 14 attempts", at(2)).await.unwrap();
    let status = store.status(at(2)).await.unwrap();
    assert_eq!((status.dead, status.new, status.parked), (1, 1, 0));
    let look = claim(&store, 2).await.unwrap();
    assert_eq!(
        (guids(&store, &look).await, look.attempts),
        (vec!["later".to_owned()], 0)
    );
}

pub async fn parked_work_begins_anew_with_the_next_delivery(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "a", 0).await;
    let look = claim(&store, 0).await.unwrap();
    store.postpone(look, at(5), true, "no luck", at(1)).await.unwrap();
    let look = claim(&store, 5).await.unwrap();
    store.give_up(look, "no luck", at(6)).await.unwrap();
    assert_eq!(store.status(at(6)).await.unwrap().parked, 1);
    assert_eq!(
        (claim(&store, 1000).await, store.next_due().await.unwrap()),
        (None, None)
    );

    deliver(&store, SHOP, "b", 10).await;
    let look = claim(&store, 10).await.unwrap();
    assert_eq!((look.attempts, guids(&store, &look).await), (0, vec!["b".to_owned()]));
}

pub async fn a_claim_that_is_released_is_due_at_once(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "a", 0).await;
    let look = claim(&store, 0).await.unwrap();
    store.release(look, at(1)).await.unwrap();
    let look = claim(&store, 1).await.unwrap();
    assert_eq!((guids(&store, &look).await, look.attempts), (vec!["a".to_owned()], 0));
}

pub async fn the_earliest_schedule_wins(store: Arc<dyn Store>) {
    store
        .schedule(SHOP, Some(INSTALLATION), Some(&name(SHOP)), at(50))
        .await
        .unwrap();
    store.schedule(SHOP, None, None, at(20)).await.unwrap();
    store.schedule(SHOP, None, None, at(90)).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(at(20)));
    let look = claim(&store, 20).await.unwrap();
    assert_eq!((look.installation, look.name), (Some(INSTALLATION), Some(name(SHOP))));
}

pub async fn a_retired_repository_is_left_alone_until_it_is_delivered_for_again(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "a", 0).await;
    let look = claim(&store, 0).await.unwrap();
    let said = Change::Ledger(entry("remembered"));
    store.remember(&look, &[said], &[], at(1)).await.unwrap();
    store
        .retire(SHOP, "the App was removed from the repository", at(2))
        .await
        .unwrap();
    assert!(lost(store.renew(&look, at(3), LEASE).await));
    assert_eq!(
        (store.status(at(3)).await.unwrap().new, claim(&store, 1000).await),
        (0, None)
    );
    assert_eq!(store.ledger(SHOP, 10).await.unwrap().len(), 1);

    deliver(&store, SHOP, "b", 5).await;
    let look = claim(&store, 5).await.unwrap();
    assert_eq!(guids(&store, &look).await, ["b"]);
}

// Memory.

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

fn request(comment: i64) -> Request {
    Request {
        comment: CommentId(comment),
        pull: PullNumber(3),
        asked_by: anna(),
        asked_at: at(0),
        answers: vec![Answer {
            text: "Waiting for the checks.".to_owned(),
            is_final: false,
        }],
        acknowledged: false,
        reply: None,
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
        request: CommentId(1),
        command: 0,
        armed_at: at(1),
        not_before: None,
        look_at: Some(at(60)),
        expires_at: at(86_401),
        carrying: Cargo::default(),
        leaving: Cargo::default(),
        progress: Progress::Waiting,
    }
}

fn hold() -> Hold {
    Hold {
        environment: staging(),
        held_by: anna(),
        because: Some("a demo".to_owned()),
        until: at(3_600),
        request: CommentId(2),
        command: 1,
        warned: false,
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
        environment: staging(),
        base: "staging".into(),
        head: "main".into(),
        base_at: Some(sha('b')),
        head_at: None,
        pull: Some(PullNumber(3)),
        hold: Some(hold().notice()),
        empty_since: None,
    }
}

fn entry(why: &str) -> Entry {
    Entry {
        kind: EntryKind::Asked,
        who: Some(anna()),
        pull: Some(PullNumber(3)),
        request: Some(CommentId(1)),
        environment: Some(staging()),
        before: Some(sha('b')),
        after: None,
        why: why.to_owned(),
        gates: vec!["checks: open".to_owned()],
    }
}

fn reply(body: &str) -> Effect {
    Effect::Reply {
        request: CommentId(1),
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

pub async fn memory_comes_back_as_it_was_remembered(store: Arc<dyn Store>) {
    let look = hold_shop(&store).await;
    let changes = [
        Change::Request(request(1)),
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
    ];
    store.remember(&look, &changes, &[reply("Hello")], at(1)).await.unwrap();
    let expected = Memory {
        requests: [(CommentId(1), request(1))].into(),
        armed: [(staging(), armed())].into(),
        holds: [(staging(), hold())].into(),
        soaking: [(staging(), soaking(4))].into(),
        shown: vec![shown(3, 5), shown(3, 7)],
        gaps: [(staging(), gap())].into(),
        origins: [(sha('c'), Origin::Direct)].into(),
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
    assert_eq!(store.memory(BLOG, &[CommentId(1)]).await.unwrap(), Memory::default());

    let mut wider = gap();
    wider.head_at = Some(sha('d'));
    let changes = [
        Change::Disarm(staging()),
        Change::Unhold(staging()),
        Change::Soaking(soaking(5)),
        Change::Gap(wider.clone()),
        Change::Request(settled(1)),
    ];
    store.remember(&look, &changes, &[], at(2)).await.unwrap();
    let memory = remembered(&store).await;
    assert_eq!(
        (memory.requests.len(), memory.armed.len(), memory.holds.len()),
        (0, 0, 0)
    );
    assert_eq!(memory.soaking[&staging()], soaking(5));
    assert_eq!(memory.gaps[&staging()], wider);
}

pub async fn a_settled_request_is_remembered_when_it_is_spoken_of(store: Arc<dyn Store>) {
    let look = hold_shop(&store).await;
    let changes = [
        Change::Request(request(1)),
        Change::Request(settled(5)),
        Change::Request(settled(9)),
    ];
    store.remember(&look, &changes, &[], at(1)).await.unwrap();
    let memory = store.memory(SHOP, &[CommentId(1), CommentId(9)]).await.unwrap();
    assert_eq!(
        memory.requests,
        [(CommentId(1), request(1)), (CommentId(9), settled(9))].into()
    );
}

pub async fn a_decision_of_a_lost_lease_leaves_no_trace(store: Arc<dyn Store>) {
    let look = hold_shop(&store).await;
    let changes = [Change::Request(request(1)), Change::Ledger(entry("never"))];
    assert!(lost(store.remember(&look, &changes, &[reply("never")], at(60)).await));
    assert_eq!(store.memory(SHOP, &[CommentId(1)]).await.unwrap(), Memory::default());
    assert_eq!(store.ledger(SHOP, 10).await.unwrap(), vec![]);
}

pub async fn an_effect_goes_from_intended_to_sent_to_confirmed(store: Arc<dyn Store>) {
    let look = hold_shop(&store).await;
    store.remember(&look, &[], &[reply("Hello")], at(1)).await.unwrap();
    store.sending(&look, "reply:1", at(2)).await.unwrap();
    assert_eq!(remembered(&store).await.unconfirmed["reply:1"].sent_at, Some(at(2)));

    let outcome = Outcome::Done(Receipt::Replied { comment: CommentId(2) });
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
    store.sending(&look, "reply:1", at(4)).await.unwrap();
    let known = Unconfirmed {
        effect: reply("Hello, later"),
        sent_at: Some(at(2)),
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
