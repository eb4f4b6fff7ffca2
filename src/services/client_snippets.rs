//! What to paste into MCP clients, with the endpoint and the token filled in.

use serde_json::json;

/// One thing to paste.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Snippet {
    /// For whom, e.g. `Claude Code`.
    pub client: &'static str,
    /// Where it goes: a command line, or the file.
    pub place: &'static str,
    /// The text.
    pub text: String,
}

/// The endpoint of a server at `url` (without a slash at the end), as curl calls it.
#[must_use]
pub fn curl(url: &str, token: &str) -> String {
    format!(
        "curl -X POST {url}/mcp/ \\\n  -H \"Authorization: Bearer {token}\" \\\n  \
         -H \"Content-Type: application/json\" \\\n  -d '{{\"method\": \"tools/list\"}}'"
    )
}

/// Snippets for the common clients. `url` is the server's address without a slash at the end, `name` what
/// the client shall call it.
#[must_use]
pub fn snippets(url: &str, name: &str, token: &str) -> Vec<Snippet> {
    let endpoint = format!("{url}/mcp");
    let bearer = format!("Bearer {token}");
    let pretty = |value: serde_json::Value| format!("{value:#}");
    vec![
        Snippet { client: "curl", place: "command line", text: curl(url, token) },
        Snippet {
            client: "Claude Code",
            place: "command line",
            text: format!(
                "claude mcp add --transport http {name} {endpoint} \\\n  --header \"Authorization: {bearer}\""
            ),
        },
        Snippet {
            client: "Cursor",
            place: ".cursor/mcp.json",
            text: pretty(
                json!({"mcpServers": {name: {"url": endpoint, "headers": {"Authorization": bearer}}}}),
            ),
        },
        Snippet {
            client: "VS Code",
            place: ".vscode/mcp.json",
            text: pretty(json!({
                "servers": {name: {
                    "type": "http", "url": endpoint,
                    "headers": {"Authorization": "Bearer ${input:token}"},
                }},
                "inputs": [{"id": "token", "type": "promptString", "description": "MCP token", "password": true}],
            })),
        },
        Snippet {
            client: "Gemini CLI",
            place: "settings.json",
            text: pretty(
                json!({"mcpServers": {name: {"httpUrl": endpoint, "headers": {"Authorization": bearer}}}}),
            ),
        },
        Snippet {
            client: "Codex",
            place: "command line",
            text: format!(
                "export MCP_TOKEN={token}\ncodex mcp add {name} --url {endpoint} \
                 --bearer-token-env-var MCP_TOKEN"
            ),
        },
        Snippet {
            client: "Claude Desktop",
            place: "claude_desktop_config.json",
            text: pretty(json!({"mcpServers": {name: {
                "command": "npx",
                "args": ["-y", "mcp-remote", endpoint, "--header", "Authorization:${AUTH}"],
                "env": {"AUTH": bearer},
            }}})),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_curl_line_is_exact() {
        assert_eq!(
            curl("http://localhost:8000", "YOUR_TOKEN_HERE"),
            "curl -X POST http://localhost:8000/mcp/ \\\n  -H \"Authorization: Bearer YOUR_TOKEN_HERE\" \\\n  \
             -H \"Content-Type: application/json\" \\\n  -d '{\"method\": \"tools/list\"}'"
        );
    }

    #[test]
    fn snippets_name_the_endpoint() {
        for snippet in snippets("http://localhost:8000", "mcp-admin", "mcp_x") {
            assert!(snippet.text.contains("http://localhost:8000/mcp"), "{}", snippet.client);
        }
    }
}
