//! Schemas as every client understands them. Some map a schema to one type a node: a list of types becomes
//! branches of `anyOf`, and a schema that admits anything says so in them.

use serde_json::{Map, Value, json};

/// Members whose value is a map of schemas.
const MAPS: [&str; 4] = ["properties", "patternProperties", "$defs", "dependentSchemas"];
/// Members whose value is a list of schemas.
const LISTS: [&str; 4] = ["anyOf", "allOf", "oneOf", "prefixItems"];
/// Members whose value is a schema.
const SINGLE: [&str; 4] = ["items", "additionalProperties", "not", "contains"];
/// Members of which one is enough to say something about a value.
const SAYING: [&str; 6] = ["type", "enum", "const", "$ref", "required", "if"];

/// The members that mean something for one type only.
fn of_type(name: &str) -> &'static [&'static str] {
    match name {
        "string" => &["minLength", "maxLength", "pattern", "format", "contentEncoding"],
        "number" | "integer" => &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
        "array" => &["items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems"],
        "object" => &["properties", "patternProperties", "additionalProperties", "required"],
        _ => &[],
    }
}

/// The same schema with one type a node.
pub fn portable(schema: Value) -> Value {
    let Value::Object(mut schema) = schema else { return schema };
    for (name, member) in &mut schema {
        let name = name.as_str();
        match member {
            Value::Object(map) if MAPS.contains(&name) => map.values_mut().for_each(replace),
            Value::Array(list) if LISTS.contains(&name) => list.iter_mut().for_each(replace),
            single @ Value::Object(_) if SINGLE.contains(&name) => replace(single),
            _ => {}
        }
    }
    let says_nothing =
        ![&SAYING[..], &MAPS, &LISTS, &SINGLE].concat().iter().any(|k| schema.contains_key(*k));
    if says_nothing {
        schema.insert("type".into(), json!(["string", "number", "boolean", "object", "array", "null"]));
    }
    if !schema.contains_key("anyOf")
        && let Some(types) = schema.get("type").and_then(Value::as_array).cloned()
    {
        split(&mut schema, types.iter().filter_map(Value::as_str));
    }
    Value::Object(schema)
}

fn replace(schema: &mut Value) {
    *schema = portable(schema.take());
}

/// Makes a branch for each type, in the place of the list of types.
fn split<'a>(schema: &mut Map<String, Value>, types: impl Iterator<Item = &'a str>) {
    let choices = schema.shift_remove("enum");
    let mut taken = Vec::new();
    let mut branches = Vec::new();
    for name in types {
        let mut branch = Map::from_iter([("type".to_owned(), json!(name))]);
        if let Some(choices) = &choices {
            let fitting: Vec<&Value> =
                choices.as_array().into_iter().flatten().filter(|choice| has_type(choice, name)).collect();
            if fitting.is_empty() {
                continue;
            }
            branch.insert("enum".into(), json!(fitting));
        }
        for key in of_type(name) {
            if let Some(value) = schema.get(*key) {
                branch.insert((*key).to_owned(), value.clone());
                taken.push(*key);
            }
        }
        branches.push(Value::Object(branch));
    }
    for key in taken {
        schema.shift_remove(key);
    }
    let rest = std::mem::take(schema);
    schema.insert("anyOf".into(), Value::Array(branches));
    schema.extend(rest.into_iter().filter(|(name, _)| name != "type"));
}

fn has_type(value: &Value, name: &str) -> bool {
    match value {
        Value::Null => name == "null",
        Value::Bool(_) => name == "boolean",
        Value::Number(n) => name == "number" || name == "integer" && !n.is_f64(),
        Value::String(_) => name == "string",
        Value::Array(_) => name == "array",
        Value::Object(_) => name == "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_has_one_type_and_keeps_its_meaning() {
        for (schema, expected) in [
            (
                json!({ "type": ["string", "null"], "maxLength": 3, "description": "d" }),
                json!({ "anyOf": [{ "type": "string", "maxLength": 3 }, { "type": "null" }], "description": "d" }),
            ),
            (
                json!({ "type": ["string", "null"], "enum": ["a", null] }),
                json!({ "anyOf": [{ "type": "string", "enum": ["a"] }, { "type": "null", "enum": [null] }] }),
            ),
            (
                json!({ "type": ["string", "array"], "items": { "type": ["integer", "string"] } }),
                json!({ "anyOf": [
                    { "type": "string" },
                    { "type": "array", "items": { "anyOf": [{ "type": "integer" }, { "type": "string" }] } },
                ] }),
            ),
            // A property that is called "type" is no type.
            (
                json!({ "type": "object", "properties": { "type": { "type": "string" } } }),
                json!({ "type": "object", "properties": { "type": { "type": "string" } } }),
            ),
        ] {
            assert_eq!(portable(schema), expected);
        }
    }

    #[test]
    fn what_admits_anything_says_so() {
        let any = portable(json!({ "description": "Any JSON" }));
        assert_eq!(any["anyOf"].as_array().unwrap().len(), 6);
        assert_eq!(any["description"], "Any JSON");
        let inside = portable(json!({ "type": "object", "properties": { "x": {} } }));
        assert_eq!(inside["properties"]["x"]["anyOf"].as_array().unwrap().len(), 6);
    }
}
