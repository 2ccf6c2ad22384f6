//! How far GitHub's log of deliveries has been compared with the inbox.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// All times but `read_at` are GitHub's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogMark {
    /// What was delivered up to here was there before this database, and is never taken up.
    pub floor: Timestamp,
    /// Which deliveries of that very second were there; GitHub's times are whole seconds.
    pub on_floor: Vec<String>,
    /// Everything that was delivered up to here has been compared.
    pub read_to: Timestamp,
    /// When the log was last read, by our clock.
    pub read_at: Timestamp,
    /// A reading that goes back further than one pass may.
    pub under_way: Option<LongReading>,
}

/// Where a long reading goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LongReading {
    /// GitHub's name for the place.
    pub cursor: String,
    /// The newest entry there was when it began.
    pub newest: Timestamp,
}
