//! What MCP lets a token do is what one pure rule says: the permission of the operation, held or not.

use mcp_admin::auth::PermissionSet;
use serde_json::json;

use crate::harness::on_both;

const MODELS: [&str; 4] = ["article", "author", "comment", "tag"];
/// Operations and the permission that each needs.
const RULE: [(&str, &str); 6] = [
    ("list", "view"),
    ("get", "view"),
    ("describe", "view"),
    ("create", "add"),
    ("update", "change"),
    ("delete", "delete"),
];
/// Sets of permissions that are tried: each bit stands for one permission.
const SETS: [u32; 12] =
    [0x0000, 0xffff, 0x1111, 0x8000, 0x0421, 0x9c3a, 0x50f7, 0xe18d, 0x2b64, 0x7d02, 0xa6c9, 0x3e5f];

fn permission(kind: &str, model: &str) -> String {
    format!("blog.{kind}_{model}")
}

fn set_of(bits: u32) -> Vec<String> {
    let kinds = ["view", "add", "change", "delete"];
    let all = MODELS.iter().flat_map(|model| kinds.iter().map(move |kind| permission(kind, model)));
    all.enumerate().filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, permission)| permission).collect()
}

on_both! {
    async fn r58_tools_and_resources_agree_with_the_oracle(app) {
        for bits in SETS {
            let held = set_of(bits);
            let oracle: PermissionSet = held.iter().cloned().collect();
            let agent = app.token(&held.iter().map(String::as_str).collect::<Vec<_>>());
            let tools = agent.tools().await;
            let resources = agent.legacy("resources/list", json!({})).await.text;
            for model in MODELS {
                for (verb, kind) in RULE {
                    let (tool, needed) = (format!("{verb}_{model}"), permission(kind, model));
                    let may = oracle.has(&needed);
                    assert_eq!(tools.contains(&tool), may, "{tool} of {held:?}");
                    // Whoever may call it hears that something is missing: nothing is changed here.
                    let answer = agent.call(&tool, json!({"nothing": "of this kind"})).await;
                    let is_denied = answer.tool_text() == format!("Permission denied: {needed}");
                    assert_eq!(is_denied, !may, "{tool} of {held:?}: {}", answer.text);
                }
                let may_view = oracle.has(&permission("view", model));
                let schema = format!("schema://blog/{model}");
                assert_eq!(resources.contains(&schema), may_view, "{schema} of {held:?}");
                for uri in [schema, format!("record://blog/{model}/1")] {
                    let read = agent.legacy("resources/read", json!({ "uri": uri })).await;
                    assert_eq!(read.body.get("result").is_some(), may_view, "{uri} of {held:?}: {}", read.text);
                }
            }
        }
    }
}
