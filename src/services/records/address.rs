//! Keys of records in addresses: one part of a path has the columns in the order of the primary key, with
//! commas between them. What is a comma or a slash in a value is percent-encoded.

use std::fmt::Write as _;

use serde_json::Value;

use crate::apps::record::{self, Record};
use crate::apps::{Model, key_of_texts};
use crate::error::{Error, Result};

/// The key that one part of a path stands for.
///
/// # Errors
/// `Invalid` for the field `id`.
pub fn key_in_path(model: &Model, part: &str) -> Result<Value> {
    let parts: Vec<&str> = if model.primary_key.len() > 1 { part.split(',').collect() } else { vec![part] };
    let texts = parts.into_iter().map(decode).collect::<Result<Vec<_>>>()?;
    key_of_texts(model, texts)
}

/// The part of a path that stands for the key of a record; `None` where it has no key.
pub fn path_of_key(model: &Model, record: &Record) -> Option<String> {
    if model.primary_key.is_empty() {
        return None;
    }
    let mut part = String::new();
    let key = record::key_of(model, record);
    let values: Vec<&Value> = match &key {
        Value::Object(columns) if model.primary_key.len() > 1 => columns.values().collect(),
        one => vec![one],
    };
    for (i, value) in values.into_iter().enumerate() {
        let text = if let Value::String(text) = value { text.clone() } else { value.to_string() };
        let comma = if i == 0 { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(part, "{comma}{}", escape(&text));
    }
    Some(part)
}

/// Percent-encodes all but what stands for itself in any part of an address (RFC 3986, section 2.3).
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// Undoes percent-encoding (RFC 3986, section 2.1).
fn decode(part: &str) -> Result<String> {
    let wrong = || Error::invalid("id", "has a percent sign that encodes nothing, or is not UTF-8");
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first != b'%' {
            bytes.push(first);
            rest = after;
            continue;
        }
        let (digits, after) = after.split_at_checked(2).ok_or_else(wrong)?;
        let digits =
            std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
        bytes.push(u8::from_str_radix(digits.ok_or_else(wrong)?, 16).map_err(|_| wrong())?);
        rest = after;
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_path_are_decoded_once() {
        assert_eq!(decode("a%2Cb%2fc%25").unwrap(), "a,b/c%");
        assert_eq!(decode("%C3%A4").unwrap(), "ä");
        for wrong in ["%", "%2", "%zz", "%+1", "%ff"] {
            assert!(decode(wrong).is_err(), "{wrong}");
        }
        assert_eq!(decode(&escape("50% / a,b ä")).unwrap(), "50% / a,b ä");
    }
}
