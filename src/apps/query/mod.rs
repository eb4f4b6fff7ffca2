//! What a list of records is asked with, and what it answers.
//!
//! A page is asked for by what is skipped ([`ListQuery::offset`]), or by a [`Cursor`] that an earlier page of
//! the same list gave out. A cursor names a row, not a number: the database begins there, so that the last
//! page of a million rows costs what the first does, and rows that come or go meanwhile shift nothing.

pub mod aggregate;
mod cursor;
pub(super) mod filter;
pub(super) mod keyset;
mod lookup;
pub(super) mod statement;
pub(super) mod text;

use serde_json::{Map, Value};

pub use cursor::Cursor;
pub(super) use cursor::{Mark, Place, unknown as unknown_cursor};
pub(super) use lookup::Lookup;

use super::model::FieldKind;
use super::record::{Record, Row};

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
    /// Rows to skip; 0 where there is a cursor.
    pub offset: u64,
    /// Where the page begins or, if it was [`Page::previous`], ends. It holds for the same filters, search and
    /// order; fields and limit may differ.
    pub cursor: Option<Cursor>,
    /// What is to be known of the number of all rows.
    pub count: Count,
    /// Whether the version of each record is wanted, too; all its fields are read then.
    pub versions: bool,
    /// Most bytes of values; a page that has more is refused. `None` = any number.
    pub max_bytes: Option<usize>,
}

/// How the rows of all pages are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Count {
    /// Exactly, which takes the longer the more there are.
    #[default]
    Exact,
    /// By what the database knows about its tables, or up to a bound.
    Estimate,
    /// Not at all.
    None,
}

impl Count {
    /// The names that [`parse`](Self::parse) knows.
    pub const NAMES: [&'static str; 3] = ["exact", "estimate", "none"];

    /// By name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "exact" => Some(Self::Exact),
            "estimate" => Some(Self::Estimate),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}

/// What is known of the number of all rows that match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// There are so many.
    Exact(u64),
    /// About so many.
    Estimate(u64),
    /// More than so many.
    AtLeast(u64),
    /// Nobody counted.
    Unknown,
}

impl Total {
    /// The names that [`name`](Self::name) answers.
    pub const NAMES: [&'static str; 4] = ["exact", "estimate", "at_least", "unknown"];

    /// What kind of number it is.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact(_) => "exact",
            Self::Estimate(_) => "estimate",
            Self::AtLeast(_) => "at_least",
            Self::Unknown => "unknown",
        }
    }

    /// The number, if there is one.
    pub fn number(self) -> Option<u64> {
        match self {
            Self::Exact(n) | Self::Estimate(n) | Self::AtLeast(n) => Some(n),
            Self::Unknown => None,
        }
    }
}

/// Rows, how many there are in all, and where the list goes on.
#[derive(Debug)]
pub struct Page {
    /// The rows of this page, in the order of the list.
    pub records: Vec<Record>,
    /// The version of each, if [`ListQuery::versions`] asked for them.
    pub versions: Vec<String>,
    /// Rows that match, on all pages.
    pub total: Total,
    /// For the page behind this one; `None` on the last.
    pub next: Option<Cursor>,
    /// For the page before this one; `None` on the first.
    pub previous: Option<Cursor>,
}

impl Page {
    /// The records as they are shown.
    pub fn into_rows(self) -> Vec<Row> {
        let mut versions = self.versions.into_iter();
        self.records.into_iter().map(|record| Row { record, version: versions.next() }).collect()
    }
}

/// The names of the lookups that fit a kind of field.
pub fn lookups(kind: &FieldKind) -> impl Iterator<Item = &'static str> {
    lookup::Lookup::allowed(kind).iter().map(|lookup| lookup.name())
}
