//! The audit log as people read it: filters, the story of a request, an entry, files.

use chrono::TimeDelta;
use mcp_admin::auth::Actor;
use mcp_admin::services::audit::{self, Action, Target};
use mcp_admin::services::groups;
use serde_json::{Value, json};

use crate::harness::{TestApp, Visitor, on_both};

/// Writes entries about articles of the blog, the first of them the oldest.
fn write_entries(app: &TestApp, count: usize) {
    app.write(|tx, actor| {
        for n in 0..count {
            let target = Target::new("blog", "article", n, &format!("Article no {n}."));
            let changes = json!({"before": {"title": "old"}, "after": {"title": format!("new {n}")}});
            audit::record(tx, actor, app.clock.now(), Action::Changed, &target, &changes)?;
        }
        Ok(())
    });
}

/// The numbers of the articles that a page shows, in its order.
fn shown(page: &str) -> Vec<usize> {
    let parts = page.split("\u{201c}Article no ").skip(1);
    parts.map(|part| part.split('.').next().unwrap().parse().unwrap()).collect()
}

/// The address behind a link of the pager.
fn link(page: &str, rel: &str) -> Option<String> {
    let end = page.find(&format!("rel=\"{rel}\""))?;
    let start = page[..end].rfind("href=\"")? + 6;
    Some(page[start..end].split('"').next()?.replace("&amp;", "&"))
}

async fn count(visitor: &Visitor, query: &str) -> usize {
    shown(&visitor.page(&format!("/admin/audit?{query}")).await).len()
}

on_both! {
    async fn the_log_is_turned_both_ways_without_gaps_and_the_newest_comes_first(app) {
        write_entries(&app, 120);
        let visitor = app.visitor("vera", &["admin.view_logentry"]).await;
        let first = visitor.page("/admin/audit?model=blog.article").await;
        assert_eq!(shown(&first), (70..120).rev().collect::<Vec<_>>());
        assert_eq!(link(&first, "prev"), None);
        let second = visitor.page(&link(&first, "next").unwrap()).await;
        assert_eq!(shown(&second), (20..70).rev().collect::<Vec<_>>());
        write_entries(&app, 1);
        let third = visitor.page(&link(&second, "next").unwrap()).await;
        assert_eq!(shown(&third), (0..20).rev().collect::<Vec<_>>());
        assert_eq!(link(&third, "next"), None);
        let back = visitor.page(&link(&third, "prev").unwrap()).await;
        assert_eq!(shown(&back), shown(&second));
        assert_eq!(visitor.get("/admin/audit?after=nonsense").await.status, 400);
    }

    async fn every_filter_narrows_the_log(app) {
        write_entries(&app, 4);
        let agent = app.token_with(&["blog.view_article"], |new| new.name = "Nosy".into());
        agent.refused("delete_article", json!({"id": 1})).await;
        let visitor = app.visitor("vera", &["admin.view_logentry", "mcp.view_token"]).await;
        crate::harness::eventually("the refusal is written", std::time::Duration::from_secs(20), async || {
            app.log().iter().any(|entry| entry.action == "denied")
        }).await;
        for (query, expected) in [
            ("q=article+no+2", 1),
            ("action=changed&model=blog.article", 4),
            ("action=deleted", 0),
            ("surface=cli&model=blog", 4),
            ("surface=mcp&model=blog.article", 0),
            ("outcome=done&model=blog.article", 4),
            ("who=COMMAND+LINE&model=blog.article", 4),
            ("object_id=3&model=blog.article", 1),
            ("within=1h&model=blog.article", 4),
            ("until=2001-01-01T00:00", 0),
            ("since=2001-01-01T00:00&model=blog.article", 4),
        ] {
            assert_eq!(count(&visitor, query).await, expected, "{query}");
        }
        for query in ["outcome=denied", "token=Nosy", &format!("token={}", agent.id())] {
            let page = visitor.page(&format!("/admin/audit?{query}")).await;
            assert!(page.contains("blog.delete_article") && page.contains("Nosy"), "{query}");
            assert!(!page.contains("Article no"), "{query}");
        }
        for (query, message) in [("token=nobody", "There is no token"), ("since=yesterday", "in UTC")] {
            let page = visitor.page(&format!("/admin/audit?{query}")).await;
            assert!(page.contains(message), "{query}");
        }
        app.advance(TimeDelta::hours(2));
        assert_eq!(visitor.sign_in("vera").await.status, 303);
        assert_eq!(count(&visitor, "within=1h&model=blog.article").await, 0);
    }

    async fn refusals_are_told_in_words_and_kept_as_they_were(app) {
        let (boss, lena) = (app.administrator("boss").await, app.visitor("lena", &["blog.view_tag"]).await);
        assert_eq!(lena.get("/admin/apps/blog/tag/1/delete").await.status, 403);
        let wrong = [("username", "lena"), ("password", "not hers")];
        assert_eq!(Visitor::new(&app.url).post("/admin/sign-in", &wrong).await.status, 422);
        app.settle().await;
        let dashboard = boss.page("/admin/").await;
        for told in ["lena</b> was refused: delete tag", "lena</b> failed to sign in"] {
            assert!(dashboard.contains(told), "{told}: {dashboard}");
        }
        assert!(!dashboard.contains("{key}"), "{dashboard}");
        let route = "GET /admin/apps/{app}/{model}/{key}/delete";
        let log = boss.page("/admin/audit?outcome=denied").await;
        for told in [">delete tag</span>", "sign in from <code>127.0.0.1", route, "blog.delete_tag", "Wrong password, or not staff"] {
            assert!(log.contains(told), "{told}: {log}");
        }
        let refusal = app.log().into_iter().find(|entry| entry.object_repr == route).unwrap();
        let page = boss.page(&format!("/admin/audit/{}", refusal.id)).await;
        assert!(page.contains("<h2>Delete tag</h2>"), "{page}");
    }

    async fn people_and_things_are_chosen_above_the_log(app) {
        write_entries(&app, 1);
        let boss = app.administrator("boss").await;
        boss.submit("/admin/groups/new", &[("name", "Editors")]).await;
        let page = boss.page("/admin/audit?who=boss&model=auth.group").await;
        assert!(page.contains("<option value=\"boss\" selected>boss</option>"), "{page}");
        assert!(page.contains("<option value=\"auth.group\" selected>Groups</option>") && page.contains("Group Editors"), "{page}");
        assert!(!page.contains("Article no") && page.contains("<option value=\"blog.article\">"), "{page}");
        // What an address asks for stays, whatever is offered.
        let page = boss.page("/admin/audit?who=Somebody+gone&model=old.thing").await;
        assert!(page.contains("selected>Somebody gone</option>") && page.contains("selected>old.thing</option>"), "{page}");
        // Whoever may not see people types a name, and is offered no model whose records are hidden.
        let vera = app.visitor("vera", &["admin.view_logentry"]).await;
        let page = vera.page("/admin/audit?who=boss").await;
        assert!(page.contains("placeholder=\"Username\"") && !page.contains("Anyone") && !page.contains("\"blog.article\""), "{page}");
    }

    async fn one_request_tells_its_whole_story_and_an_entry_has_a_page(app) {
        let boss = app.administrator("boss").await;
        let to = boss.submit("/admin/groups/new", &[("name", "Editors"), ("perm", "blog.change_article")]).await;
        let entry = app.log().into_iter().find(|entry| entry.model == "group").unwrap();
        let request = entry.request_id.clone().unwrap();
        let story = boss.page(&format!("/admin/audit?request_id={request}")).await;
        assert_eq!(story.matches("<details class=\"event\"").count(), 2, "made and given a permission: {story}");
        assert!(story.contains("Editors") && story.contains("blog.change_article"));
        let page = boss.page(&format!("/admin/audit/{}", entry.id)).await;
        for text in [to.as_str(), request.as_str(), "blog.change_article", "boss", "Admin pages"] {
            assert!(page.contains(text), "{text}");
        }
        assert_eq!(boss.get("/admin/audit/999999").await.status, 404);
    }

    async fn the_files_have_what_the_list_has(app) {
        write_entries(&app, 1100);
        let visitor = app.visitor("vera", &["admin.view_logentry"]).await;
        let answer = visitor.get("/admin/audit.jsonl?model=blog.article").await;
        assert_eq!(answer.header("content-type"), "application/x-ndjson; charset=utf-8");
        assert!(answer.header("content-disposition").contains("audit-log.jsonl"));
        let lines: Vec<Value> = answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let ids: Vec<usize> = lines.iter().map(|line| line["object_id"].as_str().unwrap().parse().unwrap()).collect();
        assert_eq!(ids, (0..1100).collect::<Vec<_>>());
        assert_eq!(lines[7]["changes"]["after"]["title"], "new 7");
        let csv = visitor.get("/admin/audit.csv?model=blog.article&object_id=7").await;
        assert_eq!(csv.text.lines().count(), 2, "{}", csv.text);
        assert!(csv.text.starts_with("id,at,user_id,actor,"));
        assert_eq!(visitor.get("/admin/audit.csv?since=never").await.status, 422);
    }

    async fn the_log_is_for_those_who_may_see_it(app) {
        let other = app.visitor("otto", &["mcp.view_token", "auth.view_group"]).await;
        for path in ["/admin/audit", "/admin/audit.csv", "/admin/audit.jsonl", "/admin/audit/1"] {
            assert_eq!(other.get(path).await.status, 403, "{path}");
        }
        let page = other.page("/admin/groups").await;
        assert!(!page.contains("/admin/audit"), "no link leads to a page that is refused");
    }

    async fn r29_what_people_typed_is_shown_as_text(app) {
        const PAYLOAD: &str = "<script>alert(1)</script>";
        let boss = app.administrator("boss").await;
        app.write(|tx, actor| groups::create(tx, actor, app.clock.now(), PAYLOAD));
        app.db.write(|tx| {
            let target = Target::new("blog", PAYLOAD, PAYLOAD, PAYLOAD);
            let changes = json!({"before": {PAYLOAD: PAYLOAD}, "after": {PAYLOAD: [PAYLOAD]}, PAYLOAD: PAYLOAD});
            audit::record(tx, &Actor::cli(), app.clock.now(), Action::Changed, &target, &changes)
        }).unwrap();
        for path in [
            "/admin/audit".to_owned(),
            "/admin/".to_owned(),
            format!("/admin/audit?q={PAYLOAD}&who={PAYLOAD}&model={PAYLOAD}&since={PAYLOAD}"),
            format!("/admin/audit/{}", app.log()[0].id),
        ] {
            let page = boss.page(&path).await;
            assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains(PAYLOAD), "{path}");
        }
    }
}
