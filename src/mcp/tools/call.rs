//! Calling a tool: find it, check the permission again, and do the work on a thread that may block.

use std::sync::Arc;

use actix_web::web::Data;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

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
use crate::mcp::builtin;
use crate::mcp::exchange::{Exchange, HangUp, LogLevel};
use crate::mcp::extension::{self, Question};
use crate::mcp::protocol::{Fault, Outcome};
use crate::services::records::{Collection, Witness};
use crate::services::refusals::Refusal;

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
    /// The request beside its arguments: the client's answers, progress, whether it still waits.
    pub exchange: &'a Exchange,
    /// Who is told what the records were before a write, if anybody is.
    pub witness: Option<&'a dyn Witness>,
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
            watch: Some(self.exchange),
            witness: self.witness,
        }
    }

    /// The answer to a value of `field` that needs a permission which the caller lacks: a refusal, or, where
    /// refusals are not explained, the same as for a value that does not exist.
    pub fn refuse(&self, permission: &str, field: &str, value: &str, known: &[&str]) -> Error {
        if self.mcp.settings.explain_denials {
            return Error::forbidden(permission);
        }
        self.note_denial(permission);
        Error::invalid(field, super::related::unknown(value, known))
    }

    /// Explains the refusal of a part of the call. Blocks.
    pub fn explain(&self, permissions: &[String]) -> Refusal {
        self.mcp.refusals.explain_here(&self.mcp.db, self.mcp.clock.now(), permissions)
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
    name: &str,
    arguments: Option<&RawValue>,
    exchange: &Arc<Exchange>,
) -> Result<Outcome, Fault> {
    let actor = exchange.actor();
    let tools = mcp.tools.current();
    let Some(target) = tools.find(actor, name) else {
        // Nothing is said of the arguments of what is not there.
        if !extension::has_tool(mcp, actor, name) {
            return Err(Fault::unknown_tool(name));
        }
        let question = Question::Tool(name.to_owned(), read_arguments(arguments)?);
        let asked = extension::ask(mcp, question, exchange).await;
        return asked.unwrap_or_else(|| Err(Fault::unknown_tool(name)));
    };
    let viewer = Viewer { actor, catalog: &tools.catalog, settings: &mcp.settings };
    let result = match target {
        Target::FindModels => {
            let sees_models = tools.catalog.models().any(|(_, model)| viewer.may_view(model));
            if !sees_models && !tools.builtin.may_view_any(actor) {
                return deny(mcp, actor, name, find_models::PERMISSION).await;
            }
            let is_compact = tools.list(actor).is_compact;
            match find_models::run(&viewer, &tools.builtin, is_compact, read(arguments)?) {
                Ok(structured) => ToolResult::success(&structured),
                Err(error) => failed(mcp, actor, name, "model", &error).await,
            }
        }
        Target::Model(place) => {
            if let Some(permission) = missing(&viewer, place.operation, &place.model) {
                return deny(mcp, actor, name, permission).await;
            }
            perform(mcp, &tools, place, name, read(arguments)?, exchange).await
        }
        Target::Builtin(place) => {
            let permission = place.permission();
            if !actor.has_perm(&permission) {
                return deny(mcp, actor, name, &permission).await;
            }
            administer(mcp, place, name, read(arguments)?, actor).await
        }
        Target::Generic(operation) => {
            let mut arguments = read(arguments)?;
            let label = arguments.take_text("model");
            let place = label.as_deref().and_then(|label| tools.place(operation, label));
            let missing = place.as_ref().and_then(|place| missing(&viewer, operation, &place.model));
            match (&place, missing) {
                (Some(place), None) => perform(mcp, &tools, place.clone(), name, arguments, exchange).await,
                (Some(_), Some(permission)) if mcp.settings.explain_denials => {
                    return deny(mcp, actor, name, permission).await;
                }
                (_, missing) => {
                    if let Some(permission) = missing {
                        note(mcp, actor, name, permission);
                    }
                    let error = Error::invalid("model", "must be one of the models that this tool lists");
                    failed(mcp, actor, name, "model", &error).await
                }
            }
        }
    };
    Ok(result.into())
}

/// The permission that refuses the call before its arguments are looked at.
fn missing<'m>(viewer: &Viewer<'m>, operation: Operation, model: &'m Model) -> Option<&'m str> {
    // The arguments name the permission; without explanations there is none to name.
    if operation.judges_by_arguments() && viewer.settings.explain_denials {
        return None;
    }
    operation.missing(viewer, model)
}

/// Reads the arguments of a tool or prompt; missing ones are none.
///
/// # Errors
/// `-32602` if they are no object.
pub fn read_arguments(arguments: Option<&RawValue>) -> Result<Map<String, Value>, Fault> {
    let values: Option<Map<String, Value>> = match arguments.map(RawValue::get) {
        None => None,
        Some(text) => serde_json::from_str(text).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => Fault::invalid_params("arguments must be an object"),
            _ => Fault::parse_error(format!("The arguments are not valid JSON: {error}")),
        })?,
    };
    Ok(values.unwrap_or_default())
}

fn read(arguments: Option<&RawValue>) -> Result<Arguments, Fault> {
    read_arguments(arguments).map(Arguments::new)
}

/// Does an operation on our own database, off the async threads.
async fn administer(
    mcp: &Data<Mcp>,
    place: builtin::Place,
    name: &str,
    arguments: Arguments,
    actor: &Actor,
) -> ToolResult {
    let (endpoint, who) = (mcp.clone(), actor.clone());
    let worked = mcp.db.run(move |_: &Db| builtin::run(&endpoint, &who, place, arguments)).await;
    match worked {
        Ok(result) => result,
        Err(error) => failed(mcp, actor, name, place.noun(), &error).await,
    }
}

async fn perform(
    mcp: &Data<Mcp>,
    tools: &Arc<Tools>,
    place: Place,
    name: &str,
    arguments: Arguments,
    exchange: &Arc<Exchange>,
) -> ToolResult {
    let model = Arc::clone(&place.model);
    match perform_operation(mcp, tools, place, name, arguments, exchange).await {
        Ok(result) => result,
        Err(error) => failed(mcp, exchange.actor(), name, &model.name, &error).await,
    }
}

/// Does an operation whose permission was checked, where it may block. `name` is what the client
/// called it by.
///
/// # Errors
/// What the operation answers.
pub async fn perform_operation(
    mcp: &Data<Mcp>,
    tools: &Arc<Tools>,
    place: Place,
    name: &str,
    arguments: Arguments,
    exchange: &Arc<Exchange>,
) -> Result<ToolResult> {
    if !place.operation.blocks() {
        return run(mcp, &tools.catalog, &place, name, arguments, exchange);
    }
    let hang_up = HangUp::watch(exchange);
    let work = {
        let (mcp, tools, exchange) = (mcp.clone(), Arc::clone(tools), Arc::clone(exchange));
        let (place, name) = (place.clone(), name.to_owned());
        move |_: &Db| run(&mcp, &tools.catalog, &place, &name, arguments, &exchange)
    };
    let result = tools.catalog.apps[place.app].db.run(work).await;
    hang_up.end();
    result
}

fn run(
    mcp: &Mcp,
    catalog: &Catalog,
    place: &Place,
    tool: &str,
    arguments: Arguments,
    exchange: &Exchange,
) -> Result<ToolResult> {
    if exchange.is_cancelled() {
        return Err(Error::Conflict("The call was given up before it began".into()));
    }
    let actor = exchange.actor();
    let app = &catalog.apps[place.app];
    let call = Call { mcp, actor, catalog, app, model: &place.model, tool, exchange, witness: None };
    if !exchange.wants_events() {
        return place.operation.run(&call, arguments);
    }
    let tell = |step: &str| {
        let data = json!({ "operation": place.operation.verb(), "model": place.model.label(), "step": step });
        exchange.log(LogLevel::Debug, "mcp-admin", &data);
    };
    tell("began");
    let result = place.operation.run(&call, arguments);
    tell(if result.is_ok() { "done" } else { "failed" });
    result
}

async fn failed(mcp: &Mcp, actor: &Actor, tool: &str, model: &str, error: &Error) -> ToolResult {
    if let Error::Forbidden { permissions } = error {
        note(mcp, actor, tool, &permissions.join(", "));
        if mcp.settings.explain_denials {
            return ToolResult::refused(&explained(mcp, permissions).await);
        }
    }
    ToolResult::of_error(error, tool, model, mcp.settings.explain_denials)
}

/// Explains a refusal.
pub async fn explained(mcp: &Mcp, permissions: &[String]) -> Refusal {
    mcp.refusals.explain(&mcp.db, mcp.clock.now(), permissions).await
}

/// A refusal: it names the permission, or looks exactly like a tool that does not exist.
async fn deny(mcp: &Mcp, actor: &Actor, tool: &str, permission: &str) -> Result<Outcome, Fault> {
    note(mcp, actor, tool, permission);
    if mcp.settings.explain_denials {
        return Ok(ToolResult::refused(&explained(mcp, &[permission.to_owned()]).await).into());
    }
    Err(Fault::unknown_tool(tool).denied())
}

/// Writes a refusal into the audit log.
pub fn note(mcp: &Mcp, actor: &Actor, tool: &str, permission: &str) {
    mcp.denials.note(&mcp.db, actor, mcp.clock.now(), tool, permission);
}
