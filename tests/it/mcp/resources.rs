//! Resources and completion: what tools show, under addresses.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Agent, Answer, eventually, on_both};

const READER: [&str; 2] = ["blog.view_article", "blog.view_author"];

async fn read(agent: &Agent, uri: &str) -> Answer {
    agent.modern("resources/read", json!({ "uri": uri })).await
}

/// The one text of a resource, which is JSON.
fn contents(answer: &Answer) -> Value {
    let content = &answer.body["result"]["contents"][0];
    assert_eq!(content["mimeType"], "application/json", "{}", answer.text);
    serde_json::from_str(content["text"].as_str().unwrap()).unwrap()
}

async fn values(agent: &Agent, part: &str, value: &str, context: Value) -> Vec<String> {
    let params = json!({
        "ref": { "type": "ref/resource", "uri": "record://{app}/{model}/{id}" },
        "argument": { "name": part, "value": value },
        "context": { "arguments": context },
    });
    let answer = agent.legacy("completion/complete", params).await;
    serde_json::from_value(answer.body["result"]["completion"]["values"].clone()).expect(&answer.text)
}

on_both! {
    async fn a_resource_shows_what_the_tool_shows(app) {
        let agent = app.token(&READER);
        let record = agent.ok("get_article", json!({"id": 7})).await;
        let description = agent.ok("describe_article", json!({})).await;
        for (uri, expected) in [("record://blog/article/7", &record), ("schema://blog/article", &description)] {
            let answer = read(&agent, uri).await;
            assert_eq!((&contents(&answer), &answer.body["result"]["contents"][0]["uri"]), (expected, &json!(uri)));
            let result = &answer.body["result"];
            assert_eq!((&result["resultType"], &result["cacheScope"]), (&json!("complete"), &json!("private")));
            let legacy = agent.legacy("resources/read", json!({ "uri": uri })).await;
            assert_eq!(contents(&legacy), *expected);
            assert!(legacy.body["result"].get("ttlMs").is_none(), "{}", legacy.text);
        }
    }

    async fn resources_are_listed_by_permission(app) {
        let uris = async |permissions: &[&str]| {
            let answer = app.token(permissions).modern("resources/list", json!({})).await;
            let listed = answer.body["result"]["resources"].as_array().expect(&answer.text);
            listed.iter().map(|resource| resource["uri"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(uris(&READER).await, ["schema://blog/article", "schema://blog/author"]);
        assert!(uris(&[]).await.is_empty());
        assert!(uris(&["blog.add_article"]).await.is_empty());
        let templates = app.token(&READER).legacy("resources/templates/list", json!({})).await;
        let templates = templates.body["result"]["resourceTemplates"].as_array().unwrap().clone();
        let templates: Vec<&str> = templates.iter().map(|t| t["uriTemplate"].as_str().unwrap()).collect();
        assert_eq!(templates, ["schema://{app}/{model}", "record://{app}/{model}/{id}"]);
        let none = app.token(&[]).legacy("resources/templates/list", json!({})).await;
        assert_eq!(none.body["result"]["resourceTemplates"], json!([]));
    }

    async fn r10_a_resource_without_its_permission_is_refused_and_logged(app) {
        let agent = app.token(&["blog.view_author"]);
        for uri in ["record://blog/article/1", "schema://blog/article"] {
            let answer = read(&agent, uri).await;
            assert_eq!(answer.body["error"]["message"], "Permission denied: blog.view_article", "{}", answer.text);
            assert_eq!(answer.body["error"]["data"]["missing_permission"], "blog.view_article");
            let subscribed = agent.legacy("resources/subscribe", json!({ "uri": uri })).await;
            assert_eq!(subscribed.body["error"]["code"], -32602, "{}", subscribed.text);
        }
        let noted = async || {
            app.log().iter().any(|entry| entry.action == "denied" && entry.token_id == Some(agent.id()))
        };
        eventually("the refusal is in the log", Duration::from_secs(10), noted).await;
    }

    async fn what_is_not_there_has_the_code_of_its_era(app) {
        let agent = app.token(&READER);
        for uri in ["record://blog/article/0", "record://blog/nope/1", "schema://nope/article", "file:///etc/passwd", "x"] {
            let modern = read(&agent, uri).await;
            assert_eq!((modern.status, &modern.body["error"]["code"]), (200, &json!(-32602)), "{uri} {}", modern.text);
            assert_eq!(modern.body["error"]["data"]["uri"], uri);
            let legacy = agent.legacy("resources/read", json!({ "uri": uri })).await;
            assert_eq!(legacy.body["error"]["code"], -32002, "{uri} {}", legacy.text);
        }
        let wrong = read(&agent, "record://blog/article/seven").await;
        assert_eq!(wrong.body["error"]["code"], -32602, "{}", wrong.text);
        assert!(wrong.body["error"]["message"].as_str().unwrap().contains("id"), "{}", wrong.text);
    }

    async fn parts_of_addresses_are_completed_with_what_may_be_seen(app) {
        let agent = app.token(&READER);
        assert_eq!(values(&agent, "app", "b", json!({})).await, ["blog"]);
        assert_eq!(values(&agent, "model", "a", json!({"app": "blog"})).await, ["article", "author"]);
        assert_eq!(values(&agent, "model", "", json!({"app": "blog"})).await, ["article", "author"]);
        let ids = values(&agent, "id", "12", json!({"app": "blog", "model": "article"})).await;
        assert!(ids.len() > 1 && ids.iter().all(|id| id.starts_with("12")), "{ids:?}");
        assert!(values(&agent, "id", "", json!({"app": "blog", "model": "comment"})).await.is_empty());
        assert!(values(&app.token(&[]), "app", "", json!({})).await.is_empty());
        let unknown = json!({"ref": {"type": "ref/resource", "uri": "x://{y}"}, "argument": {"name": "y", "value": ""}});
        assert_eq!(agent.legacy("completion/complete", unknown).await.body["error"]["code"], -32602);
    }
}
