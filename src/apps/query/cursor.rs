//! Where a page begins, as a text that means nothing to clients and can be kept by them.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::ListQuery;
use crate::apps::model::{Model, OrderTerm};
use crate::db::dialect::value::DbValue;
use crate::error::{Error, Result};

/// Values that are longer than this together are not carried about; the row is looked up again instead.
const LONGEST: usize = 600;

/// A place in one list. As a text it is made by `to_string` and read by [`Cursor::parse`]; both hold for the
/// list that gave it out, and no secret is in it: the values are those of a row that the client was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    #[serde(rename = "l")]
    list: u64,
    /// The page ends here instead of beginning here.
    #[serde(rename = "b", default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::apps) backward: bool,
    #[serde(rename = "p")]
    pub(in crate::apps) place: Place,
}

/// A place in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// So many rows are before it; for rows that nothing tells apart.
    #[serde(rename = "o")]
    Offset(u64),
    /// At the row that has these values in the order of the list.
    #[serde(rename = "k")]
    Key(Vec<Mark>),
    /// At the row with this primary key.
    #[serde(rename = "r")]
    Row(Vec<Mark>),
}

/// One value of a place, exactly as the database has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    #[serde(rename = "n")]
    Null,
    #[serde(rename = "b")]
    Bool(bool),
    #[serde(rename = "i")]
    Integer(i64),
    /// The bits, so that nothing is rounded.
    #[serde(rename = "f")]
    Float(u64),
    #[serde(rename = "t")]
    Text(String),
    /// Base64.
    #[serde(rename = "x")]
    Bytes(String),
}

impl Cursor {
    /// A place in the list that `list` tells from others.
    pub(in crate::apps) fn new(list: u64, backward: bool, place: Place) -> Self {
        Self { list, backward, place }
    }

    /// Reads what `to_string` wrote.
    ///
    /// # Errors
    /// `Invalid` for the field `cursor`.
    pub fn parse(text: &str) -> Result<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| unknown())?;
        serde_json::from_slice(&bytes).map_err(|_| unknown())
    }

    /// Insists that it is a place in the list that `list` tells from others.
    ///
    /// # Errors
    /// `Invalid` for the field `cursor`.
    pub(in crate::apps) fn require(&self, list: u64) -> Result<()> {
        if self.list == list {
            return Ok(());
        }
        let message = "belongs to another list: it holds for the same model, filters, search and order only; \
                       begin with the first page";
        Err(Error::invalid("cursor", message))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(self).map_err(|_| fmt::Error)?;
        f.write_str(&URL_SAFE_NO_PAD.encode(json))
    }
}

impl Place {
    /// The place of a row: by its values in the order of the list, or by its key where those are long.
    pub fn of_row(order: Vec<DbValue>, key: impl FnOnce(&[DbValue]) -> Vec<DbValue>) -> Self {
        let length = |value: &DbValue| match value {
            DbValue::Text(text) => text.len(),
            DbValue::Bytes(bytes) => bytes.len(),
            _ => 0,
        };
        let marks = |values: Vec<DbValue>| values.into_iter().map(Mark::from).collect();
        if order.iter().map(length).sum::<usize>() <= LONGEST {
            return Self::Key(marks(order));
        }
        Self::Row(marks(key(&order)))
    }
}

impl From<DbValue> for Mark {
    fn from(value: DbValue) -> Self {
        match value {
            DbValue::Null => Self::Null,
            DbValue::Bool(b) => Self::Bool(b),
            DbValue::Integer(n) => Self::Integer(n),
            DbValue::Float(n) => Self::Float(n.to_bits()),
            DbValue::Text(text) => Self::Text(text),
            DbValue::Bytes(bytes) => Self::Bytes(STANDARD.encode(bytes)),
        }
    }
}

impl Mark {
    /// The value of the database.
    ///
    /// # Errors
    /// `Invalid` for the field `cursor` if nothing that we gave out looks so.
    pub fn into_value(self) -> Result<DbValue> {
        Ok(match self {
            Self::Null => DbValue::Null,
            Self::Bool(b) => DbValue::Bool(b),
            Self::Integer(n) => DbValue::Integer(n),
            Self::Float(bits) => match f64::from_bits(bits) {
                nan if nan.is_nan() => return Err(unknown()),
                number => DbValue::Float(number),
            },
            Self::Text(text) if text.contains('\0') => return Err(unknown()),
            Self::Text(text) => DbValue::Text(text),
            Self::Bytes(text) => DbValue::Bytes(STANDARD.decode(text).map_err(|_| unknown())?),
        })
    }
}

/// The error for a text that is none of ours.
pub fn unknown() -> Error {
    Error::invalid("cursor", "is not a cursor that a list gave out; begin with the first page")
}

/// Tells a list from others: what is in it, and in which order. `scope` is what its rows have in common
/// beside the filters.
pub fn fingerprint(model: &Model, query: &ListQuery, order: &[OrderTerm], scope: &str) -> u64 {
    let filters: BTreeMap<_, _> = query.filters.iter().collect();
    let order: Vec<(&str, bool)> =
        order.iter().map(|term| (&*model.fields[term.field].name, term.descending)).collect();
    let words: Vec<&str> = query.search.iter().flat_map(|text| text.split_whitespace()).collect();
    let text = json!([model.label(), scope, filters, words, order]).to_string();
    let digest = Sha256::digest(text);
    digest[..8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_value() -> impl Strategy<Value = DbValue> {
        prop_oneof![
            Just(DbValue::Null),
            any::<bool>().prop_map(DbValue::Bool),
            any::<i64>().prop_map(DbValue::Integer),
            any::<f64>().prop_filter("NaN is stored as NULL", |n| !n.is_nan()).prop_map(DbValue::Float),
            "[^\\x00]{0,20}".prop_map(DbValue::Text),
            prop::collection::vec(any::<u8>(), 0..20).prop_map(DbValue::Bytes),
        ]
    }

    proptest! {
        #[test]
        fn a_cursor_carries_values_exactly(values in prop::collection::vec(any_value(), 1..5), list in any::<u64>()) {
            let cursor = Cursor::new(list, true, Place::of_row(values.clone(), <[DbValue]>::to_vec));
            let read = Cursor::parse(&cursor.to_string()).unwrap();
            prop_assert_eq!(&read, &cursor);
            let Place::Key(marks) = read.place else { panic!("no key") };
            let back: Vec<DbValue> = marks.into_iter().map(|mark| mark.into_value().unwrap()).collect();
            prop_assert_eq!(back, values);
        }

        #[test]
        fn r57_any_text_is_a_cursor_or_refused(text in any::<String>(), bytes in any::<Vec<u8>>()) {
            for text in [text, URL_SAFE_NO_PAD.encode(bytes)] {
                prop_assert!(Cursor::parse(&text).is_ok_and(|c| c.require(7).is_ok() == (c.list == 7))
                    || matches!(Cursor::parse(&text), Err(Error::Invalid(e)) if e[0].field == "cursor"));
            }
        }
    }

    #[test]
    fn long_values_are_not_carried() {
        let long = DbValue::Text("x".repeat(LONGEST + 1));
        let place = Place::of_row(vec![long, DbValue::Integer(7)], |order| vec![order[1].clone()]);
        assert_eq!(place, Place::Row(vec![Mark::Integer(7)]));
    }
}
