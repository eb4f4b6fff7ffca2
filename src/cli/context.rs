//! What every command works with.

use std::sync::Arc;

use serde::Serialize;

use super::output;
use crate::apps::Registry;
use crate::auth::Actor;
use crate::bootstrap;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::error::Result;

/// Settings, time, and how to answer.
pub struct Context {
    /// The settings, flags included.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// Whether to print JSON.
    pub json: bool,
}

impl Context {
    /// Our own database with its schema up to date.
    ///
    /// # Errors
    /// `Invalid` for wrong settings, `Unavailable`.
    pub fn open(&self) -> Result<Db> {
        bootstrap::open(&self.config, true)
    }

    /// The same with the apps loaded and their permissions in place. Apps that the settings do not name
    /// stay as they are.
    ///
    /// # Errors
    /// As [`open`](Self::open), and `Invalid` for options of apps.
    pub fn prepare(&self) -> Result<(Db, Arc<Registry>)> {
        bootstrap::prepare_beside(&self.config, &self.clock)
    }

    /// Who acts here.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::cli()
    }

    /// Prints a value as one line of JSON, or what `human` says.
    ///
    /// # Errors
    /// `Internal` if the value cannot be written as JSON.
    pub fn print(&self, value: &impl Serialize, human: impl FnOnce() -> String) -> Result<()> {
        if self.json { output::json(value) } else { output::text(&human()) }
    }
}
