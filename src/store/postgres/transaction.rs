//! A transaction that leaves nothing behind, however it ends.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnection;
use sqlx::{PgPool, Postgres};

use super::{OrFailed, StoreError};

/// A connection in a transaction. Dropped without a commit, the connection is closed at once, and the server rolls back:
/// a look that is called off, or a server that went silent, must not leave a connection in the pool that nobody knows the
/// state of. That costs a new connection, after something went wrong.
pub struct Tx(Option<PoolConnection<Postgres>>);

impl Tx {
    /// Begins to write.
    pub async fn begin(pool: &PgPool) -> Result<Self, StoreError> {
        Self::begin_with(pool, "BEGIN").await
    }

    /// Begins to read, everything as of one moment.
    pub async fn begin_to_read(pool: &PgPool) -> Result<Self, StoreError> {
        Self::begin_with(pool, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
    }

    async fn begin_with(pool: &PgPool, sql: &'static str) -> Result<Self, StoreError> {
        let connection = pool.acquire().await.or_failed("reach the database")?;
        let mut tx = Self(Some(connection));
        sqlx::raw_sql(sql)
            .execute(&mut *tx)
            .await
            .or_failed("begin a transaction")?;
        Ok(tx)
    }

    /// On disk when it returns.
    ///
    /// # Errors
    /// [`StoreError::Failed`] also when the connection broke before the server's word; then nobody knows.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        sqlx::raw_sql("COMMIT")
            .execute(&mut *self)
            .await
            .or_failed("commit to the database")?;
        // Nothing is open any more, so the pool may have it back.
        self.0.take();
        Ok(())
    }
}

impl Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.0.as_ref().expect("there until the commit, which consumes it")
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.0.as_mut().expect("there until the commit, which consumes it")
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}
