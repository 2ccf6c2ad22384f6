//! Headers and request lines as nobody honest sends them.

use super::{Attack, Kept};
use crate::world::{Post, comment};

/// The honest request with another first line.
fn asks(line: &str) -> Vec<u8> {
    let bytes = comment().bytes();
    let end = bytes.iter().position(|byte| *byte == b'\r').expect("a first line");
    [line.as_bytes(), &bytes[end..]].concat()
}

/// The honest request with these bytes as one more line of its head.
fn line(bytes: &[u8]) -> Vec<u8> {
    let head = comment().head();
    [&head[..head.len() - 2], bytes, b"\r\n\r\n", &comment().body].concat()
}

pub fn all() -> Vec<Attack> {
    let mut all = Vec::new();
    for name in ["x-github-event", "x-github-delivery"] {
        let mut unusable: Vec<(String, Post)> = vec![
            ("missing".to_owned(), comment().without(name)),
            ("twice, alike".to_owned(), comment().and(name, "issue_comment")),
            ("twice, unlike".to_owned(), comment().and(name, "another")),
        ];
        let long = "a".repeat(101);
        let spoilt = [
            "",
            " ",
            "two words",
            "a/b",
            "a\\b",
            "../../etc/passwd",
            "<script>",
            "naïve",
            "a,b",
            "a;b",
            "a'b",
            "{}",
            "%00",
            "🚀",
            "\u{202e}abc",
            &long,
        ];
        unusable.extend(spoilt.map(|value| (format!("{value:.20?}"), comment().with(name, value))));
        let refused =
            |(what, request): (String, Post)| Attack::refused(format!("{name}: {what}"), request.bytes(), 400);
        all.extend(unusable.into_iter().map(refused));
    }
    // Other systems' GUIDs look otherwise, and a test of a webhook's receiver may use a word.
    for (n, guid) in ["x", "0", "72D3162E-CC78-11E3-81AB-4C9367DC0958", "none:at.all_"]
        .iter()
        .enumerate()
    {
        let request = comment().with("x-github-delivery", guid);
        all.push(Attack::taken(format!("GUID {n}"), request.bytes(), Kept::New));
    }
    let many = (0..120).fold(comment(), |request, _| request.and("x-padding", "a"));
    let padded = |bytes: usize| {
        comment()
            .and("x-padding", &"a".repeat(bytes))
            .with("x-github-delivery", "padded")
    };
    all.extend([
        Attack::refused("120 headers", many.bytes(), 431),
        Attack::refused("a header of 40 KiB", padded(40 << 10).bytes(), 431),
        Attack::taken("a header of 16 KiB", padded(16 << 10).bytes(), Kept::New),
        Attack::refused("a header without a colon", line(b"nothing"), 400),
        Attack::refused("a header without a name", line(b": x"), 400),
        Attack::refused("a name with a blank", line(b"x y: z"), 400),
        Attack::refused("a blank before the colon", line(b"x-y : z"), 400),
        Attack::refused("a value that goes on in the next line", line(b"x: a\r\n b"), 400),
        Attack::refused("a NUL in a value", line(b"x: a\0b"), 400),
        Attack::refused("a line end in a value", line(b"x: a\rb"), 400),
        Attack::refused("another way in", asks("GET /webhook HTTP/1.1"), 405),
        Attack::refused("PUT", asks("PUT /webhook HTTP/1.1"), 405),
        Attack::refused("a method nobody knows", asks("post /webhook HTTP/1.1"), 405),
        Attack::refused("an end with a slash", asks("POST /webhook/ HTTP/1.1"), 404),
        Attack::refused("two slashes", asks("POST //webhook HTTP/1.1"), 404),
        Attack::refused("a way round", asks("POST /healthz/../webhook HTTP/1.1"), 404),
        Attack::refused("in capitals", asks("POST /WEBHOOK HTTP/1.1"), 404),
        Attack::refused("a letter in disguise", asks("POST /%77ebhook HTTP/1.1"), 404),
        Attack::refused("a path that is none", asks("POST webhook HTTP/1.1"), 404),
        Attack::refused("a version that is none", asks("POST /webhook HTTP/9.9"), 400),
        Attack::cut_off("HTTP/2 without asking", &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..]),
        Attack::refused(
            "TLS on a port without",
            &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"[..],
            400,
        ),
    ]);
    all
}
