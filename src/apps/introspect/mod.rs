//! What a database says about itself: tables, columns, keys and rules, before any option is applied.

mod check;
mod declared;
mod postgres;
mod sqlite;

pub use check::normalise;

use super::model::{FieldKind, Problem, TableName};
use crate::db::{Backend, DbConnection, dialect};
use crate::error::Result;

/// All that was read.
#[derive(Debug, Default)]
pub struct Schema {
    /// Tables and views, also those that are not attached but lose rows when rows of attached ones go.
    pub tables: Vec<Table>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// A table or view.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its exact name.
    pub name: TableName,
    /// Whether it can only be read.
    pub is_view: bool,
    /// Whether it is in the schema that the app names.
    pub in_schema: bool,
    /// In order.
    pub columns: Vec<Column>,
    /// Names of columns; empty if there is none.
    pub primary_key: Vec<String>,
    /// Sets of columns that are unique together, without the primary key.
    pub unique: Vec<Vec<String>>,
    /// What it points at.
    pub references: Vec<Reference>,
    /// Rules over its columns.
    pub checks: Vec<Check>,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its exact name.
    pub name: String,
    /// The declared type.
    pub db_type: String,
    /// What its values are.
    pub kind: FieldKind,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// Whether it is filled when left out.
    pub has_default: bool,
    /// Whether it is always computed.
    pub is_generated: bool,
    /// Longest text in characters.
    pub max_length: Option<u32>,
    /// The only values allowed; empty = any.
    pub choices: Vec<String>,
}

/// A foreign key.
#[derive(Debug, Clone)]
pub struct Reference {
    /// Columns here.
    pub columns: Vec<String>,
    /// The other table.
    pub table: TableName,
    /// Columns there, in the same order.
    pub to: Vec<String>,
    /// What becomes of rows here when the row there is deleted.
    pub on_delete: OnDelete,
}

/// What a foreign key does when the row that it points at is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    /// The deletion fails.
    Refuse,
    /// The row goes too.
    Cascade,
    /// The columns become NULL or their default.
    Unlink,
}

/// A CHECK constraint.
#[derive(Debug, Clone)]
pub struct Check {
    /// How error messages of the database call it.
    pub name: String,
    /// The columns that it speaks of.
    pub columns: Vec<String>,
}

impl Schema {
    /// A table by name.
    pub fn table(&self, name: &TableName) -> Option<&Table> {
        self.tables.iter().find(|t| t.name == *name)
    }
}

impl Table {
    /// A column by its exact name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// Adds what CHECK constraints say: choices of columns, and which columns each of them is about.
    fn apply_check(&mut self, name: String, expression: &str) {
        for (column, choices) in check::choices(expression) {
            let found = self.columns.iter_mut().find(|c| c.name.eq_ignore_ascii_case(&column));
            if let Some(column) = found
                && column.choices.is_empty()
                && matches!(column.kind, FieldKind::Text | FieldKind::Enum)
            {
                column.choices = choices;
            }
        }
        let named = check::identifiers(expression);
        let columns = self
            .columns
            .iter()
            .filter(|c| named.iter().any(|n| n.eq_ignore_ascii_case(&c.name)))
            .map(|c| c.name.clone())
            .collect();
        self.checks.push(Check { name, columns });
    }
}

/// Reads the schema of a database; `schema` is PostgreSQL's and means nothing on SQLite.
///
/// # Errors
/// Database faults, and on PostgreSQL `Invalid` for a schema that does not exist.
pub fn read(conn: &mut DbConnection, schema: &str) -> Result<Schema> {
    match dialect::backend(conn) {
        Backend::Sqlite => sqlite::read(conn),
        Backend::Postgres => postgres::read(conn, schema),
    }
}
