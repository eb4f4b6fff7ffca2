//! The arguments and members of an answer that say which part of a list is meant.

use serde::Serialize;
use serde_json::{Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Viewer, property, whole};
use crate::apps::record::Row;
use crate::apps::{Count, Cursor, ListQuery, Page, Total};
use crate::error::{Error, Result};
use crate::mcp::exchange::LogLevel;

/// Arguments of lists of records, in the order in which they are announced.
pub const ARGUMENTS: [&str; 4] = ["limit", "offset", "cursor", "count"];

/// One page of records, as it is answered.
#[derive(Serialize)]
pub struct Answer {
    results: Vec<Row>,
    count: usize,
    total_count: Option<u64>,
    total_count_is: &'static str,
    next_cursor: Option<String>,
}

impl Answer {
    /// Shows a page.
    pub fn new(page: Page) -> Self {
        Self {
            count: page.records.len(),
            total_count: page.total.number(),
            total_count_is: page.total.name(),
            next_cursor: page.next.as_ref().map(Cursor::to_string),
            results: page.into_rows(),
        }
    }
}

/// `limit` and `offset`.
pub fn limits(viewer: &Viewer<'_>, default: u32) -> Vec<(String, Value)> {
    let most = viewer.settings.max_limit;
    let limit = json!({ "type": "integer", "minimum": 1, "default": default.min(most) });
    let offset = json!({ "type": "integer", "minimum": 0, "default": 0 });
    vec![
        property("limit", limit, format!("Records to answer, at most {most}")),
        property("offset", offset, "Records to skip"),
    ]
}

/// [`limits`], and what else a list of records takes.
pub fn all(viewer: &Viewer<'_>) -> Vec<(String, Value)> {
    let mut properties = limits(viewer, viewer.settings.default_limit());
    let text = json!({ "type": "string" });
    properties.push(property(
        "cursor",
        text,
        "next_cursor of the page before, instead of offset; with the same filters, search and order_by",
    ));
    let count = json!({ "type": "string", "enum": Count::NAMES });
    properties.push(property(
        "count",
        count,
        "How to find total_count; estimate and none are quick on large tables. exact, or none with a cursor",
    ));
    properties
}

/// Reads `limit` and `offset`.
pub fn take_limits(call: &Call<'_>, arguments: &mut Arguments, default: u32) -> (u32, u64) {
    let limit = take_limit(call, arguments, default);
    (limit, arguments.take_count("offset", 0).unwrap_or(0))
}

/// Reads `limit`; above the most it is the most.
pub fn take_limit(call: &Call<'_>, arguments: &mut Arguments, default: u32) -> u32 {
    let most = call.mcp.settings.max_limit;
    let limit = arguments.take_count("limit", 1).unwrap_or(default.into());
    if limit > most.into() {
        let data = json!({ "limit": most, "message": "There is a most for one answer: page with cursor" });
        call.exchange.log(LogLevel::Notice, call.tool, &data);
    }
    u32::try_from(limit).unwrap_or(u32::MAX).min(most)
}

/// Reads what [`all`] announces.
pub fn take(call: &Call<'_>, arguments: &mut Arguments) -> ListQuery {
    let (limit, offset) = take_limits(call, arguments, call.mcp.settings.default_limit());
    let cursor = arguments.take_text("cursor").map(|text| Cursor::parse(&text)).transpose();
    let cursor = cursor.unwrap_or_else(|error| {
        arguments.refuse_all(error);
        None
    });
    let count = arguments.take_text("count").map(|name| Count::parse(&name));
    if count == Some(None) {
        arguments.refuse("count", format!("must be one of: {}", Count::NAMES.join(", ")));
    }
    let unsaid = if cursor.is_some() { Count::None } else { Count::Exact };
    ListQuery {
        limit,
        offset,
        cursor,
        count: count.flatten().unwrap_or(unsaid),
        max_bytes: Some(call.mcp.settings.max_answer_bytes),
        ..ListQuery::default()
    }
}

/// The schemas of what [`Answer`] has, by name.
pub fn members(record: &Value) -> [(&'static str, Value); 5] {
    [
        ("results", json!({ "type": "array", "items": record })),
        ("count", json!({ "type": "integer" })),
        ("total_count", json!({ "type": ["integer", "null"] })),
        ("total_count_is", json!({ "type": "string", "enum": Total::NAMES })),
        ("next_cursor", json!({ "type": ["string", "null"] })),
    ]
}

/// The schema of [`Answer`].
pub fn output(record: &Value) -> Value {
    whole(members(record))
}

/// An answer, unless it is too long. `how` says how to narrow `field`.
///
/// # Errors
/// `Invalid` for `field`.
pub fn within_bounds(call: &Call<'_>, answer: String, field: &str, how: &str) -> Result<String> {
    let most = call.mcp.settings.max_answer_bytes;
    // As much as the values may have becomes more with names and quotes.
    if answer.len() <= most.saturating_mul(2) {
        return Ok(answer);
    }
    Err(Error::invalid(field, format!("the answer would have more than {most} bytes; {how}")))
}
