//! What is received is kept, once, whole, and handed out.

use std::sync::Arc;

use bytes::Bytes;
use greenlight::rules::id::RepoId;
use greenlight::store::{APP, Fate, LogMark, LongReading, Readable, Received, Store};

use super::*;

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

pub async fn guids_are_lacking_until_a_delivery_has_them(store: Arc<dyn Store>) {
    deliver(&store, SHOP, "settled", 0).await;
    let look = claim(&store, 1).await.unwrap();
    settle(&store, look, &["settled"], 2).await;
    let mut empty = delivery(SHOP, "empty");
    empty.body = Bytes::new();
    store.receive(empty, at(3)).await.unwrap();
    let asked = ["settled", "empty", "never"].map(str::to_owned);
    let lacking: Vec<String> = store.lacking(&asked).await.unwrap().into_iter().collect();
    assert_eq!(lacking, ["never"]);
    let look = claim(&store, 4).await.unwrap();
    let handed_out = store.deliveries(&look, 10).await.unwrap();
    assert_eq!(handed_out[0].body, b"", "a delivery without a body stays one");
}

pub async fn how_far_the_log_was_compared_is_kept(store: Arc<dyn Store>) {
    assert_eq!(store.log_mark().await.unwrap(), None);
    store.schedule(APP, None, None, at(0)).await.unwrap();
    let look = claim(&store, 0).await.unwrap();
    let mut mark = LogMark {
        floor: at(-100),
        on_floor: vec!["there before".to_owned()],
        read_to: at(-10),
        read_at: at(0),
        under_way: None,
    };
    store.note_log(&look, &mark, at(1)).await.unwrap();
    assert_eq!(store.log_mark().await.unwrap(), Some(mark.clone()));
    mark.under_way = Some(LongReading {
        cursor: "/app/hook/deliveries?cursor=v1_7".to_owned(),
        newest: at(-1),
    });
    store.note_log(&look, &mark, at(2)).await.unwrap();
    assert_eq!(store.log_mark().await.unwrap(), Some(mark.clone()));
    mark.read_to = at(5);
    assert!(lost(store.note_log(&look, &mark, at(100)).await));
    assert_ne!(store.log_mark().await.unwrap(), Some(mark));
}

pub async fn how_far_comments_were_heard_is_kept(store: Arc<dyn Store>) {
    assert_eq!(store.heard_to(SHOP).await.unwrap(), None);
    deliver(&store, SHOP, "a", 0).await;
    let look = claim(&store, 0).await.unwrap();
    assert_eq!(store.heard_to(SHOP).await.unwrap(), None);
    store.note_heard(&look, at(-5), at(1)).await.unwrap();
    assert_eq!(store.heard_to(SHOP).await.unwrap(), Some(at(-5)));
    assert_eq!(store.heard_to(BLOG).await.unwrap(), None);
    assert!(lost(store.note_heard(&look, at(7), at(100)).await));
    assert_eq!(store.heard_to(SHOP).await.unwrap(), Some(at(-5)));
}

pub async fn old_bodies_go_and_their_guids_stay(store: Arc<dyn Store>) {
    for guid in ["settled", "dead", "waits"] {
        deliver(&store, SHOP, guid, 0).await;
    }
    let look = claim(&store, 1).await.unwrap();
    let fates = [
        ("settled".to_owned(), Fate::Done),
        ("dead".to_owned(), Fate::Dead("not understood".to_owned())),
    ];
    store.settle(look, &fates, None, None, at(2)).await.unwrap();
    assert_eq!(store.prune(at(0), at(0)).await.unwrap(), 0, "none is older");
    assert_eq!(store.prune(at(1), at(0)).await.unwrap(), 1, "the settled one");
    assert_eq!(store.prune(at(1), at(0)).await.unwrap(), 0);
    assert_eq!(store.prune(at(1), at(1)).await.unwrap(), 1, "the dead one");
    assert_eq!(deliver(&store, SHOP, "settled", 3).await, Received::SeenBefore);
    assert_eq!(deliver(&store, SHOP, "dead", 3).await, Received::Stored, "another life");
    let look = claim(&store, 4).await.unwrap();
    assert_eq!(guids(&store, &look).await, ["waits", "dead"]);
}
