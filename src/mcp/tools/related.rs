//! `related_<model>`: the records that one record is related to, a page at a time.

use serde_json::{Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Shape, Viewer, Words, property};
use super::{list, schema};
use crate::apps::record::{self, RelatedPage};
use crate::apps::{Model, Relation};
use crate::error::Result;
use crate::mcp;

/// How it is announced.
pub fn shape(viewer: &Viewer<'_>, model: Option<&Model>) -> Shape {
    let words = Words::of(model);
    let relation = names(viewer, model).unwrap_or_else(|| json!({ "type": "string" }));
    let mut properties =
        vec![("id".to_owned(), schema::id(model)), property("relation", relation, "The relation to follow")];
    properties.extend(list::paging(viewer, viewer.settings.default_limit()));
    Shape {
        title: format!("Related records of {}", words.one),
        description: format!(
            "Follow one relation of a record of {}. Answers type single with object, or type many with results, \
             count and total_count.",
            words.label
        ),
        properties,
        required: vec!["id", "relation"],
        output: output(),
    }
}

/// The schema of the answer: the members depend on the relation.
fn output() -> Value {
    let (text, count) = (json!({ "type": "string" }), json!({ "type": "integer" }));
    let record = json!({ "type": "object" });
    json!({
        "type": "object",
        "properties": {
            "relation": text,
            "model": text,
            "type": { "type": "string", "enum": ["single", "many"] },
            "object": { "type": ["object", "null"] },
            "results": { "type": "array", "items": record },
            "count": count,
            "total_count": count,
        },
        "required": ["relation", "model", "type"],
        "additionalProperties": false,
    })
}

/// The schema of a relation's name, if there are relations for the viewer.
pub fn names(viewer: &Viewer<'_>, model: Option<&Model>) -> Option<Value> {
    let Some(model) = model else { return Some(json!({ "type": "string" })) };
    let names: Vec<&str> = viewer.relations(model).map(|(relation, _)| &*relation.name).collect();
    (!names.is_empty()).then(|| json!({ "type": "string", "enum": names }))
}

/// Follows a relation.
///
/// # Errors
/// `Invalid` for arguments; `Forbidden` for records that may not be seen; `NotFound`; database faults.
pub fn run(call: &Call<'_>, mut arguments: Arguments) -> Result<String> {
    let id = arguments.require("id");
    let name = arguments.take_text("relation");
    let (limit, offset) = list::take_paging(call, &mut arguments, call.mcp.settings.default_limit());
    let viewer = call.viewer();
    let found = find(call, &viewer, name.as_deref(), &mut arguments)?;
    arguments.finish(&["id", "relation", "limit", "offset"])?;
    let Some((relation, other)) = found else {
        return Err(crate::error::Error::invalid("relation", "is required"));
    };
    let page = call.app.db.read(|conn| {
        let record = record::get(conn, call.model, &id)?;
        record::related_page(conn, call.model, &record, relation, other, limit, offset)
    })?;
    let mut answer = json!({ "relation": relation.name, "model": other.label() });
    match page {
        RelatedPage::Single(found) => {
            answer["type"] = json!("single");
            answer["object"] = json!(found);
        }
        RelatedPage::Many(page) => {
            answer["type"] = json!("many");
            answer["count"] = json!(page.records.len());
            answer["total_count"] = json!(page.total_count);
            answer["results"] = json!(page.records);
        }
    }
    Ok(mcp::json(&answer))
}

/// The relation of this name with its model. One that leads to records that may not be seen is refused,
/// or does not exist where refusals are not explained.
fn find<'m>(
    call: &'m Call<'_>,
    viewer: &'m Viewer<'_>,
    name: Option<&str>,
    arguments: &mut Arguments,
) -> Result<Option<(&'m Relation, &'m Model)>> {
    let Some(name) = name else {
        if !arguments.are_wrong() {
            arguments.refuse("relation", "is required");
        }
        return Ok(None);
    };
    if let Some(found) = viewer.relations(call.model).find(|(relation, _)| relation.name == name) {
        return Ok(Some(found));
    }
    let known: Vec<&str> = viewer.relations(call.model).map(|(relation, _)| &*relation.name).collect();
    let hidden = call.model.relations.iter().find(|relation| relation.name == name);
    if let Some((_, other)) = hidden.and_then(|r| call.catalog.find(&call.model.app_label, &r.model)) {
        return Err(call.refuse(&other.view_permission, "relation", name, &known));
    }
    arguments.refuse("relation", unknown(name, &known));
    Ok(None)
}

/// What is said about a name that is none of those that are known.
pub fn unknown(name: &str, known: &[&str]) -> String {
    let known = if known.is_empty() { "none".into() } else { known.join(", ") };
    format!("\"{}\" is not one; there are: {known}", crate::apps::shown(name))
}
