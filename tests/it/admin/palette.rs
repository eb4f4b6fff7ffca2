//! Going to anything by a few letters.

use crate::harness::on_both;

on_both! {
    async fn the_palette_finds_what_the_visitor_may_see_and_no_more(app) {
        app.token_with(&[], |new| new.name = "Deploy robot <x>".into());
        app.user("roberta");
        let boss = app.administrator("boss").await;
        let page = boss.page("/admin/palette?q=ro").await;
        for text in ["Deploy robot &lt;x&gt;", "roberta", "/admin/tokens/", "/admin/users/"] {
            assert!(page.contains(text), "{text}: {page}");
        }
        assert!(boss.page("/admin/palette?q=article").await.contains("href=\"/admin/apps/blog/article\""));
        assert!(boss.page("/admin/palette?q=audit").await.contains("href=\"/admin/audit\""));
        assert!(boss.page("/admin/palette?q=zzzz").await.contains("Nothing matches"));

        let part = boss.htmx_get("/admin/palette?q=ro").await;
        assert!(part.text.starts_with("<div id=\"palette-results\"") && !part.text.contains("<main"), "{}", part.text);
        assert!(part.text.contains("Deploy robot"), "{}", part.text);

        let ada = app.visitor("eve", &["blog.view_tag"]).await;
        let found = ada.htmx_get("/admin/palette?q=o").await.text;
        assert!(!found.contains("robot") && !found.contains("roberta") && found.contains("Your account"), "{found}");
        let found = ada.htmx_get("/admin/palette?q=blog").await.text;
        assert!(found.contains("/admin/apps/blog/tag") && !found.contains("/admin/apps/blog/article"), "{found}");
    }
}
