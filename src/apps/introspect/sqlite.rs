//! Reads the schema of a SQLite database through its PRAGMA functions.

use super::{Column, OnDelete, Reference, Schema, Table, check, declared};
use crate::apps::model::{Problem, TableName};
use crate::apps::sql::Sql;
use crate::db::dialect::value::DbValue;
use crate::db::{Backend, DbConnection, dialect};
use crate::error::{Error, Result};

/// Reads all tables and views.
///
/// # Errors
/// Database faults.
pub fn read(conn: &mut DbConnection) -> Result<Schema> {
    let list = Sql::starting(
        Backend::Sqlite,
        "SELECT l.name, l.type, l.wr, coalesce(m.sql, '') FROM pragma_table_list AS l \
         JOIN sqlite_schema AS m ON m.name = l.name AND m.type IN ('table', 'view') \
         WHERE l.schema = 'main' AND l.type <> 'shadow' AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         AND l.name <> '__diesel_schema_migrations' ORDER BY l.name",
    );
    let mut schema = Schema::default();
    for row in list.load(conn)? {
        let [name, kind, without_rowid, sql] = &row[..] else { continue };
        let found =
            read_table(conn, &text(name), &text(kind), *without_rowid == DbValue::Integer(1), &text(sql));
        match found {
            Ok(table) => schema.tables.push(table),
            // A view over what is gone, or a virtual table whose module is not here.
            Err(error) if text(kind) != "table" && is_broken(&error) => schema
                .problems
                .push(Problem { about: text(name), message: "it cannot be read, so it is left out".into() }),
            Err(error) => return Err(error),
        }
    }
    resolve_references(&mut schema);
    Ok(schema)
}

fn is_broken(error: &Error) -> bool {
    match error {
        Error::Internal(_) => true,
        Error::Unavailable(why) => why == dialect::TABLES_CHANGED,
        _ => false,
    }
}

fn read_table(
    conn: &mut DbConnection,
    name: &str,
    kind: &str,
    without_rowid: bool,
    create: &str,
) -> Result<Table> {
    let (columns, primary_key) = columns(conn, name, without_rowid)?;
    let mut table = Table {
        name: TableName { schema: None, name: name.to_owned() },
        // Virtual tables have rules of their own about writing.
        is_view: kind != "table",
        in_schema: true,
        columns,
        primary_key,
        unique: unique(conn, name)?,
        references: references(conn, name)?,
        checks: Vec::new(),
    };
    for (constraint, tokens) in check::of_create_table(create) {
        let expression = check::render(&tokens);
        table.apply_check(constraint.unwrap_or_else(|| expression.clone()), &expression);
    }
    Ok(table)
}

/// Runs a query over one PRAGMA function that takes the name of a table or index.
fn pragma(conn: &mut DbConnection, query: &'static str, argument: &str) -> Result<Vec<Vec<DbValue>>> {
    let mut sql = Sql::starting(Backend::Sqlite, query);
    sql.value(DbValue::Text(argument.to_owned())).push(")");
    Ok(sql.load(conn)?)
}

fn columns(conn: &mut DbConnection, table: &str, without_rowid: bool) -> Result<(Vec<Column>, Vec<String>)> {
    let rows = pragma(
        conn,
        "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(",
        table,
    )?;
    let mut keys: Vec<(i64, String)> = rows
        .iter()
        .filter_map(|row| match &row[..] {
            [name, _, _, _, DbValue::Integer(at), _] if *at > 0 => Some((*at, text(name))),
            _ => None,
        })
        .collect();
    keys.sort();
    let mut columns = Vec::new();
    for row in &rows {
        let [name, declared, not_null, default, pk, hidden] = &row[..] else { continue };
        let hidden = integer(hidden);
        if hidden == 1 {
            continue;
        }
        let db_type = text(declared);
        let is_key = integer(pk) > 0;
        let is_rowid = is_key && keys.len() == 1 && !without_rowid && db_type.eq_ignore_ascii_case("INTEGER");
        let (kind, max_length) = declared::kind(&db_type);
        columns.push(Column {
            name: text(name),
            kind,
            // A key that may be NULL is an accident of SQLite's history, not a wish.
            nullable: integer(not_null) == 0 && !is_key,
            has_default: is_rowid || *default != DbValue::Null,
            is_generated: hidden > 1,
            max_length,
            choices: Vec::new(),
            db_type,
        });
    }
    Ok((columns, keys.into_iter().map(|(_, name)| name).collect()))
}

fn unique(conn: &mut DbConnection, table: &str) -> Result<Vec<Vec<String>>> {
    let indexes = pragma(conn, "SELECT name, \"unique\", partial, origin FROM pragma_index_list(", table)?;
    let mut sets = Vec::new();
    for index in indexes {
        let [name, unique, partial, origin] = &index[..] else { continue };
        if integer(unique) == 0 || integer(partial) == 1 || text(origin) == "pk" {
            continue;
        }
        let columns = pragma(conn, "SELECT name FROM pragma_index_info(", &text(name))?;
        // An index over an expression has a column without a name.
        if columns.iter().all(|row| row.first().is_some_and(|n| *n != DbValue::Null)) {
            sets.push(columns.iter().filter_map(|row| row.first()).map(text).collect());
        }
    }
    sets.sort();
    Ok(sets)
}

fn references(conn: &mut DbConnection, table: &str) -> Result<Vec<Reference>> {
    let mut rows = pragma(
        conn,
        "SELECT id, seq, \"table\", \"from\", \"to\", on_delete FROM pragma_foreign_key_list(",
        table,
    )?;
    // The last one that was declared has the number 0.
    rows.sort_by_key(|row| (-row.first().map_or(0, integer), row.get(1).map_or(0, integer)));
    let mut found: Vec<(i64, Reference)> = Vec::new();
    for row in &rows {
        let [id, _, other, from, to, on_delete] = &row[..] else { continue };
        let id = integer(id);
        if found.last().is_none_or(|(last, _)| *last != id) {
            let reference = Reference {
                columns: Vec::new(),
                table: TableName { schema: None, name: text(other) },
                to: Vec::new(),
                on_delete: match text(on_delete).as_str() {
                    "CASCADE" => OnDelete::Cascade,
                    "SET NULL" | "SET DEFAULT" => OnDelete::Unlink,
                    _ => OnDelete::Refuse,
                },
            };
            found.push((id, reference));
        }
        if let Some((_, reference)) = found.last_mut() {
            reference.columns.push(text(from));
            if *to != DbValue::Null {
                reference.to.push(text(to));
            }
        }
    }
    Ok(found.into_iter().map(|(_, reference)| reference).collect())
}

/// Foreign keys name tables and columns in any case, and leave the columns out where they mean the key.
fn resolve_references(schema: &mut Schema) {
    let known: Vec<(TableName, Vec<String>, Vec<String>)> = schema
        .tables
        .iter()
        .map(|t| (t.name.clone(), t.primary_key.clone(), t.columns.iter().map(|c| c.name.clone()).collect()))
        .collect();
    let exact = |columns: &[String], wanted: &mut Vec<String>| {
        for name in wanted {
            if let Some(found) = columns.iter().find(|c| c.eq_ignore_ascii_case(name)) {
                name.clone_from(found);
            }
        }
    };
    for table in &mut schema.tables {
        let own: Vec<String> = table.columns.iter().map(|c| c.name.clone()).collect();
        for reference in &mut table.references {
            exact(&own, &mut reference.columns);
            let other = known.iter().find(|(name, ..)| name.name.eq_ignore_ascii_case(&reference.table.name));
            if let Some((name, key, columns)) = other {
                reference.table.clone_from(name);
                if reference.to.is_empty() {
                    reference.to.clone_from(key);
                }
                exact(columns, &mut reference.to);
            }
        }
    }
}

fn text(value: &DbValue) -> String {
    match value {
        DbValue::Text(text) => text.clone(),
        _ => String::new(),
    }
}

fn integer(value: &DbValue) -> i64 {
    match value {
        DbValue::Integer(n) => *n,
        _ => 0,
    }
}
