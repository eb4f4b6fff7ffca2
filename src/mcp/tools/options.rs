//! The arguments that all writing tools share.

use serde_json::{Value, json};

use super::arguments::Arguments;
use super::definition::property;
use crate::services::records::WriteOptions;

/// How a record is to be written.
pub struct Options {
    /// Only answer what would be.
    pub dry_run: bool,
    if_match: Option<String>,
}

impl Options {
    /// Reads them.
    pub fn take(arguments: &mut Arguments) -> Self {
        Self { dry_run: arguments.take_flag(DRY_RUN), if_match: arguments.take_text(IF_MATCH) }
    }

    /// As the layers below know them.
    pub fn as_write(&self) -> WriteOptions<'_> {
        WriteOptions { dry_run: self.dry_run, if_match: self.if_match.as_deref() }
    }
}

/// The argument that asks for a dry run.
pub const DRY_RUN: &str = "dry_run";
/// The argument with the version that the client has seen.
pub const IF_MATCH: &str = "if_match";

/// How `dry_run` is announced.
pub fn dry_run() -> (String, Value) {
    let schema = json!({ "type": "boolean", "default": false });
    property(DRY_RUN, schema, "true: answer what would change, and change nothing")
}

/// How `if_match` is announced.
pub fn if_match() -> (String, Value) {
    let description = "The record's etag as it was read; if it has changed since, nothing is done";
    property(IF_MATCH, json!({ "type": "string" }), description)
}

/// The members that only the answer to a dry run has.
pub fn dry_run_output() -> [(String, Value); 2] {
    [("dry_run".to_owned(), json!({ "const": true })), ("changes".to_owned(), json!({ "type": "object" }))]
}
