//! Exact sums of decimals: SQLite itself adds in binary, where a tenth is not a tenth.

use std::fmt;

use diesel::sqlite::SqliteAggregateFunction;

/// Digits after the point at most.
const LONGEST_SCALE: u32 = 30;

/// A decimal number of up to 38 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exact {
    units: i128,
    /// Digits after the point.
    scale: u32,
}

impl Exact {
    /// Reads a decimal with or without exponent; `None` for what is none, or has too many digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i64 = exponent.parse().ok()?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let units: i128 = format!("{whole}{fraction}").parse().ok()?;
        let scale = i64::try_from(fraction.len()).ok()? - exponent;
        if scale < 0 {
            let factor = 10_i128.checked_pow(u32::try_from(-scale).ok()?)?;
            return Some(Self { units: units.checked_mul(factor)?, scale: 0 });
        }
        let scale = u32::try_from(scale).ok().filter(|scale| *scale <= LONGEST_SCALE)?;
        Some(Self { units, scale })
    }

    /// The same number with at least so many digits after the point.
    pub fn with_scale(self, scale: u32) -> Option<Self> {
        let missing = scale.saturating_sub(self.scale);
        let units = self.units.checked_mul(10_i128.checked_pow(missing)?)?;
        Some(Self { units, scale: self.scale + missing })
    }

    fn plus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let (one, two) = (self.with_scale(scale)?, other.with_scale(scale)?);
        Some(Self { units: one.units.checked_add(two.units)?, scale })
    }

    /// A part of it, rounded (half away from zero) to `more` digits after those that it has; zeros at the end
    /// are left out.
    pub fn divided_by(self, parts: i64, more: u32) -> Option<Self> {
        let fine = self.with_scale(self.scale + more)?;
        let parts = i128::from(parts);
        let (mut units, rest) = (fine.units.checked_div(parts)?, fine.units.checked_rem(parts)?);
        if rest.unsigned_abs() * 2 >= parts.unsigned_abs() {
            units += if (rest < 0) == (parts < 0) { 1 } else { -1 };
        }
        let mut scale = fine.scale;
        while scale > self.scale && units % 10 == 0 {
            units /= 10;
            scale -= 1;
        }
        Some(Self { units, scale })
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let scale = self.scale as usize;
        let digits = format!("{:0>width$}", self.units.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let point = if scale > 0 { "." } else { "" };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

/// The sum while it is made. What is no number counts as nothing, as in SQLite's own sum.
#[derive(Debug, Default)]
pub struct ExactSum {
    exact: Option<Exact>,
    /// The sum as far as a double goes, for numbers that are out of the exact range.
    rough: f64,
    is_rough: bool,
}

impl SqliteAggregateFunction<Option<String>> for ExactSum {
    type Output = Option<String>;

    fn step(&mut self, text: Option<String>) {
        let Some(text) = text else { return };
        self.rough += text.parse().unwrap_or(0.0);
        let sum = Exact::parse(&text).and_then(|number| self.exact.unwrap_or_default().plus(number));
        match sum {
            Some(sum) => self.exact = Some(sum),
            None => self.is_rough |= text.parse::<f64>().is_ok(),
        }
    }

    fn finalize(sum: Option<Self>) -> Self::Output {
        let sum = sum?;
        if sum.is_rough { Some(sum.rough.to_string()) } else { sum.exact.map(|exact| exact.to_string()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(texts: &[&str]) -> Option<String> {
        let mut sum = ExactSum::default();
        for text in texts {
            sum.step(Some((*text).to_owned()));
        }
        sum.step(None);
        ExactSum::finalize(Some(sum))
    }

    #[test]
    fn sums_are_exact() {
        for (texts, expected) in [
            (&["0.1", "0.2"][..], "0.3"),
            (&["1.0e+03", "-0.05"], "999.95"),
            (&["9223372036854775807", "1"], "9223372036854775808"),
            (&["-0.5", "0.5"], "0.0"),
            (&["1.5", "soon"], "1.5"),
            (&["1e300", "1"], &1e300_f64.to_string()),
        ] {
            assert_eq!(sum(texts).as_deref(), Some(expected), "{texts:?}");
        }
        assert_eq!(sum(&[]), None);
    }

    #[test]
    fn parts_are_rounded_and_short() {
        for (whole, parts, part) in [
            ("2", 3, "0.666667"),
            ("-2", 3, "-0.666667"),
            ("1.50", 2, "0.75"),
            ("0.01", 2, "0.005"),
            ("7", 7, "1"),
        ] {
            assert_eq!(
                Exact::parse(whole).unwrap().divided_by(parts, 6).unwrap().to_string(),
                part,
                "{whole}/{parts}"
            );
        }
        assert_eq!(Exact::parse("1").unwrap().divided_by(0, 6), None);
        assert_eq!(Exact::parse("1.5").unwrap().with_scale(3).unwrap().to_string(), "1.500");
    }
}
