//! `/api/v1/log-entries`

use mcp_admin::services::groups;
use serde_json::{Value, json};

use super::expect;
use crate::harness::{TestApp, on_both};

const READER: [&str; 2] = ["admin.view_logentry", "auth.add_group"];

fn groups(app: &TestApp, names: impl IntoIterator<Item = String>) {
    app.write(|tx, actor| {
        names.into_iter().try_for_each(|name| groups::create(tx, actor, app.clock.now(), &name).map(drop))
    });
}

on_both! {
    async fn the_log_tells_who_did_what_through_which_door(app) {
        let agent = app.token(&READER);
        let made = agent.rest("POST", "/api/v1/groups", Some(&json!({"name": "=2+3"}))).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let page = expect(&agent, 200, "GET", "/api/v1/log-entries?limit=1", None).await;
        let entry = &page["results"][0];
        let id = agent.id();
        assert_eq!(
            (&entry["action"], &entry["model"], &entry["token_id"], &entry["actor"], &entry["surface"]),
            (&json!("added"), &json!("group"), &json!(id), &json!("ada"), &json!("api"))
        );
        assert_eq!(entry["changes"]["after"]["name"], "=2+3");
        assert_eq!(entry["request_id"], made.headers["x-request-id"].to_str().unwrap());
        let one = expect(&agent, 200, "GET", &format!("/api/v1/log-entries/{}", entry["id"]), None).await;
        assert_eq!(&one, entry);
        for (filter, count) in [
            (format!("token_id={id}"), 1),
            (format!("request_id={}", entry["request_id"].as_str().unwrap()), 1),
            (format!("since={}", app.clock.now()), 0),
            (format!("until={}&token_id={id}", app.clock.now()), 1),
            ("actor=ADA&app=auth&model=group&action=added&outcome=done&surface=api".into(), 1),
            ("search=2%2B3".into(), 1),
            ("outcome=denied".into(), 0),
        ] {
            let found = expect(&agent, 200, "GET", &format!("/api/v1/log-entries?{filter}"), None).await;
            assert_eq!(found["results"].as_array().unwrap().len(), count, "{filter}");
        }
        for wrong in ["token_id=0", "since=yesterday", "sort=at", "who=ada", "limit=500", "format=xml"] {
            expect(&agent, 422, "GET", &format!("/api/v1/log-entries?{wrong}"), None).await;
        }
    }

    async fn r40_what_a_client_says_of_itself_forges_nothing(app) {
        let agent = app.token(&READER);
        for name in ["a\r\nb", "a\nb", "\u{1b}[31mred"] {
            let refused = agent.rest("POST", "/api/v1/groups", Some(&json!({"name": name}))).await;
            assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (422, &json!("name")), "{name:?}");
        }
        let request = agent.http("POST", "/api/v1/groups").header("x-forwarded-for", "198.51.100.7").header("x-request-id", "mine");
        assert_eq!(agent.send(request.json(&json!({"name": "Readers"}))).await.status, 201);
        let entry = app.log().into_iter().find(|entry| entry.action == "added" && entry.model == "group").unwrap();
        assert_eq!(entry.ip.as_deref(), Some("127.0.0.1"), "nobody trusts that it was forwarded");
        assert_ne!(entry.request_id.as_deref(), Some("mine"));
    }

    async fn an_export_has_everything_and_disarms_formulas(app) {
        let agent = app.token(&READER);
        groups(&app, (0..1100).map(|n| format!("={n}")));
        let lines = agent.rest("GET", "/api/v1/log-entries?format=jsonl&model=group", None).await;
        assert_eq!(lines.status, 200);
        assert_eq!(lines.headers["content-type"], "application/x-ndjson; charset=utf-8");
        let rows: Vec<Value> = lines.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(rows.len(), 1100);
        assert_eq!((&rows[0]["object_repr"], &rows[1099]["object_repr"]), (&json!("=0"), &json!("=1099")));
        let csv = agent.send(agent.http("GET", "/api/v1/log-entries?model=group").header("accept", "text/csv")).await;
        assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
        assert_eq!(csv.text.lines().count(), 1101);
        assert!(csv.text.starts_with("id,at,user_id,actor,"), "{}", &csv.text[..200]);
        assert!(csv.text.contains(",'=1099,") && !csv.text.contains(",=1099,"));
        expect(&agent, 422, "GET", "/api/v1/log-entries?format=csv&limit=10", None).await;
    }

    async fn r22_r38_where_the_log_cannot_be_written_nothing_is_changed(app) {
        let agent = app.token(&["auth.add_group", "auth.view_group", "blog.add_tag", "blog.view_tag"]);
        let records = "/api/v1/apps/blog/tag/records";
        let tag = json!({"name": "Unlogged", "slug": "unlogged"});
        app.db.execute_script("ALTER TABLE log_entries RENAME TO hidden_entries").unwrap();
        for (path, body) in [("/api/v1/groups", json!({"name": "Unlogged"})), (records, tag.clone())] {
            let refused = agent.rest("POST", path, Some(&body)).await;
            assert!([500, 503].contains(&refused.status), "{}", refused.text);
            assert!(!refused.text.contains("log_entries") && !refused.text.contains("no such"), "{}", refused.text);
        }
        app.db.execute_script("ALTER TABLE hidden_entries RENAME TO log_entries").unwrap();
        let groups = expect(&agent, 200, "GET", "/api/v1/groups?search=Unlogged", None).await;
        assert_eq!(groups["results"], json!([]));
        let tags = expect(&agent, 200, "GET", &format!("{records}?slug=unlogged"), None).await;
        assert_eq!(tags["results"], json!([]));
        expect(&agent, 201, "POST", records, Some(tag)).await;
    }

    async fn a_long_log_is_read_page_by_page_without_gaps(app) {
        let agent = app.token(&READER);
        groups(&app, (0..250).map(|n| format!("g{n}")));
        let mut address = "/api/v1/log-entries?model=group&limit=100".to_owned();
        let mut seen = Vec::new();
        for n in 0..3 {
            let answer = agent.rest("GET", &address, None).await;
            let rows = answer.body["results"].as_array().unwrap();
            seen.extend(rows.iter().map(|row| row["object_repr"].as_str().unwrap()[1..].parse::<usize>().unwrap()));
            groups(&app, [format!("x{n}")]);
            let link = answer.headers["link"].to_str().unwrap().to_owned();
            let Some(next) = link.split(", ").find(|link| link.ends_with("rel=\"next\"")) else { break };
            next[1..next.find('>').unwrap()].clone_into(&mut address);
        }
        assert_eq!(seen, (0..250).rev().collect::<Vec<_>>());
    }
}
