//! Addresses: where forms may come from, where people may be sent, and where GitHub shows something.

use http::Uri;

use crate::rules::id::{EnvironmentName, PullNumber, RepoName, Sha};

/// Characters of a local path to return to; a page's own address takes far fewer.
const RETURN_CHARS_MAX: usize = 500;

/// `scheme://host[:port]`, as browsers write it: in lower case, and without the port that goes without saying.
pub fn origin(url: &str) -> String {
    let Ok(uri) = url.parse::<Uri>() else {
        return url.to_owned();
    };
    let scheme = uri.scheme_str().unwrap_or("https");
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    match uri.port_u16() {
        Some(port) if (scheme, port) != ("https", 443) && (scheme, port) != ("http", 80) => {
            format!("{scheme}://{host}:{port}")
        }
        _ => format!("{scheme}://{host}"),
    }
}

/// Whether an address leads to the visitor's own machine, so that nobody can read along.
pub fn is_loopback(url: &str) -> bool {
    let uri = url.parse::<Uri>().ok();
    uri.as_ref().and_then(Uri::host).is_some_and(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost")
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    })
}

/// The path to go back to after signing in, if it is one of ours; the first page otherwise.
///
/// Browsers take `//host` and `/\host` for another host, and skip tabs and line breaks while they decide, so only what can be
/// nothing but a path passes.
pub fn return_to(wanted: Option<&str>) -> &str {
    let is_ours = |path: &&str| {
        let harmless = |c: char| c.is_ascii_graphic() && !matches!(c, '\\' | '"' | '<' | '>' | '`');
        path.len() <= RETURN_CHARS_MAX && path.starts_with('/') && !path.starts_with("//") && path.chars().all(harmless)
    };
    wanted.filter(is_ours).unwrap_or("/")
}

/// Below this are the pages of each repository.
pub const REPOSITORIES: &str = "/repositories";

/// A repository's page.
pub fn repository(repo: &RepoName) -> String {
    format!("{REPOSITORIES}/{repo}")
}

/// Where something can be done with an environment, whose name is plain.
pub fn environment(repo: &RepoName, environment: &EnvironmentName) -> String {
    format!("{}/act/environment/{environment}", repository(repo))
}

/// A pull request's page on GitHub.
pub fn pull(github_url: &str, repo: &RepoName, pull: PullNumber) -> String {
    format!("{github_url}/{repo}/pull/{pull}")
}

/// A commit's page on GitHub.
pub fn commit(github_url: &str, repo: &RepoName, commit: &Sha) -> String {
    format!("{github_url}/{repo}/commit/{commit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_do() {
        for (url, expected) in [
            ("https://Greenlight.example.com", "https://greenlight.example.com"),
            (
                "https://greenlight.example.com:443/board",
                "https://greenlight.example.com",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost:80", "http://localhost"),
        ] {
            assert_eq!(origin(url), expected);
        }
    }

    #[test]
    fn only_the_own_machine_is_the_own_machine() {
        for url in ["http://127.0.0.1:1", "http://localhost", "http://[::1]:8080"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in [
            "http://10.0.0.1",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://[::2]",
        ] {
            assert!(!is_loopback(url), "{url}");
        }
    }

    #[test]
    fn only_a_local_path_is_gone_back_to() {
        assert_eq!(return_to(Some("/harbour/shop?page=2#top")), "/harbour/shop?page=2#top");
        let long = format!("/{}", "a".repeat(RETURN_CHARS_MAX));
        for wanted in [
            "",
            "harbour/shop",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "javascript:alert(1)",
            "/ü",
            &long,
        ] {
            assert_eq!(return_to(Some(wanted)), "/", "{wanted:?}");
        }
        assert_eq!(return_to(None), "/");
    }
}
