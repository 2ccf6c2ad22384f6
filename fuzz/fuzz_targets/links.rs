//! `Link` headers and redirects: the next page is found whatever its address holds, and nothing leads away from the API's host.

#![no_main]

use greenlight_fuzz::github::follow;
use greenlight_fuzz::github::header::next_page;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check(data));

const ROOT: &str = "https://api.github.example/api/v3";

fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let found = next_page(text);
    if let Some(target) = found {
        assert!(text.contains(&format!("<{target}>")));
    }
    for target in [found.unwrap_or_default(), text] {
        if let Some(url) = follow(ROOT, target) {
            let path = url.strip_prefix("https://api.github.example/");
            assert!(path.is_some(), "{target:?} leads to {url:?}");
            let read: http::Uri = url.parse().expect("a URL");
            assert_eq!(read.host(), Some("api.github.example"));
        }
    }
    // Two addresses in a header as GitHub writes it.
    let address = |part: &str| part.replace(['<', '>'], "");
    let (before, next) = text.split_at(text.floor_char_boundary(text.len() / 2));
    let (before, next) = (address(before), address(next));
    let header = format!("<{before}>; rel=\"prev\", <{next}>; rel=\"next\", <{before}>; rel=\"last\"");
    assert_eq!(next_page(&header), Some(next.as_str()), "{header:?}");
    assert_eq!(next_page(&format!("<{before}>; rel=\"prev\"")), None);
}
