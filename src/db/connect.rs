//! Opening connections: one r2d2 manager that chooses the backend by URL and prepares each connection.

use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel::{Connection, PgConnection, SqliteConnection};

use super::connection::DbConnection;
use super::instrument::Observer;
use super::url::{Backend, DatabaseUrl};
use super::watch;

/// Settings of PostgreSQL's driver that an address may override: a server that cannot be reached, or whose
/// machine has gone, is found out within seconds.
const PG_DEFAULTS: [(&str, &str); 6] = [
    ("connect_timeout", "3"),
    ("tcp_user_timeout", "5000"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "3"),
    ("application_name", "mcp-admin"),
];

/// Whose database a connection belongs to, which decides what may be set on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// Ours: created when missing, WAL, fully synchronous.
    Own,
    /// Somebody else's, attached as an app: never created, its settings are left alone.
    Attached,
}

/// Makes connections for a pool.
#[derive(Debug, Clone)]
pub struct DbManager {
    url: DatabaseUrl,
    ownership: Ownership,
    statement_timeout: Duration,
}

impl DbManager {
    /// A manager for `url`. `statement_timeout` bounds each statement on PostgreSQL and each wait for a
    /// lock on SQLite.
    pub fn new(url: DatabaseUrl, ownership: Ownership, statement_timeout: Duration) -> Self {
        Self { url, ownership, statement_timeout }
    }

    /// Opens one connection outside any pool.
    ///
    /// # Errors
    /// What the driver says; a file of an attached SQLite database that is not there is an error.
    pub fn open(&self) -> Result<DbConnection, diesel::ConnectionError> {
        let mut conn = match self.url.backend() {
            Backend::Postgres => DbConnection::Pg(self.postgres()?),
            Backend::Sqlite => DbConnection::Sqlite(self.sqlite()?),
        };
        conn.set_instrumentation(Observer::new());
        Ok(conn)
    }

    fn postgres(&self) -> Result<PgConnection, diesel::ConnectionError> {
        let mut url = self.url.target().to_owned();
        for (name, value) in PG_DEFAULTS {
            if !url.contains(name) {
                let separator = if url.contains('?') { "&" } else { "?" };
                url.extend([separator, name, "=", value]);
            }
        }
        let mut conn = PgConnection::establish(&url).map_err(explain_missing_tls)?;
        let millis = self.statement_timeout.as_millis();
        conn.batch_execute(&format!(
            "SET TIME ZONE 'UTC'; SET client_min_messages = warning; SET statement_timeout = {millis}; \
             SET lock_timeout = {millis}; SET idle_in_transaction_session_timeout = '60s'; \
             SET bytea_output = 'hex'; SET DateStyle = 'ISO'; SET IntervalStyle = 'iso_8601'"
        ))
        .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
        Ok(conn)
    }

    fn sqlite(&self) -> Result<SqliteConnection, diesel::ConnectionError> {
        let path = self.url.target();
        if self.ownership == Ownership::Attached && !Path::new(path).is_file() {
            return Err(diesel::ConnectionError::BadConnection("the database file does not exist".into()));
        }
        let mut conn = SqliteConnection::establish(path)?;
        let millis = self.statement_timeout.as_millis();
        let own = match self.ownership {
            Ownership::Own => "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
            Ownership::Attached => "",
        };
        conn.batch_execute(&format!(
            "PRAGMA busy_timeout = {millis}; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; {own}"
        ))
        .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
        if self.ownership == Ownership::Attached {
            super::dialect::functions::register(&mut conn, self.statement_timeout)
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
        }
        Ok(conn)
    }
}

fn explain_missing_tls(error: diesel::ConnectionError) -> diesel::ConnectionError {
    match error {
        diesel::ConnectionError::BadConnection(text)
            if !cfg!(feature = "pg-tls") && (text.contains("no encryption") || text.contains("SSL off")) =>
        {
            diesel::ConnectionError::BadConnection(format!(
                "{text} (this server asks for TLS and this binary was built without it: use a release \
                 build or build with `--features pg-tls`)"
            ))
        }
        other => other,
    }
}

impl ManageConnection for DbManager {
    type Connection = DbConnection;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<DbConnection, Self::Error> {
        self.open().map_err(diesel::r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, conn: &mut DbConnection) -> Result<(), Self::Error> {
        match self.url.backend() {
            Backend::Postgres => conn.ping().map_err(diesel::r2d2::Error::QueryError),
            // An open file outlives its name; rows written to it then would be lost.
            Backend::Sqlite if Path::new(self.url.target()).is_file() => Ok(()),
            Backend::Sqlite => {
                let gone = diesel::ConnectionError::BadConnection("the database file is gone".into());
                Err(diesel::r2d2::Error::ConnectionError(gone))
            }
        }
    }

    fn has_broken(&self, conn: &mut DbConnection) -> bool {
        std::thread::panicking() || watch::is_given_up() || conn.is_broken()
    }
}
