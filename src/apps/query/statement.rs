//! The SELECT statements of lists and of single records.

use super::{ListQuery, filter};
use crate::apps::catalog::can_order;
use crate::apps::model::{FieldKind, Model, OrderTerm};
use crate::apps::names;
use crate::apps::sql::Sql;
use crate::db::Backend;
use crate::db::dialect::spelling;
use crate::db::dialect::value::DbValue;
use crate::error::{Error, FieldError, Result};

/// A list that was checked and can be run.
pub struct Plan {
    /// Indexes of the fields to read.
    pub fields: Vec<usize>,
    /// Reads one page.
    pub rows: Sql,
    /// Counts all rows that match.
    pub count: Sql,
}

/// Checks a query and makes its statements.
///
/// # Errors
/// `Invalid` with everything that is wrong with it.
pub fn plan(backend: Backend, model: &Model, query: &ListQuery) -> Result<Plan> {
    let mut errors = Vec::new();
    let mut conditions = filter::conditions(backend, model, &query.filters, &mut errors);
    if let Some(text) = &query.search {
        match filter::search(backend, model, text) {
            Ok(words) => conditions.extend(words),
            Err(message) => errors.push(FieldError::new("search", message)),
        }
    }
    let order = order(model, &query.order_by, &mut errors);
    let fields = fields(model, query.fields.as_deref(), &mut errors);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let is_plain = conditions.is_empty() && query.order_by.is_empty() && query.fields.is_none();

    let mut count = Sql::starting(backend, "SELECT count(*) FROM ");
    count.table(&model.table);
    // Counting a whole table is quick, unless it is a view.
    if !conditions.is_empty() || model.is_view {
        all_of(&mut count, &conditions);
    }
    let mut rows = select(backend, model, &fields);
    all_of(&mut rows, &conditions);
    push_order(&mut rows, model, &order);
    rows.push(" LIMIT ").value(DbValue::Integer(query.limit.into()));
    rows.push(" OFFSET ").value(DbValue::Integer(i64::try_from(query.offset).unwrap_or(i64::MAX)));
    if is_plain {
        count.keep_prepared();
        rows.keep_prepared();
    }
    Ok(Plan { fields, rows, count })
}

/// `SELECT fields FROM table`.
pub fn select(backend: Backend, model: &Model, fields: &[usize]) -> Sql {
    let mut sql = Sql::starting(backend, "SELECT ");
    for (i, &field) in fields.iter().enumerate() {
        sql.comma(i).read(&model.fields[field]);
    }
    sql.push(" FROM ").table(&model.table);
    sql
}

/// Adds ` WHERE` and all conditions, the bound of the statement first, so that each row is charged.
pub fn all_of(sql: &mut Sql, conditions: &[Sql]) {
    let bound = spelling::in_time(sql.backend());
    let mut word = " WHERE ";
    if !bound.is_empty() {
        sql.push(word).push(bound);
        word = " AND ";
    }
    for condition in conditions {
        sql.push(word).append(condition);
        word = " AND ";
    }
}

/// Adds the condition that it is the row with this key.
pub fn push_key(sql: &mut Sql, model: &Model, key: &[DbValue]) {
    for (i, (&field, value)) in model.primary_key.iter().zip(key).enumerate() {
        sql.push(if i == 0 { "" } else { " AND " });
        filter::equals(sql, &model.fields[field], std::slice::from_ref(value));
    }
}

/// Adds the condition that it is one of the rows with these keys.
pub fn push_keys(sql: &mut Sql, model: &Model, keys: &[Vec<DbValue>]) {
    if let [field] = model.primary_key[..] {
        let values: Vec<DbValue> = keys.iter().flatten().cloned().collect();
        filter::equals(sql, &model.fields[field], &values);
        return;
    }
    for (i, key) in keys.iter().enumerate() {
        push_key(sql.push(if i == 0 { "(" } else { " OR (" }), model, key);
        sql.push(")");
    }
}

/// Adds ` ORDER BY`.
pub fn push_order(sql: &mut Sql, model: &Model, order: &[OrderTerm]) {
    for (i, term) in order.iter().enumerate() {
        sql.push(if i == 0 { " ORDER BY " } else { ", " });
        let field = &model.fields[term.field];
        if field.kind == FieldKind::Other && spelling::has_casts(sql.backend()) {
            // Not every type of PostgreSQL has an order; every text has.
            sql.text_of(field);
        } else {
            sql.name(&field.name);
        }
        if term.descending {
            sql.push(" DESC");
        }
        if field.nullable {
            sql.push(spelling::nulls_are_smallest(sql.backend(), term.descending));
        }
    }
}

fn order(model: &Model, order_by: &[String], errors: &mut Vec<FieldError>) -> Vec<OrderTerm> {
    if order_by.is_empty() {
        return model.ordering.clone();
    }
    let mut terms: Vec<OrderTerm> = Vec::new();
    for text in order_by {
        let (descending, name) = match text.strip_prefix('-') {
            Some(name) if model.field(text).is_none() => (true, name),
            _ => (false, text.as_str()),
        };
        match model.field(name) {
            Some((field, f)) if can_order(&f.kind) => {
                if terms.iter().all(|t| t.field != field) {
                    terms.push(OrderTerm { field, descending });
                }
            }
            Some(_) => {
                let message = format!("\"{}\" has no order", names::shown(name));
                errors.push(FieldError::new("order_by", message));
            }
            None => {
                let message = format!("\"{}\": {}", names::shown(name), filter::unknown_field(model));
                errors.push(FieldError::new("order_by", message));
            }
        }
    }
    // The default order ends with what makes pages stable.
    for term in &model.ordering {
        let is_last = model.primary_key.is_empty() || model.primary_key.contains(&term.field);
        if is_last && terms.iter().all(|t| t.field != term.field) {
            terms.push(OrderTerm { descending: false, ..term.clone() });
        }
    }
    terms
}

fn fields(model: &Model, wanted: Option<&[String]>, errors: &mut Vec<FieldError>) -> Vec<usize> {
    let mut found = Vec::new();
    let Some(wanted) = wanted else {
        let missing = model.primary_key.iter().filter(|key| !model.list_display.contains(key));
        found.extend(missing.chain(&model.list_display));
        return found;
    };
    for name in wanted {
        match model.field(name) {
            Some((index, _)) if found.contains(&index) => {}
            Some((index, _)) => found.push(index),
            None => {
                let message = format!("\"{}\": {}", names::shown(name), filter::unknown_field(model));
                errors.push(FieldError::new("fields", message));
            }
        }
    }
    if wanted.is_empty() {
        errors.push(FieldError::new("fields", "name at least one field"));
    }
    found
}
