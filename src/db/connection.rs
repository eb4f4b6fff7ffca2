//! One connection type for both databases. It is alone in its module because the derive emits modules
//! that import everything around them.
#![expect(missing_docs, reason = "the derive generates undocumented public types")]

use diesel::{PgConnection, SqliteConnection};

/// A connection to PostgreSQL or to SQLite; queries are written once, against this type.
#[derive(diesel::MultiConnection)]
pub enum DbConnection {
    /// PostgreSQL, through libpq.
    Pg(PgConnection),
    /// SQLite, compiled in.
    Sqlite(SqliteConnection),
}
