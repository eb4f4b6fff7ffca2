//! Lists, single records, and what they are related to.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Cell, Record, key};
use crate::apps::model::{Catalog, Field, Model, Relation, RelationKind};
use crate::apps::query::{ListQuery, Page, filter, statement};
use crate::apps::sql::Sql;
use crate::apps::value;
use crate::db::dialect::value::DbValue;
use crate::db::{Backend, DbConnection, dialect};
use crate::error::{Error, Result};

/// Lists records.
///
/// # Errors
/// `Invalid` naming each unknown filter, lookup, ordering or field with what is allowed, or the filter
/// whose value does not fit; `Unavailable`; `Internal`.
pub fn list(conn: &mut DbConnection, _catalog: &Catalog, model: &Model, query: &ListQuery) -> Result<Page> {
    let plan = statement::plan(dialect::backend(conn), model, query)?;
    let total_count = plan.count.load_count(conn)?;
    let records = if total_count > query.offset && query.limit > 0 {
        fetch(conn, plan.rows, model, &plan.fields)?
    } else {
        Vec::new()
    };
    Ok(Page { records, total_count })
}

/// One record with all its visible fields, by primary key: an integer or string, or an object of columns
/// for a composite key.
///
/// # Errors
/// `Invalid` for an id that cannot be one; `NotFound`; database faults.
pub fn get(conn: &mut DbConnection, model: &Model, id: &Value) -> Result<Record> {
    let key = key::parse(dialect::backend(conn), model, id)?;
    find(conn, model, &key, "")?.ok_or_else(|| key::not_found(model, id))
}

/// Related records of one record by relation name, at most `limit` each: an object, or null, for a
/// foreign key, an array for the others. Only relations whose model `may_view` allows.
///
/// # Errors
/// Database faults.
pub fn related(
    conn: &mut DbConnection,
    catalog: &Catalog,
    model: &Model,
    record: &Record,
    limit: u32,
    may_view: &dyn Fn(&Model) -> bool,
) -> Result<Map<String, Value>> {
    let mut found = Map::new();
    for relation in &model.relations {
        let Some((_, other)) = catalog.find(&model.app_label, &relation.model) else { continue };
        if may_view(other) {
            found.insert(relation.name.clone(), follow(conn, model, record, relation, other, limit)?);
        }
    }
    Ok(found)
}

fn follow(
    conn: &mut DbConnection,
    model: &Model,
    record: &Record,
    relation: &Relation,
    other: &Model,
    limit: u32,
) -> Result<Value> {
    let backend = dialect::backend(conn);
    // The value of a column here, or nothing where it is NULL, not read, or of no use there.
    let value_of = |column: &str, target: &Field| {
        let value = record.get(column)?.to_value();
        if value.is_null() { None } else { value::for_filter(backend, target, &value).ok() }
    };
    let mut fields = other.primary_key.clone();
    fields.extend(other.list_display.iter().filter(|f| !other.primary_key.contains(f)));
    let is_single = matches!(relation.kind, RelationKind::ForeignKey { .. });
    let condition = match &relation.kind {
        RelationKind::ForeignKey { field, column } => other.field(column).and_then(|(_, there)| {
            Some(equals(backend, there, value_of(&model.fields[*field].name, there)?))
        }),
        RelationKind::Reverse { column, to } => {
            other.field(column).and_then(|(_, there)| Some(equals(backend, there, value_of(to, there)?)))
        }
        RelationKind::ManyToMany { through, here, there } => {
            let ends = model.primary_key.first().zip(other.primary_key.first());
            ends.and_then(|(&own, &key)| {
                let (own, key) = (&model.fields[own], &other.fields[key]);
                let value = value_of(&own.name, own)?;
                let mut sql = Sql::new(backend);
                sql.name(&key.name).push(" IN (SELECT ").name(there).push(" FROM ").table(through);
                sql.push(" WHERE ").name(here).push(" = ").value_for(own, value).push(")");
                Some(sql)
            })
        }
    };
    let Some(condition) = condition else {
        return Ok(if is_single { Value::Null } else { Value::Array(Vec::new()) });
    };
    let mut sql = statement::select(backend, other, &fields);
    statement::all_of(&mut sql, &[condition]);
    statement::push_order(&mut sql, other, &other.ordering);
    let limit = if is_single { 1 } else { limit };
    sql.push(" LIMIT ").value(DbValue::Integer(limit.into()));
    sql.keep_prepared();
    let mut rows = fetch(conn, sql, other, &fields)?.into_iter().map(|r| r.to_value());
    Ok(if is_single { rows.next().unwrap_or(Value::Null) } else { rows.collect() })
}

fn equals(backend: Backend, field: &Field, value: DbValue) -> Sql {
    let mut sql = Sql::new(backend);
    filter::equals(&mut sql, field, &[value]);
    sql
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
