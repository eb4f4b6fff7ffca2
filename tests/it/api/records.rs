//! `/api/v1/apps/{app}/{model}/records`

use mcp_admin::config::ModelConfig;
use serde_json::{Value, json};

use super::{expect, refusals};
use crate::apps::ugly;
use crate::harness::{Agent, TestApp, on_both, on_each};

const EDITOR: [&str; 6] = [
    "blog.view_article",
    "blog.add_article",
    "blog.change_article",
    "blog.delete_article",
    "blog.view_author",
    "blog.view_tag",
];
const ARTICLES: &str = "/api/v1/apps/blog/article/records";

async fn titles(agent: &Agent, query: &str) -> Vec<String> {
    let page = expect(agent, 200, "GET", &format!("{ARTICLES}?{query}"), None).await;
    let rows = page["results"].as_array().unwrap();
    rows.iter().map(|row| row["title"].as_str().unwrap_or_default().to_owned()).collect()
}

on_both! {
    async fn a_record_is_created_shown_changed_and_deleted(app) {
        let agent = app.token(&[&EDITOR[..], &["blog.delete_comment"]].concat());
        let body = json!({"title": "Tea", "author": 1, "tags": [1, 2]});
        let made = agent.rest("POST", ARTICLES, Some(&body)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let path = made.headers["location"].to_str().unwrap().to_owned();
        assert_eq!((&made.body["title"], &made.body["author_id"]), (&json!("Tea"), &json!(1)));
        let shown = agent.rest("GET", &path, None).await;
        assert_eq!((shown.status, &shown.body, &shown.headers["etag"]), (200, &made.body, &made.headers["etag"]));
        let known = agent.http("GET", &path).header("if-none-match", made.headers["etag"].clone());
        assert_eq!(agent.send(known).await.status, 304);

        let tag = made.headers["etag"].to_str().unwrap().to_owned();
        let rename = |tags: &str, title: &str| {
            agent.send(agent.http("PATCH", &path).header("if-match", tags.to_owned()).json(&json!({"title": title})))
        };
        let changed = rename(&format!("\"other\", {tag}"), "Green tea").await;
        assert_eq!((changed.status, &changed.body["title"]), (200, &json!("Green tea")), "{}", changed.text);
        for stale in [tag.clone(), format!("W/{}", changed.headers["etag"].to_str().unwrap()), "\"a\", \"b\"".into()] {
            let refused = rename(&stale, "Black tea").await;
            assert_eq!((refused.status, &refused.body["code"]), (412, &json!("precondition_failed")), "{stale}");
        }
        assert_eq!(rename("*", "Black tea").await.status, 200);
        let stale = agent.http("DELETE", &path).header("if-match", tag);
        assert_eq!(agent.send(stale).await.status, 412);

        let gone = expect(&agent, 200, "DELETE", &path, None).await;
        assert_eq!(gone["id"], made.body["id"]);
        assert_eq!(gone["cascaded"], json!([{"model": "blog.tag", "effect": "unlinked", "count": 2}]));
        expect(&agent, 404, "GET", &path, None).await;
        let told: Vec<(String, String, String)> = app.log().into_iter().filter(|entry| entry.surface == "api")
            .map(|entry| (entry.action, entry.outcome, entry.object_id)).collect();
        let id = made.body["id"].to_string();
        let entry = |action: &str, outcome: &str| (action.to_owned(), outcome.to_owned(), id.clone());
        assert_eq!(told[0], entry("deleted", "done"));
        assert_eq!(told.iter().filter(|one| **one == entry("changed", "failed")).count(), 3);
        assert_eq!(told.last().unwrap(), &entry("added", "done"));
    }

    async fn a_row_of_a_list_has_the_version_that_if_match_takes(app) {
        let agent = app.token(&EDITOR);
        let rows = expect(&agent, 200, "GET", &format!("{ARTICLES}?limit=1&order_by=id"), None).await;
        let row = &rows["results"][0];
        let path = format!("{ARTICLES}/{}", row["id"]);
        let shown = agent.rest("GET", &path, None).await;
        let tag = shown.headers["etag"].to_str().unwrap().to_owned();
        assert_eq!(json!(tag.trim_matches('"')), row["_etag"]);
        assert!(shown.body.get("_etag").is_none(), "{}", shown.text);
        for (fields, has_tag) in [("id,title", false), ("id,_etag", true)] {
            let rows = expect(&agent, 200, "GET", &format!("{ARTICLES}?limit=1&order_by=id&fields={fields}"), None).await;
            assert_eq!(rows["results"][0].get("_etag"), row.get("_etag").filter(|_| has_tag), "{fields}");
        }
        for (status, title) in [(200, "Green tea"), (412, "Black tea")] {
            let request = agent.http("PATCH", &path).header("if-match", tag.clone()).json(&json!({"title": title}));
            assert_eq!(agent.send(request).await.status, status, "{title}");
        }
    }

    async fn records_are_filtered_searched_ordered_and_paged(app) {
        let agent = app.token(&EDITOR);
        let all = titles(&agent, "order_by=id&limit=200&fields=title").await;
        assert!(all.len() > 20);
        let word = all[0].split(' ').next().unwrap().to_lowercase();
        let found = titles(&agent, &format!("title__icontains={word}&limit=200")).await;
        assert!(!found.is_empty() && found.iter().all(|title| title.to_lowercase().contains(&word)));
        assert_eq!(titles(&agent, "id=1").await, [all[0].clone()]);
        assert_eq!(titles(&agent, "id__in=2,1&order_by=-id").await, [all[1].clone(), all[0].clone()]);
        assert_eq!(titles(&agent, "id__in=2&id__in=3&order_by=id").await, [all[1].clone(), all[2].clone()]);
        assert_eq!(titles(&agent, "id__range=2,3&order_by=id").await, [all[1].clone(), all[2].clone()]);
        let count = async |query: &str| {
            let page = expect(&agent, 200, "GET", &format!("{ARTICLES}?limit=1&total=true&{query}"), None).await;
            page["total"].as_u64().unwrap()
        };
        let everything = count("").await;
        assert_eq!(count("published_at__isnull=true").await + count("published_at__isnull=false").await, everything);
        assert_eq!(count("is_featured=true").await + count("is_featured=false").await, everything);
        assert!(!titles(&agent, &format!("search={word}")).await.is_empty());
        assert_eq!(titles(&agent, "order_by=id&limit=2&offset=3").await, all[3..5]);

        let mut address = format!("{ARTICLES}?order_by=id&limit=7&fields=id,title&total=true");
        let mut paged = Vec::new();
        while paged.len() < 20 {
            let page = agent.rest("GET", &address, None).await;
            assert_eq!(page.status, 200, "{}", page.text);
            assert!(page.body["total"].as_u64().unwrap() >= 20);
            assert_eq!(page.body["results"][0].as_object().unwrap().len(), 2);
            paged.extend(page.body["results"].as_array().unwrap().iter().map(|row| row["title"].as_str().unwrap().to_owned()));
            let link = page.headers["link"].to_str().unwrap();
            let next = link.split(", ").find(|link| link.ends_with("rel=\"next\"")).unwrap();
            next[1..next.find('>').unwrap()].clone_into(&mut address);
        }
        assert_eq!(paged, all[..paged.len()]);
    }

    async fn r45_r46_what_is_no_field_or_value_is_refused_by_name(app) {
        let agent = app.token(&EDITOR);
        for (query, field) in [
            ("titel=x", "titel"), ("title__like=x", "title__like"), ("id=one", "id"), ("id__in=1,two", "id__in"),
            ("is_featured=maybe", "is_featured"), ("published_at__isnull=1", "published_at__isnull"),
            ("order_by=password", "order_by"), ("fields=id,secret", "fields"), ("limit=1000000000", "limit"),
            ("offset=-1", "offset"), ("offset=9223372036854775808", "offset"), ("cursor=AAAA", "cursor"),
            ("title=a%00b", "title"), ("title;DROP+TABLE=1", "title;DROP TABLE"), ("id=1&id=2", "id"),
        ] {
            let refused = expect(&agent, 422, "GET", &format!("{ARTICLES}?{query}"), None).await;
            assert_eq!(refused["errors"][0]["field"], field, "{query}: {refused}");
        }
        for (body, field) in [
            (json!({"titel": "x", "author": 1}), "title"),
            (json!({"title": "x", "author": "nobody"}), "author"),
            (json!({"title": "x".repeat(201), "author": 1}), "title"),
            (json!({"title": "a\u{0}b", "author": 1}), "title"),
            (json!([]), "body"),
        ] {
            let refused = expect(&agent, 422, "POST", ARTICLES, Some(body)).await;
            let fields: Vec<&str> = refused["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
            assert!(fields.contains(&field), "{field}: {refused}");
        }
        expect(&agent, 422, "PATCH", &format!("{ARTICLES}/1"), Some(json!({}))).await;
        for id in ["-1", "0", "999999"] {
            expect(&agent, 404, "GET", &format!("{ARTICLES}/{id}"), None).await;
        }
        for id in ["9223372036854775808", "1e400", "x", "1,2", "%zz", "%ff"] {
            let refused = expect(&agent, 422, "GET", &format!("{ARTICLES}/{id}"), None).await;
            assert_eq!(refused["errors"][0]["field"], "id", "{id}");
        }
        expect(&agent, 405, "PUT", &format!("{ARTICLES}/1"), Some(json!({}))).await;
        for path in ["/api/v1/apps/blog/none/records", "/api/v1/apps/none/article/records", "/api/v1/apps/auth/user/records"] {
            expect(&agent, 404, "GET", path, None).await;
        }
    }

    async fn each_operation_needs_its_own_permission(app) {
        let path = format!("{ARTICLES}/1");
        let operations: [(&str, &str, Option<Value>, &str); 5] = [
            ("GET", ARTICLES, None, "blog.view_article"),
            ("GET", &path, None, "blog.view_article"),
            ("POST", ARTICLES, Some(json!({"title": "x", "author_id": 1})), "blog.add_article"),
            ("PATCH", &path, Some(json!({"summary": "x"})), "blog.change_article"),
            ("DELETE", &path, None, "blog.delete_article"),
        ];
        let nobody = Agent::new(&app.url, "", None);
        for (method, path, body, permission) in &operations {
            let others: Vec<&str> = EDITOR.into_iter().filter(|one| one != permission).collect();
            let refused = expect(&app.token(&others), 403, method, path, body.clone()).await;
            assert_eq!(refused["detail"], format!("Permission denied: {permission}"));
            assert_eq!(expect(&nobody, 401, method, path, body.clone()).await["code"], "unauthenticated");
        }
        for (method, path, body, permission) in &operations[..4] {
            let answer = app.token(&[permission]).rest(method, path, body.as_ref()).await;
            assert!([200, 201].contains(&answer.status), "{method} {path}: {}", answer.text);
        }
        // The comments that would go along need a permission of their own.
        let refused = expect(&app.token(&["blog.delete_article"]), 403, "DELETE", &path, None).await;
        assert_eq!(refused["detail"], "Permission denied: blog.delete_comment");
        refusals(&app, 5, |entry| entry.surface == "api").await;
    }
}

on_each! {
    async fn what_is_hidden_exists_in_no_answer(backend) {
        let app = TestApp::with(backend, |config| {
            config.mcp.explain_denials = false;
            let models = &mut config.apps.get_mut("blog").unwrap().models;
            let author = ModelConfig { exclude_fields: vec!["email".into()], ..ModelConfig::default() };
            models.insert("author".into(), author);
            models.insert("tag".into(), ModelConfig { expose: Some(false), ..ModelConfig::default() });
        }).await;
        let agent = app.token(&["blog.view_author", "blog.view_tag", "blog.change_author"]);
        let authors = "/api/v1/apps/blog/author/records";
        let page = expect(&agent, 200, "GET", authors, None).await;
        assert!(!page.to_string().contains('@'), "{page}");
        for query in ["email__icontains=a", "order_by=email", "fields=email"] {
            let refused = expect(&agent, 422, "GET", &format!("{authors}?{query}"), None).await;
            assert!(refused["errors"][0]["message"].as_str().unwrap().contains("there is no such field"), "{refused}");
        }
        expect(&agent, 422, "PATCH", &format!("{authors}/1"), Some(json!({"email": "x@example.com"}))).await;
        // Not exposed, not permitted and not there look alike.
        let answers = [
            expect(&agent, 404, "GET", "/api/v1/apps/blog/tag/records", None).await,
            expect(&agent, 404, "GET", ARTICLES, None).await,
            expect(&agent, 404, "GET", &format!("{ARTICLES}/1"), None).await,
            expect(&agent, 404, "GET", "/api/v1/apps/blog/none/records", None).await,
        ];
        assert!(answers.iter().all(|answer| answer["detail"] == answers[0]["detail"]), "{answers:?}");
        refusals(&app, 1, |entry| entry.model == "article").await;
    }

    async fn odd_keys_stand_in_the_path(backend) {
        let ugly = ugly::start(backend).await;
        let agent = &ugly.agent;
        for (model, key, field, value) in [
            ("codes", "a%2Fb%20%22c%22", "label", json!("odd")),
            ("order_details", "1,2", "100%", json!("all")),
            ("things", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "name", json!("one")),
            ("select", "1", "where", json!("here")),
        ] {
            let path = format!("/api/v1/apps/ugly/{model}/records/{key}");
            let shown = expect(agent, 200, "GET", &path, None).await;
            assert_eq!(shown[field], value, "{model}");
        }
        let records = "/api/v1/apps/ugly/codes/records";
        let made = agent.rest("POST", records, Some(&json!({"code": "50%, ä/b", "label": "odder"}))).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let path = made.headers["location"].to_str().unwrap().to_owned();
        assert_eq!(expect(agent, 200, "GET", &path, None).await, made.body);
        expect(agent, 200, "PATCH", &path, Some(json!({"label": "changed"}))).await;
        assert_eq!(expect(agent, 200, "DELETE", &path, None).await["id"], "50%, ä/b");
        let lines = "/api/v1/apps/ugly/order_details/records";
        let made = agent.rest("POST", lines, Some(&json!({"Order ID": 7, "product\"s id": 8}))).await;
        assert_eq!(made.headers["location"], format!("{lines}/7,8"));
        expect(agent, 422, "GET", &format!("{lines}/7"), None).await;
        expect(agent, 404, "GET", &format!("{lines}/7,9"), None).await;
        let gone = expect(agent, 200, "DELETE", &format!("{lines}/7,8"), None).await;
        assert_eq!(gone["id"], json!({"Order ID": 7, "product\"s id": 8}));
        // A table without a key can be listed, and added to.
        expect(agent, 422, "GET", "/api/v1/apps/ugly/no_key/records/1", None).await;
        let made = agent.rest("POST", "/api/v1/apps/ugly/no_key/records", Some(&json!({"a": 2, "b": "two"}))).await;
        assert_eq!((made.status, made.headers.contains_key("location")), (201, false), "{}", made.text);
        let found = expect(agent, 200, "GET", "/api/v1/apps/ugly/no_key/records?a=2", None).await;
        assert_eq!(found["results"], json!([{"a": 2, "b": "two"}]));
        let hostile = expect(agent, 200, "GET", "/api/v1/apps/ugly/drop_table_x/records?order_by=id", None).await;
        assert_eq!(hostile["results"].as_array().unwrap().len(), 2);
        let column = "%22%3B%20DROP%20TABLE%20x%3B%20--";
        let found = format!("/api/v1/apps/ugly/drop_table_x/records?{column}=bobby");
        assert_eq!(expect(agent, 200, "GET", &found, None).await["results"].as_array().unwrap().len(), 1);
    }
}
