//! How GitHub is asked: conditionally, patiently, past redirects on its own host, and to the last page.

use std::sync::atomic::Ordering;

use http::{Method, StatusCode};
use serde::de::DeserializeOwned;

use super::Inner;
use super::budget::Scope;
use super::error::{Because, Complaint, GithubError};
use super::header::next_page;
use super::transport::{Answer, Ask};
use crate::fault::{Fault, planted};

/// A renamed repository answers with one redirect, one that was also transferred with two.
const REDIRECTS_MAX: usize = 3;

/// Items a page; the most GitHub gives, so that most lists are one request.
pub(super) const PER_PAGE: usize = 100;

/// A read's answer that is neither a redirect nor about permissions: the thing itself, or that it is not there.
pub(super) struct Reading {
    /// For errors and log lines.
    pub action: String,
    pub answer: Answer,
}

/// A list, page by page.
pub(super) struct Pages {
    pub action: String,
    pub pages: Vec<Answer>,
    /// Whether the last page was reached before the bound.
    pub complete: bool,
}

impl Inner {
    /// Reads one thing.
    ///
    /// # Errors
    /// [`GithubError::Forbidden`] on a 403, so that a permission that lacks is never taken for an absence.
    pub(super) async fn get(&self, scope: Scope, path: &str) -> Result<Reading, GithubError> {
        self.get_url(scope, self.api.url(path)).await
    }

    /// Reads a list to its end, or to `pages_max`. `None`: GitHub knows no such list.
    pub(super) async fn get_pages(
        &self,
        scope: Scope,
        path: &str,
        pages_max: usize,
    ) -> Result<Option<Pages>, GithubError> {
        let mut next = Some(self.api.url(path));
        let mut read = Pages {
            action: format!("GET {}", path.split('?').next().unwrap_or(path)),
            pages: Vec::new(),
            complete: true,
        };
        while let Some(url) = next {
            if planted(Fault::ReadOnePage) && !read.pages.is_empty() {
                break;
            }
            if read.pages.len() == pages_max {
                read.complete = false;
                break;
            }
            let Reading { action, answer } = self.get_url(scope, url).await?;
            match answer.status {
                StatusCode::OK => {}
                _ if read.pages.is_empty() && is_missing(&answer) => return Ok(None),
                _ => {
                    return Err(GithubError::unexpected(&action, Complaint::of(&answer).to_string()));
                }
            }
            next = self.next_of(&action, &answer)?;
            read.pages.push(answer);
        }
        Ok(Some(read))
    }

    fn next_of(&self, action: &str, answer: &Answer) -> Result<Option<String>, GithubError> {
        let next = answer.header("link").and_then(next_page);
        next.map(|target| self.followed(action, target)).transpose()
    }

    pub(super) fn followed(&self, action: &str, target: &str) -> Result<String, GithubError> {
        let elsewhere = || GithubError::unexpected(action, format!("it points away from the API, to {target:?}"));
        self.api.follow(target).ok_or_else(elsewhere)
    }

    async fn get_url(&self, scope: Scope, mut url: String) -> Result<Reading, GithubError> {
        for _ in 0..=REDIRECTS_MAX {
            let (action, answer) = self.get_unless_known(scope, &url).await?;
            match answer.status.as_u16() {
                301 | 302 | 307 | 308 => {
                    let target = answer.header("location").unwrap_or_default();
                    url = self.followed(&action, target)?;
                }
                403 => return Err(forbidden(&action, &answer)),
                _ => return Ok(Reading { action, answer }),
            }
        }
        Err(GithubError::unexpected(
            &format!("GET {url}"),
            format!("it redirects more than {REDIRECTS_MAX} times"),
        ))
    }

    /// One GET; an answer that has not changed since it was last read comes from the cache.
    async fn get_unless_known(&self, scope: Scope, url: &str) -> Result<(String, Answer), GithubError> {
        let known = self.cache.get(scope, url);
        let stale = (planted(Fault::StaleRights) && url.ends_with("/permission"))
            || (planted(Fault::StaleConfiguration) && url.contains("/contents/"));
        if let Some(known) = known.clone().filter(|_| stale) {
            return Ok((url.to_owned(), known.answer));
        }
        let ask = Ask {
            method: Method::GET,
            url: url.to_owned(),
            body: None,
            if_none_match: known.as_ref().map(|known| known.etag.clone()),
        };
        let answer = self.call_patiently(scope, &ask).await?;
        let answer = match known {
            Some(known) if answer.status == StatusCode::NOT_MODIFIED => {
                self.budget.not_modified.fetch_add(1, Ordering::Relaxed);
                known.answer
            }
            _ => {
                self.cache.keep(scope, url, &answer);
                answer
            }
        };
        Ok((ask.action(), answer))
    }
}

impl Reading {
    /// The thing that was asked for.
    ///
    /// # Errors
    /// [`GithubError::Unexpected`] for any other status than 200, and for a body that lacks what we need.
    pub fn found<T: DeserializeOwned>(&self) -> Result<T, GithubError> {
        match self.answer.status {
            StatusCode::OK => parsed(&self.action, &self.answer),
            _ => Err(GithubError::unexpected(
                &self.action,
                Complaint::of(&self.answer).to_string(),
            )),
        }
    }

    /// The thing that was asked for, or `None` on a 404.
    ///
    /// # Errors
    /// As [`Self::found`].
    pub fn found_or_none<T: DeserializeOwned>(&self) -> Result<Option<T>, GithubError> {
        match self.is_missing() {
            true => Ok(None),
            false => self.found().map(Some),
        }
    }

    /// Whether there is no such thing.
    pub fn is_missing(&self) -> bool {
        is_missing(&self.answer)
    }

    /// Whether GitHub answered with a list, as it does where a path or name fits several things.
    pub fn is_list(&self) -> bool {
        self.answer.body.trim_ascii_start().starts_with(b"[")
    }
}

/// A 410 is an absence only where it says so: it is also how GitHub answers a version of its API that it has retired. Issues
/// are gone where the repository has them switched off.
fn is_missing(answer: &Answer) -> bool {
    match answer.status {
        StatusCode::NOT_FOUND => true,
        StatusCode::GONE => Complaint::of(answer).says(&["was deleted", "disabled"]),
        _ => false,
    }
}

impl Pages {
    /// Every page, read as `T`.
    pub fn parsed<T: DeserializeOwned>(&self) -> Result<Vec<T>, GithubError> {
        self.pages.iter().map(|page| parsed(&self.action, page)).collect()
    }

    /// Every item of a list of lists.
    ///
    /// # Errors
    /// [`GithubError::Unexpected`] when the list went on past the bound: half a list is never taken for a whole one (G2).
    pub fn items<T: DeserializeOwned>(&self) -> Result<Vec<T>, GithubError> {
        self.must_be_complete()?;
        Ok(self.parsed::<Vec<T>>()?.into_iter().flatten().collect())
    }

    /// # Errors
    /// [`GithubError::Unexpected`] when pages are missing.
    pub fn must_be_complete(&self) -> Result<(), GithubError> {
        match self.complete {
            true => Ok(()),
            false => Err(GithubError::unexpected(
                &self.action,
                format!("the list has more than {} pages", self.pages.len()),
            )),
        }
    }
}

/// Reads a body; the cause of a failure names the field, and never more of the body than that.
pub(super) fn parsed<T: DeserializeOwned>(action: &str, answer: &Answer) -> Result<T, GithubError> {
    serde_json::from_slice(&answer.body).map_err(|error| GithubError::Unexpected {
        action: action.to_owned(),
        source: Box::new(Because(format!("its body cannot be read: {error}"))),
    })
}

/// A 403 that is not about limits: a permission was never granted, or the installation is suspended.
pub(super) fn forbidden(action: &str, answer: &Answer) -> GithubError {
    let source = Complaint::of(answer);
    if source.says(&["installation has been suspended"]) {
        return GithubError::Gone { what: source.message };
    }
    GithubError::Forbidden {
        action: action.to_owned(),
        permission: permission_of(answer),
        source,
    }
}

/// What GitHub says would have been accepted.
pub(super) fn permission_of(answer: &Answer) -> String {
    let told = answer
        .header("x-accepted-github-permissions")
        .filter(|told| !told.trim().is_empty());
    told.unwrap_or("that GitHub did not name").to_owned()
}
