//! The second step of writes that have to be confirmed. The first call answers what would change and a
//! confirmation that is bound to the token, the tool, its arguments and what the records are; the second
//! brings it back, once. A client that can ask its user gets a question to pass on instead.

use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use rand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::actions::Known;
use super::arguments::Arguments;
use super::call::Call;
use super::definition::{Shape, Viewer, property, whole};
use super::operation::Operation;
use super::options::DRY_RUN;
use super::outcome::ToolResult;
use crate::apps::Model;
use crate::error::{Error, Result};
use crate::guard::CallOutcome;
use crate::mcp;
use crate::mcp::protocol::seal::{self, Unopened};
use crate::services::confirmations;
use crate::services::records::Witness;

/// The argument that brings a confirmation back, and the question's key.
pub const CONFIRM: &str = "confirm";

/// What a confirmation is bound to beside the token. It is sealed, so a client can read it and not change it.
#[derive(Serialize, Deserialize)]
struct Bond {
    /// Different for each confirmation.
    nonce: String,
    /// Digest of the operation and its arguments.
    arguments: String,
    /// What the records were; see [`Witness`].
    records: String,
}

/// Whether some call of the operation on the model has to be confirmed.
pub fn may_be_needed(operation: Operation, model: &Model) -> bool {
    let by_action = operation == Operation::RunAction && model.actions.iter().any(|action| action.confirm);
    operation.writes() && (model.confirm || by_action)
}

/// The same for any model that the viewer may write, where one tool serves all.
pub fn is_announced(operation: Operation, viewer: &Viewer<'_>, model: Option<&Model>) -> bool {
    match model {
        Some(model) => may_be_needed(operation, model),
        None => viewer.catalog.models().any(|(_, model)| {
            may_be_needed(operation, model)
                && operation.is_possible(model)
                && operation.missing(viewer, model).is_none()
        }),
    }
}

/// Adds the argument, and the answer of the first step.
pub fn announce(shape: &mut Shape) {
    let text = json!({ "type": "string" });
    let preview = whole([
        ("confirmation_required", json!({ "const": true })),
        (CONFIRM, text.clone()),
        ("expires_at", text.clone()),
        ("message", text.clone()),
        ("preview", json!({ "type": "object" })),
    ]);
    shape.output = json!({ "type": "object", "anyOf": [shape.output.take(), preview] });
    shape.description.push_str(
        " Has to be confirmed: a first call without confirm changes nothing and answers a preview and the value.",
    );
    let description = "The value that the preview of exactly this call answered; it can be used once";
    shape.properties.push(property(CONFIRM, text, description));
}

/// Does an operation that is confirmed, or answers what it would do and how to confirm it.
///
/// # Errors
/// `Invalid` for `confirm` if it does not belong to this call, comes too late or again, or if the records have
/// changed since; what the operation answers.
pub fn run(operation: Operation, call: &Call<'_>, mut arguments: Arguments) -> Result<ToolResult> {
    let given = arguments.take_text(CONFIRM);
    let is_rehearsal = arguments.rest().get(DRY_RUN).is_some_and(|value| *value != json!(false));
    if is_rehearsal || !is_needed(operation, call.model, &arguments) {
        if given.is_some() {
            arguments.refuse(CONFIRM, "is not needed for this call");
        }
        return operation.perform(call, arguments);
    }
    let digest = digest_of(operation, call.model, &arguments);
    let bond = match (given, call.exchange.state()) {
        (Some(text), _) => open(operation, call, &text)?,
        (None, Some(state)) => match answer(call) {
            Answer::Yes => serde_json::from_value(state.clone()).map_err(|_| foreign())?,
            Answer::No => return Ok(declined()),
            Answer::None => return preview(operation, call, arguments, digest),
        },
        (None, None) => return preview(operation, call, arguments, digest),
    };
    if bond.arguments != digest {
        return Err(Error::invalid(CONFIRM, "was given out for other arguments, so nothing was changed"));
    }
    let nonce = URL_SAFE_NO_PAD.decode(&bond.nonce).map_err(|_| foreign())?;
    let now = call.mcp.clock.now();
    if !confirmations::use_once(&call.mcp.db, now, &nonce, now.plus(TimeDelta::seconds(seal::LIFETIME)))? {
        let message = "was used already; a call without it answers a new one";
        return Err(Error::invalid(CONFIRM, message));
    }
    operation.perform(&Call { witness: Some(&Expected(bond.records)), ..*call }, arguments)
}

fn is_needed(operation: Operation, model: &Model, arguments: &Arguments) -> bool {
    if operation != Operation::RunAction || model.confirm {
        return model.confirm;
    }
    let name = arguments.rest().get("action").and_then(Value::as_str);
    Known::all(model).any(|action| Some(action.name()) == name && action.confirm(model))
}

/// The first step: a dry run, and the confirmation of what it showed.
fn preview(
    operation: Operation,
    call: &Call<'_>,
    mut arguments: Arguments,
    digest: String,
) -> Result<ToolResult> {
    let remembered = Remembered::default();
    arguments.set(DRY_RUN, json!(true));
    let would_be = operation.perform(&Call { witness: Some(&remembered), ..*call }, arguments)?;
    if would_be.outcome.is_some() {
        return Ok(would_be);
    }
    let seen = remembered.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (Some(records), Some(seal)) = (seen, &call.mcp.seal) else {
        return Err(Error::Refused("This has to be confirmed, which this server cannot do".into()));
    };
    let mut nonce = [0; 16];
    rand::rng().fill_bytes(&mut nonce);
    let bond = json!(Bond { nonce: URL_SAFE_NO_PAD.encode(nonce), arguments: digest, records });
    let mut preview: Value =
        would_be.text().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    if call.exchange.can("elicitation")
        && let Some(state) = call.exchange.seal(&bond)
    {
        return Ok(ToolResult::ask(&json!({ CONFIRM: question(call, &mut preview) }), &state));
    }
    let now = call.mcp.clock.now();
    let answer = json!({
        "confirmation_required": true,
        CONFIRM: seal.close(&subject(operation, call), now, &bond),
        "expires_at": now.plus(TimeDelta::seconds(seal::LIFETIME)),
        "message": format!(
            "Nothing was changed yet. To do what the preview shows, call {} again with the same arguments and {CONFIRM}.",
            call.tool
        ),
        "preview": preview,
    });
    Ok(ToolResult::success(&mcp::json(&answer)))
}

/// The question for the user of the client.
fn question(call: &Call<'_>, preview: &mut Value) -> Value {
    const LONGEST: usize = 2000;
    if let Value::Object(members) = preview {
        members.retain(|name, _| !["success", "etag", "object", DRY_RUN].contains(&name.as_str()));
    }
    let all = preview.to_string();
    let mut shown: String = all.chars().take(LONGEST).collect();
    if shown.len() < all.len() {
        shown.push('…');
    }
    json!({
        "method": "elicitation/create",
        "params": {
            "mode": "form",
            "message": format!("{} of {} has to be confirmed. It would do this: {shown}", call.tool, call.model.label()),
            "requestedSchema": {
                "type": "object",
                "properties": { CONFIRM: { "type": "boolean", "title": "Do it" } },
                "required": [CONFIRM],
            },
        },
    })
}

enum Answer {
    Yes,
    No,
    None,
}

/// What the user of the client said.
fn answer(call: &Call<'_>) -> Answer {
    match call.exchange.response(CONFIRM) {
        None => Answer::None,
        Some(said) if said.get("action") == Some(&json!("accept")) => {
            let is_yes = said.get("content").is_some_and(|content| content[CONFIRM] == true);
            if is_yes { Answer::Yes } else { Answer::No }
        }
        Some(_) => Answer::No,
    }
}

fn declined() -> ToolResult {
    let text = "It was not confirmed, so nothing was changed";
    ToolResult::failure(text, &json!({ "error": text, "code": "refused" }), CallOutcome::Failed)
}

fn open(operation: Operation, call: &Call<'_>, text: &str) -> Result<Bond> {
    let seal = call.mcp.seal.as_ref().ok_or_else(foreign)?;
    let opened = seal.open(&subject(operation, call), call.mcp.clock.now(), text);
    let bond = opened.map_err(|why| match why {
        Unopened::Foreign => foreign(),
        Unopened::Late => Error::invalid(CONFIRM, "came too late; a call without it answers a new one"),
    })?;
    serde_json::from_value(bond).map_err(|_| foreign())
}

fn foreign() -> Error {
    Error::invalid(CONFIRM, "was not given out to this token for this tool, so nothing was changed")
}

/// For whom and what a confirmation is sealed; no tool is called so.
fn subject(operation: Operation, call: &Call<'_>) -> String {
    let token = call.actor.principal.token.as_ref().map(|token| token.id.0);
    format!("{} confirm {} {}", token.unwrap_or_default(), operation.verb(), call.model.label())
}

/// The same for the same arguments, in whatever order their members come.
fn digest_of(operation: Operation, model: &Model, arguments: &Arguments) -> String {
    let mut text = format!("{} {}", operation.verb(), model.label());
    for (name, value) in sorted(arguments.rest().iter()) {
        if !value.is_null() && name != DRY_RUN {
            text.push_str(&mcp::json(name));
            write_canonical(value, &mut text);
        }
    }
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text)[..15])
}

fn sorted<'a>(members: impl Iterator<Item = (&'a String, &'a Value)>) -> Vec<(&'a String, &'a Value)> {
    let mut members: Vec<_> = members.collect();
    members.sort_by_key(|(name, _)| *name);
    members
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(members) => {
            text.push('{');
            for (name, value) in sorted(members.iter()) {
                text.push_str(&mcp::json(name));
                write_canonical(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write_canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}

/// Keeps what the records are.
#[derive(Default)]
struct Remembered(Mutex<Option<String>>);

impl Witness for Remembered {
    fn saw(&self, state: &str) -> Result<()> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(state.to_owned());
        Ok(())
    }
}

/// Insists that the records are what they were.
struct Expected(String);

impl Witness for Expected {
    fn saw(&self, state: &str) -> Result<()> {
        if self.0 == state {
            return Ok(());
        }
        let message = "the records have changed since the preview; a call without it answers a new one";
        Err(Error::invalid(CONFIRM, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_members_makes_no_other_call() {
        let text = |value: Value| {
            let mut text = String::new();
            write_canonical(&value, &mut text);
            text
        };
        assert_eq!(text(json!({"a": [1, {"c": 1, "b": 2}]})), text(json!({"a": [1, {"b": 2, "c": 1}]})));
        for (one, other) in [
            (json!([1, 2]), json!([2, 1])),
            (json!([12]), json!([1, 2])),
            (json!({"a": "1"}), json!({"a": 1})),
        ] {
            assert_ne!(text(one), text(other));
        }
    }
}
