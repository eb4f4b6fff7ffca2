//! Which tools there are for whom, and what their schemas say.

use super::*;

const EDITOR: [&str; 4] = [VIEW_ARTICLE, "blog.add_article", "blog.change_article", "blog.delete_article"];

const READS: [&str; 7] = [
    "find_models",
    "list_article",
    "get_article",
    "describe_article",
    "aggregate_article",
    "history_article",
    "autocomplete_article",
];

impl Site {
    async fn tools(&self, permissions: &[&str]) -> Vec<Value> {
        let answer = self.post(permissions, r#"{"method":"tools/list"}"#).await.json();
        answer["tools"].as_array().unwrap().clone()
    }

    async fn names(&self, permissions: &[&str]) -> Vec<String> {
        let name = |tool: Value| tool["name"].as_str().unwrap().to_owned();
        self.tools(permissions).await.into_iter().map(name).collect()
    }
}

#[actix_web::test]
async fn a_list_has_what_the_permissions_allow_and_nothing_else() {
    let site = Site::start();
    let table: [(&[&str], &[&str]); 8] = [
        (&[], &[]),
        (&["view_article", "shop.view_article"], &[]),
        (&[VIEW_ARTICLE], &READS),
        (
            &[VIEW_ARTICLE, "blog.view_author"],
            &[
                "find_models",
                "list_article",
                "get_article",
                "describe_article",
                "aggregate_article",
                "related_article",
                "history_article",
                "autocomplete_article",
                "list_author",
                "get_author",
                "describe_author",
                "aggregate_author",
                "related_author",
                "history_author",
                "autocomplete_author",
            ],
        ),
        (&["blog.add_article"], &["create_article", "bulk_article"]),
        (
            &EDITOR,
            &[
                "find_models",
                "list_article",
                "get_article",
                "describe_article",
                "aggregate_article",
                "history_article",
                "autocomplete_article",
                "create_article",
                "update_article",
                "delete_article",
                "bulk_article",
                "actions_article",
                "action_article",
            ],
        ),
        // A view has neither a key nor writes, a hidden model has no tools.
        (
            &["blog.view_hot", "blog.add_hot", "blog.change_hot", "blog.delete_hot"],
            &["find_models", "list_hot", "describe_hot", "aggregate_hot"],
        ),
        (&["blog.view_hidden", "blog.add_hidden"], &["find_models"]),
    ];
    for (permissions, expected) in table {
        assert_eq!(site.names(permissions).await, expected, "{permissions:?}");
    }
}

#[actix_web::test]
async fn everything_that_is_listed_can_be_called_and_nothing_else_can() {
    let site = Site::start();
    let all = site.names(&ALL).await;
    let listed = site.names(&[VIEW_ARTICLE]).await;
    for tool in all.iter().filter(|tool| !listed.contains(tool)) {
        let result = site.call(&[VIEW_ARTICLE], tool, json!({})).await;
        assert!(refusal(&result).starts_with("Permission denied: blog."), "{tool}");
    }
}

const ALL: [&str; 8] = [
    VIEW_ARTICLE,
    "blog.add_article",
    "blog.change_article",
    "blog.delete_article",
    "blog.view_author",
    "blog.view_tag",
    "blog.add_comment",
    "blog.view_seat",
];

#[actix_web::test]
async fn definitions_are_complete_and_named_well() {
    let site = Site::start();
    for tool in site.tools(&ALL).await {
        let name = tool["name"].as_str().unwrap();
        assert!(name.len() <= 64 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
        assert!(!tool["description"].as_str().unwrap().is_empty(), "{name}");
        assert_eq!(tool["inputSchema"]["type"], "object", "{name}");
        assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{name}");
        assert_eq!(tool["outputSchema"]["type"], "object", "{name}");
        assert_eq!(tool["annotations"]["openWorldHint"], false, "{name}");
        for (argument, schema) in tool["inputSchema"]["properties"].as_object().unwrap() {
            assert!(schema["description"].is_string(), "{name}.{argument}");
        }
    }
}

#[actix_web::test]
async fn schemas_are_precise() {
    let site = Site::start();
    let tools = site.tools(&ALL).await;
    let tool = |name: &str| tools.iter().find(|tool| tool["name"] == name).unwrap();
    insta::assert_json_snapshot!("create_article", tool("create_article"));
    insta::assert_json_snapshot!("list_article", tool("list_article"));
    insta::assert_json_snapshot!("get_seat", tool("get_seat"));
    insta::assert_json_snapshot!("delete_article", tool("delete_article"));
}

#[actix_web::test]
async fn excluded_fields_and_models_that_may_not_be_seen_are_nowhere() {
    let site = Site::start();
    let tools = json!(site.tools(&EDITOR).await).to_string();
    assert!(!tools.contains("secret"));
    for relation in ["\"comment\"", "\"tag\"", "author\""] {
        let get = site.tools(&[VIEW_ARTICLE]).await.into_iter().find(|t| t["name"] == "get_article").unwrap();
        assert!(!get["inputSchema"].to_string().contains(relation), "{relation}");
    }
}

#[actix_web::test]
async fn lists_are_prepared_once_and_made_anew_with_the_catalog() {
    let site = Site::start();
    let actor = actor(&[VIEW_ARTICLE]);
    let first = site.mcp.tools.current().list(&actor);
    assert!(Arc::ptr_eq(&first, &site.mcp.tools.current().list(&actor)));
    site.blog("CREATE TABLE novel (id INTEGER PRIMARY KEY)");
    site.registry.reload().unwrap();
    assert!(!Arc::ptr_eq(&first, &site.mcp.tools.current().list(&actor)));
    assert!(site.names(&["blog.view_novel"]).await.contains(&"list_novel".to_owned()));
}

#[actix_web::test]
async fn too_many_tools_become_the_compact_set_with_the_same_checks() {
    let site = Site::with(McpConfig { compact_above: 7, ..McpConfig::default() });
    assert_eq!(site.names(&[VIEW_ARTICLE]).await.len(), 7, "few tools stay as they are");
    let names = site.names(&ALL).await;
    assert_eq!(
        names,
        [
            "find_models",
            "list_records",
            "get_record",
            "describe_model",
            "aggregate_records",
            "related_records",
            "record_history",
            "autocomplete_records",
            "create_record",
            "update_record",
            "delete_record",
            "bulk_records",
            "list_actions",
            "run_action"
        ]
    );
    let call = |tool: &'static str, arguments: Value| site.call(&ALL, tool, arguments);
    let list = call("list_records", json!({"model": "blog.article", "limit": 1})).await;
    assert_eq!(structured(&list)["total_count"], 3);
    let get = call("get_record", json!({"model": "blog.author", "id": 1})).await;
    assert_eq!(structured(&get)["name"], "Ada");
    let denied = call("create_record", json!({"model": "blog.author", "data": {}})).await;
    assert_eq!(refusal(&denied), "Permission denied: blog.add_author");
    for model in [json!("blog.nope"), json!("blog.hidden"), json!("article"), json!(null), json!(7)] {
        let result = call("list_records", json!({ "model": model })).await;
        assert!(refusal(&result).contains("model"), "{model} {result}");
    }
    let unknown = site.post(&[VIEW_ARTICLE], super::call("list_records", &json!({})).to_string()).await;
    assert_eq!(unknown.json()["error"]["code"], -32602, "not for those who have few tools");
}
