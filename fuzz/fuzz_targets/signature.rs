//! The signature header: 64 hexadecimal digits behind `sha256=` and nothing else, and only the right ones are right.

#![no_main]

use ring::hmac;

use greenlight_fuzz::web::signature::{Secrets, Signature};

libfuzzer_sys::fuzz_target!(|data: &[u8]| check(data));

const SECRET: &str = "9f2d7c61b0a84e35";

/// The first line is the header's value, the rest the body.
fn check(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (header, body) = (&data[..end], data.get(end + 1..).unwrap_or_default());
    let secrets = Secrets::new(&["another one".into(), SECRET.into()]);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), body);
    let digits: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();

    let right = Signature::parse(format!("sha256={digits}").as_bytes()).expect("it is in order");
    assert!(secrets.signed(body, &right));

    let told = std::str::from_utf8(header)
        .ok()
        .and_then(|text| text.strip_prefix("sha256="));
    let told = told.filter(|told| told.chars().count() == 64 && told.chars().all(|c| c.is_ascii_hexdigit()));
    let parsed = Signature::parse(header);
    assert_eq!(parsed.is_some(), told.is_some());
    if let (Some(parsed), Some(told)) = (parsed, told) {
        assert_eq!(secrets.signed(body, &parsed), told.eq_ignore_ascii_case(&digits));
    }
}
