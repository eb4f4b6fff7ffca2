//! Creating and changing records.

use serde_json::{Map, Value};

use super::input::{Input, Link, MayView};
use super::{Change, Record, fault, key, read};
use crate::apps::model::{Catalog, Model};
use crate::apps::query::statement;
use crate::apps::sql::Sql;
use crate::db::dialect::spelling;
use crate::db::dialect::value::DbValue;
use crate::db::{Backend, DbConnection, Tx, dialect};
use crate::error::{Error, Result};

/// Creates a record. `data` has fields, foreign keys by either name, many-to-many by relation name as
/// lists of ids, as far as the other model may be seen.
///
/// # Errors
/// `Refused` where records cannot be created at all; `Invalid` with every wrong field at once;
/// `Conflict`; database faults.
pub fn create(
    tx: &mut Tx<'_>,
    catalog: &Catalog,
    model: &Model,
    data: &Map<String, Value>,
    may_view: MayView<'_>,
) -> Result<Record> {
    if let Some(why) = &model.cannot_create {
        return Err(Error::Refused(format!("No {} can be created: {why}", model.verbose_name)));
    }
    let backend = dialect::backend(tx);
    let app = read::app_of(catalog, model)?;
    let input = Input::read(backend, catalog, model, data, None, may_view)?;
    input.check(tx, app, model, None)?;
    let explain = |error| fault::explain(&app.schema, model, error);
    let fields: Vec<usize> = (0..model.fields.len()).collect();
    let rows =
        insert(backend, model, std::slice::from_ref(&input.columns), &fields).load(tx).map_err(explain)?;
    let created = read::records(model, &fields, rows).pop();
    let created = created.ok_or_else(|| Error::Conflict("The database did not take the record".into()))?;
    let Some(key) = key::of_record(backend, model, &created) else { return Ok(created) };
    for link in &input.links {
        set_link(tx, model, &key, link).map_err(explain)?;
    }
    settle(tx).map_err(explain)?;
    // Triggers may have changed it since.
    Ok(read::find(tx, model, &key, "")?.unwrap_or(created))
}

/// Changes the given fields of a record.
///
/// # Errors
/// As [`create`], and `NotFound`.
pub fn update(
    tx: &mut Tx<'_>,
    catalog: &Catalog,
    model: &Model,
    id: &Value,
    data: &Map<String, Value>,
    may_view: MayView<'_>,
) -> Result<Change> {
    refuse_views(model)?;
    let backend = dialect::backend(tx);
    let app = read::app_of(catalog, model)?;
    let key = key::parse(backend, model, id)?;
    let before = read::find(tx, model, &key, spelling::lock_row(backend))?;
    let before = before.ok_or_else(|| key::not_found(model, id))?;
    let input = Input::read(backend, catalog, model, data, Some(&before), may_view)?;
    input.check(tx, app, model, Some(&key))?;
    let explain = |error| fault::explain(&app.schema, model, error);
    if !input.columns.is_empty() {
        let mut sql = Sql::starting(backend, "UPDATE ");
        sql.table(&model.table).push(" SET ");
        for (i, (index, value)) in input.columns.into_iter().enumerate() {
            let field = &model.fields[index];
            sql.comma(i).name(&field.name).push(" = ").value_for(field, value);
        }
        statement::push_key(sql.push(" WHERE "), model, &key);
        sql.execute(tx).map_err(explain)?;
    }
    for link in &input.links {
        set_link(tx, model, &key, link).map_err(explain)?;
    }
    settle(tx).map_err(explain)?;
    let after = read::find(tx, model, &key, "")?.ok_or_else(|| key::not_found(model, id))?;
    Ok(Change { before, after })
}

/// Refuses what cannot be done to rows of a view.
///
/// # Errors
/// `Refused` for a view.
pub fn refuse_views(model: &Model) -> Result<()> {
    if model.is_view {
        return Err(Error::Refused(format!("{} can only be read", model.verbose_name_plural)));
    }
    Ok(())
}

/// Inserts rows that have the same columns, and answers these fields of each.
pub fn insert(backend: Backend, model: &Model, rows: &[Vec<(usize, DbValue)>], returned: &[usize]) -> Sql {
    let mut sql = Sql::starting(backend, "INSERT INTO ");
    sql.table(&model.table);
    let columns = rows.first().map(Vec::as_slice).unwrap_or_default();
    if columns.is_empty() {
        sql.push(" DEFAULT VALUES");
    } else {
        for (i, (index, _)) in columns.iter().enumerate() {
            sql.push(if i == 0 { " (" } else { ", " }).name(&model.fields[*index].name);
        }
        for (n, row) in rows.iter().enumerate() {
            sql.push(if n == 0 { ") VALUES " } else { ", " });
            for (i, (index, value)) in row.iter().enumerate() {
                sql.push(if i == 0 { "(" } else { ", " });
                sql.value_for(&model.fields[*index], value.clone());
            }
            sql.push(")");
        }
    }
    for (i, &index) in returned.iter().enumerate() {
        sql.push(if i == 0 { " RETURNING " } else { ", " }).read(&model.fields[index]);
    }
    sql
}

/// Makes `link.ids` the members of a many-to-many relation; rows of members that stay are not touched.
fn set_link(
    conn: &mut DbConnection,
    model: &Model,
    key: &[DbValue],
    link: &Link<'_>,
) -> diesel::QueryResult<()> {
    let backend = dialect::backend(conn);
    let [own] = model.primary_key[..] else { return Ok(()) };
    let (own, key) = (&model.fields[own], &key[0]);
    let mut delete = Sql::starting(backend, "DELETE FROM ");
    delete.table(link.through).push(" WHERE ").name(link.here).push(" = ").value_for(own, key.clone());
    for (i, id) in link.ids.iter().enumerate() {
        delete.push(if i == 0 { " AND " } else { ", " });
        if i == 0 {
            delete.name(link.there).push(" NOT IN (");
        }
        delete.value_for(link.key, id.clone());
    }
    delete.push(if link.ids.is_empty() { "" } else { ")" });
    delete.execute(conn)?;
    for id in &link.ids {
        let mut insert = Sql::starting(backend, "INSERT INTO ");
        insert.table(link.through).push(" (").name(link.here).push(", ").name(link.there).push(") SELECT ");
        insert.value_for(own, key.clone()).push(", ").value_for(link.key, id.clone());
        insert.push(" WHERE NOT EXISTS (SELECT 1 FROM ").table(link.through).push(" WHERE ");
        insert.name(link.here).push(" = ").value_for(own, key.clone()).push(" AND ");
        insert.name(link.there).push(" = ").value_for(link.key, id.clone()).push(")");
        insert.execute(conn)?;
    }
    Ok(())
}

/// Lets constraints speak that would otherwise wait for the commit.
pub fn settle(conn: &mut DbConnection) -> diesel::QueryResult<()> {
    let backend = dialect::backend(conn);
    let statement = spelling::check_constraints_now(backend);
    if !statement.is_empty() {
        Sql::starting(backend, statement).execute(conn)?;
    }
    Ok(())
}
