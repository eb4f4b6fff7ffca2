//! What a browser presents instead of a password: 256 random bits in a cookie. Only a digest is stored.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rand::CryptoRng;
use sha2::{Digest, Sha256};

/// The key of one session, or of a setup link, in clear. Its `Debug` is redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKey(String);

impl SessionKey {
    /// Length of every key in characters.
    pub const LENGTH: usize = 43;

    /// Makes a new key from 32 bytes of `rng`, which has to be cryptographically secure.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Takes a presented text; `None` if it cannot be a key.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = text.len() == Self::LENGTH
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        well_formed.then(|| Self(text.to_owned()))
    }

    /// The text, for the cookie or the link.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored and looked up.
    pub fn digest(&self) -> SessionDigest {
        SessionDigest(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(…)")
    }
}

/// SHA-256 of a session's key.
#[derive(Clone, Copy, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Binary)]
pub struct SessionDigest([u8; 32]);

impl SessionDigest {
    /// From 32 stored bytes; `None` for any other length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes as they are stored.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SessionDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionDigest(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_distinct_and_are_read_back() {
        let (one, other) = (SessionKey::generate(&mut rand::rng()), SessionKey::generate(&mut rand::rng()));
        assert_ne!(one.digest(), other.digest());
        assert_eq!(SessionKey::parse(one.reveal()), Some(one.clone()));
        assert_eq!(format!("{one:?} {:?}", one.digest()), "SessionKey(…) SessionDigest(…)");
    }

    #[test]
    fn what_cannot_be_a_key_is_none() {
        let good = "A".repeat(SessionKey::LENGTH);
        for text in ["", "A", &good[1..], &format!("{good}A"), &format!("{};", &good[1..])] {
            assert_eq!(SessionKey::parse(text), None, "{text}");
        }
    }
}
