//! People's pictures, as GitHub shows them to anybody. We fetch them, so that no browser has to ask anybody but us.
//!
//! F1 They are asked for in nobody's name: no token goes along.
//! F2 Redirects are followed to GitHub's own hosts only, and over TLS where GitHub is reached over TLS.
//! F3 Only a small picture of a kind that holds no script counts; everything else is no picture.

use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http::header::{CONTENT_TYPE, LOCATION};

use super::error::GithubError;
use super::transport::{Answer, Transport};
use crate::rules::id::Login;

/// Width and height that are asked for, in pixels: sharp on a phone where a page shows it at half of that.
const SIZE: u32 = 60;

/// A picture of that size has some two thousand bytes.
const BYTES_MAX: usize = 32 * 1024;

/// From the address by login to the one by number, and one more.
const REDIRECTS_MAX: usize = 2;

/// What browsers show and never run.
const KINDS: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Where GitHub keeps the pictures of github.com.
const PICTURES_OF_GITHUB_COM: &str = ".githubusercontent.com";

/// Fetches pictures.
#[derive(Clone)]
pub struct Faces {
    site: Uri,
    transport: Transport,
}

/// A picture, and of which kind it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub kind: &'static str,
    pub bytes: Bytes,
}

impl Faces {
    /// Prepares the connections; sends nothing. `github_url`: `https://github.com`, or `https://HOST` on Enterprise Server. Has to
    /// be called inside a Tokio runtime.
    ///
    /// # Errors
    /// [`GithubError::Misconfigured`] for a URL that can never work.
    pub fn new(github_url: &str, connect_timeout: Duration, request_timeout: Duration) -> Result<Self, GithubError> {
        let site: Uri = github_url.parse().map_err(|_| GithubError::Misconfigured {
            setting: "GITHUB_URL",
            reason: "is not an address".to_owned(),
        })?;
        let transport = Transport::new(site.scheme_str() == Some("https"), connect_timeout, request_timeout)?;
        Ok(Self { site, transport })
    }

    /// The picture of this person; `None` where GitHub shows none or could not be asked.
    ///
    /// GitHub sends `/LOGIN.png` on to the picture by the person's number, for everybody.
    pub async fn of(&self, login: &Login) -> Option<Picture> {
        let mut next = format!(
            "{}/{login}.png?size={SIZE}",
            self.site.to_string().trim_end_matches('/')
        );
        for _ in 0..=REDIRECTS_MAX {
            let answer = self.transport.fetch(&next).await.ok()?;
            if !answer.status.is_redirection() {
                return picture(answer);
            }
            next = self.followed(answer.header(LOCATION.as_str())?)?;
        }
        None
    }

    fn followed(&self, location: &str) -> Option<String> {
        let to: Uri = location.parse().ok()?;
        let Some(host) = to.host() else {
            let here = self.site.to_string();
            return location
                .starts_with('/')
                .then(|| format!("{}{location}", here.trim_end_matches('/')));
        };
        let is_theirs = self.site.authority() == to.authority() || is_githubs(self.site.host()?, host);
        (to.scheme() == self.site.scheme() && is_theirs).then(|| location.to_owned())
    }
}

/// Enterprise Server keeps pictures on hosts below its own.
fn is_githubs(site: &str, host: &str) -> bool {
    host.ends_with(&format!(".{site}")) || (site == "github.com" && host.ends_with(PICTURES_OF_GITHUB_COM))
}

fn picture(answer: Answer) -> Option<Picture> {
    let told = answer.header(CONTENT_TYPE.as_str())?;
    let kind = KINDS.into_iter().find(|kind| told.eq_ignore_ascii_case(kind))?;
    let is_good = answer.status.is_success() && !answer.body.is_empty() && answer.body.len() <= BYTES_MAX;
    is_good.then_some(Picture {
        kind,
        bytes: answer.body,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_githubs_own_hosts_are_followed_to() {
        let second = Duration::from_secs(1);
        let com = Faces::new("https://github.com", second, second).expect("an address");
        let own = Faces::new("https://git.harbour.example", second, second).expect("an address");
        let to = |faces: &Faces, location: &str| faces.followed(location);
        let kept = "https://avatars.githubusercontent.com/u/1?s=60&v=4";
        assert_eq!(to(&com, kept).as_deref(), Some(kept));
        assert_eq!(to(&com, "/u/1").as_deref(), Some("https://github.com/u/1"));
        let kept = "https://media.git.harbour.example/avatars/u/1";
        assert_eq!(to(&own, kept).as_deref(), Some(kept));
        for elsewhere in [
            "http://avatars.githubusercontent.com/u/1",
            "https://avatars.githubusercontent.com.evil.example/u/1",
            "https://evilgithubusercontent.com/u/1",
            "https://evil.example/u/1",
            "https://169.254.169.254/latest",
            "u/1",
            "",
        ] {
            assert_eq!(to(&com, elsewhere), None, "{elsewhere}");
        }
        assert_eq!(to(&own, "https://avatars.githubusercontent.com/u/1"), None);
    }
}
