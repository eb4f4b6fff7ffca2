//! Which rows of other tables a deletion would take along, found before anything is deleted. All tables
//! of the database count, also those that are not attached.

use std::collections::{BTreeMap, HashSet};

use crate::apps::catalog::is_pure_join;
use crate::apps::introspect::{Column, OnDelete, Reference, Schema, Table};
use crate::apps::query::statement;
use crate::apps::sql::Sql;
use crate::db::dialect::spelling;
use crate::db::dialect::value::DbValue;
use crate::db::{DbConnection, dialect};
use crate::error::{Error, Result};

/// Most rows that one deletion may take along.
const MOST_ROWS: i64 = 10_000;
/// Rows that are asked about, or deleted, in one query.
const CHUNK: usize = 200;

/// What would happen, by table (an index into the schema's tables).
#[derive(Debug, Default)]
pub struct Effects {
    /// Rows that go, with the first row itself.
    pub deleted: BTreeMap<usize, Rows>,
    /// Rows whose link becomes NULL or its default.
    pub unlinked: BTreeMap<usize, Rows>,
    /// Rows of join tables, by the table and the reference that leads here.
    pub joined: BTreeMap<(usize, usize), Rows>,
    /// Rows that stand in the way.
    pub blocking: BTreeMap<usize, Rows>,
}

/// Rows of one table, each once.
#[derive(Debug, Default)]
pub struct Rows {
    seen: HashSet<String>,
    rows: Vec<Vec<DbValue>>,
}

impl Rows {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.rows.len() as u64
    }

    fn add(&mut self, row: &[DbValue]) -> bool {
        let is_new = self.seen.insert(format!("{row:?}"));
        if is_new {
            self.rows.push(row.to_vec());
        }
        is_new
    }

    fn remove_all(&mut self, others: &Self) {
        self.rows.retain(|row| !others.seen.contains(&format!("{row:?}")));
    }
}

/// A table and what is read of its rows: the key, or what stands for it, and what others point at.
struct Node<'a> {
    table: &'a Table,
    columns: Vec<&'a Column>,
}

impl<'a> Node<'a> {
    fn new(schema: &'a Schema, table: &'a Table) -> Self {
        let pointed_at: HashSet<&String> = schema
            .tables
            .iter()
            .flat_map(|t| &t.references)
            .filter(|r| r.table == table.name)
            .flat_map(|r| &r.to)
            .collect();
        let is_needed = |c: &&Column| table.primary_key.contains(&c.name) || pointed_at.contains(&c.name);
        Self { table, columns: table.columns.iter().filter(is_needed).collect() }
    }

    fn select(&self, conn: &DbConnection) -> Sql {
        let backend = dialect::backend(conn);
        let mut sql = Sql::starting(backend, "SELECT ");
        for (i, column) in self.columns.iter().enumerate() {
            sql.comma(i);
            if spelling::has_casts(backend) {
                sql.push("CAST(").name(&column.name).push(" AS TEXT)");
            } else {
                sql.name(&column.name);
            }
        }
        if self.table.primary_key.is_empty() {
            sql.comma(self.columns.len()).push(spelling::row_identity(backend));
        }
        sql.push(" FROM ").table(&self.table.name);
        sql
    }

    fn value<'r>(&self, row: &'r [DbValue], column: &str) -> Option<&'r DbValue> {
        row.get(self.columns.iter().position(|c| c.name == column)?)
    }

    /// Adds the condition that it is this row.
    fn push_identity(&self, sql: &mut Sql, row: &[DbValue]) {
        if self.table.primary_key.is_empty() {
            let value = row.last().cloned().unwrap_or(DbValue::Null);
            sql.push(spelling::row_identity(sql.backend())).push(" = ").value(value);
        }
        for (i, name) in self.table.primary_key.iter().enumerate() {
            sql.push(if i == 0 { "" } else { " AND " });
            push_equals(sql, self.table, name, self.value(row, name));
        }
    }
}

/// Adds `column = value` with a value that was read as text where the database has casts.
fn push_equals(sql: &mut Sql, table: &Table, column: &str, value: Option<&DbValue>) {
    let value = value.cloned().unwrap_or(DbValue::Null);
    sql.name(column).push(" = ");
    match (table.column(column), &value) {
        (Some(column), DbValue::Text(_)) if spelling::has_casts(sql.backend()) => {
            sql.value_as(value, &column.db_type);
        }
        _ => {
            sql.value(value);
        }
    }
}

/// Finds everything that depends on the row of `table` for which `condition` holds.
///
/// # Errors
/// `Conflict` if there are too many; database faults.
pub fn find(conn: &mut DbConnection, schema: &Schema, table: usize, condition: &Sql) -> Result<Effects> {
    let mut effects = Effects::default();
    let mut sql = Node::new(schema, &schema.tables[table]).select(conn);
    statement::all_of(&mut sql, std::slice::from_ref(condition));
    let first = sql.load(conn)?;
    for row in &first {
        effects.deleted.entry(table).or_default().add(row);
    }
    let mut waiting = vec![(table, first)];
    let mut total: i64 = 0;
    while let Some((parent, rows)) = waiting.pop() {
        let node = Node::new(schema, &schema.tables[parent]);
        for (child, at, reference) in pointing_at(schema, node.table) {
            let found = pointing_rows(conn, schema, &node, &rows, child, reference)?;
            let mut gone = Vec::new();
            for row in found {
                let table = &schema.tables[child];
                let is_join = is_pure_join(table);
                let is_new = if is_join {
                    effects.joined.entry((child, at)).or_default().add(&row)
                } else if blocks(table, reference) {
                    effects.blocking.entry(child).or_default().add(&row)
                } else if reference.on_delete == OnDelete::Unlink {
                    effects.unlinked.entry(child).or_default().add(&row)
                } else {
                    let is_new = effects.deleted.entry(child).or_default().add(&row);
                    if is_new {
                        gone.push(row);
                    }
                    is_new
                };
                total += i64::from(is_new);
            }
            if total > MOST_ROWS {
                return Err(Error::Conflict(format!("More than {MOST_ROWS} other rows depend on it")));
            }
            if !gone.is_empty() {
                waiting.push((child, gone));
            }
        }
    }
    // What goes anyway neither stands in the way nor changes.
    for (table, deleted) in &effects.deleted {
        for rows in [effects.blocking.get_mut(table), effects.unlinked.get_mut(table)].into_iter().flatten() {
            rows.remove_all(deleted);
        }
    }
    effects.blocking.retain(|_, rows| rows.count() > 0);
    effects.unlinked.retain(|_, rows| rows.count() > 0);
    Ok(effects)
}

/// Whether rows of `table` keep those from being deleted that a reference of theirs points at.
pub fn blocks(table: &Table, reference: &Reference) -> bool {
    match reference.on_delete {
        OnDelete::Refuse => true,
        OnDelete::Unlink => reference.columns.iter().any(|column| must_stay(table, column)),
        OnDelete::Cascade => false,
    }
}

fn must_stay(table: &Table, column: &str) -> bool {
    table.column(column).is_some_and(|c| !c.nullable && !c.has_default)
}

/// All references to a table: the table that has it, its place there, and itself.
fn pointing_at<'a>(
    schema: &'a Schema,
    table: &'a Table,
) -> impl Iterator<Item = (usize, usize, &'a Reference)> {
    schema.tables.iter().enumerate().flat_map(move |(child, t)| {
        let references = t.references.iter().enumerate();
        references.filter(|(_, r)| r.table == table.name).map(move |(at, r)| (child, at, r))
    })
}

fn pointing_rows(
    conn: &mut DbConnection,
    schema: &Schema,
    parent: &Node<'_>,
    rows: &[Vec<DbValue>],
    child: usize,
    reference: &Reference,
) -> Result<Vec<Vec<DbValue>>> {
    let table = &schema.tables[child];
    let node = Node::new(schema, table);
    let mut found = Vec::new();
    for chunk in rows.chunks(CHUNK) {
        let mut any = Sql::starting(dialect::backend(conn), "(");
        for (i, row) in chunk.iter().enumerate() {
            any.push(if i == 0 { "(" } else { " OR (" });
            for (j, (column, to)) in reference.columns.iter().zip(&reference.to).enumerate() {
                any.push(if j == 0 { "" } else { " AND " });
                push_equals(&mut any, table, column, parent.value(row, to));
            }
            any.push(")");
        }
        any.push(")");
        let mut sql = node.select(conn);
        statement::all_of(&mut sql, &[any]);
        statement::push_limit(&mut sql, MOST_ROWS.unsigned_abs() + 1);
        found.extend(sql.load(conn)?);
    }
    Ok(found)
}

/// Deletes the rows of join tables, which belong to the rows that they join.
///
/// # Errors
/// Database faults.
pub fn delete_joined(conn: &mut DbConnection, schema: &Schema, effects: &Effects) -> diesel::QueryResult<()> {
    for ((table, _), rows) in &effects.joined {
        let node = Node::new(schema, &schema.tables[*table]);
        for chunk in rows.rows.chunks(CHUNK) {
            let mut sql = Sql::starting(dialect::backend(conn), "DELETE FROM ");
            sql.table(&node.table.name).push(" WHERE ");
            for (i, row) in chunk.iter().enumerate() {
                sql.push(if i == 0 { "(" } else { " OR (" });
                node.push_identity(&mut sql, row);
                sql.push(")");
            }
            sql.execute(conn)?;
        }
    }
    Ok(())
}
