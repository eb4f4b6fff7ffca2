//! What a record is at one moment, as one short text: a change of any visible field changes it.

use std::fmt::Write as _;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Record, get, key, read};
use crate::apps::model::{Field, Model};
use crate::db::dialect::spelling;
use crate::db::{Tx, dialect};
use crate::error::{Error, Result};

/// The member of a record that has its version.
pub const ETAG: &str = "_etag";

/// A record as a list shows it, with its version as one more member if that is known.
#[derive(Debug)]
pub struct Row {
    /// What is shown of the record.
    pub record: Record,
    /// The version of all of it.
    pub version: Option<String>,
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(version) = &self.version else { return self.record.serialize(serializer) };
        let Record { names, cells } = &self.record;
        let mut map = serializer.serialize_map(Some(cells.len() + 1))?;
        for (name, cell) in names.iter().zip(cells) {
            map.serialize_entry(&**name, cell)?;
        }
        map.serialize_entry(ETAG, version)?;
        map.end()
    }
}

/// Whether records of a model can show their version: not where a column is called so, nor without a key by
/// which they could be written.
pub fn has_etag(model: &Model) -> bool {
    let is_it = |field: &Field| &*field.name == ETAG || field.relation_name.as_deref() == Some(ETAG);
    !model.primary_key.is_empty() && !model.fields.iter().any(is_it)
}

/// Whether a list with these fields shows versions: where no fields are chosen, or it is among them, and is
/// then taken out. It is of all fields, which are read for it.
pub fn take_etag(model: &Model, fields: &mut Option<Vec<String>>) -> bool {
    if !has_etag(model) {
        return false;
    }
    let Some(names) = fields else { return true };
    let asked = names.len();
    names.retain(|name| name != ETAG);
    names.len() < asked
}

/// The version of a record that was read with all its fields. Fields that are excluded do not count, so that
/// nothing can be learned about them.
pub fn version(record: &Record) -> String {
    // Its names are texts and its values JSON, so that it can always be written.
    short(Sha256::new_with_prefix(serde_json::to_vec(record).unwrap_or_default()))
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
