//! Calling a tool: find it, check the permission again, and do the work on a thread that may block.

use std::sync::Arc;

use actix_web::web::Data;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::arguments::Arguments;
use super::definition::Viewer;
use super::find_models;
use super::operation::Operation;
use super::outcome::ToolResult;
use super::registry::{Place, Target, Tools};
use crate::apps::{App, Catalog, Model};
use crate::auth::Actor;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::mcp::Mcp;
use crate::mcp::protocol::Fault;
use crate::services::records::Collection;

/// What an operation works with.
pub struct Call<'a> {
    /// The endpoint.
    pub mcp: &'a Mcp,
    /// Who calls.
    pub actor: &'a Actor,
    /// What there is, and stays for the length of the call.
    pub catalog: &'a Catalog,
    /// The app of the model.
    pub app: &'a App,
    /// The model.
    pub model: &'a Model,
    /// The tool's name.
    pub tool: &'a str,
}

impl Call<'_> {
    /// The caller as the schemas see it.
    pub fn viewer(&self) -> Viewer<'_> {
        Viewer { actor: self.actor, catalog: self.catalog, settings: &self.mcp.settings }
    }

    /// The records of the model in the hands of the caller.
    pub fn collection(&self) -> Collection<'_> {
        Collection {
            db: &self.mcp.db,
            actor: self.actor,
            now: self.mcp.clock.now(),
            catalog: self.catalog,
            app: self.app,
            model: self.model,
        }
    }

    /// The answer to a value of `field` that needs a permission which the caller lacks: a refusal, or, where
    /// refusals are not explained, the same as for a value that does not exist.
    pub fn refuse(&self, permission: &str, field: &str, value: &str, known: &[&str]) -> Error {
        if self.mcp.settings.explain_denials {
            return Error::Forbidden { permission: permission.to_owned() };
        }
        self.note_denial(permission);
        Error::invalid(field, super::related::unknown(value, known))
    }

    /// Writes down that a part of the call was refused.
    pub fn note_denial(&self, permission: &str) {
        note(self.mcp, self.actor, self.tool, permission);
    }
}

/// Calls a tool.
///
/// # Errors
/// `-32602` for an unknown tool and for arguments that are no object. Everything else that goes wrong is a
/// tool result.
pub async fn call(
    mcp: &Data<Mcp>,
    actor: &Actor,
    name: &str,
    arguments: Option<&RawValue>,
) -> Result<ToolResult, Fault> {
    let tools = mcp.tools.current();
    let target = tools.find(actor, name).ok_or_else(|| Fault::unknown_tool(name))?;
    let viewer = Viewer { actor, catalog: &tools.catalog, settings: &mcp.settings };
    let result = match target {
        Target::FindModels => {
            if !tools.catalog.models().any(|(_, model)| viewer.may_view(model)) {
                return deny(mcp, actor, name, find_models::PERMISSION);
            }
            let is_compact = tools.list(actor).is_compact;
            let result = find_models::run(&viewer, is_compact, read(arguments)?);
            result.map_or_else(|error| failed(mcp, actor, name, "model", &error), |s| ToolResult::success(&s))
        }
        Target::Model(place) => {
            if let Some(permission) = missing(&viewer, place.operation, &place.model) {
                return deny(mcp, actor, name, permission);
            }
            perform(mcp, actor, &tools, place, name, read(arguments)?).await
        }
        Target::Generic(operation) => {
            let mut arguments = read(arguments)?;
            let label = arguments.take_text("model");
            let place = label.as_deref().and_then(|label| tools.place(operation, label));
            let missing = place.as_ref().and_then(|place| missing(&viewer, operation, &place.model));
            match (&place, missing) {
                (Some(place), None) => perform(mcp, actor, &tools, place.clone(), name, arguments).await,
                (Some(_), Some(permission)) if mcp.settings.explain_denials => {
                    return deny(mcp, actor, name, permission);
                }
                (_, missing) => {
                    if let Some(permission) = missing {
                        note(mcp, actor, name, permission);
                    }
                    let error = Error::invalid("model", "must be one of the models that this tool lists");
                    failed(mcp, actor, name, "model", &error)
                }
            }
        }
    };
    Ok(result)
}

/// The permission that refuses the call before its arguments are looked at.
fn missing<'m>(viewer: &Viewer<'m>, operation: Operation, model: &'m Model) -> Option<&'m str> {
    // The arguments name the permission; without explanations there is none to name.
    if operation.judges_by_arguments() && viewer.settings.explain_denials {
        return None;
    }
    operation.missing(viewer, model)
}

/// Missing arguments are none.
fn read(arguments: Option<&RawValue>) -> Result<Arguments, Fault> {
    let values: Option<Map<String, Value>> = match arguments.map(RawValue::get) {
        None => None,
        Some(text) => serde_json::from_str(text).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => Fault::invalid_params("arguments must be an object"),
            _ => Fault::parse_error(format!("The arguments are not valid JSON: {error}")),
        })?,
    };
    Ok(Arguments::new(values.unwrap_or_default()))
}

async fn perform(
    mcp: &Data<Mcp>,
    actor: &Actor,
    tools: &Arc<Tools>,
    place: Place,
    name: &str,
    arguments: Arguments,
) -> ToolResult {
    if !place.operation.blocks() {
        return run(mcp, actor, &tools.catalog, &place, name, arguments);
    }
    let work = {
        let (mcp, actor, tools) = (mcp.clone(), actor.clone(), Arc::clone(tools));
        let (place, name) = (place.clone(), name.to_owned());
        move |_: &Db| Ok(run(&mcp, &actor, &tools.catalog, &place, &name, arguments))
    };
    let app = &tools.catalog.apps[place.app];
    let result = app.db.run(work).await;
    result.unwrap_or_else(|error| failed(mcp, actor, name, &place.model.name, &error))
}

fn run(
    mcp: &Mcp,
    actor: &Actor,
    catalog: &Catalog,
    place: &Place,
    name: &str,
    arguments: Arguments,
) -> ToolResult {
    let call = Call { mcp, actor, catalog, app: &catalog.apps[place.app], model: &place.model, tool: name };
    match place.operation.run(&call, arguments) {
        Ok(result) => result,
        Err(error) => failed(mcp, actor, name, &place.model.name, &error),
    }
}

fn failed(mcp: &Mcp, actor: &Actor, tool: &str, model: &str, error: &Error) -> ToolResult {
    if let Error::Forbidden { permission } = error {
        note(mcp, actor, tool, permission);
    }
    ToolResult::of_error(error, tool, model, mcp.settings.explain_denials)
}

/// A refusal: it names the permission, or looks exactly like a tool that does not exist.
fn deny(mcp: &Mcp, actor: &Actor, tool: &str, permission: &str) -> Result<ToolResult, Fault> {
    note(mcp, actor, tool, permission);
    if mcp.settings.explain_denials {
        return Ok(ToolResult::denied(permission));
    }
    Err(Fault::unknown_tool(tool).denied())
}

fn note(mcp: &Mcp, actor: &Actor, tool: &str, permission: &str) {
    mcp.denials.note(&mcp.db, actor, mcp.clock.now(), tool, permission);
}
