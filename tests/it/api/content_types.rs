//! `/api/v1/content-types` and `/api/v1/permissions`

use mcp_admin::services::permissions;
use serde_json::json;

use super::expect;
use crate::harness::on_both;

on_both! {
    async fn permissions_are_found_by_app_model_and_text(app) {
        let agent = app.token(&["auth.view_permission"]);
        let page = expect(&agent, 200, "GET", "/api/v1/permissions?app=blog&model=article&sort=-permission", None).await;
        let names: Vec<_> = page["results"].as_array().unwrap().iter().map(|row| row["permission"].clone()).collect();
        let expected = ["view", "delete", "change", "add"].map(|verb| json!(format!("blog.{verb}_article")));
        assert_eq!(names, expected);
        let id = &page["results"][0]["id"];
        let one = expect(&agent, 200, "GET", &format!("/api/v1/permissions/{id}"), None).await;
        assert_eq!(one, page["results"][0]);
        let found = expect(&agent, 200, "GET", "/api/v1/permissions?search=introspect&total=true", None).await;
        assert_eq!((&found["total"], &found["results"][0]["permission"]), (&json!(1), &json!("mcp.introspect_token")));
        let stale = expect(&agent, 200, "GET", "/api/v1/permissions?stale=true", None).await;
        assert_eq!(stale["results"], json!([]));
        for id in ["-1", "0", "9223372036854775808", "x"] {
            expect(&agent, 404, "GET", &format!("/api/v1/permissions/{id}"), None).await;
        }
    }

    async fn content_types_of_vanished_tables_are_removed_with_their_permissions(app) {
        let agent = app.token(&["auth.view_permission", "auth.delete_permission"]);
        let page = expect(&agent, 200, "GET", "/api/v1/content-types?app=blog&search=artic", None).await;
        let path = format!("/api/v1/content-types/{}", page["results"][0]["id"]);
        let shown = expect(&agent, 200, "GET", &path, None).await;
        assert_eq!((&shown["model"], &shown["permissions"][3]), (&json!("article"), &json!("blog.view_article")));
        expect(&agent, 409, "DELETE", &path, None).await;

        let reader = app.token(&["blog.view_article"]);
        assert!(reader.tools().await.contains(&"list_article".to_owned()));
        let ours = permissions::built_in();
        app.write(|tx, actor| permissions::sync(tx, actor, app.clock.now(), &ours, &[]));
        let stale = expect(&agent, 200, "GET", "/api/v1/content-types?stale=true&total=true", None).await;
        assert!(stale["total"].as_i64().unwrap() >= 4, "{stale}");
        expect(&agent, 204, "DELETE", &path, None).await;
        expect(&agent, 404, "GET", &path, None).await;
        // Whoever held its permissions holds them no more.
        assert!(!reader.tools().await.contains(&"list_article".to_owned()));
    }
}
