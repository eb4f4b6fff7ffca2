//! Framed messages of both eras, and their errors.

use serde_json::json;

use crate::harness::{MODERN, modern_meta, on_both};

on_both! {
    async fn legacy_clients_begin_with_initialize(app) {
        let agent = app.token(&["blog.view_article"]);
        let hello = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "it", "version": "1"}});
        let greeting = agent.legacy("initialize", hello).await;
        assert_eq!(greeting.body["result"]["protocolVersion"], "2025-11-25", "{}", greeting.text);
        assert!(greeting.body["result"]["instructions"].is_string());
        assert!(greeting.header("mcp-session-id").is_empty(), "no sessions");
        let unknown = agent.legacy("initialize", json!({"protocolVersion": "1999-01-01", "capabilities": {}, "clientInfo": {"name": "it", "version": "1"}})).await;
        assert!(unknown.body["result"]["protocolVersion"].as_str().unwrap().starts_with("20"), "{}", unknown.text);
        let note = agent.post(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
        assert_eq!((note.status, note.text.as_str()), (202, ""));
        assert_eq!(agent.legacy("ping", json!({})).await.body["result"], json!({}));
        let listed = agent.legacy("tools/list", json!({})).await;
        assert_eq!(listed.body["id"], 1);
        assert_eq!(listed.body["result"]["tools"].as_array().unwrap().len(), agent.tools().await.len());
        assert!(listed.body["result"].get("resultType").is_none());
    }

    async fn modern_clients_need_no_greeting(app) {
        let agent = app.token(&["blog.view_article"]);
        let found = agent.modern("server/discover", json!({})).await;
        assert!(found.body["result"]["supportedVersions"].as_array().unwrap().contains(&json!(MODERN)), "{}", found.text);
        assert!(found.body["result"]["instructions"].is_string());
        let listed = agent.modern("tools/list", json!({})).await;
        let result = &listed.body["result"];
        assert_eq!((&result["resultType"], &result["cacheScope"]), (&json!("complete"), &json!("private")), "{}", listed.text);
        assert!(result["ttlMs"].is_number());
        let called = agent.modern("tools/call", json!({"name": "list_article", "arguments": {"limit": 1}})).await;
        assert_eq!(called.body["result"]["resultType"], "complete", "{}", called.text);
        assert_eq!(called.body["result"]["structuredContent"]["count"], 1);
        let removed = agent.modern("ping", json!({})).await;
        assert_eq!((removed.status, &removed.body["error"]["code"]), (404, &json!(-32601)));
    }

    async fn headers_must_agree_with_the_body_and_the_body_decides(app) {
        let agent = app.token(&["blog.view_article"]);
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": "update_article", "arguments": {"id": 1, "data": {}}, "_meta": modern_meta()}});
        let send = async |headers: &[(&str, &str)]| {
            let request = headers.iter().fold(agent.request(), |request, (name, value)| request.header(*name, *value));
            agent.send(request.body(body.to_string())).await
        };
        let honest = [("mcp-protocol-version", MODERN), ("mcp-method", "tools/call"), ("mcp-name", "update_article")];
        let answer = send(&honest).await;
        assert_eq!(answer.body["result"]["isError"], true, "{}", answer.text);
        for lie in [
            vec![("mcp-protocol-version", MODERN), ("mcp-method", "tools/call"), ("mcp-name", "list_article")],
            vec![("mcp-protocol-version", MODERN), ("mcp-method", "tools/list"), ("mcp-name", "update_article")],
            vec![("mcp-protocol-version", MODERN), ("mcp-method", "tools/call")],
            vec![("mcp-protocol-version", MODERN)],
        ] {
            let answer = send(&lie).await;
            assert_eq!((answer.status, &answer.body["error"]["code"]), (400, &json!(-32020)), "{lie:?} {}", answer.text);
        }
    }

    async fn an_unsupported_version_is_told_what_is_supported(app) {
        let agent = app.token(&[]);
        let mut meta = modern_meta();
        meta["io.modelcontextprotocol/protocolVersion"] = json!("2099-01-01");
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}});
        let request = agent.request().header("mcp-protocol-version", "2099-01-01").header("mcp-method", "tools/list");
        let answer = agent.send(request.body(body.to_string())).await;
        assert_eq!((answer.status, &answer.body["error"]["code"]), (400, &json!(-32022)), "{}", answer.text);
        assert!(answer.body["error"]["data"]["supported"].as_array().unwrap().contains(&json!(MODERN)));
        assert_eq!(answer.body["error"]["data"]["requested"], "2099-01-01");
    }

    async fn messages_that_are_none_are_refused(app) {
        let agent = app.token(&["blog.view_article"]);
        for (body, code) in [("{", -32700), ("", -32700), ("\u{feff}{}", -32700), ("[]", -32600), ("[{}]", -32600)] {
            let answer = agent.post_text(body).await;
            assert_eq!((answer.status, &answer.body["error"]["code"]), (400, &json!(code)), "{body}: {}", answer.text);
        }
        for body in ["1", "null", "\"x\"", "{}", r#"{"jsonrpc":"2.0"}"#, r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#] {
            let answer = agent.post_text(body).await;
            assert!(answer.status == 400 || !answer.body["error"].is_null(), "{body}: {} {}", answer.status, answer.text);
        }
        let wrong_type = agent.send(agent.request().header("content-type", "text/plain").body("{}")).await;
        assert!([400, 415].contains(&wrong_type.status), "{}", wrong_type.status);
    }

    async fn accept_and_content_type_are_judged(app) {
        let agent = app.token(&[]);
        let http = reqwest::Client::new();
        let status = async |name: &str, value: &str| {
            let mut request = http.post(format!("{}/mcp/", app.url)).bearer_auth(&agent.token).body(r#"{"method":"tools/list"}"#);
            if name != "content-type" {
                request = request.header("content-type", "application/json");
            }
            request.header(name, value).send().await.unwrap().status().as_u16()
        };
        assert_eq!(status("accept", "text/html").await, 406);
        assert_eq!(status("accept", "*/*").await, 200);
        assert_eq!(status("accept", "application/json, text/event-stream").await, 200);
        assert_eq!(status("content-type", "text/plain").await, 415);
        assert_eq!(status("content-type", "application/json; charset=utf-8").await, 200);
    }

    async fn an_unknown_cursor_is_refused(app) {
        let agent = app.token(&[]);
        let answer = agent.legacy("tools/list", json!({"cursor": "nonsense"})).await;
        assert_eq!((answer.status, &answer.body["error"]["code"]), (200, &json!(-32602)), "{}", answer.text);
    }
}
