//! JSON Schema (2020-12) of fields, keys and records.
//!
//! What goes in is described precisely. What comes out is described by what a cell can be, and no closer:
//! an attached database may hold values that its declarations do not promise, and a result must conform.

use serde_json::{Map, Value, json};

use super::definition::{described, object};
use crate::apps::record::{ETAG, has_etag};
use crate::apps::{Field, FieldKind, Model, can_order, lookups};

/// The largest integer that every JSON reader keeps exactly.
const SAFE_INTEGER: i64 = 1 << 53;

/// The schema of a record as it is read, with its version where that can be shown.
pub fn versioned(model: Option<&Model>) -> Value {
    let mut schema = record(model, false);
    if model.is_none_or(has_etag) {
        let text = json!({ "type": "string" });
        schema["properties"][ETAG] =
            described(text, "Changes whenever a field does, shown or not; for if_match");
    }
    schema
}

/// The schema of a list of field names, among which the version can be.
pub fn names_with_version(model: Option<&Model>) -> Value {
    let mut schema = names(model);
    if model.is_some_and(has_etag)
        && let Value::Array(names) = &mut schema["items"]["enum"]
    {
        names.push(json!(ETAG));
    }
    schema
}

/// The schema of a value that is written to a field.
pub fn input(field: &Field) -> Value {
    let mut schema = if is_key(field) { input_of_key(&field.kind) } else { input_of_kind(&field.kind) };
    if let Some(length) = field.max_length.filter(|_| schema["type"] == "string") {
        schema["maxLength"] = json!(length);
    }
    if !field.choices.is_empty() {
        let null = field.nullable.then_some(Value::Null);
        schema["enum"] = field.choices.iter().map(|c| json!(c)).chain(null).collect();
    }
    if field.nullable { nullable(schema) } else { schema }
}

fn input_of_kind(kind: &FieldKind) -> Value {
    match kind {
        FieldKind::Integer { min, max } if is_safe(*min, *max) => {
            json!({ "type": "integer", "minimum": min, "maximum": max })
        }
        FieldKind::Integer { .. } => json!({ "type": "integer" }),
        FieldKind::Float => json!({ "type": "number" }),
        FieldKind::Decimal { precision, scale } => described(
            json!({ "type": ["string", "number"], "pattern": "^-?[0-9]+(\\.[0-9]+)?$" }),
            decimal_description(*precision, *scale),
        ),
        FieldKind::Boolean => json!({ "type": "boolean" }),
        FieldKind::Text | FieldKind::Enum | FieldKind::Other => json!({ "type": "string" }),
        FieldKind::Date => json!({ "type": "string", "format": "date" }),
        FieldKind::Time => described(json!({ "type": "string" }), "Time such as 12:30:00"),
        FieldKind::DateTime { zoned: true } => json!({ "type": "string", "format": "date-time" }),
        FieldKind::DateTime { zoned: false } => {
            described(json!({ "type": "string" }), "Time without a zone, such as 2026-11-23T12:30:00")
        }
        FieldKind::Uuid => json!({ "type": "string", "format": "uuid" }),
        FieldKind::Json => described(json!({}), "Any JSON"),
        FieldKind::Binary => json!({ "type": "string", "contentEncoding": "base64" }),
        FieldKind::Array(items) => json!({ "type": "array", "items": input_of_kind(items) }),
    }
}

fn is_key(field: &Field) -> bool {
    field.is_primary_key || field.references.is_some()
}

/// Keys can be large, and are then answered as strings, so they are also taken as such.
fn input_of_key(kind: &FieldKind) -> Value {
    match kind {
        FieldKind::Integer { min, max } if !is_safe(*min, *max) => {
            json!({ "type": ["integer", "string"], "pattern": "^-?[0-9]+$" })
        }
        other => input_of_kind(other),
    }
}

fn decimal_description(precision: Option<u32>, scale: Option<u32>) -> String {
    let digits = match (precision, scale) {
        (Some(precision), Some(scale)) => format!("; at most {precision} digits, {scale} after the point"),
        _ => String::new(),
    };
    format!("Exact decimal as a string, such as \"0.99\"{digits}")
}

fn is_safe(min: i64, max: i64) -> bool {
    min >= -SAFE_INTEGER && max <= SAFE_INTEGER
}

/// The schema of a value that is read from a field.
pub fn output(field: &Field) -> Value {
    match &field.kind {
        FieldKind::Integer { .. } => json!({ "type": ["integer", "number", "string", "null"] }),
        FieldKind::Float => json!({ "type": ["number", "string", "null"] }),
        FieldKind::Boolean => json!({ "type": ["boolean", "number", "string", "null"] }),
        FieldKind::Json => json!({}),
        FieldKind::Array(_) => json!({ "type": ["array", "string", "null"] }),
        FieldKind::Decimal { .. } => json!({ "type": ["string", "null"] }),
        _ => json!({ "type": ["string", "number", "null"] }),
    }
}

/// The same schema that also takes null.
fn nullable(mut schema: Value) -> Value {
    match &mut schema["type"] {
        Value::String(one) => schema["type"] = json!([one, "null"]),
        Value::Array(several) => several.push(json!("null")),
        _ => {
            if let Value::Object(any) = &mut schema {
                any.shift_remove("type");
            }
        }
    }
    schema
}

/// The schema of a record as it is read. `whole` = every field is there.
pub fn record(model: Option<&Model>, whole: bool) -> Value {
    let Some(model) = model else { return json!({ "type": "object" }) };
    let names: Vec<&str> = if whole { model.fields.iter().map(|f| &*f.name).collect() } else { Vec::new() };
    object(model.fields.iter().map(|field| (field.name.to_string(), output(field))), &names)
}

/// The schema of a record's key: one value, or an object of columns for a composite key.
pub fn id(model: Option<&Model>) -> Value {
    let Some(model) = model else {
        return described(json!({}), "Key of the record; an object of columns if composite");
    };
    let key: Vec<&Field> = model.primary_key.iter().map(|i| &model.fields[*i]).collect();
    match key.as_slice() {
        [one] => described(input_of_key(&one.kind), format!("{} of the record", one.name)),
        several => {
            let names: Vec<&str> = several.iter().map(|f| &*f.name).collect();
            let columns = several.iter().map(|f| (f.name.to_string(), input_of_key(&f.kind)));
            described(object(columns, &names), "Key of the record")
        }
    }
}

/// The schema of a key as it is answered.
pub fn id_output(model: Option<&Model>) -> Value {
    let Some(model) = model else { return json!({}) };
    let key: Vec<&Field> = model.primary_key.iter().map(|i| &model.fields[*i]).collect();
    match key.as_slice() {
        [one] => output(one),
        several => object(several.iter().map(|f| (f.name.to_string(), output(f))), &[]),
    }
}

/// The schema of a list of field names.
pub fn names(model: Option<&Model>) -> Value {
    let Some(model) = model else { return json!({ "type": "array", "items": { "type": "string" } }) };
    let names: Vec<&str> = model.fields.iter().map(|field| &*field.name).collect();
    json!({ "type": "array", "items": { "type": "string", "enum": names } })
}

/// The schema of one order or a list of orders.
pub fn order_by(model: Option<&Model>) -> Value {
    const DESCRIPTION: &str =
        "Fields to order by, most important first; - before a name for the largest first";
    let Some(model) = model else {
        return described(json!({ "type": ["string", "array"], "items": { "type": "string" } }), DESCRIPTION);
    };
    let terms: Vec<String> = model
        .fields
        .iter()
        .filter(|field| can_order(&field.kind))
        .flat_map(|field| [field.name.to_string(), format!("-{}", field.name)])
        .collect();
    described(
        json!({ "type": ["string", "array"], "items": { "type": "string", "enum": terms } }),
        DESCRIPTION,
    )
}

/// The schema of conditions: a property for each field, and one pattern for all fields with the same
/// lookups, so that a wide table does not make a long schema.
pub fn filters(model: Option<&Model>) -> Value {
    const DESCRIPTION: &str = "Conditions that must all hold: field (equals) or field__lookup. in takes a list, isnull true or false";
    let Some(model) = model else { return described(json!({ "type": "object" }), DESCRIPTION) };
    let mut by_lookups: Map<String, Value> = Map::new();
    for field in &model.fields {
        let lookups = lookups(&field.kind).collect::<Vec<_>>().join("|");
        let fields = by_lookups.entry(lookups).or_insert_with(|| json!([]));
        if let Value::Array(fields) = fields {
            fields.push(json!(escaped(&field.name)));
        }
    }
    let patterns: Map<String, Value> = by_lookups
        .into_iter()
        .map(|(lookups, fields)| {
            let fields: Vec<&str> =
                fields.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            (format!("^({})__({lookups})$", fields.join("|")), json!({}))
        })
        .collect();
    let mut schema = object(
        model.fields.iter().map(|field| {
            let exact = Field { nullable: true, max_length: None, ..field.clone() };
            (field.name.to_string(), without_description(input(&exact)))
        }),
        &[],
    );
    schema["patternProperties"] = Value::Object(patterns);
    described(schema, DESCRIPTION)
}

fn without_description(mut schema: Value) -> Value {
    if let Value::Object(members) = &mut schema {
        members.shift_remove("description");
    }
    schema
}

/// A name as a regular expression that matches it alone.
fn escaped(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if "\\^$.|?*+()[]{}".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
