//! SQLite's declared types. They count for what a column means; how a value is stored does not.

use crate::apps::model::FieldKind;

/// What a column declared as `declared` holds, and the longest text if that is declared.
pub fn kind(declared: &str) -> (FieldKind, Option<u32>) {
    let upper = declared.to_uppercase();
    let (base, arguments) = upper.split_once('(').unwrap_or((&upper, ""));
    let (arguments, after) = arguments.split_once(')').unwrap_or((arguments, ""));
    let mut numbers = arguments.split(',').map(|n| n.trim().parse::<u32>().ok());
    let (first, second) = (numbers.next().flatten(), numbers.next().flatten());
    let words: Vec<&str> = base.split_whitespace().chain(after.split_whitespace()).collect();
    let has = |names: &[&str]| words.iter().any(|w| names.contains(w));
    let contains = |part: &str| words.iter().any(|w| w.contains(part));
    let zoned = has(&["TIMESTAMPTZ", "DATETIMEOFFSET"]) || (has(&["WITH"]) && has(&["ZONE"]));
    let kind = if has(&["BOOL", "BOOLEAN"]) {
        FieldKind::Boolean
    } else if zoned || has(&["DATETIME", "TIMESTAMP", "DATETIME2", "SMALLDATETIME"]) {
        FieldKind::DateTime { zoned }
    } else if has(&["DATE"]) {
        FieldKind::Date
    } else if has(&["TIME"]) {
        FieldKind::Time
    } else if has(&["DECIMAL", "NUMERIC", "DEC", "MONEY"]) {
        FieldKind::Decimal { precision: first, scale: first.and(second.or(Some(0))) }
    } else if has(&["JSON", "JSONB"]) {
        FieldKind::Json
    } else if has(&["UUID", "GUID", "UNIQUEIDENTIFIER"]) {
        FieldKind::Uuid
    } else if contains("CHAR") || contains("CLOB") || contains("TEXT") || has(&["STRING"]) {
        return (FieldKind::Text, first.filter(|_| contains("CHAR")));
    } else if contains("BLOB") || has(&["BINARY", "VARBINARY", "BYTEA", "IMAGE"]) {
        FieldKind::Binary
    } else if contains("REAL") || contains("FLOA") || contains("DOUB") {
        FieldKind::Float
    } else if words.iter().any(|w| is_integer(w)) {
        FieldKind::Integer { min: i64::MIN, max: i64::MAX }
    } else {
        FieldKind::Other
    };
    (kind, None)
}

fn is_integer(word: &str) -> bool {
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
    ["INT", "INTEGER", "TINYINT", "SMALLINT", "MEDIUMINT", "BIGINT", "SERIAL", "BIGSERIAL"].contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_types_are_understood() {
        let integer = FieldKind::Integer { min: i64::MIN, max: i64::MAX };
        let decimal = |precision, scale| FieldKind::Decimal { precision, scale };
        for (declared, expected) in [
            ("INTEGER", integer.clone()),
            ("unsigned big int", integer.clone()),
            ("INT8", integer.clone()),
            ("bool", FieldKind::Boolean),
            ("DATETIME", FieldKind::DateTime { zoned: false }),
            ("TIMESTAMP(6) WITH TIME ZONE", FieldKind::DateTime { zoned: true }),
            ("timestamptz", FieldKind::DateTime { zoned: true }),
            ("DATE", FieldKind::Date),
            ("time", FieldKind::Time),
            ("DECIMAL(10,2)", decimal(Some(10), Some(2))),
            ("NUMERIC( 8 , 3 )", decimal(Some(8), Some(3))),
            ("NUMERIC(5)", decimal(Some(5), Some(0))),
            ("NUMERIC", decimal(None, None)),
            ("JSON", FieldKind::Json),
            ("uuid", FieldKind::Uuid),
            ("TEXT", FieldKind::Text),
            ("BLOB", FieldKind::Binary),
            ("DOUBLE PRECISION", FieldKind::Float),
            ("REAL", FieldKind::Float),
            ("POINT", FieldKind::Other),
            ("INTERVAL", FieldKind::Other),
            ("", FieldKind::Other),
            ("(((", FieldKind::Other),
        ] {
            assert_eq!(kind(declared), (expected, None), "{declared}");
        }
        assert_eq!(kind("NVARCHAR(160)"), (FieldKind::Text, Some(160)));
        assert_eq!(kind("character varying(20)"), (FieldKind::Text, Some(20)));
        assert_eq!(kind("VARCHAR(x)"), (FieldKind::Text, None));
    }
}
