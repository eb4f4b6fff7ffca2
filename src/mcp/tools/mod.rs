//! The tools: one family a file, made from the models of the attached apps.
//!
//! [`operation::Operation`] is the table of what can be done with a model; [`registry`] knows which tools
//! there are and keeps the prepared lists; [`call`] finds, checks and runs.

mod action;
mod actions;
mod aggregate;
pub mod arguments;
mod autocomplete;
mod bulk;
pub mod call;
mod compact;
mod confirm;
mod create;
pub mod definition;
mod delete;
mod describe;
mod find_models;
mod get;
mod history;
mod inlines;
mod list;
pub mod operation;
pub mod options;
pub mod outcome;
mod paging;
mod portable;
pub mod registry;
mod related;
mod schema;
mod update;

pub use call::{call, perform_operation, read_arguments};
pub use registry::ToolRegistry;
