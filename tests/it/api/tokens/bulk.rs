//! Many tokens at once, and all of them as a file.

use mcp_admin::services::tokens::Expiry;
use serde_json::{Value, json};

use super::super::expect;
use crate::harness::{Agent, TestApp, on_both};

const MANAGER: [&str; 4] = ["mcp.view_token", "mcp.change_token", "mcp.delete_token", "blog.view_article"];
const BULK: &str = "/api/v1/tokens/bulk";

fn batch(app: &TestApp) -> Vec<Agent> {
    (0..3).map(|n| app.token_with(&["blog.view_article"], |new| new.name = format!("Batch {n}"))).collect()
}

on_both! {
    async fn each_token_succeeds_or_fails_by_itself(app) {
        let manager = app.token(&MANAGER);
        let batch = batch(&app);
        let strong = app.token(&["blog.delete_article"]);
        let ids = json!([batch[0].id(), strong.id(), 999_999, batch[1].id()]);
        let off = expect(&manager, 200, "POST", BULK, Some(json!({"operation": "deactivate", "ids": ids}))).await;
        assert_eq!((&off["success_count"], &off["error_count"], &off["total_items"]), (&json!(3), &json!(1), &json!(4)));
        assert_eq!(off["results"]["errors"][0]["index"], 2);
        assert_eq!(off["results"]["errors"][0]["code"], "not_found");
        assert_eq!((batch[0].status().await, batch[1].status().await, batch[2].status().await), (401, 401, 200));

        let on = expect(&manager, 200, "POST", BULK, Some(json!({"operation": "activate", "ids": ids}))).await;
        assert_eq!(on["success_count"], 2, "one is more than the caller holds: {on}");
        assert_eq!(on["results"]["errors"][0]["code"], "permission_denied");
        assert_eq!(strong.status().await, 401);
    }

    async fn all_or_nothing_if_asked(app) {
        let manager = app.token(&MANAGER);
        let batch = batch(&app);
        let body = json!({"operation": "delete", "ids": [batch[0].id(), 999_999], "atomic": true});
        let refused = expect(&manager, 404, "POST", BULK, Some(body)).await;
        assert_eq!(refused["code"], "not_found");
        assert_eq!(batch[0].status().await, 200);
        let body = json!({"operation": "delete", "ids": [batch[0].id(), batch[1].id()], "atomic": true});
        assert_eq!(expect(&manager, 200, "POST", BULK, Some(body)).await["success_count"], 2);
        assert_eq!((batch[0].status().await, batch[1].status().await, batch[2].status().await), (401, 401, 200));
    }

    async fn a_filter_names_the_tokens_as_in_the_list(app) {
        let manager = app.token(&MANAGER);
        let batch = batch(&app);
        batch[2].status().await;
        app.guard.flush().unwrap();
        let unused = json!({"operation": "set_expiry", "filter": {"search": "Batch", "unused_for": "1d"}, "expires_at": null});
        assert_eq!(expect(&manager, 200, "POST", BULK, Some(unused)).await["success_count"], 2);
        let endless = batch.iter().filter(|agent| app.stored(agent.id()).expires_at.is_none()).count();
        assert_eq!(endless, 2);
        for (body, field) in [
            (json!({"operation": "set_expiry", "ids": [1]}), "expires_at"),
            (json!({"operation": "delete", "ids": [1], "expires_at": null}), "expires_at"),
            (json!({"operation": "delete"}), "ids"),
            (json!({"operation": "delete", "ids": []}), "ids"),
            (json!({"operation": "delete", "ids": [1], "filter": {}}), "filter"),
            (json!({"operation": "explode", "ids": [1]}), "operation"),
            (json!({"operation": "delete", "filter": {"serach": "x"}}), "filter.serach"),
        ] {
            let refused = manager.rest("POST", BULK, Some(&body)).await;
            assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (422, &json!(field)), "{body}: {}", refused.text);
        }
        let weak = app.token(&["mcp.view_token", "mcp.change_token"]);
        expect(&weak, 403, "POST", BULK, Some(json!({"operation": "delete", "filter": {}}))).await;
    }

    async fn tokens_are_exported_as_csv_and_json_lines(app) {
        let manager = app.token(&MANAGER);
        app.token_with(&["blog.view_article"], |new| {
            new.name = "=cmd|' /C calc'!A0".into();
            new.expiry = Expiry::Never;
        });
        let csv = manager.rest("GET", "/api/v1/tokens?format=csv", None).await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(csv.text.lines().count(), 3);
        assert!(csv.text.starts_with("id,name,prefix,user,status,"), "{}", csv.text);
        assert!(csv.text.contains(",'=cmd|"), "a formula is none: {}", csv.text);
        assert!(csv.text.contains(",ada,active,"), "cells are plain: {}", csv.text);
        let lines = manager.send(manager.http("GET", "/api/v1/tokens?search=cmd").header("accept", "application/x-ndjson")).await;
        let rows: Vec<Value> = lines.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((rows.len(), &rows[0]["permissions"]), (1, &json!(["blog.view_article"])));
        assert_eq!(app.token(&[]).rest("GET", "/api/v1/tokens?format=csv", None).await.status, 403);
    }
}
