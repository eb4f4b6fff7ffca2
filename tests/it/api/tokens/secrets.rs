//! New secrets for old tokens: each is shown once.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::super::expect;
use crate::harness::{Agent, Answer, eventually, on_both};

const MANAGER: [&str; 4] = ["mcp.view_token", "mcp.add_token", "mcp.change_token", "blog.view_article"];

async fn post(agent: &Agent, path: &str, key: &str, body: &Value) -> Answer {
    agent.send(agent.http("POST", path).header("idempotency-key", key).json(body)).await
}

on_both! {
    async fn r13_r38_a_rotation_that_cannot_be_logged_is_none(app) {
        let manager = app.token(&[&MANAGER[..], &["mcp.delete_token"]].concat());
        let agent = app.token(&["blog.view_article"]);
        let path = format!("/api/v1/tokens/{}", agent.id());
        let before = app.stored(agent.id());
        app.db.execute_script("ALTER TABLE log_entries RENAME TO hidden_entries").unwrap();
        for (method, suffix, body) in [
            ("POST", "/rotate", json!({})), ("POST", "/copy", json!({})), ("PATCH", "", json!({"name": "x"})),
            ("POST", "/deactivate", json!({})), ("PUT", "/permissions", json!({"permissions": []})), ("DELETE", "", json!({})),
        ] {
            let refused = manager.rest(method, &format!("{path}{suffix}"), Some(&body)).await;
            assert!([500, 503].contains(&refused.status), "{method} {suffix}: {}", refused.text);
            assert!(refused.body["token"].is_null() && !refused.text.contains("log_entries"), "{}", refused.text);
        }
        app.db.execute_script("ALTER TABLE hidden_entries RENAME TO log_entries").unwrap();
        let after = app.stored(agent.id());
        assert_eq!((&after.name, after.is_active, &after.prefix), (&before.name, true, &before.prefix));
        assert_eq!(agent.status().await, 200, "the one secret is the old one");
        let listed = expect(&manager, 200, "GET", "/api/v1/tokens?total=true", None).await;
        assert_eq!(listed["total"], 2);
    }

    async fn r13_r14_a_rotation_has_a_grace_period_and_is_done_once_for_a_key(app) {
        let manager = app.token(&MANAGER);
        let old = app.token(&["blog.view_article"]);
        let path = format!("/api/v1/tokens/{}/rotate", old.id());
        let rotated = post(&manager, &path, "k1", &json!({"grace": "1h"})).await;
        assert_eq!((rotated.status, rotated.header("cache-control")), (201, "no-store"));
        assert_eq!(rotated.header("location"), format!("/api/v1/tokens/{}", old.id()));
        let again = post(&manager, &path, "k1", &json!({"grace": "1h"})).await;
        assert_eq!((again.status, again.body["id"].as_str()), (409, Some(&*old.id().to_string())));
        let new = app.agent(rotated.body["token"].as_str().unwrap());
        assert_eq!((old.status().await, new.status().await), (200, 200));
        app.advance(TimeDelta::hours(1));
        assert_eq!((old.status().await, new.status().await), (401, 200));
        eventually("r14: the use of the old one is told", Duration::from_secs(5), async || {
            app.log().into_iter().any(|entry| entry.action == "denied" && entry.token_id == Some(old.id()))
        })
        .await;

        let at_once = expect(&manager, 201, "POST", &path, Some(json!({}))).await;
        assert_eq!(new.status().await, 401);
        assert_eq!(app.agent(at_once["token"].as_str().unwrap()).status().await, 200);
        for grace in ["8d", "-1h", "soon", ""] {
            let refused = manager.rest("POST", &path, Some(&json!({"grace": grace}))).await;
            assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (422, &json!("grace")), "{grace}");
        }
    }

    async fn a_copy_has_everything_but_the_secret_and_the_name(app) {
        let manager = app.token(&MANAGER);
        let original = app.token_with(&["blog.view_article"], |new| new.name = "CI".into());
        let path = format!("/api/v1/tokens/{}/copy", original.id());
        let copy = expect(&manager, 201, "POST", &path, Some(json!({"expires_at": null}))).await;
        assert_eq!((&copy["name"], &copy["expires_at"]), (&json!("CI v2"), &Value::Null));
        assert_eq!(copy["permissions"], json!(["blog.view_article"]));
        assert_ne!(copy["id"], json!(original.id()));
        assert_eq!((original.status().await, app.agent(copy["token"].as_str().unwrap()).status().await), (200, 200));
    }

    async fn r02_a_secret_that_was_shown_is_in_no_later_answer(app) {
        let manager = app.token(&MANAGER);
        let made = expect(&manager, 201, "POST", "/api/v1/tokens", Some(json!({"name": "CI"}))).await;
        let (id, secret) = (&made["id"], made["token"].as_str().unwrap());
        for path in ["", "/permissions", "/groups", "/usage"] {
            let shown = manager.rest("GET", &format!("/api/v1/tokens/{id}{path}"), None).await;
            assert!(!shown.text.contains(secret), "{path}");
        }
        for query in ["", "?format=csv", "?format=jsonl"] {
            let listed = manager.rest("GET", &format!("/api/v1/tokens{query}"), None).await;
            assert!(listed.status == 200 && !listed.text.contains(&secret[12..]), "{}", listed.text);
        }
        let retried = post(&manager, "/api/v1/tokens", "k", &json!({"name": "CI"})).await;
        let conflict = post(&manager, "/api/v1/tokens", "k", &json!({"name": "CI"})).await;
        assert_eq!((retried.status, conflict.status), (201, 409));
        assert!(!conflict.text.contains(retried.body["token"].as_str().unwrap()));
        assert!(app.log().iter().all(|entry| !entry.changes.contains(&secret[12..])));
    }
}
