//! What can go wrong with the store, by what the caller does next.

use std::sync::Arc;

/// An error of the store. Clonable, because deliveries that share a commit share its failure.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Try again later: too much is waiting, or the database stayed locked for 5 s. Nothing was changed.
    #[error("the database is busy")]
    Busy,
    /// Somebody else holds the repository now, or the lease ran out. Stop working on it; nothing was changed.
    #[error("the lease on the repository was lost")]
    LeaseLost,
    /// A bug of ours: an effect is recorded that was never intended, or is confirmed already.
    #[error("the effect `{key}` is not waiting for an outcome")]
    NotIntended { key: String },
    /// The operator has to change something before Greenlight can start.
    #[error("{what}; {remedy}")]
    Unusable {
        what: String,
        remedy: &'static str,
        #[source]
        source: Option<Cause>,
    },
    /// The disk or the database failed. Nothing was changed.
    #[error("could not {action}")]
    Failed {
        action: &'static str,
        #[source]
        source: Cause,
    },
}

/// The error underneath.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// Names what was being done, in words that go on after "could not".
pub(super) fn failed(action: &'static str, error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Failed {
        action,
        source: Arc::new(error),
    }
}
