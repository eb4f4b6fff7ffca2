//! `related_<model>`: the records that one record is related to, a page at a time.

use serde_json::{Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Shape, Viewer, Words, object, property};
use super::{paging, schema};
use crate::apps::record::{self, RelatedPage};
use crate::apps::{ListQuery, Model, Relation};
use crate::error::Result;
use crate::mcp;

/// How it is announced.
pub fn shape(viewer: &Viewer<'_>, model: Option<&Model>) -> Shape {
    let words = Words::of(model);
    let relation = names(viewer, model).unwrap_or_else(|| json!({ "type": "string" }));
    let mut properties =
        vec![("id".to_owned(), schema::id(model)), property("relation", relation, "The relation to follow")];
    properties.extend(paging::all(viewer));
    properties.push(property("fields", schema::names(None), "The fields to answer of the related records"));
    Shape {
        title: format!("Related records of {}", words.one),
        description: format!(
            "Follow one relation of a record of {}. Answers type single with object, or type many with results, \
             count, total_count and next_cursor.",
            words.label
        ),
        properties,
        required: vec!["id", "relation"],
        output: output(),
    }
}

/// The schema of the answer: the members depend on the relation.
fn output() -> Value {
    let text = json!({ "type": "string" });
    let own = [
        ("relation", text.clone()),
        ("model", text),
        ("type", json!({ "type": "string", "enum": ["single", "many"] })),
        ("object", json!({ "type": ["object", "null"] })),
    ];
    let of_many = paging::members(&json!({ "type": "object" }));
    let members = own.into_iter().chain(of_many).map(|(name, schema)| (name.to_owned(), schema));
    object(members, &["relation", "model", "type"])
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
    let query = ListQuery { fields: arguments.take_names("fields"), ..paging::take(call, &mut arguments) };
    let viewer = call.viewer();
    let found = find(call, &viewer, name.as_deref(), &mut arguments)?;
    arguments.finish(&[&["id", "relation", "fields"], &paging::ARGUMENTS[..]].concat())?;
    let Some((relation, other)) = found else {
        return Err(crate::error::Error::invalid("relation", "is required"));
    };
    let page = call.app.db.read(|conn| {
        let record = record::get(conn, call.model, &id)?;
        record::related_page(conn, call.model, &record, relation, other, &query)
    })?;
    let mut answer = match page {
        RelatedPage::Single(found) => json!({ "type": "single", "object": found }),
        RelatedPage::Many(page) => {
            let mut answer = json!(paging::Answer::new(page));
            answer["type"] = json!("many");
            answer
        }
    };
    answer["relation"] = json!(relation.name);
    answer["model"] = json!(other.label());
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
