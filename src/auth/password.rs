//! Passwords of administrators: argon2id, 19 MiB, two passes. Hashing takes tens of milliseconds on
//! purpose; call it off the async threads and behind a limit.

use std::fmt;

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::error::{Error, Result};

const MIN_CHARACTERS: usize = 15;
const MAX_BYTES: usize = 1024;
/// Long enough to pass, and still the first that anybody tries.
const TOO_COMMON: [&str; 8] = [
    "password",
    "123456789",
    "qwertyuiop",
    "letmein",
    "administrator",
    "mcpadmin",
    "mcp-admin",
    "correcthorsebatterystaple",
];

/// A stored password in PHC form; its `Debug` is redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// From the column.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// For the column.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Refuses what is too long to be worth hashing.
///
/// # Errors
/// `Invalid` for the field `password` above 1,024 bytes.
pub fn check_password_length(password: &str) -> Result<()> {
    if password.len() > MAX_BYTES {
        return Err(Error::invalid("password", "use at most 1,024 bytes"));
    }
    Ok(())
}

/// Checks a new password: at least 15 characters, at most 1 KiB, not a common one; no composition rules.
///
/// # Errors
/// `Invalid` for the field `password`.
pub fn check_password_rules(password: &str, username: &str) -> Result<()> {
    let refuse = |why: &str| Err(Error::invalid("password", why));
    check_password_length(password)?;
    if password.chars().count() < MIN_CHARACTERS {
        return refuse("use at least 15 characters; a few unrelated words are easy to remember");
    }
    if password.contains('\0') {
        return refuse("remove the NUL character");
    }
    let folded = password.to_lowercase();
    let mut rest = folded.clone();
    for word in TOO_COMMON.iter().copied().chain([username.to_lowercase().as_str()]) {
        if !word.is_empty() {
            rest = rest.replace(word, "");
        }
    }
    let distinct = folded.chars().collect::<std::collections::HashSet<_>>().len();
    if rest.chars().filter(|c| !c.is_ascii_digit() && !c.is_ascii_punctuation()).count() < 4 && rest != folded
    {
        return refuse("this is one of the first passwords that anybody tries; choose another");
    }
    if distinct < 5 {
        return refuse("use more than a few different characters");
    }
    Ok(())
}

fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|e| Error::internal(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes a password with a fresh salt of the operating system.
///
/// # Errors
/// `Internal` if there is no randomness or memory.
pub fn hash_password(password: &str) -> Result<PasswordHash> {
    let hash: Phc = argon2()?
        .hash_password(password.as_bytes())
        .map_err(|e| Error::internal(format!("password hashing failed: {e}")))?;
    Ok(PasswordHash(hash.to_string()))
}

/// Whether `password` is the one. Without a stored hash the same work is done and the answer is no, so
/// that an unknown user takes as long as a wrong password.
///
/// # Errors
/// `Internal` if hashing fails; a hash that cannot be read counts as no match.
pub fn verify_password(password: &str, stored: Option<&PasswordHash>) -> Result<bool> {
    if let Some(stored) = stored
        && let Ok(phc) = Phc::new(stored.as_str())
    {
        return Ok(argon2()?.verify_password(password.as_bytes(), &phc).is_ok());
    }
    hash_password(password)?;
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_own_hash_only() {
        let hash = hash_password("four words make a sentence").unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify_password("four words make a sentence", Some(&hash)).unwrap());
        assert!(!verify_password("four words make a sentencf", Some(&hash)).unwrap());
        assert!(!verify_password("four words make a sentence", None).unwrap());
    }

    #[test]
    fn weak_passwords_are_refused_with_a_reason() {
        for weak in
            ["short", "password12345678", "aaaaaaaaaaaaaaaaaaaa", "administrator123", "ada-lovelace-123"]
        {
            assert!(check_password_rules(weak, "ada-lovelace").is_err(), "{weak}");
        }
        assert!(check_password_rules(&"x1y2z".repeat(300), "ada").is_err());
        assert!(check_password_rules("four words make a sentence", "ada").is_ok());
    }

    #[test]
    fn r39_debug_of_a_hash_shows_nothing() {
        assert_eq!(format!("{:?}", PasswordHash::from_stored("$argon2id$x".into())), "PasswordHash(…)");
    }
}
