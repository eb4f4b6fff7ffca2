//! `/oauth2`: asking about tokens and revoking them by their secret.

use chrono::TimeDelta;
use mcp_admin::models::log_entry::LogEntry;
use mcp_admin::services::tokens;
use serde_json::json;

use crate::harness::{Agent, Answer, on_both};

async fn form(agent: &Agent, path: &str, body: &str) -> Answer {
    let request = agent.http("POST", path).header("content-type", "application/x-www-form-urlencoded");
    agent.send(request.body(body.to_owned())).await
}

async fn introspect(agent: &Agent, token: &str) -> Answer {
    form(agent, "/oauth2/introspect", &format!("token={token}&token_type_hint=access_token")).await
}

async fn revoke(agent: &Agent, token: &str) -> u16 {
    form(agent, "/oauth2/revoke", &format!("token={token}")).await.status
}

on_both! {
    async fn r24_introspection_tells_what_an_accepted_token_may_and_nothing_of_others(app) {
        let asker = app.token(&["mcp.introspect_token"]);
        let reader = app.token(&["blog.view_article", "blog.view_tag"]);
        let answer = introspect(&asker, &reader.token).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.body["active"], true);
        assert_eq!(answer.body["scope"], "blog.view_article blog.view_tag");
        assert_eq!((answer.body["username"].as_str(), answer.body["token_type"].as_str()), (Some("ada"), Some("Bearer")));
        assert_eq!(answer.body["jti"], reader.id().to_string());
        let lifetime = answer.body["exp"].as_i64().unwrap() - answer.body["iat"].as_i64().unwrap();
        assert_eq!(lifetime, TimeDelta::days(90).num_seconds());

        let inactive = app.token_with(&[], |new| new.is_active = false);
        app.write(|tx, actor| tokens::deactivate(tx, actor, app.clock.now(), reader.id()));
        for unknown in [&*reader.token, &*inactive.token, "mcp_unknown", ""] {
            assert_eq!(introspect(&asker, unknown).await.text, r#"{"active":false}"#, "{unknown}");
        }
        let refused = introspect(&app.token(&["mcp.view_token"]), &asker.token).await;
        assert_eq!(refused.status, 403);
        assert_eq!(refused.body["detail"], "Permission denied: mcp.introspect_token");
        assert_eq!(introspect(&app.agent(""), &asker.token).await.status, 401);
    }

    async fn r25_revocation_is_200_for_any_token_and_401_without_a_credential(app) {
        let reader = app.token(&["blog.view_article"]);
        let manager = app.token(&["mcp.change_token"]);
        for token in [&*reader.token, &*reader.token, "mcp_unknown", "%00"] {
            assert_eq!(revoke(&manager, token).await, 200, "{token}");
        }
        assert!(!app.stored(reader.id()).is_active);
        app.settle().await;
        assert_eq!(reader.status().await, 401);
        let id = reader.id().to_string();
        let changed = |entry: &LogEntry| entry.action == "changed" && entry.object_id == id;
        assert_eq!(app.log().into_iter().filter(changed).count(), 1, "one change, one entry");

        assert_eq!(revoke(&app.agent(""), &manager.token).await, 401);
        assert_eq!(manager.status().await, 200);
    }

    async fn a_token_may_revoke_itself_and_without_permission_no_other(app) {
        let (mine, other) = (app.token(&["blog.view_article"]), app.token(&["blog.view_article"]));
        for token in [&*other.token, "mcp_unknown"] {
            assert_eq!(revoke(&mine, token).await, 403, "known and unknown look alike");
        }
        assert_eq!(revoke(&mine, &mine.token).await, 200);
        assert_eq!((mine.status().await, other.status().await), (401, 200));
        assert_eq!(app.log()[0].token_id, Some(mine.id()));
    }

    async fn r44_what_is_no_form_with_one_token_is_an_invalid_request(app) {
        let asker = app.token(&["mcp.introspect_token"]);
        for body in ["", "token_type_hint=x", "token=a&token=b"] {
            let answer = form(&asker, "/oauth2/introspect", body).await;
            assert_eq!((answer.status, answer.body["error"].as_str()), (400, Some("invalid_request")), "{body}: {}", answer.text);
        }
        let request = asker.http("POST", "/oauth2/introspect").json(&json!({"token": "x"}));
        assert_eq!(asker.send(request).await.status, 415);
    }
}
