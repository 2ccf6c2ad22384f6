//! The pictures of accounts: `/LOGIN.png` is sent on to `/u/NUMBER`, as on github.com, and there is a pattern of squares.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::{CONTENT_TYPE, LOCATION};
use ring::digest::{SHA256, digest};

use super::GitHub;

/// Squares along one side, and pixels along a side of one.
const SQUARES: usize = 5;
const PIXELS: usize = 8;

pub(super) fn router(github: GitHub) -> Router {
    Router::new().route("/u/{number}", get(show)).with_state(github)
}

/// Where the picture of an account is; `None` if the path asks for none, or for one of nobody.
pub(super) fn sent_on(github: &GitHub, path: &str) -> Option<Response> {
    let login = path.strip_prefix('/')?.strip_suffix(".png")?;
    let id = github.world().user_named(login)?.id;
    let location = format!("{}/u/{}?s=60&v=4", github.url(), id);
    Some((StatusCode::FOUND, [(LOCATION, location)]).into_response())
}

async fn show(State(_): State<GitHub>, Path(number): Path<u64>) -> Response {
    ([(CONTENT_TYPE, "image/png")], pattern(number)).into_response()
}

/// A picture that is the same on both sides, different for each number: PNG with one bit a pixel, not compressed.
/// Source: <https://www.w3.org/TR/png-3/>.
fn pattern(number: u64) -> Vec<u8> {
    let hash = digest(&SHA256, &number.to_be_bytes());
    let bits = hash.as_ref();
    let is_set = |x: usize, y: usize| bits[3 + y * 3 + x.min(SQUARES - 1 - x)] & 1 == 1;
    let mut rows = Vec::new();
    for y in 0..SQUARES * PIXELS {
        rows.push(0);
        // A square is as wide as a byte has pixels.
        rows.extend((0..SQUARES).map(|x| if is_set(x, y / PIXELS) { 0xff } else { 0 }));
    }
    let side = ((SQUARES * PIXELS) as u32).to_be_bytes();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &[&side[..], &side, &[1, 3, 0, 0, 0]].concat());
    chunk(&mut png, b"PLTE", &[&[0xf0, 0xf0, 0xf0], &bits[..3]].concat());
    chunk(&mut png, b"IDAT", &stored(&rows));
    chunk(&mut png, b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    png.extend((data.len() as u32).to_be_bytes());
    let begins = png.len();
    png.extend(kind);
    png.extend(data);
    let sum = crc(&png[begins..]);
    png.extend(sum.to_be_bytes());
}

/// As a zlib stream of one block that is not compressed (RFC 1950, RFC 1951).
fn stored(data: &[u8]) -> Vec<u8> {
    let length = data.len() as u16;
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let head = [&[0x78, 0x01, 0x01][..], &length.to_le_bytes(), &(!length).to_le_bytes()].concat();
    [&head, data, &((b << 16) | a).to_be_bytes()].concat()
}

fn crc(data: &[u8]) -> u32 {
    let step = |sum: u32| {
        if sum & 1 == 1 {
            0xedb8_8320 ^ (sum >> 1)
        } else {
            sum >> 1
        }
    };
    let of_byte = |sum: u32, byte: &u8| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum));
    !data.iter().fold(!0, of_byte)
}
