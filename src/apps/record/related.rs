//! What a record is related to.

use serde_json::{Map, Value};

use super::list::list_within;
use super::{Record, label, read};
use crate::apps::model::{Catalog, Field, Model, OrderTerm, Relation, RelationKind};
use crate::apps::query::statement::{self, Scope};
use crate::apps::query::{Count, ListQuery, Page, filter};
use crate::apps::sql::Sql;
use crate::apps::value;
use crate::db::dialect::value::DbValue;
use crate::db::{Backend, DbConnection, dialect};
use crate::error::Result;

/// The records at the other end of a relation.
#[derive(Debug)]
pub enum RelatedPage {
    /// What a foreign key points at.
    Single(Option<Record>),
    /// One page of many.
    Many(Page),
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
        if !may_view(other) {
            continue;
        }
        let condition = condition(dialect::backend(conn), model, record, relation, other);
        let is_single = matches!(relation.kind, RelationKind::ForeignKey { .. });
        let rows = match &condition {
            Some(condition) => rows(conn, other, condition, if is_single { 1 } else { limit })?,
            None => Vec::new(),
        };
        let mut rows = rows.into_iter().map(|r| r.to_value());
        let value = if is_single { rows.next().unwrap_or(Value::Null) } else { rows.collect() };
        found.insert(relation.name.clone(), value);
    }
    Ok(found)
}

/// One page of the records that `relation` leads to; `other` is its model, which the query is about.
///
/// # Errors
/// As [`list`](super::list); database faults.
pub fn related_page(
    conn: &mut DbConnection,
    model: &Model,
    record: &Record,
    relation: &Relation,
    other: &Model,
    query: &ListQuery,
) -> Result<RelatedPage> {
    let condition = condition(dialect::backend(conn), model, record, relation, other);
    let condition = condition.unwrap_or_else(|| Sql::starting(dialect::backend(conn), "1 = 0"));
    let name = format!("{}.{}.{}", model.label(), relation.name, label::object_id(model, record));
    let scope = Some(Scope { name, condition });
    if matches!(relation.kind, RelationKind::ForeignKey { .. }) {
        let one = ListQuery { limit: 1, offset: 0, cursor: None, count: Count::None, ..query.clone() };
        let found = list_within(conn, other, &one, scope.as_ref())?;
        return Ok(RelatedPage::Single(found.records.into_iter().next()));
    }
    list_within(conn, other, query, scope.as_ref()).map(RelatedPage::Many)
}

/// How many records `relation` leads to.
///
/// # Errors
/// Database faults.
pub fn related_count(
    conn: &mut DbConnection,
    model: &Model,
    record: &Record,
    relation: &Relation,
    other: &Model,
) -> Result<u64> {
    match condition(dialect::backend(conn), model, record, relation, other) {
        Some(condition) => count(conn, other, &condition),
        None => Ok(0),
    }
}

/// The records that `relation` leads to with all their visible fields, at most `limit`, in the order of their keys.
///
/// # Errors
/// Database faults.
pub fn related_whole(
    conn: &mut DbConnection,
    model: &Model,
    record: &Record,
    relation: &Relation,
    other: &Model,
    limit: u32,
) -> Result<Vec<Record>> {
    let backend = dialect::backend(conn);
    let Some(condition) = condition(backend, model, record, relation, other) else { return Ok(Vec::new()) };
    let fields: Vec<usize> = (0..other.fields.len()).collect();
    let by_key: Vec<OrderTerm> =
        other.primary_key.iter().map(|&field| OrderTerm { field, descending: false }).collect();
    let mut sql = statement::select(backend, other, &fields);
    statement::all_of(&mut sql, std::slice::from_ref(&condition));
    statement::push_order(&mut sql, other, &by_key);
    sql.push(" LIMIT ").value(DbValue::Integer(limit.into()));
    sql.keep_prepared();
    read::fetch(conn, sql, other, &fields)
}

fn count(conn: &mut DbConnection, other: &Model, condition: &Sql) -> Result<u64> {
    let mut count = Sql::starting(dialect::backend(conn), "SELECT count(*) FROM ");
    count.table(&other.table);
    statement::all_of(&mut count, std::slice::from_ref(condition));
    count.keep_prepared();
    Ok(count.load_count(conn)?)
}

/// What holds for the related records; `None` where nothing can be related, because the value is NULL.
fn condition(
    backend: Backend,
    model: &Model,
    record: &Record,
    relation: &Relation,
    other: &Model,
) -> Option<Sql> {
    // The value of a column here, or nothing where it is NULL, not read, or of no use there.
    let value_of = |column: &str, target: &Field| {
        let value = record.get(column)?.to_value();
        if value.is_null() { None } else { value::for_filter(backend, target, &value).ok() }
    };
    match &relation.kind {
        RelationKind::ForeignKey { field, column } => {
            let (_, there) = other.field(column)?;
            Some(equals(backend, there, value_of(&model.fields[*field].name, there)?))
        }
        RelationKind::Reverse { column, to } => {
            let (_, there) = other.field(column)?;
            Some(equals(backend, there, value_of(to, there)?))
        }
        RelationKind::ManyToMany { through, here, there } => {
            let (own, key) = (*model.primary_key.first()?, *other.primary_key.first()?);
            let (own, key) = (&model.fields[own], &other.fields[key]);
            let value = value_of(&own.name, own)?;
            let mut sql = Sql::new(backend);
            sql.name(&key.name).push(" IN (SELECT ").name(there).push(" FROM ").table(through);
            sql.push(" WHERE ").name(here).push(" = ").value_for(own, value).push(")");
            Some(sql)
        }
    }
}

/// The first rows of `other` for which the condition holds, with key and list display, in the model's order.
fn rows(conn: &mut DbConnection, other: &Model, condition: &Sql, limit: u32) -> Result<Vec<Record>> {
    let backend = dialect::backend(conn);
    let mut fields = other.primary_key.clone();
    fields.extend(other.list_display.iter().filter(|f| !other.primary_key.contains(f)));
    let mut sql = statement::select(backend, other, &fields);
    statement::all_of(&mut sql, std::slice::from_ref(condition));
    statement::push_order(&mut sql, other, &other.ordering);
    statement::push_limit(&mut sql, limit.into());
    sql.keep_prepared();
    read::fetch(conn, sql, other, &fields)
}

fn equals(backend: Backend, field: &Field, value: DbValue) -> Sql {
    let mut sql = Sql::new(backend);
    filter::equals(&mut sql, field, &[value]);
    sql
}
