//! Reading and writing records. Every function takes a connection of the model's app and blocks.

mod aggregate;
mod cascade;
mod cell;
mod delete;
mod fault;
mod input;
mod key;
mod label;
mod list;
mod many;
mod read;
mod related;
mod version;
mod write;

use std::sync::Arc;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::model::Model;

pub use aggregate::{Aggregates, Group, aggregate};
pub use delete::{delete, delete_many, keeps};
pub use input::check_value;
pub use key::{logged_id, of as key_of};
pub use label::{display, label_fields, object_id, placeholders};
pub use list::{list, next};
pub use many::create_many;
pub use read::{fields, get};
pub use related::{RelatedPage, related, related_count, related_page, related_whole};
pub use version::{
    ETAG, Row, current_version, has_etag, require_version, short as short_digest, take_etag, version,
};
pub use write::{create, update};

/// One row, or the asked columns of it. Serialises as a JSON object in column order.
#[derive(Debug, Clone)]
pub struct Record {
    /// Column names, shared by all rows of an answer.
    pub names: Arc<[Arc<str>]>,
    /// Values in the same order.
    pub cells: Vec<Cell>,
}

/// One value as JSON shows it.
#[derive(Debug, Clone)]
pub enum Cell {
    /// NULL
    Null,
    /// true or false
    Bool(bool),
    /// Within ±2⁵³
    Integer(i64),
    /// Finite; NaN and infinities are texts
    Float(f64),
    /// Everything that is a JSON string
    Text(String),
    /// JSON columns and arrays, verbatim
    Json(Box<serde_json::value::RawValue>),
}

/// What an update did.
#[derive(Debug)]
pub struct Change {
    /// The row before.
    pub before: Record,
    /// The row after.
    pub after: Record,
}

/// What a deletion did.
#[derive(Debug)]
pub struct Deletion {
    /// The row that is gone.
    pub record: Record,
    /// What went or changed with it.
    pub cascaded: Vec<Cascade>,
}

/// Rows of another model that a deletion takes along.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Cascade {
    /// `blog.comment`
    pub model: String,
    /// `deleted`, `unlinked` (set to NULL or default, or no longer joined)
    pub effect: &'static str,
    /// How many rows.
    pub count: u64,
}

impl Record {
    /// The value of a column, if it is in here.
    pub fn get(&self, column: &str) -> Option<&Cell> {
        self.names.iter().position(|name| **name == *column).and_then(|at| self.cells.get(at))
    }

    /// These fields of its model, in that order, as far as they are in here.
    #[must_use]
    pub fn only(&self, fields: &[usize], model: &Model) -> Self {
        let column = |index: &usize| self.names.iter().position(|name| *name == model.fields[*index].name);
        let columns: Vec<usize> = fields.iter().filter_map(column).collect();
        Self {
            names: columns.iter().map(|&at| Arc::clone(&self.names[at])).collect(),
            cells: columns.iter().map(|&at| self.cells[at].clone()).collect(),
        }
    }

    /// As a JSON object.
    pub fn to_value(&self) -> serde_json::Value {
        self.to_map().into()
    }

    /// The values by column name.
    pub fn to_map(&self) -> serde_json::Map<String, serde_json::Value> {
        let pairs = self.names.iter().zip(&self.cells);
        pairs.map(|(name, cell)| (name.to_string(), cell.to_value())).collect()
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.cells.len()))?;
        for (name, cell) in self.names.iter().zip(&self.cells) {
            map.serialize_entry(&**name, cell)?;
        }
        map.end()
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(b) => serializer.serialize_bool(*b),
            Self::Integer(n) => serializer.serialize_i64(*n),
            Self::Float(n) => serializer.serialize_f64(*n),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Json(json) => json.serialize(serializer),
        }
    }
}
