//! `/api/v1/apps`

use serde_json::json;

use super::expect;
use crate::harness::{on_both, open};

on_both! {
    async fn apps_are_shown_with_what_was_found_and_nothing_of_where_they_are(app) {
        let agent = app.token(&["auth.view_permission"]);
        let page = expect(&agent, 200, "GET", "/api/v1/apps", None).await;
        assert_eq!((&page["results"][0]["label"], &page["results"][0]["health"]), (&json!("blog"), &json!("ok")));
        let shown = agent.rest("GET", "/api/v1/apps/blog", None).await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        let models = shown.body["models"].as_array().unwrap();
        let article = models.iter().find(|model| model["model"] == "article").unwrap();
        assert_eq!((&article["table"], &article["exposed"]), (&json!("blog_article"), &json!(true)));
        assert!(!shown.text.contains(".db") && !shown.text.contains("postgres://"), "{}", shown.text);
        expect(&agent, 404, "GET", "/api/v1/apps/none", None).await;
    }

    async fn a_new_table_is_found_by_a_sync_and_a_vanished_one_goes_stale(app) {
        let agent = app.token(&["auth.view_permission", "auth.add_permission", "auth.change_permission"]);
        let sync = async || expect(&agent, 200, "POST", "/api/v1/apps/blog/sync", None).await;
        assert_eq!(sync().await["added"], json!([]));
        let schema = if app.backend() == mcp_admin::db::Backend::Postgres { "blog." } else { "" };
        let blog = open(&app.site.blog_url);
        blog.execute_script(&format!("CREATE TABLE {schema}blog_review (id INTEGER PRIMARY KEY, text TEXT)")).unwrap();
        assert_eq!(sync().await["added"], json!(["blog.review"]));
        let reader = app.token(&["blog.view_review"]);
        assert!(reader.tools().await.contains(&"list_review".to_owned()));
        blog.execute_script(&format!("DROP TABLE {schema}blog_review")).unwrap();
        assert_eq!(sync().await["stale"], json!(["blog.review"]));
        let entry = app.log().into_iter().find(|entry| entry.surface == "api").unwrap();
        assert_eq!((entry.action.as_str(), entry.actor_label.as_str()), ("changed", "ada"));
        expect(&agent, 404, "POST", "/api/v1/apps/none/sync", None).await;
    }
}
