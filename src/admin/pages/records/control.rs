//! Which control a field has, what stands in it for a value, and what its text means.

use serde_json::Value;

use crate::apps::record::Cell;
use crate::apps::{Field, FieldKind};

/// How a field is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// On or off.
    Switch,
    /// Yes, no, or neither.
    YesNo,
    /// One of the choices.
    Choices,
    /// A number.
    Number,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// Day and time, in UTC where the column knows its zone.
    Moment,
    /// A text of one line, or anything that has no control of its own.
    Line,
    /// A text of several lines.
    Lines,
    /// JSON, or an array as JSON.
    Json,
    /// Bytes, typed in base64.
    Bytes,
}

/// Texts that are longer stand in several lines.
const SHORT: u32 = 255;

impl Control {
    /// The control of a field that has this value, if it has one. A value that does not fit the kind of its
    /// column gets a line of text, so that it is not lost.
    pub fn of(field: &Field, value: Option<&Cell>) -> Self {
        let text = value.map(Cell::to_text).unwrap_or_default();
        let fits = |control: Self, does: bool| if text.is_empty() || does { control } else { Self::Line };
        match &field.kind {
            FieldKind::Boolean
                if matches!(value, Some(Cell::Integer(_) | Cell::Text(_) | Cell::Float(_))) =>
            {
                Self::Line
            }
            FieldKind::Boolean if field.nullable || (value.is_none() && field.has_default) => Self::YesNo,
            FieldKind::Boolean => Self::Switch,
            FieldKind::Text | FieldKind::Enum if !field.choices.is_empty() => Self::Choices,
            FieldKind::Integer { .. } => fits(Self::Number, text.parse::<i64>().is_ok()),
            FieldKind::Float | FieldKind::Decimal { .. } => {
                fits(Self::Number, text.bytes().all(|b| b.is_ascii_digit() || b"-.".contains(&b)))
            }
            FieldKind::Date => fits(Self::Date, is_date(&text)),
            FieldKind::Time => fits(Self::Time, is_time(&text)),
            FieldKind::DateTime { .. } => fits(Self::Moment, is_moment(&text)),
            FieldKind::Text if text.contains(['\n', '\r']) => Self::Lines,
            FieldKind::Text if field.is_unique || field.is_primary_key => Self::Line,
            FieldKind::Text if field.max_length.is_none_or(|length| length > SHORT) => Self::Lines,
            FieldKind::Json | FieldKind::Array(_) => Self::Json,
            FieldKind::Binary => Self::Bytes,
            FieldKind::Text | FieldKind::Enum | FieldKind::Uuid | FieldKind::Other => Self::Line,
        }
    }

    /// Whether two of its kind fit side by side.
    pub fn is_narrow(self) -> bool {
        matches!(
            self,
            Self::Switch
                | Self::YesNo
                | Self::Choices
                | Self::Number
                | Self::Date
                | Self::Time
                | Self::Moment
        )
    }

    /// What stands in the control for a value.
    pub fn text_of(self, value: &Cell) -> String {
        let text = value.to_text();
        match self {
            Self::Bytes => String::new(),
            Self::Moment => text.trim_end_matches('Z').to_owned(),
            _ => text,
        }
    }

    /// The value that a text in the control stands for; `None` = nothing was typed.
    ///
    /// # Errors
    /// A sentence about what is wrong.
    pub fn value_of(self, field: &Field, text: &str) -> Result<Option<Value>, String> {
        if self == Self::Lines || (self == Self::Line && field.kind == FieldKind::Text) {
            return Ok(Some(Value::from(text)));
        }
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        Ok(Some(match self {
            Self::YesNo | Self::Switch => Value::Bool(matches!(text, "true" | "on")),
            Self::Json => serde_json::from_str(text).map_err(|error| format!("this is no JSON: {error}"))?,
            Self::Moment => Value::from(match (field.kind == FieldKind::DateTime { zoned: true }, text) {
                (true, text) if !text.ends_with(['Z', 'z']) => format!("{text}Z"),
                (_, text) => text.to_owned(),
            }),
            Self::Line if field.kind == FieldKind::Boolean => match text {
                "true" | "1" => Value::Bool(true),
                "false" | "0" => Value::Bool(false),
                other => Value::from(other),
            },
            _ => Value::from(text),
        }))
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, b)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() })
}

/// Browsers know thousandths of a second at most.
fn is_time(text: &str) -> bool {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    matches!(clock.len(), 5 | 8)
        && clock.split(':').all(|part| part.len() == 2 && digits(part))
        && fraction.len() <= 3
        && digits(fraction)
}

fn is_moment(text: &str) -> bool {
    let text = text.strip_suffix('Z').unwrap_or(text);
    text.split_once('T').is_some_and(|(date, time)| is_date(date) && is_time(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: FieldKind) -> Field {
        Field {
            name: "x".into(),
            relation_name: None,
            kind,
            db_type: String::new(),
            nullable: false,
            has_default: false,
            is_generated: false,
            is_primary_key: false,
            is_unique: false,
            readonly: false,
            max_length: None,
            choices: Vec::new(),
            references: None,
        }
    }

    #[test]
    fn a_value_that_does_not_fit_gets_a_line_of_text() {
        let integer = field(FieldKind::Integer { min: i64::MIN, max: i64::MAX });
        let zoned = field(FieldKind::DateTime { zoned: true });
        let of = |field: &Field, text: &str| Control::of(field, Some(&Cell::Text(text.into())));
        assert_eq!(of(&integer, "9223372036854775807"), Control::Number);
        assert_eq!(of(&integer, "many"), Control::Line);
        assert_eq!(of(&field(FieldKind::Date), "2026-11-23"), Control::Date);
        assert_eq!(of(&field(FieldKind::Date), "never"), Control::Line);
        assert_eq!(of(&zoned, "2026-11-23T12:30:00.5Z"), Control::Moment);
        assert_eq!(of(&zoned, "2026-11-23T12:30:00.123456Z"), Control::Line);
        assert_eq!(of(&field(FieldKind::Boolean), "maybe"), Control::Line);
        assert_eq!(Control::of(&field(FieldKind::Boolean), None), Control::Switch);
    }

    #[test]
    fn what_is_typed_becomes_json() {
        let zoned = field(FieldKind::DateTime { zoned: true });
        let value = |control: Control, field: &Field, text: &str| control.value_of(field, text).unwrap();
        assert_eq!(value(Control::Moment, &zoned, "2026-11-23T12:30"), Some("2026-11-23T12:30Z".into()));
        assert_eq!(value(Control::Lines, &field(FieldKind::Text), " a "), Some(" a ".into()));
        assert_eq!(value(Control::Number, &field(FieldKind::Float), " "), None);
        assert_eq!(value(Control::Json, &field(FieldKind::Json), "[1]"), Some(serde_json::json!([1])));
        assert!(Control::Json.value_of(&field(FieldKind::Json), "{").unwrap_err().contains("no JSON"));
    }
}
