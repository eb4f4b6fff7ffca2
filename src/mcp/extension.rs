//! What a program that embeds the server adds to the endpoint: tools, resources and prompts of its own,
//! behind the same guard, in the same lists.

use std::sync::Arc;

use actix_web::web::Data;
use serde_json::{Map, Value, json};

use super::exchange::{Exchange, HangUp};
use super::protocol::{Fault, Kind, Outcome};
use super::{Mcp, json};
use crate::auth::Actor;
use crate::guard::CallOutcome;

/// Tools, resources and prompts beside those that are made from models. Definitions are JSON as in MCP's
/// lists. What answers `None` is unknown. Work is done on a thread that may block.
pub trait Extension: Send + Sync {
    /// Who may see and use any of it: the holders of this permission, `app_label.codename`.
    fn permission(&self) -> &str;

    /// Tools for `tools/list`.
    fn tools(&self) -> Vec<Value> {
        Vec::new()
    }

    /// Resources for `resources/list`.
    fn resources(&self) -> Vec<Value> {
        Vec::new()
    }

    /// Templates for `resources/templates/list`.
    fn resource_templates(&self) -> Vec<Value> {
        Vec::new()
    }

    /// Prompts for `prompts/list`.
    fn prompts(&self) -> Vec<Value> {
        Vec::new()
    }

    /// Calls a tool: the members of a `CallToolResult`.
    fn call(&self, name: &str, arguments: Map<String, Value>, exchange: &Exchange) -> Option<Answer> {
        let _ = (name, arguments, exchange);
        None
    }

    /// Reads a resource: its contents.
    fn read(&self, uri: &str, exchange: &Exchange) -> Option<Answer> {
        let _ = (uri, exchange);
        None
    }

    /// Gets a prompt: the members of a `GetPromptResult`.
    fn prompt(&self, name: &str, arguments: Map<String, Value>, exchange: &Exchange) -> Option<Answer> {
        let _ = (name, arguments, exchange);
        None
    }

    /// What an argument of a prompt, or a variable of a template, could be.
    fn complete(&self, reference: &str, argument: &str, value: &str) -> Option<Vec<String>> {
        let _ = (reference, argument, value);
        None
    }
}

/// What an extension answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The members of a result, as an object.
    Done(Value),
    /// Questions by key, and a state of [`Exchange::seal`] to bring back; one of them at least.
    Ask(Map<String, Value>, Option<String>),
    /// The client has to have these capabilities, as an object of them.
    Needs(Value),
    /// The request is wrong, and why.
    Wrong(String),
}

/// What is asked of an extension.
pub enum Question {
    /// A tool with its arguments.
    Tool(String, Map<String, Value>),
    /// A resource.
    Resource(String),
    /// A prompt with its arguments.
    Prompt(String, Map<String, Value>),
}

/// Whether there is an extension that `actor` may use.
pub fn of<'a>(mcp: &'a Mcp, actor: &Actor) -> Option<&'a Arc<dyn Extension>> {
    mcp.extension.as_ref().filter(|extension| actor.has_perm(extension.permission()))
}

/// Whether it has a tool of this name that `actor` may use.
pub fn has_tool(mcp: &Mcp, actor: &Actor, name: &str) -> bool {
    of(mcp, actor).is_some_and(|own| own.tools().iter().any(|tool| tool["name"] == name))
}

/// Asks the extension, if there is one that the caller may use; `None` = what is asked for is unknown.
///
/// # Errors
/// What the extension finds wrong.
pub async fn ask(
    mcp: &Data<Mcp>,
    question: Question,
    exchange: &Arc<Exchange>,
) -> Option<Result<Outcome, Fault>> {
    let extension = Arc::clone(of(mcp, exchange.actor())?);
    let hang_up = HangUp::watch(exchange);
    let shared = Arc::clone(exchange);
    let work = move || match question {
        Question::Tool(name, arguments) => (extension.call(&name, arguments, &shared), Kind::Complete),
        Question::Resource(uri) => (extension.read(&uri, &shared), Kind::Cacheable),
        Question::Prompt(name, arguments) => (extension.prompt(&name, arguments, &shared), Kind::Complete),
    };
    let worked = tokio::task::spawn_blocking(work).await;
    hang_up.end();
    match worked {
        Ok((answer, kind)) => answer.map(|answer| outcome(answer, kind)),
        Err(error) => {
            tracing::error!(%error, "an extension failed");
            Some(Err(Fault::internal("Something went wrong")))
        }
    }
}

fn outcome(answer: Answer, kind: Kind) -> Result<Outcome, Fault> {
    match answer {
        Answer::Done(result) => {
            let counted = (result["isError"] == true).then_some(CallOutcome::Failed);
            Ok(Outcome { members: members(&result), kind, counted })
        }
        Answer::Ask(requests, state) => {
            let mut result = json!({});
            if !requests.is_empty() {
                result["inputRequests"] = Value::Object(requests);
            }
            if let Some(state) = state {
                result["requestState"] = Value::String(state);
            }
            Ok(Outcome { members: members(&result), kind: Kind::InputRequired, counted: None })
        }
        Answer::Needs(capabilities) => Err(Fault::missing_capability(&capabilities)),
        Answer::Wrong(message) => Err(Fault::invalid_params(message)),
    }
}

/// The members of an object, without the braces.
pub fn members(object: &Value) -> String {
    let text = json(object);
    text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default().to_owned()
}
