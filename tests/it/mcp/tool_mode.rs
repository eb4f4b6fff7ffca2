//! The full or the compact set of tools, for a site and for one token.

use mcp_admin::auth::ToolMode;
use mcp_admin::services::tokens;
use serde_json::json;

use crate::harness::{Agent, Site, TestApp, eventually, on_both, on_each};

const READER: [&str; 2] = ["blog.view_article", "blog.view_author"];

async fn has(agent: &Agent, tool: &str) -> bool {
    agent.tools().await.contains(&tool.to_owned())
}

fn set(app: &TestApp, agent: &Agent, mode: ToolMode) {
    app.write(|tx, actor| tokens::set_tool_mode(tx, actor, app.clock.now(), agent.id(), mode));
    app.invalidate();
}

on_both! {
    async fn a_token_gets_the_set_that_was_chosen_for_it(app) {
        let agent = app.token(&READER);
        assert!(has(&agent, "list_article").await && !has(&agent, "list_records").await);
        set(&app, &agent, ToolMode::Compact);
        assert!(!has(&agent, "list_article").await && has(&agent, "list_records").await);
        let listed = agent.ok("list_records", json!({"model": "blog.article", "limit": 1})).await;
        assert_eq!(listed["count"], 1);
        let denied = agent.refused("list_records", json!({"model": "blog.comment"})).await;
        assert_eq!(denied, "Permission denied: blog.view_comment");
        let other = app.token(&READER);
        assert!(has(&other, "list_article").await, "the same permissions, another choice");
        assert_eq!(other.call("list_records", json!({"model": "blog.article"})).await.status, 404);
        set(&app, &agent, ToolMode::Full);
        assert!(has(&agent, "list_article").await);
        let entry = app.log().into_iter().find(|entry| entry.action == "changed").expect("it is logged");
        assert!(entry.changes.contains("tool_mode"), "{}", entry.changes);
    }

    async fn a_copy_keeps_the_choice(app) {
        use mcp_admin::auth::TokenRules;
        use mcp_admin::services::tokens::{Expiry, Secrets};

        let agent = app.token(&READER);
        set(&app, &agent, ToolMode::Compact);
        let rules = TokenRules::default();
        let copied = app.write(|tx, actor| {
            let secrets = Secrets { rng: &mut rand::rng(), rules: &rules };
            tokens::copy(tx, actor, app.clock.now(), agent.id(), None, Expiry::Never, secrets)
        });
        assert_eq!(copied.token.tool_mode, ToolMode::Compact);
        assert!(has(&app.agent(copied.plain.reveal()), "list_records").await);
    }
}

on_each! {
    async fn a_site_chooses_for_tokens_that_say_nothing(backend) {
        let app = TestApp::on(Site::new(backend), |config| config.mcp.tool_mode = ToolMode::Compact);
        let agent = app.token(&READER);
        assert!(has(&agent, "list_records").await);
        app.write(|tx, actor| tokens::set_tool_mode(tx, actor, app.clock.now(), agent.id(), ToolMode::Full));
        let within = std::time::Duration::from_secs(10);
        eventually("the token's own choice holds", within, async || has(&agent, "list_article").await).await;
    }
}
