//! What a list of records is asked with, and what it answers.

pub(super) mod filter;
mod lookup;
pub(super) mod statement;
pub(super) mod text;

use serde_json::{Map, Value};

pub(super) use lookup::Lookup;

use super::model::FieldKind;
use super::record::Record;

/// One page of a model's records.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    /// Conditions by `field` or `field__lookup`; all must hold.
    pub filters: Map<String, Value>,
    /// Words that must each be in one of the search fields, in any case.
    pub search: Option<String>,
    /// Fields, `-` before a name for largest first; empty = the model's order.
    pub order_by: Vec<String>,
    /// Fields to return; `None` = the primary key and the model's list display.
    pub fields: Option<Vec<String>>,
    /// Rows at most.
    pub limit: u32,
    /// Rows to skip.
    pub offset: u64,
}

/// Rows and how many there are in all.
#[derive(Debug)]
pub struct Page {
    /// The rows of this page.
    pub records: Vec<Record>,
    /// Rows that match, on all pages.
    pub total_count: u64,
}

/// The names of the lookups that fit a kind of field.
pub fn lookups(kind: &FieldKind) -> impl Iterator<Item = &'static str> {
    lookup::Lookup::allowed(kind).iter().map(|lookup| lookup.name())
}
