//! Keys that all replicas of a site share. They never leave the server.

use rand::Rng;

use crate::db::Db;
use crate::error::Result;
use crate::models::site_key;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Sealing what MCP clients bring back.
    RequestState,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::RequestState => "mcp_request_state",
        }
    }
}

/// The key of a purpose, made by whichever replica asks first. Blocks.
///
/// # Errors
/// Database faults.
pub fn find_or_make(db: &Db, purpose: Purpose, rng: &mut impl Rng) -> Result<Vec<u8>> {
    let find = || db.read(|conn| Ok(site_key::find(conn, purpose.name())?));
    if let Some(key) = find()? {
        return Ok(key);
    }
    let mut key = vec![0; 32];
    rng.fill_bytes(&mut key);
    match db.write(|tx| Ok(site_key::insert(tx, purpose.name(), &key)?)) {
        Ok(()) => Ok(key),
        // Another replica was faster.
        Err(error) => find().and_then(|found| found.ok_or(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{DatabaseUrl, PoolOptions, migrate};

    #[test]
    fn a_key_is_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::parse(dir.path().join("own.db").to_str().unwrap()).unwrap();
        let db = Db::new(&url, &PoolOptions::own()).unwrap();
        db.read(migrate::run).unwrap();
        let key = || find_or_make(&db, Purpose::RequestState, &mut rand::rng()).unwrap();
        let first = key();
        assert_eq!((first.len(), &key()), (32, &first));
        assert!(first.iter().any(|byte| *byte != 0));
    }
}
