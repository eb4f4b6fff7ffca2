//! The current catalog, and how it is made anew.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use super::catalog;
use super::introspect::{self, Schema};
use super::model::{App, Catalog, Model, Problem};
use crate::config::AppConfig;
use crate::db::{DatabaseUrl, Db, DbManager, Ownership, PoolOptions};
use crate::error::{Error, FieldError, Result};

/// How long a call waits for a free connection to an attached database.
const WAIT: Duration = Duration::from_secs(1);

/// Holds the current catalog; readers keep the one they started with.
pub struct Registry {
    config: BTreeMap<String, AppConfig>,
    current: RwLock<Arc<Catalog>>,
    reloading: Mutex<()>,
}

impl Registry {
    /// Connects to every app and reads its schema. An app that cannot be reached is in the catalog with
    /// a problem and no models; it does not keep the others from being served. Blocks.
    ///
    /// # Errors
    /// `Invalid` for options that name what does not exist.
    pub fn load(config: BTreeMap<String, AppConfig>) -> Result<Self> {
        let catalog = read_all(&config, None)?;
        Ok(Self { config, current: RwLock::new(Arc::new(catalog)), reloading: Mutex::new(()) })
    }

    /// The current catalog.
    pub fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads all schemas again; pools are kept. Blocks.
    ///
    /// # Errors
    /// As [`load`](Self::load); the current catalog then stays.
    pub fn reload(&self) -> Result<Arc<Catalog>> {
        // One at a time, so that the newest catalog is the one that was read last.
        let _reloading = self.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Arc::new(read_all(&self.config, Some(&self.catalog()))?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        Ok(fresh)
    }
}

fn read_all(config: &BTreeMap<String, AppConfig>, previous: Option<&Catalog>) -> Result<Catalog> {
    static GENERATION: AtomicU64 = AtomicU64::new(0);
    let mut errors = Vec::new();
    let mut apps = Vec::new();
    for (label, app) in config {
        let pool = previous.and_then(|c| c.apps.iter().find(|a| a.label == *label)).map(|a| a.db.clone());
        match read_app(label, app, pool) {
            Ok(found) => apps.push(found),
            Err(Error::Invalid(wrong)) => errors.extend(wrong),
            Err(other) => return Err(other),
        }
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    catalog::name_tools(&mut apps);
    let generation = GENERATION.fetch_add(1, Ordering::Relaxed) + 1;
    Ok(Catalog { generation, apps: apps.into_iter().map(|(app, _)| app).collect() })
}

/// Reads one app. Its models still lack the tool suffix.
fn read_app(label: &str, config: &AppConfig, pool: Option<Db>) -> Result<(App, Vec<Model>)> {
    let at = |key: &'static str| move |error| place(error, &format!("apps.{label}.{key}"));
    let url = DatabaseUrl::parse(config.url.reveal()).map_err(at("url"))?;
    let db = match pool {
        Some(db) => db,
        None => Db::new(&url, &options(config))?,
    };
    let mut app = App {
        label: label.to_owned(),
        db,
        models: Vec::new(),
        problems: Vec::new(),
        schema: Schema::default(),
    };
    let manager = DbManager::new(url, Ownership::Attached, config.statement_timeout);
    let read = match manager.open() {
        Ok(mut conn) => introspect::read(&mut conn, &config.schema),
        Err(error) => {
            tracing::warn!(app = label, %error, "an attached database cannot be reached");
            Err(Error::Unavailable(format!("the database cannot be reached: {error}")))
        }
    };
    let schema = match read {
        Ok(schema) => schema,
        Err(error @ Error::Invalid(_)) => return Err(at("schema")(error)),
        Err(error) => {
            app.problems.push(unreadable(label, &error));
            return Ok((app, Vec::new()));
        }
    };
    let (models, problems) = catalog::models(label, &schema, config)?;
    app.problems = problems;
    app.schema = schema;
    Ok((app, models))
}

fn options(config: &AppConfig) -> PoolOptions {
    PoolOptions {
        max_connections: config.max_connections.max(1),
        wait: WAIT,
        ..PoolOptions::attached(config.statement_timeout)
    }
}

fn unreadable(label: &str, error: &Error) -> Problem {
    let message = match error {
        Error::Internal(source) => {
            tracing::warn!(app = label, error = %source, "the schema of an attached database cannot be read");
            format!("the schema cannot be read: {source}")
        }
        other => other.to_string(),
    };
    Problem { about: label.to_owned(), message }
}

/// Puts the path of the option in front of its error.
fn place(error: Error, path: &str) -> Error {
    match error {
        Error::Invalid(errors) => {
            Error::Invalid(errors.into_iter().map(|e| FieldError::new(path, e.message)).collect())
        }
        other => other,
    }
}
