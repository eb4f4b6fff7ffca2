//! Which record is meant: ids as clients give them.

use serde_json::Value;

use super::{Cell, Record, label, read};
use crate::apps::model::Model;
use crate::apps::names;
use crate::apps::value;
use crate::db::dialect::value::DbValue;
use crate::db::{Backend, DbConnection, dialect};
use crate::error::{Error, FieldError, Result};

/// The values of the primary key that `id` stands for.
///
/// # Errors
/// `Invalid` for an id that cannot be one.
pub fn parse(backend: Backend, model: &Model, id: &Value) -> Result<Vec<DbValue>> {
    let fields: Vec<_> = model.primary_key.iter().map(|&i| &model.fields[i]).collect();
    let names = || fields.iter().map(|f| &*f.name).collect::<Vec<_>>().join(", ");
    let values: Vec<&Value> = match (&fields[..], id) {
        ([], _) => {
            return Err(Error::invalid("id", "these records have no primary key; they can only be listed"));
        }
        (_, Value::Object(map)) => {
            let values: Vec<&Value> = fields.iter().filter_map(|f| map.get(&*f.name)).collect();
            if values.len() != fields.len() || map.len() != fields.len() {
                return Err(Error::invalid("id", format!("expected an object with exactly: {}", names())));
            }
            values
        }
        ([_], value) => vec![value],
        _ => return Err(Error::invalid("id", format!("expected an object with: {}", names()))),
    };
    let mut errors = Vec::new();
    let mut key = Vec::with_capacity(values.len());
    for (field, value) in fields.iter().zip(values) {
        match value::for_filter(backend, field, value) {
            Ok(value) => key.push(value),
            Err(message) if fields.len() == 1 => errors.push(FieldError::new("id", message)),
            Err(message) => errors.push(FieldError::new(format!("id.{}", field.name), message)),
        }
    }
    if errors.is_empty() { Ok(key) } else { Err(Error::Invalid(errors)) }
}

/// The key of a record that was read with its key; `None` without one.
pub fn of_record(backend: Backend, model: &Model, record: &Record) -> Option<Vec<DbValue>> {
    let of_field = |&i: &usize| {
        let field = &model.fields[i];
        value::for_filter(backend, field, &record.get(&field.name)?.to_value()).ok()
    };
    if model.primary_key.is_empty() {
        return None;
    }
    model.primary_key.iter().map(of_field).collect()
}

/// The key of a record in the form in which clients give it: one value, or an object of columns for a composite key.
pub fn of(model: &Model, record: &Record) -> Value {
    let value = |index: &usize| {
        let name = &model.fields[*index].name;
        (name.to_string(), record.get(name).map_or(Value::Null, Cell::to_value))
    };
    match model.primary_key.as_slice() {
        [one] => value(one).1,
        several => several.iter().map(value).collect(),
    }
}

/// How the audit log writes the key `id`, whether or not there is such a record now.
///
/// # Errors
/// `Invalid` for an id that cannot be one; database faults.
pub fn logged_id(conn: &mut DbConnection, model: &Model, id: &Value) -> Result<String> {
    let key = parse(dialect::backend(conn), model, id)?;
    if let Some(record) = read::find(conn, model, &key, "")? {
        return Ok(label::object_id(model, &record));
    }
    let text = |(&field, value): (&usize, DbValue)| Cell::new(&model.fields[field].kind, value).to_text();
    Ok(model.primary_key.iter().zip(key).map(text).collect::<Vec<_>>().join(","))
}

/// The error for a record that is not there.
pub fn not_found(model: &Model, id: &Value) -> Error {
    Error::NotFound(format!("There is no {} with id {}", model.verbose_name, shown(id)))
}

/// A client's value in an error text: short, and without control characters.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => names::shown(text),
        other => names::shown(&other.to_string()),
    }
}
