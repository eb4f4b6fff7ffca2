//! What the tests share: databases, servers, clients, personas.

mod cluster;
mod database;

use std::path::PathBuf;

pub use cluster::Cluster;
pub use database::TestDatabase;

/// A program that `scripts/tools.sh` provides.
pub fn tool(path: &str) -> PathBuf {
    let found = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/tools").join(path);
    assert!(found.exists(), "{path} is missing: run `make tools` once");
    found
}
