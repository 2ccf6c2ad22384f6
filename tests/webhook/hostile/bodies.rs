//! Rightly signed bodies of every encoding, depth and shape. Who signs rightly is GitHub, so what is its JSON is kept for the rules
//! to judge, and what is none is kept as dead, for a person to look at.

use super::{Attack, Kept};
use crate::world::{Post, post};

/// `{"a":[[…]]}`, so many levels deep.
fn deep(levels: usize) -> String {
    format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1))
}

fn utf16(text: &str) -> Vec<u8> {
    [0xfeff]
        .into_iter()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect()
}

/// `{}`, as gzip stores it without packing.
const GZIPPED: &[u8] =
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x01\x02\x00\xfd\xff{}\x43\xbf\xa6\xa3\x02\x00\x00\x00";

pub fn all() -> Vec<Attack> {
    let honest =
        r#"{"action":"created","repository":{"id":71,"full_name":"local-orbit/shop"},"installation":{"id":9}}"#;
    let dead: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("blanks", b"  \n ".to_vec()),
        ("half an object", b"{".to_vec()),
        ("an array", b"[]".to_vec()),
        ("null", b"null".to_vec()),
        ("a text", b"\"created\"".to_vec()),
        ("a number", b"1e999999".to_vec()),
        ("two objects", b"{}{}".to_vec()),
        ("an object and a NUL", b"{}\0".to_vec()),
        ("a byte that is no UTF-8", b"{\"a\":\"\xff\"}".to_vec()),
        ("an overlong UTF-8", b"{\"a\":\"\xc0\xaf\"}".to_vec()),
        ("half a surrogate pair in UTF-8", b"{\"a\":\"\xed\xa0\x80\"}".to_vec()),
        ("UTF-16", utf16(honest)),
        (
            "UTF-8 with a mark of the byte order",
            format!("\u{feff}{honest}").into_bytes(),
        ),
        ("gzip", GZIPPED.to_vec()),
        ("a form", b"payload=%7B%7D".to_vec()),
        ("a comment", b"{/* */}".to_vec()),
        ("a trailing comma", br#"{"a":1,}"#.to_vec()),
        ("NaN", br#"{"a":NaN}"#.to_vec()),
        ("a line end in a text", b"{\"a\":\"\n\"}".to_vec()),
        ("128 levels", deep(128).into_bytes()),
        ("10,000 levels", deep(10_000).into_bytes()),
        ("a million levels that never end", "[".repeat(1_000_000).into_bytes()),
        (
            "a million objects that never end",
            "{\"a\":".repeat(1_000_000).into_bytes(),
        ),
        (
            "two repositories",
            br#"{"repository":{"id":1},"repository":{"id":2}}"#.to_vec(),
        ),
        ("two actions", br#"{"action":"created","action":"deleted"}"#.to_vec()),
    ];
    let kept: Vec<(&str, Vec<u8>)> = vec![
        ("an empty object", b"{}".to_vec()),
        ("127 levels", deep(127).into_bytes()),
        (
            "brackets in a text",
            format!("{{\"a\":\"{}\"}}", "[".repeat(10_000)).into_bytes(),
        ),
        (
            "nothing but nulls",
            br#"{"action":null,"repository":null,"installation":null,"sender":null}"#.to_vec(),
        ),
        (
            "ids as texts",
            br#"{"repository":{"id":"71"},"installation":{"id":"9"}}"#.to_vec(),
        ),
        (
            "negative ids",
            br#"{"repository":{"id":-71},"installation":{"id":-9}}"#.to_vec(),
        ),
        (
            "ids beyond 64 bits",
            br#"{"repository":{"id":99999999999999999999},"installation":{"id":1e300}}"#.to_vec(),
        ),
        ("half ids", br#"{"repository":{"id":71.5}}"#.to_vec()),
        (
            "the number of the App itself",
            br#"{"repository":{"id":0,"full_name":"a/b"}}"#.to_vec(),
        ),
        (
            "a name that leads elsewhere",
            br#"{"repository":{"id":71,"full_name":"../../app"}}"#.to_vec(),
        ),
        (
            "lists for objects",
            br#"{"action":[],"repository":[71],"installation":[9]}"#.to_vec(),
        ),
        (
            "a key of 64 KiB",
            format!("{{\"{}\":1}}", "k".repeat(1 << 16)).into_bytes(),
        ),
        ("200,000 keys", object(200_000).into_bytes()),
        ("two of a key that nobody reads", br#"{"a":1,"a":2}"#.to_vec()),
        ("escaped halves of a surrogate pair", br#"{"a":"\ud800"}"#.to_vec()),
        ("an escaped NUL", br#"{"action":"\u0000"}"#.to_vec()),
    ];
    let named = |n: usize, request: Post| request.with("x-github-delivery", &format!("body-{n}"));
    let dead = dead.into_iter().map(|row| (Kept::Dead, row));
    let kept = kept.into_iter().map(|row| (Kept::New, row));
    let mut all: Vec<Attack> = dead
        .chain(kept)
        .enumerate()
        .map(|(n, (kept, (name, body)))| Attack::taken(name, named(n, post(body)).bytes(), kept))
        .collect();
    for (n, kind) in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "text/json",
        "multipart/form-data; boundary=x",
        "application/json5",
        "application/json, text/plain",
        "",
    ]
    .iter()
    .enumerate()
    {
        let request = named(n, post(honest).with("content-type", kind));
        all.push(Attack::refused(format!("content type {kind:?}"), request.bytes(), 415));
    }
    all.push(Attack::refused(
        "no content type",
        post(honest).without("content-type").bytes(),
        415,
    ));
    for (n, kind) in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/json;charset=utf-16",
    ]
    .iter()
    .enumerate()
    {
        let request = post(honest)
            .with("content-type", kind)
            .with("x-github-delivery", &format!("type-{n}"));
        all.push(Attack::taken(
            format!("content type {kind:?}"),
            request.bytes(),
            Kept::New,
        ));
    }
    // Its bytes are what was signed, so they are what is read; nothing is unpacked.
    let packed = post(GZIPPED)
        .with("content-encoding", "gzip")
        .with("x-github-delivery", "packed");
    all.push(Attack::taken("gzip that says so", packed.bytes(), Kept::Dead));
    all
}

fn object(keys: usize) -> String {
    let fields: Vec<String> = (0..keys).map(|n| format!("\"{n}\":0")).collect();
    format!("{{{}}}", fields.join(","))
}
