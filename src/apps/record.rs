//! Reading and writing records. Every function takes a connection of the model's app and blocks.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::model::{Catalog, Model};
use super::query::{ListQuery, Page};
use crate::db::{DbConnection, Tx};
use crate::error::{Error, Result};

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
#[derive(Debug, Clone, serde::Serialize)]
pub struct Cascade {
    /// `blog.comment`
    pub model: String,
    /// `deleted`, `unlinked` (set to NULL or default)
    pub effect: &'static str,
    /// How many rows.
    pub count: u64,
}

/// Lists records.
///
/// # Errors
/// `Invalid` naming each unknown filter, lookup, ordering or field with what is allowed, or the filter
/// whose value does not fit; `Unavailable`; `Internal`.
pub fn list(
    _conn: &mut DbConnection,
    _catalog: &Catalog,
    _model: &Model,
    _query: &ListQuery,
) -> Result<Page> {
    Err(Error::internal("placeholder"))
}

/// One record with all its visible fields, by primary key: an integer or string, or an object of columns
/// for a composite key.
///
/// # Errors
/// `Invalid` for an id that cannot be one; `NotFound`; database faults.
pub fn get(_conn: &mut DbConnection, _model: &Model, _id: &Value) -> Result<Record> {
    Err(Error::internal("placeholder"))
}

/// Related records of one record by relation name, at most `limit` each: an object, or null, for a
/// foreign key, an array for the others. Only relations whose model `may_view` allows.
///
/// # Errors
/// Database faults.
pub fn related(
    _conn: &mut DbConnection,
    _catalog: &Catalog,
    _model: &Model,
    _record: &Record,
    _limit: u32,
    _may_view: &dyn Fn(&Model) -> bool,
) -> Result<Map<String, Value>> {
    Err(Error::internal("placeholder"))
}

/// Creates a record. `data` has fields, foreign keys by either name, many-to-many by relation name as
/// lists of ids.
///
/// # Errors
/// `Invalid` with every wrong field at once; `Conflict`; database faults.
pub fn create(
    _tx: &mut Tx<'_>,
    _catalog: &Catalog,
    _model: &Model,
    _data: &Map<String, Value>,
) -> Result<Record> {
    Err(Error::internal("placeholder"))
}

/// Changes the given fields of a record.
///
/// # Errors
/// As [`create`], and `NotFound`.
pub fn update(
    _tx: &mut Tx<'_>,
    _catalog: &Catalog,
    _model: &Model,
    _id: &Value,
    _data: &Map<String, Value>,
) -> Result<Change> {
    Err(Error::internal("placeholder"))
}

/// Deletes a record. `may_delete` is asked for every model that would lose rows by cascade.
///
/// # Errors
/// `NotFound`; `Conflict` with the rows that stand in the way; `Forbidden` for a cascade into a model
/// that may not be deleted from; database faults.
pub fn delete(
    _tx: &mut Tx<'_>,
    _catalog: &Catalog,
    _model: &Model,
    _id: &Value,
    _may_delete: &dyn Fn(&Model) -> bool,
) -> Result<Deletion> {
    Err(Error::internal("placeholder"))
}

/// The label of a record for people, e.g. `How to brew`; never longer than 200 characters.
pub fn display(_model: &Model, _record: &Record) -> String {
    String::new()
}

/// The primary key as one text for the audit log: `17`, or `3,8` for a composite key.
pub fn object_id(_model: &Model, _record: &Record) -> String {
    String::new()
}

impl serde::Serialize for Record {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.names.iter().zip(&self.cells))
    }
}

impl serde::Serialize for Cell {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Json(value) => value.serialize(serializer),
        }
    }
}
