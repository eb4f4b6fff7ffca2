//! Attached databases: what was found in them, and reading and writing their records.
//!
//! [`Registry`] holds the current [`Catalog`]; a [`Model`] describes one table or view as clients may see
//! it; [`record`] does the work on records. No text of a client ever becomes SQL: names come from the
//! model, values are bound.

mod catalog;
mod introspect;
mod model;
mod names;
mod numbers;
mod query;
pub mod record;
mod registry;
mod sql;
#[cfg(test)]
mod tests;
mod value;

pub use crate::config::ActionConfig;
pub use catalog::{INLINE_DELETE, can_order};
pub use introspect::Schema;
pub use model::{
    App, Catalog, Field, FieldKind, ForeignKey, Inline, Model, OrderTerm, Problem, Relation, RelationKind,
    TableName,
};
pub use names::{plural, shown};
pub use query::aggregate::{AggregateQuery, Function};
pub use query::text::{filters as filters_of_texts, key as key_of_texts};
pub use query::{Count, Cursor, ListQuery, Page, Total, lookups};
pub use record::{Cell, Record};
pub use registry::Registry;
