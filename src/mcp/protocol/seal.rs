//! Sealing what a client has to bring back. There are no sessions, so what is known between two requests
//! of one call travels with the client; it can read that, and cannot change it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::auth::{TokenDigest, TokenHasher};
use crate::clock::UtcTime;

/// How long a sealed state may be brought back, in seconds.
pub const LIFETIME: i64 = 600;

/// Why a text does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unopened {
    /// It was not made here, or for another subject.
    Foreign,
    /// Its time is over.
    Late,
}

/// Seals states with a key of the site, so that every replica can open them.
#[derive(Debug, Clone)]
pub struct Seal {
    /// HMAC-SHA-256: a digest that nobody without the key can make.
    hasher: TokenHasher,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    /// For whom and for what it was made.
    subject: String,
    /// Seconds since 1970.
    until: i64,
    state: Value,
}

impl Seal {
    /// A seal with this key.
    pub fn new(key: &[u8]) -> Self {
        Self { hasher: TokenHasher::with_pepper(key) }
    }

    /// `state` as a text that only opens for the same `subject`.
    pub fn close(&self, subject: &str, now: UtcTime, state: &Value) -> String {
        let until = now.micros() / 1_000_000 + LIFETIME;
        let sealed = Sealed { subject: subject.to_owned(), until, state: state.clone() };
        let text = crate::mcp::json(&sealed);
        let digest = self.hasher.digest(text.as_bytes());
        format!("{}.{}", URL_SAFE_NO_PAD.encode(text), URL_SAFE_NO_PAD.encode(digest.as_bytes()))
    }

    /// The state of a text that is exactly what was made for `subject`, not too long ago.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn open(&self, subject: &str, now: UtcTime, text: &str) -> Result<Value, Unopened> {
        let sealed = self.unsealed(text).filter(|sealed| sealed.subject == subject);
        let sealed = sealed.ok_or(Unopened::Foreign)?;
        if now.micros() / 1_000_000 < sealed.until { Ok(sealed.state) } else { Err(Unopened::Late) }
    }

    fn unsealed(&self, text: &str) -> Option<Sealed> {
        let (text, digest) = text.split_once('.')?;
        let text = URL_SAFE_NO_PAD.decode(text).ok()?;
        let digest = TokenDigest::from_slice(&URL_SAFE_NO_PAD.decode(digest).ok()?)?;
        // Compared in constant time.
        if self.hasher.digest(&text) != digest {
            return None;
        }
        serde_json::from_slice(&text).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::clock::Clock;

    #[test]
    fn a_state_opens_for_its_subject_and_in_time_only() {
        let (seal, clock) = (Seal::new(b"key"), Clock::system());
        let state = json!({"round": 1});
        let text = seal.close("7 tools/call x", clock.now(), &state);
        assert_eq!(seal.open("7 tools/call x", clock.now(), &text), Ok(state));
        assert_eq!(seal.open("8 tools/call x", clock.now(), &text), Err(Unopened::Foreign));
        assert_eq!(Seal::new(b"other").open("7 tools/call x", clock.now(), &text), Err(Unopened::Foreign));
        clock.advance(chrono::TimeDelta::seconds(LIFETIME));
        assert_eq!(seal.open("7 tools/call x", clock.now(), &text), Err(Unopened::Late));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]
        #[test]
        fn r57_what_was_changed_does_not_open(at in 0_usize..80, byte in any::<char>(), text in any::<String>()) {
            let (seal, now) = (Seal::new(b"key"), Clock::system().now());
            let sealed = seal.close("s", now, &json!(1));
            let changed: String =
                sealed.chars().enumerate().map(|(i, c)| if i == at { byte } else { c }).collect();
            prop_assert_eq!(seal.open("s", now, &changed).is_ok(), changed == sealed);
            prop_assert_eq!(seal.open("s", now, &text), Err(Unopened::Foreign));
        }
    }
}
