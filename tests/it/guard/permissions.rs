//! What a token may do is what it was given, whoever owns it.

use mcp_admin::services::{groups, tokens, users};
use serde_json::json;

use crate::harness::on_both;

const VIEW: &str = "blog.view_article";
const CHANGE: &str = "blog.change_article";

on_both! {
    async fn r09_the_owner_lends_a_token_nothing(app) {
        let plain = app.user("plain");
        let all = app.user("holder");
        app.write(|tx, actor| users::grant(tx, actor, app.clock.now(), all, &[VIEW.into(), CHANGE.into()]));
        let root = app.superuser("root");
        for (owner, name) in [(plain, "plain"), (all, "holder"), (root, "superuser")] {
            for permissions in [vec![], vec![VIEW], vec![CHANGE], vec![VIEW, CHANGE]] {
                let agent = app.token_with(&permissions, |new| new.user_id = owner);
                let tools = agent.tools().await;
                let case = format!("{permissions:?} of {name}: {tools:?}");
                assert_eq!(tools.contains(&"list_article".into()), permissions.contains(&VIEW), "{case}");
                assert_eq!(tools.contains(&"update_article".into()), permissions.contains(&CHANGE), "{case}");
                assert!(!tools.contains(&"delete_article".into()), "{case}");
                let update = agent.call("update_article", json!({"id": 1, "data": {"summary": "x"}})).await;
                assert_eq!(update.is_error(), !permissions.contains(&CHANGE), "{case} {}", update.text);
            }
        }
    }

    async fn r09_a_token_limited_to_its_owner_has_what_both_have(app) {
        let owner = app.user("limited");
        app.write(|tx, actor| users::grant(tx, actor, app.clock.now(), owner, &[VIEW.into()]));
        let agent = app.token_with(&[VIEW, CHANGE], |new| {
            new.user_id = owner;
            new.limit_to_owner = true;
        });
        let tools = agent.tools().await;
        assert!(tools.contains(&"list_article".into()) && !tools.contains(&"update_article".into()), "{tools:?}");
    }

    async fn r10_what_is_not_known_is_refused(app) {
        let agent = app.token_with(&[], |_| {});
        let everything = app.db.read(|conn| tokens::full_access(conn, "blog")).unwrap();
        let powerful = app.token(&everything.iter().map(String::as_str).collect::<Vec<_>>());
        for agent in [&agent, &powerful] {
            for tool in ["drop_article", "list_user", "list_token", "", "LIST_ARTICLE", "list_article "] {
                let answer = agent.legacy("tools/call", json!({"name": tool, "arguments": {}})).await;
                assert_eq!(answer.body["error"]["code"], -32602, "{tool}: {}", answer.text);
            }
            let answer = agent.legacy("tools/destroy", json!({})).await;
            assert_eq!(answer.body["error"]["code"], -32601, "{}", answer.text);
        }
    }

    async fn a_token_without_permissions_sees_and_reaches_no_model(app) {
        let agent = app.token(&[]);
        assert_eq!(agent.tools().await, Vec::<String>::new());
        let text = agent.refused("list_article", json!({})).await;
        assert_eq!(text, "Permission denied: blog.view_article");
    }

    async fn r11_a_change_of_a_group_holds_for_the_next_request(app) {
        let now = app.clock.now();
        let editors = app.write(|tx, actor| groups::create(tx, actor, now, "Editors"));
        let agent = app.token_with(&[], |new| new.groups = vec![editors.id]);
        assert_eq!(agent.tools().await, Vec::<String>::new());
        app.write(|tx, actor| groups::grant(tx, actor, now, editors.id, &[VIEW.into()]));
        app.invalidate();
        assert!(agent.tools().await.contains(&"list_article".into()));
        app.write(|tx, actor| groups::revoke(tx, actor, now, editors.id, &[VIEW.into()]));
        app.invalidate();
        assert_eq!(agent.tools().await, Vec::<String>::new());
        app.write(|tx, actor| groups::grant(tx, actor, now, editors.id, &[VIEW.into()]));
        app.write(|tx, actor| groups::delete(tx, actor, now, editors.id));
        app.invalidate();
        assert_eq!(agent.tools().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn refusals_can_hide_that_a_tool_exists() {
    use crate::harness::TestApp;
    use mcp_admin::db::Backend;

    let app = TestApp::with(Backend::Sqlite, |config| config.mcp.explain_denials = false).await;
    let agent = app.token(&[VIEW]);
    let call =
        async |name: &str| agent.legacy("tools/call", json!({"name": name, "arguments": {}})).await.text;
    let hidden = call("update_article").await;
    assert_eq!(
        hidden.replace("update_article", "X"),
        call("update_nothing").await.replace("update_nothing", "X")
    );
}
