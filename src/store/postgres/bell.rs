//! Rings when any replica made work due. Only a hint: who hears nothing looks every few seconds.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;

use super::super::StoreError;
use super::OrFailed;
use super::transaction::Tx;

/// The channel's name; channels are apart by database.
const CHANNEL: &str = "greenlight_work";

/// Between two attempts to listen again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Runs until it is aborted or the pool is closed.
pub async fn listen(pool: PgPool, wake: Arc<Notify>) {
    let mut told = false;
    while !pool.is_closed() {
        match ring(&pool, &wake, &mut told).await {
            Ok(()) | Err(sqlx::Error::PoolClosed) => {}
            Err(error) if !told => {
                told = true;
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "not told of new work by the database; looking every few seconds instead"
                );
            }
            Err(_) => {}
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}

/// Rings for each notification, until the connection is lost.
async fn ring(pool: &PgPool, wake: &Notify, told: &mut bool) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    *told = false;
    // What came while nobody listened was not heard.
    wake.notify_one();
    while listener.try_recv().await?.is_some() {
        wake.notify_one();
    }
    Ok(())
}

/// Tells every replica, once the transaction is committed and not before.
pub async fn ring_at_commit(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_notify($1, '')")
        .bind(CHANNEL)
        .execute(&mut **tx)
        .await
        .or_failed("tell of new work")?;
    Ok(())
}
