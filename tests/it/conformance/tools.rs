//! Tools of the suite that answer at once.

use std::time::Duration;

use mcp_admin::mcp::exchange::{Exchange, LogLevel};
use mcp_admin::mcp::extension::Answer;
use serde_json::{Map, Value, json};

use super::fixtures::{Fixtures, PNG, elicit, text};

pub const NAMES: &[&str] = &[
    "test_simple_text",
    "test_image_content",
    "test_audio_content",
    "test_embedded_resource",
    "test_multiple_content_types",
    "test_error_handling",
    "test_tool_with_logging",
    "test_tool_with_progress",
    "test_logging_tool",
    "test_missing_capability",
    "test_streaming_elicitation",
    "test_trigger_tool_change",
    "test_trigger_prompt_change",
    "json_schema_2020_12_tool",
];

const WAV: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=";
/// Between two messages, so that they are told one by one.
const PAUSE: Duration = Duration::from_millis(50);

pub fn definition(name: &str) -> Value {
    let mut schema = json!({ "type": "object", "properties": {}, "additionalProperties": false });
    if name == "json_schema_2020_12_tool" {
        schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "$defs": {
                "address": {
                    "$anchor": "addressDef",
                    "type": "object",
                    "properties": { "street": { "type": "string" }, "city": { "type": "string" } },
                },
            },
            "properties": {
                "name": { "type": "string" },
                "address": { "$ref": "#/$defs/address" },
                "contactMethod": { "type": "string", "enum": ["phone", "email"] },
                "phone": { "type": "string" },
                "email": { "type": "string" },
            },
            "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
            "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
            "then": { "required": ["phone"] },
            "else": { "required": ["email"] },
            "additionalProperties": false,
        });
    }
    json!({ "name": name, "description": format!("The fixture {name}"), "inputSchema": schema })
}

pub fn call(
    fixtures: &Fixtures,
    name: &str,
    arguments: &Map<String, Value>,
    exchange: &Exchange,
) -> Option<Answer> {
    let content = |content: Value| Answer::Done(json!({ "content": content, "isError": false }));
    Some(match name {
        "test_simple_text" => text("This is a simple text response for testing."),
        "test_image_content" => content(json!([image()])),
        "test_audio_content" => content(json!([{ "type": "audio", "data": WAV, "mimeType": "audio/wav" }])),
        "test_embedded_resource" => {
            content(json!([embedded("test://embedded-resource", "text/plain", "An embedded resource.")]))
        }
        "test_multiple_content_types" => content(json!([
            { "type": "text", "text": "Multiple content types test:" },
            image(),
            embedded("test://mixed-content-resource", "application/json", r#"{"test":"data","value":123}"#),
        ])),
        "test_error_handling" => {
            let text = "This tool intentionally returns an error for testing";
            Answer::Done(json!({ "content": [{ "type": "text", "text": text }], "isError": true }))
        }
        "test_tool_with_logging" => {
            for message in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
                exchange.log(LogLevel::Info, "fixture", &json!(message));
                std::thread::sleep(PAUSE);
            }
            text("Told three messages")
        }
        "test_tool_with_progress" => {
            for done in [0, 50, 100] {
                exchange.progress(done, 100, "Working");
                std::thread::sleep(PAUSE);
            }
            text("Told of progress")
        }
        "test_logging_tool" => {
            exchange.log(LogLevel::Emergency, "fixture", &json!("Only for who asked"));
            text("Said something")
        }
        "test_missing_capability" if !exchange.can("sampling") => Answer::Needs(json!({ "sampling": {} })),
        "test_missing_capability" => text("The client can do it"),
        "test_streaming_elicitation" => {
            let question = elicit("Which value?", "value", "string");
            Answer::Ask(Map::from_iter([("value".to_owned(), question)]), None)
        }
        "test_trigger_tool_change" => {
            fixtures.changes.tools_changed();
            text("Said that tools changed")
        }
        "test_trigger_prompt_change" => {
            fixtures.changes.prompts_changed();
            text("Said that prompts changed")
        }
        "json_schema_2020_12_tool" => text(&format!("Got {} arguments", arguments.len())),
        _ => return None,
    })
}

pub fn image() -> Value {
    json!({ "type": "image", "data": PNG, "mimeType": "image/png" })
}

pub fn embedded(uri: &str, mime_type: &str, text: &str) -> Value {
    json!({ "type": "resource", "resource": { "uri": uri, "mimeType": mime_type, "text": text } })
}
