//! `aggregate_<model>`: count, smallest, largest, sum and average, of all records or by group.

use serde_json::{Map, Value, json};

use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Shape, Viewer, Words, object, property, whole};
use super::{list, paging, schema};
use crate::apps::{AggregateQuery, Field, Function, Model, can_order};
use crate::error::Result;
use crate::mcp;

const ARGUMENTS: [&str; 7] = ["functions", "field", "group_by", "order_by", "filters", "search", "limit"];

/// How it is announced.
pub fn shape(viewer: &Viewer<'_>, model: Option<&Model>) -> Shape {
    let words = Words::of(model);
    let is_useful = |field: &Field| Function::ALL[1..].iter().any(|function| function.fits(&field.kind));
    let functions: Vec<&str> = Function::ALL.iter().map(|function| function.name()).collect();
    let mut orders = vec!["group".to_owned(), "-group".to_owned()];
    orders.extend(functions.iter().flat_map(|name| [(*name).to_owned(), format!("-{name}")]));
    let several =
        json!({ "type": "array", "items": { "type": "string", "enum": functions }, "default": ["count"] });
    let mut properties = vec![
        property("functions", several, "What to compute; count alone needs no field"),
        property(
            "field",
            one_of(model, |_| true),
            format!("The field to compute it of{}", useful(model, &is_useful)),
        ),
        property(
            "group_by",
            one_of(model, |field| can_order(&field.kind)),
            "One result for each value of this field",
        ),
        property(
            "order_by",
            json!({ "type": "string", "enum": orders, "default": "group" }),
            "Order of the groups; - for the largest first",
        ),
        ("filters".to_owned(), schema::filters(model)),
    ];
    properties.extend(list::search(model).map(|schema| ("search".to_owned(), schema)));
    properties.extend(paging::limits(viewer, viewer.settings.default_limit()).into_iter().take(1));
    Shape {
        title: format!("Aggregate {}", words.many),
        description: format!(
            "Count records of {}, or compute min, max, sum and avg of a field; of all that match, or for each value \
             of another field. Sums of decimals are exact.",
            words.label
        ),
        properties,
        required: Vec::new(),
        output: output(),
    }
}

fn output() -> Value {
    let value = json!({ "type": ["string", "number", "boolean", "null"] });
    let number = json!({ "type": ["number", "string", "null"] });
    let result = object(
        [
            ("group", value.clone()),
            ("count", json!({ "type": ["integer", "string"] })),
            ("min", value.clone()),
            ("max", value),
            ("sum", number.clone()),
            ("avg", number),
        ]
        .map(|(name, schema)| (name.to_owned(), schema)),
        &[],
    );
    whole([
        ("results", json!({ "type": "array", "items": result })),
        ("count", json!({ "type": "integer" })),
        ("more_groups", json!({ "type": "boolean" })),
    ])
}

/// The schema of the name of one field.
fn one_of(model: Option<&Model>, fits: impl Fn(&Field) -> bool) -> Value {
    let Some(model) = model else { return json!({ "type": "string" }) };
    let names: Vec<&str> = model.fields.iter().filter(|f| fits(f)).map(|field| &*field.name).collect();
    json!({ "type": "string", "enum": names })
}

/// Which fields have more than a number of values.
fn useful(model: Option<&Model>, fits: &dyn Fn(&Field) -> bool) -> String {
    let Some(model) = model else { return String::new() };
    let sums: Vec<&str> =
        model.fields.iter().filter(|f| Function::Sum.fits(&f.kind)).map(|field| &*field.name).collect();
    match (sums.is_empty(), model.fields.iter().any(fits)) {
        (false, _) => format!("; sum and avg of {}", sums.join(", ")),
        (true, true) => "; there is none to sum up".into(),
        (true, false) => "; they can only be counted".into(),
    }
}

/// Computes numbers over records.
///
/// # Errors
/// `Invalid` for arguments; database faults.
pub fn run(call: &Call<'_>, mut arguments: Arguments) -> Result<String> {
    let mut functions = Vec::new();
    for name in arguments.take_names("functions").unwrap_or_default() {
        match Function::parse(&name) {
            Some(function) if functions.contains(&function) => {}
            Some(function) => functions.push(function),
            None => {
                let all = Function::ALL.map(Function::name).join(", ");
                arguments.refuse("functions", format!("must be of: {all}"));
            }
        }
    }
    let query = AggregateQuery {
        functions,
        field: arguments.take_text("field"),
        group_by: arguments.take_text("group_by"),
        order_by: arguments.take_text("order_by"),
        filters: arguments.take_object("filters").unwrap_or_default(),
        search: arguments.take_text("search").filter(|text| !text.is_empty()),
        limit: paging::take_limit(call, &mut arguments, call.mcp.settings.default_limit()),
    };
    arguments.finish(&ARGUMENTS)?;
    let found = call.collection().aggregate(&query)?;
    let result = |group: &crate::apps::record::Group| {
        let value = group.value.iter().map(|value| ("group".to_owned(), value.to_value()));
        let computed = group.computed.iter().map(|(f, cell)| (f.name().to_owned(), cell.to_value()));
        value.chain(computed).collect::<Map<String, Value>>()
    };
    let results: Vec<_> = found.groups.iter().map(result).collect();
    let answer = json!({ "count": results.len(), "results": results, "more_groups": found.more });
    paging::within_bounds(call, mcp::json(&answer), "limit", "ask for fewer groups")
}
