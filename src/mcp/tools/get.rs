//! `get_<model>`: one record by its key, with related records if asked.

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Shape, Viewer, Words, property};
use super::{inlines, paging, related, schema};
use crate::apps::Model;
use crate::apps::record;
use crate::error::Result;
use crate::mcp;

/// Related records of one relation at most.
const MAX_RELATED: u32 = 100;
/// The member that holds related records.
const RELATED: &str = "_related";

/// How it is announced.
pub fn shape(viewer: &Viewer<'_>, model: Option<&Model>) -> Shape {
    let words = Words::of(model);
    let mut properties = vec![("id".to_owned(), schema::id(model))];
    let mut output = schema::versioned(model);
    let fields = schema::names_with_version(model);
    properties.push(property("fields", fields, "The fields to answer; all if it is left out"));
    if let Some(names) = related::names(viewer, model) {
        let schema = json!({ "type": ["boolean", "array"], "items": names });
        let description = format!(
            "true, or the relations to follow; at most {MAX_RELATED} records of each under {RELATED}"
        );
        properties.push(property("include_related", schema, description));
        output["properties"][RELATED] = json!({ "type": "object" });
    }
    inlines::announce_reading(&mut properties, &mut output, viewer, model);
    Shape {
        title: format!("Get {}", words.one),
        description: format!("Get one record of {} by its key.", words.label),
        properties,
        required: vec!["id"],
        output,
    }
}

/// Gets one record.
///
/// # Errors
/// `Invalid` for arguments; `NotFound`; database faults.
pub fn run(call: &Call<'_>, mut arguments: Arguments) -> Result<String> {
    let id = arguments.require("id");
    let viewer = call.viewer();
    let known = viewer.relations(call.model).map(|(relation, _)| relation.name.clone()).collect();
    let related = relations(&mut arguments, "include_related", known);
    let with_inlines = inlines::wanted(call, &mut arguments);
    let mut fields = arguments.take_names("fields");
    // It is there, asked for or not.
    record::take_etag(call.model, &mut fields);
    let fields = fields.map(|names| chosen(call.model, &mut arguments, &names));
    arguments.finish(&["id", "fields", "include_related", inlines::INCLUDE])?;
    let answer = call.app.db.read(|conn| {
        let record = record::get(conn, call.model, &id)?;
        let mut answer = match &fields {
            Some(fields) => mcp::json(&record.only(fields, call.model)),
            None => mcp::json(&record),
        };
        answer.truncate(answer.len() - 1);
        let mut add = |name: &str, value: &str| {
            let comma = if answer.len() > 1 { "," } else { "" };
            answer.extend([comma, "\"", name, "\":", value]);
        };
        if record::has_etag(call.model) {
            add(record::ETAG, &format!("\"{}\"", record::version(&record)));
        }
        if let Some(names) = related {
            let may_view = |model: &Model| call.viewer().may_view(model);
            let all = record::related(conn, call.catalog, call.model, &record, MAX_RELATED, &may_view)?;
            let asked: Map<String, Value> =
                all.into_iter().filter(|(name, _)| names.contains(name)).collect();
            add(RELATED, &mcp::json(&asked));
        }
        if let Some(names) = with_inlines {
            add(inlines::INLINES, &mcp::json(&inlines::read(call, conn, &record, &names)?));
        }
        answer.push('}');
        Ok(answer)
    })?;
    paging::within_bounds(call, answer, "fields", "name the fields that you need, and fewer relations")
}

/// The fields that are asked for.
fn chosen(model: &Model, arguments: &mut Arguments, names: &[String]) -> Vec<usize> {
    record::fields(model, names).unwrap_or_else(|error| {
        arguments.refuse_all(error);
        Vec::new()
    })
}

/// The names of the relations that an argument asks for: all that are known, some of them, or none.
pub fn relations(arguments: &mut Arguments, argument: &str, known: Vec<String>) -> Option<Vec<String>> {
    let names = match arguments.take(argument)? {
        Value::Bool(true) => return Some(known),
        Value::Bool(false) => return None,
        Value::String(name) => vec![Value::String(name)],
        Value::Array(names) => names,
        _ => {
            arguments.refuse(argument, "must be true, false or a list of relations");
            return None;
        }
    };
    let mut asked = Vec::new();
    for name in names {
        match name.as_str() {
            Some(name) if known.iter().any(|k| k == name) => asked.push(name.to_owned()),
            _ => {
                let known = if known.is_empty() { "none".into() } else { known.join(", ") };
                arguments.refuse(argument, format!("{name} is not a relation; there are: {known}"));
            }
        }
    }
    Some(asked)
}
