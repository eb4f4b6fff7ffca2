//! Tools of the suite that ask the client something before they answer.

use mcp_admin::mcp::exchange::Exchange;
use mcp_admin::mcp::extension::Answer;
use serde_json::{Map, Value, json};

use super::fixtures::{elicit, text};

pub const NAMES: &[&str] = &[
    "test_input_required_result_elicitation",
    "test_input_required_result_sampling",
    "test_input_required_result_list_roots",
    "test_input_required_result_request_state",
    "test_input_required_result_tampered_state",
    "test_input_required_result_multiple_inputs",
    "test_input_required_result_multi_round",
    "test_input_required_result_capabilities",
];

pub fn call(name: &str, exchange: &Exchange) -> Option<Answer> {
    Some(match name.strip_prefix("test_input_required_result_")? {
        "elicitation" => one(exchange, "user_name", asks_name(), |answer| {
            format!("Hello, {}!", answer["content"]["name"].as_str().unwrap_or_default())
        }),
        "sampling" => {
            one(exchange, "capital_question", samples("What is the capital of France?"), |answer| {
                format!("The model says: {}", answer["content"]["text"].as_str().unwrap_or_default())
            })
        }
        "list_roots" => {
            one(exchange, "client_roots", lists_roots(), |answer| format!("Roots: {}", answer["roots"]))
        }
        "request_state" | "tampered_state" => match exchange.state() {
            Some(_) if exchange.response("confirm").is_some() => text("state-ok"),
            _ => ask([("confirm", elicit("Go on?", "ok", "boolean"))], exchange.seal(&json!("confirm"))),
        },
        "multiple_inputs" => {
            let all = ["user_name", "greeting", "client_roots"];
            if exchange.state().is_some() && all.iter().all(|key| exchange.response(key).is_some()) {
                text("Got all answers")
            } else {
                let questions =
                    [(all[0], asks_name()), (all[1], samples("Greet somebody")), (all[2], lists_roots())];
                ask(questions, exchange.seal(&json!("gather")))
            }
        }
        "multi_round" => match exchange.state().and_then(Value::as_u64) {
            None => ask([("step1", asks_name())], exchange.seal(&json!(1))),
            Some(1) => {
                let question = elicit("What is your favourite colour?", "color", "string");
                ask([("step2", question)], exchange.seal(&json!(2)))
            }
            Some(_) => text("Asked twice"),
        },
        "capabilities" => {
            let questions = [
                ("elicitation", "user_name", asks_name()),
                ("sampling", "greeting", samples("Greet somebody")),
                ("roots", "client_roots", lists_roots()),
            ];
            let possible = questions.into_iter().filter(|(capability, ..)| exchange.can(capability));
            ask(possible.map(|(_, key, question)| (key, question)), None)
        }
        _ => return None,
    })
}

/// Asks one thing until it is answered.
fn one(
    exchange: &Exchange,
    key: &'static str,
    question: Value,
    done: impl FnOnce(&Value) -> String,
) -> Answer {
    match exchange.response(key) {
        Some(answer) => text(&done(&Value::Object(answer.clone()))),
        None => ask([(key, question)], None),
    }
}

fn ask(questions: impl IntoIterator<Item = (&'static str, Value)>, state: Option<String>) -> Answer {
    Answer::Ask(
        questions.into_iter().map(|(key, question)| (key.to_owned(), question)).collect::<Map<_, _>>(),
        state,
    )
}

fn asks_name() -> Value {
    elicit("What is your name?", "name", "string")
}

fn samples(prompt: &str) -> Value {
    let message = json!({ "role": "user", "content": { "type": "text", "text": prompt } });
    json!({ "method": "sampling/createMessage", "params": { "messages": [message], "maxTokens": 100 } })
}

fn lists_roots() -> Value {
    json!({ "method": "roots/list", "params": {} })
}
