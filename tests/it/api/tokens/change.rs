//! Tokens are changed, replaced, switched and deleted.

use chrono::TimeDelta;
use mcp_admin::services::groups;
use serde_json::{Value, json};

use super::super::expect;
use crate::harness::on_both;

const MANAGER: [&str; 6] = [
    "mcp.view_token",
    "mcp.change_token",
    "mcp.delete_token",
    "blog.view_article",
    "blog.view_tag",
    "blog.change_article",
];

on_both! {
    async fn a_patch_changes_what_it_names_and_null_is_not_absence(app) {
        let manager = app.token(&MANAGER);
        let agent = app.token(&["blog.view_article"]);
        let path = format!("/api/v1/tokens/{}", agent.id());
        let before = expect(&manager, 200, "GET", &path, None).await;
        let renamed = expect(&manager, 200, "PATCH", &path, Some(json!({"name": "CI"}))).await;
        assert_eq!((&renamed["name"], &renamed["expires_at"]), (&json!("CI"), &before["expires_at"]));
        let endless = expect(&manager, 200, "PATCH", &path, Some(json!({"expires_at": null}))).await;
        assert_eq!((&endless["name"], &endless["expires_at"]), (&json!("CI"), &Value::Null));
        let refused = manager.rest("PATCH", &path, Some(&json!({"expires_at": "2020-01-01T00:00:00Z"}))).await;
        assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (422, &json!("expires_at")));
        for body in [json!({"name": null}), json!({"is_active": null}), json!({"permissions": null}), json!({"token": "x"})] {
            expect(&manager, 422, "PATCH", &path, Some(body)).await;
        }
        let group = app.write(|tx, actor| groups::create(tx, actor, app.clock.now(), "Editors")).id;
        let body = json!({"permissions": ["blog.view_tag"], "groups": [group], "note": "nightly", "is_active": false, "tool_mode": "compact"});
        let narrowed = expect(&manager, 200, "PATCH", &path, Some(body)).await;
        assert_eq!(narrowed["permissions"], json!(["blog.view_tag"]));
        assert_eq!(narrowed["groups"][0]["name"], "Editors");
        assert_eq!((&narrowed["status"], &narrowed["note"]), (&json!("inactive"), &json!("nightly")));
        assert_eq!(narrowed["tool_mode"], "compact");
        expect(&manager, 422, "PATCH", &path, Some(json!({"tool_mode": "tiny"}))).await;
        assert_eq!(agent.status().await, 401);
    }

    async fn a_put_replaces_everything_but_the_secret(app) {
        let manager = app.token(&MANAGER);
        let agent = app.token_with(&["blog.view_tag"], |new| new.note = "old".into());
        let path = format!("/api/v1/tokens/{}", agent.id());
        let body = json!({"name": "Whole", "user": "ada", "permissions": ["blog.view_article"]});
        let whole = expect(&manager, 200, "PUT", &path, Some(body)).await;
        assert_eq!((&whole["permissions"], &whole["note"]), (&json!(["blog.view_article"]), &json!("")));
        assert!(!whole["expires_at"].is_null(), "what is left out is as in a new token");
        assert_eq!(agent.tools().await.iter().filter(|tool| tool.ends_with("_tag")).count(), 0);
        expect(&manager, 422, "PUT", &path, Some(json!({"note": "no name"}))).await;

        let bob = app.user("bob");
        let other = app.token_with(&[], |new| new.user_id = bob);
        let path = format!("/api/v1/tokens/{}", other.id());
        let kept = expect(&manager, 200, "PUT", &path, Some(json!({"name": "Other"}))).await;
        assert_eq!(kept["user"]["username"], "bob", "an owner who is not named stays");
    }

    async fn a_change_is_made_only_to_what_the_caller_has_seen(app) {
        let manager = app.token(&MANAGER);
        let agent = app.token(&[]);
        let path = format!("/api/v1/tokens/{}", agent.id());
        let seen = manager.rest("GET", &path, None).await.header("etag").to_owned();
        let send = async |method: &str, tag: &str, body: Option<Value>| {
            let request = manager.http(method, &path).header("if-match", tag);
            manager.send(match body { Some(body) => request.json(&body), None => request }).await
        };
        assert_eq!(agent.status().await, 200);
        app.guard.flush().unwrap();
        let first = send("PATCH", &seen, Some(json!({"name": "A"}))).await;
        assert_eq!(first.status, 200, "its use is no change: {}", first.text);
        let stale = send("PATCH", &seen, Some(json!({"name": "B"}))).await;
        assert_eq!((stale.status, &stale.body["code"]), (412, &json!("precondition_failed")));
        assert_eq!(send("DELETE", &seen, None).await.status, 412);
        assert_eq!(send("PATCH", first.header("etag"), Some(json!({"name": "C"}))).await.body["name"], "C");
        assert_eq!(send("DELETE", "*", None).await.status, 204);
        assert_eq!(send("DELETE", "*", None).await.status, 404);
        assert_eq!(agent.status().await, 401);
    }

    async fn a_token_is_switched_off_and_on_with_its_secret(app) {
        let manager = app.token(&MANAGER);
        let agent = app.token(&["blog.view_article"]);
        let path = format!("/api/v1/tokens/{}", agent.id());
        for (action, status, active) in [("deactivate", 401, false), ("activate", 200, true)] {
            for _ in 0..2 {
                let now = expect(&manager, 200, "POST", &format!("{path}/{action}"), None).await;
                assert_eq!(now["is_active"], active);
                assert_eq!(agent.status().await, status, "from the next request on");
            }
        }
        let changed = |entry: &&mcp_admin::models::log_entry::LogEntry| {
            entry.object_id == agent.id().to_string() && entry.action == "changed"
        };
        assert_eq!(app.log().iter().filter(changed).count(), 2, "what changes nothing is not logged");
    }

    async fn r34_nobody_revives_or_moves_what_he_does_not_hold(app) {
        let weak = app.token(&["mcp.view_token", "mcp.change_token", "blog.view_article"]);
        let strong = app.token(&["blog.delete_article"]);
        let path = format!("/api/v1/tokens/{}", strong.id());
        let before = expect(&weak, 200, "GET", &path, None).await;
        app.user("bob");
        for (method, suffix, body) in [
            ("POST", "/rotate", json!({})),
            ("PATCH", "", json!({"expires_at": null})),
            ("PATCH", "", json!({"user": "bob"})),
            ("PATCH", "", json!({"permissions": ["blog.delete_article", "blog.add_article"]})),
            ("POST", "/permissions", json!({"full_access": "blog"})),
            ("POST", "/permissions", json!({"permissions": ["mcp.delete_token"]})),
        ] {
            let refused = weak.rest(method, &format!("{path}{suffix}"), Some(&body)).await;
            assert_eq!((refused.status, &refused.body["code"]), (403, &json!("permission_denied")), "{body}");
        }
        assert_eq!(expect(&weak, 200, "GET", &path, None).await, before);
        assert_eq!(strong.status().await, 200);
        // Narrowing and switching off give nobody anything.
        expect(&weak, 200, "POST", &format!("{path}/deactivate"), None).await;
        expect(&weak, 403, "POST", &format!("{path}/activate"), None).await;
        expect(&weak, 200, "PUT", &format!("{path}/permissions"), Some(json!({"permissions": []}))).await;
        expect(&weak, 200, "POST", &format!("{path}/activate"), None).await;
    }

    async fn its_use_is_counted_by_the_hour(app) {
        let manager = app.token(&MANAGER);
        let agent = app.token(&["blog.view_article"]);
        for _ in 0..3 {
            assert_eq!(agent.status().await, 200);
        }
        agent.refused("delete_article", json!({"id": 1})).await;
        app.guard.flush().unwrap();
        let path = format!("/api/v1/tokens/{}/usage", agent.id());
        let usage = expect(&manager, 200, "GET", &path, None).await;
        assert_eq!((&usage["calls"], &usage["denials"]), (&json!(4), &json!(1)), "{usage}");
        assert_eq!(usage["hours"].as_array().unwrap().iter().map(|hour| hour["calls"].as_i64().unwrap()).sum::<i64>(), 4);
        assert_eq!(usage["last_used_ip"], "127.0.0.1");
        app.advance(TimeDelta::days(3));
        assert_eq!(expect(&manager, 200, "GET", &format!("{path}?days=1"), None).await["calls"], 0);
        expect(&manager, 422, "GET", &format!("{path}?days=0"), None).await;
    }
}
