//! Deleting records, with an account of what went with them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::cascade::{self, Effects};
use super::write::{refuse_views, settle};
use super::{Cascade, Deletion, Record, fault, key, read};
use crate::apps::model::{App, Catalog, Model};
use crate::apps::query::statement;
use crate::apps::sql::Sql;
use crate::db::dialect::spelling;
use crate::db::{Tx, dialect};
use crate::error::{Error, Result};

/// Deletes a record. `may_delete` is asked for every model that would lose rows by cascade.
///
/// # Errors
/// `NotFound`; `Conflict` with the rows that stand in the way; `Forbidden` for a cascade into models
/// that may not be deleted from, with all of them; database faults.
pub fn delete(
    tx: &mut Tx<'_>,
    catalog: &Catalog,
    model: &Model,
    id: &Value,
    may_delete: &dyn Fn(&Model) -> bool,
) -> Result<Deletion> {
    let (mut records, cascaded) = delete_many(tx, catalog, model, std::slice::from_ref(id), may_delete)?;
    let record = records.pop().ok_or_else(|| key::not_found(model, id))?;
    Ok(Deletion { record, cascaded })
}

/// Deletes several records at once: all of them, or none if it fails. The answer has them as they were,
/// in the order of `ids`, and what went along.
///
/// # Errors
/// As [`delete`].
pub fn delete_many(
    tx: &mut Tx<'_>,
    catalog: &Catalog,
    model: &Model,
    ids: &[Value],
    may_delete: &dyn Fn(&Model) -> bool,
) -> Result<(Vec<Record>, Vec<Cascade>)> {
    refuse_views(model)?;
    let backend = dialect::backend(tx);
    let app = read::app_of(catalog, model)?;
    let mut records = Vec::with_capacity(ids.len());
    let mut keys = Vec::with_capacity(ids.len());
    for id in ids {
        let key = key::parse(backend, model, id)?;
        if !keys.contains(&key) {
            let record = read::find(tx, model, &key, spelling::lock_row(backend))?;
            records.push(record.ok_or_else(|| key::not_found(model, id))?);
            keys.push(key);
        }
    }
    let own = app.schema.tables.iter().position(|t| t.name == model.table);
    let own = own.ok_or_else(|| Error::internal(format!("{} has no table in its schema", model.label())))?;

    let mut condition = Sql::starting(backend, "(");
    statement::push_keys(&mut condition, model, &keys);
    condition.push(")");
    let effects = cascade::find(tx, &app.schema, own, &condition)?;
    if let Some(why) = in_the_way(app, &effects) {
        return Err(Error::Conflict(format!(
            "The {} cannot be deleted: {why}",
            plural(model, keys.len() as u64)
        )));
    }
    let cascaded = account(app, (own, keys.len() as u64), &effects, may_delete)?;

    let explain = |error| fault::explain_deletion(&app.schema, model, error);
    cascade::delete_joined(tx, &app.schema, &effects).map_err(explain)?;
    let mut sql = Sql::starting(backend, "DELETE FROM ");
    sql.table(&model.table).push(" WHERE ").append(&condition);
    sql.execute(tx).map_err(explain)?;
    settle(tx).map_err(explain)?;
    Ok((records, cascaded))
}

/// Whether records of `other` keep those from being deleted that this column of theirs points at.
pub fn keeps(app: &App, other: &Model, column: &str) -> bool {
    let references = app.schema.table(&other.table).map(|table| (table, &table.references));
    references.is_some_and(|(table, references)| {
        references.iter().any(|one| one.columns == [column] && cascade::blocks(table, one))
    })
}

fn model_of(app: &App, table: usize) -> Option<&Model> {
    let name = &app.schema.tables[table].name;
    app.models.iter().find(|m| m.table == *name).map(|m| &**m)
}

/// What keeps the row from being deleted; rows of tables that are no models are not named.
fn in_the_way(app: &App, effects: &Effects) -> Option<String> {
    const HIDDEN: &str = "records that are not served here depend on it";
    let mut reasons: Vec<String> = Vec::new();
    for (&table, rows) in &effects.blocking {
        reasons.push(match model_of(app, table) {
            Some(other) => format!(
                "{} {} ({}) still point at it",
                rows.count(),
                plural(other, rows.count()),
                other.label()
            ),
            None => HIDDEN.to_owned(),
        });
    }
    if effects.deleted.keys().any(|&table| model_of(app, table).is_none()) {
        reasons.push(HIDDEN.to_owned());
    }
    reasons.dedup();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

fn plural(model: &Model, count: u64) -> &str {
    if count == 1 { &model.verbose_name } else { &model.verbose_name_plural }
}

/// What goes along, by model.
fn account(
    app: &App,
    (own, own_count): (usize, u64),
    effects: &Effects,
    may_delete: &dyn Fn(&Model) -> bool,
) -> Result<Vec<Cascade>> {
    let mut counts: BTreeMap<(String, &'static str), u64> = BTreeMap::new();
    let mut missing: BTreeSet<&str> = BTreeSet::new();
    for (&table, rows) in &effects.deleted {
        let Some(other) = model_of(app, table) else { continue };
        let count = rows.count().saturating_sub(if table == own { own_count } else { 0 });
        if count == 0 {
            continue;
        }
        if !may_delete(other) {
            missing.insert(&other.delete_permission);
        }
        *counts.entry((other.label(), "deleted")).or_default() += count;
    }
    for (&table, rows) in &effects.unlinked {
        if let Some(other) = model_of(app, table) {
            *counts.entry((other.label(), "unlinked")).or_default() += rows.count();
        }
    }
    for (&(table, reference), rows) in &effects.joined {
        if let Some(join) = model_of(app, table) {
            if !may_delete(join) {
                missing.insert(&join.delete_permission);
            }
            *counts.entry((join.label(), "deleted")).or_default() += rows.count();
            continue;
        }
        let references = &app.schema.tables[table].references;
        let other = references.iter().enumerate().find(|(at, _)| *at != reference).map(|(_, r)| &r.table);
        if let Some(other) = app.models.iter().find(|m| Some(&m.table) == other) {
            *counts.entry((other.label(), "unlinked")).or_default() += rows.count();
        }
    }
    if !missing.is_empty() {
        return Err(Error::Forbidden { permissions: missing.into_iter().map(str::to_owned).collect() });
    }
    Ok(counts.into_iter().map(|((model, effect), count)| Cascade { model, effect, count }).collect())
}
