//! What has to be true before anything is served or administered: the schema is current, the built-in
//! and the discovered content types and permissions exist.

use std::sync::Arc;

use crate::apps::Registry;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::error::{Error, Result};

/// Opens our database, applies migrations (or refuses, if `migrate` is false and some are pending),
/// loads the apps and synchronises content types. Blocks.
///
/// # Errors
/// `Unavailable`, `Conflict` for pending migrations, `Invalid` for wrong options.
pub fn prepare(_config: &Config, _clock: &Clock, _migrate: bool) -> Result<(Db, Arc<Registry>)> {
    Err(Error::internal("placeholder"))
}
