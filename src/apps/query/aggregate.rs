//! Numbers over many records: how many, the smallest, the largest, sum and average, of all or by group.

use serde_json::{Map, Value};

use super::keyset;
use super::{filter, statement};
use crate::apps::catalog::can_order;
use crate::apps::model::{Field, FieldKind, Model};
use crate::apps::names;
use crate::apps::sql::Sql;
use crate::db::Backend;
use crate::db::dialect::spelling;
use crate::db::dialect::value::DbValue;
use crate::error::{Error, FieldError, Result};

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Records; with a field, those where it is not NULL.
    Count,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// All values together.
    Sum,
    /// Their mean.
    Avg,
}

impl Function {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Count, Self::Min, Self::Max, Self::Sum, Self::Avg];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Min => "min",
            Self::Max => "max",
            Self::Sum => "sum",
            Self::Avg => "avg",
        }
    }

    /// By name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }

    /// Whether it can be computed of a kind of field.
    pub fn fits(self, kind: &FieldKind) -> bool {
        let is_number =
            matches!(kind, FieldKind::Integer { .. } | FieldKind::Float | FieldKind::Decimal { .. });
        match self {
            Self::Count => true,
            Self::Sum | Self::Avg => is_number,
            Self::Min | Self::Max => {
                is_number
                    || matches!(
                        kind,
                        FieldKind::Text
                            | FieldKind::Enum
                            | FieldKind::Date
                            | FieldKind::Time
                            | FieldKind::DateTime { .. }
                    )
            }
        }
    }
}

/// What is asked of a model's records.
#[derive(Debug, Clone, Default)]
pub struct AggregateQuery {
    /// What to compute; empty = the number of records.
    pub functions: Vec<Function>,
    /// The field to compute it of; only the number of records needs none.
    pub field: Option<String>,
    /// The field whose equal values make a group; `None` = one group of all records.
    pub group_by: Option<String>,
    /// `group` or the name of a function, `-` before it for the largest first; `None` = `group`.
    pub order_by: Option<String>,
    /// Conditions as in a list.
    pub filters: Map<String, Value>,
    /// Words as in a list.
    pub search: Option<String>,
    /// Groups at most.
    pub limit: u32,
}

/// A query that was checked.
pub struct AggregatePlan<'a> {
    backend: Backend,
    model: &'a Model,
    /// What is computed.
    pub functions: Vec<Function>,
    /// Of what.
    pub field: Option<&'a Field>,
    /// What makes the groups.
    pub group: Option<&'a Field>,
    order: (Option<Function>, bool),
    conditions: Vec<Sql>,
    limit: u32,
}

/// Checks a query.
///
/// # Errors
/// `Invalid` with everything that is wrong with it.
pub fn plan<'a>(backend: Backend, model: &'a Model, query: &AggregateQuery) -> Result<AggregatePlan<'a>> {
    let mut errors = Vec::new();
    let conditions =
        statement::conditions(backend, model, &query.filters, query.search.as_deref(), &mut errors);
    let mut named = |option: &str, name: Option<&String>| {
        let name = name?;
        let found = model.field(name).map(|(_, field)| field);
        if found.is_none() {
            let message = format!("\"{}\": {}", names::shown(name), filter::unknown_field(model));
            errors.push(FieldError::new(option, message));
        }
        found
    };
    let (field, group) = (named("field", query.field.as_ref()), named("group_by", query.group_by.as_ref()));
    let functions = if query.functions.is_empty() { vec![Function::Count] } else { query.functions.clone() };
    for function in &functions {
        let name = function.name();
        match field {
            None if query.field.is_none() && *function != Function::Count => {
                errors.push(FieldError::new("field", format!("is required: {name} is computed of a field")));
            }
            Some(field) if !function.fits(&field.kind) => {
                let message = format!("{name} cannot be computed of {}", field.name);
                errors.push(FieldError::new("functions", message));
            }
            _ => {}
        }
    }
    if let Some(group) = group.filter(|group| !can_order(&group.kind)) {
        errors.push(FieldError::new("group_by", format!("{} cannot make groups", group.name)));
    }
    let order =
        query.order_by.as_deref().map(|text| text.strip_prefix('-').map_or((text, false), |t| (t, true)));
    let order = match order {
        None | Some(("group", false)) => (None, false),
        Some(("group", true)) => (None, true),
        Some((name, descending)) => {
            let function = Function::parse(name).filter(|f| functions.contains(f));
            if function.is_none() {
                let message = "must be group or one of the functions that are asked for";
                errors.push(FieldError::new("order_by", message));
            }
            (function, descending)
        }
    };
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    Ok(AggregatePlan { backend, model, functions, field, group, order, conditions, limit: query.limit })
}

impl AggregatePlan<'_> {
    /// Reads one row a group: its value, if there are groups, what is computed, and behind it the number of
    /// values. One group more than the limit tells whether there are more.
    pub fn rows(&self) -> Sql {
        let mut sql = Sql::starting(self.backend, "SELECT ");
        if let Some(group) = self.group {
            sql.read(group).push(", ");
        }
        for function in &self.functions {
            self.push_computed(&mut sql, *function);
            sql.push(", ");
        }
        self.push_computed(&mut sql, Function::Count);
        sql.push(" FROM ").table(&self.model.table);
        statement::all_of(&mut sql, &self.conditions);
        let Some(group) = self.group else { return sql };
        sql.push(" GROUP BY ");
        keyset::push_operand(&mut sql, group);
        let (function, descending) = self.order;
        sql.push(" ORDER BY ");
        if let Some(function) = function {
            self.push_comparable(&mut sql, function);
            sql.push(if descending { " DESC" } else { "" });
            sql.push(spelling::nulls_are_smallest(self.backend, descending)).push(", ");
        }
        statement::push_column(&mut sql, self.model, group);
        let descending = function.is_none() && descending;
        sql.push(if descending { " DESC" } else { "" });
        sql.push(spelling::nulls_are_smallest(self.backend, descending));
        sql.push(" LIMIT ").value(DbValue::Integer(i64::from(self.limit) + 1));
        sql
    }

    /// Adds what is computed in the form in which it is read.
    fn push_computed(&self, sql: &mut Sql, function: Function) {
        let Some(field) = self.field else {
            sql.push("count(*)");
            return;
        };
        let name = &field.name;
        match (function, &field.kind) {
            (Function::Count, _) => {
                sql.push("count(").name(name).push(")");
            }
            (Function::Min | Function::Max, kind) => {
                let casts = spelling::has_casts(self.backend)
                    && matches!(kind, FieldKind::Decimal { .. } | FieldKind::Enum | FieldKind::Text);
                sql.push(if casts { "CAST(" } else { "" });
                sql.push(if function == Function::Min { "min(" } else { "max(" }).name(name).push(")");
                sql.push(if casts { " AS TEXT)" } else { "" });
            }
            (Function::Sum, FieldKind::Float) => {
                sql.push("sum(").name(name).push(")");
            }
            // The average of decimals is made of their sum.
            (Function::Sum, _) | (Function::Avg, FieldKind::Decimal { .. }) => {
                let [open, close] = spelling::exact_sum(self.backend);
                sql.push(open).name(name).push(close);
            }
            (Function::Avg, _) => {
                sql.push("CAST(avg(").name(name).push(") AS DOUBLE PRECISION)");
            }
        }
    }

    /// Adds what is computed in the form in which it has an order.
    fn push_comparable(&self, sql: &mut Sql, function: Function) {
        let Some(field) = self.field else {
            sql.push("count(*)");
            return;
        };
        sql.push(match function {
            Function::Count => "count(",
            Function::Min => "min(",
            Function::Max => "max(",
            Function::Sum => spelling::rough_sum(self.backend),
            Function::Avg => "avg(",
        });
        sql.name(&field.name).push(")");
    }
}
