//! `list_<model>`: filter, search, order and page.

use serde_json::{Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Shape, Viewer, Words, described, property};
use super::{paging, schema};
use crate::apps::record::{self, ETAG};
use crate::apps::{ListQuery, Model};
use crate::error::Result;
use crate::mcp;

/// How it is announced.
pub fn shape(viewer: &Viewer<'_>, model: Option<&Model>) -> Shape {
    let words = Words::of(model);
    let mut properties = paging::all(viewer);
    properties.push(("filters".into(), schema::filters(model)));
    properties.extend(search(model).map(|schema| ("search".to_owned(), schema)));
    properties.push(("order_by".into(), schema::order_by(model)));
    let fields = schema::names_with_version(model);
    let description = match model {
        Some(model) if !record::has_etag(model) => "The fields to answer".to_owned(),
        _ => format!("The fields to answer; {ETAG} is for if_match, and there if no fields are named"),
    };
    properties.push(property("fields", fields, description));
    Shape {
        title: format!("List {}", words.many),
        description: format!(
            "List records of {}: filter, search, order, page. Answers results, count (of this page), total_count \
             and next_cursor.",
            words.label
        ),
        properties,
        required: Vec::new(),
        output: paging::output(&schema::versioned(model)),
    }
}

/// The schema of a text to search for, if there are fields to search in.
pub fn search(model: Option<&Model>) -> Option<Value> {
    let text = json!({ "type": "string" });
    let Some(model) = model else { return Some(described(text, "Text to look for")) };
    let names: Vec<&str> = model.search_fields.iter().map(|i| &*model.fields[*i].name).collect();
    (!names.is_empty()).then(|| described(text, format!("Text to look for in {}", names.join(", "))))
}

/// Lists records.
///
/// # Errors
/// `Invalid` for arguments; database faults.
pub fn run(call: &Call<'_>, mut arguments: Arguments) -> Result<String> {
    let mut fields = arguments.take_names("fields");
    let query = ListQuery {
        versions: record::take_etag(call.model, &mut fields),
        fields,
        filters: arguments.take_object("filters").unwrap_or_default(),
        search: arguments.take_text("search").filter(|text| !text.is_empty()),
        order_by: arguments.take_names("order_by").unwrap_or_default(),
        ..paging::take(call, &mut arguments)
    };
    let own = ["filters", "search", "order_by", "fields"];
    arguments.finish(&[&paging::ARGUMENTS[..], &own].concat())?;
    let page = call.collection().list(&query)?;
    Ok(mcp::json(&paging::Answer::new(page)))
}
