//! The pictures of people on the cards: fetched from GitHub by us and kept for a day, because no page fetches anything from
//! elsewhere (B4). Where there is none, the letter on the card stays.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;

use super::Board;
use super::page::Trouble;
use crate::github::face::Picture;
use crate::rules::id::Login;

/// How long a picture is good for, and how long nobody is asked again for one that was not there.
const HOLDS: SignedDuration = SignedDuration::from_hours(24);
const ABSENT_HOLDS: SignedDuration = SignedDuration::from_hours(1);

/// Pictures kept at once; of more, the oldest go. They have some two thousand bytes each, and 32 thousand at most.
const KEPT_MAX: usize = 300;

/// Pictures that are fetched at once.
const FETCHED_AT_ONCE: usize = 4;

/// GitHub's own limit is 39; accounts that an enterprise manages have a little more.
const LOGIN_CHARS_MAX: usize = 64;

/// What was fetched, and when.
pub struct Kept {
    pictures: Mutex<HashMap<String, (Timestamp, Option<Picture>)>>,
    fetching: Semaphore,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            pictures: Mutex::default(),
            fetching: Semaphore::new(FETCHED_AT_ONCE),
        }
    }
}

impl Kept {
    fn get(&self, login: &str, now: Timestamp) -> Option<Option<Picture>> {
        let pictures = self.pictures.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, picture) = pictures.get(login)?;
        let holds = if picture.is_some() { HOLDS } else { ABSENT_HOLDS };
        let age = now.duration_since(*at);
        (age < holds && age >= SignedDuration::ZERO).then(|| picture.clone())
    }

    fn put(&self, login: String, now: Timestamp, picture: Option<Picture>) {
        let mut pictures = self.pictures.lock().unwrap_or_else(PoisonError::into_inner);
        pictures.insert(login, (now, picture));
        while pictures.len() > KEPT_MAX {
            let oldest = pictures.iter().min_by_key(|(_, (at, _))| *at);
            let Some(oldest) = oldest.map(|(login, _)| login.clone()) else {
                return;
            };
            pictures.remove(&oldest);
        }
    }
}

/// Where a page finds the picture of this person; `None` for a login that can have none, as those of Apps have brackets.
pub fn address(login: &Login) -> Option<String> {
    let login = login.as_str();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_one = !login.is_empty() && login.len() <= LOGIN_CHARS_MAX && login.chars().all(is_plain);
    is_one.then(|| format!("/faces/{login}"))
}

/// The picture, for whoever is signed in.
pub async fn show(
    State(board): State<Board>,
    headers: HeaderMap,
    Path(login): Path<String>,
) -> Result<Response, Trouble> {
    board.visitor(&headers, "/".to_owned()).await?;
    let login = Login::from(login.as_str());
    if address(&login).is_none() {
        return Err(Trouble::NothingHere);
    }
    let keep = |holds: SignedDuration| {
        let text = format!("private, max-age={}", holds.as_secs());
        HeaderValue::try_from(text).map_or(HeaderValue::from_static("no-store"), |value| value)
    };
    Ok(match picture(&board, &login).await? {
        Some(picture) => {
            let kind = HeaderValue::from_static(picture.kind);
            ([(CONTENT_TYPE, kind), (CACHE_CONTROL, keep(HOLDS))], picture.bytes).into_response()
        }
        None => (StatusCode::NOT_FOUND, [(CACHE_CONTROL, keep(ABSENT_HOLDS))]).into_response(),
    })
}

async fn picture(board: &Board, login: &Login) -> Result<Option<Picture>, Trouble> {
    let faces = &board.open()?.faces;
    let key = login.as_str().to_ascii_lowercase();
    if let Some(kept) = faces.get(&key, board.inner.clock.now()) {
        return Ok(kept);
    }
    let _turn = faces.fetching.acquire().await;
    // Somebody else may have fetched it while this one waited.
    if let Some(kept) = faces.get(&key, board.inner.clock.now()) {
        return Ok(kept);
    }
    let found = board.open()?.door.faces.of(login).await;
    faces.put(key, board.inner.clock.now(), found.clone());
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::constant(1_790_000_000, 0);

    fn picture() -> Option<Picture> {
        Some(Picture {
            kind: "image/png",
            bytes: bytes::Bytes::from_static(b"a picture"),
        })
    }

    #[test]
    fn a_picture_is_kept_for_a_day_and_its_absence_for_an_hour() {
        let kept = Kept::default();
        kept.put("anna".to_owned(), NOON, picture());
        kept.put("bert".to_owned(), NOON, None);
        let after = |hours| NOON + SignedDuration::from_hours(hours) - SignedDuration::from_secs(1);
        assert_eq!(kept.get("anna", after(24)), Some(picture()));
        assert_eq!(kept.get("anna", after(25)), None);
        assert_eq!(kept.get("bert", after(1)), Some(None));
        assert_eq!(kept.get("bert", after(2)), None);
        assert_eq!(kept.get("anna", after(0)), None, "the clock was set back");
    }

    #[test]
    fn many_names_do_not_fill_memory() {
        let kept = Kept::default();
        for n in 0..1_000 {
            kept.put(format!("person-{n}"), NOON + SignedDuration::from_secs(n), picture());
        }
        assert_eq!(kept.pictures.lock().unwrap().len(), KEPT_MAX);
        assert!(kept.get("person-999", NOON + SignedDuration::from_secs(999)).is_some());
    }
}
