//! Whether somebody else changed what a form shows: the form carries what it was made from, as a short hash.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::form::Form;
use crate::error::{Error, Result};

/// The name of the hidden field.
pub const FIELD: &str = "version";

/// A short hash of what a form shows.
pub fn of(shown: &impl Serialize) -> String {
    let text = serde_json::to_vec(shown).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(&Sha256::digest(&text)[..12])
}

/// Insists that a form was made from what is there now. A form without a version was made by hand.
///
/// # Errors
/// `Conflict`.
pub fn check(form: &Form, what: &str, now: &str) -> Result<()> {
    if form.has(FIELD) && form.text(FIELD) != now {
        return Err(Error::Conflict(format!(
            "Somebody changed {what} while you were editing. What you see is what you entered; saving again replaces their change"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_of_another_version_is_refused() {
        let now = of(&("Editors", ["a"]));
        assert_eq!(now.len(), 16);
        assert!(check(&Form::new([(FIELD, now.as_str())]), "the group", &now).is_ok());
        assert!(check(&Form::default(), "the group", &now).is_ok());
        assert!(check(&Form::new([(FIELD, of(&("Editors", ["b"])).as_str())]), "the group", &now).is_err());
    }
}
