//! Prompts of the suite.

use mcp_admin::mcp::exchange::Exchange;
use mcp_admin::mcp::extension::Answer;
use serde_json::{Map, Value, json};

use super::fixtures::elicit;
use super::tools::{embedded, image};

pub fn list() -> Vec<Value> {
    let prompt = |name: &str, arguments: &[&str]| {
        let argument = |name: &&str| json!({ "name": name, "description": format!("The argument {name}"), "required": true });
        let arguments: Vec<Value> = arguments.iter().map(argument).collect();
        json!({ "name": name, "description": format!("The fixture {name}"), "arguments": arguments })
    };
    vec![
        prompt("test_simple_prompt", &[]),
        prompt("test_prompt_with_arguments", &["arg1", "arg2"]),
        prompt("test_prompt_with_embedded_resource", &["resourceUri"]),
        prompt("test_prompt_with_image", &[]),
        prompt("test_input_required_result_prompt", &[]),
    ]
}

pub fn get(name: &str, arguments: &Map<String, Value>, exchange: &Exchange) -> Option<Answer> {
    let argument = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    let said = |text: &str| json!({ "type": "text", "text": text });
    let contents = match name {
        "test_simple_prompt" => vec![said("This is a simple prompt for testing.")],
        "test_prompt_with_arguments" => {
            vec![said(&format!(
                "Prompt with arguments: arg1='{}', arg2='{}'",
                argument("arg1"),
                argument("arg2")
            ))]
        }
        "test_prompt_with_embedded_resource" => {
            let resource =
                embedded(argument("resourceUri"), "text/plain", "Embedded resource content for testing.");
            vec![resource, said("Please process the embedded resource above.")]
        }
        "test_prompt_with_image" => vec![image(), said("Please analyze the image above.")],
        "test_input_required_result_prompt" => {
            let Some(answer) = exchange.response("user_context") else {
                let question = elicit("What context should the prompt use?", "context", "string");
                return Some(Answer::Ask(Map::from_iter([("user_context".to_owned(), question)]), None));
            };
            vec![said(&format!("Context: {}", answer["content"]["context"]))]
        }
        _ => return None,
    };
    let messages: Vec<Value> =
        contents.into_iter().map(|content| json!({ "role": "user", "content": content })).collect();
    Some(Answer::Done(json!({ "description": format!("The fixture {name}"), "messages": messages })))
}
