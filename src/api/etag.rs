//! Versions of what is shown: `ETag`, `If-Match`, `If-None-Match` (RFC 9110, sections 8.8.3 and 13.1).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Something with a version.
pub trait Versioned: Serialize {
    /// What the version depends on: everything, unless a part changes by itself all the time.
    fn version(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// The strong entity tag of something, with its quotes.
pub fn etag(thing: &(impl Versioned + ?Sized)) -> String {
    let digest = Sha256::digest(thing.version().to_string());
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..12]))
}

/// Whether a list of tags, or `*`, names this one. A weak tag is compared by its text where that is allowed.
fn names(list: &str, tag: &str, weak_too: bool) -> bool {
    list.split(',').map(str::trim).any(|one| {
        one == "*" || one == tag || weak_too && one.strip_prefix("W/").is_some_and(|text| text == tag)
    })
}

/// Insists that `If-Match`, if there is one, names the thing as it is now.
///
/// # Errors
/// `PreconditionFailed`.
pub fn expect(if_match: Option<&str>, thing: &(impl Versioned + ?Sized)) -> Result<()> {
    match if_match {
        Some(list) if !names(list, &etag(thing), false) => Err(Error::PreconditionFailed(
            "It was changed since you read it: read it again, and repeat the change if it still makes sense"
                .into(),
        )),
        _ => Ok(()),
    }
}

/// Whether the client has the thing already.
pub fn is_known(if_none_match: Option<&str>, tag: &str) -> bool {
    if_none_match.is_some_and(|list| names(list, tag, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Versioned for Value {}

    #[test]
    fn a_tag_changes_with_the_thing() {
        let (one, other) = (Value::from(1), Value::from(2));
        assert_eq!(etag(&one), etag(&Value::from(1)));
        assert_ne!(etag(&one), etag(&other));
        let tag = etag(&one);
        assert!(expect(None, &one).is_ok() && expect(Some("*"), &one).is_ok());
        assert!(expect(Some(&format!("\"x\", {tag}")), &one).is_ok());
        assert!(expect(Some(&tag), &other).is_err());
        assert!(expect(Some(&format!("W/{tag}")), &one).is_err());
        assert!(is_known(Some(&format!("W/{tag}")), &tag) && !is_known(None, &tag));
    }
}
