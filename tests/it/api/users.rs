//! `/api/v1/users`

use mcp_admin::services::{groups, users};
use serde_json::{Value, json};

use super::{expect, refusals};
use crate::harness::{Agent, on_both};

const PASSWORD: &str = "four words make a sentence";
const MANAGER: [&str; 5] =
    ["auth.view_user", "auth.add_user", "auth.change_user", "auth.delete_user", "blog.view_article"];

async fn create(agent: &Agent, username: &str) -> String {
    let made = expect(agent, 201, "POST", "/api/v1/users", Some(json!({"username": username}))).await;
    format!("/api/v1/users/{}", made["id"])
}

on_both! {
    async fn an_account_is_made_changed_replaced_and_deleted(app) {
        let agent = app.token(&MANAGER);
        let body = json!({
            "username": "bob", "email": "bob@example.com", "password": PASSWORD, "is_staff": true,
            "permissions": ["blog.view_article"],
        });
        let made = agent.rest("POST", "/api/v1/users", Some(&body)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        assert!(!made.text.contains("password") && !made.text.contains("argon2"), "{}", made.text);
        let bob = made.headers["location"].to_str().unwrap().to_owned();
        let shown = agent.rest("GET", &bob, None).await;
        assert_eq!(shown.body, made.body);
        assert_eq!(shown.headers["etag"], made.headers["etag"]);

        let tag = shown.headers["etag"].to_str().unwrap().to_owned();
        let patch = |tag: &str, body: Value| {
            agent.send(agent.http("PATCH", &bob).header("if-match", tag.to_owned()).json(&body))
        };
        let changed = patch(&tag, json!({"email": "", "is_active": false})).await;
        assert_eq!((changed.status, &changed.body["email"], &changed.body["is_active"]), (200, &json!(""), &json!(false)));
        let stale = patch(&tag, json!({"email": "x@example.com"})).await;
        assert_eq!((stale.status, &stale.body["code"]), (412, &json!("precondition_failed")));

        let whole = expect(&agent, 200, "PUT", &bob, Some(json!({"username": "robert"}))).await;
        assert_eq!((&whole["username"], &whole["is_staff"], &whole["is_active"]), (&json!("robert"), &json!(false), &json!(true)));
        expect(&agent, 422, "PUT", &bob, Some(json!({"email": "x@example.com"}))).await;
        expect(&agent, 422, "PATCH", &bob, Some(json!({"username": null}))).await;
        expect(&agent, 409, "PATCH", &bob, Some(json!({"username": "ADA"}))).await;
        expect(&agent, 200, "POST", &format!("{bob}/deactivate"), None).await;
        expect(&agent, 200, "POST", &format!("{bob}/activate"), None).await;
        expect(&agent, 204, "DELETE", &bob, None).await;
        expect(&agent, 404, "GET", &bob, None).await;
        let told: Vec<String> = app.log().iter().take(8).map(|entry| entry.action.clone()).collect();
        assert_eq!(told, ["deleted", "changed", "changed", "changed", "changed", "changed", "changed", "changed"]);
        assert!(app.log().iter().all(|entry| !entry.changes.contains("argon2") && !entry.changes.contains(PASSWORD)));
    }

    async fn accounts_are_listed_by_what_they_are(app) {
        let agent = app.token(&MANAGER);
        for name in ["bob", "Carla", "dora"] {
            create(&agent, name).await;
        }
        app.superuser("root");
        let names = async |query: &str| {
            let page = expect(&agent, 200, "GET", &format!("/api/v1/users?{query}"), None).await;
            let rows = page["results"].as_array().unwrap();
            rows.iter().map(|row| row["username"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names("").await, ["ada", "bob", "Carla", "dora", "root"]);
        assert_eq!(names("sort=-username&limit=2").await, ["root", "dora"]);
        assert_eq!(names("search=AR").await, ["Carla"]);
        assert_eq!(names("is_superuser=true").await, ["root"]);
        assert_eq!(names("is_superuser=false&sort=-id&limit=1").await, ["dora"]);
        for query in ["is_active=maybe", "sort=password_hash", "limit=1000000000", "group=none", "grup=x", "search=%00"] {
            expect(&agent, 422, "GET", &format!("/api/v1/users?{query}"), None).await;
        }
    }

    async fn r33_a_password_is_checked_before_it_is_hashed_and_never_shown(app) {
        let agent = app.token(&MANAGER);
        let bob = create(&agent, "bob").await;
        let path = format!("{bob}/password");
        for wrong in ["short", &"x1y2z ".repeat(200), "bob bob bob bob"] {
            let refused = expect(&agent, 422, "POST", &path, Some(json!({"password": wrong}))).await;
            assert_eq!(refused["errors"][0]["field"], "password");
            let body = json!({"username": "eve", "password": wrong});
            let refused = expect(&agent, 422, "POST", "/api/v1/users", Some(body)).await;
            assert!(!refused.to_string().contains(wrong), "{refused}");
        }
        expect(&agent, 204, "POST", &path, Some(json!({"password": PASSWORD}))).await;
        let id = app.user("bob");
        let stored = app.db.read(|conn| Ok(mcp_admin::models::user::find_password_hash(conn, id)?)).unwrap();
        assert!(mcp_admin::auth::verify_password(PASSWORD, stored.as_ref()).unwrap());
        // Who lacks what the user holds is refused, whatever the password.
        app.write(|tx, actor| users::grant(tx, actor, app.clock.now(), id, &["blog.add_article".into()]));
        let refused = expect(&agent, 403, "POST", &path, Some(json!({"password": "x"}))).await;
        assert_eq!(refused["code"], "permission_denied");
    }

    async fn a_repeated_creation_makes_one_account(app) {
        let agent = app.token(&MANAGER);
        let body = json!({"username": "bob", "password": PASSWORD});
        let post = async || agent.send(agent.http("POST", "/api/v1/users").header("idempotency-key", "k").json(&body)).await;
        let (first, again) = (post().await, post().await);
        assert_eq!((first.status, again.status), (201, 409));
        assert_eq!(again.body["id"], first.body["id"].to_string());
    }

    async fn what_a_user_holds_is_added_set_and_removed(app) {
        let agent = app.token(&MANAGER);
        let bob = create(&agent, "bob").await;
        let readers = app.write(|tx, actor| groups::create(tx, actor, app.clock.now(), "Readers")).id;
        app.write(|tx, actor| groups::grant(tx, actor, app.clock.now(), readers, &["blog.view_article".into()]));
        let (permissions, groups) = (format!("{bob}/permissions"), format!("{bob}/groups"));
        let view = app.db.read(|conn| Ok(mcp_admin::models::permission::list(conn, Some("blog"))?)).unwrap();
        let view = view.iter().find(|p| p.codename == "view_article").unwrap().id;

        let held = expect(&agent, 200, "POST", &permissions, Some(json!({"permissions": [view]}))).await;
        assert_eq!(held["results"], json!([{"permission": "blog.view_article", "direct": true, "groups": []}]));
        expect(&agent, 200, "POST", &groups, Some(json!({"groups": ["Readers"]}))).await;
        let held = expect(&agent, 200, "PUT", &permissions, Some(json!({"permissions": []}))).await;
        assert_eq!(held["results"], json!([{"permission": "blog.view_article", "direct": false, "groups": ["Readers"]}]));
        assert_eq!(expect(&agent, 200, "GET", &permissions, None).await, held);
        expect(&agent, 200, "PUT", &permissions, Some(json!({"permissions": ["blog.view_article"]}))).await;
        expect(&agent, 200, "DELETE", &permissions, Some(json!({"permissions": ["blog.view_article"]}))).await;
        let inside = expect(&agent, 200, "PUT", &groups, Some(json!({"groups": [readers]}))).await;
        assert_eq!(inside["results"], json!([{"id": readers, "name": "Readers"}]));
        let outside = expect(&agent, 200, "DELETE", &groups, Some(json!({"groups": [readers]}))).await;
        assert_eq!(outside["results"], json!([]));
        for (body, field) in [
            (json!({"permissions": ["blog.fly_article"]}), "permissions"),
            (json!({"permissions": [99999]}), "permissions"),
            (json!({"groups": []}), "permissions"),
        ] {
            let refused = agent.rest("POST", &permissions, Some(&body)).await;
            assert!([403, 422].contains(&refused.status), "{body} {}", refused.text);
            if refused.status == 422 {
                assert_eq!(refused.body["errors"][0]["field"], field);
            }
        }
    }

    async fn r34_nobody_gives_what_he_does_not_hold(app) {
        let agent = app.token(&MANAGER);
        let bob = create(&agent, "bob").await;
        let strong = app.write(|tx, actor| groups::create(tx, actor, app.clock.now(), "Strong")).id;
        app.write(|tx, actor| groups::grant(tx, actor, app.clock.now(), strong, &["blog.add_article".into()]));
        let cases = [
            ("POST", format!("{bob}/permissions"), json!({"permissions": ["blog.add_article"]})),
            ("PUT", format!("{bob}/permissions"), json!({"permissions": ["auth.add_group"]})),
            ("POST", format!("{bob}/groups"), json!({"groups": [strong]})),
            ("PUT", format!("{bob}/groups"), json!({"groups": [strong]})),
            ("PATCH", bob.clone(), json!({"is_superuser": true})),
            ("PUT", bob.clone(), json!({"username": "bob", "is_superuser": true})),
            ("POST", "/api/v1/users".into(), json!({"username": "eve", "is_superuser": true})),
            ("POST", "/api/v1/users".into(), json!({"username": "eve", "groups": ["Strong"]})),
            ("POST", format!("/api/v1/groups/{strong}/members"), json!({"users": ["bob"]})),
        ];
        for (method, path, body) in cases {
            expect(&agent, 403, method, &path, Some(body)).await;
        }
        let root = app.superuser("root");
        for (method, path, body) in [
            ("PATCH", format!("/api/v1/users/{root}"), Some(json!({"email": ""}))),
            ("POST", format!("/api/v1/users/{root}/password"), Some(json!({"password": PASSWORD}))),
            ("POST", format!("/api/v1/users/{root}/deactivate"), None),
            ("DELETE", format!("/api/v1/users/{root}"), None),
        ] {
            let refused = expect(&agent, 403, method, &path, body).await;
            assert_eq!(refused["code"], "refused", "{method} {path}");
        }
        assert!(app.db.read(|conn| Ok(mcp_admin::models::user::find_by_username(conn, "eve")?)).unwrap().is_none());
    }

    async fn the_tokens_of_a_deleted_user_need_a_decision(app) {
        let agent = app.token(&[&MANAGER[..], &["mcp.change_token", "mcp.delete_token"]].concat());
        let bob = create(&agent, "bob").await;
        let owned = app.token_with(&["blog.view_article"], |new| new.user_id = app.user("bob"));
        let refused = expect(&agent, 409, "DELETE", &bob, None).await;
        assert!(refused["detail"].as_str().unwrap().contains("owns 1 tokens"), "{refused}");
        for wrong in ["burn", "transfer:", "transfer:nobody", "transfer:bob"] {
            let refused = expect(&agent, 422, "DELETE", &format!("{bob}?tokens={wrong}"), None).await;
            assert_eq!(refused["errors"][0]["field"], "tokens", "{wrong}");
        }
        expect(&agent, 204, "DELETE", &format!("{bob}?tokens=transfer:ada"), None).await;
        assert_eq!(app.stored(owned.id()).user_id, app.user("ada"));
        let carla = create(&agent, "carla").await;
        let owned = app.token_with(&["blog.view_article"], |new| new.user_id = app.user("carla"));
        expect(&agent, 204, "DELETE", &format!("{carla}?tokens=delete"), None).await;
        assert_eq!(owned.list().await.status, 401);
    }

    async fn r15_without_permissions_no_account_is_seen_or_touched(app) {
        let agent = app.token(&["blog.view_article", "blog.change_article"]);
        let id = app.user("ada");
        for (method, path, body) in [
            ("GET", "/api/v1/users".to_owned(), None),
            ("GET", format!("/api/v1/users/{id}"), None),
            ("GET", "/api/v1/users/99999".to_owned(), None),
            ("POST", "/api/v1/users".to_owned(), Some(json!({"username": "eve"}))),
            ("PATCH", format!("/api/v1/users/{id}"), Some(json!({"email": ""}))),
            ("PUT", format!("/api/v1/users/{id}"), Some(json!({"username": "eve"}))),
            ("DELETE", format!("/api/v1/users/{id}"), None),
            ("POST", format!("/api/v1/users/{id}/activate"), None),
            ("POST", format!("/api/v1/users/{id}/deactivate"), None),
            ("POST", format!("/api/v1/users/{id}/password"), Some(json!({"password": PASSWORD}))),
            ("GET", format!("/api/v1/users/{id}/permissions"), None),
            ("PUT", format!("/api/v1/users/{id}/permissions"), Some(json!({"permissions": [1]}))),
            ("GET", format!("/api/v1/users/{id}/groups"), None),
            ("PUT", format!("/api/v1/users/{id}/groups"), Some(json!({"groups": []}))),
        ] {
            expect(&agent, 403, method, &path, body).await;
        }
        refusals(&app, 1, |entry| entry.surface == "api").await;
    }
}
