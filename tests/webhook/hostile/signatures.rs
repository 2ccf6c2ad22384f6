//! Every way to sign a delivery that is not GitHub's.

use ring::hmac;

use super::{Attack, Kept};
use crate::world::{NEW_SECRET, Post, SECRET, comment, post, sign};

const SIGNATURE: &str = "x-hub-signature-256";

fn sha1(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    let tag = hmac::sign(&key, body);
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// GitHub signs what it sends; a receiver that decodes a form first would sign something else.
fn form() -> Post {
    post("payload=%7B%22action%22%3A%22created%22%7D").with("content-type", "application/x-www-form-urlencoded")
}

/// A value that is sent as these very bytes.
fn raw(value: &[u8]) -> Vec<u8> {
    let head = comment().with(SIGNATURE, "HERE").head();
    let at = head.windows(4).position(|four| four == b"HERE").expect("the place");
    [&head[..at], value, &head[at + 4..], &comment().body].concat()
}

pub fn all() -> Vec<Attack> {
    let body = comment().body;
    let right = sign(SECRET, &body);
    let digits = right.strip_prefix("sha256=").expect("its prefix").to_owned();
    let refused: Vec<(&str, Post)> = vec![
        ("none", comment().without(SIGNATURE)),
        (
            "SHA-1 only",
            comment()
                .without(SIGNATURE)
                .and("x-hub-signature", &format!("sha1={}", sha1(SECRET, &body))),
        ),
        ("twice the right one", comment().and(SIGNATURE, &right)),
        (
            "the right one, then a wrong one",
            comment().and(SIGNATURE, &sign("another", &body)),
        ),
        (
            "the right one in a list",
            comment().with(SIGNATURE, &format!("{right},{right}")),
        ),
        ("of another body", comment().with(SIGNATURE, &sign(SECRET, b"{}"))),
        ("of an empty body", comment().with(SIGNATURE, &sign(SECRET, b""))),
        (
            "of the body with a line end",
            comment().with(SIGNATURE, &sign(SECRET, &[&body[..], b"\n"].concat())),
        ),
        (
            "with another secret",
            comment().with(SIGNATURE, &sign("another", &body)),
        ),
        ("with no secret at all", comment().with(SIGNATURE, &sign("", &body))),
        (
            "with the whole setting, comma and all",
            comment().with(SIGNATURE, &sign(&format!("{SECRET},{NEW_SECRET}"), &body)),
        ),
        (
            "of the decoded form",
            form().with(SIGNATURE, &sign(SECRET, br#"{"action":"created"}"#)),
        ),
        (
            "of the form's value",
            form().with(SIGNATURE, &sign(SECRET, br#"payload={"action":"created"}"#)),
        ),
    ];
    let values = [
        ("empty", String::new()),
        ("nothing behind the prefix", "sha256=".to_owned()),
        ("no prefix", digits.clone()),
        ("SHA-1's prefix", format!("sha1={digits}")),
        ("a prefix in capitals", format!("SHA256={digits}")),
        ("a prefix with a blank", format!("sha256= {digits}")),
        ("one digit too few", format!("sha256={}", &digits[1..])),
        ("half of it", right[..7 + 32].to_owned()),
        ("one digit too many", format!("{right}0")),
        ("twice as long", format!("{right}{digits}")),
        ("0x before it", format!("sha256=0x{}", &digits[2..])),
        ("nothing but zeros", format!("sha256={}", "0".repeat(64))),
        ("no hexadecimal digits", format!("sha256={}", "g".repeat(64))),
        ("full-width digits", format!("sha256={}{}", &digits[..61], "０")),
        ("a letter with an accent", format!("sha256={}é", &digits[2..])),
        (
            "in Base64",
            "sha256=dXEH6gtrJQn8IRIizphLiktXUgU1gUjN6MsUz5uJk0U=".to_owned(),
        ),
        ("a blank inside", format!("sha256={} {}", &digits[..31], &digits[32..])),
        ("in quotation marks", format!("\"{right}\"")),
        ("20,000 digits", format!("sha256={}", "a".repeat(20_000))),
    ];
    let values = values.map(|(name, value)| (name, comment().with(SIGNATURE, &value)));
    let refused = refused.into_iter().chain(values);
    let mut all: Vec<Attack> = refused
        .map(|(name, request)| Attack::refused(name, request.bytes(), 401))
        .collect();
    all.push(Attack::refused(
        "bytes that are no text",
        raw(&[b"sha256=", &[0xff; 64][..]].concat()),
        401,
    ));
    all.push(Attack::refused(
        "a NUL in it",
        raw(format!("{right}\0").as_bytes()),
        400,
    ));
    // Hexadecimal digits mean the same in capitals, and blanks around a header's value are no part of it (RFC 9110, 5.5).
    let same = [
        ("in capitals", format!("sha256={}", digits.to_uppercase())),
        ("with blanks and a tab around it", format!(" \t{right} \t")),
        ("with the other secret", sign(NEW_SECRET, &body)),
    ];
    all.extend(same.into_iter().enumerate().map(|(n, (name, value))| {
        let request = comment()
            .with(SIGNATURE, &value)
            .with("x-github-delivery", &format!("same-{n}"));
        Attack::taken(name, request.bytes(), Kept::New)
    }));
    all
}
