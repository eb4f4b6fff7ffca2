//! Values of columns that are not known at compile time: read from either database, and bound to it.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use diesel::data_types::{PgDate, PgTime, PgTimestamp};
use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::pg::{Pg, PgValue};
use diesel::row::{Field, NamedRow, Row};
use diesel::sql_types as st;
use diesel::sqlite::{Sqlite, SqliteType, SqliteValue};

use crate::db::{MultiBackend, MultiRawValue};

/// One value, as close to the driver as the two databases can agree on. Dates and times are ISO texts.
#[derive(Debug, Clone, PartialEq)]
pub enum DbValue {
    /// NULL
    Null,
    /// Only from PostgreSQL; SQLite has integers.
    Bool(bool),
    /// Every integer type.
    Integer(i64),
    /// Every floating type.
    Float(f64),
    /// Text, and whatever was cast to text.
    Text(String),
    /// BYTEA or BLOB.
    Bytes(Vec<u8>),
}

impl DbValue {
    /// About how many bytes it has where it is written down.
    pub fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len().div_ceil(3) * 4,
            _ => 8,
        }
    }
}

/// One row of a query whose columns are known by position.
#[derive(Debug)]
pub struct DbRow(pub Vec<DbValue>);

impl QueryableByName<MultiBackend> for DbRow {
    fn build<'a>(row: &impl NamedRow<'a, MultiBackend>) -> deserialize::Result<Self> {
        let mut values = Vec::with_capacity(row.field_count());
        for index in 0..row.field_count() {
            let field = Row::get(row, index).ok_or("a row has fewer columns than it says")?;
            values.push(match field.value() {
                None => DbValue::Null,
                Some(MultiRawValue::Pg(raw)) => from_postgres(raw)?,
                Some(MultiRawValue::Sqlite(raw)) => from_sqlite(raw)?,
            });
        }
        Ok(Self(values))
    }
}

fn from_sqlite(raw: SqliteValue<'_, '_, '_>) -> deserialize::Result<DbValue> {
    Ok(match raw.value_type() {
        None => DbValue::Null,
        Some(SqliteType::Double | SqliteType::Float) => {
            DbValue::Float(FromSql::<st::Double, Sqlite>::from_sql(raw)?)
        }
        Some(SqliteType::Text) => DbValue::Text(FromSql::<st::Text, Sqlite>::from_sql(raw)?),
        Some(SqliteType::Binary) => DbValue::Bytes(FromSql::<st::Binary, Sqlite>::from_sql(raw)?),
        Some(_) => DbValue::Integer(FromSql::<st::BigInt, Sqlite>::from_sql(raw)?),
    })
}

/// Decodes what is decoded cheaply in binary; queries cast every other type to text.
fn from_postgres(raw: PgValue<'_>) -> deserialize::Result<DbValue> {
    Ok(match raw.get_oid().get() {
        16 => DbValue::Bool(FromSql::<st::Bool, Pg>::from_sql(raw)?),
        17 => DbValue::Bytes(FromSql::<st::Binary, Pg>::from_sql(raw)?),
        20 => DbValue::Integer(FromSql::<st::BigInt, Pg>::from_sql(raw)?),
        21 => DbValue::Integer(<i16 as FromSql<st::SmallInt, Pg>>::from_sql(raw)?.into()),
        23 => DbValue::Integer(<i32 as FromSql<st::Integer, Pg>>::from_sql(raw)?.into()),
        700 => DbValue::Float(widen(FromSql::<st::Float, Pg>::from_sql(raw)?)),
        701 => DbValue::Float(FromSql::<st::Double, Pg>::from_sql(raw)?),
        1082 => DbValue::Text(date(<PgDate as FromSql<st::Date, Pg>>::from_sql(raw)?.0)),
        1083 => DbValue::Text(time(<PgTime as FromSql<st::Time, Pg>>::from_sql(raw)?.0)),
        1114 => DbValue::Text(timestamp(<PgTimestamp as FromSql<st::Timestamp, Pg>>::from_sql(raw)?.0, "")),
        1184 => {
            DbValue::Text(timestamp(<PgTimestamp as FromSql<st::Timestamptz, Pg>>::from_sql(raw)?.0, "Z"))
        }
        _ => DbValue::Text(FromSql::<st::Text, Pg>::from_sql(raw)?),
    })
}

/// The double that prints like the single: 0.1 stays 0.1.
fn widen(single: f32) -> f64 {
    single.to_string().parse().unwrap_or_else(|_| f64::from(single))
}

/// Both databases' day zero is PostgreSQL's: 2000-01-01.
const EPOCH: NaiveDateTime = match NaiveDate::from_ymd_opt(2000, 1, 1) {
    Some(day) => day.and_time(chrono::NaiveTime::MIN),
    None => NaiveDateTime::MIN,
};

fn timestamp(micros: i64, zone: &str) -> String {
    if let Some(text) = infinite(micros == i64::MIN, micros == i64::MAX) {
        return text;
    }
    EPOCH.checked_add_signed(TimeDelta::microseconds(micros)).map_or_else(
        || format!("{micros} microseconds after 2000-01-01"),
        |t| format!("{}{zone}", t.format("%Y-%m-%dT%H:%M:%S%.f")),
    )
}

fn date(days: i32) -> String {
    if let Some(text) = infinite(days == i32::MIN, days == i32::MAX) {
        return text;
    }
    EPOCH
        .date()
        .checked_add_signed(TimeDelta::days(days.into()))
        .map_or_else(|| format!("{days} days after 2000-01-01"), |day| day.format("%Y-%m-%d").to_string())
}

fn infinite(negative: bool, positive: bool) -> Option<String> {
    match (negative, positive) {
        (true, _) => Some("-infinity".to_owned()),
        (_, true) => Some("infinity".to_owned()),
        _ => None,
    }
}

/// PostgreSQL has a 24:00:00, which no clock type knows.
fn time(micros: i64) -> String {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if fraction == 0 { text } else { format!("{text}.{fraction:06}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgres_times_become_iso_texts() {
        assert_eq!(timestamp(0, "Z"), "2000-01-01T00:00:00Z");
        assert_eq!(timestamp(1_500_000, ""), "2000-01-01T00:00:01.500");
        assert_eq!(timestamp(i64::MAX, "Z"), "infinity");
        assert_eq!(date(-1), "1999-12-31");
        assert_eq!(date(i32::MIN), "-infinity");
        assert_eq!(time(86_400_000_000), "24:00:00");
        assert_eq!(time(3_723_000_001), "01:02:03.000001");
    }

    #[test]
    fn singles_keep_their_digits() {
        assert_eq!(widen(0.1).to_string(), "0.1");
        assert!(widen(f32::NAN).is_nan());
    }
}
