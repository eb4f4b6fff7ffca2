//! SQL functions of ours on attached SQLite databases: what PostgreSQL has and SQLite lacks.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Bool, Nullable, Text};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, SqliteConnection};

use super::exact::ExactSum;
use crate::db::watch;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Lower case of the whole of Unicode; the built-in `lower` knows ASCII only.
    fn mcp_lower(text: Nullable<Text>) -> Nullable<Text>;
    /// A date and time in one comparable form, whatever form it is stored in.
    fn mcp_moment(text: Nullable<Text>) -> Nullable<Text>;
    /// The exact sum of decimals that are given as texts.
    #[aggregate]
    fn mcp_sum(text: Nullable<Text>) -> Nullable<Text>;
    /// True until the statement's time is up, then an error that ends it.
    fn mcp_in_time() -> Bool;
}

/// The answer of `mcp_in_time`: an error is the only way to stop a statement from inside.
#[derive(Debug)]
struct InTime(bool);

impl ToSql<Bool, Sqlite> for InTime {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        if !self.0 {
            return Err("canceled by statement timeout".into());
        }
        out.set_value(1);
        Ok(IsNull::No)
    }
}

/// Makes the functions known to a connection. Statements that contain `mcp_in_time()` end after `limit`.
///
/// # Errors
/// Database faults.
pub fn register(conn: &mut SqliteConnection, limit: Duration) -> QueryResult<()> {
    mcp_lower_utils::register_impl(conn, |text: Option<String>| text.map(|t| t.to_lowercase()))?;
    mcp_moment_utils::register_impl(conn, |text: Option<String>| text.map(|t| moment(&t)))?;
    mcp_sum_utils::register_impl::<ExactSum, _>(conn)?;
    mcp_in_time_utils::register_nondeterministic_impl(conn, move || {
        InTime(watch::running_for().is_none_or(|time| time < limit))
    })
}

/// The form in which moments are compared: `2026-11-23 12:00:00.000000`, in UTC if it has a zone. A text
/// that is no moment stays as it is.
pub fn moment(text: &str) -> String {
    parse_moment(text).map_or_else(|| text.to_owned(), |(t, _)| t.format("%Y-%m-%d %H:%M:%S%.6f").to_string())
}

/// Reads a date and time in any of the usual forms; the flag says whether it had a zone, in which case
/// it is converted to UTC. A date alone is its midnight.
pub fn parse_moment(text: &str) -> Option<(NaiveDateTime, bool)> {
    let text = text.trim();
    if !text.is_char_boundary(10) || text.len() < 10 {
        return None;
    }
    let (day, rest) = text.split_at(10);
    let day = chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    if rest.is_empty() {
        return day.and_hms_opt(0, 0, 0).map(|t| (t, false));
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    for form in ["%H:%M:%S%.f", "%H:%M"] {
        if let Ok(time) = chrono::NaiveTime::parse_from_str(rest, form) {
            return Some((day.and_time(time), false));
        }
    }
    let zoned = rest.strip_suffix(['Z', 'z']).map(|r| format!("{r}+00:00"));
    let rest = zoned.as_deref().unwrap_or(rest).replace(' ', "");
    ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z"]
        .iter()
        .find_map(|form| DateTime::parse_from_str(&format!("{day} {rest}"), form).ok())
        .map(|t| (t.naive_utc(), true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_in_any_form_compare_alike() {
        for text in [
            "2026-11-23 12:00:00",
            "2026-11-23T12:00:00",
            "2026-11-23T12:00Z",
            "2026-11-23 14:00:00+02:00",
            "2026-11-23 14:00:00.000 +0200",
            "2026-11-23T12:00:00.000000Z",
        ] {
            assert_eq!(moment(text), "2026-11-23 12:00:00.000000", "{text}");
        }
        assert_eq!(moment("2026-11-23"), "2026-11-23 00:00:00.000000");
        for text in ["", "soon", "2026-13-01", "2026-11-23x12:00:00", "äääääääääää", "2026-11-23T25:00:00"]
        {
            assert_eq!(moment(text), text);
        }
    }
}
