//! Confirmations are used once, whichever replica they are brought to.

use chrono::TimeDelta;

use crate::clock::UtcTime;
use crate::db::{Db, dialect};
use crate::error::{Error, Result};
use crate::models::used_confirmation;

/// How long a used confirmation is remembered after its time. The clocks of replicas may differ, by less than this.
const REMEMBERED: TimeDelta = TimeDelta::hours(1);

/// Uses the confirmation with this nonce; `false` if it was used before. Blocks.
///
/// # Errors
/// Database faults; then it may not be relied on.
pub fn use_once(db: &Db, now: UtcTime, nonce: &[u8], expires_at: UtcTime) -> Result<bool> {
    let used = db.write(|tx| {
        used_confirmation::delete_before(tx, now.plus(-REMEMBERED))?;
        used_confirmation::insert(tx, nonce, expires_at).map_err(dialect::conflict("It was used before"))
    });
    match used {
        Ok(()) => Ok(true),
        Err(Error::Conflict(_)) => Ok(false),
        Err(other) => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::testing::TestDb;

    #[test]
    fn a_confirmation_is_used_once_and_forgotten_long_after_its_time() {
        let test = TestDb::new();
        let now = test.clock.now();
        let until = now.plus(TimeDelta::minutes(10));
        let at = |now, nonce: &[u8]| use_once(&test.db, now, nonce, until).unwrap();
        assert!(at(now, b"a") && at(now, b"b"));
        assert!(!at(now, b"a"));
        assert!(!at(until.plus(REMEMBERED), b"a"), "a replica whose clock is behind may still take it");
        assert!(at(until.plus(REMEMBERED + TimeDelta::seconds(1)), b"a"));
    }
}
