//! Numbers over many records.

use super::Cell;
use crate::apps::model::{Field, FieldKind, Model};
use crate::apps::query::aggregate::{self, AggregatePlan, AggregateQuery, Function};
use crate::db::dialect::exact::Exact;
use crate::db::dialect::value::DbValue;
use crate::db::{DbConnection, dialect};
use crate::error::{Error, Result};

/// Digits that an average has more than its values.
const FINER: u32 = 6;

/// What was computed.
#[derive(Debug)]
pub struct Aggregates {
    /// One for each group; one alone without groups.
    pub groups: Vec<Group>,
    /// Whether there are more groups than were asked for.
    pub more: bool,
}

/// What was computed of one group.
#[derive(Debug)]
pub struct Group {
    /// The value that its records share; `None` without groups.
    pub value: Option<Cell>,
    /// What was computed. Sums and averages of decimals are exact; averages have six digits more.
    pub computed: Vec<(Function, Cell)>,
}

/// Computes numbers over the records that match.
///
/// # Errors
/// `Invalid` naming what is wrong; `Unavailable`; `Internal`.
pub fn aggregate(conn: &mut DbConnection, model: &Model, query: &AggregateQuery) -> Result<Aggregates> {
    let plan = aggregate::plan(dialect::backend(conn), model, query)?;
    let mut rows = plan.rows().load(conn).map_err(|error| {
        if dialect::is_bad_value(&error) {
            return Error::invalid(
                "field",
                "the database cannot compute it: a value or the result is out of range",
            );
        }
        error.into()
    })?;
    let limit = query.limit as usize;
    let more = plan.group.is_some() && rows.len() > limit;
    if more {
        rows.truncate(limit);
    }
    let groups = rows.into_iter().map(|row| group(&plan, row)).collect();
    Ok(Aggregates { groups, more })
}

fn group(plan: &AggregatePlan<'_>, row: Vec<DbValue>) -> Group {
    let count = match row.last() {
        Some(DbValue::Integer(count)) => *count,
        _ => 0,
    };
    let mut values = row.into_iter();
    let value = plan.group.map(|field| Cell::new(&field.kind, values.next().unwrap_or(DbValue::Null)));
    let computed = plan.functions.iter().zip(values).map(|(function, value)| {
        let cell = match (function, plan.field) {
            (Function::Count, _) | (_, None) => Cell::new(&INTEGER, value),
            (Function::Min | Function::Max, Some(field)) => Cell::new(&field.kind, value),
            (Function::Sum, Some(field)) => sum(field, value),
            (Function::Avg, Some(field)) => average(field, value, count),
        };
        (*function, cell)
    });
    Group { value, computed: computed.collect() }
}

const INTEGER: FieldKind = FieldKind::Integer { min: i64::MIN, max: i64::MAX };

fn sum(field: &Field, value: DbValue) -> Cell {
    match (&field.kind, value) {
        (FieldKind::Integer { .. }, DbValue::Text(text)) => match text.parse() {
            Ok(number) => Cell::new(&INTEGER, DbValue::Integer(number)),
            Err(_) => Cell::Text(text),
        },
        (FieldKind::Decimal { scale, .. }, DbValue::Text(text)) => {
            let padded = Exact::parse(&text).and_then(|sum| sum.with_scale(scale.unwrap_or(0)));
            Cell::Text(padded.map_or(text, |sum| sum.to_string()))
        }
        (kind, value) => Cell::new(kind, value),
    }
}

fn average(field: &Field, value: DbValue, count: i64) -> Cell {
    let DbValue::Text(text) = value else { return Cell::new(&FieldKind::Float, value) };
    let FieldKind::Decimal { scale, .. } = field.kind else { return Cell::Text(text) };
    let exact = Exact::parse(&text)
        .and_then(|sum| sum.with_scale(scale.unwrap_or(0)))
        .and_then(|sum| sum.divided_by(count, FINER));
    if let Some(exact) = exact {
        return Cell::Text(exact.to_string());
    }
    #[expect(clippy::cast_precision_loss, reason = "the sum has more digits than can be counted exactly")]
    let rough = text.parse::<f64>().ok().map(|sum| sum / count as f64).filter(|mean| mean.is_finite());
    Cell::Text(rough.map_or(text, |mean| mean.to_string()))
}
