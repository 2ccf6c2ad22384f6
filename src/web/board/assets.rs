//! The stylesheet, the icon and the small scripts: from here, the same for everybody, and kept by browsers until the next version.

use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::page::Trouble;

/// Part of each address, so that a new version is fetched anew.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

const STYLE: &str = include_str!("board.css");
const ICON: &str = include_str!("icon.svg");
const TIMES: &str = include_str!("times.js");
const ASKED: &str = include_str!("asked.js");
const LIVE: &str = include_str!("live.js");
const GO_ON: &str = include_str!("../setup/go_on.js");

pub async fn serve(Path(name): Path<String>) -> Response {
    let (kind, text) = match name.as_str() {
        "board.css" => ("text/css; charset=utf-8", STYLE),
        "icon.svg" => ("image/svg+xml", ICON),
        "times.js" => ("text/javascript; charset=utf-8", TIMES),
        "asked.js" => ("text/javascript; charset=utf-8", ASKED),
        "live.js" => ("text/javascript; charset=utf-8", LIVE),
        "go_on.js" => ("text/javascript; charset=utf-8", GO_ON),
        _ => return Trouble::NothingHere.into_response(),
    };
    let fixed = HeaderValue::from_static;
    (
        [
            (CONTENT_TYPE, fixed(kind)),
            (CACHE_CONTROL, fixed("public, max-age=86400")),
        ],
        text,
    )
        .into_response()
}
