//! The status of every kind of answer, in both eras and in the bare form.

use serde_json::{Value, json};

use crate::harness::{Agent, Answer, MODERN, modern_meta, on_both, raw};

/// A modern request whose headers and body are given apart.
async fn modern(agent: &Agent, headers: &[(&str, &str)], body: Value) -> Answer {
    let request =
        headers.iter().fold(agent.request(), |request, (name, value)| request.header(*name, *value));
    agent.send(request.body(body.to_string())).await
}

fn meta(version: &str) -> Value {
    let mut meta = modern_meta();
    meta["io.modelcontextprotocol/protocolVersion"] = json!(version);
    meta
}

fn framed(method: &str, params: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": "seven", "method": method, "params": params})
}

fn code(answer: &Answer) -> (u16, i64) {
    (answer.status, answer.body["error"]["code"].as_i64().unwrap_or(0))
}

on_both! {
    async fn legacy_requests_get_their_statuses(app) {
        let agent = app.token(&["blog.view_article"]);
        let initialized = agent.legacy("initialize", json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "it", "version": "1"}})).await;
        assert_eq!((initialized.status, &initialized.body["result"]["protocolVersion"]), (200, &json!("2025-06-18")));
        assert!(initialized.body["result"]["instructions"].is_string());
        assert!(initialized.header("mcp-session-id").is_empty(), "no sessions");
        let unknown = agent.legacy("initialize", json!({"protocolVersion": "1900-01-01"})).await;
        assert_eq!((unknown.status, &unknown.body["result"]["protocolVersion"]), (200, &json!("2025-11-25")));
        assert_eq!(agent.legacy("ping", json!({})).await.body, json!({"jsonrpc": "2.0", "id": 1, "result": {}}));
        let list = agent.legacy("tools/list", json!({})).await;
        assert_eq!(list.status, 200);
        let result = list.body["result"].as_object().unwrap();
        assert_eq!(result.keys().collect::<Vec<_>>(), ["tools"], "nothing of the other era, no nextCursor");

        let call = async |params: Value| agent.legacy("tools/call", params).await;
        assert_eq!(code(&call(json!({"name": "nothing"})).await), (200, -32602));
        assert_eq!(code(&call(json!({})).await), (200, -32602));
        assert_eq!(code(&call(json!({"name": "list_article", "arguments": []})).await), (200, -32602));
        assert_eq!(code(&agent.legacy("tools/list", json!({"cursor": "x"})).await), (200, -32602));
        assert_eq!(code(&agent.legacy("nothing", json!({})).await), (200, -32601));
        for (params, text) in [
            (json!({"name": "list_article", "arguments": {"limit": 0}}), "Validation failed: limit"),
            (json!({"name": "get_article", "arguments": {"id": 0}}), "article not found"),
            (json!({"name": "create_article", "arguments": {}}), "Permission denied: blog.add_article"),
        ] {
            let answer = call(params).await;
            assert_eq!((answer.status, &answer.body["result"]["isError"]), (200, &json!(true)));
            let found = answer.body["result"]["content"][0]["text"].as_str().unwrap();
            assert!(found.starts_with(text), "{found}");
        }
        let without_arguments = call(json!({"name": "list_article"})).await;
        assert_eq!(without_arguments.body["result"]["isError"], false);
        let wrong_version = agent.request().header("mcp-protocol-version", "1999-09-09").body(framed("tools/list", &json!({})).to_string());
        let wrong_version = agent.send(wrong_version).await;
        assert_eq!(code(&wrong_version), (400, -32022));
        assert_eq!(wrong_version.body["error"]["data"]["requested"], "1999-09-09");
        assert!(wrong_version.body["error"]["data"]["supported"].as_array().unwrap().contains(&json!("2025-11-25")));
        let no_version = agent.post(&framed("tools/list", &json!({}))).await;
        assert_eq!((no_version.status, &no_version.body["id"]), (200, &json!("seven")));
    }

    async fn modern_requests_get_their_statuses(app) {
        let agent = app.token(&["blog.view_article"]);
        let discovered = agent.modern("server/discover", json!({})).await;
        assert_eq!((discovered.status, &discovered.body["result"]["supportedVersions"][0]), (200, &json!("2026-07-28")));
        assert!(discovered.body["result"]["instructions"].is_string());
        let list = agent.modern("tools/list", json!({})).await;
        let result = &list.body["result"];
        assert_eq!((list.status, &result["resultType"], &result["cacheScope"]), (200, &json!("complete"), &json!("private")));
        assert!(result["ttlMs"].is_u64() && result["nextCursor"].is_null());
        let called = agent.modern("tools/call", json!({"name": "list_article", "arguments": {"limit": 1}})).await;
        assert_eq!((called.status, &called.body["result"]["resultType"]), (200, &json!("complete")));
        assert_eq!(called.body["result"]["structuredContent"]["count"], 1);
        let denied = agent.modern("tools/call", json!({"name": "create_article"})).await;
        assert_eq!(denied.body["result"]["content"][0]["text"], "Permission denied: blog.add_article");
        assert_eq!(code(&agent.modern("tools/call", json!({"name": "nothing"})).await), (200, -32602));
        assert_eq!(code(&agent.modern("tools/list", json!({"cursor": "x"})).await), (200, -32602));
        for removed in ["ping", "initialized", "logging/setLevel", "resources/subscribe", "nothing"] {
            assert_eq!(code(&agent.modern(removed, json!({})).await), (404, -32601), "{removed}");
        }

        let (version, method, name) = (("mcp-protocol-version", MODERN), ("mcp-method", "tools/call"), ("mcp-name", "create_article"));
        let params = json!({"name": "list_article", "_meta": meta(MODERN)});
        let call = framed("tools/call", &params);
        for headers in [
            vec![],
            vec![version],
            vec![version, method],
            vec![version, method, name],
            vec![version, ("mcp-method", "tools/list"), ("mcp-name", "list_article")],
            vec![("mcp-protocol-version", "2025-11-25"), method, ("mcp-name", "list_article")],
        ] {
            assert_eq!(code(&modern(&agent, &headers, call.clone()).await), (400, -32020), "{headers:?}");
        }
        let future = framed("tools/list", &json!({"_meta": meta("2099-01-01")}));
        let future = modern(&agent, &[("mcp-protocol-version", "2099-01-01"), ("mcp-method", "tools/list")], future).await;
        assert_eq!((code(&future), &future.body["error"]["data"]["requested"]), ((400, -32022), &json!("2099-01-01")));
        for incomplete in [json!({}), json!({"_meta": {}}), json!({"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}})] {
            let answer = modern(&agent, &[version, ("mcp-method", "tools/list")], framed("tools/list", &incomplete)).await;
            assert_eq!(code(&answer), (400, -32602), "{incomplete}");
        }
    }

    async fn bare_requests_get_their_statuses(app) {
        let agent = app.token(&["blog.view_article"]);
        let listed = agent.list().await;
        assert_eq!(listed.body.as_object().unwrap().keys().collect::<Vec<_>>(), ["tools"]);
        let called = agent.call("list_article", json!({"limit": 10})).await;
        assert_eq!(called.body.as_object().unwrap().keys().collect::<Vec<_>>(), ["content", "structuredContent", "isError"]);
        assert_eq!(called.body["structuredContent"]["count"], 10);
        let under_params = agent.post(&json!({"method": "tools/call", "params": {"name": "list_article"}})).await;
        assert_eq!(under_params.body["structuredContent"]["count"], 100);
        for (body, status, word) in [
            (json!({"method": "tools/call", "name": "nothing"}), 404, "unknown_tool"),
            (json!({"method": "nothing"}), 404, "method_not_found"),
            (json!({"method": "tools/call"}), 400, "invalid_params"),
            (json!({"method": "tools/call", "name": "list_article", "arguments": 7}), 400, "invalid_params"),
            (json!({"method": "tools/list", "params": {"cursor": "x"}}), 400, "invalid_params"),
        ] {
            let answer = agent.post(&body).await;
            assert_eq!((answer.status, &answer.body["code"]), (status, &json!(word)), "{body}");
            assert!(answer.body["error"].is_string());
        }
        let denied = agent.call("delete_article", json!({"id": 1})).await;
        assert_eq!((denied.status, denied.is_error(), denied.tool_text()), (200, true, "Permission denied: blog.delete_article"));
    }

    async fn what_is_no_message_gets_its_status(app) {
        let agent = app.token(&["blog.view_article"]);
        for (body, expected) in [
            ("", (400, -32700)),
            ("{", (400, -32700)),
            ("nonsense", (400, -32700)),
            ("\u{feff}{}", (400, -32700)),
            ("{\"method\":\"tools/list\"} x", (400, -32700)),
            ("[]", (400, -32600)),
            (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, (400, -32600)),
            ("7", (400, -32600)),
            ("null", (400, -32600)),
            ("{}", (400, -32600)),
            (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, (400, -32600)),
            (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, (400, -32600)),
            (r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, (400, -32600)),
            (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, (400, -32600)),
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#, (400, -32600)),
        ] {
            assert_eq!(code(&agent.post_text(body).await), expected, "{body}");
        }
        assert_eq!(code(&agent.post_text(vec![b'{', 0xff, b'}']).await), (400, -32700));
        for notification in ["notifications/initialized", "notifications/cancelled", "tools/call"] {
            let answer = agent.post(&json!({"jsonrpc": "2.0", "method": notification, "params": {"name": "list_article"}})).await;
            assert_eq!((answer.status, answer.text.as_str()), (202, ""), "{notification}");
        }
        let http = reqwest::Client::new();
        for path in ["/mcp", "/mcp/"] {
            let post = |name: &str, value: &str| {
                let mut headers = reqwest::header::HeaderMap::new();
                headers.insert("content-type", "application/json".parse().unwrap());
                headers.insert(reqwest::header::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
                http.post(format!("{}{path}", app.url)).bearer_auth(&agent.token).headers(headers).body(r#"{"method":"tools/list"}"#)
            };
            for (name, value, status) in [
                ("accept", "text/html", 406),
                ("accept", "text/event-stream", 406),
                ("accept", "application/json;q=0", 406),
                ("accept", "*/*", 200),
                ("accept", "application/json", 200),
                ("content-type", "text/plain", 415),
                ("content-type", "application/x-www-form-urlencoded", 415),
                ("content-type", "application/json; charset=utf-8", 200),
            ] {
                assert_eq!(agent.send(post(name, value)).await.status, status, "{path} {name}: {value}");
            }
            for method in [reqwest::Method::GET, reqwest::Method::DELETE] {
                let answer = agent.send(http.request(method.clone(), format!("{}{path}", app.url)).bearer_auth(&agent.token)).await;
                assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{method} {path}");
            }
        }
        for path in ["oauth-protected-resource", "oauth-protected-resource/mcp", "oauth-authorization-server", "openid-configuration", "openid-configuration/mcp"] {
            let line = format!("GET /.well-known/{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", app.address());
            let answer = raw(app.address(), line);
            assert_eq!(answer.status, 404, "{path}");
            assert!(answer.header("content-type").contains("json"), "{path}: {}", answer.head);
            serde_json::from_str::<Value>(&answer.body).unwrap();
        }
    }
}
