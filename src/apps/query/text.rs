//! Filters and keys as an address has them: texts, which become the values that filters and keys are made of.

use serde_json::{Map, Value};

use super::filter;
use super::lookup::Lookup;
use crate::apps::model::{Field, FieldKind, Model};
use crate::error::{Error, Result};

/// The filters of an address: `field=value` and `field__lookup=value`. Lists (`in`, `range`) are given with
/// commas, or by repeating the parameter, where a comma is a character like any other. What is no filter of
/// the model stays a text; the list of records refuses it by name.
pub fn filters(model: &Model, pairs: impl IntoIterator<Item = (String, String)>) -> Map<String, Value> {
    let mut texts: Vec<(String, Vec<String>)> = Vec::new();
    for (key, text) in pairs {
        match texts.iter_mut().find(|(known, _)| *known == key) {
            Some((_, several)) => several.push(text),
            None => texts.push((key, vec![text])),
        }
    }
    let value = |(key, texts): (String, Vec<String>)| {
        let value = filter_value(model, &key, texts);
        (key, value)
    };
    texts.into_iter().map(value).collect()
}

fn filter_value(model: &Model, key: &str, mut texts: Vec<String>) -> Value {
    let Ok((field, lookup)) = filter::resolve(model, key) else {
        return Value::String(texts.join(","));
    };
    match lookup {
        Lookup::In | Lookup::Range => {
            if let [one] = texts.as_slice() {
                texts = one.split(',').map(str::to_owned).collect();
            }
            texts.into_iter().map(|text| value(field, text)).collect()
        }
        _ if texts.len() > 1 => texts.into_iter().map(Value::String).collect(),
        Lookup::Isnull => boolean(texts.remove(0)),
        Lookup::Year => {
            let text = texts.remove(0);
            text.parse::<i64>().map_or(Value::String(text), Value::from)
        }
        Lookup::Exact | Lookup::Gt | Lookup::Gte | Lookup::Lt | Lookup::Lte => value(field, texts.remove(0)),
        _ => Value::String(texts.remove(0)),
    }
}

/// Numbers, dates and the rest are taken as texts, too.
fn value(field: &Field, text: String) -> Value {
    if field.kind == FieldKind::Boolean { boolean(text) } else { Value::String(text) }
}

fn boolean(text: String) -> Value {
    text.parse::<bool>().map_or(Value::String(text), Value::Bool)
}

/// A key whose columns are given as texts, in the order of the primary key.
///
/// # Errors
/// `Invalid` for the field `id` if the number of texts is another.
pub fn key(model: &Model, texts: Vec<String>) -> Result<Value> {
    let fields: Vec<&Field> = model.primary_key.iter().map(|&index| &model.fields[index]).collect();
    if fields.len() != texts.len() {
        let names = fields.iter().map(|field| &*field.name).collect::<Vec<_>>().join(", ");
        let message = match fields.len() {
            0 => "these records have no primary key; they can only be listed".to_owned(),
            1 => format!("expected one value, of {names}"),
            count => format!("expected {count} values with commas between them, of {names}"),
        };
        return Err(Error::invalid("id", message));
    }
    let mut values: Vec<Value> = fields.iter().zip(texts).map(|(field, text)| value(field, text)).collect();
    if values.len() == 1 {
        return Ok(values.remove(0));
    }
    Ok(Value::Object(fields.iter().map(|field| field.name.to_string()).zip(values).collect()))
}
