//! How many tokens a user may own.

use std::collections::BTreeMap;

use mcp_admin::models::token;
use mcp_admin::services::tokens::IssueToken;
use serde_json::{Value, json};

use crate::harness::{Agent, TestApp, command, on_each};

const MOST: u32 = 3;

async fn start(backend: mcp_admin::db::Backend) -> (TestApp, Agent) {
    let app = TestApp::with(backend, |config| {
        config.max_tokens_per_user = MOST;
        config.mcp.builtin_apps = vec!["mcp".into()];
    })
    .await;
    let root = app.root("root");
    app.user("ada");
    (app, root)
}

async fn make(root: &Agent, owner: &str) -> (u16, Value) {
    let answer = root.rest("POST", "/api/v1/tokens", Some(&json!({"name": "CI", "user": owner}))).await;
    (answer.status, answer.body)
}

fn is_full((status, body): &(u16, Value), field: &str) {
    let error = &body["errors"][0];
    assert_eq!((*status, &error["field"]), (422, &json!(field)), "{body}");
    let text = error["message"].as_str().unwrap();
    assert!(text.contains("this user owns as many tokens as anyone may, 3"), "{text}");
}

on_each! {
    async fn r56_a_user_owns_no_more_tokens_than_the_site_allows(backend) {
        let (app, root) = start(backend).await;
        let ids: Vec<Value> = [make(&root, "ada").await, make(&root, "ada").await]
            .into_iter().map(|(status, body)| { assert_eq!(status, 201, "{body}"); body["id"].clone() }).collect();
        let agent = app.token(&["mcp.add_token", "mcp.view_token"]);
        let before = app.log().len();

        is_full(&make(&root, "ada").await, "user");
        let refused = agent.refused("create_token", json!({"data": {"name": "One more"}})).await;
        assert!(refused.contains("this user owns as many tokens as anyone may, 3"), "{refused}");
        let copied = root.rest("POST", &format!("/api/v1/tokens/{}/copy", ids[0]), Some(&json!({}))).await;
        is_full(&(copied.status, copied.body), "user");
        let settings = app.site.config_file("max_tokens_per_user = 3");
        let by_hand = command(&settings).args(["token", "create", "--name", "CI", "--user", "ada"]).output().unwrap();
        let said = String::from_utf8_lossy(&by_hand.stderr);
        assert!(!by_hand.status.success() && said.contains("as many tokens as anyone may, 3"), "{said}");

        let bob = app.user("bob");
        let other = app.issue(&IssueToken::new("CI", bob));
        let path = format!("/api/v1/tokens/{}", other.id());
        let given = root.rest("PATCH", &path, Some(&json!({"user": "ada"}))).await;
        is_full(&(given.status, given.body), "user");
        let inherited = root.rest("DELETE", &format!("/api/v1/users/{bob}?tokens=transfer:ada"), None).await;
        is_full(&(inherited.status, inherited.body), "tokens");
        assert_eq!(app.stored(other.id()).user_id, bob, "nothing changed");
        assert_eq!(app.log().len(), before + 2, "only bob and his token are news");

        let own = root.rest("PATCH", &format!("/api/v1/tokens/{}", ids[0]), Some(&json!({"user": "ada", "note": "x"}))).await;
        assert_eq!(own.status, 200, "who owns it already takes no more room: {}", own.text);
        let rotated = root.rest("POST", &format!("/api/v1/tokens/{}/rotate", ids[0]), Some(&json!({}))).await;
        assert_eq!(rotated.status, 201, "a new secret is no new token: {}", rotated.text);
        let gone = root.rest("DELETE", &format!("/api/v1/tokens/{}", ids[0]), None).await;
        assert_eq!(gone.status, 204, "{}", gone.text);
        assert_eq!(make(&root, "ada").await.0, 201, "there is room again");
        is_full(&make(&root, "ada").await, "user");
    }

    async fn r56_of_many_at_once_only_as_many_are_made_as_there_is_room_for(backend) {
        let (app, root) = start(backend).await;
        let mut running = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let root = root.clone();
            running.spawn(async move { make(&root, "ada").await.0 });
        }
        let mut statuses = BTreeMap::<u16, u32>::new();
        while let Some(status) = running.join_next().await {
            *statuses.entry(status.unwrap()).or_default() += 1;
        }
        assert_eq!(statuses, BTreeMap::from([(201, MOST), (422, 12 - MOST)]));
        let owned = app.db.read(|conn| Ok(token::list_by_name(conn, "CI")?)).unwrap();
        assert_eq!(owned.len(), 3);
    }

    async fn r56_without_a_limit_there_is_none(backend) {
        let app = TestApp::with(backend, |config| config.max_tokens_per_user = 0).await;
        let root = app.root("root");
        app.user("ada");
        for _ in 0..5 {
            assert_eq!(make(&root, "ada").await.0, 201);
        }
    }
}
