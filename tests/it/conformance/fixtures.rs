//! What the suite expects to find on a server, as an extension.

use mcp_admin::mcp::changes::Changes;
use mcp_admin::mcp::exchange::Exchange;
use mcp_admin::mcp::extension::{Answer, Extension};
use serde_json::{Map, Value, json};

use super::{inputs, prompts, resources, tools};

/// A picture of one pixel.
pub const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

/// The fixtures.
pub struct Fixtures {
    /// Rung by the tools that say that something changed.
    pub changes: Changes,
}

impl Fixtures {
    pub fn new(changes: Changes) -> Self {
        Self { changes }
    }
}

impl Extension for Fixtures {
    fn permission(&self) -> &str {
        super::PERMISSION
    }

    fn tools(&self) -> Vec<Value> {
        tools::NAMES.iter().chain(inputs::NAMES).map(|name| tools::definition(name)).collect()
    }

    fn resources(&self) -> Vec<Value> {
        resources::list()
    }

    fn resource_templates(&self) -> Vec<Value> {
        vec![json!({
            "uriTemplate": resources::TEMPLATE, "name": "template", "description": "A template", "mimeType": "application/json",
        })]
    }

    fn prompts(&self) -> Vec<Value> {
        prompts::list()
    }

    fn call(&self, name: &str, arguments: Map<String, Value>, exchange: &Exchange) -> Option<Answer> {
        inputs::call(name, exchange).or_else(|| tools::call(self, name, &arguments, exchange))
    }

    fn read(&self, uri: &str, _: &Exchange) -> Option<Answer> {
        resources::read(uri)
    }

    fn prompt(&self, name: &str, arguments: Map<String, Value>, exchange: &Exchange) -> Option<Answer> {
        prompts::get(name, &arguments, exchange)
    }

    fn complete(&self, reference: &str, argument: &str, value: &str) -> Option<Vec<String>> {
        (reference == "test_prompt_with_arguments" && ["arg1", "arg2"].contains(&argument))
            .then(|| vec![format!("{value}ing"), format!("{value}ed")])
    }
}

/// A result of one text.
pub fn text(text: &str) -> Answer {
    Answer::Done(json!({ "content": [{ "type": "text", "text": text }], "isError": false }))
}

/// A question to the user with one answer.
pub fn elicit(message: &str, name: &str, kind: &str) -> Value {
    json!({
        "method": "elicitation/create",
        "params": {
            "mode": "form",
            "message": message,
            "requestedSchema": { "type": "object", "properties": { name: { "type": kind } }, "required": [name] },
        },
    })
}
