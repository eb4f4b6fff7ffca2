//! The audit log. Rows are added and, while pending, completed; never changed otherwise.

use diesel::prelude::*;

use super::{Paged, Paging};
use crate::clock::UtcTime;
use crate::db::schema::log_entries;
use crate::db::{DbConnection, LogEntryId, TokenId, Tx, UserId};

/// One line of the audit log. The texts are copies, so that it outlives what it names.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = log_entries)]
pub struct LogEntry {
    /// In order of writing.
    pub id: LogEntryId,
    /// When it was done, or begun.
    pub at: UtcTime,
    /// The user, or the owner of the token.
    pub actor_user_id: Option<UserId>,
    /// The name of the user, or what stands for it.
    pub actor_label: String,
    /// The token, if one was used.
    pub token_id: Option<TokenId>,
    /// The token's name.
    pub token_label: Option<String>,
    /// `admin`, `api`, `mcp` or `cli`.
    pub surface: String,
    /// `added`, `changed`, `deleted`, `denied`, `signed in`, `signed out`.
    pub action: String,
    /// The app of what it was done to.
    pub app_label: String,
    /// The model of what it was done to.
    pub model: String,
    /// The id as text; empty if there was none.
    pub object_id: String,
    /// The object as people name it.
    pub object_repr: String,
    /// JSON with `before` and `after`.
    pub changes: String,
    /// `pending`, `done`, `failed` or `denied`.
    pub outcome: String,
    /// The client's address.
    pub ip: Option<String>,
    /// The request that it belongs to.
    pub request_id: Option<String>,
}

/// What a new row has; see [`LogEntry`].
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = log_entries)]
#[expect(missing_docs, reason = "the same columns as LogEntry")]
pub struct NewLogEntry<'a> {
    pub at: UtcTime,
    pub actor_user_id: Option<UserId>,
    pub actor_label: &'a str,
    pub token_id: Option<TokenId>,
    pub token_label: Option<&'a str>,
    pub surface: &'a str,
    pub action: &'a str,
    pub app_label: &'a str,
    pub model: &'a str,
    pub object_id: &'a str,
    pub object_repr: &'a str,
    pub changes: &'a str,
    pub outcome: &'a str,
    pub ip: Option<&'a str>,
    pub request_id: Option<&'a str>,
}

/// What becomes known when something pending ends.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = log_entries)]
pub struct LogEntryChanges<'a> {
    /// See [`LogEntry`].
    pub object_id: &'a str,
    /// See [`LogEntry`].
    pub object_repr: &'a str,
    /// See [`LogEntry`].
    pub changes: &'a str,
    /// See [`LogEntry`].
    pub outcome: &'a str,
}

/// The newest entries first.
///
/// # Errors
/// Database faults.
pub fn list_recent(conn: &mut DbConnection, limit: i64) -> QueryResult<Vec<LogEntry>> {
    log_entries::table.order(log_entries::id.desc()).limit(limit).select(LogEntry::as_select()).load(conn)
}

/// One page of the entries of one object, the newest first.
///
/// # Errors
/// Database faults.
pub fn list_of_object(
    conn: &mut DbConnection,
    app_label: &str,
    model: &str,
    object_id: &str,
    paging: Paging,
) -> QueryResult<Paged<LogEntry>> {
    let matching = || {
        log_entries::table
            .filter(log_entries::app_label.eq(app_label))
            .filter(log_entries::model.eq(model))
            .filter(log_entries::object_id.eq(object_id))
    };
    let total = matching().count().get_result(conn)?;
    let rows = matching()
        .order(log_entries::id.desc())
        .limit(paging.limit)
        .offset(paging.offset)
        .select(LogEntry::as_select())
        .load(conn)?;
    Ok(Paged { rows, total })
}

/// Adds an entry.
///
/// # Errors
/// Database faults.
pub fn insert(tx: &mut Tx<'_>, new: &NewLogEntry<'_>) -> QueryResult<LogEntryId> {
    diesel::insert_into(log_entries::table).values(new).returning(log_entries::id).get_result(&mut **tx)
}

/// Completes an entry that is still pending; 0 rows if it is not.
///
/// # Errors
/// Database faults.
pub fn update_pending(tx: &mut Tx<'_>, id: LogEntryId, changes: &LogEntryChanges<'_>) -> QueryResult<usize> {
    diesel::update(log_entries::table.find(id).filter(log_entries::outcome.eq("pending")))
        .set(changes)
        .execute(&mut **tx)
}
