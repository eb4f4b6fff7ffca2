//! The key of a record as a part of an address of the admin: as in the other doors, but for keys that would
//! be taken for a page of the model or for a part that browsers drop. Those get a `~` in front, and so does
//! what begins with one.

use serde_json::Value;

use crate::apps::Model;
use crate::apps::record::Record;
use crate::error::Result;
use crate::services::records::{Named, escape, key_in_path, path_of_key};

/// Parts that are no keys below a model.
const RESERVED: [&str; 7] = ["", ".", "..", "new", "options", "action", "records.csv"];

/// A part of an address, escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordKey(String);

impl RecordKey {
    /// Of a record; `None` where it has no key.
    pub fn of(model: &Model, record: &Record) -> Option<Self> {
        path_of_key(model, record).map(Self::new)
    }

    /// Of something to point at.
    pub fn named(named: &Named) -> Option<Self> {
        named.path.clone().map(Self::new)
    }

    fn new(part: String) -> Self {
        if part.starts_with('~') || RESERVED.contains(&part.as_str()) {
            return Self(format!("~{part}"));
        }
        Self(part)
    }

    /// The key that a part of an address stands for.
    ///
    /// # Errors
    /// `Invalid` for the field `id`.
    pub fn read(model: &Model, part: &str) -> Result<Value> {
        key_in_path(model, part.strip_prefix('~').unwrap_or(part))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text of a key of one column.
impl From<&str> for RecordKey {
    fn from(text: &str) -> Self {
        Self::new(escape(text))
    }
}

impl From<&String> for RecordKey {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<&Self> for RecordKey {
    fn from(key: &Self) -> Self {
        key.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_look_like_pages_are_told_apart() {
        let part = |text: &str| RecordKey::from(text).as_str().to_owned();
        assert_eq!(["new", "", "..", "~x", "News"].map(part), ["~new", "~", "~..", "~~x", "News"]);
        assert_eq!(part("a/b,c"), "a%2Fb%2Cc");
    }
}
