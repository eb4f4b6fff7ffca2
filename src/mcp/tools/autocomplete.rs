//! `autocomplete_<model>`: suggestions for a foreign key or a many-to-many list, by a few letters.

use serde_json::{Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Shape, Viewer, Words, property, whole};
use super::{list, schema};
use crate::apps::record;
use crate::apps::{Count, ListQuery, Model};
use crate::error::Result;
use crate::mcp;

/// Suggestions when the client does not say.
const DEFAULT: u32 = 10;

/// How it is announced.
pub fn shape(viewer: &Viewer<'_>, model: Option<&Model>) -> Shape {
    let words = Words::of(model);
    let mut properties: Vec<(String, Value)> =
        list::search(model).map(|schema| ("term".to_owned(), schema)).into_iter().collect();
    let most = viewer.settings.max_limit;
    let limit = json!({ "type": "integer", "minimum": 1, "default": DEFAULT.min(most) });
    properties.push(property("limit", limit, format!("Suggestions to answer, at most {most}")));
    let suggestion = whole([("id", schema::id_output(model)), ("text", json!({ "type": "string" }))]);
    Shape {
        title: format!("Suggest {}", words.many),
        description: format!(
            "Find records of {} by a few letters. Answers ids and their labels.",
            words.label
        ),
        properties,
        required: Vec::new(),
        output: whole([
            ("results", json!({ "type": "array", "items": suggestion })),
            ("count", json!({ "type": "integer" })),
        ]),
    }
}

/// Suggests records.
///
/// # Errors
/// `Invalid` for arguments; database faults.
pub fn run(call: &Call<'_>, mut arguments: Arguments) -> Result<String> {
    let term = arguments.take_text("term").filter(|text| !text.trim().is_empty());
    let limit = arguments.take_count("limit", 1).unwrap_or(DEFAULT.into());
    arguments.finish(&["term", "limit"])?;
    let model = call.model;
    let query = ListQuery {
        search: term,
        fields: Some(model.fields.iter().map(|field| field.name.to_string()).collect()),
        limit: u32::try_from(limit).unwrap_or(u32::MAX).min(call.mcp.settings.max_limit),
        count: Count::None,
        ..ListQuery::default()
    };
    let page = call.app.db.read(|conn| record::list(conn, call.catalog, model, &query)).map_err(by_term)?;
    let results: Vec<Value> = page
        .records
        .iter()
        .map(|found| json!({ "id": record::key_of(model, found), "text": record::display(model, found) }))
        .collect();
    Ok(mcp::json(&json!({ "count": results.len(), "results": results })))
}

/// The search is called `term` here.
fn by_term(error: crate::error::Error) -> crate::error::Error {
    match error {
        crate::error::Error::Invalid(mut errors) => {
            errors.iter_mut().filter(|e| e.field == "search").for_each(|e| "term".clone_into(&mut e.field));
            crate::error::Error::Invalid(errors)
        }
        other => other,
    }
}
