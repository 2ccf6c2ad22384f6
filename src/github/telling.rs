//! The issue that tells developers of a rollback: opened, and closed once all is back.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::perform::{Result3, refusal_of};
use super::reply::{fits, with_issue_marker};
use super::{Address, Inner};
use crate::rules::effect::Receipt;
use crate::rules::id::IssueNumber;

#[derive(Deserialize)]
struct OpenedBody {
    number: i64,
}

impl Inner {
    /// 410 where issues are switched off.
    pub(super) async fn open_issue(&self, at: &Address, mark: &str, title: &str, text: &str) -> Result3<Receipt> {
        let body = json!({ "title": title, "body": with_issue_marker(text, mark) });
        let written = self.write_below(at, Method::POST, "/issues", &body).await?;
        let opened = written.read::<OpenedBody>()?;
        Ok(opened.map(|opened| Receipt::IssueOpened {
            issue: IssueNumber(opened.number),
        }))
    }

    /// A text that has grown too long for one line more stays as it is.
    pub(super) async fn close_issue(&self, at: &Address, issue: IssueNumber, text: Option<&str>) -> Result3<Receipt> {
        let mut body = json!({ "state": "closed", "state_reason": "completed" });
        if let Some(text) = text.filter(|text| fits(text)) {
            body["body"] = text.into();
        }
        let path = format!("/issues/{issue}");
        let written = self.write_below(at, Method::PATCH, &path, &body).await?;
        Ok(match written.answer.status {
            status if status.is_success() => Ok(Receipt::IssueClosed),
            _ => Err(refusal_of(&written)),
        })
    }
}
