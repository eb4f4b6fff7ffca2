//! What is stored of a token: SHA-256 of the whole text, keyed with a pepper if one is configured.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The digest of a token, 32 bytes. Caches and queries take this type and never a `str`:
///
/// ```compile_fail
/// fn r05_look_up(_: &mcp_admin::auth::TokenDigest) {}
/// r05_look_up("mcp_0000"); // a plaintext cannot be a key
/// ```
#[derive(Clone, Copy, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Binary)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// From 32 stored bytes; `None` for any other length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes as they are stored.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for TokenDigest {
    /// Takes the same time wherever the two differ.
    fn eq(&self, other: &Self) -> bool {
        // Eight bytes at a time: what differs anywhere differs in the sum.
        let (ours, _) = self.0.as_chunks::<8>();
        let (theirs, _) = other.0.as_chunks::<8>();
        let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
        let differing = ours.iter().zip(theirs).fold(0, |sum, (a, b)| sum | (word(a) ^ word(b)));
        differing.ct_eq(&0).into()
    }
}

impl std::hash::Hash for TokenDigest {
    /// A digest is uniformly distributed: its first eight bytes are the hash.
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let mut first = [0; 8];
        first.copy_from_slice(&self.0[..8]);
        state.write_u64(u64::from_le_bytes(first));
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenDigest(…)")
    }
}

/// Turns tokens into digests.
#[derive(Clone, Default)]
pub struct TokenHasher {
    pepper: Option<[u8; 32]>,
}

impl TokenHasher {
    /// Plain SHA-256: 320 random bits need neither salt nor slowness.
    pub fn sha256() -> Self {
        Self::default()
    }

    /// HMAC-SHA-256 (RFC 2104) with a secret that is kept outside the database.
    pub fn with_pepper(pepper: &[u8]) -> Self {
        Self { pepper: Some(Sha256::digest(pepper).into()) }
    }

    /// The name that is stored beside a digest.
    pub fn algorithm(&self) -> &'static str {
        if self.pepper.is_some() { "hmac-sha256" } else { "sha256" }
    }

    /// The digest of a token's whole text.
    pub fn digest(&self, token: &[u8]) -> TokenDigest {
        let Some(pepper) = self.pepper else {
            return TokenDigest(Sha256::digest(token).into());
        };
        let keyed = |pad: u8| {
            let mut block = [pad; 64];
            block.iter_mut().zip(pepper).for_each(|(b, k)| *b ^= k);
            Sha256::new_with_prefix(block)
        };
        let inner = keyed(0x36).chain_update(token).finalize();
        TokenDigest(keyed(0x5c).chain_update(inner).finalize().into())
    }
}

impl fmt::Debug for TokenHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenHasher({})", self.algorithm())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_sha256_and_a_pepper_changes_them() {
        let plain = TokenHasher::sha256().digest(b"abc");
        assert_eq!(plain.as_bytes()[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_ne!(TokenHasher::with_pepper(b"secret").digest(b"abc"), plain);
    }

    #[test]
    fn digests_that_differ_anywhere_differ() {
        let digest = TokenDigest([7; 32]);
        assert_eq!(digest, TokenDigest([7; 32]));
        for at in 0..32 {
            let mut other = digest;
            other.0[at] ^= 0x80;
            assert_ne!(digest, other, "{at}");
        }
    }

    #[test]
    fn r39_debug_of_a_digest_shows_nothing() {
        assert_eq!(format!("{:?}", TokenHasher::sha256().digest(b"abc")), "TokenDigest(…)");
        assert!(!format!("{:?}", TokenHasher::with_pepper(b"secret")).contains("secret"));
    }
}
