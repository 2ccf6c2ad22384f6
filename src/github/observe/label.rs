//! Who made a feature ready: GitHub's own record of its label, not what a delivery says.

use jiff::Timestamp;
use serde::Deserialize;

use super::{Account, Look, PAGES_MAX};
use crate::github::error::GithubError;
use crate::github::reading::PER_PAGE;
use crate::rules::id::PullNumber;
use crate::rules::snapshot::Labelled;

#[derive(Deserialize)]
struct EventBody {
    event: Option<String>,
    actor: Option<Account>,
    created_at: Option<Timestamp>,
    label: Option<LabelBody>,
}

#[derive(Deserialize)]
struct LabelBody {
    name: Option<String>,
}

impl Look<'_> {
    /// The last time that somebody put this label on; `None` if GitHub knows of none.
    pub(super) async fn labeller(self, pull: PullNumber, label: &str) -> Result<Option<Labelled>, GithubError> {
        let path = format!("/issues/{pull}/events?per_page={PER_PAGE}");
        let Some(pages) = self.get_pages(&path, PAGES_MAX).await? else {
            return Ok(None);
        };
        let events: Vec<EventBody> = pages.items()?;
        let last = events.into_iter().rfind(|event| event.puts_on(label));
        Ok(last.and_then(|event| {
            Some(Labelled {
                by: event.actor.as_ref().and_then(Account::person),
                at: event.created_at?,
            })
        }))
    }
}

impl EventBody {
    fn puts_on(&self, label: &str) -> bool {
        let name = self.label.as_ref().and_then(|label| label.name.as_deref());
        self.event.as_deref() == Some("labeled") && name.is_some_and(|name| name.to_lowercase() == label.to_lowercase())
    }
}
