//! Doing something once, however often the request for it arrives. A secret is shown once, so a
//! repetition is not answered with it: it is told that it was done, and what was made.

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use crate::auth::Actor;
use crate::clock::UtcTime;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::authz_epoch;
use crate::models::idempotency_key::{self, NewIdempotencyKey};

/// How long a key is remembered.
pub const REMEMBERED: TimeDelta = TimeDelta::hours(24);
const MAX_LENGTH: usize = 255;

/// A key that is used for the first time; give it to [`finish`] in the same transaction.
#[must_use]
pub struct Pending {
    digest: [u8; 32],
    body_digest: [u8; 32],
    now: UtcTime,
}

/// Begins something that is done once for each `key` of an actor at a `place`, with one body. Keys are
/// stored hashed, and forgotten after [`REMEMBERED`].
///
/// # Errors
/// `Repeated` with the id of what was made; `Invalid` for a key that is empty, longer than 255 characters
/// or not printable ASCII, or that was used with another body; database faults.
pub fn begin(
    tx: &mut Tx<'_>,
    actor: &Actor,
    now: UtcTime,
    place: &str,
    key: &str,
    body_digest: &[u8; 32],
) -> Result<Pending> {
    if key.is_empty() || key.len() > MAX_LENGTH || !key.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        return Err(Error::invalid("Idempotency-Key", "use 1 to 255 printable ASCII characters"));
    }
    // Mutations follow each other from here on, so that of two equal requests one sees the other's key.
    authz_epoch::bump(tx)?;
    let token = actor.principal.token.as_ref().map(|token| token.id);
    let digest: [u8; 32] =
        Sha256::digest(format!("{token:?}\n{:?}\n{place}\n{key}", actor.principal.user_id)).into();
    let oldest = now.plus(-REMEMBERED);
    idempotency_key::delete_before(tx, oldest)?;
    match idempotency_key::find(tx, &digest)? {
        None => Ok(Pending { digest, body_digest: *body_digest, now }),
        Some(known) if known.body_digest == body_digest => {
            Err(Error::Repeated { id: known.object_id.to_string() })
        }
        Some(_) => Err(Error::invalid(
            "Idempotency-Key",
            "this key was used with another body; use a new key for a new request",
        )),
    }
}

/// Remembers that it was done, and what was made.
///
/// # Errors
/// Database faults.
pub fn finish(tx: &mut Tx<'_>, pending: &Pending, object_id: i64) -> Result<()> {
    let new = NewIdempotencyKey {
        digest: &pending.digest,
        body_digest: &pending.body_digest,
        object_id,
        created_at: pending.now,
    };
    Ok(idempotency_key::insert(tx, &new)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::testing::{TestDb, actor_with};

    #[test]
    fn a_key_works_once_for_one_actor_place_and_body() {
        let test = TestDb::new();
        let actor = actor_with(&[]);
        let (body, other_body) = ([1; 32], [2; 32]);
        let now = test.clock.now();
        let once = |key: &str, place: &str, body: &[u8; 32], now| {
            test.write(|tx| {
                let pending = begin(tx, &actor, now, place, key, body)?;
                finish(tx, &pending, 7)
            })
        };
        once("k", "POST /a", &body, now).unwrap();
        assert!(matches!(once("k", "POST /a", &body, now), Err(Error::Repeated { id }) if id == "7"));
        assert!(matches!(once("k", "POST /a", &other_body, now), Err(Error::Invalid(_))));
        once("k", "POST /b", &body, now).unwrap();
        once("l", "POST /a", &body, now).unwrap();
        once("k", "POST /a", &body, now.plus(REMEMBERED + TimeDelta::seconds(1))).unwrap();
        for bad in ["", "a\u{fffd}", &"x".repeat(256)] {
            assert!(matches!(once(bad, "POST /a", &body, now), Err(Error::Invalid(_))), "{bad}");
        }
    }

    #[test]
    fn what_fails_does_not_use_up_its_key() {
        let test = TestDb::new();
        let (actor, now) = (actor_with(&[]), test.clock.now());
        let failed: Result<()> = test.write(|tx| {
            let pending = begin(tx, &actor, now, "POST /a", "k", &[1; 32])?;
            finish(tx, &pending, 7)?;
            Err(Error::internal("later"))
        });
        assert!(failed.is_err());
        test.write(|tx| begin(tx, &actor, now, "POST /a", "k", &[1; 32]).map(|_| ())).unwrap();
    }
}
