//! Reading a tool's arguments. Every wrong one is collected, so that a client can mend all at once.

use serde_json::{Map, Value};

use crate::error::{Error, FieldError, Result};

/// The arguments of a call that were not read yet, and what was wrong with those that were.
#[derive(Debug)]
pub struct Arguments {
    values: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Arguments {
    /// Takes the arguments of a call. A NUL character is refused wherever it is: PostgreSQL cannot store
    /// one, and both databases shall behave alike.
    pub fn new(values: Map<String, Value>) -> Self {
        let mut errors = Vec::new();
        find_nul("", &mut values.iter().map(|(k, v)| (k.as_str(), v)), &mut errors);
        Self { values, errors }
    }

    /// What was not read yet.
    pub fn rest(&self) -> &Map<String, Value> {
        &self.values
    }

    /// Adds an argument, or gives it another value.
    pub fn set(&mut self, name: &str, value: Value) {
        self.values.insert(name.to_owned(), value);
    }

    /// Notes that something is wrong.
    pub fn refuse(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(field, message));
    }

    /// Notes what an error says of fields.
    pub fn refuse_all(&mut self, error: Error) {
        if let Error::Invalid(errors) = error {
            self.errors.extend(errors);
        }
    }

    /// An argument as it is; `None` if it is absent or null.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.values.shift_remove(name).filter(|value| !value.is_null())
    }

    /// A whole number of at least `least`.
    pub fn take_count(&mut self, name: &str, least: u64) -> Option<u64> {
        let value = self.take(name)?;
        let count = value.as_u64().filter(|n| *n >= least && i64::try_from(*n).is_ok());
        if count.is_none() {
            self.refuse(name, format!("must be a whole number of at least {least}"));
        }
        count
    }

    /// A text.
    pub fn take_text(&mut self, name: &str) -> Option<String> {
        let text = into_text(self.take(name)?);
        if text.is_none() {
            self.refuse(name, "must be a text");
        }
        text
    }

    /// An object.
    pub fn take_object(&mut self, name: &str) -> Option<Map<String, Value>> {
        if let Value::Object(object) = self.take(name)? {
            return Some(object);
        }
        self.refuse(name, "must be an object");
        None
    }

    /// An object that has to be there.
    pub fn require_object(&mut self, name: &str) -> Map<String, Value> {
        if self.values.get(name).is_none_or(Value::is_null) {
            self.refuse(name, "is required");
        }
        self.take_object(name).unwrap_or_default()
    }

    /// A value that has to be there.
    pub fn require(&mut self, name: &str) -> Value {
        self.take(name).unwrap_or_else(|| {
            self.refuse(name, "is required");
            Value::Null
        })
    }

    /// One name or a list of names.
    pub fn take_names(&mut self, name: &str) -> Option<Vec<String>> {
        let names = match self.take(name)? {
            Value::String(text) => Some(vec![text]),
            Value::Array(items) => items.into_iter().map(into_text).collect(),
            _ => None,
        };
        if names.is_none() {
            self.refuse(name, "must be a name or a list of names");
        }
        names
    }

    /// `true` or `false`, if it is there.
    pub fn take_switch(&mut self, name: &str) -> Option<bool> {
        let flag = self.take(name)?.as_bool();
        if flag.is_none() {
            self.refuse(name, "must be true or false");
        }
        flag
    }

    /// `true` or `false`; `false` if it is absent.
    pub fn take_flag(&mut self, name: &str) -> bool {
        self.take_switch(name).unwrap_or(false)
    }

    /// A list that has to be there, with at least one item and at most `most`.
    pub fn take_items(&mut self, name: &str, most: usize) -> Vec<Value> {
        match self.require_list(name) {
            Some(items) if items.is_empty() => self.refuse(name, "must have at least one item"),
            Some(items) if items.len() > most => {
                self.refuse(name, format!("has {} items, at most {most} are allowed", items.len()));
            }
            Some(items) => return items,
            None => {}
        }
        Vec::new()
    }

    fn require_list(&mut self, name: &str) -> Option<Vec<Value>> {
        match self.take(name) {
            Some(Value::Array(items)) => return Some(items),
            Some(_) => self.refuse(name, "must be a list"),
            None => self.refuse(name, "is required"),
        }
        None
    }

    /// Whether something is wrong so far.
    pub fn are_wrong(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Ends the reading: what is left over is not an argument of this tool.
    ///
    /// # Errors
    /// `Invalid` with everything that was wrong.
    pub fn finish(mut self, known: &[&str]) -> Result<()> {
        for name in self.values.keys() {
            if !known.contains(&name.as_str()) {
                let message = format!("is not an argument of this tool; it takes {}", listing(known));
                self.errors.push(FieldError::new(name, message));
            }
        }
        if self.errors.is_empty() { Ok(()) } else { Err(Error::Invalid(self.errors)) }
    }
}

fn listing(known: &[&str]) -> String {
    if known.is_empty() { "none".into() } else { known.join(", ") }
}

fn into_text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn find_nul<'a>(
    path: &str,
    members: &mut dyn Iterator<Item = (&'a str, &'a Value)>,
    errors: &mut Vec<FieldError>,
) {
    for (key, value) in members {
        let here = || if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        let is_nul = match value {
            Value::String(text) => text.contains('\0'),
            Value::Array(items) => {
                find_nul(&here(), &mut items.iter().map(|v| ("item", v)), errors);
                false
            }
            Value::Object(object) => {
                find_nul(&here(), &mut object.iter().map(|(k, v)| (k.as_str(), v)), errors);
                false
            }
            _ => false,
        };
        if is_nul || key.contains('\0') {
            errors
                .push(FieldError::new(here().replace('\0', "\u{fffd}"), "must not contain a NUL character"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Arguments {
        let Value::Object(map) = value else { panic!("an object") };
        Arguments::new(map)
    }

    fn fields(result: Result<()>) -> Vec<String> {
        match result {
            Err(Error::Invalid(errors)) => errors.into_iter().map(|e| e.field).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn every_wrong_argument_is_named_at_once() {
        let mut arguments =
            read(json!({"limit": "ten", "search": 7, "filters": [], "order_by": [1], "offsett": 3}));
        arguments.take_count("limit", 1);
        arguments.take_text("search");
        arguments.take_object("filters");
        arguments.take_names("order_by");
        let known = ["limit", "search", "filters", "order_by", "offset"];
        assert_eq!(fields(arguments.finish(&known)), ["limit", "search", "filters", "order_by", "offsett"]);
    }

    #[test]
    fn r45_counts_are_bounded() {
        for wrong in [json!(0), json!(-1), json!(1.5), json!("1"), json!(9_223_372_036_854_775_808_u64)] {
            let mut arguments = read(json!({ "limit": wrong }));
            assert_eq!(arguments.take_count("limit", 1), None, "{wrong}");
            assert!(arguments.are_wrong(), "{wrong}");
        }
        let mut arguments = read(json!({"limit": 1_000_000_000, "offset": null}));
        assert_eq!(arguments.take_count("limit", 1), Some(1_000_000_000));
        assert_eq!(arguments.take_count("offset", 0), None);
        assert!(!arguments.are_wrong());
    }

    #[test]
    fn r44_nul_characters_are_refused_wherever_they_are() {
        let mut arguments = read(json!({"data": {"title": "a\0b", "tags": ["x", "\0"]}, "id": "\0"}));
        arguments.take("data");
        arguments.take("id");
        assert_eq!(fields(arguments.finish(&["data", "id"])), ["data.title", "data.tags.item", "id"]);
    }

    #[test]
    fn names_come_alone_or_as_a_list() {
        let mut arguments = read(json!({"a": "x", "b": ["x", "y"], "c": []}));
        assert_eq!(arguments.take_names("a").unwrap(), ["x"]);
        assert_eq!(arguments.take_names("b").unwrap(), ["x", "y"]);
        assert!(arguments.take_names("c").unwrap().is_empty());
        assert!(arguments.finish(&[]).is_ok());
    }
}
