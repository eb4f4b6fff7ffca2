//! Prompts: ready-made beginnings of a conversation about what the caller may do. Who may not do it does
//! not see the prompt.

mod arguments;
mod audit_token;
mod explore_app;
mod import_rows;
mod ready;

use std::sync::Arc;

use actix_web::web::Data;
use rmcp::model::{GetPromptResult, PromptMessage, Role};
use serde_json::json;
use serde_json::value::RawValue;

use super::Mcp;
use super::exchange::Exchange;
use super::extension::{self, Question};
use super::protocol::{Fault, Kind, Outcome};
use super::tools::definition::Viewer;
use super::tools::{call, read_arguments};
use crate::error::{Error, Result};
use arguments::PromptArguments;
pub use ready::{Ready, list};

/// Gets a prompt.
///
/// # Errors
/// `-32602` for an unknown prompt, wrong arguments, and a refusal.
pub async fn get(
    mcp: &Data<Mcp>,
    name: &str,
    arguments: Option<&RawValue>,
    exchange: &Arc<Exchange>,
) -> Result<Outcome, Fault> {
    let values = read_arguments(arguments)?;
    let unknown = || Fault::invalid_params(format!("Unknown prompt: {name}"));
    let Some(prompt) = Ready::named(name) else {
        let asked = extension::ask(mcp, Question::Prompt(name.to_owned(), values), exchange).await;
        return asked.unwrap_or_else(|| Err(unknown()));
    };
    let work = {
        let (mcp, exchange) = (mcp.clone(), Arc::clone(exchange));
        move || write(&mcp, prompt, values, &exchange)
    };
    let written = tokio::task::spawn_blocking(work).await;
    match written.unwrap_or_else(|error| Err(Error::Internal(Box::new(error)))) {
        Ok(result) => {
            Ok(Outcome { members: extension::members(&json!(result)), kind: Kind::Complete, counted: None })
        }
        Err(Error::Forbidden { permissions }) => {
            call::note(mcp, exchange.actor(), "prompts/get", &permissions.join(", "));
            if !mcp.settings.explain_denials {
                return Err(unknown().denied());
            }
            Err(Fault::refused(&call::explained(mcp, &permissions).await))
        }
        Err(error @ (Error::Internal(_) | Error::Unavailable(_))) => {
            tracing::error!(?error, prompt = name, "a prompt could not be made");
            Err(Fault::internal(error.to_string()))
        }
        Err(error) => Err(Fault::invalid_params(error.to_string())),
    }
}

fn write(
    mcp: &Mcp,
    prompt: Ready,
    values: serde_json::Map<String, serde_json::Value>,
    exchange: &Exchange,
) -> Result<GetPromptResult> {
    let catalog = &mcp.tools.current().catalog;
    let viewer = Viewer { actor: exchange.actor(), catalog, settings: &mcp.settings };
    if let Some(permission) = prompt.missing(&viewer) {
        return Err(Error::forbidden(permission));
    }
    let definition = prompt.definition();
    let arguments = PromptArguments::read(&definition, values)?;
    let text = match prompt {
        Ready::ExploreApp => explore_app::text(&viewer, &arguments)?,
        Ready::AuditToken => audit_token::text(&viewer, &mcp.db, mcp.clock.now(), &arguments)?,
        Ready::ImportRows => import_rows::text(&viewer, &arguments)?,
    };
    let mut result = GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)]);
    result.description = definition.description;
    // Whoever frames it says of which type it is.
    result.result_type = None;
    Ok(result)
}
