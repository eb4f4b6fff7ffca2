//! The page of one token, and what is done from it.

use super::{MANAGER, at, hidden, secret};
use crate::harness::on_both;
use chrono::TimeDelta;
use mcp_admin::services::groups;
use serde_json::json;

on_both! {
    async fn the_page_says_how_it_stands_and_why_it_may_do_what(app) {
        let visitor = app.administrator("boss").await;
        let agent = app.token(&["blog.view_article", "blog.change_article"]);
        agent.refused("delete_article", json!({"id": 1})).await;
        agent.ok("update_article", json!({"id": 1, "data": {"title": "<i>new</i>"}})).await;
        app.guard.flush().unwrap();
        app.settle().await;
        let page = visitor.page(&at(agent.id(), "")).await;
        for words in ["view_article", "change_article", "Direct", "was refused: delete article", "Requests per day over the last 30 days: 2 in total", "History"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains("<i>new"));
        for (question, said, because) in [
            ("update_article", "Yes", "is granted directly"),
            ("delete_article", "No", "was not given"),
            ("blog.view_article", "Yes", "is granted directly"),
            ("blog.nonsense", "No", "There is no tool and no permission"),
            ("<script>", "No", "There is no tool and no permission"),
        ] {
            let answer = visitor.send(visitor.request("GET", &format!("{}?can={}", at(agent.id(), ""), question.replace('<', "%3C").replace('>', "%3E")))).await;
            assert!(answer.text.contains(&format!("{said}</b>")) && answer.text.contains(because), "{question}: {}", answer.text);
            assert!(!answer.text.contains("<script>alert") && !answer.text.contains("<code><script>"));
        }
        let late = app.token(&["blog.view_article"]);
        app.advance(TimeDelta::days(91));
        let boss = crate::harness::Visitor::new(&app.url);
        assert_eq!(boss.sign_in("boss").await.status, 303);
        let expired = boss.page(&format!("{}?can=list_article", at(late.id(), ""))).await;
        assert!(expired.contains("The token has expired"), "{expired}");
        assert_eq!(boss.get("/admin/tokens/999999").await.status, 404);
        assert_eq!(boss.get("/admin/tokens/x").await.status, 404);
    }

    async fn a_model_has_one_row_that_says_what_comes_from_where(app) {
        let boss = app.administrator("boss").await;
        let now = app.clock.now();
        let group = app.write(|tx, actor| groups::create(tx, actor, now, "Edit & ors")).id;
        let given = ["blog.view_article".to_owned(), "blog.view_tag".to_owned()];
        app.write(|tx, actor| groups::grant(tx, actor, now, group, &given));
        let agent = app.token_with(&["blog.view_article", "blog.delete_article", "blog.change_article"], |new| new.groups = vec![group]);
        let page = boss.page(&at(agent.id(), "")).await;
        let table = page.split("class=\"table held\"").nth(1).unwrap().split("</table>").next().unwrap();
        let rows: Vec<&str> = table.split("<tr>").skip(2).collect();
        assert_eq!(rows.len(), 2, "{table}");
        assert!(rows[0].contains(">Article<") && rows[0].contains("<td>View, Change, Delete</td>"), "{table}");
        let group_badge = format!("<a href=\"/admin/groups/{group}\"><span class=\"badge\" data-tone=\"info\">Edit &amp; ors</span></a>");
        assert!(rows[0].contains(&format!("{group_badge}<span class=\"muted small\">View</span>")), "{table}");
        assert!(rows[1].contains("<td>View</td>") && rows[1].contains(&group_badge) && !rows[1].contains("Direct"), "{table}");
        assert!(page.contains("4 permissions: 3 direct, 1 from Edit &amp; ors") && page.contains(">blog.delete_article<"), "{page}");
        let viewer = app.visitor("vera", &["mcp.view_token"]).await;
        assert!(!viewer.page(&at(agent.id(), "")).await.contains(&format!("href=\"/admin/groups/{group}\"")));
    }

    async fn it_is_rotated_from_its_own_page_with_a_choice_of_grace(app) {
        let visitor = app.visitor("boss", &MANAGER).await;
        let agent = app.token(&["blog.view_article"]);
        assert_eq!(agent.status().await, 200);
        app.guard.flush().unwrap();
        let path = at(agent.id(), "/rotate");
        let page = visitor.page(&at(agent.id(), "")).await;
        let dialog = page.split("<dialog class=\"dialog\" id=\"rotate\"").nth(1).unwrap().split("</dialog>").next().unwrap();
        assert!(page.contains("commandfor=\"rotate\" command=\"show-modal\"") && dialog.contains(&format!("action=\"{path}\"")), "{page}");
        assert!(page.contains(&format!("<noscript><a class=\"btn\" data-variant=\"outline\" href=\"{path}\"")), "{page}");
        for text in [dialog, &visitor.page(&path).await] {
            assert!(text.contains("value=\"24h\" checked") && text.contains("Enough for a deploy"), "nothing stops by itself: {text}");
            assert!(text.contains("The old secret was used") && text.contains(" from 127.0.0.1"), "{text}");
        }
        let once = hidden(dialog, "once");
        let answer = visitor.post(&path, &[("once", &once), ("grace", "1h")]).await;
        let new = app.agent(&secret(&answer.text));
        assert_eq!((new.status().await, agent.status().await), (200, 200));
        assert_eq!(visitor.post(&path, &[("once", &once), ("grace", "1h")]).await.status, 409, "one secret for one form");
        let carl = app.visitor("carl", &["mcp.view_token", "mcp.change_token"]).await;
        assert!(!carl.page(&at(agent.id(), "")).await.contains("id=\"rotate\""));
    }

    async fn it_is_switched_off_and_on_and_the_button_returns_to_its_list(app) {
        let visitor = app.visitor("boss", &MANAGER).await;
        let agent = app.token(&["blog.view_article"]);
        let list = "/admin/tokens?status=active&q=Agent";
        let page = visitor.page(list).await;
        let action = format!("{}?next=%2Fadmin%2Ftokens%3Fq%3DAgent%26status%3Dactive", at(agent.id(), "/deactivate"));
        assert!(page.contains(&format!(r#"formaction="{action}""#)), "{page}");
        assert_eq!(visitor.submit(&action, &[]).await, "/admin/tokens?q=Agent&status=active");
        assert_eq!(agent.status().await, 401);
        assert!(visitor.page("/admin/tokens").await.contains("Agent is inactive"));
        assert_eq!(visitor.submit(&at(agent.id(), "/activate?next=https://evil.example"), &[]).await, at(agent.id(), ""));
        assert_eq!(agent.status().await, 200);
        assert_eq!(visitor.post("/admin/tokens/999999/deactivate", &[]).await.status, 404);
    }

    async fn deleting_names_what_goes_and_asks_for_the_name_of_one_in_use(app) {
        let visitor = app.visitor("boss", &MANAGER).await;
        let (idle, busy) = (app.token(&["blog.view_article"]), app.token(&["blog.view_article"]));
        assert_eq!(busy.status().await, 200);
        app.guard.flush().unwrap();
        let page = visitor.page(&at(idle.id(), "/delete")).await;
        assert!(page.contains("What goes with it") && page.contains("1 of its own") && !page.contains("confirm"), "{page}");
        assert_eq!(visitor.submit(&at(idle.id(), "/delete"), &[]).await, "/admin/tokens");
        assert_eq!(visitor.get(&at(idle.id(), "")).await.status, 404);
        assert_eq!(idle.status().await, 401);
        let refused = visitor.post(&at(busy.id(), "/delete"), &[("confirm", "agent")]).await;
        assert!(refused.status == 422 && refused.text.contains("type the name"), "{}", refused.text);
        assert_eq!(busy.status().await, 200);
        visitor.submit(&at(busy.id(), "/delete"), &[("confirm", "Agent")]).await;
        assert_eq!(busy.status().await, 401);
        assert_eq!(app.log().iter().filter(|entry| entry.action == "deleted").count(), 2);
    }

    async fn nobody_sees_a_button_that_would_be_refused(app) {
        let viewer = app.visitor("vera", &["mcp.view_token"]).await;
        let agent = app.token(&["blog.view_article"]);
        let (list, page) = (viewer.page("/admin/tokens").await, viewer.page(&at(agent.id(), "")).await);
        for (place, text) in [("list", &list), ("page", &page)] {
            let text = text.split("<main").nth(1).unwrap().split("</main>").next().unwrap();
            for words in ["Rotate…", "Edit", "Deactivate", "Delete…", "New token", "Make a copy", "Change the owner", r#"name="ids""#] {
                assert!(!text.contains(words), "{place}: {words}: {text}");
            }
        }
        let forms = ["/edit", "/rotate", "/copy", "/transfer", "/delete", "/deactivate", "/activate"];
        for form in forms {
            let refused = viewer.post(&at(agent.id(), form), &[("once", "k"), ("grace", "0"), ("expires", "90")]).await;
            assert_eq!(refused.status, 403, "{form}");
        }
        for path in ["/admin/tokens/new", "/admin/tokens/bulk", "/admin/tokens/preview"] {
            assert_eq!(viewer.post(path, &[("ids", "1"), ("do", "delete"), ("sure", "on")]).await.status, 403, "{path}");
        }
        assert_eq!(agent.status().await, 200);
        let changer = app.visitor("carl", &["mcp.view_token", "mcp.change_token", "blog.view_article"]).await;
        let page = changer.page(&at(agent.id(), "")).await;
        assert!(page.contains("Rotate…") && page.contains("Deactivate") && !page.contains("Delete…") && !page.contains("Make a copy"), "{page}");
        let denied = changer.get(&at(agent.id(), "/delete")).await;
        assert!(denied.status == 403 && denied.text.contains("mcp.delete_token"), "{}", denied.text);
        let part = changer.htmx_get(&at(agent.id(), "/delete")).await;
        assert_eq!((part.status, part.header("hx-reswap")), (403, "none"));
        let adder = app.visitor("anna", &["mcp.add_token"]).await;
        assert!(adder.page("/admin/tokens").await.contains("mcp.view_token"));
        assert_eq!(adder.get("/admin/tokens/new").await.status, 200);
        let nobody = app.visitor("nora", &[]).await;
        assert_eq!(nobody.get("/admin/tokens").await.status, 403);
        assert_eq!(nobody.get("/admin/tokens.csv").await.status, 403);
    }
}
