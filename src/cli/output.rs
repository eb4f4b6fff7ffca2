//! Printing: tables for people, JSON for programs, errors for both.

use std::io::Write;

use chrono::TimeDelta;
use serde::Serialize;
use serde_json::json;

use crate::error::{Error, Result};

/// One line of JSON on stdout.
///
/// # Errors
/// `Internal` if the value cannot be written, or stdout is closed.
pub fn json(value: &impl Serialize) -> Result<()> {
    text(&serde_json::to_string(value).map_err(|e| Error::Internal(Box::new(e)))?)
}

/// A text and a line end on stdout.
///
/// # Errors
/// `Internal` if stdout is closed.
pub fn text(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush()).map_err(|e| Error::Internal(Box::new(e)))
}

/// An error on stderr, with its code and fields in JSON.
pub fn error(error: &Error, json: bool) {
    let mut err = std::io::stderr().lock();
    // Nobody is left to tell if stderr is closed.
    let _ = if json {
        let fields = match error {
            Error::Invalid(fields) => json!(fields),
            _ => json!([]),
        };
        let message = message(error);
        writeln!(err, "{}", json!({"error": {"code": error.code(), "message": message, "errors": fields}}))
    } else {
        writeln!(err, "error: {}", message(error))
    };
}

/// The operator at the command line may read what is behind a fault.
fn message(error: &Error) -> String {
    match error {
        Error::Internal(source) => format!("{error}: {source}"),
        other => other.to_string(),
    }
}

/// Aligned columns under a head. Control characters of values are escaped.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| printable(cell)).collect()).collect();
    let mut widths: Vec<usize> = head.iter().map(|h| h.chars().count()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: Vec<&str>| {
        let padded: Vec<String> =
            cells.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let mut lines = vec![line(head.to_vec())];
    lines.extend(rows.iter().map(|row| line(row.iter().map(String::as_str).collect())));
    lines.join("\n")
}

/// A text that cannot move the cursor of a terminal.
pub fn printable(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

/// `yes` or `no`.
pub fn yes_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

/// Reads `30d`, `24h`, `90 min`: a value parser of arguments.
///
/// # Errors
/// A sentence for the user.
pub fn duration(text: &str) -> Result<TimeDelta, String> {
    let parsed = humantime::parse_duration(text).map_err(|e| format!("{e}; write 30d, 24h or 90min"))?;
    TimeDelta::from_std(parsed).map_err(|_| "this is too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [vec!["1".into(), "Ada".into()], vec!["20".into(), "x\x1b[31m".into()]];
        assert_eq!(table(&["ID", "NAME"], &rows), "ID  NAME\n1   Ada\n20  x\\u{1b}[31m");
    }

    #[test]
    fn durations_read_as_people_write_them() {
        assert_eq!(duration("30d"), Ok(TimeDelta::days(30)));
        assert_eq!(duration("24h"), Ok(TimeDelta::hours(24)));
        assert!(duration("soon").is_err());
    }
}
