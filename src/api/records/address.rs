//! Addresses of records.

use serde_json::Value;

use crate::apps::Model;
use crate::apps::record::Record;
use crate::error::Result;
use crate::services::records::{key_in_path, path_of_key};

/// For the documentation.
pub const DESCRIPTION: &str = "The primary key. A key of several columns has its values in the order of the columns, \
    with commas between them; a comma, a slash or a percent sign in a value is percent-encoded.";

/// The key that the last part of a path names.
///
/// # Errors
/// `Invalid` for the field `id`.
pub fn key(model: &Model, path: &str) -> Result<Value> {
    key_in_path(model, path.rsplit('/').next().unwrap_or_default())
}

/// The address of a record; `None` where it has no key.
pub fn of(model: &Model, record: &Record) -> Option<String> {
    let key = path_of_key(model, record)?;
    Some(format!("/api/v1/apps/{}/{}/records/{key}", model.app_label, model.name))
}
