//! `list_<model>`: filter, search, order and page.

use serde::Serialize;
use serde_json::{Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Shape, Viewer, Words, described, property, whole};
use super::schema;
use crate::apps::record::Record;
use crate::apps::{ListQuery, Model};
use crate::error::Result;
use crate::mcp;
use crate::mcp::exchange::LogLevel;

const ARGUMENTS: [&str; 6] = ["limit", "offset", "filters", "search", "order_by", "fields"];

#[derive(Serialize)]
struct Answer<'a> {
    results: &'a [Record],
    count: usize,
    total_count: u64,
}

/// How it is announced.
pub fn shape(viewer: &Viewer<'_>, model: Option<&Model>) -> Shape {
    let words = Words::of(model);
    let mut properties = paging(viewer, viewer.settings.default_limit());
    properties.push(("filters".into(), schema::filters(model)));
    properties.extend(search(model).map(|schema| ("search".to_owned(), schema)));
    properties.push(("order_by".into(), schema::order_by(model)));
    properties.push(property("fields", schema::names(model), "The fields to answer"));
    Shape {
        title: format!("List {}", words.many),
        description: format!(
            "List records of {}: filter, search, order, page. Answers results, count (of this page) and total_count.",
            words.label
        ),
        properties,
        required: Vec::new(),
        output: page(&schema::record(model, false)),
    }
}

/// The schema of a text to search for, if there are fields to search in.
pub fn search(model: Option<&Model>) -> Option<Value> {
    let text = json!({ "type": "string" });
    let Some(model) = model else { return Some(described(text, "Text to look for")) };
    let names: Vec<&str> = model.search_fields.iter().map(|i| &*model.fields[*i].name).collect();
    (!names.is_empty()).then(|| described(text, format!("Text to look for in {}", names.join(", "))))
}

/// `limit` and `offset`.
pub fn paging(viewer: &Viewer<'_>, default: u32) -> Vec<(String, Value)> {
    let most = viewer.settings.max_limit;
    let limit = json!({ "type": "integer", "minimum": 1, "default": default.min(most) });
    let offset = json!({ "type": "integer", "minimum": 0, "default": 0 });
    vec![
        property("limit", limit, format!("Records to answer, at most {most}")),
        property("offset", offset, "Records to skip"),
    ]
}

/// Reads `limit` and `offset`; a limit above the most is the most.
pub fn take_paging(call: &Call<'_>, arguments: &mut Arguments, default: u32) -> (u32, u64) {
    let most = call.mcp.settings.max_limit;
    let limit = arguments.take_count("limit", 1).unwrap_or(default.into());
    if limit > most.into() {
        let data = json!({ "limit": most, "message": "There is a most for one answer: page with offset" });
        call.exchange.log(LogLevel::Notice, call.tool, &data);
    }
    let offset = arguments.take_count("offset", 0).unwrap_or(0);
    (u32::try_from(limit).unwrap_or(u32::MAX).min(most), offset)
}

/// The schema of a page of records.
pub fn page(record: &Value) -> Value {
    let count = json!({ "type": "integer" });
    whole([
        ("results", json!({ "type": "array", "items": record })),
        ("count", count.clone()),
        ("total_count", count),
    ])
}

/// Lists records.
///
/// # Errors
/// `Invalid` for arguments; database faults.
pub fn run(call: &Call<'_>, mut arguments: Arguments) -> Result<String> {
    let (limit, offset) = take_paging(call, &mut arguments, call.mcp.settings.default_limit());
    let search = arguments.take_text("search").filter(|text| !text.is_empty());
    let query = ListQuery {
        filters: arguments.take_object("filters").unwrap_or_default(),
        search,
        order_by: arguments.take_names("order_by").unwrap_or_default(),
        fields: arguments.take_names("fields"),
        limit,
        offset,
    };
    arguments.finish(&ARGUMENTS)?;
    let page = call.collection().list(&query)?;
    let results = &page.records;
    Ok(mcp::json(&Answer { results, count: results.len(), total_count: page.total_count }))
}
