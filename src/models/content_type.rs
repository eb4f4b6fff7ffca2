//! Content types: one row for each model, built in or discovered.

use diesel::prelude::*;

use super::page::{self, Mark};
use super::sql::lower;
use super::{Slice, Sliced, contains_pattern};
use crate::db::schema::{content_types, permissions};
use crate::db::{ContentTypeId, DbConnection, MultiBackend, Tx};
use crate::error::Result;

/// One content type.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = content_types)]
pub struct ContentType {
    /// Never used again after a deletion.
    pub id: ContentTypeId,
    /// Label of the app, e.g. `blog`.
    pub app_label: String,
    /// Name of the model, e.g. `article`; unique in its app.
    pub model: String,
    /// The model's name for people.
    pub name: String,
    /// Whether its table has vanished.
    pub is_stale: bool,
}

/// What a new row has.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = content_types)]
pub struct NewContentType<'a> {
    /// See [`ContentType`].
    pub app_label: &'a str,
    /// See [`ContentType`].
    pub model: &'a str,
    /// See [`ContentType`].
    pub name: &'a str,
}

/// Columns to change; `None` leaves a column alone. At least one has to be set.
#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = content_types)]
pub struct ContentTypeChanges<'a> {
    /// See [`ContentType`].
    pub name: Option<&'a str>,
    /// See [`ContentType`].
    pub is_stale: Option<bool>,
}

/// Which content types are wanted; every condition that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct ContentTypeFilter {
    /// Of this app.
    pub app_label: Option<String>,
    /// Of this model.
    pub model: Option<String>,
    /// Text in the model or the name.
    pub search: Option<String>,
    /// Text in the model, the name, or a codename of its permissions.
    pub about: Option<String>,
    /// Those whose table has vanished, or the others.
    pub is_stale: Option<bool>,
}

fn matching(filter: &ContentTypeFilter) -> content_types::BoxedQuery<'static, MultiBackend> {
    let mut query = content_types::table.into_boxed::<MultiBackend>();
    if let Some(app_label) = &filter.app_label {
        query = query.filter(content_types::app_label.eq(app_label.clone()));
    }
    if let Some(model) = &filter.model {
        query = query.filter(content_types::model.eq(model.clone()));
    }
    if let Some(is_stale) = filter.is_stale {
        query = query.filter(content_types::is_stale.eq(is_stale));
    }
    if let Some(text) = &filter.about {
        let pattern = contains_pattern(text);
        let named = permissions::table
            .filter(lower(permissions::codename).like(lower(pattern.clone())).escape('\\'))
            .select(permissions::content_type_id);
        let in_model = lower(content_types::model).like(lower(pattern.clone())).escape('\\');
        let in_name = lower(content_types::name).like(lower(pattern)).escape('\\');
        query = query.filter(in_model.or(in_name).or(content_types::id.eq_any(named)));
    }
    if let Some(text) = &filter.search {
        let pattern = contains_pattern(text);
        let in_model = lower(content_types::model).like(lower(pattern.clone())).escape('\\');
        query = query.filter(in_model.or(lower(content_types::name).like(lower(pattern)).escape('\\')));
    }
    query
}

/// Lists all content types in order of app and model.
///
/// # Errors
/// Database faults.
pub fn list(conn: &mut DbConnection) -> QueryResult<Vec<ContentType>> {
    content_types::table
        .order((content_types::app_label, content_types::model))
        .select(ContentType::as_select())
        .load(conn)
}

/// What a list of content types is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentTypeOrder {
    /// By id, so in order of their making.
    Id,
    /// By app and model.
    Model,
}

/// Lists a part of the content types in an order, turned around if the flag says so.
///
/// # Errors
/// `Invalid` for a cursor of another order; database faults.
pub fn slice(
    conn: &mut DbConnection,
    filter: &ContentTypeFilter,
    (order, descending): (ContentTypeOrder, bool),
    slice: &Slice<Mark>,
) -> Result<Sliced<ContentType, Mark>> {
    let query = matching(filter);
    let query = match order {
        ContentTypeOrder::Id => {
            page::seek_id!(query, descending, content_types::id, page::after(slice, Mark::as_id)?)
        }
        ContentTypeOrder::Model => {
            let columns = (content_types::app_label, content_types::model, content_types::id);
            page::seek_pair!(query, descending, columns, page::after(slice, Mark::as_pair)?)
        }
    };
    let rows = query.limit(slice.limit.saturating_add(1)).select(ContentType::as_select()).load(conn)?;
    let total = slice.count.then(|| matching(filter).count().get_result(conn)).transpose()?;
    Ok(Sliced::cut(rows, slice.limit, total, |row: &ContentType| match order {
        ContentTypeOrder::Id => Mark::Id(row.id.0),
        ContentTypeOrder::Model => Mark::Pair(row.app_label.clone(), row.model.clone(), row.id.0),
    }))
}

/// Finds a content type by id.
///
/// # Errors
/// Database faults.
pub fn find(conn: &mut DbConnection, id: ContentTypeId) -> QueryResult<Option<ContentType>> {
    content_types::table.find(id).select(ContentType::as_select()).first(conn).optional()
}

/// Adds a content type.
///
/// # Errors
/// A unique violation if the model has one; database faults.
pub fn insert(tx: &mut Tx<'_>, new: &NewContentType<'_>) -> QueryResult<ContentTypeId> {
    diesel::insert_into(content_types::table).values(new).returning(content_types::id).get_result(&mut **tx)
}

/// Changes a content type.
///
/// # Errors
/// Database faults.
pub fn update(tx: &mut Tx<'_>, id: ContentTypeId, changes: &ContentTypeChanges<'_>) -> QueryResult<usize> {
    diesel::update(content_types::table.find(id)).set(changes).execute(&mut **tx)
}

/// Deletes a content type with its permissions, whoever holds them.
///
/// # Errors
/// Database faults.
pub fn delete(tx: &mut Tx<'_>, id: ContentTypeId) -> QueryResult<usize> {
    diesel::delete(content_types::table.find(id)).execute(&mut **tx)
}
