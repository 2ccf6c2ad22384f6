//! A form of the board, as somebody sent it: which command, by whom, about what, and what the page had shown. It lies in the inbox
//! beside GitHub's deliveries, and cannot come from there.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::command::{Command, Named};
use super::id::{DeliveryId, Person, PullNumber, RequestId, Sha};

/// Its name in the inbox. What GitHub calls its events are plain words, and `/webhook` takes nothing else for one: whoever has
/// stolen the webhook secret cannot send this.
pub const EVENT: &str = "greenlight/board";

/// Somebody who is signed in sent a form from a page of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// The number of this sending: the same form sent twice has the same.
    pub id: DeliveryId,
    pub by: Person,
    pub at: Timestamp,
    /// What it is about, and where it is answered. `None` where there is no pull request: it is answered on the page only.
    pub pull: Option<PullNumber>,
    pub command: Command,
    #[serde(default)]
    pub showed: Showed,
}

impl Form {
    pub fn request(&self) -> RequestId {
        RequestId::Form(self.id)
    }
}

/// What the page had shown when the form was sent: the word counts for nothing else. What is absent was not shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Showed {
    /// A feature's head, or the newest commit that would go or waits.
    #[serde(default)]
    pub commit: Option<Sha>,
    /// Where the environment was.
    #[serde(default)]
    pub from: Option<Sha>,
    /// The hold on the environment, by the request that made it.
    #[serde(default)]
    pub hold: Option<RequestId>,
    /// What it marked as taken back, and the person wants to come again all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<Named>,
}
