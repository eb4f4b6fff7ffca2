//! From values of columns to JSON. A value that does not fit its declared type is shown as it is.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::value::RawValue;

use super::Cell;
use crate::apps::model::FieldKind;
use crate::apps::numbers;
use crate::db::dialect::functions::parse_moment;
use crate::db::dialect::value::DbValue;

/// Integers up to here are exact in every JSON reader.
const SAFE_INTEGER: u64 = 1 << 53;

impl Cell {
    /// The cell that shows `value` in a column of `kind`.
    pub fn new(kind: &FieldKind, value: DbValue) -> Self {
        match (kind, value) {
            (_, DbValue::Null) => Self::Null,
            (_, DbValue::Bool(b)) => Self::Bool(b),
            (FieldKind::Boolean, DbValue::Integer(n @ (0 | 1))) => Self::Bool(n == 1),
            (FieldKind::Decimal { scale, .. }, DbValue::Float(n)) if n.is_finite() => {
                Self::Text(numbers::with_scale(n, *scale))
            }
            (FieldKind::Decimal { scale, .. }, DbValue::Integer(n)) => {
                let zeros = scale.filter(|s| *s > 0).map(|s| format!(".{}", "0".repeat(s as usize)));
                Self::Text(format!("{n}{}", zeros.unwrap_or_default()))
            }
            (_, DbValue::Integer(n)) if n.unsigned_abs() <= SAFE_INTEGER => Self::Integer(n),
            (_, DbValue::Integer(n)) => Self::Text(n.to_string()),
            (_, DbValue::Float(n)) if n.is_finite() => Self::Float(n),
            (_, DbValue::Float(n)) => Self::Text(not_finite(n).to_owned()),
            (FieldKind::Uuid, DbValue::Bytes(bytes)) if bytes.len() == 16 => Self::Text(uuid(&bytes)),
            (_, DbValue::Bytes(bytes)) => Self::Text(STANDARD.encode(bytes)),
            (kind, DbValue::Text(text)) => Self::of_text(kind, text),
        }
    }

    fn of_text(kind: &FieldKind, text: String) -> Self {
        match kind {
            FieldKind::Json | FieldKind::Array(_) => match RawValue::from_string(text.clone()) {
                Ok(json) => Self::Json(json),
                Err(_) => Self::Text(text),
            },
            FieldKind::DateTime { zoned } => Self::Text(moment(text, *zoned)),
            // Some programs store a date as its midnight.
            FieldKind::Date => match text.strip_suffix(" 00:00:00") {
                Some(date) => Self::Text(date.to_owned()),
                None => Self::Text(text),
            },
            FieldKind::Binary => Self::Text(STANDARD.encode(text)),
            FieldKind::Uuid => Self::Text(text.to_lowercase()),
            _ => Self::Text(text),
        }
    }

    /// As JSON.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(*b),
            Self::Integer(n) => Value::from(*n),
            Self::Float(n) => Value::from(*n),
            Self::Text(text) => Value::String(text.clone()),
            Self::Json(json) => {
                serde_json::from_str(json.get()).unwrap_or_else(|_| Value::String(json.get().to_owned()))
            }
        }
    }

    /// As a text for people; NULL is empty.
    pub fn to_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(b) => b.to_string(),
            Self::Integer(n) => n.to_string(),
            Self::Float(n) => n.to_string(),
            Self::Text(text) => text.clone(),
            Self::Json(json) => json.get().to_owned(),
        }
    }
}

fn not_finite(number: f64) -> &'static str {
    match number {
        n if n.is_nan() => "NaN",
        n if n > 0.0 => "Infinity",
        _ => "-Infinity",
    }
}

fn uuid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// ISO 8601; with `Z` if the column knows its zone, else with the offset that was stored, if any.
fn moment(mut text: String, zoned: bool) -> String {
    if is_plain(text.as_bytes()) {
        text.replace_range(10..11, "T");
        text.push_str(if zoned { "Z" } else { "" });
        return text;
    }
    let is_iso = text.as_bytes().get(10) == Some(&b'T');
    if is_iso && (!zoned || text.ends_with('Z')) {
        return text;
    }
    match parse_moment(&text) {
        Some((t, _)) if zoned => format!("{}Z", t.format("%Y-%m-%dT%H:%M:%S%.f")),
        Some((t, false)) => t.format("%Y-%m-%dT%H:%M:%S%.f").to_string(),
        Some((_, true)) => text.replacen(' ', "T", 1),
        None => text,
    }
}

/// Whether it is `2009-01-01 00:00:00`, the commonest form, without need for a calendar: the last days of
/// months are left to one.
fn is_plain(text: &[u8]) -> bool {
    const FORM: &[u8; 19] = b"0000-00-00 00:00:00";
    let has_form = text.len() == FORM.len()
        && text.iter().zip(FORM).all(|(c, form)| if *form == b'0' { c.is_ascii_digit() } else { c == form });
    let within =
        |at: usize, low: &[u8; 2], high: &[u8; 2]| (&low[..]..=&high[..]).contains(&&text[at..at + 2]);
    has_form
        && within(5, b"01", b"12")
        && within(8, b"01", b"28")
        && within(11, b"00", b"23")
        && within(14, b"00", b"59")
        && within(17, b"00", b"59")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(kind: &FieldKind, value: DbValue) -> String {
        serde_json::to_string(&Cell::new(kind, value)).unwrap()
    }

    fn text(text: &str) -> DbValue {
        DbValue::Text(text.to_owned())
    }

    #[test]
    fn cells_follow_the_declared_type() {
        let integer = FieldKind::Integer { min: i64::MIN, max: i64::MAX };
        let price = FieldKind::Decimal { precision: Some(10), scale: Some(2) };
        let zoned = FieldKind::DateTime { zoned: true };
        let local = FieldKind::DateTime { zoned: false };
        for (kind, value, expected) in [
            (&integer, DbValue::Integer(1 << 53), "9007199254740992"),
            (&integer, DbValue::Integer((1 << 53) + 1), "\"9007199254740993\""),
            (&integer, text("many"), "\"many\""),
            (&integer, DbValue::Float(1.5), "1.5"),
            (&price, DbValue::Float(0.99), "\"0.99\""),
            (&price, DbValue::Float(2.0), "\"2.00\""),
            (&price, DbValue::Integer(3), "\"3.00\""),
            (&price, text("12.30"), "\"12.30\""),
            (&FieldKind::Boolean, DbValue::Integer(1), "true"),
            (&FieldKind::Boolean, DbValue::Integer(7), "7"),
            (&FieldKind::Boolean, DbValue::Bool(false), "false"),
            (&FieldKind::Float, DbValue::Float(f64::NAN), "\"NaN\""),
            (&FieldKind::Float, DbValue::Float(f64::NEG_INFINITY), "\"-Infinity\""),
            (&FieldKind::Json, text("{\"b\": 1.10}"), "{\"b\": 1.10}"),
            (&FieldKind::Json, text("{"), "\"{\""),
            (&FieldKind::Binary, DbValue::Bytes(vec![0, 255]), "\"AP8=\""),
            (&FieldKind::Text, DbValue::Bytes(vec![0, 255]), "\"AP8=\""),
            (&FieldKind::Uuid, DbValue::Bytes(vec![0xab; 16]), "\"abababab-abab-abab-abab-abababababab\""),
            (&local, text("2009-01-01 00:00:00"), "\"2009-01-01T00:00:00\""),
            (&local, text("2009-01-01 00:00:00+02:00"), "\"2009-01-01T00:00:00+02:00\""),
            (&local, text("2009-02-28 23:59:59"), "\"2009-02-28T23:59:59\""),
            (&local, text("2009-02-29 23:59:59"), "\"2009-02-29 23:59:59\""),
            (&local, text("2009-00-01 00:00:00"), "\"2009-00-01 00:00:00\""),
            (&local, text("2009-01-01 24:00:00"), "\"2009-01-01 24:00:00\""),
            (&local, text("2009-01-31 00:00:00"), "\"2009-01-31T00:00:00\""),
            (&zoned, text("2009-01-01 00:00:00"), "\"2009-01-01T00:00:00Z\""),
            (&local, text("soon"), "\"soon\""),
            (&local, DbValue::Integer(1_700_000_000), "1700000000"),
            (&zoned, text("2009-01-01 02:00:00.5+02:00"), "\"2009-01-01T00:00:00.500Z\""),
            (&zoned, text("2009-01-01T00:00:00Z"), "\"2009-01-01T00:00:00Z\""),
            (&FieldKind::Date, text("2009-01-01 00:00:00"), "\"2009-01-01\""),
            (&FieldKind::Text, DbValue::Null, "null"),
        ] {
            assert_eq!(json(kind, value.clone()), expected, "{kind:?} {value:?}");
        }
    }
}
