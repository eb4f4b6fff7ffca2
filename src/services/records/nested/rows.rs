//! Reading the rows of a child model: their form, and which of them are meant.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::apps::{Inline, Model, shown};
use crate::error::FieldError;

/// Where errors say that the rows are.
pub fn path(inline: &Inline) -> String {
    format!("data.{}", inline.name)
}

/// The rows of a list.
///
/// # Errors
/// The field and what is wrong with it.
pub fn objects(inline: &Inline, child: &Model, rows: Value) -> Result<Vec<Map<String, Value>>, FieldError> {
    /// Rows of one list at most.
    const MOST: usize = 1000;
    let wrong = |message: String| FieldError::new(path(inline), message);
    let Value::Array(rows) = rows else { return Err(wrong("expected a list of objects".into())) };
    if rows.len() > MOST {
        return Err(wrong(format!("a list has at most {MOST} rows")));
    }
    let row = |(index, row)| match row {
        Value::Object(row) => Ok(with_named_key(child, row)),
        other => {
            let message =
                format!("expected an object with values by field, not {}", shown(&other.to_string()));
            Err(FieldError::new(format!("{}.{index}", path(inline)), message))
        }
    };
    rows.into_iter().enumerate().map(row).collect()
}

/// `id` means a key of one column whatever that is called.
fn with_named_key(child: &Model, mut row: Map<String, Value>) -> Map<String, Value> {
    if let ([key], None) = (&child.primary_key[..], child.field("id"))
        && let Some(id) = row.shift_remove("id")
    {
        row.entry(child.fields[*key].name.to_string()).or_insert(id);
    }
    row
}

/// Whether a name is that of a part of the key.
pub fn is_key(child: &Model, name: &str) -> bool {
    child.field(name).is_some_and(|(_, field)| field.is_primary_key)
}

/// Whether the database makes the keys of new rows.
pub fn makes_keys(child: &Model) -> bool {
    child.primary_key.iter().all(|i| child.fields[*i].has_default || child.fields[*i].is_generated)
}

/// The key of a row in the form in which clients give it; `None` where a part is missing. The link to the
/// record may be a part of it.
pub fn key_of(child: &Model, inline: &Inline, row: &Map<String, Value>, target: &Value) -> Option<Value> {
    let given = |name: &str| {
        let by_name =
            row.iter().find(|(key, _)| child.field(key).is_some_and(|(_, field)| *field.name == *name));
        let value = if name == inline.column { Some(target) } else { by_name.map(|(_, value)| value) };
        value.filter(|value| !value.is_null()).cloned()
    };
    match &child.primary_key[..] {
        [one] => given(&child.fields[*one].name),
        several => {
            let part = |i: &usize| {
                let name = &*child.fields[*i].name;
                Some((name.to_owned(), given(name)?))
            };
            several.iter().map(part).collect::<Option<Map<_, _>>>().map(Value::Object)
        }
    }
}

/// The child with its link, which is written here even where clients cannot.
pub fn writable<'m>(child: &'m Model, inline: &Inline) -> Cow<'m, Model> {
    let is_locked = |field: &crate::apps::Field| *field.name == *inline.column && field.readonly;
    if !child.fields.iter().any(is_locked) {
        return Cow::Borrowed(child);
    }
    let mut open = child.clone();
    for field in &mut open.fields {
        field.readonly = field.readonly && *field.name != *inline.column;
    }
    Cow::Owned(open)
}
