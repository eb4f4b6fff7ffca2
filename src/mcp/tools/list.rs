//! `list_<model>`: filter, search, order and page.

use rmcp::model::Tool;
use serde::Serialize;
use serde_json::{Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Viewer, described, object, tool};
use super::operation::Operation;
use super::schema;
use crate::apps::record::Record;
use crate::apps::{ListQuery, Model};
use crate::error::Result;
use crate::mcp;

const ARGUMENTS: [&str; 6] = ["limit", "offset", "filters", "search", "order_by", "fields"];

#[derive(Serialize)]
struct Answer<'a> {
    results: &'a [Record],
    count: usize,
    total_count: u64,
}

/// How it is announced.
pub fn definition(viewer: &Viewer<'_>, model: &Model) -> Tool {
    let title = format!("List {}", model.verbose_name_plural);
    let mut properties = paging(viewer);
    properties.push(("filters".into(), schema::filters(model)));
    if !model.search_fields.is_empty() {
        let names: Vec<&str> = model.search_fields.iter().map(|i| &*model.fields[*i].name).collect();
        let description = format!("Text to look for in {}", names.join(", "));
        properties.push(("search".into(), described(json!({ "type": "string" }), description)));
    }
    properties.push(("order_by".into(), schema::order_by(model)));
    properties.push((
        "fields".into(),
        described(
            json!({ "type": "array", "items": { "type": "string", "enum": schema::names(model) } }),
            "The fields to answer",
        ),
    ));
    let description = format!(
        "List records of {}: filter, search, order, page. Answers results, count (of this page) and total_count.",
        model.label()
    );
    tool(
        Operation::List.tool_name(model),
        &title,
        description,
        Operation::List.annotations(&title),
        object(properties, &[]),
        &output(&schema::record(model, false)),
    )
}

/// `limit` and `offset`.
pub fn paging(viewer: &Viewer<'_>) -> Vec<(String, Value)> {
    let (default, most) = (viewer.settings.default_limit, viewer.settings.max_limit);
    vec![
        (
            "limit".into(),
            described(
                json!({ "type": "integer", "minimum": 1, "default": default.min(most) }),
                format!("Records to answer, at most {most}"),
            ),
        ),
        (
            "offset".into(),
            described(json!({ "type": "integer", "minimum": 0, "default": 0 }), "Records to skip"),
        ),
    ]
}

/// The schema of a page of records.
pub fn output(record: &Value) -> Value {
    let count = json!({ "type": "integer" });
    object(
        [
            ("results".to_owned(), json!({ "type": "array", "items": record })),
            ("count".to_owned(), count.clone()),
            ("total_count".to_owned(), count),
        ],
        &["results", "count", "total_count"],
    )
}

/// Lists records.
///
/// # Errors
/// `Invalid` for arguments; database faults.
pub fn run(call: &Call<'_>, mut arguments: Arguments) -> Result<String> {
    let settings = &call.mcp.settings;
    let limit = arguments.take_count("limit", 1).unwrap_or(settings.default_limit.into());
    let search = arguments.take_text("search").filter(|text| !text.is_empty());
    let query = ListQuery {
        filters: arguments.take_object("filters").unwrap_or_default(),
        search,
        order_by: arguments.take_names("order_by").unwrap_or_default(),
        fields: arguments.take_names("fields"),
        limit: u32::try_from(limit).unwrap_or(u32::MAX).min(settings.max_limit),
        offset: arguments.take_count("offset", 0).unwrap_or(0),
    };
    arguments.finish(&ARGUMENTS)?;
    let page = call.collection().list(&query)?;
    let results = &page.records;
    Ok(mcp::json(&Answer { results, count: results.len(), total_count: page.total_count }))
}
