//! The official client in Rust.

use rmcp::model::{CallToolRequestParams, CallToolResult, ClientConfig, ProtocolVersion};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt, RoleClient, RunningService};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use serde_json::{Value, json};

use super::{READER, assert_ten_articles};
use crate::harness::{Agent, TestApp, on_both};

type Client = RunningService<RoleClient, ClientConfig>;

fn modes() -> [(ClientLifecycleMode, &'static str); 3] {
    let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
    [
        (ClientLifecycleMode::Initialize, "2025-11-25"),
        (ClientLifecycleMode::Discover { preferred_versions: preferred_versions.clone() }, "2026-07-28"),
        (ClientLifecycleMode::Auto { preferred_versions, legacy_version: None }, "2026-07-28"),
    ]
}

async fn connect(app: &TestApp, agent: &Agent, mode: ClientLifecycleMode) -> Option<Client> {
    let config =
        StreamableHttpClientTransportConfig::with_uri(format!("{}/mcp", app.url)).auth_header(&agent.token);
    let transport = StreamableHttpClientTransport::from_config(config);
    ClientConfig::default().serve_with_lifecycle(transport, mode).await.ok()
}

async fn call(client: &Client, name: &'static str, arguments: Value) -> CallToolResult {
    let arguments = arguments.as_object().unwrap().clone();
    client.call_tool(CallToolRequestParams::new(name).with_arguments(arguments)).await.unwrap()
}

fn text(result: &CallToolResult) -> &str {
    &result.content[0].as_text().unwrap().text
}

on_both! {
    async fn the_rust_client_lists_and_calls_tools_in_both_eras(app) {
        let reader = app.token(&READER);
        for (mode, protocol) in modes() {
            let client = connect(&app, &reader, mode).await.expect(protocol);
            assert_eq!(client.peer_info().unwrap().protocol_version.as_str(), protocol);
            let tools = client.list_all_tools().await.unwrap();
            assert_eq!(tools.iter().map(|tool| tool.name.as_ref()).collect::<Vec<_>>(), reader.tools().await);

            let listed = call(&client, "list_article", json!({"limit": 10})).await;
            assert_eq!(listed.is_error, Some(false));
            assert_ten_articles(listed.structured_content.as_ref().unwrap());

            let invalid = call(&client, "list_article", json!({"limit": "many"})).await;
            assert_eq!(invalid.is_error, Some(true));
            assert!(text(&invalid).contains("limit"), "{}", text(&invalid));

            let refused = call(&client, "update_article", json!({"id": 1, "data": {"title": "Mine"}})).await;
            assert_eq!(refused.is_error, Some(true));
            assert_eq!(text(&refused), "Permission denied: blog.change_article");
            client.cancel().await.unwrap();
        }
    }

    async fn the_rust_client_is_not_let_in_with_a_token_that_is_off(app) {
        let off = app.token_with(&READER, |new| new.is_active = false);
        for (mode, protocol) in modes() {
            assert!(connect(&app, &off, mode).await.is_none(), "{protocol}");
        }
    }
}
