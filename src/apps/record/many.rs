//! Creating many records with few statements.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::input::{Input, MayView};
use super::write::{insert, settle};
use super::{Record, fault, read};
use crate::apps::model::{App, Catalog, FieldKind, Model};
use crate::apps::sql::Sql;
use crate::db::dialect::value::DbValue;
use crate::db::{Tx, dialect};
use crate::error::{Error, Result};

/// Rows of one statement, and values bound in it; SQLite takes 32,766.
const MOST_ROWS: usize = 500;
const MOST_VALUES: usize = 20_000;

/// Creates records, all or none, with statements over many rows. `None` if that cannot be done with these:
/// they then have to be created one by one, as they have to after an error, which says what is wrong but not
/// with which of them.
///
/// # Errors
/// As [`create`](super::create).
pub fn create_many(
    tx: &mut Tx<'_>,
    catalog: &Catalog,
    model: &Model,
    items: &[&Map<String, Value>],
    may_view: MayView<'_>,
) -> Result<Option<Vec<Record>>> {
    if model.cannot_create.is_some() {
        return Ok(None);
    }
    let backend = dialect::backend(tx);
    let app = read::app_of(catalog, model)?;
    let mut rows = Vec::with_capacity(items.len());
    for item in items {
        let mut input = Input::read(backend, catalog, model, item, None, may_view)?;
        if !input.links.is_empty() || input.columns.is_empty() {
            return Ok(None);
        }
        input.columns.sort_by_key(|(index, _)| *index);
        rows.push(input.columns);
    }
    if !all_exist(tx, app, model, &rows)? {
        return Ok(None);
    }
    let fields: Vec<usize> = (0..model.fields.len()).collect();
    let explain = |error| fault::explain(&app.schema, model, error);
    let mut created = Vec::with_capacity(rows.len());
    let mut rest = rows.as_slice();
    while let Some(first) = rest.first() {
        let most = (MOST_VALUES / first.len()).clamp(1, MOST_ROWS);
        let columns = |row: &[(usize, DbValue)]| row.iter().map(|(index, _)| *index).collect::<Vec<_>>();
        let same = columns(first);
        let alike = rest.iter().take(most).take_while(|row| columns(row) == same).count();
        let (now, later) = rest.split_at(alike);
        // Both databases answer the rows of VALUES in their order.
        let found = insert(backend, model, now, &fields).load(tx).map_err(explain)?;
        if found.len() != now.len() {
            return Err(Error::Conflict("The database did not take every record".into()));
        }
        created.extend(read::records(model, &fields, found));
        rest = later;
    }
    settle(tx).map_err(explain)?;
    Ok(Some(created))
}

/// Whether everything that the rows point at exists, with one query for each foreign key. No also where only
/// looking at each row can tell.
fn all_exist(tx: &mut Tx<'_>, app: &App, model: &Model, rows: &[Vec<(usize, DbValue)>]) -> Result<bool> {
    let backend = dialect::backend(tx);
    let references = app.schema.table(&model.table).map(|t| &t.references[..]).unwrap_or_default();
    for reference in references {
        let ([column], [to]) = (&reference.columns[..], &reference.to[..]) else { return Ok(false) };
        let Some(index) = model.fields.iter().position(|f| *f.name == **column) else { continue };
        let field = &model.fields[index];
        if matches!(field.kind, FieldKind::Other | FieldKind::Float | FieldKind::Json) {
            return Ok(false);
        }
        let mut distinct: HashMap<String, DbValue> = HashMap::new();
        for (_, value) in rows.iter().flatten().filter(|(i, v)| *i == index && *v != DbValue::Null) {
            distinct.entry(format!("{value:?}")).or_insert_with(|| value.clone());
        }
        let in_schema = app.schema.table(&reference.table).is_some_and(|t| t.in_schema);
        if distinct.is_empty() || !in_schema {
            continue;
        }
        let mut sql = Sql::starting(backend, "SELECT count(DISTINCT ");
        sql.name(to).push(") FROM ").table(&reference.table);
        sql.push(" WHERE ").name(to).push(" IN (");
        let count = distinct.len() as u64;
        for (i, value) in distinct.into_values().enumerate() {
            sql.comma(i).value_for(field, value);
        }
        sql.push(")");
        if sql.load_count(tx)? != count {
            return Ok(false);
        }
    }
    Ok(true)
}
