//! Pages of records, forward and backward.

use serde_json::Value;

use super::{Record, key, read, version};
use crate::apps::model::{Catalog, Model};
use crate::apps::query::keyset::{self, Term};
use crate::apps::query::statement::{self, Part, Plan, Scope};
use crate::apps::query::{Count, Cursor, ListQuery, Mark, Page, Place, Total, unknown_cursor};
use crate::apps::sql::Sql;
use crate::db::dialect::value::DbValue;
use crate::db::{DbConnection, dialect};
use crate::error::{Error, Result};

/// Where nothing is known of a table, rows are counted up to here.
const COUNTED_AT_MOST: u32 = 10_000;

/// Lists records.
///
/// # Errors
/// `Invalid` naming each unknown filter, lookup, ordering or field with what is allowed, or the filter
/// whose value does not fit; for `cursor` if it belongs to another list, for `limit` if the page has more
/// than [`ListQuery::max_bytes`]; `Unavailable`; `Internal`.
pub fn list(conn: &mut DbConnection, _catalog: &Catalog, model: &Model, query: &ListQuery) -> Result<Page> {
    list_within(conn, model, query, None)
}

/// Lists those records that are in a scope.
///
/// # Errors
/// As [`list`].
pub fn list_within(
    conn: &mut DbConnection,
    model: &Model,
    query: &ListQuery,
    scope: Option<&Scope>,
) -> Result<Page> {
    let plan = statement::plan(dialect::backend(conn), model, query, scope)?;
    let start = Start::of(conn, model, query, &plan)?;
    let mut total = match query.count {
        Count::Exact => Total::Exact(plan.count().load_count(conn)?),
        _ => Total::Unknown,
    };
    let is_beyond = matches!(total, Total::Exact(count) if count <= start.offset);
    let limit = query.limit as usize;
    let mut rows = if is_beyond || limit == 0 {
        Vec::new()
    } else {
        // One more tells whether there is another page.
        read_parts(conn, &plan, model, &start, query)?
    };
    let goes_on = rows.len() > limit;
    rows.truncate(limit);
    if query.count == Count::Estimate {
        let is_all = limit > 0 && !goes_on && start.is_first();
        total = if is_all { Total::Exact(rows.len() as u64) } else { estimate(conn, &plan)? };
    }
    if start.backward {
        rows.reverse();
    }
    let mut page = Page { records: Vec::new(), versions: Vec::new(), total, next: None, previous: None };
    if !rows.is_empty() {
        let (has_next, has_previous) =
            if start.backward { (true, goes_on) } else { (goes_on, !start.is_first()) };
        page.next = has_next.then(|| start.cursor(&plan, model, &rows, query, false));
        page.previous = has_previous.then(|| start.cursor(&plan, model, &rows, query, true));
    }
    let width = plan.fields.len();
    for row in &mut rows {
        row.truncate(width);
    }
    page.records = read::records(model, &plan.fields, rows);
    if query.versions {
        page.versions = page.records.iter().map(version::version).collect();
        if plan.shown != plan.fields {
            page.records = page.records.iter().map(|record| record.only(&plan.shown, model)).collect();
        }
    }
    Ok(page)
}

/// The record behind this one in the model's order, with its key alone; `None` for the last, and for one that is
/// gone.
///
/// # Errors
/// `Unavailable`; `Internal`.
pub fn next(conn: &mut DbConnection, model: &Model, record: &Record) -> Result<Option<Record>> {
    let backend = dialect::backend(conn);
    let key = model.primary_key.iter().map(|&index| model.fields[index].name.to_string());
    let query =
        ListQuery { fields: Some(key.collect()), limit: 1, count: Count::None, ..ListQuery::default() };
    let plan = statement::plan(backend, model, &query, None)?;
    let Some(key) = key::of_record(backend, model, record).filter(|_| plan.has_places) else {
        return Ok(None);
    };
    let place = Place::Row(key.into_iter().map(Mark::from).collect());
    let cursor = Some(Cursor::new(plan.fingerprint, false, place));
    match list_within(conn, model, &ListQuery { cursor, ..query }, None) {
        Err(Error::Invalid(_)) => Ok(None),
        found => Ok(found?.records.into_iter().next()),
    }
}

/// Where a page begins, or ends if it is read backward.
struct Start {
    backward: bool,
    offset: u64,
    /// Values of the order.
    key: Option<Vec<DbValue>>,
}

impl Start {
    fn of(conn: &mut DbConnection, model: &Model, query: &ListQuery, plan: &Plan<'_>) -> Result<Self> {
        let Some(cursor) = &query.cursor else {
            return Ok(Self { backward: false, offset: query.offset, key: None });
        };
        cursor.require(plan.fingerprint)?;
        let backward = cursor.backward;
        let values = |marks: &[Mark]| marks.iter().cloned().map(Mark::into_value).collect::<Result<Vec<_>>>();
        let backend = dialect::backend(conn);
        let order = || plan.order.iter().map(|term| &model.fields[term.field]);
        let key = match &cursor.place {
            Place::Offset(offset) => return Ok(Self { backward: false, offset: *offset, key: None }),
            Place::Key(marks) => values(marks)?,
            Place::Row(marks) => {
                let key = values(marks)?;
                keyset::check(backend, model.primary_key.iter().map(|&i| &model.fields[i]), &key)?;
                let found = plan.place_of(&key).load(conn).map_err(of_cursor)?;
                let gone = || Error::invalid("cursor", "the record at which it stands is gone; begin again");
                found.into_iter().next().ok_or_else(gone)?
            }
        };
        if !plan.has_places {
            return Err(unknown_cursor());
        }
        keyset::check(backend, order(), &key)?;
        Ok(Self { backward, offset: 0, key: Some(key) })
    }

    /// Whether nothing is before it.
    fn is_first(&self) -> bool {
        self.offset == 0 && self.key.is_none()
    }

    /// The cursor of the page behind these rows, or of the one before them.
    fn cursor(
        &self,
        plan: &Plan<'_>,
        model: &Model,
        rows: &[Vec<DbValue>],
        query: &ListQuery,
        backward: bool,
    ) -> Cursor {
        let row = if backward { rows.first() } else { rows.last() };
        let place = match row {
            Some(row) if plan.has_places => {
                let order = row[plan.fields.len()..].to_vec();
                Place::of_row(order, |order| {
                    let of_key = |key: &usize| plan.order.iter().position(|term| term.field == *key);
                    model.primary_key.iter().filter_map(of_key).map(|at| order[at].clone()).collect()
                })
            }
            _ if backward => Place::Offset(self.offset.saturating_sub(query.limit.into())),
            _ => Place::Offset(self.offset.saturating_add(rows.len() as u64)),
        };
        Cursor::new(plan.fingerprint, backward, place)
    }

    /// The parts of the list that are left, each of which an index can serve. If the first column can be NULL,
    /// its NULLs are a part of their own: no index of PostgreSQL has them where they belong here.
    fn parts<'a>(&self, model: &'a Model, plan: &Plan<'a>, conn: &DbConnection) -> Vec<Part<'a>> {
        let backend = dialect::backend(conn);
        let terms = Term::of(model, &plan.order, self.backward);
        let key = self.key.as_deref();
        let behind = |terms: &[Term<'_>], key: &[DbValue]| keyset::behind(backend, terms, key);
        let (first, rest) = match terms.split_first() {
            Some((first, rest)) if first.nullable && self.offset == 0 => (*first, rest),
            _ => {
                let conditions = key.map(|key| behind(&terms, key)).into_iter().collect();
                return vec![Part { terms, conditions }];
            }
        };
        let is = |text: &'static str| {
            let mut sql = Sql::new(backend);
            sql.name(&first.field.name).push(text);
            sql
        };
        let mut nulls = Part { terms: rest.to_vec(), conditions: vec![is(" IS NULL")] };
        let whole = std::iter::once(Term { nullable: false, ..first }).chain(rest.iter().copied()).collect();
        let mut values = Part { terms: whole, conditions: vec![is(" IS NOT NULL")] };
        let at_null = key.map(|key| key.first() == Some(&DbValue::Null));
        match (key, at_null) {
            (Some(key), Some(true)) => nulls.conditions.push(behind(rest, &key[1..])),
            (Some(key), _) => values.conditions.push(behind(&values.terms, key)),
            _ => {}
        }
        match (first.descending, at_null) {
            (false, Some(false)) => vec![values],
            (false, _) => vec![nulls, values],
            (true, Some(true)) => vec![nulls],
            (true, _) => vec![values, nulls],
        }
    }
}

/// Reads one row more than the page has, if there is one.
fn read_parts(
    conn: &mut DbConnection,
    plan: &Plan<'_>,
    model: &Model,
    start: &Start,
    query: &ListQuery,
) -> Result<Vec<Vec<DbValue>>> {
    let wanted = query.limit as usize + 1;
    let mut most = query.max_bytes.unwrap_or(usize::MAX);
    let mut rows = Vec::new();
    for part in start.parts(model, plan, conn) {
        let missing = (wanted - rows.len()) as u64;
        let loaded = plan.rows(&part, missing, start.offset).load_within(conn, most);
        let (found, left) = if start.key.is_some() { loaded.map_err(of_cursor)? } else { loaded? };
        rows.extend(found);
        most = left.ok_or_else(|| too_much(rows.len(), query.max_bytes.unwrap_or_default()))?;
        if rows.len() >= wanted {
            break;
        }
    }
    Ok(rows)
}

/// The values of a cursor are ours, unless somebody made it up.
fn of_cursor(error: diesel::result::Error) -> Error {
    if dialect::is_bad_value(&error) { unknown_cursor() } else { error.into() }
}

/// How to narrow a page whose first `rows` have too many bytes.
fn too_much(rows: usize, most: usize) -> Error {
    let message = match rows {
        0 | 1 => format!("one record has more than {most} bytes; name the fields that you need in fields"),
        n => format!(
            "the first {n} records have more than {most} bytes, the most for one answer; ask for at most {} of \
             them (limit), or name the fields that you need (fields)",
            n - 1
        ),
    };
    Error::invalid("limit", message)
}

fn estimate(conn: &mut DbConnection, plan: &Plan<'_>) -> Result<Total> {
    let Some(explain) = plan.estimate() else {
        let counted = plan.count_up_to(COUNTED_AT_MOST + 1).load_count(conn)?;
        let most = COUNTED_AT_MOST.into();
        return Ok(if counted > most { Total::AtLeast(most) } else { Total::Exact(counted) });
    };
    let answer = explain.load(conn)?;
    let Some(DbValue::Text(text)) = answer.first().and_then(|row| row.first()) else {
        return Ok(Total::Unknown);
    };
    let plan: Value = serde_json::from_str(text).unwrap_or_default();
    let rows = plan.pointer("/0/Plan/Plan Rows").and_then(Value::as_f64);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate, and conversions of floats saturate"
    )]
    Ok(rows.map_or(Total::Unknown, |rows| Total::Estimate(rows.max(0.0) as u64)))
}
