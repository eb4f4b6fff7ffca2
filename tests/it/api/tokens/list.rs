//! Tokens are issued, shown and listed.

use std::time::Duration;

use serde_json::json;

use crate::harness::{eventually, on_both};

const MANAGER: [&str; 5] =
    ["mcp.view_token", "mcp.add_token", "mcp.change_token", "mcp.delete_token", "blog.view_article"];

on_both! {
    async fn a_token_is_issued_shown_and_listed(app) {
        let manager = app.token(&MANAGER);
        let body = json!({"name": "CI", "permissions": ["blog.view_article"], "expires_at": null});
        let made = manager.rest("POST", "/api/v1/tokens", Some(&body)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        assert_eq!(made.headers["cache-control"], "no-store");
        let id = made.body["id"].as_i64().unwrap();
        assert_eq!(made.headers["location"].to_str().unwrap(), format!("/api/v1/tokens/{id}"));
        assert_eq!(made.body["user"]["username"], "ada");
        assert!(app.agent(made.body["token"].as_str().unwrap()).tools().await.len() > 1);

        let shown = manager.rest("GET", &format!("/api/v1/tokens/{id}"), None).await;
        assert_eq!(shown.status, 200);
        assert_eq!(shown.headers["cache-control"], "private, no-cache");
        assert!(shown.body.get("token").is_none() && shown.headers.contains_key("etag"));
        assert_eq!(shown.body["permissions"], json!(["blog.view_article"]));
        assert_eq!(shown.body["expires_at"], json!(null));

        let listed = manager.rest("GET", "/api/v1/tokens?limit=1&total=true", None).await;
        assert_eq!(listed.status, 200, "{}", listed.text);
        assert_eq!((listed.body["results"][0]["id"].as_i64(), listed.body["total"].as_i64()), (Some(id), Some(2)));
        let cursor = listed.body["next_cursor"].as_str().unwrap();
        let rest = manager.rest("GET", &format!("/api/v1/tokens?cursor={cursor}"), None).await;
        assert_eq!(rest.body["results"].as_array().unwrap().len(), 1);
        assert_eq!(rest.body["next_cursor"], json!(null));
    }

    async fn every_order_has_every_token_once(app) {
        let manager = app.token(&MANAGER);
        for n in 0..7 {
            app.token_with(&[], |new| {
                new.name = format!("T{}", n % 3);
                new.expiry = if n % 2 == 0 {
                    mcp_admin::services::tokens::Expiry::Never
                } else {
                    mcp_admin::services::tokens::Expiry::Default
                };
            });
        }
        // Its own row must not move from never used to used between two pages.
        eventually("the use is written down", Duration::from_secs(10), async || {
            let me = manager.rest("GET", "/api/v1/tokens?unused_for=1d&limit=20", None).await;
            me.body["results"].as_array().unwrap().len() == 7
        })
        .await;
        for sort in ["id", "name", "created_at", "expires_at", "last_used_at"] {
            for sign in ["", "-"] {
                let mut seen = Vec::new();
                let mut address = format!("/api/v1/tokens?limit=3&sort={sign}{sort}");
                for _ in 0..5 {
                    let page = manager.rest("GET", &address, None).await;
                    assert_eq!(page.status, 200, "{}", page.text);
                    let rows = page.body["results"].as_array().unwrap();
                    seen.extend(rows.iter().map(|row| (row[sort].to_string(), row["id"].as_i64().unwrap())));
                    let Some(cursor) = page.body["next_cursor"].as_str() else { break };
                    address = format!("/api/v1/tokens?limit=3&sort={sign}{sort}&cursor={cursor}");
                }
                let mut ids: Vec<i64> = seen.iter().map(|(_, id)| *id).collect();
                ids.sort_unstable();
                ids.dedup();
                assert_eq!((seen.len(), ids.len()), (8, 8), "{sign}{sort}: {seen:?}");
            }
        }
    }

    async fn r22_r45_bad_input_is_named_by_field(app) {
        let manager = app.token(&MANAGER);
        let body = json!({"nam": "x", "permissions": "blog", "expires_at": 7});
        let refused = manager.rest("POST", "/api/v1/tokens", Some(&body)).await;
        assert_eq!((refused.status, &refused.body["code"]), (422, &json!("validation_error")));
        let fields: Vec<_> =
            refused.body["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["name", "nam", "permissions", "expires_at"]);
        for (query, field) in [
            ("limit=0", "limit"), ("limit=1000000000", "limit"), ("limit=x", "limit"), ("offset=1", "offset"),
            ("sort=digest", "sort"), ("cursor=AAAA", "cursor"), ("status=odd", "status"),
            ("unused_for=soon", "unused_for"), ("user=nobody", "user"), ("search=%00", "search"),
            ("limit=1&limit=2", "limit"),
        ] {
            let refused = manager.rest("GET", &format!("/api/v1/tokens?{query}"), None).await;
            assert_eq!(refused.status, 422, "{query}: {}", refused.text);
            assert_eq!(refused.body["errors"][0]["field"], field, "{query}");
        }
        for id in ["-1", "0", "9223372036854775808", "1e400", "x"] {
            assert_eq!(manager.rest("GET", &format!("/api/v1/tokens/{id}"), None).await.status, 404, "{id}");
        }
    }

    async fn a_repetition_under_the_same_key_makes_nothing(app) {
        let manager = app.token(&MANAGER);
        let body = json!({"name": "CI"});
        let post = async |key: &str, body: &serde_json::Value| {
            let request = manager.http("POST", "/api/v1/tokens").header("idempotency-key", key).json(body);
            manager.send(request).await
        };
        let first = post("one", &body).await;
        assert_eq!(first.status, 201, "{}", first.text);
        let again = post("one", &body).await;
        assert_eq!((again.status, &again.body["code"]), (409, &json!("idempotency_conflict")));
        assert_eq!(again.body["id"], first.body["id"].to_string());
        assert_eq!(post("one", &json!({"name": "other"})).await.status, 422);
        assert_eq!(post("two", &body).await.status, 201);
        let listed = manager.rest("GET", "/api/v1/tokens?search=CI", None).await;
        assert_eq!(listed.body["results"].as_array().unwrap().len(), 2);
    }

    async fn r23_methods_that_are_not_served_are_refused_with_those_that_are(app) {
        let manager = app.token(&MANAGER);
        let refused = manager.rest("DELETE", "/api/v1/tokens", None).await;
        assert_eq!((refused.status, &refused.body["code"]), (405, &json!("method_not_allowed")));
        assert!(refused.headers["allow"].to_str().unwrap().contains("GET, HEAD, POST"));
        let options = manager.rest("OPTIONS", "/api/v1/tokens", None).await;
        assert_eq!((options.status, options.text.as_str()), (204, ""));
        let head = manager.rest("HEAD", "/api/v1/tokens", None).await;
        assert_eq!((head.status, head.text.as_str()), (200, ""));
    }
}
