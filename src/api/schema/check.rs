//! Checking a JSON value against a schema. Everything that is wrong is found at once, each by the path of
//! its field: `expires_at`, `items.2.name`.

use serde_json::{Map, Value};

use super::Shape;
use crate::clock::UtcTime;
use crate::error::{Error, FieldError, Result};

impl Shape {
    /// Checks a value. `NUL` is refused in any text: PostgreSQL cannot store one, and both databases shall
    /// behave alike.
    ///
    /// # Errors
    /// `Invalid` with every wrong field; the field of the value itself is `body`.
    pub fn check(&self, value: &Value) -> Result<()> {
        let mut checking = Checking { shape: self, errors: Vec::new() };
        checking.value(value, &self.schema, "");
        if checking.errors.is_empty() { Ok(()) } else { Err(Error::Invalid(checking.errors)) }
    }

    /// The schema of a member of this object, references followed.
    pub fn property(&self, name: &str) -> Option<&Value> {
        self.schema["properties"].get(name).map(|schema| self.resolve(schema))
    }

    /// The type of a schema as one word, whether it may be null or not: `integer`, `array`, …
    pub fn kind<'a>(&'a self, schema: &'a Value) -> &'a str {
        let schema = self.resolve(schema);
        let types = &schema["type"];
        let not_null = |kind: &&str| *kind != "null";
        if let Some(kind) = types.as_str().filter(not_null) {
            return kind;
        }
        if let Some(types) = types.as_array() {
            return types.iter().filter_map(Value::as_str).find(not_null).unwrap_or_default();
        }
        alternatives(schema).map(|one| self.kind(one)).find(|kind| !kind.is_empty()).unwrap_or_default()
    }
}

fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    ["oneOf", "anyOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten()
}

struct Checking<'a> {
    shape: &'a Shape,
    errors: Vec<FieldError>,
}

impl<'a> Checking<'a> {
    fn refuse(&mut self, field: &str, message: impl Into<String>) {
        let field = if field.is_empty() { "body" } else { field };
        self.errors.push(FieldError::new(field.replace('\0', "\u{fffd}"), message));
    }

    fn value(&mut self, value: &Value, schema: &'a Value, field: &str) {
        let schema = self.shape.resolve(schema);
        if alternatives(schema).next().is_some() {
            return self.one_of(value, schema, field);
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.value(value, part, field);
        }
        if !is_of_type(value, &schema["type"]) {
            return self.refuse(field, format!("must be {}", type_name(schema)));
        }
        if let Some(allowed) = schema["enum"].as_array()
            && !allowed.contains(value)
        {
            let allowed: Vec<_> = allowed.iter().map(|one| one.as_str().unwrap_or("null")).collect();
            return self.refuse(field, format!("must be one of {}", allowed.join(", ")));
        }
        match value {
            Value::String(text) => self.text(text, schema, field),
            Value::Number(_) => self.number(value, schema, field),
            Value::Array(items) => self.array(items, schema, field),
            Value::Object(members) => self.object(members, schema, field),
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// The alternatives of a value that may be null are null and one other: the other explains itself.
    fn one_of(&mut self, value: &Value, schema: &'a Value, field: &str) {
        let mut explained = Vec::new();
        for alternative in alternatives(schema) {
            let mut attempt = Checking { shape: self.shape, errors: Vec::new() };
            attempt.value(value, alternative, field);
            if attempt.errors.is_empty() {
                return;
            }
            if self.shape.resolve(alternative)["type"] != "null" {
                explained.push(attempt.errors);
            }
        }
        match explained.as_mut_slice() {
            [only] => self.errors.append(only),
            _ => self.refuse(field, "has none of the forms that are taken here"),
        }
    }

    fn text(&mut self, text: &str, schema: &Value, field: &str) {
        if text.contains('\0') {
            return self.refuse(field, "must not contain a NUL character");
        }
        let length = text.chars().count() as u64;
        if schema["minLength"].as_u64().is_some_and(|least| length < least) {
            self.refuse(field, "must not be empty");
        }
        if let Some(most) = schema["maxLength"].as_u64().filter(|most| length > *most) {
            self.refuse(field, format!("use at most {most} characters"));
        }
        if schema["format"] == "date-time" && UtcTime::parse_rfc3339(text).is_none() {
            self.refuse(field, "must be an RFC 3339 time such as 2026-11-23T12:00:00Z");
        }
    }

    fn number(&mut self, value: &Value, schema: &Value, field: &str) {
        let number = value.as_f64().unwrap_or(f64::NAN);
        let (least, most) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
        let too_small = least.is_some_and(|least| number < least);
        let too_large = most.is_some_and(|most| number > most);
        match (least, most) {
            (Some(least), Some(most)) if too_small || too_large => {
                self.refuse(field, format!("must be between {least} and {most}"));
            }
            (Some(least), _) if too_small => self.refuse(field, format!("must be at least {least}")),
            (_, Some(most)) if too_large => self.refuse(field, format!("must be at most {most}")),
            _ => {}
        }
    }

    fn array(&mut self, items: &[Value], schema: &'a Value, field: &str) {
        let count = items.len() as u64;
        if schema["minItems"].as_u64().is_some_and(|least| count < least) {
            self.refuse(field, "must not be empty");
        }
        if let Some(most) = schema["maxItems"].as_u64().filter(|most| count > *most) {
            return self.refuse(field, format!("takes at most {most} items"));
        }
        if let Some(of_items) = schema.get("items") {
            for (index, item) in items.iter().enumerate() {
                self.value(item, of_items, &join(field, &index.to_string()));
            }
        }
    }

    fn object(&mut self, members: &Map<String, Value>, schema: &'a Value, field: &str) {
        let known = schema["properties"].as_object();
        for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(required) {
                self.refuse(&join(field, required), "is required");
            }
        }
        for (name, value) in members {
            let here = join(field, name);
            match (known.and_then(|known| known.get(name)), &schema["additionalProperties"]) {
                _ if name.contains('\0') => self.refuse(&here, "must not contain a NUL character"),
                (Some(of_member), _) => self.value(value, of_member, &here),
                (None, Value::Bool(false)) => self.refuse(&here, unknown(known)),
                (None, of_others @ Value::Object(_)) => self.value(value, of_others, &here),
                (None, _) => self.free(value, &here),
            }
        }
    }

    /// What has no schema has only to be free of NUL.
    fn free(&mut self, value: &Value, field: &str) {
        match value {
            Value::String(text) if text.contains('\0') => {
                self.refuse(field, "must not contain a NUL character");
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(i, item)| self.free(item, &join(field, &i.to_string())));
            }
            Value::Object(members) => {
                for (name, value) in members {
                    let here = join(field, name);
                    if name.contains('\0') {
                        self.refuse(&here, "must not contain a NUL character");
                    }
                    self.free(value, &here);
                }
            }
            _ => {}
        }
    }
}

fn unknown(known: Option<&Map<String, Value>>) -> String {
    let names: Vec<&str> = known.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        return "is not known here".into();
    }
    format!("is not known here; there are {}", names.join(", "))
}

fn join(field: &str, name: &str) -> String {
    if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") }
}

fn is_of_type(value: &Value, types: &Value) -> bool {
    match types {
        Value::String(one) => is_a(value, one),
        Value::Array(several) => several.iter().filter_map(Value::as_str).any(|one| is_a(value, one)),
        _ => true,
    }
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.as_i64().is_some(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => false,
    }
}

fn type_name(schema: &Value) -> String {
    let name = |kind: &str| match kind {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "an object",
        _ => "null",
    };
    match &schema["type"] {
        Value::String(one) => name(one).into(),
        Value::Array(several) => {
            several.iter().filter_map(Value::as_str).map(name).collect::<Vec<_>>().join(" or ")
        }
        _ => "something else".into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use utoipa::ToSchema;

    use super::*;

    #[derive(serde::Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Example {
        #[schema(min_length = 1, max_length = 5)]
        name: String,
        expires_at: Option<UtcTime>,
        #[schema(minimum = 1, maximum = 200)]
        limit: Option<i64>,
        items: Option<Vec<Item>>,
        kind: Option<Kind>,
    }

    #[derive(serde::Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Item {
        id: crate::db::TokenId,
    }

    #[derive(serde::Deserialize, ToSchema)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Large,
        Small,
    }

    fn errors(value: &Value) -> Vec<String> {
        match Shape::of::<Example>().check(value) {
            Ok(()) => Vec::new(),
            Err(Error::Invalid(errors)) => {
                errors.into_iter().map(|e| format!("{}: {}", e.field, e.message)).collect()
            }
            Err(other) => vec![other.to_string()],
        }
    }

    #[test]
    fn what_fits_is_taken() {
        assert_eq!(errors(&json!({"name": "x"})), [""; 0]);
        let all =
            json!({"name": "x", "expires_at": null, "limit": 200, "items": [{"id": 7}], "kind": "large"});
        assert_eq!(errors(&all), [""; 0]);
        assert_eq!(errors(&json!({"name": "x", "expires_at": "2026-11-23T12:00:00Z"})), [""; 0]);
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let value = json!({
            "name": "", "expires_at": "soon", "limit": 201, "items": [{"id": 0}, {"id": "x", "y": 1}, 3],
            "kind": "tiny", "nam": "x"
        });
        assert_eq!(
            errors(&value),
            [
                "name: must not be empty",
                "expires_at: must be an RFC 3339 time such as 2026-11-23T12:00:00Z",
                "limit: must be between 1 and 200",
                "items.0.id: must be at least 1",
                "items.1.id: must be a whole number",
                "items.1.y: is not known here; there are id",
                "items.2: must be an object",
                "kind: must be one of large, small",
                "nam: is not known here; there are expires_at, items, kind, limit, name",
            ]
        );
        assert_eq!(errors(&json!([])), ["body: must be an object"]);
        assert_eq!(errors(&json!({})), ["name: is required"]);
    }

    #[test]
    fn r44_nul_is_refused_by_field() {
        assert_eq!(errors(&json!({"name": "a\0b"})), ["name: must not contain a NUL character"]);
        assert_eq!(errors(&json!({"name": "a", "x\0": 1})), ["x\u{fffd}: must not contain a NUL character"]);
    }
}
