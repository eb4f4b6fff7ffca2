//! Databases for one test each.

use mcp_admin::db::{Backend, Db};
use tempfile::TempDir;

use super::cluster::Cluster;
use super::site::open;

/// A database of a test's own. A SQLite file is removed with it; PostgreSQL's goes with the cluster.
pub struct TestDatabase {
    /// Its address, as in the configuration.
    pub url: String,
    _files: Option<TempDir>,
}

impl TestDatabase {
    /// A new empty one.
    pub fn empty(backend: Backend) -> Self {
        match backend {
            Backend::Postgres => Self { url: Cluster::shared().create_database(), _files: None },
            Backend::Sqlite => {
                let files = tempfile::tempdir().unwrap();
                let url = files.path().join("test.db").to_str().unwrap().to_owned();
                Self { url, _files: Some(files) }
            }
        }
    }

    /// A pool of connections to it.
    pub fn open(&self) -> Db {
        open(&self.url)
    }
}
