//! A transaction on a connection borrowed from a pool. The connection goes back to the pool only after the transaction ended in order; one left in
//! the middle (a cancelled request, a panic, a time-out) is closed, which undoes it whatever state it is in.

use sqlx::pool::PoolConnection;
use sqlx::{Database, Executor, Pool};

/// An open transaction.
pub(crate) struct Pooled<D: Database>(Option<PoolConnection<D>>);

impl<D: Database> Pooled<D>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
{
    /// Take a connection and begin.
    pub(crate) async fn begin(pool: &Pool<D>, begin: &'static str) -> Result<Self, sqlx::Error> {
        let mut pooled = Self(Some(pool.acquire().await?));
        pooled.send(begin).await?;
        Ok(pooled)
    }

    /// End with COMMIT or ROLLBACK and give the connection back.
    pub(crate) async fn end(mut self, end: &'static str) -> Result<(), sqlx::Error> {
        self.send(end).await?;
        drop(self.0.take());
        Ok(())
    }

    /// The connection.
    pub(crate) fn connection(&mut self) -> Result<&mut D::Connection, sqlx::Error> {
        self.0.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
    }

    async fn send(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        self.connection()?.execute(sqlx::raw_sql(sql)).await.map(drop)
    }
}

impl<D: Database> Drop for Pooled<D> {
    fn drop(&mut self) {
        if let Some(connection) = &mut self.0 {
            connection.close_on_drop();
        }
    }
}
