//! The text form of a token: `mcp_`, 54 random characters of `[0-9A-Za-z]`, 6 characters of checksum.
//!
//! The checksum lets a server refuse mistyped and made-up strings without hashing or asking a database,
//! and lets secret scanners recognise a leaked token.

use std::fmt;

use rand::CryptoRng;
use rand::distr::{Alphanumeric, SampleString};

use super::token_digest::{TokenDigest, TokenHasher};

const SCHEME: &str = "mcp_";
const RANDOM: usize = 54;
const CHECKSUM: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token in clear, 64 characters. It exists where it is made and where it is presented; it is neither
/// stored nor logged, and its `Debug` shows the display prefix only.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainToken(String);

/// The text is not a token: wrong length, prefix, alphabet or checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedToken;

impl PlainToken {
    /// Length of every token in characters.
    pub const LENGTH: usize = SCHEME.len() + RANDOM + CHECKSUM;
    /// Length of the display prefix: `mcp_` and eight characters.
    pub const PREFIX_LENGTH: usize = SCHEME.len() + 8;

    /// Makes a new token from 54 characters of `rng`, which has to be cryptographically secure.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut text = String::with_capacity(Self::LENGTH);
        text.push_str(SCHEME);
        Alphanumeric.append_string(rng, &mut text, RANDOM);
        let checksum = checksum(text.as_bytes());
        text.extend(checksum.iter().map(|&c| char::from(c)));
        Self(text)
    }

    /// Checks length, prefix, alphabet and checksum of presented bytes, without hashing them.
    ///
    /// # Errors
    /// [`MalformedToken`], which does not say what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, MalformedToken> {
        if !Self::is_well_formed(bytes) {
            return Err(MalformedToken);
        }
        String::from_utf8(bytes.to_vec()).map(Self).map_err(|_| MalformedToken)
    }

    /// As [`parse`](Self::parse), for callers that go on with the bytes themselves.
    pub fn is_well_formed(bytes: &[u8]) -> bool {
        if bytes.len() != Self::LENGTH || !bytes.starts_with(SCHEME.as_bytes()) {
            return false;
        }
        let (body, sum) = bytes.split_at(SCHEME.len() + RANDOM);
        // Without an early end the compiler looks at many characters at once.
        let alphabet = bytes[SCHEME.len()..].iter().fold(true, |all, b| all & b.is_ascii_alphanumeric());
        alphabet && value_of(sum) == u64::from(crc32fast::hash(body))
    }

    /// The characters that may be shown to recognise a token: `mcp_` and the next eight.
    pub fn prefix(&self) -> &str {
        &self.0[..Self::PREFIX_LENGTH]
    }

    /// The digest under which the token is stored.
    pub fn digest(&self, hasher: &TokenHasher) -> TokenDigest {
        hasher.digest(self.0.as_bytes())
    }

    /// The secret itself, for the one answer that shows it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PlainToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlainToken({}…)", self.prefix())
    }
}

/// CRC-32 (ISO-HDLC) as six base-62 digits, most significant first.
fn checksum(body: &[u8]) -> [u8; CHECKSUM] {
    let mut rest = crc32fast::hash(body) as usize;
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[rest % 62];
        rest /= 62;
    }
    digits
}

/// The number that base-62 digits stand for; any other character counts as none.
fn value_of(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |sum, digit| sum * 62 + u64::from(VALUES[usize::from(*digit)]))
}

/// The value of each digit of [`BASE62`].
const VALUES: [u8; 256] = {
    let mut values = [0; 256];
    let mut value = 0_u8;
    while (value as usize) < BASE62.len() {
        values[BASE62[value as usize] as usize] = value;
        value += 1;
    }
    values
};

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn r01_checksum_vectors() {
        for (symbol, expected) in [("0", "4amD9h"), ("z", "2bjm3s")] {
            let body = format!("mcp_{}", symbol.repeat(54));
            assert_eq!(checksum(body.as_bytes()), *expected.as_bytes());
            assert!(PlainToken::parse(format!("{body}{expected}").as_bytes()).is_ok());
        }
    }

    #[test]
    fn r01_a_hundred_thousand_tokens_are_well_formed_distinct_and_evenly_spread() {
        let mut rng = rand::rng();
        let mut seen = HashSet::new();
        let mut counts = [0u32; 62];
        for _ in 0..100_000 {
            let token = PlainToken::generate(&mut rng);
            assert_eq!(PlainToken::parse(token.reveal().as_bytes()).as_ref(), Ok(&token));
            for symbol in &token.reveal().as_bytes()[4..58] {
                counts[BASE62.iter().position(|c| c == symbol).unwrap()] += 1;
            }
            assert!(seen.insert(token.reveal().to_owned()));
        }
        let expected = 100_000.0 * 54.0 / 62.0;
        let chi_squared: f64 = counts.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum();
        // 61 degrees of freedom: beyond 130 lies less than one run in a million.
        assert!(chi_squared < 130.0, "χ² = {chi_squared}");
    }

    #[test]
    fn r39_debug_shows_the_prefix_only() {
        let token = PlainToken::generate(&mut rand::rng());
        assert!(!format!("{token:?}").contains(&token.reveal()[12..]));
    }

    proptest! {
        #[test]
        fn r57_any_bytes_parse_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            prop_assert!(PlainToken::parse(&bytes).is_err());
        }

        #[test]
        fn r04_one_changed_character_is_refused(at in 0usize..64, to in "[0-9A-Za-z_]") {
            let token = PlainToken::generate(&mut rand::rng());
            let mut bytes = token.reveal().as_bytes().to_vec();
            prop_assume!(bytes[at] != to.as_bytes()[0]);
            bytes[at] = to.as_bytes()[0];
            prop_assert!(PlainToken::parse(&bytes).is_err());
        }
    }
}
