//! Writes that have to be confirmed in a second step.

use chrono::TimeDelta;
use mcp_admin::auth::ToolMode;
use mcp_admin::config::{ActionConfig, Config};
use mcp_admin::db::Backend;
use serde_json::{Value, json};

use super::assert_conforms;
use crate::harness::{Agent, TestApp, on_both};

const ALL: [&str; 7] = [
    "blog.view_article",
    "blog.add_article",
    "blog.change_article",
    "blog.delete_article",
    "blog.delete_comment",
    "blog.view_author",
    "blog.change_author",
];

/// Articles are marked, and one of two actions on authors.
fn marked(config: &mut Config) {
    let models = &mut config.apps.get_mut("blog").unwrap().models;
    models.get_mut("article").unwrap().confirm = true;
    let action = |name: &str, is_active: bool, confirm: bool| ActionConfig {
        name: name.into(),
        description: String::new(),
        set: [("is_active".to_owned(), json!(is_active))].into(),
        permission: None,
        confirm,
    };
    models.entry("author".into()).or_default().actions =
        vec![action("retire", false, true), action("recall", true, false)];
}

async fn start(backend: Backend) -> TestApp {
    TestApp::with(backend, marked).await
}

/// The first step; its value.
async fn first(agent: &Agent, tool: &str, arguments: &Value) -> Value {
    let answer = agent.ok(tool, arguments.clone()).await;
    assert_eq!(answer["confirmation_required"], true, "{tool}: {answer}");
    answer["confirm"].clone()
}

fn with(arguments: &Value, confirm: &Value) -> Value {
    let mut arguments = arguments.clone();
    arguments["confirm"] = confirm.clone();
    arguments
}

fn written(app: &TestApp) -> usize {
    app.log().iter().filter(|entry| entry.app_label == "blog" && entry.outcome == "done").count()
}

async fn title(agent: &Agent, id: i64) -> Value {
    agent.ok("get_article", json!({"id": id})).await["title"].clone()
}

on_both! {
    from start;

    async fn every_write_of_a_marked_model_takes_two_steps(app) {
        let agent = app.token(&ALL);
        for (tool, arguments) in [
            ("create_article", json!({"data": {"title": "Tea", "slug": "tea-1", "author": 1}})),
            ("update_article", json!({"id": 2, "data": {"title": "Tea"}})),
            ("bulk_article", json!({"operation": "update", "items": [{"id": 3, "data": {"title": "Tea"}}]})),
            ("action_article", json!({"action": "delete_selected", "ids": [4]})),
            ("delete_article", json!({"id": 5})),
        ] {
            let before = (agent.ok("list_article", json!({"limit": 20, "order_by": "-id"})).await, agent.ok("list_article", json!({"limit": 20})).await);
            let preview = agent.ok(tool, arguments.clone()).await;
            assert_conforms(&agent, tool, &preview).await;
            assert_eq!((&preview["confirmation_required"], &preview["preview"]["dry_run"]), (&json!(true), &json!(true)), "{tool}: {preview}");
            let after = (agent.ok("list_article", json!({"limit": 20, "order_by": "-id"})).await, agent.ok("list_article", json!({"limit": 20})).await);
            assert_eq!(before, after, "{tool}");
            let entries = written(&app);
            let done = agent.ok(tool, with(&arguments, &preview["confirm"])).await;
            assert_conforms(&agent, tool, &done).await;
            assert!(done.get("confirmation_required").is_none() && done.get("dry_run").is_none(), "{tool}: {done}");
            assert!(written(&app) > entries, "{tool}");
        }
        assert_eq!(title(&agent, 2).await, "Tea");
        assert_eq!(title(&agent, 3).await, "Tea");
        for id in [4, 5] {
            assert_eq!(agent.refused("get_article", json!({"id": id})).await, "article not found");
        }
    }

    async fn a_marked_action_takes_two_steps_and_the_others_one(app) {
        let agent = app.token(&ALL);
        let listed = agent.ok("actions_author", json!({})).await;
        let marks: Vec<_> = listed["actions"].as_array().unwrap().iter().map(|a| (a["name"].as_str().unwrap(), a["confirm"] == true)).collect();
        assert_eq!(marks, [("retire", true), ("recall", false), ("delete_selected", false)]);
        let retire = json!({"action": "retire", "ids": [2, 3]});
        let confirm = first(&agent, "action_author", &retire).await;
        assert_eq!(agent.ok("get_author", json!({"id": 2})).await["is_active"], true);
        assert_eq!(agent.ok("action_author", with(&retire, &confirm)).await["affected_count"], 2);
        assert_eq!(agent.ok("get_author", json!({"id": 2})).await["is_active"], false);
        assert_eq!(agent.ok("action_author", json!({"action": "recall", "ids": [2, 3]})).await["affected_count"], 2);
        agent.ok("update_author", json!({"id": 2, "data": {"name": "New"}})).await;
        let text = agent.refused("action_author", with(&json!({"action": "recall", "ids": [2]}), &confirm)).await;
        assert_eq!(text, "Validation failed: confirm: is not needed for this call");
    }

    async fn a_confirmation_holds_once_for_one_token_one_call_and_one_state(app) {
        let agent = app.token(&ALL);
        let update = json!({"id": 1, "data": {"title": "Tea", "summary": "Green"}});
        let confirm = first(&agent, "update_article", &update).await;
        let refused = async |agent: &Agent, tool: &str, arguments: &Value, confirm: &Value, why: &str| {
            let before = written(&app);
            let text = agent.refused(tool, with(arguments, confirm)).await;
            assert!(text.starts_with("Validation failed: confirm: ") && text.contains(why), "{tool} {arguments}: {text}");
            assert_eq!(written(&app), before, "{tool}");
        };
        let delete = json!({"id": 1});
        let twin = app.token(&ALL);
        refused(&twin, "update_article", &update, &confirm, "not given out to this token").await;
        refused(&agent, "delete_article", &delete, &confirm, "for this tool").await;
        refused(&agent, "update_article", &json!({"id": 1, "data": {"title": "Coffee"}}), &confirm, "other arguments").await;
        refused(&agent, "update_article", &json!({"id": 2, "data": {"title": "Tea", "summary": "Green"}}), &confirm, "other arguments").await;
        for forged in ["yes", "a.b", &confirm.as_str().unwrap()[1..]] {
            refused(&agent, "update_article", &update, &json!(forged), "not given out").await;
        }
        // The same call in another order of members is the same call.
        agent.ok("update_article", with(&json!({"data": {"summary": "Green", "title": "Tea"}, "id": 1}), &confirm)).await;
        refused(&agent, "update_article", &update, &confirm, "used already").await;

        let confirm = first(&agent, "delete_article", &delete).await;
        let update = json!({"id": 1, "data": {"title": "Coffee"}});
        let other = first(&agent, "update_article", &update).await;
        agent.ok("update_article", with(&update, &other)).await;
        refused(&agent, "delete_article", &delete, &confirm, "have changed since the preview").await;
        assert_eq!(title(&agent, 1).await, "Coffee");
        refused(&agent, "delete_article", &delete, &confirm, "used already").await;

        let confirm = first(&agent, "delete_article", &delete).await;
        app.token(&["blog.add_comment"]).ok("create_comment", json!({"data": {"article": 1, "author_name": "Ada", "body": "!"}})).await;
        refused(&agent, "delete_article", &delete, &confirm, "have changed since the preview").await;

        let confirm = first(&agent, "delete_article", &delete).await;
        app.advance(TimeDelta::seconds(601));
        refused(&agent, "delete_article", &delete, &confirm, "too late").await;
        let confirm = first(&agent, "delete_article", &delete).await;
        agent.ok("delete_article", with(&delete, &confirm)).await;
    }

    async fn permission_and_input_are_judged_in_the_first_step(app) {
        let agent = app.token(&["blog.view_article", "blog.change_article"]);
        assert_eq!(agent.refused("delete_article", json!({"id": 1})).await, "Permission denied: blog.delete_article");
        let text = agent.refused("update_article", json!({"id": 1, "data": {"status": "lost"}})).await;
        assert!(text.contains("data.status"), "{text}");
        let dry = agent.ok("update_article", json!({"id": 1, "data": {"title": "Tea"}, "dry_run": true})).await;
        assert!(dry["dry_run"] == true && dry.get("confirm").is_none(), "{dry}");
        let text = agent.refused("update_article", json!({"id": 1, "data": {"title": "Tea"}, "dry_run": true, "confirm": "x"})).await;
        assert!(text.contains("confirm: is not needed"), "{text}");
    }

    async fn another_server_takes_a_confirmation_and_only_one_of_them(app) {
        let agent = app.token(&ALL);
        let other = TestApp::on(app.site.shared(), marked);
        let there = agent.at(&other.url);
        let delete = json!({"id": 7});
        let confirm = first(&agent, "delete_article", &delete).await;
        let both = tokio::join!(
            agent.call("delete_article", with(&delete, &confirm)),
            there.call("delete_article", with(&delete, &confirm)),
        );
        assert_eq!([both.0.is_error(), both.1.is_error()].iter().filter(|failed| !**failed).count(), 1, "{} {}", both.0.text, both.1.text);
        let confirm = first(&agent, "delete_article", &json!({"id": 8})).await;
        drop(other);
        let restarted = TestApp::on(app.site.shared(), marked);
        let there = agent.at(&restarted.url);
        there.ok("delete_article", with(&json!({"id": 8}), &confirm)).await;
        let text = agent.refused("delete_article", with(&json!({"id": 8}), &confirm)).await;
        assert!(text.contains("used already"), "{text}");
    }

    async fn a_client_that_can_ask_its_user_is_asked(app) {
        let agent = app.token(&ALL);
        let can = || json!({"elicitation": {}});
        let call = json!({"name": "delete_article", "arguments": {"id": 9}});
        let asked = async || {
            let answer = agent.modern_with("tools/call", call.clone(), can()).await;
            let result = &answer.body["result"];
            assert_eq!(result["resultType"], "input_required", "{}", answer.text);
            let question = &result["inputRequests"]["confirm"];
            assert_eq!((&question["method"], &question["params"]["mode"]), (&json!("elicitation/create"), &json!("form")));
            assert!(question["params"]["message"].as_str().unwrap().contains("delete_article"), "{question}");
            result["requestState"].clone()
        };
        let reply = async |call: &Value, state: &Value, response: Value| {
            let mut params = call.clone();
            params["requestState"] = state.clone();
            params["inputResponses"] = json!({"confirm": response});
            agent.modern_with("tools/call", params, can()).await.body
        };
        let yes = || json!({"action": "accept", "content": {"confirm": true}});
        let state = asked().await;
        for no in [json!({"action": "decline"}), json!({"action": "cancel"}), json!({"action": "accept", "content": {"confirm": false}}), json!({"action": "accept"})] {
            let answer = reply(&call, &state, no).await;
            assert_eq!(answer["result"]["isError"], true, "{answer}");
            assert_eq!(answer["result"]["content"][0]["text"], "It was not confirmed, so nothing was changed");
        }
        let answer = reply(&json!({"name": "delete_article", "arguments": {"id": 10}}), &state, yes()).await;
        assert!(answer["result"]["content"][0]["text"].as_str().unwrap().contains("other arguments"), "{answer}");
        let answer = reply(&json!({"name": "update_article", "arguments": {"id": 9, "data": {"title": "x"}}}), &state, yes()).await;
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
        assert_eq!(title(&agent, 9).await.as_str().map(str::is_empty), Some(false));
        let answer = reply(&call, &state, yes()).await;
        assert_eq!((&answer["result"]["resultType"], &answer["result"]["structuredContent"]["success"]), (&json!("complete"), &json!(true)), "{answer}");
        let answer = reply(&call, &state, yes()).await;
        assert!(answer["result"]["content"][0]["text"].as_str().unwrap().contains("used already"), "{answer}");

        // One that cannot gets the value, as in the older era.
        let call = json!({"name": "delete_article", "arguments": {"id": 11}});
        for answer in [agent.modern("tools/call", call.clone()).await, agent.legacy("tools/call", call.clone()).await] {
            let result = &answer.body["result"];
            let confirm = &result["structuredContent"]["confirm"];
            assert!(result["isError"] == false && confirm.is_string(), "{}", answer.text);
        }
    }

    async fn the_generic_tools_ask_as_well(app) {
        let agent = app.token_with(&ALL, |new| new.tool_mode = ToolMode::Compact);
        let delete = json!({"model": "blog.article", "id": 12});
        let confirm = first(&agent, "delete_record", &delete).await;
        let other = json!({"model": "blog.article", "id": 13});
        assert!(agent.refused("delete_record", with(&other, &confirm)).await.contains("other arguments"));
        agent.ok("delete_record", with(&delete, &confirm)).await;
        agent.ok("update_record", json!({"model": "blog.author", "id": 1, "data": {"name": "New"}})).await;
    }

    async fn what_has_to_be_confirmed_is_announced(app) {
        let agent = app.token(&ALL);
        let listed = agent.list().await.body;
        for tool in listed["tools"].as_array().unwrap() {
            let name = tool["name"].as_str().unwrap();
            let writes = ["create_", "update_", "delete_", "bulk_", "action_"].iter().any(|verb| name.starts_with(verb));
            let expected = writes && name.ends_with("_article") || name == "action_author";
            assert_eq!(tool["inputSchema"]["properties"].get("confirm").is_some(), expected, "{name}");
        }
        assert_eq!(agent.ok("describe_article", json!({})).await["confirm"], true);
    }
}
