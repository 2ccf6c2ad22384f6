//! The addresses of GitHub's things: URLs that stay on the API's host whatever an answer or a branch name holds.

use http::Uri;

use crate::rules::id::RepoName;

/// The API's root. Every URL that a token is sent to is made here.
#[derive(Clone, Debug)]
pub(super) struct ApiUrl {
    root: Uri,
    /// `https://HOST[:PORT]`
    origin: String,
    /// The path below which everything lies: empty, or `/api/v3`.
    base: String,
}

impl ApiUrl {
    /// Reads the operator's setting.
    ///
    /// # Errors
    /// The reason, without the text, if it is not a plain http(s) URL.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let root: Uri = text.trim().parse().map_err(|_| "it is not a URL")?;
        let scheme = root.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"));
        let (Some(scheme), Some(authority)) = (scheme, root.authority()) else {
            return Err("it does not begin with https:// or http://");
        };
        if authority.as_str().contains('@') || root.query().is_some() {
            return Err("it holds more than a host and a path");
        }
        Ok(Self {
            origin: format!("{scheme}://{authority}"),
            base: root.path().trim_end_matches('/').to_owned(),
            root,
        })
    }

    pub fn is_https(&self) -> bool {
        self.root.scheme_str() == Some("https")
    }

    /// The URL of a path such as `/app`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin, self.base)
    }

    /// The URL of a path that lies beside the REST API: GitHub Enterprise Server has `/api/graphql` beside `/api/v3`.
    pub fn url_beside(&self, path: &str) -> String {
        let beside = self.base.strip_suffix("/v3").unwrap_or(&self.base);
        format!("{}{beside}{path}", self.origin)
    }

    /// The URL that GitHub points to, in a redirect or to a next page; `None` when it lies on another host, where the token
    /// would go.
    pub fn follow(&self, target: &str) -> Option<String> {
        let uri: Uri = target.parse().ok()?;
        let same = |other: &Uri| {
            other.scheme() == self.root.scheme() && host(other) == host(&self.root) && port(other) == port(&self.root)
        };
        let is_path = uri.authority().is_none() && target.starts_with('/');
        if !is_path && !same(&uri) {
            return None;
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        // `https://HOST?x` has no path at all.
        let slash = if path.starts_with('/') { "" } else { "/" };
        Some(format!("{}{slash}{path}", self.origin))
    }
}

fn host(uri: &Uri) -> Option<String> {
    uri.host().map(str::to_ascii_lowercase)
}

fn port(uri: &Uri) -> Option<u16> {
    uri.port_u16().or(match uri.scheme_str() {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    })
}

/// The path of something of a repository; `rest` begins with a slash or is empty.
pub(super) fn of_repo(name: &RepoName, rest: &str) -> String {
    format!("/repos/{}/{}{rest}", encoded(&name.owner), encoded(&name.name))
}

/// One segment of a path or value of a query, with everything escaped that could mean something else there.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A branch in the paths of refs, where GitHub wants its slashes as they are.
pub(super) fn encoded_ref(branch: &str) -> String {
    let parts: Vec<String> = branch.split('/').map(encoded).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{ApiUrl, encoded, encoded_ref};

    #[test]
    fn paths_lie_below_the_root() {
        let dotcom = ApiUrl::parse("https://api.github.com/").unwrap();
        assert_eq!(dotcom.url("/app"), "https://api.github.com/app");
        let enterprise = ApiUrl::parse("https://ghe.example.com/api/v3").unwrap();
        assert_eq!(enterprise.url("/app"), "https://ghe.example.com/api/v3/app");
        assert_eq!(dotcom.url_beside("/graphql"), "https://api.github.com/graphql");
        assert_eq!(enterprise.url_beside("/graphql"), "https://ghe.example.com/api/graphql");
    }

    #[test]
    fn what_is_no_plain_url_is_refused() {
        for text in [
            "",
            "api.github.com",
            "ftp://api.github.com",
            "https://me:secret@api.github.com",
            "https://a.b/?x=1",
        ] {
            assert!(ApiUrl::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_links_to_the_same_host_are_followed() {
        let api = ApiUrl::parse("https://ghe.example.com/api/v3").unwrap();
        let next = "https://ghe.example.com/api/v3/repositories/1/pulls?page=2";
        assert_eq!(api.follow(next).unwrap(), next);
        assert_eq!(
            api.follow("https://GHE.example.com:443/x").unwrap(),
            "https://ghe.example.com/x"
        );
        assert_eq!(
            api.follow("/api/v3/repositories/1").unwrap(),
            "https://ghe.example.com/api/v3/repositories/1"
        );
        for target in [
            "https://evil.example.com/x",
            "http://ghe.example.com/x",
            "https://ghe.example.com:8443/x",
            "//evil.example.com/x",
            "x",
        ] {
            let followed = api.follow(target);
            assert!(
                followed
                    .as_ref()
                    .is_none_or(|url| url.starts_with("https://ghe.example.com/")),
                "{target}: {followed:?}"
            );
        }
    }

    #[test]
    fn an_address_without_a_path_is_followed_below_the_host() {
        let api = ApiUrl::parse("https://ghe.example.com/api/v3").unwrap();
        let followed = api.follow("https://ghe.example.com?page=2");
        assert_eq!(followed.unwrap(), "https://ghe.example.com/?page=2");
    }

    #[test]
    fn names_cannot_leave_their_place_in_a_path() {
        assert_eq!(encoded("feature/ü?#%"), "feature%2F%C3%BC%3F%23%25");
        assert_eq!(encoded_ref("feature/a b"), "feature/a%20b");
        assert_eq!(encoded("renovate[bot]"), "renovate%5Bbot%5D");
    }
}
