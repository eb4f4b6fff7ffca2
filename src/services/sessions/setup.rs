//! The first administrator: a link that is printed to the log while there is no user, good once and for
//! half an hour.

use std::sync::Arc;

use chrono::TimeDelta;
use rand::CryptoRng;

use super::sign_in::{Opened, open};
use crate::auth::{Actor, Origin, PermissionSet, Principal, SessionDigest, SessionKey};
use crate::clock::UtcTime;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::authz_epoch;
use crate::services::users::{self, NewUser};

/// A link that makes the first administrator. It lives in the process that printed it.
#[derive(Debug)]
pub struct SetupLink {
    digest: SessionDigest,
    /// From when on it is refused.
    pub expires_at: UtcTime,
}

impl SetupLink {
    /// How long a link is good.
    pub const LIFETIME: TimeDelta = TimeDelta::minutes(30);

    /// Makes a link and its key.
    pub fn new<R: CryptoRng>(now: UtcTime, rng: &mut R) -> (Self, SessionKey) {
        let key = SessionKey::generate(rng);
        (Self { digest: key.digest(), expires_at: now.plus(Self::LIFETIME) }, key)
    }

    /// Whether this is the key, and in time. Whether it was used is for
    /// [`create_first_administrator`] to say.
    ///
    /// # Errors
    /// `Refused`, without saying why.
    pub fn check(&self, key: &str, now: UtcTime) -> Result<()> {
        let matches = SessionKey::parse(key).is_some_and(|key| key.digest() == self.digest);
        if matches && now < self.expires_at { Ok(()) } else { Err(not_valid()) }
    }
}

/// The answer to every link that is not valid.
fn not_valid() -> Error {
    Error::Refused("This set-up link is not valid: it was used, has expired, or never was one".into())
}

/// Makes the first administrator, if there is no user at all, and opens a session. The caller has checked
/// the link.
///
/// # Errors
/// `Refused` if there is a user; `Invalid` for the fields; database faults.
pub fn create_first_administrator<R: CryptoRng>(
    tx: &mut Tx<'_>,
    now: UtcTime,
    origin: &Origin,
    new: NewUser,
    user_agent: Option<&str>,
    rng: &mut R,
) -> Result<Opened> {
    // Two who hold the link come here one after the other.
    authz_epoch::bump(tx)?;
    if !users::none_exist(tx)? {
        return Err(not_valid());
    }
    let principal = Principal {
        user_id: None,
        label: "set-up link".into(),
        token: None,
        is_superuser: true,
        permissions: PermissionSet::empty(),
    };
    let actor = Actor { principal: Arc::new(principal), origin: origin.clone() };
    let new = NewUser { is_active: true, is_staff: true, is_superuser: true, ..new };
    let user = users::create(tx, &actor, now, &new)?;
    let key = SessionKey::generate(rng);
    open(tx, now, &user, &key, origin.clone(), user_agent)?;
    Ok(Opened { key, user })
}
