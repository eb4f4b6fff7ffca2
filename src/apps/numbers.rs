//! Whole numbers and exact decimals in JSON.

use serde_json::Value;

/// Longest decimal in characters; nothing that is measured or paid has more digits.
const LONGEST: usize = 1000;

/// A whole number: a JSON integer, or its digits in a string.
///
/// # Errors
/// A sentence that says what is expected.
pub fn integer(value: &Value) -> Result<i64, String> {
    let found = match value {
        Value::Number(n) => n.as_i64().or_else(|| n.as_f64().and_then(whole)),
        Value::String(text) if !text.starts_with('+') => text.parse().ok(),
        _ => None,
    };
    found.ok_or_else(|| "expected a whole number of at most 64 bits".into())
}

/// 3.0 is a whole number in JSON.
fn whole(number: f64) -> Option<i64> {
    const SAFE: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "within ±2⁵³ nothing is cut")]
    (number.fract() == 0.0 && number.abs() <= SAFE).then_some(number as i64)
}

/// An exact decimal in plain digits: a JSON number, or a string such as `"0.99"`.
///
/// # Errors
/// A sentence that says what is expected.
pub fn decimal(value: &Value) -> Result<String, String> {
    let text = match value {
        Value::Number(n) => n.to_string(),
        Value::String(text) => text.clone(),
        _ => String::new(),
    };
    plain(&text).ok_or_else(|| "expected a decimal number such as \"0.99\"".into())
}

/// Reads a decimal with or without exponent and writes it without.
fn plain(text: &str) -> Option<String> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let exponent: i64 = exponent.parse().ok()?;
    if all.is_empty() || all.len() > LONGEST || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if digits.ends_with('.') || exponent.unsigned_abs() > LONGEST as u64 {
        return None;
    }
    let point = i64::try_from(whole.len()).ok()? + exponent;
    let (whole, fraction) = match usize::try_from(point) {
        Ok(point) if point >= all.len() => (format!("{all}{}", "0".repeat(point - all.len())), String::new()),
        Ok(point) => (all[..point].to_owned(), all[point..].to_owned()),
        Err(_) => (String::new(), format!("{}{all}", "0".repeat(usize::try_from(-point).ok()?))),
    };
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let is_zero = whole == "0" && fraction.bytes().all(|b| b == b'0');
    let sign = if negative && !is_zero { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}"))
}

/// Whether a plain decimal fits a column of this precision and scale, and is kept exactly.
///
/// # Errors
/// A sentence that says what does not fit.
pub fn fits(
    text: &str,
    precision: Option<u32>,
    scale: Option<u32>,
    exact: Option<usize>,
) -> Result<(), String> {
    let digits = text.trim_start_matches('-');
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let whole = whole.trim_start_matches('0');
    if let Some(scale) = scale
        && fraction.len() > scale as usize
    {
        return Err(format!("has too many digits after the point; at most {scale} are allowed"));
    }
    if let Some(precision) = precision {
        let most = precision.saturating_sub(scale.unwrap_or(0)) as usize;
        if whole.len() > most {
            return Err(format!("has too many digits before the point; at most {most} are allowed"));
        }
    }
    let significant = format!("{whole}{fraction}").trim_start_matches('0').len();
    match exact {
        Some(most) if significant > most => {
            Err(format!("has {significant} digits; this database keeps {most} exactly"))
        }
        _ => Ok(()),
    }
}

/// A floating number that stands for a decimal, with the declared digits after the point if it has no
/// more: 0.5 with two of them is `0.50`.
pub fn with_scale(number: f64, scale: Option<u32>) -> String {
    if let Some(scale) = scale {
        let text = format!("{number:.*}", scale as usize);
        if text.parse() == Ok(number) {
            return text;
        }
    }
    number.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_numbers() {
        for (value, number) in [
            (json!(-1), Some(-1)),
            (json!(3.0), Some(3)),
            (json!("9223372036854775807"), Some(i64::MAX)),
            (json!(9_223_372_036_854_775_808_u64), None),
            (json!("9223372036854775808"), None),
            (json!(3.5), None),
            (json!(1e300), None),
            (json!("+1"), None),
            (json!(" 1"), None),
            (json!(true), None),
        ] {
            assert_eq!(integer(&value).ok(), number, "{value}");
        }
    }

    #[test]
    fn decimals_are_written_in_plain_digits() {
        for (value, text) in [
            (json!(0.99), Some("0.99")),
            (json!("-001.50"), Some("-1.50")),
            (json!(1e21), Some("1000000000000000000000")),
            (json!("1.5e-3"), Some("0.0015")),
            (json!(".5"), Some("0.5")),
            (json!("-0.0"), Some("0.0")),
            (json!("12345678901234567890.123456789"), Some("12345678901234567890.123456789")),
            (json!("1e400"), None),
            (json!("1e99999999999999999999"), None),
            (json!("NaN"), None),
            (json!("1."), None),
            (json!(""), None),
            (json!("0x1"), None),
            (json!("1e2000"), None),
            (json!(true), None),
        ] {
            if value == json!("1e400") {
                assert_eq!(decimal(&value).unwrap().len(), 401);
                continue;
            }
            assert_eq!(decimal(&value).ok().as_deref(), text, "{value}");
        }
    }

    #[test]
    fn digits_are_counted() {
        assert!(fits("99999999.99", Some(10), Some(2), None).is_ok());
        assert!(fits("0.990", Some(10), Some(2), None).is_ok());
        assert!(fits("0.999", Some(10), Some(2), None).is_err());
        assert!(fits("100000000", Some(10), Some(2), None).is_err());
        assert!(fits("1234567890123456", None, None, Some(15)).is_err());
        assert!(fits("0.00000000000000001", None, None, Some(15)).is_ok());
    }

    #[test]
    fn floats_show_the_declared_scale() {
        assert_eq!(with_scale(0.5, Some(2)), "0.50");
        assert_eq!(with_scale(0.99, Some(2)), "0.99");
        assert_eq!(with_scale(0.125, Some(2)), "0.125");
        assert_eq!(with_scale(3.0, None), "3");
    }
}
