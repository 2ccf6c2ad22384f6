//! Who is signed in: what begins, ends and is renewed once.

use std::sync::Arc;

use greenlight::rules::id::{Login, UserId};
use greenlight::store::{Digest, Session, Store};
use jiff::SignedDuration;

use super::at;

const LIFE: SignedDuration = SignedDuration::from_hours(12);
const ANNA: UserId = UserId(7);

fn digest(byte: u8) -> Digest {
    [byte; 32]
}

fn session(id: u8, user: UserId, seconds: i64) -> Session {
    Session::new(digest(id), user, Login::from("anna"), vec![0, 255, id], at(seconds))
}

pub async fn a_sign_in_comes_back_once(store: Arc<dyn Store>) {
    let spend = |state, now: i64| {
        let store = store.clone();
        async move { store.spend_sign_in(digest(state), at(now), at(600)).await.unwrap() }
    };
    assert!(spend(1, 0).await);
    assert!(spend(2, 0).await);
    assert!(!spend(1, 600).await, "it came back before");
    assert!(spend(1, 601).await, "what has expired is kept no longer");
}

pub async fn a_session_comes_back_as_it_was_opened_until_it_ends(store: Arc<dyn Store>) {
    let opened = session(1, ANNA, 0);
    store.open_session(&opened, LIFE).await.unwrap();
    store.open_session(&session(2, ANNA, 0), LIFE).await.unwrap();
    store.open_session(&session(3, UserId(8), 0), LIFE).await.unwrap();
    assert_eq!(store.session(digest(1)).await.unwrap(), Some(opened.clone()));

    store.touch_session(digest(1), at(60)).await.unwrap();
    store.touch_session(digest(1), at(30)).await.unwrap();
    let touched = Session {
        seen_at: at(60),
        ..opened
    };
    assert_eq!(store.session(digest(1)).await.unwrap(), Some(touched));

    store.end_session(digest(1)).await.unwrap();
    assert_eq!(store.session(digest(1)).await.unwrap(), None);
    assert!(store.session(digest(2)).await.unwrap().is_some());
    store.open_session(&session(4, ANNA, 0), LIFE).await.unwrap();
    assert_eq!(store.end_sessions_of(ANNA).await.unwrap(), 2);
    assert_eq!(store.session(digest(2)).await.unwrap(), None);
    assert!(store.session(digest(3)).await.unwrap().is_some());
}

pub async fn sessions_that_are_over_are_forgotten(store: Arc<dyn Store>) {
    store.open_session(&session(1, ANNA, 0), LIFE).await.unwrap();
    let later = LIFE.as_secs() + 1;
    store.open_session(&session(2, ANNA, later), LIFE).await.unwrap();
    assert_eq!(store.session(digest(1)).await.unwrap(), None);
    assert!(store.session(digest(2)).await.unwrap().is_some());
}

pub async fn tokens_are_renewed_by_one_at_a_time(store: Arc<dyn Store>) {
    store.open_session(&session(1, ANNA, 0), LIFE).await.unwrap();
    let claim = |version, now: i64| {
        let store = store.clone();
        async move {
            store
                .claim_renewal(digest(1), version, at(now), at(now + 30))
                .await
                .unwrap()
        }
    };
    assert!(claim(0, 0).await);
    assert!(!claim(0, 29).await, "somebody is at it");
    assert!(claim(0, 30).await, "who was at it has died");
    store.release_renewal(digest(1), 0).await.unwrap();
    assert!(claim(0, 31).await, "it was given back");
    assert!(store.renew_session(digest(1), 0, b"new").await.unwrap());
    assert!(!store.renew_session(digest(1), 0, b"late").await.unwrap());
    assert!(!claim(0, 99).await, "that version is gone");
    let renewed = store.session(digest(1)).await.unwrap().unwrap();
    assert_eq!((renewed.tokens.as_slice(), renewed.version), (&b"new"[..], 1));
    assert!(claim(1, 99).await);
    store.end_session(digest(1)).await.unwrap();
    assert!(!store.renew_session(digest(1), 1, b"after the end").await.unwrap());
}
