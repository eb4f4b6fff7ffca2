//! Every operation of the REST API against everybody who may ask. The operations come from the OpenAPI
//! document, which comes from the routes: an operation that says nothing of who may call it fails here.

mod pages;

use std::collections::BTreeMap;

use mcp_admin::api;
use serde_json::{Value, json};

use crate::harness::{Agent, Answer, TestApp, on_both};

/// Operations that a credential alone opens. This list may only shrink.
const OPEN: [&str; 2] = ["show_me", "authorize"];

/// What the documentation cannot say in one list, because it depends on the input.
const DEPENDS: [(&str, &str); 7] = [
    ("revoke_token", "mcp.change_token"),
    ("change_tokens", "mcp.change_token"),
    ("list_records", "blog.view_article"),
    ("create_record", "blog.add_article"),
    ("show_record", "blog.view_article"),
    ("change_record", "blog.change_article"),
    ("delete_record", "blog.delete_article"),
];

struct Operation {
    method: String,
    path: String,
    id: String,
    needs: Vec<String>,
    body: Option<(String, Value)>,
    is_public: bool,
    takes_sessions: bool,
}

fn operations() -> Vec<Operation> {
    let document = api::document();
    let depends: BTreeMap<&str, &str> = DEPENDS.into();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            let named = operation["x-permissions"].as_array().into_iter().flatten();
            let mut needs: Vec<String> = named.map(|p| p.as_str().unwrap().to_owned()).collect();
            needs.extend(depends.get(&*id).map(ToString::to_string));
            let content = operation["requestBody"]["content"].as_object();
            let body = content.and_then(|content| {
                content.iter().next().map(|(kind, content)| (kind.clone(), content["example"].clone()))
            });
            // Its example would switch off those who have not asked yet.
            let body = if id == "change_tokens" {
                body.map(|(kind, _)| (kind, json!({"operation": "deactivate", "ids": [999_999]})))
            } else {
                body
            };
            let security = operation.get("security").unwrap_or(&document["security"]).as_array().unwrap();
            let takes_sessions = security.iter().any(|one| one.get("session").is_some());
            let is_public = security.is_empty();
            all.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                id,
                needs,
                body,
                is_public,
                takes_sessions,
            });
        }
    }
    all
}

impl Operation {
    /// Asks about the thing with this id.
    async fn ask(&self, agent: &Agent, id: &str) -> Answer {
        let path = self.path.replace("{id}", id).replace("{app}", "blog").replace("{model}", "article");
        let request = agent.http(&self.method, &path);
        agent
            .send(match &self.body {
                Some((kind, example)) if kind.ends_with("urlencoded") => request
                    .header("content-type", kind)
                    .body(format!("token={}", example["token"].as_str().unwrap())),
                Some((_, example)) => request.json(example),
                None => request,
            })
            .await
    }
}

fn everything(app: &TestApp) -> Vec<String> {
    let all = app.site.cli(&["permission", "list"]);
    all.as_array().unwrap().iter().map(|p| p["permission"].as_str().unwrap().to_owned()).collect()
}

/// Whether an answer refuses nothing but to hand out what the caller does not hold.
fn only_grants_are_refused(answer: &Answer) -> bool {
    answer.body["detail"].as_str().is_some_and(|detail| detail.starts_with("Permission denied: blog."))
}

fn with(app: &TestApp, permissions: &[String]) -> Agent {
    app.token(&permissions.iter().map(String::as_str).collect::<Vec<_>>())
}

on_both! {
    async fn r55_r15_every_operation_is_refused_to_everybody_who_lacks_its_permission(app) {
        let all = everything(&app);
        let (operator, nobody) = (with(&app, &all), app.token(&[]));
        let boss = app.superuser("boss");
        let of_superuser = app.token_with(&[], |new| new.user_id = boss);
        let (root, idle) = (app.root("root"), app.staff("idle", &[]));
        let staff = app.staff("staff", &all.iter().map(String::as_str).collect::<Vec<_>>());
        let mut lacking: BTreeMap<String, Agent> = BTreeMap::new();
        let mut exact: BTreeMap<Vec<String>, Agent> = BTreeMap::new();
        for operation in operations() {
            let name = format!("{} {}", operation.method, operation.path);
            if operation.is_public {
                assert_eq!(operation.id, "get_openapi", "{name} is open to the world");
                continue;
            }
            let path = operation.path.replace("{id}", "1");
            let anonymous = reqwest::Client::new().request(operation.method.parse().unwrap(), format!("{}{path}", app.url));
            let answer = operator.send(anonymous).await;
            assert_eq!(answer.status, 401, "{name}: {}", answer.text);
            assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="mcp""#, "{name}");
            if !operation.takes_sessions {
                for session in [&root, &staff] {
                    assert_eq!(operation.ask(session, "1").await.status, 401, "{name}");
                }
            }
            let sessions = if operation.takes_sessions { vec![&staff, &root] } else { Vec::new() };
            if OPEN.contains(&&*operation.id) {
                for agent in sessions.into_iter().chain([&nobody]) {
                    assert_eq!(operation.ask(agent, "1").await.status, 200, "{name}");
                }
                continue;
            }
            let idle = operation.takes_sessions.then_some(&idle);
            assert!(!operation.needs.is_empty(), "{name} says nothing of who may call it");
            for needed in &operation.needs {
                let agent = lacking.entry(needed.clone()).or_insert_with(|| {
                    // Who may change sees what there is to change, as in Django.
                    let implies = |p: &&String| *p == needed || **p == needed.replace(".view_", ".change_");
                    with(&app, &all.iter().filter(|p| !implies(p)).cloned().collect::<Vec<_>>())
                });
                for agent in [&*agent, &nobody, &of_superuser].into_iter().chain(idle) {
                    // Whether the thing is there makes no difference.
                    let (there, nowhere) = (operation.ask(agent, "1").await, operation.ask(agent, "999999").await);
                    assert_eq!(there.status, 403, "{name} without {needed}: {}", there.text);
                    assert_eq!((nowhere.status, &nowhere.body["detail"]), (403, &there.body["detail"]), "{name}");
                }
            }
            // Changes are asked of what is not there, so that all operations meet the same state.
            let id = if operation.method == "GET" { "1" } else { "999999" };
            for agent in [&operator].into_iter().chain(sessions) {
                let answer = operation.ask(agent, id).await;
                assert!(![401, 403, 405].contains(&answer.status) && answer.status < 500, "{name}: {}", answer.text);
            }
            // What the documentation names is enough.
            let exactly = exact.entry(operation.needs.clone()).or_insert_with(|| with(&app, &operation.needs));
            let answer = operation.ask(exactly, id).await;
            let passes = answer.status != 403 || only_grants_are_refused(&answer);
            assert!(passes && ![401, 405].contains(&answer.status), "{name} with {:?}: {}", operation.needs, answer.text);
        }
    }
}
