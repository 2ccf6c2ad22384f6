//! Requests that lie about their length, or do not end: none of them smuggles a second one in, and none is waited for.

use super::{Attack, Kept};
use crate::world::{Post, comment};

fn length(value: &str) -> Vec<u8> {
    comment().with("content-length", value).bytes()
}

fn chunked() -> Post {
    comment().without("content-length").and("transfer-encoding", "chunked")
}

fn chunks(body: &[u8]) -> Vec<u8> {
    [&chunked().head(), body].concat()
}

pub fn all() -> Vec<Attack> {
    let body = comment().body;
    let whole = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n"].concat();
    // A second request, hidden in what the first one says is not its own any more.
    let smuggled = comment().with("x-github-delivery", "smuggled").bytes();
    vec![
        Attack::refused("a length too short: its signature is of more", length("10"), 401),
        Attack::cut_off("a length too long", length("1000")),
        Attack::refused("two lengths", comment().and("content-length", "0").bytes(), 400),
        Attack::refused("a negative length", length("-1"), 400),
        Attack::refused("a length with a sign", length("+5"), 400),
        Attack::refused("a hexadecimal length", length("0x5"), 400),
        Attack::refused("a list of lengths", length("5, 6"), 400),
        Attack::refused("a length beyond 64 bits", length("99999999999999999999"), 400),
        Attack::refused("a length of 100 GB", length("99999999999"), 413),
        Attack::refused("one byte over the limit", length("26214401"), 413),
        Attack::refused(
            "no length at all: its signature is of more",
            comment().without("content-length").bytes(),
            401,
        ),
        Attack::refused(
            "an unknown transfer encoding",
            chunks(&whole).replaced("chunked", "gzip"),
            400,
        ),
        Attack::taken("whole chunks", chunks(&[&whole[..], b"0\r\n\r\n"].concat()), Kept::New),
        Attack::cut_off("chunks without an end", chunks(&whole)),
        Attack::cut_off("a chunk whose size is none", chunks(b"zz\r\n{}\r\n0\r\n\r\n")),
        Attack::cut_off("a chunk with a negative size", chunks(b"-5\r\n{}\r\n0\r\n\r\n")),
        Attack::cut_off("a chunk of 2^64 bytes", chunks(b"10000000000000000\r\n{}\r\n0\r\n\r\n")),
        Attack::cut_off(
            "a chunk of 2^63 bytes that never come",
            chunks(b"7fffffffffffffff\r\n{}"),
        ),
        Attack::cut_off(
            "a chunk size with 100,000 digits",
            chunks(&[&b"0".repeat(100_000)[..], b"\r\n"].concat()),
        ),
        Attack::cut_off(
            "a chunk extension without an end",
            chunks(&[b"5;a=", &b"x".repeat(100_000)[..]].concat()),
        ),
        Attack::refused(
            "a wrong signature before a hidden request",
            [comment().with("x-hub-signature-256", "sha256=").head(), smuggled].concat(),
            401,
        ),
    ]
}

trait Replaced {
    fn replaced(self, this: &str, by: &str) -> Vec<u8>;
}

impl Replaced for Vec<u8> {
    fn replaced(self, this: &str, by: &str) -> Vec<u8> {
        String::from_utf8(self)
            .expect("text")
            .replacen(this, by, 1)
            .into_bytes()
    }
}
