//! Refusals that name everything that is missing, wherever they are said.

use mcp_admin::services::groups;
use serde_json::{Value, json};

use crate::apps::attached::{Attached, on_each};
use crate::harness::{Agent, TestApp};

/// A student with notes and marks that go along, and clubs by a pure join table.
const SCHOOL: &str = "
    CREATE TABLE student (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL);
    CREATE TABLE note (id INTEGER PRIMARY KEY, student_id INTEGER NOT NULL REFERENCES student (id) ON DELETE CASCADE);
    CREATE TABLE mark (id INTEGER PRIMARY KEY, note_id INTEGER NOT NULL REFERENCES note (id) ON DELETE CASCADE);
    CREATE TABLE club (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL);
    CREATE TABLE student_club (student_id INTEGER NOT NULL REFERENCES student (id) ON DELETE CASCADE,
        club_id INTEGER NOT NULL REFERENCES club (id) ON DELETE CASCADE, PRIMARY KEY (student_id, club_id));
    INSERT INTO student VALUES (1, 'Zoe'), (2, 'Yan');
    INSERT INTO note VALUES (1, 1); INSERT INTO mark VALUES (1, 1);
    INSERT INTO club VALUES (1, 'Tea'), (2, 'Go');
    INSERT INTO student_club VALUES (1, 1), (1, 2), (2, 1);";
const STUDENT: [&str; 3] = ["school.view_student", "school.change_student", "school.delete_student"];
const MISSING: [&str; 2] = ["school.delete_mark", "school.delete_note"];
const TEXT: &str = "Permission denied: school.delete_mark, school.delete_note";

async fn school(backend: mcp_admin::db::Backend, explain: bool) -> Attached {
    Attached::script(backend, "school", SCHOOL, |config| config.mcp.explain_denials = explain).await
}

/// A group that has one of the permissions, and one that has all.
fn groups(app: &TestApp) {
    for (name, permissions) in [("Clerks", &MISSING[..1]), ("Heads", &MISSING[..])] {
        let permissions: Vec<String> = permissions.iter().map(ToString::to_string).collect();
        let group = app.write(|tx, actor| groups::create(tx, actor, app.clock.now(), name)).id;
        app.write(|tx, actor| groups::grant(tx, actor, app.clock.now(), group, &permissions));
    }
}

/// The refusals of one cascade: by single calls, an item of a bulk, and REST.
async fn refusals(agent: &Agent) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (tool, arguments) in [
        ("delete_student", json!({"id": 1})),
        ("delete_student", json!({"id": 1, "dry_run": true})),
        ("action_student", json!({"action": "delete_selected", "ids": [2, 1]})),
    ] {
        let answer = agent.call(tool, arguments).await;
        assert!(answer.is_error(), "{tool}: {}", answer.text);
        found.push((answer.tool_text().to_owned(), answer.body["structuredContent"].clone()));
    }
    let bulk = agent.call("bulk_student", json!({"operation": "delete", "items": [1], "atomic": true})).await;
    let error = bulk.body["structuredContent"]["results"]["errors"][0].clone();
    found.push((error["error"].as_str().unwrap_or_default().to_owned(), error));
    let rest = agent.rest("DELETE", "/api/v1/apps/school/student/records/1", None).await;
    assert_eq!(rest.status, 403, "{}", rest.text);
    found.push((rest.body["detail"].as_str().unwrap_or_default().to_owned(), rest.body));
    found
}

on_each! {
    async fn a_refused_cascade_names_every_permission_that_is_missing(backend) {
        let school = school(backend, true).await;
        groups(&school.app);
        let agent = school.app.token(&STUDENT);
        for (text, found) in refusals(&agent).await {
            assert_eq!(text, TEXT, "{found}");
            assert_eq!((&found["code"], &found["missing_permission"]), (&json!("permission_denied"), &json!(MISSING[0])), "{found}");
            assert_eq!((&found["missing_permissions"], &found["held_by_groups"]), (&json!(MISSING), &json!(["Heads"])), "{found}");
            let how = "Ask an administrator for the permissions school.delete_mark, school.delete_note, or for the group that has them: Heads";
            assert_eq!(found["how_to_get"], how);
        }
        assert_eq!(school.agent.ok("list_mark", json!({})).await["total_count"], 1);
        // One that is missing is named alone.
        let agent = school.app.token(&[&STUDENT[..], &MISSING[..1]].concat());
        for (text, found) in refusals(&agent).await {
            assert_eq!(text, "Permission denied: school.delete_note");
            assert_eq!((found.get("missing_permissions"), &found["held_by_groups"]), (None, &json!(["Heads"])), "{found}");
        }
    }

    async fn unexplained_refusals_name_nothing_anywhere(backend) {
        let school = school(backend, false).await;
        groups(&school.app);
        let agent = school.app.token(&STUDENT);
        for (text, found) in refusals(&agent).await {
            assert_eq!(text, "Other records stand in the way", "{found}");
            let found = found.to_string();
            for word in ["school.", "Heads", "Clerks", "missing", "held_by", "how_to"] {
                assert!(!found.contains(word), "{word}: {found}");
            }
        }
        let blind = school.app.token(&["school.view_club"]);
        for (method, params) in [
            ("resources/read", json!({"uri": "record://school/student/1"})),
            ("prompts/get", json!({"name": "import_rows", "arguments": {"model": "school.club"}})),
        ] {
            for answer in [blind.modern(method, params.clone()).await, blind.legacy(method, params).await] {
                assert!(answer.body.get("error").is_some(), "{}", answer.text);
                for word in ["ermission", "Heads", "held_by", "how_to"] {
                    assert!(!answer.text.contains(word), "{word}: {}", answer.text);
                }
            }
        }
    }

    async fn resources_prompts_and_rest_explain_as_tools_do(backend) {
        let school = school(backend, true).await;
        let readers = vec!["school.view_student".to_owned(), "mcp.view_token".to_owned()];
        let app = &school.app;
        let group = app.write(|tx, actor| groups::create(tx, actor, app.clock.now(), "Readers")).id;
        app.write(|tx, actor| groups::grant(tx, actor, app.clock.now(), group, &readers));
        let agent = app.token(&["school.view_club"]);
        let other = app.token(&["school.view_club"]).id().to_string();
        for (method, params, permission) in [
            ("resources/read", json!({"uri": "record://school/student/1"}), &readers[0]),
            ("resources/read", json!({"uri": "schema://school/student"}), &readers[0]),
            ("prompts/get", json!({"name": "audit_token", "arguments": {"token": other}}), &readers[1]),
        ] {
            for answer in [agent.modern(method, params.clone()).await, agent.legacy(method, params.clone()).await] {
                let error = &answer.body["error"];
                assert_eq!(error["message"], format!("Permission denied: {permission}"), "{}", answer.text);
                let how = format!("Ask an administrator for the permission {permission}, or for the group that has it: Readers");
                assert_eq!(error["data"], json!({"missing_permission": permission, "held_by_groups": ["Readers"],
                    "how_to_get": how, "code": "permission_denied"}));
            }
        }
        for (path, permission) in [("/api/v1/apps/school/student/records", &readers[0]), ("/api/v1/tokens", &readers[1])] {
            let refused = agent.rest("GET", path, None).await;
            assert_eq!((refused.status, &refused.body["missing_permission"], &refused.body["held_by_groups"]),
                (403, &json!(permission), &json!(["Readers"])), "{}", refused.text);
        }
    }

    async fn a_pure_join_table_loses_its_rows_with_a_record_and_nothing_else_goes(backend) {
        let school = school(backend, true).await;
        let agent = school.app.token(&[&STUDENT[..], &MISSING[..], &["school.view_club"]].concat());
        let clubs = async |id: i64| {
            agent.ok("related_student", json!({"id": id, "relation": "clubs"})).await["total_count"].clone()
        };
        assert_eq!((clubs(1).await, clubs(2).await), (json!(2), json!(1)));
        let before = school.contents();
        let rehearsed = agent.ok("delete_student", json!({"id": 1, "dry_run": true})).await;
        assert_eq!(school.contents(), before);
        let gone = agent.ok("delete_student", json!({"id": 1})).await;
        assert_eq!(gone["cascaded"], rehearsed["cascaded"]);
        let expected = [("school.club", "unlinked", 2), ("school.mark", "deleted", 1), ("school.note", "deleted", 1)];
        let expected: Vec<Value> = expected.iter().map(|(model, effect, count)| json!({"model": model, "effect": effect, "count": count})).collect();
        assert_eq!(gone["cascaded"], json!(expected));
        assert_eq!(school.agent.ok("list_club", json!({})).await["total_count"], 2);
        assert_eq!(clubs(2).await, json!(1));
        // No row of the table is left over for the next record with that key.
        school.execute("INSERT INTO student VALUES (1, 'New')");
        assert_eq!(clubs(1).await, json!(0));
    }

    async fn what_goes_along_with_a_nested_row_is_part_of_a_confirmation(backend) {
        let school = Attached::script(backend, "school", SCHOOL, |config| {
            let student = config.apps.get_mut("school").unwrap().models.entry("student".into()).or_default();
            student.confirm = true;
            student.inlines =
                vec![mcp_admin::config::InlineConfig { model: "note".into(), foreign_key: None, min: 0, max: 100 }];
        })
        .await;
        let agent = &school.agent;
        let mut arguments = json!({"id": 1, "data": {"notes": [{"id": 1, "_delete": true}]}});
        let confirm = async |arguments: &Value| agent.ok("update_student", arguments.clone()).await["confirm"].clone();
        arguments["confirm"] = confirm(&arguments).await;
        assert!(arguments["confirm"].is_string());
        school.execute("INSERT INTO mark VALUES (2, 1)");
        let changed = agent.call("update_student", arguments.clone()).await;
        assert!(changed.is_error(), "{}", changed.text);
        assert_eq!(agent.ok("list_mark", json!({})).await["total_count"], 2);
        arguments.as_object_mut().unwrap().remove("confirm");
        arguments["confirm"] = confirm(&arguments).await;
        agent.ok("update_student", arguments).await;
        assert_eq!(agent.ok("list_mark", json!({})).await["total_count"], 0);
    }
}
