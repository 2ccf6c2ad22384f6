//! Remembers what GitHub answered last, so that an unchanged answer is a 304 and costs nothing of the rate limit.
//!
//! In memory only: after a start the first look pays full price. Bounded in entries and bytes, the least recently used goes first.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::HeaderValue;
use http::header::{ETAG, LINK};
use serde::de::IgnoredAny;

use super::budget::Scope;
use super::header::next_page;
use super::transport::Answer;

/// A look at a repository is about ten answers, so this holds a hundred lively repositories.
const ENTRIES_MAX: usize = 1_000;
const BYTES_MAX: usize = 6 * 1024 * 1024;
/// A larger answer (a comparison with patches) would push out a dozen others.
const ENTRY_BYTES_MAX: usize = 512 * 1024;

/// An answer is kept per installation: another one may be shown something else under the same URL.
type Key = (Scope, String);

#[derive(Default)]
pub(super) struct Cache {
    shelf: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    entries: HashMap<Key, Entry>,
    bytes: usize,
    uses: u64,
}

struct Entry {
    known: Known,
    last_use: u64,
}

/// An answer with the tag by which GitHub recognises it, kept as it was sent, weak or strong.
#[derive(Clone)]
pub(super) struct Known {
    pub etag: HeaderValue,
    pub answer: Answer,
}

impl Cache {
    pub fn get(&self, scope: Scope, url: &str) -> Option<Known> {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.uses += 1;
        let now = shelf.uses;
        let entry = shelf.entries.get_mut(&(scope, url.to_owned()))?;
        entry.last_use = now;
        Some(entry.known.clone())
    }

    /// Keeps a successful answer that carries an ETag; any other makes no difference, nor does the last page of a list if it is
    /// full. One that broke off on its way would be confirmed by GitHub for as long as nothing changes, so what is no JSON is not
    /// kept.
    pub fn keep(&self, scope: Scope, url: &str, answer: &Answer) {
        let Some(etag) = answer.headers.get(ETAG) else {
            return;
        };
        if answer.status != http::StatusCode::OK || answer.body.len() > ENTRY_BYTES_MAX {
            return;
        }
        if serde_json::from_slice::<IgnoredAny>(&answer.body).is_err() || may_go_on(url, answer) {
            return;
        }
        let links = answer.headers.get_all(LINK).iter().map(|link| (LINK, link.clone()));
        let known = Known {
            etag: etag.clone(),
            // Only what is looked at again; the body is copied out of the connection's larger buffer.
            answer: Answer {
                status: answer.status,
                headers: links.collect(),
                body: Bytes::copy_from_slice(&answer.body),
            },
        };
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.put((scope, url.to_owned()), known);
    }
}

/// Whether this is a list's last page and as full as pages get. What is added to the list then comes on a next page; GitHub's tag
/// is that of one page, which does not change by it, and a 304 carries no links. So such a page is read anew each time.
fn may_go_on(url: &str, answer: &Answer) -> bool {
    let items = serde_json::from_slice::<Vec<IgnoredAny>>(&answer.body).map_or(0, |items| items.len());
    items >= page_size(url) && answer.header("link").and_then(next_page).is_none()
}

/// Items that a page of this list may have: 30, unless another number is asked for.
fn page_size(url: &str) -> usize {
    let (_, query) = url.split_once('?').unwrap_or_default();
    let asked = query.split('&').find_map(|pair| pair.strip_prefix("per_page="));
    asked.and_then(|number| number.parse().ok()).unwrap_or(30)
}

impl Shelf {
    fn put(&mut self, key: Key, known: Known) {
        self.uses += 1;
        self.remove(&key);
        self.bytes += known.answer.body.len();
        let last_use = self.uses;
        self.entries.insert(key, Entry { known, last_use });
        while self.entries.len() > ENTRIES_MAX || self.bytes > BYTES_MAX {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.last_use);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else {
                return;
            };
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, key: &Key) {
        if let Some(entry) = self.entries.remove(key) {
            self.bytes -= entry.known.answer.body.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, StatusCode};

    use super::{Answer, BYTES_MAX, Cache, ENTRIES_MAX, ENTRY_BYTES_MAX, Scope};

    fn answer(bytes: usize) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert("etag", HeaderValue::from_static("W/\"a\""));
        Answer {
            status: StatusCode::OK,
            headers,
            body: Bytes::from(vec![b'1'; bytes]),
        }
    }

    #[test]
    fn the_least_recently_used_answer_makes_room() {
        let cache = Cache::default();
        for number in 0..ENTRIES_MAX {
            cache.keep(Scope::App, &number.to_string(), &answer(1));
        }
        assert!(cache.get(Scope::App, "0").is_some());
        cache.keep(Scope::App, "one more", &answer(1));
        assert!(cache.get(Scope::App, "0").is_some(), "was used just now");
        assert!(cache.get(Scope::App, "1").is_none(), "was used longest ago");
    }

    #[test]
    fn bytes_are_bounded_and_given_back() {
        let cache = Cache::default();
        for number in 0..100 {
            cache.keep(Scope::App, &number.to_string(), &answer(ENTRY_BYTES_MAX));
            cache.keep(Scope::App, "the same", &answer(ENTRY_BYTES_MAX));
        }
        let shelf = cache.shelf.lock().unwrap();
        assert_eq!(shelf.entries.len(), BYTES_MAX / ENTRY_BYTES_MAX);
        assert_eq!(shelf.bytes, shelf.entries.len() * ENTRY_BYTES_MAX);
    }

    #[test]
    fn an_answer_that_broke_off_is_not_kept() {
        let cache = Cache::default();
        let mut broken_off = answer(0);
        broken_off.body = Bytes::from_static(br#"[{"id": 1}, {"#);
        cache.keep(Scope::App, "a list", &broken_off);
        assert!(cache.get(Scope::App, "a list").is_none());
    }

    #[test]
    fn an_answer_without_a_tag_is_not_kept() {
        let cache = Cache::default();
        let mut untagged = answer(1);
        untagged.headers.clear();
        cache.keep(Scope::App, "url", &untagged);
        assert!(cache.get(Scope::App, "url").is_none());
    }
}
