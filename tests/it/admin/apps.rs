//! Attached databases in the admin.

use crate::harness::{on_both, open};

on_both! {
    async fn whoever_may_see_permissions_sees_all_that_was_found(app) {
        let visitor = app.visitor("ada", &["auth.view_permission"]).await;
        let list = visitor.page("/admin/apps").await;
        assert!(list.contains("/admin/apps/blog") && list.contains("Reachable"), "{list}");
        let page = visitor.page("/admin/apps/blog").await;
        for text in ["blog.article", "blog.comment", "blog_article", "[apps.blog.models.article]", "search_fields = [", "data-copy=\"#app-toml\""] {
            assert!(page.contains(text), "{text}: {page}");
        }
        // Not its records, and not the button that would be refused.
        assert!(!page.contains("Sync now") && !page.contains("href=\"/admin/apps/blog/article\""), "{page}");
        assert_eq!(visitor.post("/admin/apps/blog/sync-now", &[]).await.status, 403);
        assert_eq!(visitor.get("/admin/apps/nothing").await.status, 404);
    }

    async fn whoever_may_see_some_models_sees_those_alone(app) {
        let visitor = app.visitor("ada", &["blog.view_article"]).await;
        let page = visitor.page("/admin/apps/blog").await;
        assert!(page.contains("href=\"/admin/apps/blog/article\""), "{page}");
        for text in ["blog.comment", "comments", "blog.author", "Options in force", "app-toml", "Reachable", "Sync now"] {
            assert!(!page.contains(text), "{text}: {page}");
        }
        assert_eq!(visitor.get("/admin/apps").await.status, 403);
        assert_eq!(visitor.get("/admin/apps/nothing").await.status, 403);
    }

    async fn a_content_type_whose_table_is_there_is_kept_and_the_page_says_why(app) {
        let boss = app.administrator("boss").await;
        let ask = "/admin/permissions/content-types/1/remove";
        for answer in [boss.get(ask).await, boss.post(ask, &[]).await] {
            assert_eq!(answer.status, 409, "{}", answer.text);
            assert!(answer.text.contains("is there; only those of vanished tables can be removed"), "{}", answer.text);
            assert!(answer.text.contains("href=\"/admin/permissions\"") && !answer.text.contains("solid"), "{}", answer.text);
        }
        assert_eq!(boss.get("/admin/permissions/content-types/999999/remove").await.status, 404);
    }

    async fn reading_a_database_again_shows_what_changed(app) {
        let visitor = app.administrator("boss").await;
        assert!(visitor.page("/admin/apps/blog").await.contains("Sync now"));
        let nothing = visitor.post("/admin/apps/blog/sync-now", &[]).await;
        assert!(nothing.status == 200 && nothing.text.contains("Nothing changed"), "{}", nothing.text);
        let is_postgres = app.backend() == mcp_admin::db::Backend::Postgres;
        let schema = if is_postgres { format!("{}.", mcp_admin::cli::demo::blog::SCHEMA) } else { String::new() };
        let table = format!("CREATE TABLE {schema}blog_review (id INTEGER PRIMARY KEY, stars INTEGER)");
        open(&app.site.blog_url).execute_script(&table).unwrap();
        let changed = visitor.post("/admin/apps/blog/sync-now", &[]).await;
        assert!(changed.text.contains("New models") && changed.text.contains("blog.review"), "{}", changed.text);
        visitor.page("/admin/apps/blog/review").await;
    }
}
