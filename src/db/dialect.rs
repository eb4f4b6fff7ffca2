//! Every difference between the two databases that queries meet: how a write begins, what an error
//! means, how other processes are told.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::{Connection, RunQueryDsl};

use super::connection::DbConnection;
use super::url::Backend;
use super::watch;
use crate::error::{Error, FieldError, Result};

pub mod exact;
pub mod functions;
pub mod spelling;
pub mod value;

/// The channel on which PostgreSQL tells other nodes that permissions changed.
pub const EPOCH_CHANNEL: &str = "mcp_admin_epoch";

/// What a client is told when a statement was ended, or given up, because of its time.
pub(super) const TOO_LONG: &str = "The database took too long to answer; narrow the query (filters on indexed fields, a smaller limit, fewer fields, no exact count), or try again later";

/// The transaction manager that all connections share.
type Transactions = <DbConnection as Connection>::TransactionManager;

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
    begin_write(conn)?;
    // If `work` panics, the pool sees a panicking thread and throws the connection away.
    match work(conn).and_then(|value| in_time(|| Ok(value)).map_err(Error::from)) {
        Ok(value) => match Transactions::commit_transaction(conn) {
            Ok(()) => Ok(value),
            Err(error) => Err(refused_commit(error)),
        },
        Err(error) => {
            roll_back(conn);
            Err(error)
        }
    }
}

/// Runs a statement, unless nobody waits for it any more; what it answers is worth nothing then either.
///
/// # Errors
/// What the statement says, or that its time is over.
pub fn in_time<T>(statement: impl FnOnce() -> diesel::QueryResult<T>) -> diesel::QueryResult<T> {
    let late = || {
        let info = Box::new("canceled by statement timeout".to_owned());
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, info)
    };
    if watch::is_given_up() {
        return Err(late());
    }
    let result = statement();
    if watch::is_given_up() { Err(late()) } else { result }
}

/// Runs `work` in a write transaction that is rolled back at its end, whatever it answers.
///
/// # Errors
/// What `work` returns, or a fault of the beginning.
pub fn rehearsal<T>(conn: &mut DbConnection, work: impl FnOnce(&mut DbConnection) -> Result<T>) -> Result<T> {
    begin_write(conn)?;
    let result = work(conn);
    roll_back(conn);
    result
}

fn begin_write(conn: &mut DbConnection) -> diesel::QueryResult<()> {
    match conn {
        DbConnection::Pg(pg) => AnsiTransactionManager::begin_transaction(pg),
        DbConnection::Sqlite(sqlite) => {
            AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE")
        }
    }
}

fn roll_back(conn: &mut DbConnection) {
    if let Err(fault) = Transactions::rollback_transaction(conn) {
        tracing::warn!(error = %fault, "a rollback failed; the connection is given up");
    }
}

/// Only foreign keys that are deferred are checked as late as this.
fn refused_commit(error: DieselError) -> Error {
    if is_foreign_key_violation(&error) {
        return Error::Conflict("The change would leave something that points at nothing".into());
    }
    error.into()
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

/// Whether a backend can tell other nodes of changes, see [`listen_for_epoch`].
pub fn can_listen(backend: Backend) -> bool {
    backend == Backend::Postgres
}

/// Makes a connection hear what [`notify_epoch`] tells; without effect where [`can_listen`] says no.
///
/// # Errors
/// Database faults.
pub fn listen_for_epoch(conn: &mut DbConnection) -> diesel::QueryResult<()> {
    match conn {
        DbConnection::Pg(pg) => diesel::sql_query(format!("LISTEN {EPOCH_CHANNEL}")).execute(pg).map(|_| ()),
        DbConnection::Sqlite(_) => Ok(()),
    }
}

/// Whether a listening connection heard of a change since the last look. Does not wait. A connection
/// that is lost may look silent here: query it now and then.
///
/// # Errors
/// A lost connection.
pub fn heard_of_epoch(conn: &mut DbConnection) -> diesel::QueryResult<bool> {
    match conn {
        DbConnection::Pg(pg) => pg.notifications_iter().try_fold(false, |_, one| one.map(|_| true)),
        DbConnection::Sqlite(_) => Ok(false),
    }
}

/// Reports whether an error is a unique violation; the caller knows of which rule.
pub fn is_unique_violation(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}

/// For `map_err` of a statement that one unique rule can stop: then it is a `Conflict` with this text.
pub fn conflict(text: impl Into<String>) -> impl FnOnce(DieselError) -> Error {
    move |error| if is_unique_violation(&error) { Error::Conflict(text.into()) } else { error.into() }
}

/// For `map_err` of a statement that only a taken value can stop: then it is `Taken` for the field.
pub fn taken(field: &str, message: impl Into<String>) -> impl FnOnce(DieselError) -> Error {
    move |error| {
        let is_taken = is_unique_violation(&error);
        if is_taken { Error::Taken(FieldError::new(field, message)) } else { error.into() }
    }
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

/// What is said where a statement names a table or a column that is not there any more.
pub const TABLES_CHANGED: &str =
    "The tables of the database have changed since they were read; the app has to be synchronised";

/// Reports whether a rule that the owner of a database programmed refused a change, e.g. a trigger that
/// raises an error. The driver tells no code for that; faults of the server are known by their texts, and
/// faults of a statement by the place in it.
pub fn is_refusal(error: &DieselError) -> bool {
    const FAULTS: [&str; 14] = [
        "disk",
        "memory",
        "malformed",
        "not a database",
        "corrupt",
        "could not ",
        "internal error",
        "unexpected",
        "cache lookup failed",
        "deadlock",
        "too many",
        "too big",
        "invalid page",
        "syntax error",
    ];
    let DieselError::DatabaseError(DatabaseErrorKind::Unknown, info) = error else { return false };
    let is_fault = FAULTS.iter().any(|t| info.message().contains(t));
    info.statement_position().is_none() && !is_fault && unavailable_reason(error).is_none()
}

fn unavailable_reason(error: &DieselError) -> Option<&'static str> {
    const UNREACHABLE: &str = "The database cannot be reached";
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _)
        | DieselError::BrokenTransactionManager => Some(UNREACHABLE),
        DieselError::DatabaseError(_, info) => {
            let text = info.message();
            let busy =
                ["database is locked", "database table is locked", "lock timeout", "deadlock detected"];
            let changed =
                ["does not exist", "no such table", "no such column", "has no column named", "no such view"];
            let gone = [
                "server closed the connection",
                "terminating connection",
                "could not connect",
                "no connection to the server",
                "unable to open database file",
                "disk I/O error",
            ];
            if changed.iter().any(|t| text.contains(t)) {
                Some(TABLES_CHANGED)
            } else if busy.iter().any(|t| text.contains(t)) {
                Some("The database is busy")
            } else if ["readonly database", "disk is full", "No space left"].iter().any(|t| text.contains(t))
            {
                Some("The database cannot be written to")
            } else if text.contains("statement timeout") {
                Some(TOO_LONG)
            } else if gone.iter().any(|t| text.contains(t)) {
                Some(UNREACHABLE)
            } else {
                None
            }
        }
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

/// Runs `work` while no other process migrates the same database: under an advisory lock of PostgreSQL,
/// or in a write transaction of SQLite, in which each migration is a savepoint.
///
/// # Errors
/// What `work` returns, or database faults.
pub fn with_migration_lock<T>(
    conn: &mut DbConnection,
    work: impl FnOnce(&mut DbConnection) -> Result<T>,
) -> Result<T> {
    const LOCK: i64 = 0x6d63_7061;
    if backend(conn) == Backend::Sqlite {
        return write_transaction(conn, work);
    }
    conn.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))?;
    let result = work(conn);
    conn.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"))?;
    result
}
