//! Who may do what to records: buttons, pages and forms agree.

use crate::harness::on_both;

const LIST: &str = "/admin/apps/blog/article";

on_both! {
    async fn whoever_may_only_see_is_offered_nothing_else(app) {
        let visitor = app.visitor("ada", &["blog.view_article"]).await;
        let list = visitor.page(LIST).await;
        for text in ["New article", "name=\"ids\"", "Delete", "/new"] {
            assert!(!list.contains(text), "{text}");
        }
        let record = visitor.page(&format!("{LIST}/1")).await;
        for text in ["Save article", "name=\"version\"", "/delete\"", "Make a copy"] {
            assert!(!record.contains(text), "{text}");
        }
        // What leads to other records does not exist.
        assert!(!record.contains("/blog/comment") && !record.contains("/blog/author"), "{record}");
        for (method, path) in [("GET", "/new"), ("POST", "/new"), ("POST", "/1"), ("GET", "/1/delete"), ("POST", "/1/delete")] {
            let request = visitor.request(method, &format!("{LIST}{path}")).header("sec-fetch-site", "same-origin");
            assert_eq!(visitor.send(request).await.status, 403, "{method} {path}");
        }
        let action = visitor.post(&format!("{LIST}/action"), &[("do", "delete_selected"), ("ids", "1"), ("confirmed", "1")]).await;
        assert_eq!(action.status, 403);
        assert_eq!(visitor.get("/admin/apps/blog/author").await.status, 403);
        assert_eq!(visitor.get("/admin/apps/blog/nothing").await.status, 403);
        assert_eq!(app.administrator("boss").await.get("/admin/apps/blog/nothing").await.status, 404);
    }

    async fn a_refusal_says_what_is_missing_who_can_give_it_and_the_way_back(app) {
        app.administrator("boss").await;
        let visitor = app.visitor("ada", &["blog.view_article"]).await;
        for (method, path, what, back) in [
            ("GET", "/1/delete", "delete articles", "href=\"/admin/apps/blog/article/1\" class=\"btn\">Back to the article<"),
            ("POST", "/1", "change articles", "href=\"/admin/apps/blog/article/1\" class=\"btn\">Back to the article<"),
            ("GET", "/new", "add articles", "href=\"/admin/apps/blog/article\" class=\"btn\">Back to the articles<"),
        ] {
            let request = visitor.request(method, &format!("{LIST}{path}")).header("sec-fetch-site", "same-origin");
            let page = visitor.send(request).await.text;
            assert!(page.contains(&format!("<h1>You may not {what}</h1>")) && page.contains(back), "{path}: {page}");
            assert!(!page.contains("boss"), "whoever may not see users is told of none: {page}");
        }
        // What may not be seen is as what there is not.
        for (model, what) in [("author", "view authors"), ("nothing", "view nothings")] {
            let page = visitor.get(&format!("/admin/apps/blog/{model}/1")).await.text;
            assert!(page.contains(&format!("You may not {what}")) && page.contains("Back to blog"), "{page}");
        }
        let nobody = app.visitor("nora", &[]).await;
        let page = nobody.get("/admin/tokens").await.text;
        assert!(page.contains("You may not view tokens") && !page.contains("Back to"), "{page}");
        let asker = app.visitor("vera", &["auth.view_user"]).await;
        let page = asker.get("/admin/users/new").await.text;
        assert!(page.contains("You may not add users") && page.contains(">boss</a>.") && page.contains("Back to the users"), "{page}");
    }

    async fn whoever_may_add_or_change_alone_may_do_just_that(app) {
        let visitor = app.visitor("ada", &["blog.add_tag"]).await;
        assert_eq!(visitor.get("/admin/apps/blog/tag").await.status, 403);
        let new = "/admin/apps/blog/tag/new";
        visitor.page(new).await;
        assert_eq!(visitor.submit(new, &[("d.name", "Kettles"), ("d.slug", "kettles")]).await, new);

        let visitor = app.visitor("bob", &["blog.change_tag"]).await;
        assert_eq!(visitor.get("/admin/apps/blog/tag/1").await.status, 403);
        assert_eq!(visitor.submit("/admin/apps/blog/tag/1", &[("d.name", "Pots")]).await, "/admin/");
        assert_eq!(visitor.post("/admin/apps/blog/tag/1", &[("d.name", "")]).await.status, 303, "a text may be empty");
        let entry = app.log().remove(0);
        assert_eq!((entry.action.as_str(), entry.actor_label.as_str()), ("changed", "bob"));
    }

    async fn a_deletion_needs_the_permission_for_all_that_goes(app) {
        let visitor = app.visitor("ada", &["blog.view_article", "blog.delete_article"]).await;
        let (mut kept, mut gone) = (0, 0);
        for id in 1..8 {
            let delete = format!("{LIST}/{id}/delete");
            let page = visitor.page(&delete).await;
            if page.contains("blog.delete_comment") {
                assert!(!page.contains("solid"), "{page}");
                assert_eq!(visitor.post(&delete, &[]).await.status, 403);
                kept += 1;
            } else {
                visitor.submit(&delete, &[]).await;
                gone += 1;
            }
        }
        assert!(kept > 0, "{kept} {gone}");
    }
}
