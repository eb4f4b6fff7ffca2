//! Content types: one row for each model, built in or discovered.

use diesel::prelude::*;

use crate::db::schema::content_types;
use crate::db::{ContentTypeId, DbConnection, Tx};

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
