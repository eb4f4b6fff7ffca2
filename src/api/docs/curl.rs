//! An operation as a line for the shell.

use serde_json::Value;

/// The call with the examples of the document; `$URL` and `$MCP_TOKEN` are explained at the top of the page.
pub fn line(method: &str, path: &str, operation: &Value, is_public: bool) -> String {
    let mut parts = vec!["curl".to_owned()];
    if method != "get" {
        parts.push(format!("-X {}", method.to_uppercase()));
    }
    parts.push(format!("\"$URL{}{}\"", filled(path), query(operation)));
    if !is_public {
        parts.push("-H \"Authorization: Bearer $MCP_TOKEN\"".to_owned());
    }
    let content = operation["requestBody"]["content"].as_object().and_then(|all| all.iter().next());
    if let Some((media_type, content)) = content {
        if media_type.ends_with("x-www-form-urlencoded") {
            parts.extend(fields(&content["example"]));
        } else {
            parts.push(format!("-H \"Content-Type: {media_type}\""));
            parts.push(format!("-d {}", quoted(&content["example"].to_string())));
        }
    }
    parts.join(" \\\n  ")
}

/// With something in the place of each part that is open.
fn filled(path: &str) -> String {
    let id = if path.contains("/records/") { "17" } else { "7" };
    path.replace("{app}", "blog").replace("{model}", "article").replace("{id}", id)
}

/// Parameters that have to be there.
fn query(operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let required = parameters.filter(|one| one["in"] == "query" && one["required"] == true);
    let pairs: Vec<String> =
        required.filter_map(|one| Some(format!("{}=…", one["name"].as_str()?))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

fn fields(example: &Value) -> impl Iterator<Item = String> {
    let members = example.as_object().into_iter().flatten();
    members.map(|(name, value)| {
        format!("--data-urlencode {}", quoted(&format!("{name}={}", value.as_str().unwrap_or_default())))
    })
}

/// As the shell takes it literally.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_is_written_with_its_example() {
        let body = json!({"requestBody": {"content": {"application/json": {"example": {"name": "Ada's"}}}}});
        assert_eq!(
            line("patch", "/api/v1/tokens/{id}", &body, false),
            "curl \\\n  -X PATCH \\\n  \"$URL/api/v1/tokens/7\" \\\n  -H \"Authorization: Bearer $MCP_TOKEN\" \\\n  \
             -H \"Content-Type: application/json\" \\\n  -d '{\"name\":\"Ada'\\''s\"}'"
        );
        assert_eq!(line("get", "/x", &json!({}), true), "curl \\\n  \"$URL/x\"");
    }
}
