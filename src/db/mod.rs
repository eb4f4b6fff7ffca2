//! Databases: addresses, connections, pools, transactions, and the places where the two backends differ.
//!
//! [`Db`] is a pool. Its methods block; [`Db::run`] moves a piece of work off the async threads.

mod connect;
mod connection;
pub mod dialect;
mod instrument;
pub mod migrate;
pub mod schema;
mod types;
mod url;
mod watch;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use tokio::task::JoinHandle;

pub use connect::{DbManager, Ownership};
pub use connection::{DbConnection, MultiBackend, MultiField, MultiRawValue, MultiRow};
pub use types::{ContentTypeId, GroupId, LogEntryId, PermissionId, SessionId, TokenId, UserId};
pub use url::{Backend, DatabaseUrl};

use crate::error::{Error, Result};
use watch::{Watch, Watched};

/// A connection lent by a pool.
pub type PooledConnection = diesel::r2d2::PooledConnection<DbManager>;

/// How much longer than its bound a statement may take before it is given up: the time of the bound to
/// work and of the answer to arrive.
const MARGIN: Duration = Duration::from_secs(1);

/// How a pool is made.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// Whose database it is.
    pub ownership: Ownership,
    /// Most connections at once.
    pub max_connections: u32,
    /// How long to wait for a free connection before giving up as `Unavailable`.
    pub wait: Duration,
    /// Bound of each statement.
    pub statement_timeout: Duration,
}

impl PoolOptions {
    /// For our own database.
    pub fn own() -> Self {
        Self {
            ownership: Ownership::Own,
            max_connections: 8,
            wait: Duration::from_secs(1),
            statement_timeout: Duration::from_secs(10),
        }
    }

    /// For an attached database whose statements end after `statement_timeout`.
    pub fn attached(statement_timeout: Duration) -> Self {
        Self { ownership: Ownership::Attached, statement_timeout, ..Self::own() }
    }
}

/// A pool of connections to one database. Cloning it shares the pool.
#[derive(Clone)]
pub struct Db {
    pool: diesel::r2d2::Pool<DbManager>,
    manager: DbManager,
    url: DatabaseUrl,
    /// After which time a statement is given up.
    patience: Duration,
    /// Statements that were given up and still run.
    given_up: Arc<AtomicI64>,
    /// With so many of them nothing more is asked.
    most_given_up: i64,
}

impl Db {
    /// Makes a pool. No connection is opened yet, so this works while the database is away.
    ///
    /// # Errors
    /// `Internal` if the pool's threads cannot be started.
    pub fn new(url: &DatabaseUrl, options: &PoolOptions) -> Result<Self> {
        let manager = DbManager::new(url.clone(), options.ownership, options.statement_timeout);
        let pool = diesel::r2d2::Pool::builder()
            .max_size(options.max_connections)
            .min_idle(Some(0))
            .connection_timeout(options.wait)
            .error_handler(Box::new(LogPoolErrors))
            .build_unchecked(manager.clone());
        Ok(Self {
            pool,
            manager,
            url: url.clone(),
            patience: options.statement_timeout + MARGIN,
            given_up: Arc::default(),
            most_given_up: i64::from(options.max_connections / 2).max(1),
        })
    }

    /// Which backend it speaks.
    pub fn backend(&self) -> Backend {
        self.url.backend()
    }

    /// Where it is; shown without its password.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Takes a connection, waiting for a bounded time. Blocks.
    ///
    /// # Errors
    /// `Unavailable` when none can be had.
    pub fn conn(&self) -> Result<PooledConnection> {
        self.pool.get().map_err(|error| {
            tracing::warn!(%error, database = %self.url, "no database connection");
            Error::Unavailable("The database cannot be reached".into())
        })
    }

    /// Asks whether the database answers. Blocks.
    ///
    /// # Errors
    /// `Unavailable`; database faults.
    pub fn ping(&self) -> Result<()> {
        self.read(|conn| Ok(conn.batch_execute("SELECT 1")?))
    }

    /// Runs `work` on a connection without a transaction. Blocks.
    ///
    /// # Errors
    /// `Unavailable`, or what `work` returns.
    pub fn read<T>(&self, work: impl FnOnce(&mut DbConnection) -> Result<T>) -> Result<T> {
        work(&mut *self.conn()?)
    }

    /// Runs `work` in one write transaction that is rolled back if it fails. Blocks.
    ///
    /// # Errors
    /// `Unavailable`, or what `work` returns.
    pub fn write<T>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let mut conn = self.conn()?;
        dialect::write_transaction(&mut conn, |conn| work(&mut Tx(conn)))
    }

    /// Runs `work` in a write transaction that is rolled back whatever it answers: what would have been.
    /// Blocks.
    ///
    /// # Errors
    /// `Unavailable`, or what `work` returns.
    pub fn rehearse<T>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let mut conn = self.conn()?;
        dialect::rehearsal(&mut conn, |conn| work(&mut Tx(conn)))
    }

    /// Runs a script of ours, several statements at once, on a connection of its own, so that settings made
    /// in it end with it. Blocks.
    ///
    /// # Errors
    /// `Unavailable`, or what the database refuses.
    pub fn execute_script(&self, sql: &str) -> Result<()> {
        let mut conn = self.manager.open().map_err(|error| {
            tracing::warn!(%error, database = %self.url, "no database connection");
            Error::Unavailable("The database cannot be reached".into())
        })?;
        Ok(conn.batch_execute(sql)?)
    }

    /// Runs blocking `work` with this pool on a thread made for blocking. If one statement takes longer than
    /// its bound, nobody waits for it any more: nothing that the work has not committed by then comes true,
    /// and the connection is not used again.
    ///
    /// # Errors
    /// What `work` returns; `Unavailable` if it was given up, or if half of the connections are held by
    /// statements that were; `Internal` if it panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if self.given_up.load(Ordering::Acquire) >= self.most_given_up {
            return Err(Error::Unavailable("The database is busy with queries that do not end".into()));
        }
        let watch = Arc::new(Watch::new());
        let (db, watched) = (self.clone(), Arc::clone(&watch));
        let task = tokio::task::spawn_blocking(move || {
            let _watched = Watched::by(watched, Arc::clone(&db.given_up));
            work(&db)
        });
        let mut waiting = Waiting { db: self.clone(), watch, task: Some(task) };
        waiting.end().await
    }
}

/// Waits for work in a statement or gives it up, even if the caller has gone meanwhile.
struct Waiting<T: Send + 'static> {
    db: Db,
    watch: Arc<Watch>,
    task: Option<JoinHandle<Result<T>>>,
}

impl<T: Send + 'static> Waiting<T> {
    async fn end(&mut self) -> Result<T> {
        let Some(task) = &mut self.task else { return Err(Error::internal("already awaited")) };
        let ended = end_of(&self.db, &self.watch, task).await;
        self.task = None;
        ended
    }
}

impl<T: Send + 'static> Drop for Waiting<T> {
    fn drop(&mut self) {
        if let (Some(mut task), Ok(runtime)) = (self.task.take(), tokio::runtime::Handle::try_current()) {
            let (db, watch) = (self.db.clone(), Arc::clone(&self.watch));
            // Not another `Waiting`: a runtime that ends drops what is spawned at once.
            runtime.spawn(async move {
                // Nobody hears the answer; the count of what was given up is what matters.
                let _ = end_of(&db, &watch, &mut task).await;
            });
        }
    }
}

async fn end_of<T>(db: &Db, watch: &Watch, task: &mut JoinHandle<Result<T>>) -> Result<T> {
    let mut wait = db.patience;
    loop {
        match tokio::time::timeout(wait, &mut *task).await {
            Ok(ended) => return ended.unwrap_or_else(|error| Err(Error::Internal(Box::new(error)))),
            Err(_) => match watch.give_up_after(db.patience) {
                Ok(()) => break,
                Err(rest) => wait = rest,
            },
        }
    }
    db.given_up.fetch_add(1, Ordering::AcqRel);
    metrics::counter!("mcp_admin_db_given_up_total").increment(1);
    tracing::warn!(database = %db.url, "a statement that does not end was given up");
    Err(Error::Unavailable(dialect::TOO_LONG.into()))
}

/// An open write transaction. Functions that must not write outside of one take it.
pub struct Tx<'a>(&'a mut DbConnection);

impl Tx<'_> {
    /// Runs `work` so that, if it fails, what it did is undone and the transaction can go on.
    ///
    /// # Errors
    /// What `work` returns, or database faults.
    pub fn savepoint<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        diesel::Connection::transaction(&mut *self.0, |conn| work(&mut Tx(conn)))
    }
}

impl Deref for Tx<'_> {
    type Target = DbConnection;
    fn deref(&self) -> &DbConnection {
        self.0
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut DbConnection {
        self.0
    }
}

#[derive(Debug)]
struct LogPoolErrors;

impl diesel::r2d2::HandleError<diesel::r2d2::Error> for LogPoolErrors {
    fn handle_error(&self, error: diesel::r2d2::Error) {
        tracing::debug!(%error, "a pooled connection could not be made");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn r50_a_runtime_that_ends_while_somebody_waits_for_a_statement_ends_quietly() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::parse(folder.path().join("own.db").to_str().unwrap()).unwrap();
        let db = Db::new(&url, &PoolOptions::own()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (began, has_begun) = std::sync::mpsc::channel();
        let work = move |_: &Db| {
            let _ = began.send(());
            std::thread::sleep(Duration::from_millis(50));
            Ok(())
        };
        let waiting = runtime.spawn(async move { db.run(work).await });
        runtime.block_on(tokio::task::yield_now());
        has_begun.recv_timeout(Duration::from_secs(10)).unwrap();
        drop(runtime);
        assert!(waiting.is_finished());
    }
}
