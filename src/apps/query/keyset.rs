//! Conditions that hold for the rows behind one row, in any order. NULL comes before every value.
//!
//! Values are compared as the ORDER BY compares them: the bare column with what was read from it.

use super::cursor;
use crate::apps::model::{Field, FieldKind, Model, OrderTerm};
use crate::apps::sql::Sql;
use crate::db::Backend;
use crate::db::dialect::spelling;
use crate::db::dialect::value::DbValue;
use crate::error::Result;

/// One term of an order while a page is read.
#[derive(Debug, Clone, Copy)]
pub struct Term<'a> {
    /// What is compared.
    pub field: &'a Field,
    /// Largest first.
    pub descending: bool,
    /// Whether NULL can occur.
    pub nullable: bool,
}

impl<'a> Term<'a> {
    /// The terms of an order, or of the opposite order.
    pub fn of(model: &'a Model, order: &[OrderTerm], backward: bool) -> Vec<Self> {
        let term = |term: &OrderTerm| {
            let field = &model.fields[term.field];
            Self { field, descending: term.descending != backward, nullable: field.nullable }
        };
        order.iter().map(term).collect()
    }
}

/// Whether the order tells all rows apart, so that a row can be a place in the list.
pub fn is_total(model: &Model, order: &[OrderTerm]) -> bool {
    let in_order = |key: &usize| order.iter().any(|term| term.field == *key);
    !model.primary_key.is_empty() && model.primary_key.iter().all(in_order)
}

/// Adds what is compared: the column, or its text where its type has no order of its own.
pub fn push_operand(sql: &mut Sql, field: &Field) {
    if is_text(sql.backend(), field) {
        sql.text_of(field);
    } else {
        sql.name(&field.name);
    }
}

/// Not every type of PostgreSQL has an order; every text has.
pub fn is_text(backend: Backend, field: &Field) -> bool {
    field.kind == FieldKind::Other && spelling::has_casts(backend)
}

/// Adds the expression that reads a value in the form in which [`behind`] compares it.
pub fn push_value_of(sql: &mut Sql, field: &Field) {
    if carries_text(sql.backend(), field) {
        sql.text_of(field);
    } else {
        sql.name(&field.name);
    }
}

/// The text form of a type of PostgreSQL is exact, and goes back through a cast.
fn carries_text(backend: Backend, field: &Field) -> bool {
    let is_plain = matches!(field.kind, FieldKind::Integer { .. } | FieldKind::Boolean);
    spelling::has_casts(backend) && !is_plain
}

/// Insists that values could have been read by [`push_value_of`].
///
/// # Errors
/// `Invalid` for the field `cursor`.
pub fn check<'a>(
    backend: Backend,
    fields: impl ExactSizeIterator<Item = &'a Field>,
    values: &[DbValue],
) -> Result<()> {
    let fits = |(field, value): (&Field, &DbValue)| match value {
        DbValue::Null => true,
        _ if !spelling::has_casts(backend) => true,
        DbValue::Text(_) => carries_text(backend, field),
        DbValue::Integer(_) => matches!(field.kind, FieldKind::Integer { .. }),
        DbValue::Bool(_) => field.kind == FieldKind::Boolean,
        DbValue::Float(_) | DbValue::Bytes(_) => false,
    };
    if fields.len() == values.len() && fields.zip(values).all(fits) {
        return Ok(());
    }
    Err(cursor::unknown())
}

/// The condition that a row comes behind the one with these values; see [`check`].
pub fn behind(backend: Backend, terms: &[Term<'_>], values: &[DbValue]) -> Sql {
    let mut sql = Sql::new(backend);
    let Some(first) = terms.first() else {
        sql.push("1 = 0");
        return sql;
    };
    let is_alike = terms.iter().all(|t| !t.nullable && t.descending == first.descending);
    if terms.len() > 1 && is_alike && !values.contains(&DbValue::Null) {
        // Both databases can begin in an index over all of them.
        for (i, term) in terms.iter().enumerate() {
            sql.push(if i == 0 { "(" } else { ", " });
            push_operand(&mut sql, term.field);
        }
        sql.push(if first.descending { ") < (" } else { ") > (" });
        for (i, (term, value)) in terms.iter().zip(values).enumerate() {
            push_bound(sql.comma(i), term.field, value);
        }
        sql.push(")");
        return sql;
    }
    let Some((first_value, rest)) = values.split_first() else { return sql };
    if terms.len() == 1 {
        beyond(&mut sql, first, first_value);
        return sql;
    }
    // The first part lets an index be begun in: a >= x AND (a > x OR (a = x AND …)).
    not_before(&mut sql, first, first_value);
    beyond(sql.push(" AND ("), first, first_value);
    same(sql.push(" OR ("), first, first_value);
    sql.push(" AND ").append(&behind(backend, &terms[1..], rest)).push("))");
    sql
}

/// Adds the condition that a value does not come before this one.
fn not_before(sql: &mut Sql, term: &Term<'_>, value: &DbValue) {
    match (value, term.descending) {
        (DbValue::Null, true) => same(sql, term, value),
        (DbValue::Null, false) => {
            sql.push("1 = 1");
        }
        (_, false) => compare(sql, term.field, " >= ", value),
        (_, true) => or_null(sql, term, " <= ", value),
    }
}

/// Adds the condition that a value comes behind this one.
fn beyond(sql: &mut Sql, term: &Term<'_>, value: &DbValue) {
    match (value, term.descending) {
        (DbValue::Null, true) => {
            sql.push("1 = 0");
        }
        (DbValue::Null, false) => {
            sql.name(&term.field.name).push(" IS NOT NULL");
        }
        (_, false) => compare(sql, term.field, " > ", value),
        (_, true) => or_null(sql, term, " < ", value),
    }
}

/// NULL is behind every value where the largest come first.
fn or_null(sql: &mut Sql, term: &Term<'_>, operator: &'static str, value: &DbValue) {
    if !term.nullable {
        return compare(sql, term.field, operator, value);
    }
    compare(sql.push("("), term.field, operator, value);
    sql.push(" OR ").name(&term.field.name).push(" IS NULL)");
}

fn same(sql: &mut Sql, term: &Term<'_>, value: &DbValue) {
    if *value == DbValue::Null {
        sql.name(&term.field.name).push(" IS NULL");
    } else {
        compare(sql, term.field, " = ", value);
    }
}

/// Adds a comparison of a column with a value that was read from it.
pub fn compare(sql: &mut Sql, field: &Field, operator: &'static str, value: &DbValue) {
    push_operand(sql, field);
    sql.push(operator);
    push_bound(sql, field, value);
}

/// SQLite gives a bound value the type of the column that it is compared with; a cast would keep it from that.
fn push_bound(sql: &mut Sql, field: &Field, value: &DbValue) {
    if spelling::has_casts(sql.backend()) && !is_text(sql.backend(), field) {
        sql.value_for(field, value.clone());
    } else {
        sql.value(value.clone());
    }
}
