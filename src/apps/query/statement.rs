//! The SELECT statements of lists and of single records.

use super::keyset::{self, Term};
use super::{ListQuery, cursor, filter};
use crate::apps::catalog::can_order;
use crate::apps::model::{Field, Model, OrderTerm};
use crate::apps::names;
use crate::apps::sql::Sql;
use crate::db::Backend;
use crate::db::dialect::spelling;
use crate::db::dialect::value::DbValue;
use crate::error::{Error, FieldError, Result};

/// What all rows of a list have in common beside the query, e.g. that one record leads to them.
pub struct Scope {
    /// Tells it from other scopes of the same model.
    pub name: String,
    /// What holds for each row.
    pub condition: Sql,
}

/// A list that was checked and can be run.
pub struct Plan<'a> {
    backend: Backend,
    model: &'a Model,
    /// Indexes of the fields to read.
    pub fields: Vec<usize>,
    /// Indexes of those that are answered.
    pub shown: Vec<usize>,
    /// How it is ordered.
    pub order: Vec<OrderTerm>,
    /// Tells the list from others.
    pub fingerprint: u64,
    /// Whether rows can be places in it.
    pub has_places: bool,
    conditions: Vec<Sql>,
    /// Only as many different lists of this shape exist as there are models.
    is_plain: bool,
}

/// One part of a list: rows that are read with one statement.
pub struct Part<'a> {
    /// How they are ordered.
    pub terms: Vec<Term<'a>>,
    /// What holds for them beside the conditions of the list.
    pub conditions: Vec<Sql>,
}

/// Checks a query.
///
/// # Errors
/// `Invalid` with everything that is wrong with it.
pub fn plan<'a>(
    backend: Backend,
    model: &'a Model,
    query: &ListQuery,
    scope: Option<&Scope>,
) -> Result<Plan<'a>> {
    let mut errors = Vec::new();
    let mut conditions: Vec<Sql> = scope.iter().map(|scope| scope.condition.clone()).collect();
    conditions.extend(self::conditions(backend, model, &query.filters, query.search.as_deref(), &mut errors));
    let order = order(model, &query.order_by, &mut errors);
    let shown = fields(model, query.fields.as_deref(), &mut errors);
    if query.cursor.is_some() && query.offset > 0 {
        errors.push(FieldError::new("offset", "there is a cursor already; leave one of them out"));
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let fingerprint = cursor::fingerprint(model, query, &order, scope.map_or("", |scope| &scope.name));
    Ok(Plan {
        is_plain: query.filters.is_empty()
            && query.search.is_none()
            && query.order_by.is_empty()
            && query.fields.is_none(),
        has_places: keyset::is_total(model, &order),
        backend,
        model,
        fields: if query.versions { (0..model.fields.len()).collect() } else { shown.clone() },
        shown,
        order,
        fingerprint,
        conditions,
    })
}

/// The conditions of filters and search; what is wrong goes to `errors`.
pub fn conditions(
    backend: Backend,
    model: &Model,
    filters: &serde_json::Map<String, serde_json::Value>,
    search: Option<&str>,
    errors: &mut Vec<FieldError>,
) -> Vec<Sql> {
    let mut conditions = filter::conditions(backend, model, filters, errors);
    if let Some(text) = search {
        match filter::search(backend, model, text) {
            Ok(words) => conditions.extend(words),
            Err(message) => errors.push(FieldError::new("search", message)),
        }
    }
    conditions
}

impl<'a> Plan<'a> {
    /// Counts all rows.
    pub fn count(&self) -> Sql {
        let mut sql = Sql::starting(self.backend, "SELECT count(*) FROM ");
        sql.table(&self.model.table);
        // Counting a whole table is quick, unless it is a view.
        if !self.conditions.is_empty() || self.model.is_view {
            all_of(&mut sql, &self.conditions);
        }
        if self.is_plain {
            sql.keep_prepared();
        }
        sql
    }

    /// Counts rows, but not more than `most`.
    pub fn count_up_to(&self, most: u32) -> Sql {
        let mut sql = Sql::starting(self.backend, "SELECT count(*) FROM (SELECT 1 FROM ");
        all_of(sql.table(&self.model.table), &self.conditions);
        push_limit(&mut sql, most.into()).push(") AS counted");
        sql
    }

    /// Asks the database how many rows it expects, where it can tell.
    pub fn estimate(&self) -> Option<Sql> {
        let explain = spelling::explain(self.backend)?;
        let mut sql = Sql::starting(self.backend, explain);
        all_of(sql.push("SELECT 1 FROM ").table(&self.model.table), &self.conditions);
        Some(sql)
    }

    /// Reads rows of one part: the fields, and behind them the values of the order, if rows can be places.
    pub fn rows(&self, part: &Part<'a>, limit: u64, offset: u64) -> Sql {
        let mut sql = self.select_with_place();
        let all: Vec<Sql> = self.conditions.iter().chain(&part.conditions).cloned().collect();
        all_of(&mut sql, &all);
        push_terms(&mut sql, self.model, &part.terms);
        push_limit(&mut sql, limit).push(" OFFSET ").value(number(offset));
        if self.is_plain {
            sql.keep_prepared();
        }
        sql
    }

    /// Reads the values of the order of the row with this key.
    pub fn place_of(&self, key: &[DbValue]) -> Sql {
        let mut sql = Sql::starting(self.backend, "SELECT ");
        for (i, term) in self.order.iter().enumerate() {
            keyset::push_value_of(sql.comma(i), &self.model.fields[term.field]);
        }
        sql.push(" FROM ").table(&self.model.table).push(" WHERE ");
        let terms = self.model.primary_key.iter().map(|&index| &self.model.fields[index]);
        for (i, (field, value)) in terms.zip(key).enumerate() {
            keyset::compare(sql.push(if i == 0 { "" } else { " AND " }), field, " = ", value);
        }
        sql
    }

    fn select_with_place(&self) -> Sql {
        let mut sql = Sql::starting(self.backend, "SELECT ");
        for (i, &field) in self.fields.iter().enumerate() {
            sql.comma(i).read(&self.model.fields[field]);
        }
        for term in self.order.iter().filter(|_| self.has_places) {
            keyset::push_value_of(sql.push(", "), &self.model.fields[term.field]);
        }
        sql.push(" FROM ").table(&self.model.table);
        sql
    }
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

/// Adds ` LIMIT`. SQLite looks into a limit that is a parameter alone, and would prepare the statement anew for
/// each value.
pub fn push_limit(sql: &mut Sql, limit: u64) -> &mut Sql {
    sql.push(" LIMIT ").value(number(limit)).push(" + 0")
}

fn number(n: u64) -> DbValue {
    DbValue::Integer(i64::try_from(n).unwrap_or(i64::MAX))
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
    push_terms(sql, model, &Term::of(model, order, false));
}

/// Adds what rows are ordered by. A bare name would mean what was selected under it, which may be its text.
pub fn push_column(sql: &mut Sql, model: &Model, field: &Field) {
    if keyset::is_text(sql.backend(), field) {
        sql.text_of(field);
    } else {
        sql.name(&model.table.name).push(".").name(&field.name);
    }
}

fn push_terms(sql: &mut Sql, model: &Model, terms: &[Term<'_>]) {
    for (i, term) in terms.iter().enumerate() {
        sql.push(if i == 0 { " ORDER BY " } else { ", " });
        push_column(sql, model, term.field);
        if term.descending {
            sql.push(" DESC");
        }
        if term.nullable {
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
    // The default order ends with what makes pages stable; in the direction of the others, so that one index
    // can serve them all.
    let descending = terms.last().is_some_and(|term| term.descending);
    for term in &model.ordering {
        let is_last = model.primary_key.is_empty() || model.primary_key.contains(&term.field);
        if is_last && terms.iter().all(|t| t.field != term.field) {
            terms.push(OrderTerm { descending, ..term.clone() });
        }
    }
    terms
}

/// Indexes of the fields that a record is answered with: those that are wanted, else key and list display.
fn fields(model: &Model, wanted: Option<&[String]>, errors: &mut Vec<FieldError>) -> Vec<usize> {
    match wanted.map(|names| select_fields(model, names)) {
        Some(Ok(found)) => found,
        Some(Err(wrong)) => {
            errors.extend(wrong);
            Vec::new()
        }
        None => {
            let missing = model.primary_key.iter().filter(|key| !model.list_display.contains(key));
            missing.chain(&model.list_display).copied().collect()
        }
    }
}

/// Indexes of the fields with these names, each once.
///
/// # Errors
/// What is wrong, for the field `fields`.
pub fn select_fields(model: &Model, names: &[String]) -> Result<Vec<usize>, Vec<FieldError>> {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for name in names {
        match model.field(name) {
            Some((index, _)) if found.contains(&index) => {}
            Some((index, _)) => found.push(index),
            None => {
                let message = format!("\"{}\": {}", crate::apps::shown(name), filter::unknown_field(model));
                errors.push(FieldError::new("fields", message));
            }
        }
    }
    if names.is_empty() {
        errors.push(FieldError::new("fields", "name at least one field"));
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}
