//! Databases for one test each.

use mcp_admin::db::{Backend, DatabaseUrl, Db, PoolOptions};
use tempfile::TempDir;

use super::cluster::Cluster;

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
            Backend::Sqlite => Self::file("test.db"),
        }
    }

    fn file(name: &str) -> Self {
        let files = tempfile::tempdir().unwrap();
        let url = files.path().join(name).to_str().unwrap().to_owned();
        Self { url, _files: Some(files) }
    }

    /// A pool of connections to it.
    pub fn open(&self) -> Db {
        Db::new(&DatabaseUrl::parse(&self.url).unwrap(), &PoolOptions::own()).unwrap()
    }
}
