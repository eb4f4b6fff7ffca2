//! The session of somebody who signed in to the admin as a credential: for pages of this site alone.

use chrono::TimeDelta;
use mcp_admin::db::GroupId;
use mcp_admin::models::user;
use mcp_admin::services::{groups, users};
use serde_json::json;

use super::{expect, refusals};
use crate::harness::{TestApp, on_both};

const TOKENS: &str = "/api/v1/tokens";

fn deactivate(app: &TestApp, username: &str) {
    let user = app.db.read(|conn| Ok(user::find_by_username(conn, username)?)).unwrap().unwrap();
    app.write(|tx, actor| users::deactivate(tx, actor, app.clock.now(), user.id));
}

fn group(app: &TestApp) -> GroupId {
    app.write(|tx, actor| groups::create(tx, actor, app.clock.now(), "Passing")).id
}

on_both! {
    async fn a_session_may_what_its_user_may_and_the_log_names_the_user(app) {
        let vera = app.staff("vera", &["auth.add_group", "auth.view_group"]);
        let me = expect(&vera, 200, "GET", "/api/v1/me", None).await;
        assert_eq!((&me["user"]["username"], &me["token"]), (&json!("vera"), &json!(null)));
        assert_eq!(me["permissions"], json!(["auth.add_group", "auth.view_group"]));
        expect(&vera, 201, "POST", "/api/v1/groups", Some(json!({"name": "Readers"}))).await;
        let entry = app.log().into_iter().find(|entry| entry.action == "added" && entry.model == "group").unwrap();
        assert_eq!((&*entry.actor_label, &*entry.surface, entry.token_id), ("vera", "api", None));
        assert_eq!(entry.ip.as_deref(), Some("127.0.0.1"));
        let denied = vera.rest("GET", TOKENS, None).await;
        assert_eq!((denied.status, &denied.body["detail"]), (403, &json!("Permission denied: mcp.view_token")));
        refusals(&app, 1, |entry| entry.actor_label == "vera").await;
        assert!(vera.rest("GET", "/api/v1/groups", None).await.headers.contains_key("ratelimit"));
        let root = app.root("root");
        expect(&root, 200, "GET", TOKENS, None).await;
        assert_eq!(expect(&root, 200, "GET", "/api/v1/me", None).await["is_superuser"], true);
    }

    async fn r19_a_session_is_no_credential_for_mcp_nor_for_what_proxies_ask(app) {
        let root = app.root("root");
        for (method, path) in [("POST", "/mcp/"), ("POST", "/mcp"), ("GET", "/api/v1/authorize"), ("POST", "/oauth2/introspect")] {
            let answer = root.send(root.http(method, path).body("{}")).await;
            assert_eq!(answer.status, 401, "{path}: {}", answer.text);
            assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="mcp""#, "{path}");
        }
        // A token beside it decides alone.
        for (token, status) in [(app.token(&[]).token, 403), ("mcp_x".into(), 401)] {
            let both = root.http("GET", TOKENS).bearer_auth(&token);
            assert_eq!(root.send(both).await.status, status);
        }
    }

    async fn r28_only_pages_of_this_site_use_a_session(app) {
        let root = app.root("root");
        let cookie = root.http("GET", "/").build().unwrap().headers()["cookie"].clone();
        let own = app.url.clone();
        let ask = async |method: &str, site: Option<&str>, origin: Option<&str>| {
            let mut request = reqwest::Client::new().request(method.parse().unwrap(), format!("{own}{TOKENS}")).header("cookie", &cookie);
            request = site.into_iter().fold(request, |r, site| r.header("sec-fetch-site", site));
            request = origin.into_iter().fold(request, |r, origin| r.header("origin", origin));
            root.send(request.json(&json!({"name": "CI"}))).await
        };
        let evil = Some("https://evil.example");
        for (site, origin, reads, writes) in [
            (Some("same-origin"), None, 200, 201), (Some("same-origin"), Some(&*own), 200, 201),
            (None, Some(&*own), 200, 201), (None, None, 200, 403), (Some("none"), None, 200, 403),
            (Some("same-site"), None, 403, 403), (Some("cross-site"), None, 403, 403),
            (Some("cross-site"), Some(&*own), 403, 403), (Some("same-origin"), evil, 403, 403), (None, evil, 403, 403),
            (None, Some("null"), 200, 403),
        ] {
            let (read, written) = (ask("GET", site, origin).await, ask("POST", site, origin).await);
            assert_eq!((read.status, written.status), (reads, writes), "{site:?} {origin:?}: {}", written.text);
            if writes == 403 {
                assert_eq!((&written.body["code"], written.header("content-type")), (&json!("refused"), "application/problem+json"));
                assert!(written.body["request_id"].is_string());
            }
        }
        let foreign = root.http("GET", TOKENS).header("host", "evil.example");
        assert!([401, 403].contains(&root.send(foreign).await.status));
    }

    async fn r26_r27_a_session_that_ended_opens_nothing(app) {
        let root = app.root("root");
        let vera = app.staff("vera", &["mcp.view_token"]);
        expect(&vera, 200, "GET", TOKENS, None).await;
        deactivate(&app, "vera");
        let answer = vera.rest("GET", TOKENS, None).await;
        assert_eq!((answer.status, &answer.body["code"]), (401, &json!("unauthenticated")));
        // Reading is what pages do by themselves, and keeps no session alive.
        for _ in 0..3 {
            app.advance(TimeDelta::minutes(9));
            expect(&root, 200, "GET", TOKENS, None).await;
        }
        app.advance(TimeDelta::minutes(9));
        expect(&root, 401, "GET", TOKENS, None).await;
        let other = app.root("other");
        for _ in 0..3 {
            app.advance(TimeDelta::minutes(20));
            expect(&other, 204, "DELETE", &format!("/api/v1/groups/{}", group(&app)), None).await;
        }
    }

    async fn r37_secrets_are_made_only_in_a_session_whose_password_was_given_recently(app) {
        let root = app.root("root");
        let token = app.token(&[]);
        let path = format!("{TOKENS}/{}", token.id());
        app.advance(TimeDelta::minutes(16));
        let user = json!({"username": "bob", "password": "another long sentence"});
        for (path, body) in [
            (TOKENS.into(), json!({"name": "CI"})), (format!("{path}/rotate"), json!({})), (format!("{path}/copy"), json!({})),
            ("/api/v1/users".into(), user), ("/api/v1/users/1/password".into(), json!({"password": "another long sentence"})),
        ] {
            let refused = root.rest("POST", &path, Some(&body)).await;
            assert_eq!((refused.status, &refused.body["code"]), (403, &json!("refused")), "{path}: {}", refused.text);
        }
        expect(&root, 200, "PATCH", &path, Some(json!({"name": "renamed"}))).await;
        let fresh = app.session("root", crate::harness::PASSWORD);
        expect(&fresh, 201, "POST", TOKENS, Some(json!({"name": "CI"}))).await;
    }

    async fn r21_a_session_that_cannot_be_checked_is_a_503(app) {
        let root = app.root("root");
        app.db.execute_script("ALTER TABLE sessions RENAME TO hidden_sessions").unwrap();
        let answer = root.rest("GET", TOKENS, None).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{}", answer.text);
        assert!(!answer.text.contains("sessions"), "{}", answer.text);
        app.db.execute_script("ALTER TABLE hidden_sessions RENAME TO sessions").unwrap();
        expect(&root, 200, "GET", TOKENS, None).await;
    }
}
