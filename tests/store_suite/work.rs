//! One repository has one holder, and nothing that was asked for is forgotten.

use std::sync::Arc;

use greenlight::rules::effect::Outcome;
use greenlight::rules::id::{InstallationId, RepoId};
use greenlight::rules::memory::Change;
use greenlight::store::{Fate, Store};

use super::memory::entry;
use greenlight::rules::interpret::Urgency;

use super::*;

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
    assert_eq!(store.next_due(at(1)).await.unwrap(), None);
}

pub async fn what_is_due_longest_comes_first(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "a", 20).await;
    deliver(&store, BLOG, "b", 10).await;
    assert_eq!(store.next_due(at(0)).await.unwrap(), Some(at(10)));
    assert_eq!(claim(&store, 9).await, None);
    assert_eq!(claim(&store, 30).await.unwrap().repo, BLOG);
    assert_eq!(claim(&store, 30).await.unwrap().repo, SHOP);
}

pub async fn a_repository_has_one_holder(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "a", 0).await;
    let claims = (0..8).map(|_| claim(&store, 0));
    let claims = futures_util::future::join_all(claims).await;
    assert_eq!(claims.iter().flatten().count(), 1);
    assert_eq!(
        store.next_due(at(0)).await.unwrap(),
        Some(at(60)),
        "the end of the lease"
    );
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
    assert_eq!(store.next_due(at(1)).await.unwrap(), Some(at(30)));
    let look = claim(&store, 30).await.unwrap();
    store
        .settle(look, &[], Some(at(100)), Some(&name(BLOG)), at(31))
        .await
        .unwrap();
    assert_eq!(store.next_due(at(31)).await.unwrap(), Some(at(100)));
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
        (claim(&store, 1000).await, store.next_due(at(1000)).await.unwrap()),
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
    assert_eq!(store.next_due(at(0)).await.unwrap(), Some(at(20)));
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

pub async fn the_first_look_and_a_scheduled_one_are_at_everything(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "a", 0).await;
    let first = claim(&store, 0).await.unwrap();
    assert!(first.everything);
    settle(&store, first, &["a"], 1).await;
    deliver(&store, SHOP, "b", 2).await;
    let heard = claim(&store, 2).await.unwrap();
    assert!(!heard.everything);
    store.schedule(SHOP, None, None, at(3)).await.unwrap();
    settle(&store, heard, &["b"], 3).await;
    let scheduled = claim(&store, 3).await.unwrap();
    assert!(scheduled.everything, "asked for while the other look was under way");
    store.postpone(scheduled, at(4), true, "no luck", at(3)).await.unwrap();
    assert!(claim(&store, 4).await.unwrap().everything, "not done yet");
}

pub async fn an_installation_knows_its_repositories(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "a", 0).await;
    store.schedule(BLOG, Some(INSTALLATION), None, at(0)).await.unwrap();
    store
        .schedule(RepoId(73), Some(InstallationId(10)), None, at(0))
        .await
        .unwrap();
    let mut about_the_app = delivery(SHOP, "b");
    about_the_app.repo = None;
    store.receive(about_the_app, at(0)).await.unwrap();
    let mut known = store.of_installation(INSTALLATION).await.unwrap();
    known.sort();
    assert_eq!(known, [SHOP, BLOG]);
}

async fn deliver_as(store: &Arc<dyn Store>, guid: &str, urgency: Urgency, now: i64) {
    let mut urgent = delivery(SHOP, guid);
    urgent.urgency = urgency;
    store.receive(urgent, at(now)).await.unwrap();
}

pub async fn what_can_wait_waits_until_the_repository_has_rested(store: Arc<dyn Store>) {
    deliver_as(&store, "a", Urgency::Patient, 0).await;
    let look = claim(&store, 0).await.expect("nothing came before it");
    deliver_as(&store, "during", Urgency::Patient, 1).await;
    store.rest(&look, at(10), at(2)).await.unwrap();
    settle(&store, look, &["a"], 2).await;
    assert_eq!(claim(&store, 9).await, None);
    deliver_as(&store, "b", Urgency::Patient, 9).await;
    assert_eq!(claim(&store, 9).await, None);
    let look = claim(&store, 10).await.expect("it has rested");
    assert_eq!(guids(&store, &look).await, ["during", "b"]);
    store.rest(&look, at(20), at(11)).await.unwrap();
    settle(&store, look, &["during", "b"], 11).await;
    deliver_as(&store, "c", Urgency::Patient, 12).await;
    deliver_as(&store, "d", Urgency::News, 13).await;
    let look = claim(&store, 13).await.expect("news of people do not wait");
    assert_eq!(guids(&store, &look).await, ["c", "d"]);
    deliver_as(&store, "e", Urgency::News, 14).await;
    settle(&store, look, &["c", "d"], 14).await;
    assert!(
        claim(&store, 14).await.is_some(),
        "nor do those that come during a look"
    );
}

pub async fn a_word_brings_forward_what_is_tried_again_and_never_what_github_asked_for(store: Arc<dyn Store>) {
    deliver_as(&store, "a", Urgency::News, 0).await;
    let look = claim(&store, 0).await.unwrap();
    store.postpone(look, at(300), true, "no answer", at(1)).await.unwrap();
    deliver_as(&store, "b", Urgency::News, 2).await;
    assert_eq!(claim(&store, 3).await, None);
    deliver_as(&store, "c", Urgency::Word, 4).await;
    let look = claim(&store, 4).await.expect("somebody waits for an answer");
    assert_eq!(look.attempts, 1);
    store
        .postpone(look, at(100), false, "a rate limit", at(5))
        .await
        .unwrap();
    deliver_as(&store, "d", Urgency::Word, 6).await;
    assert_eq!(claim(&store, 99).await, None);
    let look = claim(&store, 100).await.expect("GitHub lets us again");
    store.postpone(look, at(400), true, "no answer", at(101)).await.unwrap();
    deliver_as(&store, "e", Urgency::Word, 102).await;
    assert!(claim(&store, 102).await.is_some());
}
