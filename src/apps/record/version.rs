//! What a record is at one moment, as one short text: a change of any visible field changes it.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Record, get, key, read};
use crate::apps::model::Model;
use crate::db::dialect::spelling;
use crate::db::{Tx, dialect};
use crate::error::{Error, Result};

/// The version of a record that was read with all its fields. Fields that are excluded do not count, so that
/// nothing can be learned about them.
pub fn version(record: &Record) -> String {
    let mut hash = Sha256::new();
    for (name, cell) in record.names.iter().zip(&record.cells) {
        let value = cell.to_value().to_string();
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name.as_bytes());
        hash.update((value.len() as u64).to_le_bytes());
        hash.update(value.as_bytes());
    }
    short(hash)
}

/// A digest as a short text.
pub fn short(hash: Sha256) -> String {
    let mut text = String::with_capacity(24);
    for byte in &hash.finalize()[..12] {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The version of a record that stays as it is until the transaction ends; `None` where there is none.
///
/// # Errors
/// Database faults.
pub fn current_version(tx: &mut Tx<'_>, model: &Model, id: &Value) -> Result<Option<String>> {
    let backend = dialect::backend(tx);
    let Ok(key) = key::parse(backend, model, id) else { return Ok(None) };
    Ok(read::find(tx, model, &key, spelling::lock_row(backend))?.as_ref().map(version))
}

/// Insists that a record is as the caller believes.
///
/// # Errors
/// `PreconditionFailed` if it is not; `NotFound`; `Invalid` for the id; database faults.
pub fn require_version(tx: &mut Tx<'_>, model: &Model, id: &Value, expected: &str) -> Result<()> {
    if version(&get(tx, model, id)?) == expected {
        return Ok(());
    }
    Err(Error::PreconditionFailed(format!("The {} has changed since it was read", model.verbose_name)))
}
