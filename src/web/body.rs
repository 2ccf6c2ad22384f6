//! Reads bodies whole, within a size, a time and a budget of memory for all of them together.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body::Body as _;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// GitHub's cap on a payload, 25 MB, read generously. Source: <https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap>.
pub const BODY_MAX: u64 = 25 << 20;

/// Bodies up to here are small: nearly all are (14 KiB is usual), and none waits for a large one.
const SMALL_MAX: u64 = 256 << 10;

/// KiB of small bodies held at the same time.
const SMALL_BUDGET_KIB: usize = 32 << 10;

/// Large bodies held at the same time: two of them still leave room on a machine with 256 MB.
const LARGE_BUDGET: usize = 2;

/// How long a body waits for its budget before it is refused; GitHub gives up after 10 s.
const BUDGET_PATIENCE: Duration = Duration::from_secs(5);

/// Memory for bodies, taken before they are read and given back when they are on disk.
pub struct Budget {
    small: std::sync::Arc<Semaphore>,
    large: std::sync::Arc<Semaphore>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            small: std::sync::Arc::new(Semaphore::new(SMALL_BUDGET_KIB)),
            large: std::sync::Arc::new(Semaphore::new(LARGE_BUDGET)),
        }
    }
}

/// A part of the budget; dropping it gives it back.
pub struct Share(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Budget {
    /// A share for a body of that size, or of unknown size, which is taken for large; `None` if none came free in time.
    pub async fn share(&self, size: Option<u64>) -> Option<Share> {
        let permit = match size {
            Some(bytes) if bytes <= SMALL_MAX => {
                // At most 257, by the line above.
                let kib = bytes as u32 / 1024 + 1;
                timeout(BUDGET_PATIENCE, self.small.clone().acquire_many_owned(kib)).await
            }
            _ => timeout(BUDGET_PATIENCE, self.large.clone().acquire_owned()).await,
        };
        permit.ok()?.ok().map(Share)
    }
}

/// Ends a connection without an answer, for a client too slow to be owed one.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the client was too slow or went away")]
pub struct CutOff;

/// Why a body was not read.
#[derive(Debug)]
pub enum BodyError {
    TooLarge,
    CutOff,
}

/// Reads a body of at most [`BODY_MAX`] bytes within `patience`.
pub async fn read(body: Body, patience: Duration) -> Result<Bytes, BodyError> {
    timeout(patience, collect(body)).await.unwrap_or(Err(BodyError::CutOff))
}

async fn collect(mut body: Body) -> Result<Bytes, BodyError> {
    let expected = body.size_hint().exact().unwrap_or(0).min(BODY_MAX);
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::CutOff)?.into_data() else {
            continue;
        };
        if (whole.len() + data.len()) as u64 > BODY_MAX {
            discard(body, Duration::from_secs(1));
            return Err(BodyError::TooLarge);
        }
        // The announced size is only believed once something of it has come.
        if whole.is_empty() {
            whole.reserve(expected as usize);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

/// Goes on reading a body that nobody wants, for a while, so that the client gets to read why: a connection that is closed
/// while bytes are still coming in is reset, and a reset takes the answer with it.
pub fn discard(mut body: Body, patience: Duration) {
    tokio::spawn(timeout(patience, async move {
        let mut bytes = 0;
        while let Some(Ok(frame)) = body.frame().await {
            bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
            if bytes > 2 * BODY_MAX {
                break;
            }
        }
    }));
}
