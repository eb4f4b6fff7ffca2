//! What a tool answers: the same as structured content and as text, or an error that helps to mend the call.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::error::{Error, FieldError};
use crate::guard::CallOutcome;
use crate::mcp;
use crate::mcp::protocol::{Kind, Outcome};
use crate::services::refusals::Refusal;

/// A tool's answer, ready to be framed.
#[derive(Debug)]
pub struct ToolResult {
    /// The members of the result object: `content`, `structuredContent` and `isError`.
    pub members: String,
    /// How the call ended, for the counters; `None` = done.
    pub outcome: Option<CallOutcome>,
    kind: Kind,
}

impl From<ToolResult> for Outcome {
    fn from(result: ToolResult) -> Self {
        Self { members: result.members, kind: result.kind, counted: result.outcome }
    }
}

impl ToolResult {
    /// Success with `structured`, which is JSON and is embedded as it is.
    pub fn success(structured: &str) -> Self {
        Self { members: members(structured, structured, false), outcome: None, kind: Kind::Complete }
    }

    /// A question that the client has to answer, and the state to bring back with the answer.
    pub fn ask(requests: &Value, state: &str) -> Self {
        let members =
            format!("\"inputRequests\":{},\"requestState\":{}", mcp::json(requests), mcp::json(state));
        Self { members, outcome: None, kind: Kind::InputRequired }
    }

    /// The text of the answer.
    pub fn text(&self) -> Option<String> {
        let result: Value = serde_json::from_str(&format!("{{{}}}", self.members)).ok()?;
        Some(result["content"][0]["text"].as_str()?.to_owned())
    }

    /// An error with a sentence for people and an object for machines.
    pub fn failure(text: &str, structured: &impl Serialize, outcome: CallOutcome) -> Self {
        Self::wrong(text, &mcp::json(structured), outcome)
    }

    /// A refusal that names the permission, who has it and how to get it.
    pub fn refused(refusal: &Refusal) -> Self {
        let found = refused(refusal);
        Self::failure(found["error"].as_str().unwrap_or_default(), &found, CallOutcome::Denied)
    }

    /// A failure that the structured content alone describes.
    pub fn failed(structured: &str, outcome: CallOutcome) -> Self {
        Self::wrong(structured, structured, outcome)
    }

    fn wrong(text: &str, structured: &str, outcome: CallOutcome) -> Self {
        Self { members: members(text, structured, true), outcome: Some(outcome), kind: Kind::Complete }
    }

    /// What an error of the layers below looks like to a client of the model called `model`.
    /// The source of a fault of ours is logged here and nowhere else.
    pub fn of_error(error: &Error, tool: &str, model: &str, explain_denials: bool) -> Self {
        let (text, found, outcome) = structured(error, tool, model, explain_denials);
        Self::failure(&text, &found, outcome)
    }
}

/// What is said of a refusal that names the permissions, who has them and how to get them.
pub fn refused(refusal: &Refusal) -> Value {
    let one = vec![refusal.missing_permission.clone()];
    let several = &refusal.missing_permissions;
    let permissions = if several.is_empty() { one } else { several.clone() };
    let error = Error::Forbidden { permissions };
    let mut found = json!({ "error": error.to_string(), "code": error.code() });
    if let (Value::Object(found), Value::Object(members)) = (&mut found, json!(refusal)) {
        found.extend(members);
    }
    found
}

/// A sentence for people and an object for machines about an error; see [`ToolResult::of_error`].
pub fn structured(
    error: &Error,
    tool: &str,
    model: &str,
    explain_denials: bool,
) -> (String, Value, CallOutcome) {
    let with_code = |text: String, code: &str| {
        let found = json!({ "error": text, "code": code });
        (text, found)
    };
    let (text, found) = match error {
        Error::Forbidden { permissions } => {
            let (text, mut found) = if explain_denials {
                with_code(error.to_string(), error.code())
            } else {
                with_code("Other records stand in the way".into(), "refused")
            };
            if explain_denials {
                found["missing_permission"] = json!(permissions.first());
            }
            return (text, found, CallOutcome::Denied);
        }
        Error::Invalid(errors) => (format!("Validation failed: {error}"), validation(errors)),
        Error::NotFound(_) => with_code(format!("{model} not found"), error.code()),
        other => {
            if let Error::Internal(source) = other {
                tracing::error!(error = %source, tool, "a tool call failed");
            }
            with_code(other.to_string(), other.code())
        }
    };
    (text, found, CallOutcome::Failed)
}

fn members(text: &str, structured: &str, is_error: bool) -> String {
    let mut out = String::with_capacity(text.len() * 5 / 4 + structured.len() + 96);
    out.push_str(r#""content":[{"type":"text","text":"#);
    out.push_str(&mcp::json(text));
    out.push_str(r#"}],"structuredContent":"#);
    out.push_str(structured);
    out.push_str(r#","isError":"#);
    out.push_str(if is_error { "true" } else { "false" });
    out
}

fn validation(errors: &[FieldError]) -> Value {
    let mut by_field: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for error in errors {
        by_field.entry(&error.field).or_default().push(&error.message);
    }
    let list: Vec<Value> =
        by_field.iter().map(|(field, messages)| json!({ "field": field, "messages": messages })).collect();
    json!({
        "error": "Validation failed",
        "code": "validation_error",
        "validation_errors": {
            "errors": list,
            "error_count": errors.len(),
            "fields_with_errors": by_field.keys().collect::<Vec<_>>(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(result: &ToolResult) -> Value {
        serde_json::from_str(&format!("{{{}}}", result.members)).unwrap()
    }

    #[test]
    fn success_is_the_same_as_text_and_structured() {
        let result = parse(&ToolResult::success(r#"{"title":"\"tea\"\u2028"}"#));
        assert_eq!(result["structuredContent"]["title"], "\"tea\"\u{2028}");
        let text = result["content"][0]["text"].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), result["structuredContent"]);
        assert_eq!(result["isError"], false);
    }

    #[test]
    fn a_denial_has_exactly_the_documented_text() {
        let refusal = Refusal {
            missing_permission: "blog.add_article".into(),
            missing_permissions: Vec::new(),
            held_by_groups: vec!["Editors".into()],
            how_to_get: "Ask".into(),
        };
        let result = ToolResult::refused(&refusal);
        assert_eq!(result.outcome, Some(CallOutcome::Denied));
        let result = parse(&result);
        assert_eq!(result["content"][0]["text"], "Permission denied: blog.add_article");
        let expected = json!({ "error": "Permission denied: blog.add_article", "code": "permission_denied",
            "missing_permission": "blog.add_article", "held_by_groups": ["Editors"], "how_to_get": "Ask" });
        assert_eq!(result["structuredContent"], expected);
        assert_eq!(result["isError"], true);
    }

    #[test]
    fn invalid_input_names_every_field_in_text_and_structure() {
        let error = Error::Invalid(vec![
            FieldError::new("title", "is required"),
            FieldError::new("body", "is too long"),
            FieldError::new("title", "must be a text"),
        ]);
        let result = parse(&ToolResult::of_error(&error, "create_article", "article", true));
        let text = result["content"][0]["text"].as_str().unwrap();
        assert!(text.contains("title: is required") && text.contains("body: is too long"), "{text}");
        insta::assert_json_snapshot!(result["structuredContent"]);
    }

    #[test]
    fn faults_of_ours_show_a_fixed_sentence() {
        let error = Error::internal("SELECT secret FROM t");
        let result = ToolResult::of_error(&error, "list_article", "article", true);
        assert!(!result.members.contains("secret"), "{}", result.members);
        let error = Error::NotFound("row 7 of t".into());
        let result = parse(&ToolResult::of_error(&error, "get_article", "article", true));
        assert_eq!(result["structuredContent"], json!({"error": "article not found", "code": "not_found"}));
    }

    #[test]
    fn unexplained_denials_name_nothing() {
        let error = Error::forbidden("blog.delete_comment");
        let result = ToolResult::of_error(&error, "delete_article", "article", false);
        assert!(!result.members.contains("comment"), "{}", result.members);
        assert_eq!(result.outcome, Some(CallOutcome::Denied));
    }
}
