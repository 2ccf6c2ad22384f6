//! The history as a table for a spreadsheet: CSV as RFC 4180 has it, in UTF-8, sent as it is read, however long the ledger is.

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Asked, Chosen, scene};
use crate::rules::id::RepoId;
use crate::rules::words::history as words;
use crate::store::{Line, StoreError};
use crate::web::board::Board;
use crate::web::board::page::Trouble;
use crate::web::board::repository::Opened;

/// Lines that are read, and held in memory, at once.
const LINES_AT_ONCE: u32 = 500;

/// Tells a spreadsheet that what follows is UTF-8; some take it for something else without.
const MARK: &str = "\u{feff}";

/// The table, as the filter of the page has it.
pub async fn download(
    State(board): State<Board>,
    opened: Opened,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let chosen = Chosen::read(&asked);
    let (zone, _) = scene(&board, opened.seen.repo).await?;
    let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
    let heading = format!("{MARK}{}", row(words::columns().map(str::to_owned)));
    let begin = Reading {
        board,
        repo: opened.seen.repo,
        chosen,
        zone,
        next: Next::Heading(heading),
    };
    let body = Body::from_stream(stream::try_unfold(begin, Reading::read));
    let file = format!("{}-{}-history.csv", opened.seen.name.owner, opened.seen.name.name);
    // GitHub's names hold nothing else; whatever would is not let into a header.
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let file: String = file.chars().filter(|c| harmless(*c)).collect();
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    let mut response = (StatusCode::OK, [(CONTENT_TYPE, kind)], body).into_response();
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{file}\"")) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// How far the table has been sent.
struct Reading {
    board: Board,
    repo: RepoId,
    chosen: Chosen,
    zone: TimeZone,
    next: Next,
}

enum Next {
    Heading(String),
    /// The lines before this position.
    Before(Option<i64>),
    Nothing,
}

impl Reading {
    /// The next part of the table. What fails on the way ends the download without its end, so that nobody takes it for whole.
    async fn read(mut self) -> Result<Option<(String, Self)>, StoreError> {
        match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Nothing => Ok(None),
            Next::Heading(heading) => {
                if !self.chosen.is_mistaken {
                    self.next = Next::Before(None);
                }
                Ok(Some((heading, self)))
            }
            Next::Before(position) => {
                let (store, filter) = (&self.board.inner.store, &self.chosen.filter);
                let lines = store.history(self.repo, filter, position, LINES_AT_ONCE).await?;
                let Some(last) = lines.last() else { return Ok(None) };
                self.next = Next::Before(Some(last.position));
                let rows = lines.iter().map(|line| row(cells(line, &self.zone)));
                Ok(Some((rows.collect(), self)))
            }
        }
    }
}

fn cells(line: &Line, zone: &TimeZone) -> [String; 12] {
    let entry = &line.entry;
    let told = words::told(entry);
    let kind = serde_json::to_value(entry.kind).ok();
    let kind = kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or_default();
    let features: Vec<String> = entry.features.iter().map(|number| number.to_string()).collect();
    [
        iso(line.at, zone),
        kind.to_owned(),
        told.what,
        told.why.unwrap_or_default(),
        told.until.map(|until| iso(until, zone)).unwrap_or_default(),
        entry.who.as_ref().map(|who| who.login.to_string()).unwrap_or_default(),
        entry
            .environment
            .as_ref()
            .map(|name| name.to_string())
            .unwrap_or_default(),
        entry.pull.map(|pull| pull.to_string()).unwrap_or_default(),
        features.join(" "),
        entry
            .before
            .as_ref()
            .map(|commit| commit.to_string())
            .unwrap_or_default(),
        entry
            .after
            .as_ref()
            .map(|commit| commit.to_string())
            .unwrap_or_default(),
        entry.gates.join("; "),
    ]
}

/// ISO 8601 in the repository's zone, with how far that is from UTC.
fn iso(at: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_zoned(zone.clone());
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn row(cells: [String; 12]) -> String {
    format!("{}\r\n", cells.map(|text| cell(&text)).join(","))
}

/// A cell in quotes. A spreadsheet takes what begins like a formula for one, whoever wrote it, so such a text begins with an
/// apostrophe instead. Source: <https://owasp.org/www-community/attacks/CSV_Injection>.
fn cell(text: &str) -> String {
    let begins = text.trim_start().chars().next();
    let is_formula = begins.is_some_and(|c| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'))
        || text.starts_with(['\t', '\r', '\n']);
    let apostrophe = if is_formula { "'" } else { "" };
    format!("\"{apostrophe}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_or_ends_before_its_end() {
        for (text, expected) in [
            ("plain", "\"plain\""),
            ("say \"hi\", and\r\ngo", "\"say \"\"hi\"\", and\r\ngo\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("  +1", "\"'  +1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("＝1", "\"'＝1\""),
            ("", "\"\""),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }
}
