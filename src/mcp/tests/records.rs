//! What the tools do with records, and what they refuse.

use super::*;

const EDITOR: [&str; 6] = [
    VIEW_ARTICLE,
    "blog.add_article",
    "blog.change_article",
    "blog.delete_article",
    "blog.view_tag",
    "blog.view_author",
];

#[actix_web::test]
async fn find_models_shows_what_may_be_seen() {
    let site = Site::start();
    let all =
        site.call(&[VIEW_ARTICLE, "blog.add_article", "blog.view_hidden"], "find_models", json!({})).await;
    insta::assert_json_snapshot!(structured(&all));
    let some = site.call(&[VIEW_ARTICLE, "blog.view_tag"], "find_models", json!({"query": "TAG"})).await;
    assert_eq!(structured(&some)["count"], 1);
    let none = site.call(&["blog.add_article"], "find_models", json!({})).await;
    assert_eq!(refusal(&none), "Permission denied: view_*");
}

#[actix_web::test]
async fn a_list_is_filtered_searched_ordered_and_paged() {
    let site = Site::start();
    let list = |arguments: Value| site.call(&[VIEW_ARTICLE], "list_article", arguments);
    let all = list(json!({"order_by": "-id", "limit": 2, "offset": 1, "fields": ["id"]})).await;
    let expected = json!({"results": [{"id": 2}, {"id": 1}], "count": 2, "total_count": 3,
        "total_count_is": "exact", "next_cursor": null});
    assert_eq!(structured(&all), &expected);
    let found =
        list(json!({"search": "tea", "filters": {"price__gte": "1.00"}, "order_by": ["title"]})).await;
    assert_eq!(structured(&found)["total_count"], 2);
    assert_eq!(structured(&found)["results"][0]["price"], "9.50");
    let capped = list(json!({"limit": 1_000_000_000})).await;
    assert_eq!(structured(&capped)["count"], 3);
}

#[actix_web::test]
async fn wrong_list_arguments_are_each_named() {
    let site = Site::start();
    let list = |arguments: Value| site.call(&[VIEW_ARTICLE], "list_article", arguments);
    for (arguments, named) in [
        (json!({"limit": 0}), "limit"),
        (json!({"limit": "ten"}), "limit"),
        (json!({"offset": -1}), "offset"),
        (json!({"filters": {"secret": "x"}}), "filters.secret"),
        (json!({"filters": {"title__like": "x"}}), "filters.title__like"),
        (json!({"order_by": "secret"}), "order_by"),
        (json!({"fields": ["secret"]}), "fields"),
        (json!({"page": 2}), "page"),
        (json!({"cursor": "AAAA"}), "cursor"),
        (json!({"cursor": 7}), "cursor"),
        (json!({"count": "all"}), "count"),
        (json!({"search": "a\0b"}), "search"),
    ] {
        let result = list(arguments.clone()).await;
        assert!(refusal(&result).contains(named), "{arguments} {result}");
        let structure = &result["structuredContent"];
        assert_eq!(structure["code"], "validation_error");
        assert_eq!(structure["validation_errors"]["error_count"], 1, "{result}");
    }
}

#[actix_web::test]
async fn one_record_comes_with_the_relations_that_may_be_seen() {
    let site = Site::start();
    let get =
        |permissions: &'static [&str], arguments: Value| site.call(permissions, "get_article", arguments);
    let plain = get(&[VIEW_ARTICLE], json!({"id": 1})).await;
    insta::assert_json_snapshot!("plain", structured(&plain));
    let related = get(&[VIEW_ARTICLE, "blog.view_tag"], json!({"id": 1, "include_related": true})).await;
    insta::assert_json_snapshot!("related", structured(&related)["_related"]);
    let hidden = get(&[VIEW_ARTICLE], json!({"id": 1, "include_related": ["author"]})).await;
    assert!(refusal(&hidden).contains("include_related"), "{hidden}");
    let nothing = get(&[VIEW_ARTICLE], json!({"id": 999})).await;
    assert_eq!(nothing["structuredContent"], json!({"error": "article not found", "code": "not_found"}));
    for id in [json!(null), json!([1]), json!("x"), json!(9_223_372_036_854_775_808_u64), json!(1.5)] {
        let wrong = get(&[VIEW_ARTICLE], json!({ "id": id })).await;
        assert!(refusal(&wrong).contains("id"), "{id} {wrong}");
    }
    let negative = get(&[VIEW_ARTICLE], json!({"id": -1})).await;
    assert_eq!(negative["structuredContent"]["code"], "not_found");
    let seat = site.call(&["blog.view_seat"], "get_seat", json!({"id": {"row_no": 1, "seat_no": 1}})).await;
    assert_eq!(structured(&seat)["guest"], "Ada");
}

#[actix_web::test]
async fn a_model_is_described_as_the_caller_may_know_it() {
    let site = Site::start();
    let result = site.call(&[VIEW_ARTICLE, "blog.view_author"], "describe_article", json!({})).await;
    insta::assert_json_snapshot!(structured(&result));
    let wrong = site.call(&[VIEW_ARTICLE], "describe_article", json!({"x": 1})).await;
    assert!(refusal(&wrong).contains("x: is not an argument"), "{wrong}");
}

#[actix_web::test]
async fn records_are_created_changed_and_deleted_and_each_write_is_in_the_log() {
    let site = Site::start();
    let data = json!({"title": "Milk", "author": 2, "price": 1.5, "tags": [1]});
    let created = site.call(&EDITOR, "create_article", json!({ "data": data })).await;
    let created = structured(&created).clone();
    assert_eq!((&created["success"], &created["id"]), (&json!(true), &json!(4)));
    assert_eq!(created["object"]["price"], "1.50");

    let data = json!({"title": "Oat milk", "status": "published"});
    let updated = site.call(&EDITOR, "update_article", json!({ "id": 4, "data": data })).await;
    assert_eq!(structured(&updated)["object"]["title"], "Oat milk");

    let deleted = site.call(&EDITOR, "delete_article", json!({"id": 4})).await;
    assert_eq!(structured(&deleted)["id"], 4);

    let log = site.log();
    let seen: Vec<_> =
        log.iter().rev().map(|e| (e.action.as_str(), e.outcome.as_str(), e.object_id.as_str())).collect();
    assert_eq!(seen, [("added", "done", "4"), ("changed", "done", "4"), ("deleted", "done", "4")]);
    assert!(log.iter().all(|e| e.token_label.as_deref() == Some("agent") && e.actor_label == "ada"));
    let change: Value = serde_json::from_str(&log[1].changes).unwrap();
    assert_eq!(
        change,
        json!({
            "before": {"title": "Milk", "status": "draft"},
            "after": {"title": "Oat milk", "status": "published"},
        })
    );
    assert!(log.iter().all(|e| !e.changes.contains("secret")));
}

#[actix_web::test]
async fn wrong_data_changes_nothing_and_names_every_field() {
    let site = Site::start();
    for (data, named) in [
        (json!({}), vec!["title", "author_id"]),
        (json!({"title": "x".repeat(21), "author_id": 99}), vec!["title"]),
        (json!({"title": "x", "author_id": 99}), vec!["author_id"]),
        (json!({"title": "x", "author_id": 1, "secret": "s"}), vec!["secret"]),
        (json!({"title": "x", "author_id": 1, "views": 7}), vec!["views"]),
        (json!({"title": 7, "author_id": 1, "status": "lost"}), vec!["title", "status"]),
        (json!({"title": "a\0", "author_id": 1}), vec!["title"]),
        (json!({"title": "x", "author_id": 1, "tags": [99]}), vec!["tags"]),
        (json!({"title": "x", "author_id": 1, "comment": [1]}), vec!["comment"]),
    ] {
        let result = site.call(&EDITOR, "create_article", json!({ "data": data })).await;
        for field in named {
            assert!(refusal(&result).contains(&format!("data.{field}: ")), "{field} {result}");
        }
        assert_eq!(result["structuredContent"]["code"], "validation_error");
    }
    for arguments in [json!({"id": 1}), json!({"id": 1, "data": {}}), json!({"data": {"title": "x"}})] {
        let result = site.call(&EDITOR, "update_article", arguments).await;
        assert_eq!(result["structuredContent"]["code"], "validation_error");
    }
    let all = site.call(&[VIEW_ARTICLE], "list_article", json!({})).await;
    assert_eq!(structured(&all)["total_count"], 3);
    assert!(site.log().iter().all(|entry| entry.outcome == "failed"));
}

#[actix_web::test]
async fn a_deletion_takes_along_only_what_may_be_deleted() {
    let site = Site::start();
    let delete = |permissions: &'static [&str]| site.call(permissions, "delete_article", json!({"id": 1}));
    let refused = delete(&["blog.delete_article"]).await;
    assert_eq!(refusal(&refused), "Permission denied: blog.delete_comment");
    let done = delete(&["blog.delete_article", "blog.delete_comment"]).await;
    let cascaded = &structured(&done)["cascaded"];
    assert!(
        cascaded.to_string().contains(r#""model":"blog.comment","effect":"deleted","count":2"#),
        "{cascaded}"
    );
    let author = site.call(&["blog.delete_author"], "delete_author", json!({"id": 1})).await;
    assert_eq!(author["structuredContent"]["code"], "conflict", "{author}");
    let outcomes: Vec<String> =
        site.log().into_iter().filter(|e| e.action == "deleted").map(|e| e.outcome).collect();
    assert_eq!(outcomes, ["failed", "done", "denied"]);
}

#[actix_web::test]
async fn refusals_are_counted_and_logged() {
    let site = Site::start();
    let answer = site.post(&[VIEW_ARTICLE], call("create_article", &json!({})).to_string()).await;
    assert_eq!(refusal(&answer.json()["result"]), "Permission denied: blog.add_article");
    assert_eq!(answer.outcome, Some(CallOutcome::Denied));
    for _ in 0..100 {
        if !site.log().is_empty() {
            break;
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(site.log()[0].action, "denied");
}

#[actix_web::test]
async fn r10_unexplained_refusals_look_like_unknown_tools() {
    let site = Site::with(McpConfig { explain_denials: false, ..McpConfig::default() });
    for arguments in [json!({}), json!([]), json!(7)] {
        let [denied, unknown] =
            ["create_article", "create_artifact"].map(|tool| call(tool, &arguments).to_string());
        let denied = site.post(&[VIEW_ARTICLE], denied).await;
        let unknown = site.post(&[VIEW_ARTICLE], unknown).await;
        assert_eq!(denied.status, unknown.status);
        assert_eq!(denied.body.replace("create_article", ""), unknown.body.replace("create_artifact", ""));
        assert_eq!((denied.outcome, unknown.outcome), (Some(CallOutcome::Denied), Some(CallOutcome::Failed)));
    }
}

#[actix_web::test]
async fn without_the_audit_log_nothing_is_written() {
    let site = Site::start();
    site.db.read(|conn| Ok(conn.batch_execute("DROP TABLE log_entries")?)).unwrap();
    let data = json!({"title": "Milk", "author_id": 1});
    let result = site.call(&EDITOR, "create_article", json!({ "data": data })).await;
    assert_eq!(result["structuredContent"]["code"], "unavailable", "{result}");
    let all = site.call(&[VIEW_ARTICLE], "list_article", json!({})).await;
    assert_eq!(structured(&all)["total_count"], 3);
}

#[actix_web::test]
async fn r60_a_vanished_database_gives_a_tool_error() {
    let site = Site::start();
    site.blog("DROP TABLE article");
    let answer = site.post(&[VIEW_ARTICLE], call("list_article", &json!({})).to_string()).await;
    let result = &answer.json()["result"];
    assert_eq!(result["structuredContent"]["code"], "unavailable");
    assert!(refusal(result).contains("synchronised"), "{result}");
    assert_eq!(answer.outcome, Some(CallOutcome::Failed));
}
