//! Checks of texts that people type, the same for every field of the same kind.

use crate::error::{Error, Result};

/// A name on one line: trimmed, not empty, at most `max` characters, without control characters.
pub fn name(field: &str, value: &str, max: usize) -> Result<String> {
    let value = value.trim();
    if value.is_empty() {
        return Err(Error::invalid(field, "this field is required"));
    }
    if value.chars().count() > max {
        return Err(Error::invalid(field, format!("use at most {max} characters")));
    }
    if value.chars().any(char::is_control) {
        return Err(Error::invalid(field, "remove the control characters (line breaks, tabs, NUL)"));
    }
    Ok(value.to_owned())
}

/// Free text of several lines: at most `max` characters, no control characters but line breaks and tabs.
pub fn text(field: &str, value: &str, max: usize) -> Result<String> {
    if value.chars().count() > max {
        return Err(Error::invalid(field, format!("use at most {max} characters")));
    }
    if value.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Error::invalid(field, "remove the control characters such as NUL"));
    }
    Ok(value.to_owned())
}

/// A username as in Django: letters, digits and `@ . + - _`, at most 150.
pub fn username(value: &str) -> Result<String> {
    let value = name("username", value, 150)?;
    if value.chars().all(|c| c.is_alphanumeric() || "@.+-_".contains(c)) {
        return Ok(value);
    }
    Err(Error::invalid("username", "use letters, digits and @ . + - _ only"))
}

/// An email address or nothing. Whether it exists only a letter can tell.
pub fn email(value: &str) -> Result<String> {
    let value = value.trim();
    if value.is_empty() {
        return Ok(String::new());
    }
    let value = name("email", value, 254)?;
    let plausible = value
        .rsplit_once('@')
        .is_some_and(|(local, host)| !local.is_empty() && !host.is_empty() && !value.contains(' '));
    if plausible { Ok(value) } else { Err(Error::invalid("email", "this is not an email address")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r44_nul_and_other_control_characters_are_refused_by_field() {
        assert!(name("name", "a\0b", 200).unwrap_err().to_string().starts_with("name: "));
        assert!(name("name", "a\nb", 200).is_err());
        assert!(text("note", "a\nb", 200).is_ok());
        assert!(text("note", "a\u{1b}[31m", 200).is_err());
    }

    #[test]
    fn names_are_trimmed_and_have_1_to_n_characters() {
        assert_eq!(name("name", " CI bot ", 200).unwrap(), "CI bot");
        assert!(name("name", "  ", 200).is_err());
        assert!(name("name", &"ä".repeat(200), 200).is_ok());
        assert!(name("name", &"ä".repeat(201), 200).is_err());
    }

    #[test]
    fn usernames_and_addresses_have_their_forms() {
        assert!(username("ada.lovelace@example.com").is_ok());
        assert!(username("ada lovelace").is_err());
        assert!(email("").is_ok() && email("ada@example.com").is_ok());
        assert!(email("ada").is_err() && email("@example.com").is_err());
    }
}
