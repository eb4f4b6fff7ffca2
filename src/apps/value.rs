//! From JSON to values of columns: checked so that the database never has a reason to complain.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{Datelike, NaiveDate, NaiveTime, SubsecRound};
use serde_json::Value;

use super::model::{Field, FieldKind};
use super::numbers;
use crate::db::Backend;
use crate::db::dialect::functions::parse_moment;
use crate::db::dialect::spelling;
use crate::db::dialect::value::DbValue;

/// What is said about texts that PostgreSQL cannot hold.
pub const NUL: &str = "a text cannot contain the NUL character";

type Checked<T = DbValue> = Result<T, String>;

/// A value to compare with: any that the field's kind can be compared with.
///
/// # Errors
/// A sentence that says what is expected.
pub fn for_filter(backend: Backend, field: &Field, value: &Value) -> Checked {
    match (&field.kind, value) {
        (_, Value::Null) => Err("null can only be asked for with isnull".into()),
        (FieldKind::Other, _) if spelling::has_casts(backend) => match other(backend, value)? {
            DbValue::Text(text) => Ok(DbValue::Text(text)),
            _ => Err("expected a text".into()),
        },
        (kind, _) => convert(backend, kind, field, value),
    }
}

/// A value to store in a field, which must keep all of the field's rules.
///
/// # Errors
/// A sentence that says what is wrong and what is expected.
pub fn for_storage(backend: Backend, field: &Field, value: &Value) -> Checked {
    if value.is_null() {
        return if field.nullable { Ok(DbValue::Null) } else { Err("null is not allowed".into()) };
    }
    let kind = &field.kind;
    let converted = convert(backend, kind, field, value)?;
    check_rules(backend, kind, field, &converted)?;
    Ok(converted)
}

fn check_rules(backend: Backend, kind: &FieldKind, field: &Field, value: &DbValue) -> Checked<()> {
    match (kind, value) {
        (FieldKind::Integer { min, max }, DbValue::Integer(n)) if n < min || n > max => {
            Err(format!("must be between {min} and {max}"))
        }
        (FieldKind::Decimal { precision, scale }, DbValue::Text(text)) => {
            numbers::fits(text, *precision, *scale, spelling::exact_decimal_digits(backend))
        }
        (FieldKind::Text, DbValue::Text(text)) => {
            let length = text.chars().count();
            match field.max_length {
                Some(most) if length > most as usize => {
                    Err(format!("is too long: {length} characters, at most {most} are allowed"))
                }
                _ => one_of(&field.choices, text),
            }
        }
        _ => Ok(()),
    }
}

fn one_of(choices: &[String], text: &str) -> Checked<()> {
    if choices.is_empty() || choices.iter().any(|c| c == text) {
        return Ok(());
    }
    Err(format!("must be one of: {}", choices.join(", ")))
}

fn convert(backend: Backend, kind: &FieldKind, field: &Field, value: &Value) -> Checked {
    let text = |expected: &str| match value {
        Value::String(text) if text.contains('\0') => Err(NUL.to_owned()),
        Value::String(text) => Ok(text.as_str()),
        _ => Err(format!("expected {expected}")),
    };
    match kind {
        FieldKind::Integer { .. } => numbers::integer(value).map(DbValue::Integer),
        FieldKind::Float => float(backend, field, value),
        FieldKind::Decimal { .. } => numbers::decimal(value).map(DbValue::Text),
        FieldKind::Boolean => {
            value.as_bool().map(DbValue::Bool).ok_or_else(|| "expected true or false".into())
        }
        FieldKind::Text => text("a text").map(|t| DbValue::Text(t.to_owned())),
        FieldKind::Date => {
            const EXPECTED: &str = "a date such as \"2026-11-23\"";
            let date = parse_date(text(EXPECTED)?).ok_or(format!("expected {EXPECTED}"))?;
            Ok(DbValue::Text(date.format("%Y-%m-%d").to_string()))
        }
        FieldKind::Time => time(text("a time such as \"12:30:00\"")?),
        FieldKind::DateTime { zoned } => {
            moment(backend, *zoned, text("a date and time such as \"2026-11-23T12:30:00Z\"")?)
        }
        FieldKind::Uuid => uuid(text("a UUID")?).map(DbValue::Text),
        FieldKind::Json => json(value),
        FieldKind::Binary => {
            const EXPECTED: &str = "bytes as a base64 text";
            STANDARD.decode(text(EXPECTED)?).map(DbValue::Bytes).map_err(|_| format!("expected {EXPECTED}"))
        }
        FieldKind::Enum => {
            let text = text("one of the choices")?;
            one_of(&field.choices, text)?;
            Ok(DbValue::Text(text.to_owned()))
        }
        FieldKind::Array(element) => {
            let mut literal = String::new();
            array(backend, element, field, value, &mut literal)?;
            Ok(DbValue::Text(literal))
        }
        FieldKind::Other => other(backend, value),
    }
}

fn float(backend: Backend, field: &Field, value: &Value) -> Checked {
    let number = match value {
        Value::Number(n) => n.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let number = number.filter(|n: &f64| n.is_finite()).ok_or("expected a number")?;
    let is_single = spelling::has_casts(backend) && field.db_type == "real";
    if is_single && number != 0.0 && !(1e-37..=3.4e38).contains(&number.abs()) {
        return Err("is too large or too small for this field".into());
    }
    Ok(DbValue::Float(number))
}

/// Reads `2026-11-23`; years from 1 to 9999.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (text.len() == 10 && (1..=9999).contains(&date.year())).then_some(date)
}

fn time(text: &str) -> Checked {
    ["%H:%M:%S%.f", "%H:%M"]
        .iter()
        .find_map(|form| NaiveTime::parse_from_str(text, form).ok())
        .map(|t| DbValue::Text(t.trunc_subsecs(6).format("%H:%M:%S%.f").to_string()))
        .ok_or_else(|| "expected a time such as \"12:30:00\"".into())
}

fn moment(backend: Backend, zoned: bool, text: &str) -> Checked {
    let (moment, _) = parse_moment(text)
        .filter(|(t, _)| (1..=9999).contains(&t.year()))
        .ok_or("expected a date and time such as \"2026-11-23T12:30:00Z\"")?;
    let zone = if zoned { "+00:00" } else { "" };
    let text = moment.trunc_subsecs(6).format(spelling::moment_format(backend)).to_string();
    Ok(DbValue::Text(format!("{text}{zone}")))
}

fn uuid(text: &str) -> Checked<String> {
    let hex: String = text.chars().filter(|c| *c != '-').collect::<String>().to_ascii_lowercase();
    let dashes: Vec<usize> = text.match_indices('-').map(|(at, _)| at).collect();
    let well_formed = (dashes.is_empty() || dashes == [8, 13, 18, 23])
        && hex.len() == 32
        && hex.bytes().all(|b| b.is_ascii_hexdigit());
    if !well_formed {
        return Err("expected a UUID such as \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"".into());
    }
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}

fn json(value: &Value) -> Checked {
    let text = value.to_string();
    // PostgreSQL's jsonb has no NUL in strings either; an escaped backslash before it is something else.
    if text.contains("\\u0000") && has_nul(value) {
        return Err(NUL.into());
    }
    Ok(DbValue::Text(text))
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(map) => map.iter().any(|(key, item)| key.contains('\0') || has_nul(item)),
        _ => false,
    }
}

/// Writes PostgreSQL's text form of an array: `{"a","b",NULL}`.
fn array(backend: Backend, kind: &FieldKind, field: &Field, value: &Value, out: &mut String) -> Checked<()> {
    let Value::Array(items) = value else { return Err("expected a list".into()) };
    out.push('{');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        match item {
            Value::Null => out.push_str("NULL"),
            Value::Array(_) if *kind != FieldKind::Json => array(backend, kind, field, item, out)?,
            _ => {
                let converted = convert(backend, kind, field, item)
                    .and_then(|v| check_rules(backend, kind, field, &v).map(|()| v))
                    .map_err(|message| format!("item {}: {message}", i + 1))?;
                push_element(&converted, out);
            }
        }
    }
    out.push('}');
    Ok(())
}

fn push_element(value: &DbValue, out: &mut String) {
    let text = match value {
        DbValue::Null => return out.push_str("NULL"),
        DbValue::Bool(b) => b.to_string(),
        DbValue::Integer(n) => n.to_string(),
        DbValue::Float(n) => n.to_string(),
        DbValue::Text(text) => text.clone(),
        DbValue::Bytes(bytes) => bytes.iter().fold("\\x".to_owned(), |hex, b| format!("{hex}{b:02x}")),
    };
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}

/// A value of a type that is not known here: PostgreSQL takes its text form, SQLite takes what comes.
fn other(backend: Backend, value: &Value) -> Checked {
    let casts = spelling::has_casts(backend);
    match value {
        Value::String(text) if text.contains('\0') => Err(NUL.into()),
        Value::String(text) => Ok(DbValue::Text(text.clone())),
        Value::Number(n) if casts => Ok(DbValue::Text(n.to_string())),
        Value::Bool(b) if casts => Ok(DbValue::Text(b.to_string())),
        Value::Number(n) => n
            .as_i64()
            .map(DbValue::Integer)
            .or_else(|| n.as_f64().map(DbValue::Float))
            .ok_or_else(|| "expected a smaller number".into()),
        Value::Bool(b) => Ok(DbValue::Integer((*b).into())),
        _ => Err("expected a text".into()),
    }
}

/// The forms in which an equal value may be stored: SQLite files have UUIDs in three of them.
pub fn stored_forms(backend: Backend, field: &Field, value: &DbValue) -> Vec<DbValue> {
    match value {
        DbValue::Text(text) if field.kind == FieldKind::Uuid && !spelling::has_casts(backend) => {
            let hex: String = text.chars().filter(|c| *c != '-').collect();
            let bytes = (0..hex.len() / 2)
                .filter_map(|i| u8::from_str_radix(hex.get(2 * i..2 * i + 2)?, 16).ok())
                .collect();
            let upper = DbValue::Text(text.to_uppercase());
            vec![value.clone(), upper, DbValue::Text(hex), DbValue::Bytes(bytes)]
        }
        _ => vec![value.clone()],
    }
}
