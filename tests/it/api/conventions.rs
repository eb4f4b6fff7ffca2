//! What holds for every operation: forms of errors, methods, limits, what caches may do.

use serde_json::json;

use super::expect;
use crate::harness::{Answer, TestApp, on_both, on_each, send};

/// Whether an answer is a problem of this code that can be found in the log.
fn is_problem(answer: &Answer, status: u16, code: &str) -> bool {
    answer.status == status
        && answer.header("content-type") == "application/problem+json"
        && answer.body["code"] == code
        && answer.body["status"] == status
        && answer.body["request_id"] == answer.header("x-request-id")
        && answer.body["detail"].as_str().is_some_and(|text| !text.is_empty())
}

on_both! {
    async fn r22_r23_whatever_is_wrong_with_a_request_is_told_in_one_form(app) {
        let manager = app.token(&["mcp.add_token", "mcp.view_token"]);
        let post = |kind: &str, body: &str| {
            manager.http("POST", "/api/v1/tokens").header("content-type", kind).body(body.to_owned())
        };
        let json = "application/json";
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let large = format!("{{\"name\": \"{}\"}}", "x".repeat(1_100_000));
        for (request, status, code) in [
            (post(json, "no json"), 400, "bad_request"),
            (post(json, ""), 400, "bad_request"),
            (post(json, &deep), 400, "bad_request"),
            (post(json, "[]"), 422, "validation_error"),
            (post(json, "{\"name\": \"\\ud800\"}"), 422, "validation_error"),
            (post(json, "{\"name\": \"x\", \"nmae\": 1}"), 422, "validation_error"),
            (post("text/plain", "{}"), 415, "unsupported_media_type"),
            (post("application/x-www-form-urlencoded", "name=x"), 415, "unsupported_media_type"),
            (post(json, &large), 413, "too_large"),
            (manager.http("GET", "/api/v1/tokens/999999"), 404, "not_found"),
            (manager.http("GET", "/api/v1/nothing"), 404, "not_found"),
            (manager.http("GET", "/api/v1/tokens/1/"), 404, "not_found"),
            (manager.http("GET", "/api"), 404, "not_found"),
            (manager.http("DELETE", "/api/v1/tokens"), 405, "method_not_allowed"),
            (manager.http("BREW", "/api/v1/tokens/1"), 405, "method_not_allowed"),
            (manager.http("DELETE", "/api/v1/tokens/1"), 403, "permission_denied"),
        ] {
            let shown = format!("{request:?}");
            let answer = manager.send(request).await;
            assert!(is_problem(&answer, status, code), "{shown}: {} {}", answer.status, answer.text);
        }
        let unknown = manager.rest("POST", "/api/v1/tokens", Some(&json!({"name": "x", "nmae": 1}))).await;
        assert_eq!(unknown.body["errors"][0]["field"], "nmae");
        let number = manager.rest("GET", "/api/v1/tokens?limit=x", None).await;
        assert_eq!(number.body["errors"][0]["message"], "must be a whole number");
        let patched = manager.http("POST", "/api/v1/tokens").header("content-type", "application/json; charset=utf-8");
        assert_eq!(manager.send(patched.body("{\"name\": \"x\"}")).await.status, 201);
    }

    async fn r23_each_address_tells_its_methods(app) {
        let manager = app.token(&["mcp.view_token"]);
        for (path, allow) in [
            ("/api/v1/tokens", "GET, HEAD, POST, OPTIONS"),
            ("/api/v1/tokens/1", "DELETE, GET, HEAD, PATCH, PUT, OPTIONS"),
            ("/api/v1/tokens/1/rotate", "POST, OPTIONS"),
            ("/api/v1/me", "GET, HEAD, OPTIONS"),
        ] {
            let sorted = |text: &str| {
                let mut methods: Vec<String> = text.split(", ").map(str::to_owned).collect();
                methods.sort();
                methods
            };
            for method in ["OPTIONS", "BREW"] {
                let answer = manager.rest(method, path, None).await;
                assert_eq!(answer.status, if method == "BREW" { 405 } else { 204 });
                assert_eq!(sorted(answer.header("allow")), sorted(allow), "{method} {path}");
            }
        }
        let (get, head) = (manager.rest("GET", "/api/v1/tokens", None).await, manager.rest("HEAD", "/api/v1/tokens", None).await);
        assert_eq!((head.status, &*head.text), (200, ""));
        for name in ["content-type", "cache-control", "link"] {
            assert_eq!(get.header(name), head.header(name), "{name}");
        }
        assert_eq!(send(app.address(), "TRACE /api/v1/tokens", &[], "").status, 405);
    }

    async fn what_is_shown_may_be_kept_by_its_reader_and_asked_for_again(app) {
        let manager = app.token(&["mcp.view_token"]);
        let path = format!("/api/v1/tokens/{}", manager.id());
        let shown = manager.rest("GET", &path, None).await;
        let again = manager.send(manager.http("GET", &path).header("if-none-match", shown.header("etag"))).await;
        assert_eq!((again.status, &*again.text), (304, ""));
        for answer in [&shown, &again] {
            assert_eq!(answer.header("cache-control"), "private, no-cache");
        }
        assert_eq!(shown.header("etag"), again.header("etag"));
        let other = manager.send(manager.http("GET", &path).header("if-none-match", "\"other\"")).await;
        assert_eq!(other.status, 200);
    }
}

on_each! {
    async fn who_asks_too_often_is_told_when_to_come_back(backend) {
        let app = TestApp::with(backend, |config| config.api.requests_per_minute = 3).await;
        let (one, other) = (app.token(&[]), app.token(&[]));
        for left in [2, 1, 0] {
            let answer = one.rest("GET", "/api/v1/me", None).await;
            assert_eq!((answer.status, answer.header("ratelimit-policy")), (200, "\"default\";q=3;w=60"));
            assert!(answer.header("ratelimit").starts_with(&format!("\"default\";r={left};t=")), "{:?}", answer.headers);
        }
        let refused = one.rest("GET", "/api/v1/me", None).await;
        assert!(is_problem(&refused, 429, "rate_limited"), "{}", refused.text);
        assert!((1..=61).contains(&refused.header("retry-after").parse::<u32>().unwrap()));
        assert!(refused.header("ratelimit").contains("r=0"));
        expect(&other, 200, "GET", "/api/v1/me", None).await;
        app.advance(chrono::TimeDelta::minutes(3));
        expect(&one, 200, "GET", "/api/v1/me", None).await;
    }
}
