//! Single records, and rows as records.

use std::sync::Arc;

use serde_json::Value;

use super::{Cell, Record, key};
use crate::apps::model::{Catalog, Model};
use crate::apps::query::statement;
use crate::apps::sql::Sql;
use crate::db::dialect::value::DbValue;
use crate::db::{DbConnection, dialect};
use crate::error::{Error, Result};

/// One record with all its visible fields, by primary key: an integer or string, or an object of columns
/// for a composite key.
///
/// # Errors
/// `Invalid` for an id that cannot be one; `NotFound`; database faults.
pub fn get(conn: &mut DbConnection, model: &Model, id: &Value) -> Result<Record> {
    let key = key::parse(dialect::backend(conn), model, id)?;
    find(conn, model, &key, "")?.ok_or_else(|| key::not_found(model, id))
}

/// Indexes of the fields with these names, for [`Record::only`].
///
/// # Errors
/// `Invalid` for `fields` if there is none, or one that the model does not have.
pub fn fields(model: &Model, names: &[String]) -> Result<Vec<usize>> {
    statement::select_fields(model, names).map_err(Error::Invalid)
}

/// The record with this key and all visible fields; `lock` is added to the statement.
pub fn find(
    conn: &mut DbConnection,
    model: &Model,
    key: &[DbValue],
    lock: &'static str,
) -> Result<Option<Record>> {
    let fields: Vec<usize> = (0..model.fields.len()).collect();
    let mut sql = statement::select(dialect::backend(conn), model, &fields);
    statement::push_key(sql.push(" WHERE "), model, key);
    sql.push(lock);
    sql.keep_prepared();
    Ok(fetch(conn, sql, model, &fields)?.into_iter().next())
}

/// Runs a query that reads these fields of a model.
pub fn fetch(conn: &mut DbConnection, sql: Sql, model: &Model, fields: &[usize]) -> Result<Vec<Record>> {
    let rows = sql.load(conn)?;
    Ok(records(model, fields, rows))
}

/// Rows of these fields as records.
pub fn records(model: &Model, fields: &[usize], rows: Vec<Vec<DbValue>>) -> Vec<Record> {
    let names: Arc<[Arc<str>]> = fields.iter().map(|&i| Arc::clone(&model.fields[i].name)).collect();
    let record = |row: Vec<DbValue>| {
        let cells = row.into_iter().zip(fields).map(|(v, &i)| Cell::new(&model.fields[i].kind, v)).collect();
        Record { names: Arc::clone(&names), cells }
    };
    rows.into_iter().map(record).collect()
}

/// The app of a model.
///
/// # Errors
/// `Internal` if the catalog is not the one that the model comes from.
pub fn app_of<'c>(catalog: &'c Catalog, model: &Model) -> Result<&'c crate::apps::App> {
    let found = catalog.apps.iter().find(|app| app.label == model.app_label);
    found.ok_or_else(|| Error::internal(format!("{} is not in this catalog", model.label())))
}
