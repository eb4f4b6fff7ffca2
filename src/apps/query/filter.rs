//! Conditions: what a client's filters and search words become. A key is looked up among the model's
//! fields, a value is checked against the field's kind, and only then bound.

use serde_json::{Map, Value};

use super::lookup::Lookup;
use crate::apps::model::{Field, FieldKind, Model};
use crate::apps::names;
use crate::apps::sql::Sql;
use crate::apps::value;
use crate::db::Backend;
use crate::db::dialect::spelling;
use crate::db::dialect::value::DbValue;
use crate::error::FieldError;

/// Most values of an `in` filter, and most words of a search.
const MOST_VALUES: usize = 1000;
const MOST_WORDS: usize = 16;

/// The conditions of `filters`; what is wrong goes to `errors`, under `filters.<key>`.
pub fn conditions(
    backend: Backend,
    model: &Model,
    filters: &Map<String, Value>,
    errors: &mut Vec<FieldError>,
) -> Vec<Sql> {
    let mut conditions = Vec::with_capacity(filters.len());
    for (key, value) in filters {
        let condition =
            resolve(model, key).and_then(|(field, lookup)| condition(backend, field, lookup, value));
        match condition {
            Ok(condition) => conditions.push(condition),
            Err(message) => errors.push(FieldError::new(format!("filters.{}", names::shown(key)), message)),
        }
    }
    conditions
}

/// The field and the lookup that a key names. Field names may have two underscores themselves.
///
/// # Errors
/// A sentence that says what there is.
pub fn resolve<'a>(model: &'a Model, key: &str) -> Result<(&'a Field, Lookup), String> {
    if let Some((_, field)) = model.field(key) {
        return allowed(field, Lookup::Exact);
    }
    let found = key.rsplit_once("__").and_then(|(name, lookup)| Some((model.field(name)?.1, lookup)));
    let Some((field, lookup)) = found else {
        return Err(unknown_field(model));
    };
    match Lookup::parse(lookup) {
        Some(lookup) => allowed(field, lookup),
        None => Err(format!("there is no such lookup; {}", lookups(field))),
    }
}

fn allowed(field: &Field, lookup: Lookup) -> Result<(&Field, Lookup), String> {
    if Lookup::allowed(&field.kind).contains(&lookup) {
        return Ok((field, lookup));
    }
    Err(format!("\"{}\" does not fit this field; {}", lookup.name(), lookups(field)))
}

fn lookups(field: &Field) -> String {
    let names: Vec<&str> = Lookup::allowed(&field.kind).iter().map(|l| l.name()).collect();
    format!("lookups of {}: {}", field.name, names.join(", "))
}

/// The end of an error about a name that is no field.
pub fn unknown_field(model: &Model) -> String {
    let names: Vec<&str> = model.fields.iter().map(|f| &*f.name).collect();
    format!("there is no such field; fields: {}", names.join(", "))
}

fn condition(backend: Backend, field: &Field, lookup: Lookup, value: &Value) -> Result<Sql, String> {
    let read = |value: &Value| value::for_filter(backend, field, value);
    let mut sql = Sql::new(backend);
    match lookup {
        Lookup::Isnull => match value {
            Value::Bool(true) => sql.name(&field.name).push(" IS NULL"),
            Value::Bool(false) => sql.name(&field.name).push(" IS NOT NULL"),
            _ => return Err("expected true or false".into()),
        },
        Lookup::Exact if value.is_null() => sql.name(&field.name).push(" IS NULL"),
        Lookup::Exact => equals(&mut sql, field, &[read(value)?]),
        Lookup::In => {
            let Value::Array(values) = value else { return Err("expected a list of values".into()) };
            if values.len() > MOST_VALUES {
                return Err(format!("a list has at most {MOST_VALUES} values"));
            }
            let values = values.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            equals(&mut sql, field, &values)
        }
        Lookup::Gt => compare(&mut sql, field, " > ", read(value)?),
        Lookup::Gte => compare(&mut sql, field, " >= ", read(value)?),
        Lookup::Lt => compare(&mut sql, field, " < ", read(value)?),
        Lookup::Lte => compare(&mut sql, field, " <= ", read(value)?),
        Lookup::Range => match value {
            Value::Array(ends) if ends.len() == 2 => {
                compare(&mut sql, field, " >= ", read(&ends[0])?).push(" AND ");
                compare(&mut sql, field, " <= ", read(&ends[1])?)
            }
            _ => return Err("expected a list of two values, the smallest and the largest".into()),
        },
        Lookup::Year | Lookup::Date => {
            let (from, before) = if lookup == Lookup::Year { year(value)? } else { day(value)? };
            compare(&mut sql, field, " >= ", read(&from)?);
            if let Some(before) = before {
                compare(sql.push(" AND "), field, " < ", read(&before)?);
            }
            &mut sql
        }
        _ => match value {
            Value::String(text) if text.contains('\0') => return Err(value::NUL.into()),
            Value::String(text) => {
                text_condition(&mut sql, field, lookup, text);
                &mut sql
            }
            _ => return Err("expected a text".into()),
        },
    };
    Ok(sql)
}

/// The first moment of a year and of the next; there is none after 9999.
fn year(value: &Value) -> Result<(Value, Option<Value>), String> {
    let year = value.as_i64().filter(|y| (1..=9999).contains(y)).ok_or("expected a year such as 2026")?;
    let first = |year: i64| Value::from(format!("{year:04}-01-01"));
    Ok((first(year), (year < 9999).then(|| first(year + 1))))
}

fn day(value: &Value) -> Result<(Value, Option<Value>), String> {
    let day = value.as_str().and_then(value::parse_date).ok_or("expected a date such as 2026-11-23")?;
    let text = |day: chrono::NaiveDate| Value::from(day.format("%Y-%m-%d").to_string());
    Ok((text(day), day.succ_opt().map(text)))
}

/// Adds `field = value`, or `field IN (…)` for several; nothing is in an empty list.
pub fn equals<'s>(sql: &'s mut Sql, field: &Field, values: &[DbValue]) -> &'s mut Sql {
    if values.is_empty() {
        return sql.push("1 = 0");
    }
    if field.kind == FieldKind::Other && spelling::has_casts(sql.backend()) {
        // A cast of the value could fail, and not every type can be compared.
        sql.text_of(field).push(" IN (");
        for (i, value) in values.iter().enumerate() {
            sql.comma(i).value(value.clone());
        }
        return sql.push(")");
    }
    let values: Vec<DbValue> =
        values.iter().flat_map(|v| value::stored_forms(sql.backend(), field, v)).collect();
    operand(sql, field, |sql| {
        sql.name(&field.name);
    });
    sql.push(if values.len() == 1 { " = " } else { " IN (" });
    let several = values.len() > 1;
    for (i, value) in values.into_iter().enumerate() {
        sql.comma(i);
        operand(sql, field, |sql| {
            sql.value_for(field, value);
        });
    }
    if several { sql.push(")") } else { sql }
}

fn compare<'s>(sql: &'s mut Sql, field: &Field, operator: &'static str, value: DbValue) -> &'s mut Sql {
    operand(sql, field, |sql| {
        sql.name(&field.name);
    });
    sql.push(operator);
    operand(sql, field, |sql| {
        sql.value_for(field, value);
    });
    sql
}

/// Adds one side of a comparison in the form in which values of this kind compare.
fn operand(sql: &mut Sql, field: &Field, side: impl FnOnce(&mut Sql)) {
    let [open, close] = match field.kind {
        FieldKind::DateTime { .. } => spelling::comparable_moment(sql.backend()),
        FieldKind::Date => spelling::comparable_date(sql.backend()),
        FieldKind::Decimal { .. } => spelling::comparable_decimal(sql.backend()),
        _ => ["", ""],
    };
    sql.push(open);
    side(sql);
    sql.push(close);
}

/// Adds a comparison of texts. Patterns are not used, so that no character of the value is special.
fn text_condition(sql: &mut Sql, field: &Field, lookup: Lookup, text: &str) {
    let backend = sql.backend();
    let fold = lookup.ignores_case();
    let is_part = lookup != Lookup::Iexact;
    if text.is_empty() && is_part {
        sql.name(&field.name).push(" IS NOT NULL");
        return;
    }
    let column = |sql: &mut Sql| {
        folded(sql, fold, |sql| {
            if field.kind == FieldKind::Text {
                sql.name(&field.name);
            } else {
                sql.text_of(field);
            }
        });
    };
    let part = |sql: &mut Sql| {
        folded(sql, fold, |sql| {
            sql.value(DbValue::Text(text.to_owned()));
        });
    };
    match lookup {
        Lookup::Contains | Lookup::Icontains => {
            sql.push(spelling::position(backend)).push("(");
            column(sql);
            sql.push(", ");
            part(sql);
            sql.push(") > 0");
        }
        Lookup::Startswith | Lookup::Istartswith => {
            sql.push("substr(");
            column(sql);
            sql.push(", 1, length(");
            part(sql);
            sql.push(")) = ");
            part(sql);
        }
        Lookup::Endswith | Lookup::Iendswith => {
            let [open, between, close] = spelling::last_characters(backend);
            sql.push(open);
            column(sql);
            sql.push(between);
            part(sql);
            sql.push(close).push(" = ");
            part(sql);
        }
        _ => {
            column(sql);
            sql.push(" = ");
            part(sql);
        }
    }
}

fn folded(sql: &mut Sql, fold: bool, inner: impl FnOnce(&mut Sql)) {
    if !fold {
        return inner(sql);
    }
    sql.push(spelling::lower(sql.backend())).push("(");
    inner(sql);
    sql.push(")");
}

/// One condition per word of a search: it must be in one of the search fields.
///
/// # Errors
/// A sentence about what is wrong with the search.
pub fn search(backend: Backend, model: &Model, text: &str) -> Result<Vec<Sql>, String> {
    if text.contains('\0') {
        return Err(value::NUL.into());
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() > MOST_WORDS {
        return Err(format!("a search has at most {MOST_WORDS} words"));
    }
    if model.search_fields.is_empty() && !words.is_empty() {
        return Err("this model has no fields to search in; use filters".into());
    }
    let mut conditions = Vec::with_capacity(words.len());
    for word in words {
        let mut sql = Sql::starting(backend, "(");
        for (i, &field) in model.search_fields.iter().enumerate() {
            if i > 0 {
                sql.push(" OR ");
            }
            text_condition(&mut sql, &model.fields[field], Lookup::Icontains, word);
        }
        sql.push(")");
        conditions.push(sql);
    }
    Ok(conditions)
}
