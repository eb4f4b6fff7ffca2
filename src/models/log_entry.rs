//! The audit log. Rows are added and, while pending, completed; never changed otherwise.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamp};

use super::page::{self, Mark};
use super::sql::lower;
use super::usage::{Batch, placeholders};
use super::{Paged, Paging, Slice, Sliced, contains_pattern};
use crate::clock::UtcTime;
use crate::db::schema::{log_entries, token_groups};
use crate::db::{DbConnection, GroupId, LogEntryId, MultiBackend, TokenId, Tx, UserId};
use crate::error::Result;

/// Entries that are added with one statement.
const BATCH: usize = 100;

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
    /// `admin`, `api`, `mcp`, `cli` or `server`.
    pub surface: String,
    /// `added`, `changed`, `deleted`, `denied`, `signed in`, `signed out`, `expiring`.
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

/// Which entries are wanted; every condition that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct LogFilter {
    /// By this user, or with a token of this user.
    pub user_id: Option<UserId>,
    /// By the name of the user, whatever the case, as it was then.
    pub actor: Option<String>,
    /// With this token.
    pub token_id: Option<TokenId>,
    /// `admin`, `api`, `mcp`, `cli` or `server`.
    pub surface: Option<String>,
    /// `added`, `changed`, `deleted`, `denied`.
    pub action: Option<String>,
    /// About something of this app.
    pub app_label: Option<String>,
    /// About something of models of this name.
    pub model: Option<String>,
    /// About the object with this id.
    pub object_id: Option<String>,
    /// `pending`, `done`, `failed` or `denied`.
    pub outcome: Option<String>,
    /// At this moment or later.
    pub since: Option<UtcTime>,
    /// Before this moment.
    pub until: Option<UtcTime>,
    /// Of this request.
    pub request_id: Option<String>,
    /// Text in what it was done to, or in the names of user and token.
    pub search: Option<String>,
}

fn matching(filter: &LogFilter) -> log_entries::BoxedQuery<'static, MultiBackend> {
    let mut query = log_entries::table.into_boxed::<MultiBackend>();
    if let Some(id) = filter.user_id {
        query = query.filter(log_entries::actor_user_id.eq(id));
    }
    if let Some(name) = &filter.actor {
        query = query.filter(lower(log_entries::actor_label).eq(lower(name.clone())));
    }
    if let Some(id) = filter.token_id {
        query = query.filter(log_entries::token_id.eq(id));
    }
    if let Some(id) = &filter.request_id {
        query = query.filter(log_entries::request_id.eq(id.clone()));
    }
    macro_rules! equal {
        ($($column:ident),+) => {$(
            if let Some(text) = &filter.$column {
                query = query.filter(log_entries::$column.eq(text.clone()));
            }
        )+};
    }
    equal!(surface, action, app_label, model, object_id, outcome);
    if let Some(since) = filter.since {
        query = query.filter(log_entries::at.ge(since));
    }
    if let Some(until) = filter.until {
        query = query.filter(log_entries::at.lt(until));
    }
    if let Some(text) = &filter.search {
        let pattern = contains_pattern(text);
        let in_object = lower(log_entries::object_repr).like(lower(pattern.clone())).escape('\\');
        let in_actor = lower(log_entries::actor_label).like(lower(pattern.clone())).escape('\\');
        let token = log_entries::token_label.assume_not_null();
        let in_token =
            log_entries::token_label.is_not_null().and(lower(token).like(lower(pattern)).escape('\\'));
        query = query.filter(in_object.or(in_actor).or(in_token));
    }
    query
}

/// Lists a part of the entries in the order of their writing, or the newest first.
///
/// # Errors
/// `Invalid` for a cursor of another list; database faults.
pub fn slice(
    conn: &mut DbConnection,
    filter: &LogFilter,
    newest_first: bool,
    slice: &Slice<Mark>,
) -> Result<Sliced<LogEntry, Mark>> {
    let after = page::after(slice, Mark::as_id)?;
    let query = page::seek_id!(matching(filter), newest_first, log_entries::id, after);
    let rows = query.limit(slice.limit.saturating_add(1)).select(LogEntry::as_select()).load(conn)?;
    let total = slice.count.then(|| matching(filter).count().get_result(conn)).transpose()?;
    Ok(Sliced::cut(rows, slice.limit, total, |entry: &LogEntry| Mark::Id(entry.id.0)))
}

/// Finds an entry by id.
///
/// # Errors
/// Database faults.
pub fn find(conn: &mut DbConnection, id: LogEntryId) -> QueryResult<Option<LogEntry>> {
    log_entries::table.find(id).select(LogEntry::as_select()).first(conn).optional()
}

/// The id of the newest entry; 0 if there is none.
///
/// # Errors
/// Database faults.
pub fn last_id(conn: &mut DbConnection) -> QueryResult<LogEntryId> {
    let id: Option<LogEntryId> = log_entries::table.select(diesel::dsl::max(log_entries::id)).first(conn)?;
    Ok(id.unwrap_or(LogEntryId(0)))
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

/// How many tokens of a group did what to which of some models since a moment: app, model, action, tokens.
///
/// # Errors
/// Database faults.
pub fn count_tokens_of_group(
    conn: &mut DbConnection,
    group: GroupId,
    since: UtcTime,
    models: &[String],
) -> QueryResult<Vec<(String, String, String, i64)>> {
    let members = token_groups::table
        .filter(token_groups::group_id.eq(group))
        .select(token_groups::token_id.nullable());
    let columns = (log_entries::app_label, log_entries::model, log_entries::action);
    log_entries::table
        .filter(log_entries::token_id.eq_any(members))
        .filter(log_entries::at.ge(since).and(log_entries::outcome.eq("done")))
        .filter(log_entries::model.eq_any(models.to_vec()))
        .group_by(columns)
        .select((
            log_entries::app_label,
            log_entries::model,
            log_entries::action,
            sql::<BigInt>("count(DISTINCT log_entries.token_id)"),
        ))
        .load(conn)
}

/// Adds an entry.
///
/// # Errors
/// Database faults.
pub fn insert(tx: &mut Tx<'_>, new: &NewLogEntry<'_>) -> QueryResult<LogEntryId> {
    diesel::insert_into(log_entries::table).values(new).returning(log_entries::id).get_result(&mut **tx)
}

/// Adds entries, many with one statement.
///
/// # Errors
/// Database faults.
pub fn insert_many(tx: &mut Tx<'_>, entries: &[NewLogEntry<'_>]) -> QueryResult<()> {
    for chunk in entries.chunks(BATCH) {
        let mut query: Batch = diesel::sql_query(format!(
            "INSERT INTO log_entries (at, actor_user_id, actor_label, token_id, token_label, surface, action, \
             app_label, model, object_id, object_repr, changes, outcome, ip, request_id) VALUES {}",
            placeholders(chunk.len(), 15)
        ))
        .into_boxed();
        for one in chunk {
            let text = |text: Option<&str>| text.map(str::to_owned);
            query = query
                .bind::<Timestamp, _>(one.at)
                .bind::<Nullable<BigInt>, _>(one.actor_user_id)
                .bind::<Text, _>(one.actor_label.to_owned())
                .bind::<Nullable<BigInt>, _>(one.token_id)
                .bind::<Nullable<Text>, _>(text(one.token_label));
            for column in [one.surface, one.action, one.app_label, one.model, one.object_id] {
                query = query.bind::<Text, _>(column.to_owned());
            }
            for column in [one.object_repr, one.changes, one.outcome] {
                query = query.bind::<Text, _>(column.to_owned());
            }
            query =
                query.bind::<Nullable<Text>, _>(text(one.ip)).bind::<Nullable<Text>, _>(text(one.request_id));
        }
        query.execute(&mut **tx)?;
    }
    Ok(())
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
