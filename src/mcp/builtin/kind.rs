//! What the tools need to know of each kind of built-in things.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::Administration;
use crate::auth::{Actor, PlainToken};
use crate::clock::UtcTime;
use crate::db::{DbConnection, Tx};
use crate::error::{Error, Result};
use crate::mcp::Mcp;
use crate::mcp::tools::arguments::Arguments;
use crate::mcp::tools::definition::{property, whole};
use crate::services::Paging;

/// Who asks, when, and with what it is done.
pub struct Desk<'a> {
    /// The endpoint.
    pub mcp: &'a Mcp,
    /// The guard and the hasher.
    pub administration: &'a Administration,
    /// Who asks.
    pub actor: &'a Actor,
    /// When.
    pub now: UtcTime,
}

impl Desk<'_> {
    /// Writes in one transaction, or only tries. The next request already sees what changed.
    ///
    /// # Errors
    /// What `work` returns, and nothing is changed then; `Unavailable`.
    pub fn write<T>(&self, dry_run: bool, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        if dry_run {
            return self.mcp.db.rehearse(work);
        }
        let done = self.mcp.db.write(work)?;
        self.administration.guard.invalidate();
        Ok(done)
    }

    /// Reads `limit`; one above the most is the most.
    pub fn take_limit(&self, arguments: &mut Arguments) -> i64 {
        let settings = &self.mcp.settings;
        let limit = arguments.take_count("limit", 1).unwrap_or(settings.default_limit().into());
        i64::try_from(limit.min(settings.max_limit.into())).unwrap_or(i64::MAX)
    }

    /// Reads `limit` and `offset`.
    pub fn take_paging(&self, arguments: &mut Arguments) -> Paging {
        let limit = self.take_limit(arguments);
        let offset = arguments.take_count("offset", 0).and_then(|n| i64::try_from(n).ok()).unwrap_or(0);
        Paging { limit, offset }
    }
}

/// What was written.
pub struct Written {
    /// Its id.
    pub id: i64,
    /// It, as it is now; `None` if it is gone.
    pub object: Option<Value>,
    /// Its secret, if it has a new one.
    pub secret: Option<PlainToken>,
}

/// A kind of built-in things.
pub trait Kind: Sync {
    /// Its app.
    fn app_label(&self) -> &'static str;
    /// Its name, as permissions have it.
    fn model(&self) -> &'static str;
    /// Itself, for good.
    fn itself(&self) -> &'static dyn Kind;
    /// What stands behind the verb in tool names.
    fn suffix(&self) -> &'static str {
        self.model()
    }
    /// For people: one, and many.
    fn words(&self) -> [&'static str; 2];
    /// Whether it cannot be written.
    fn is_read_only(&self) -> bool {
        false
    }
    /// Whether a new one has a secret.
    fn has_secret(&self) -> bool {
        false
    }
    /// What has to be said of creating one.
    fn about_creation(&self) -> &'static str {
        ""
    }
    /// What has to be said of changing one.
    fn about_changes(&self) -> &'static str {
        ""
    }
    /// The schema of one.
    fn schema(&self) -> Value;
    /// The arguments of a list.
    fn filters(&self) -> Vec<(String, Value)>;
    /// The schema of a page.
    fn page(&self) -> Value {
        let count = json!({ "type": "integer" });
        let results = json!({ "type": "array", "items": self.schema() });
        whole([("results", results), ("count", count.clone()), ("total_count", count)])
    }
    /// The schema of what is written.
    fn data(&self, is_new: bool) -> Value {
        let _ = is_new;
        json!({ "type": "object" })
    }
    /// Lists some.
    ///
    /// # Errors
    /// `Invalid` for arguments; what the service answers.
    fn list(&self, desk: &Desk<'_>, arguments: Arguments) -> Result<Value>;
    /// Finds one.
    ///
    /// # Errors
    /// What the service answers.
    fn get(&self, desk: &Desk<'_>, conn: &mut DbConnection, id: i64) -> Result<Value>;
    /// Creates one.
    ///
    /// # Errors
    /// What the service answers.
    fn create(&self, desk: &Desk<'_>, tx: &mut Tx<'_>, data: Map<String, Value>) -> Result<Written> {
        let _ = (desk, tx, data);
        Err(read_only())
    }
    /// Changes one.
    ///
    /// # Errors
    /// What the service answers.
    fn update(&self, desk: &Desk<'_>, tx: &mut Tx<'_>, id: i64, data: Map<String, Value>) -> Result<Written> {
        let _ = (desk, tx, id, data);
        Err(read_only())
    }
    /// Deletes one.
    ///
    /// # Errors
    /// What the service answers.
    fn delete(&self, desk: &Desk<'_>, tx: &mut Tx<'_>, id: i64) -> Result<()> {
        let _ = (desk, tx, id);
        Err(read_only())
    }
}

fn read_only() -> Error {
    Error::Refused("These can only be read".into())
}

/// What is written, as a type that refuses fields that it does not know.
///
/// # Errors
/// `Invalid` for `data`.
pub fn read<T: DeserializeOwned>(data: Map<String, Value>) -> Result<T> {
    serde_json::from_value(Value::Object(data)).map_err(|error| Error::invalid("data", error.to_string()))
}

/// A page of things that are already as clients see them.
pub fn page(results: &[Value], total: i64) -> Value {
    json!({ "count": results.len(), "total_count": total, "results": results })
}

/// `limit`, `offset` and `search`.
pub fn paging() -> Vec<(String, Value)> {
    vec![
        property("limit", json!({ "type": "integer", "minimum": 1 }), "How many to answer"),
        property("offset", json!({ "type": "integer", "minimum": 0, "default": 0 }), "How many to skip"),
        property("search", json!({ "type": "string" }), "Text to look for"),
    ]
}

/// A list of ids or names.
pub fn references(of: &str) -> Value {
    let description = format!("Names or ids of {of}: all that it has");
    json!({ "type": "array", "items": { "type": ["string", "integer"] }, "maxItems": 1000, "description": description })
}
