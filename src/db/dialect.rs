//! Every difference between the two databases that queries meet: how a write begins, what an error
//! means, how other processes are told.

use diesel::connection::SimpleConnection;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::{Connection, RunQueryDsl};

use super::connection::DbConnection;
use super::url::Backend;
use crate::error::{Error, Result};

pub mod functions;
pub mod spelling;
pub mod value;

/// The channel on which PostgreSQL tells other nodes that permissions changed.
pub const EPOCH_CHANNEL: &str = "mcp_admin_epoch";

/// Which backend a connection speaks.
pub fn backend(conn: &DbConnection) -> Backend {
    match conn {
        DbConnection::Pg(_) => Backend::Postgres,
        DbConnection::Sqlite(_) => Backend::Sqlite,
    }
}

/// Runs `work` in a write transaction. SQLite takes its write lock at the beginning, so that two
/// transactions that read before they write wait for each other instead of failing.
///
/// # Errors
/// What `work` returns, after rolling back, or a fault of the commit.
pub fn write_transaction<T>(
    conn: &mut DbConnection,
    work: impl FnOnce(&mut DbConnection) -> Result<T>,
) -> Result<T> {
    if backend(conn) == Backend::Postgres {
        return conn.transaction(work);
    }
    conn.batch_execute("BEGIN IMMEDIATE")?;
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(conn)));
    match result {
        Ok(Ok(value)) => match conn.batch_execute("COMMIT") {
            Ok(()) => Ok(value),
            Err(error) => {
                roll_back(conn);
                Err(refused_commit(error))
            }
        },
        Ok(Err(error)) => {
            roll_back(conn);
            Err(error)
        }
        Err(panic) => {
            roll_back(conn);
            std::panic::resume_unwind(panic)
        }
    }
}

/// Only foreign keys that are deferred are checked as late as this.
fn refused_commit(error: DieselError) -> Error {
    if is_foreign_key_violation(&error) {
        return Error::Conflict("The change would leave something that points at nothing".into());
    }
    error.into()
}

fn roll_back(conn: &mut DbConnection) {
    if let Err(error) = conn.batch_execute("ROLLBACK") {
        tracing::warn!(%error, "a rollback failed; SQLite may have rolled back by itself");
    }
}

/// Tells the other nodes that permissions changed; they hear it when the transaction commits.
/// SQLite has no such channel: its nodes poll.
///
/// # Errors
/// Database faults.
pub fn notify_epoch(conn: &mut DbConnection) -> diesel::QueryResult<()> {
    match conn {
        DbConnection::Pg(pg) => diesel::sql_query(format!("NOTIFY {EPOCH_CHANNEL}")).execute(pg).map(|_| ()),
        DbConnection::Sqlite(_) => Ok(()),
    }
}

/// Reports whether an error is a unique violation; the caller knows of which rule.
pub fn is_unique_violation(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}

/// Reports whether an error is a foreign key violation.
pub fn is_foreign_key_violation(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _))
}

/// Reports whether a statement failed because of a value in it, e.g. a text that is no address. The
/// server does not tell the driver more than its message; broken connections have kinds of their own.
pub fn is_bad_value(error: &DieselError) -> bool {
    matches!(
        error,
        DieselError::DatabaseError(DatabaseErrorKind::Unknown | DatabaseErrorKind::CheckViolation, _)
    ) && unavailable_reason(error).is_none()
}

fn unavailable_reason(error: &DieselError) -> Option<&'static str> {
    const UNREACHABLE: &str = "The database cannot be reached";
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => Some(UNREACHABLE),
        DieselError::DatabaseError(_, info) => {
            let text = info.message();
            let busy = ["database is locked", "database table is locked", "lock timeout"];
            let gone = [
                "server closed the connection",
                "terminating connection",
                "could not connect",
                "no connection to the server",
                "unable to open database file",
                "disk I/O error",
            ];
            if busy.iter().any(|t| text.contains(t)) {
                Some("The database is busy")
            } else if text.contains("readonly database") || text.contains("disk is full") {
                Some("The database cannot be written to")
            } else if text.contains("statement timeout") {
                Some("The database took too long to answer")
            } else if gone.iter().any(|t| text.contains(t)) {
                Some(UNREACHABLE)
            } else {
                None
            }
        }
        DieselError::BrokenTransactionManager => Some(UNREACHABLE),
        _ => None,
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match unavailable_reason(&error) {
            Some(reason) => {
                tracing::warn!(%error, "{reason}");
                Self::Unavailable(reason.to_owned())
            }
            None => Self::Internal(Box::new(error)),
        }
    }
}

/// Runs `work` while no other process migrates the same PostgreSQL database; SQLite's own write lock
/// does the same for it.
///
/// # Errors
/// What `work` returns, or database faults.
pub fn with_migration_lock<T>(
    conn: &mut DbConnection,
    work: impl FnOnce(&mut DbConnection) -> Result<T>,
) -> Result<T> {
    const LOCK: i64 = 0x6d63_7061;
    if backend(conn) == Backend::Sqlite {
        return work(conn);
    }
    conn.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))?;
    let result = work(conn);
    conn.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"))?;
    result
}
