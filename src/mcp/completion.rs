//! `completion/complete`: what an argument of a prompt, or a part of an address, could be. It shows nothing
//! that the caller could not list.

use actix_web::web::Data;
use rmcp::model::{CompleteRequestParams, CompleteResult, CompletionInfo, Reference};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::protocol::{Fault, Kind, Outcome, envelope};
use super::resources::uri::{RECORD_TEMPLATE, SCHEMA_TEMPLATE};
use super::tools::definition::Viewer;
use super::tools::operation::Operation;
use super::{Mcp, extension, prompts};
use crate::apps::record::{self, Record};
use crate::apps::{Count, FieldKind, ListQuery, Model};
use crate::auth::Actor;
use crate::error::{Error, Result};

/// Most values of an answer.
const MOST: usize = CompletionInfo::MAX_VALUES;

/// Completes an argument.
///
/// # Errors
/// `-32602` for parameters that are none, and for a prompt or template that is not known.
pub async fn complete(mcp: &Data<Mcp>, actor: &Actor, raw: Option<&RawValue>) -> Result<Outcome, Fault> {
    let params: CompleteRequestParams = envelope::own_params(raw)?;
    let work = {
        let (mcp, actor) = (mcp.clone(), actor.clone());
        move || candidates(&mcp, &actor, &params)
    };
    let worked =
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| Err(Error::Internal(Box::new(e))));
    let (values, more) = match worked {
        Ok(Some(found)) => found,
        Ok(None) => return Err(Fault::invalid_params("There is no such prompt or resource template")),
        Err(error) => {
            tracing::error!(?error, "an argument could not be completed");
            return Err(Fault::internal("Something went wrong"));
        }
    };
    let mut info = CompletionInfo::new(values).map_err(Fault::internal)?;
    info.has_more = Some(more);
    let mut result = CompleteResult::new(info);
    // Whoever frames it says of which type it is.
    result.result_type = None;
    Ok(Outcome { members: extension::members(&json!(result)), kind: Kind::Complete, counted: None })
}

type Found = (Vec<String>, bool);

/// The values and whether there are more; `None` = what is referred to is not known.
fn candidates(mcp: &Mcp, actor: &Actor, params: &CompleteRequestParams) -> Result<Option<Found>> {
    let (argument, value) = (params.argument.name.as_str(), params.argument.value.as_str());
    let tools = mcp.tools.current();
    let viewer = Viewer { actor, catalog: &tools.catalog, settings: &mcp.settings };
    let reference = match &params.r#ref {
        Reference::Prompt(prompt) => {
            if let Some(prompt) = prompts::Ready::named(&prompt.name) {
                return Ok(Some(matching(prompt.complete(&viewer, argument), value)));
            }
            &prompt.name
        }
        Reference::Resource(resource) => {
            if [SCHEMA_TEMPLATE, RECORD_TEMPLATE].contains(&resource.uri.as_str()) {
                let given = |name: &str| params.context.as_ref()?.get_argument(name).map(String::as_str);
                return part_of_address(&viewer, argument, value, given("app"), given("model")).map(Some);
            }
            &resource.uri
        }
        _ => return Ok(None),
    };
    let found = extension::of(mcp, actor).and_then(|own| own.complete(reference, argument, value));
    Ok(found.map(|values| matching(values, "")))
}

fn matching(mut values: Vec<String>, begin: &str) -> Found {
    let begin = begin.to_lowercase();
    values.retain(|value| value.to_lowercase().starts_with(&begin));
    let more = values.len() > MOST;
    values.truncate(MOST);
    (values, more)
}

fn part_of_address(
    viewer: &Viewer<'_>,
    part: &str,
    value: &str,
    app: Option<&str>,
    model: Option<&str>,
) -> Result<Found> {
    let visible = |m: &&Model| {
        let is_meant = app.is_none_or(|app| m.app_label == app);
        is_meant && Operation::Describe.is_possible(m) && viewer.may_view(m)
    };
    let models = viewer.catalog.models().map(|(_, model)| &**model).filter(visible);
    let mut names: Vec<String> = match part {
        "app" => viewer
            .catalog
            .models()
            .map(|(_, m)| &**m)
            .filter(|m| viewer.may_view(m))
            .map(|m| m.app_label.clone())
            .collect(),
        "model" => models.map(|model| model.name.clone()).collect(),
        "id" => {
            let mut meant =
                models.filter(|m| model == Some(m.name.as_str()) && Operation::Get.is_possible(m));
            let (Some(one), None) = (meant.next(), meant.next()) else { return Ok((Vec::new(), false)) };
            return keys(viewer, one, value);
        }
        _ => Vec::new(),
    };
    names.sort_unstable();
    names.dedup();
    Ok(matching(names, value))
}

/// Keys that begin with `begin`, as far as they are among the first records, or exactly that one.
fn keys(viewer: &Viewer<'_>, model: &Model, begin: &str) -> Result<Found> {
    let Some((app, _)) = viewer.catalog.find(&model.app_label, &model.name) else {
        return Ok((Vec::new(), false));
    };
    if begin.contains('\0') {
        return Ok((Vec::new(), false));
    }
    let names: Vec<String> = model.primary_key.iter().map(|i| model.fields[*i].name.to_string()).collect();
    let first = &model.fields[model.primary_key[0]];
    let mut query = ListQuery {
        order_by: names.clone(),
        fields: Some(names.clone()),
        limit: viewer.settings.max_limit.min(1000),
        count: Count::None,
        ..ListQuery::default()
    };
    if !begin.is_empty() && names.len() == 1 && matches!(first.kind, FieldKind::Text) {
        query.filters =
            Map::from_iter([(format!("{}__startswith", first.name), Value::String(begin.into()))]);
    }
    app.db.read(|conn| {
        let page = record::list(conn, viewer.catalog, model, &query)?;
        let id = |record: &Record| record::object_id(model, record);
        let mut found: Vec<String> = page.records.iter().map(id).filter(|id| id.starts_with(begin)).collect();
        let more = found.len() > MOST || page.next.is_some();
        if found.is_empty() && names.len() == 1 {
            let exact = record::get(conn, model, &Value::String(begin.to_owned()));
            found.extend(exact.ok().iter().map(id));
        }
        found.truncate(MOST);
        Ok((found, more))
    })
}
