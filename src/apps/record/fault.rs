//! What a failed write means to the client, without a word about columns that it may not know.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

use super::input::path;
use crate::apps::introspect::{Schema, normalise};
use crate::apps::model::Model;
use crate::db::dialect::{is_foreign_key_violation, is_refusal};
use crate::error::{Error, FieldError};

/// The error of a failed INSERT, UPDATE or DELETE on a model's table.
pub fn explain(schema: &Schema, model: &Model, error: DieselError) -> Error {
    let DieselError::DatabaseError(kind, info) = &error else { return error.into() };
    let one = &model.verbose_name;
    match kind {
        DatabaseErrorKind::UniqueViolation => {
            let message = format!("another {one} already has this value");
            named(model, &columns(model, info.as_ref()), &message)
                .unwrap_or_else(|| Error::Conflict(format!("Another {one} already has these values")))
        }
        DatabaseErrorKind::ForeignKeyViolation => {
            named(model, &columns(model, info.as_ref()), "points at nothing").unwrap_or_else(|| {
                Error::Conflict(format!("The {one} would be linked to something that is not there"))
            })
        }
        DatabaseErrorKind::NotNullViolation => named(model, &columns(model, info.as_ref()), "is required")
            .unwrap_or_else(|| Error::Conflict(format!("The {one} lacks a value that cannot be given here"))),
        DatabaseErrorKind::CheckViolation => {
            named(model, &of_check(schema, model, info.as_ref()), "breaks a rule of the database")
                .unwrap_or_else(|| Error::Conflict(format!("The {one} breaks a rule of the database")))
        }
        DatabaseErrorKind::RestrictViolation | DatabaseErrorKind::ExclusionViolation => {
            Error::Conflict(format!("The {one} would break a rule of the database"))
        }
        DatabaseErrorKind::ReadOnlyTransaction => read_only(),
        _ => match info.message() {
            text if text.starts_with("permission denied") => read_only(),
            text if is_about_a_value(text) => {
                Error::invalid("data", "the database does not take one of these values")
            }
            text if is_refusal(&error) => {
                // Its words may name what clients must not know of.
                tracing::info!(model = model.label(), text = ?text, "a rule of the database refused a change");
                Error::Conflict(format!("The {one} breaks a rule of the database"))
            }
            _ => error.into(),
        },
    }
}

/// As [`explain`] for a deletion, where a foreign key means that something else still needs the row.
pub fn explain_deletion(schema: &Schema, model: &Model, error: DieselError) -> Error {
    if is_foreign_key_violation(&error) {
        return Error::Conflict(format!(
            "The {} cannot be deleted: other records point at it",
            model.verbose_name
        ));
    }
    explain(schema, model, error)
}

/// The beginnings of PostgreSQL's messages about values; the driver does not tell the codes.
fn is_about_a_value(message: &str) -> bool {
    let beginnings =
        ["invalid input", "value too long", "bit string length", "numeric field overflow", "malformed"];
    beginnings.iter().any(|b| message.starts_with(b)) || message.contains("out of range")
}

fn read_only() -> Error {
    Error::Refused("The database does not let this server write here".into())
}

/// An error for each column, if the client may know all of them.
fn named(model: &Model, columns: &[String], message: &str) -> Option<Error> {
    let is_known = |c: &String| model.fields.iter().any(|f| *f.name == **c);
    if columns.is_empty() || !columns.iter().all(is_known) {
        return None;
    }
    let together = if columns.len() > 1 {
        format!("{message} ({} together)", columns.join(", "))
    } else {
        message.to_owned()
    };
    Some(Error::Invalid(columns.iter().map(|c| FieldError::new(path(c), together.clone())).collect()))
}

/// The columns that an error is about: PostgreSQL says `Key (a, b)=(1, 2) …` in its details or names
/// one column, SQLite ends its message with `table.a, table.b`.
fn columns(model: &Model, info: &dyn DatabaseErrorInformation) -> Vec<String> {
    if let Some(column) = info.column_name() {
        return vec![column.to_owned()];
    }
    if let Some((names, _)) =
        info.details().and_then(|d| d.strip_prefix("Key (")).and_then(|d| d.split_once(")=("))
    {
        return names.split(", ").map(|n| n.trim_matches('"').replace("\"\"", "\"")).collect();
    }
    let Some((_, places)) = info.message().split_once("constraint failed: ") else { return Vec::new() };
    in_places(&model.table.name, places)
}

/// The columns in `table.a, table.b`; either name may have dots and commas in it.
fn in_places(table: &str, places: &str) -> Vec<String> {
    let table = format!("{table}.");
    let Some(first) = places.strip_prefix(&table) else { return Vec::new() };
    first.split(&format!(", {table}")).map(str::to_owned).collect()
}

/// The columns of the CHECK constraint that failed.
fn of_check(schema: &Schema, model: &Model, info: &dyn DatabaseErrorInformation) -> Vec<String> {
    let name = info.constraint_name().map_or_else(
        || info.message().split_once("constraint failed: ").map(|(_, name)| name.to_owned()),
        |name| Some(name.to_owned()),
    );
    let (Some(name), Some(table)) = (name, schema.table(&model.table)) else { return Vec::new() };
    let normal = normalise(&name);
    let found = table.checks.iter().find(|c| c.name == name || c.name == normal);
    found.map(|c| c.columns.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_from_messages_of_sqlite() {
        assert_eq!(in_places("Order Details", "Order Details.a.b, Order Details.c"), ["a.b", "c"]);
        assert!(in_places("t", "index 'lower'").is_empty());
    }
}
