//! Whether a value conforms to a JSON Schema, for the words that output schemas use.

use serde_json::Value;

/// Words that say nothing about validity.
const ANNOTATIONS: [&str; 5] = ["title", "description", "format", "contentEncoding", "default"];

/// What is wrong with `value`, or nothing.
///
/// # Panics
/// At a word that this does not know.
pub fn problem(schema: &Value, value: &Value) -> Option<String> {
    let Value::Object(words) = schema else {
        return (*schema != true).then(|| format!("{schema} admits nothing"));
    };
    words
        .iter()
        .find_map(|(word, rule)| broken(word, rule, schema, value))
        .map(|what| format!("{what}: {value}"))
}

fn broken(word: &str, rule: &Value, schema: &Value, value: &Value) -> Option<String> {
    match word {
        "type" => {
            let types: Vec<&str> = match rule {
                Value::String(one) => vec![one],
                several => several.as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect(),
            };
            (!types.iter().any(|t| has_type(value, t))).then(|| format!("is no {types:?}"))
        }
        "const" => (value != rule).then(|| format!("is not {rule}")),
        "enum" => (!rule.as_array().unwrap().contains(value)).then(|| format!("is none of {rule}")),
        "anyOf" => {
            let problems: Vec<Option<String>> =
                rule.as_array().unwrap().iter().map(|s| problem(s, value)).collect();
            problems.iter().all(Option::is_some).then(|| format!("fits none: {problems:?}"))
        }
        "allOf" => rule.as_array().unwrap().iter().find_map(|s| problem(s, value)),
        "items" => value.as_array()?.iter().find_map(|item| problem(rule, item)),
        "properties" => {
            let (members, rules) = (value.as_object()?, rule.as_object()?);
            members.iter().find_map(|(key, member)| {
                problem(rules.get(key)?, member).map(|what| format!("{key}: {what}"))
            })
        }
        "additionalProperties" => {
            assert_eq!(*rule, false, "only closed objects are known here");
            let (members, known) = (value.as_object()?, &schema["properties"]);
            let extra = members.keys().find(|key| known.get(key.as_str()).is_none())?;
            Some(format!("has {extra}"))
        }
        "required" => {
            let members = value.as_object()?;
            let names = rule.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
            names.filter(|name| !members.contains_key(*name)).map(|name| format!("lacks {name}")).next()
        }
        "minimum" => (value.as_f64()? < rule.as_f64().unwrap()).then(|| format!("is below {rule}")),
        annotation => {
            assert!(ANNOTATIONS.contains(&annotation), "unknown word {annotation} in {schema}");
            None
        }
    }
}

fn has_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("unknown type {other}"),
    }
}

#[test]
fn the_checker_finds_what_does_not_conform() {
    use serde_json::json;
    let schema = json!({
        "type": "object", "additionalProperties": false, "required": ["a"],
        "properties": {"a": {"type": ["integer", "null"]}, "b": {"type": "array", "items": {"const": 1}}},
    });
    for (value, conforms) in [
        (json!({"a": null, "b": [1, 1]}), true),
        (json!({"a": 1.5}), false),
        (json!({"a": 1, "b": [2]}), false),
        (json!({"a": 1, "c": 2}), false),
        (json!({}), false),
        (json!([]), false),
    ] {
        assert_eq!(problem(&schema, &value).is_none(), conforms, "{value}");
        assert_eq!(problem(&json!({"anyOf": [schema, {"const": 0}]}), &value).is_none(), conforms, "{value}");
    }
}
