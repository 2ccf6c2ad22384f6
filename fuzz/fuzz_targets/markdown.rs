//! What other people wrote, as it is repeated: words and code, whatever it was. No mention, reference, link, picture, HTML, hidden
//! comment or command comes through.

#![no_main]

use greenlight_fuzz::plain::assert_plain;
use greenlight_fuzz::rules::command::read;
use greenlight_fuzz::rules::words::inert::{inert, inert_whole};
use greenlight_fuzz::rules::words::misread::quote;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check(data));

fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for shown in [inert(text), inert_whole(text), quote(text)] {
        for around in [
            shown.clone(),
            format!("- {shown} is new"),
            format!("**Not promoted**, because {shown} failed."),
        ] {
            let paragraphs = around.strip_prefix("- ").unwrap_or(&around);
            assert_plain(paragraphs);
            assert!(read(&around).is_empty(), "a command in {around:?}");
        }
    }
}
