//! Methods, headers and status codes.

use actix_web::http::Method;

use super::*;

const MODERN: &str = "2026-07-28";

fn modern(method: &str, mut params: Value) -> TestRequest {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let name = params["name"].as_str().map(str::to_owned);
    let body = json!({ "jsonrpc": "2.0", "id": "m-1", "method": method, "params": params });
    let request = posted(body.to_string())
        .insert_header(("MCP-Protocol-Version", MODERN))
        .insert_header(("Mcp-Method", method));
    match name {
        Some(name) => request.insert_header(("Mcp-Name", name)),
        None => request,
    }
}

fn request(method: &str, params: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string()
}

#[actix_web::test]
async fn r23_other_methods_are_refused_before_anybody_is_known() {
    let site = Site::start();
    for method in [Method::GET, Method::DELETE, Method::PUT, Method::HEAD, Method::OPTIONS, Method::TRACE] {
        for path in ["/mcp", "/mcp/"] {
            let request = TestRequest::with_uri(path).method(method.clone());
            let answer = site.send(&[], request).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.headers.get("Allow").unwrap(), "POST");
        }
    }
}

#[actix_web::test]
async fn r10_nobody_is_refused() {
    let site = Site::start();
    let app = init_service(App::new().service(transport::endpoint("/mcp/", &site.mcp))).await;
    let response = call_service(&app, posted("{}").to_request()).await;
    assert_eq!(response.status(), 401);
}

#[actix_web::test]
async fn both_paths_serve_without_a_redirect() {
    let site = Site::start();
    for path in ["/mcp", "/mcp/"] {
        let answer = site.send(&[], posted(request("ping", &json!({}))).uri(path)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body.as_str()),
            (200, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#)
        );
        assert_eq!(answer.headers.get("Content-Type").unwrap(), "application/json");
    }
}

#[actix_web::test]
async fn accept_and_content_type_are_checked() {
    let site = Site::start();
    for (accept, status) in [
        (None, 200),
        (Some("*/*"), 200),
        (Some("application/json"), 200),
        (Some("application/*;q=0.5"), 200),
        (Some("application/json, text/event-stream"), 200),
        (Some("text/event-stream"), 406),
        (Some("application/json;q=0"), 406),
        (Some("text/html, application/json;q=0.0"), 406),
    ] {
        let ping = posted(request("ping", &json!({})));
        let ping = match accept {
            Some(accept) => ping.insert_header(("Accept", accept)),
            None => ping,
        };
        assert_eq!(site.send(&[], ping).await.status, status, "{accept:?}");
    }
    for (content_type, status) in [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
    ] {
        let ping = TestRequest::post()
            .uri("/mcp")
            .insert_header(("Content-Type", content_type))
            .set_payload(request("ping", &json!({})));
        assert_eq!(site.send(&[], ping).await.status, status, "{content_type}");
    }
}

#[actix_web::test]
async fn r41_large_and_deep_bodies_are_refused() {
    let site = Site::start();
    assert_eq!(site.post(&[], vec![b' '; 70_000]).await.status, 413);
    let deep =
        format!(r#"{{"method":"tools/list","params":{{"x":{}{}}}}}"#, "[".repeat(200), "]".repeat(200));
    let answer = site.post(&[], deep).await;
    assert_eq!((answer.status.as_u16(), answer.json()["error"]["code"].as_i64()), (400, Some(-32700)));
}

#[actix_web::test]
async fn messages_have_the_status_of_their_kind() {
    let site = Site::start();
    let table = [
        ("{".to_owned(), 400, -32700),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"a":"\ud800"}}}"#.to_owned(), 200, -32602),
        ("[]".to_owned(), 400, -32600),
        ("7".to_owned(), 400, -32600),
        (request("nope", &json!({})), 200, -32601),
        (request("resources/nope", &json!({})), 200, -32601),
        (request("resources/list", &json!({"cursor": "abc"})), 200, -32602),
        (request("resources/read", &json!({})), 200, -32602),
        (request("resources/read", &json!({"uri": "file:///etc/passwd"})), 200, -32002),
        (request("prompts/get", &json!({"name": "nope"})), 200, -32602),
        (request("completion/complete", &json!({})), 200, -32602),
        (request("logging/setLevel", &json!({"level": "loud"})), 200, -32602),
        (request("initialize", &json!({})), 200, -32602),
        (request("tools/list", &json!({"cursor": "abc"})), 200, -32602),
        (request("tools/call", &json!({})), 200, -32602),
        (request("tools/call", &json!({"name": 7})), 200, -32602),
        (request("tools/call", &json!({"name": "nope"})), 200, -32602),
        (request("tools/call", &json!({"name": "list_article", "arguments": []})), 200, -32602),
        (request("server/discover", &json!({})), 400, -32602),
    ];
    for (body, status, code) in table {
        let answer = site.post(&[VIEW_ARTICLE], body.clone()).await;
        let seen = (answer.status.as_u16(), answer.json()["error"]["code"].as_i64());
        assert_eq!(seen, (status, Some(code)), "{body}");
        assert_eq!(answer.outcome, Some(CallOutcome::Failed), "{body}");
    }
    for body in [
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_article","arguments":{"search":"\ud800"}}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_article","arguments":{"limit":1e400}}}"#,
    ] {
        let answer = site.post(&[VIEW_ARTICLE], body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()["error"]["code"].as_i64()),
            (400, Some(-32700)),
            "{body}"
        );
    }
    let notification = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let answer = site.post(&[], notification).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str(), answer.outcome), (202, "", None));
    let answer =
        site.send(&[], posted(notification).insert_header(("MCP-Protocol-Version", "1900-01-01"))).await;
    assert_eq!(answer.status, 400);
}

#[actix_web::test]
async fn a_legacy_client_is_greeted_listed_and_served() {
    let site = Site::start();
    let hello = request("initialize", &json!({"protocolVersion": "2025-06-18", "capabilities": {}}));
    let result = site.post(&[], hello).await.json()["result"].clone();
    assert_eq!(result["protocolVersion"], "2025-06-18");
    let list = site.post(&[VIEW_ARTICLE], request("tools/list", &json!({"cursor": null}))).await.json();
    assert_eq!(list["result"]["tools"][0]["name"], "find_models");
    assert_eq!(list["result"].as_object().unwrap().len(), 1, "nothing of the modern era");
    let result = site.call(&[VIEW_ARTICLE], "list_article", json!({})).await;
    assert!(result.get("resultType").is_none());
    let old = posted(request("ping", &json!({}))).insert_header(("MCP-Protocol-Version", "1900-01-01"));
    let answer = site.send(&[], old).await;
    assert_eq!((answer.status.as_u16(), answer.json()["error"]["code"].as_i64()), (400, Some(-32022)));
    assert_eq!(answer.json()["error"]["data"]["requested"], "1900-01-01");
}

#[actix_web::test]
async fn a_modern_client_discovers_lists_and_calls() {
    let site = Site::start();
    let discovered = site.send(&[], modern("server/discover", json!({}))).await.json();
    assert_eq!(discovered["id"], "m-1");
    assert_eq!(discovered["result"]["supportedVersions"][0], MODERN);
    let list = site.send(&[VIEW_ARTICLE], modern("tools/list", json!({}))).await.json();
    let called = modern("tools/call", json!({"name": "list_article", "arguments": {"limit": 1}}));
    let called = site.send(&[VIEW_ARTICLE], called).await.json();
    for result in [&discovered["result"], &list["result"], &called["result"]] {
        assert_eq!(result["resultType"], "complete");
        assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "mcp-admin");
    }
    for result in [&discovered["result"], &list["result"]] {
        assert_eq!(result["cacheScope"], "private");
        assert!(result["ttlMs"].as_u64().is_some());
    }
    assert_eq!(called["result"]["structuredContent"]["count"], 1);
    for removed in ["initialize", "ping", "logging/setLevel", "resources/subscribe", "nope"] {
        let answer = site.send(&[], modern(removed, json!({}))).await;
        let seen = (answer.status.as_u16(), answer.json()["error"]["code"].as_i64());
        assert_eq!(seen, (404, Some(-32601)), "{removed}");
    }
    let unknown = site.send(&[], modern("tools/call", json!({"name": "nope"}))).await;
    assert_eq!((unknown.status.as_u16(), unknown.json()["error"]["code"].as_i64()), (200, Some(-32602)));
}

#[actix_web::test]
async fn what_a_header_says_does_not_decide_what_is_called() {
    let site = Site::start();
    let body = json!({ "name": "list_article", "arguments": {} });
    let call = modern("tools/call", body).insert_header(("Mcp-Name", "find_models"));
    let answer = site.send(&[VIEW_ARTICLE], call).await;
    assert_eq!((answer.status.as_u16(), answer.json()["error"]["code"].as_i64()), (400, Some(-32020)));
}

#[actix_web::test]
async fn the_bare_form_answers_results_and_errors_without_a_frame() {
    let site = Site::start();
    let list = site.post(&[VIEW_ARTICLE], r#"{"method": "tools/list"}"#).await;
    assert_eq!(list.json()["tools"][0]["name"], "find_models");
    for body in [
        json!({"method": "tools/call", "name": "list_article", "arguments": {"limit": 2}}),
        json!({"method": "tools/call", "params": {"name": "list_article", "arguments": {"limit": 2}}}),
    ] {
        let answer = site.post(&[VIEW_ARTICLE], body.to_string()).await;
        assert_eq!(structured(&answer.json())["count"], 2);
    }
    let denied = site.post(&[], r#"{"method":"tools/call","name":"list_article"}"#).await;
    assert_eq!(denied.status, 200);
    assert_eq!(refusal(&denied.json()), "Permission denied: blog.view_article");
    for (body, status, code) in [
        (r#"{"method":"tools/call","name":"nope"}"#, 404, "unknown_tool"),
        (r#"{"method":"tools/call"}"#, 400, "invalid_params"),
        (r#"{"method":"ping"}"#, 404, "method_not_found"),
        (r#"{"method":"tools/list","params":{"cursor":"x"}}"#, 400, "invalid_params"),
    ] {
        let answer = site.post(&[], body).await;
        assert_eq!((answer.status.as_u16(), answer.json()["code"].as_str()), (status, Some(code)), "{body}");
        assert!(answer.json()["error"].is_string(), "{body}");
    }
}
