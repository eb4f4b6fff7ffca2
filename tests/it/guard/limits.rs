//! Requests that are too large, and a database that is away.

use mcp_admin::db::Backend;
use serde_json::json;

use crate::harness::{Cluster, TestApp, on_both, raw, request};

on_both! {
    async fn r41_a_body_beyond_the_limit_is_refused(app) {
        let agent = app.token(&["blog.view_article"]);
        let padded = |bytes: usize| {
            let body = r#"{"method":"tools/list","pad":""}"#;
            body.replace("\"\"", &format!("\"{}\"", "x".repeat(bytes - body.len())))
        };
        assert_eq!(agent.post_text(padded(1024 * 1024)).await.status, 200);
        assert_eq!(agent.post_text(padded(1024 * 1024 + 1)).await.status, 413);
    }

    async fn r41_deep_json_is_refused(app) {
        let agent = app.token(&["blog.view_article"]);
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for body in [
            deep.clone(),
            format!(r#"{{"method":"tools/list","params":{{"x":{deep}}}}}"#),
            format!(r#"{{"method":"tools/call","name":"list_article","arguments":{{"filters":{deep}}}}}"#),
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"list_article","arguments":{deep}}}}}"#),
        ] {
            let answer = agent.post_text(body.clone()).await;
            assert_eq!(answer.status, 400, "{} {}", &body[..40], answer.text);
        }
        assert_eq!(agent.status().await, 200);
    }

    async fn r41_too_many_or_too_large_headers_are_refused(app) {
        let agent = app.token(&[]);
        let bearer = format!("Authorization: Bearer {}", agent.token);
        let with = |count: usize| {
            let more: Vec<String> = (0..count).map(|i| format!("X-{i}: 1")).collect();
            let mut headers = vec![bearer.as_str()];
            headers.extend(more.iter().map(String::as_str));
            request(app.address(), &headers).status
        };
        assert_eq!(with(80), 200);
        assert!([400, 431].contains(&with(120)), "{}", with(120));
        let large = raw(app.address(), format!("POST /mcp/ HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(1 << 18)));
        assert!([0, 400, 431].contains(&large.status), "{}", large.head);
        assert_eq!(agent.status().await, 200);
    }

    async fn r21_a_fault_of_the_database_is_503_and_never_401(app) {
        let known = app.token(&["blog.view_article"]);
        let unseen = app.token(&["blog.view_article"]);
        assert_eq!(known.status().await, 200);
        app.db.execute_script("ALTER TABLE tokens RENAME TO away").unwrap();
        let answer = unseen.list().await;
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert!(answer.header("retry-after").parse::<u64>().is_ok(), "{:?}", answer.headers);
        for word in ["SELECT", "tokens", "relation", "table", "sqlite", "postgres"] {
            assert!(!answer.text.contains(word), "{}", answer.text);
        }
        app.db.execute_script("ALTER TABLE away RENAME TO tokens").unwrap();
        assert_eq!(unseen.status().await, 200);
    }
}

#[tokio::test]
async fn r21_with_the_database_out_of_reach_nobody_new_comes_in_and_nobody_old_stays() {
    let app = TestApp::with(Backend::Postgres, |config| {
        config.epoch_grace = std::time::Duration::from_secs(1);
    })
    .await;
    let known = app.token(&["blog.view_article"]);
    let unseen = app.token(&["blog.view_article"]);
    assert_eq!(known.status().await, 200);
    let name = app.site.url.rsplit('/').next().unwrap();
    Cluster::shared().execute(&format!(
        "ALTER DATABASE {name} ALLOW_CONNECTIONS false; \
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    ));
    let answer = unseen.call("list_article", json!({})).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(answer.header("retry-after").parse::<u64>().is_ok());
    crate::harness::eventually("the memory is not trusted", std::time::Duration::from_secs(5), async || {
        known.status().await == 503
    })
    .await;
    Cluster::shared().execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"));
    crate::harness::eventually("it heals", std::time::Duration::from_secs(5), async || {
        known.status().await == 200 && unseen.status().await == 200
    })
    .await;
}
