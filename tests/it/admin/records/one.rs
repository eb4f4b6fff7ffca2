//! The page of one record: what stands around its form, and where saving leads.

use chrono::TimeDelta;
use mcp_admin::services::groups;
use mcp_admin::services::tokens::IssueToken;
use serde_json::json;

use super::forms::{fields, filled, pairs};
use super::lists::keys;
use crate::harness::{TestApp, on_both, on_each};

const ARTICLE: &str = "/admin/apps/blog/article/5";

on_both! {
    async fn what_a_token_changed_lately_is_said_above_the_form(app) {
        let boss = app.administrator("boss").await;
        let reader = app.visitor("reader", &["blog.view_article"]).await;
        assert!(!boss.page(ARTICLE).await.contains("The token"));
        let agent = app.token_with(&["blog.change_article"], |new| new.name = "Deployer".into());
        agent.ok("update_article", json!({ "id": 5, "data": { "title": "Shipped", "status": "archived" } })).await;
        let page = boss.page(ARTICLE).await;
        let alert = page.split("class=\"alert\"").nth(1).unwrap().split("</div>").next().unwrap();
        assert!(alert.contains(&format!("href=\"/admin/tokens/{}\">Deployer</a> changed this article", agent.id())), "{alert}");
        assert!(page.contains("Deployer</b> changed status, title"), "{page}");
        // No link leads to what may not be seen.
        let page = reader.page(ARTICLE).await;
        assert!(page.contains("Deployer</b> changed this article") && !page.contains("/admin/tokens"), "{page}");

        // What a person changed after it is no news, nor what was long ago.
        boss.submit(ARTICLE, &pairs(&filled(&boss.page(ARTICLE).await, ARTICLE, &[("d.title", "By hand")]))).await;
        assert!(!boss.page(ARTICLE).await.contains("The token"));
        agent.ok("update_article", json!({ "id": 5, "data": { "title": "Shipped again" } })).await;
        assert!(boss.page(ARTICLE).await.contains("changed this article"));
        app.advance(TimeDelta::hours(25));
        assert_eq!(boss.sign_in("boss").await.status, 303);
        assert!(!boss.page(ARTICLE).await.contains("changed this article"));
    }

    async fn the_state_of_a_record_stands_beside_its_name(app) {
        let boss = app.administrator("boss").await;
        let head = |page: &str| page.split("<h1>").nth(1).unwrap().split("</div>").next().unwrap().to_owned();
        let status = app.token(&["blog.view_article"]).ok("get_article", json!({ "id": 5 })).await["status"].clone();
        let page = head(&boss.page(ARTICLE).await);
        assert!(page.contains(&format!(">{}</span>", status.as_str().unwrap())) && page.contains(">#5</span>"), "{page}");
        let author = head(&boss.page("/admin/apps/blog/author/5").await);
        assert_eq!(author.matches("class=\"badge\"").count(), 1, "{author}");
    }

    async fn who_can_change_a_record_is_told_to_those_who_may_see_them(app) {
        let now = app.clock.now();
        let groups = app.write(|tx, actor| {
            let new = [("Editors", "blog.change_article"), ("Readers", "blog.view_article")];
            new.map(|(name, permission)| {
                let group = groups::create(tx, actor, now, name)?.id;
                groups::grant(tx, actor, now, group, &[permission.into()])?;
                Ok(group)
            }).into_iter().collect::<mcp_admin::error::Result<Vec<_>>>()
        });
        let named = |name: &'static str| move |new: &mut IssueToken| new.name = name.into();
        app.token_with(&["blog.change_article"], named("Own right"));
        app.token_with(&["blog.view_article"], named("Looks on"));
        app.token_with(&[], |new| {
            new.name = "By its group".into();
            new.groups = vec![groups[0]];
        });
        app.token_with(&["blog.change_article"], |new| {
            new.name = "Switched off".into();
            new.is_active = false;
        });

        let boss = app.administrator("boss").await;
        let page = boss.page(ARTICLE).await;
        let card = page.split("Who can change it").nth(1).unwrap().split("</section>").next().unwrap();
        assert!(card.contains("Editors") && !card.contains("Readers") && card.contains("2 tokens"), "{card}");
        let list = "/admin/tokens?status=active&permission=blog.change_article";
        assert!(card.contains(&format!("href=\"{}\"", list.replace('&', "&amp;"))), "{card}");
        let tokens = boss.page(list).await;
        for (name, is_in) in [("Own right", true), ("By its group", true), ("Looks on", false), ("Switched off", false)] {
            assert_eq!(tokens.contains(name), is_in, "{name}: {tokens}");
        }
        assert!(tokens.contains("Remove the filter: Has blog.change_article"), "{tokens}");
        assert!(boss.page("/admin/tokens?permission=no.such_thing").await.contains("No such tokens"));

        for (name, sees, not) in [
            ("vera", "auth.view_group", "tokens</span>"),
            ("tom", "mcp.view_token", "Editors"),
        ] {
            let page = app.visitor(name, &["blog.view_article", sees]).await.page(ARTICLE).await;
            assert!(page.contains("Who can change it") && !page.contains(not), "{name}: {page}");
        }
        let page = app.visitor("nobody", &["blog.change_article", "blog.view_article"]).await.page(ARTICLE).await;
        assert!(!page.contains("Who can change it"), "{page}");
    }

    async fn saving_leads_to_the_next_record_and_behind_the_last_to_the_list(app) {
        let boss = app.administrator("boss").await;
        let page = boss.page(ARTICLE).await;
        assert!(page.contains("name=\"next\" value=\"record\""), "{page}");
        let form = filled(&page, ARTICLE, &[("d.title", "Fifth"), ("next", "record")]);
        assert_eq!(boss.submit(ARTICLE, &pairs(&form)).await, "/admin/apps/blog/article/6");
        assert!(boss.page("/admin/apps/blog/article/6").await.contains("Saved the article “Fifth”"));

        let last = "/admin/apps/blog/article/1200";
        let form = filled(&boss.page(last).await, last, &[("next", "record")]);
        assert_eq!(boss.submit(last, &pairs(&form)).await, "/admin/apps/blog/article");
        assert!(boss.page("/admin/apps/blog/article").await.contains("Nothing was changed. It was the last one"));

        // What is wrong stays where it is.
        let form = filled(&boss.page(ARTICLE).await, ARTICLE, &[("d.title", ""), ("d.rating", "much"), ("next", "record")]);
        assert_eq!(boss.post(ARTICLE, &pairs(&form)).await.status, 422);
    }
}

on_each! {
    async fn the_next_record_is_the_one_behind_it_in_the_list_as_it_was(backend) {
        let app = TestApp::with(backend, |config| {
            let article = config.apps.get_mut("blog").unwrap().models.get_mut("article").unwrap();
            article.ordering = Some(vec!["-rating".into()]);
        }).await;
        let boss = app.administrator("boss").await;
        let order = keys(&boss.page("/admin/apps/blog/article").await);
        let path = |n: usize| format!("/admin/apps/blog/article/{}", order[n]);
        let mut form = fields(&boss.page(&path(3)).await, &path(3));
        form.retain(|(name, _)| name != "d.rating");
        form.extend([("d.rating".into(), String::new()), ("next".into(), "record".into())]);
        assert_eq!(boss.submit(&path(3), &pairs(&form)).await, path(4));
        // It has no rating any more, and is with the others that have none.
        assert_eq!(keys(&boss.page("/admin/apps/blog/article").await)[3], order[4]);
    }
}
