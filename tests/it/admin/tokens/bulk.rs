//! Something done to many tokens.

use super::MANAGER;
use crate::harness::on_both;

on_both! {
    async fn many_are_switched_given_an_expiry_and_deleted_after_a_page_that_asks(app) {
        let visitor = app.visitor("boss", &MANAGER).await;
        let agents = [app.token(&["blog.view_article"]), app.token(&["blog.view_article"]), app.token(&["blog.delete_article"])];
        let ids: Vec<String> = agents.iter().map(|agent| agent.id().to_string()).collect();
        let send = async |more: &[(&str, &str)]| {
            let mut fields: Vec<(&str, &str)> = ids.iter().map(|id| ("ids", id.as_str())).collect();
            fields.extend([("next", "/admin/tokens?status=unused"), ("ids", "x")]);
            fields.extend(more);
            visitor.post("/admin/tokens/bulk", &fields).await
        };
        for nothing in ["none", "nonsense"] {
            assert_eq!(send(&[("do", nothing)]).await.header("location"), "/admin/tokens?status=unused");
        }
        let statuses = async || [agents[0].status().await, agents[1].status().await, agents[2].status().await];
        assert_eq!(statuses().await, [200; 3]);
        let off = send(&[("do", "deactivate")]).await;
        assert_eq!((off.status, off.header("location")), (303, "/admin/tokens?status=unused"));
        assert_eq!(statuses().await, [401; 3]);
        assert!(visitor.page("/admin/tokens").await.contains("3 tokens deactivated"));
        send(&[("do", "activate")]).await;
        assert_eq!(statuses().await, [200, 200, 401], "who revives must hold");
        let page = visitor.page("/admin/tokens").await;
        assert!(page.contains("2 tokens activated; 1 not:") && page.contains("blog.delete_article"), "{page}");
        let ask = send(&[("do", "expiry")]).await;
        assert!(ask.status == 200 && ask.text.contains("When do 3 tokens expire?"), "{}", ask.text);
        assert_eq!(send(&[("do", "expiry"), ("expires", "soon")]).await.status, 422);
        send(&[("do", "expiry"), ("expires", "never")]).await;
        assert_eq!(agents.each_ref().map(|agent| app.stored(agent.id()).expires_at.is_none()), [true, true, false]);
        let ask = send(&[("do", "delete")]).await;
        assert!(ask.status == 200 && ask.text.contains("Delete 3 tokens?") && ask.text.contains("Keep them"), "{}", ask.text);
        assert_eq!(app.stored(agents[0].id()).name, "Agent", "nothing is gone yet");
        assert_eq!(send(&[("do", "delete"), ("sure", "on")]).await.status, 303);
        assert_eq!(statuses().await, [401; 3]);
        assert!(visitor.page("/admin/tokens").await.contains("3 tokens deleted"));
    }

    async fn who_may_not_delete_deletes_none_of_many(app) {
        let visitor = app.visitor("carl", &["mcp.view_token", "mcp.change_token"]).await;
        let agent = app.token(&[]);
        let id = agent.id().to_string();
        let page = visitor.page("/admin/tokens").await;
        assert!(page.contains("Set expiry…") && !page.contains("Delete…"), "{page}");
        for fields in [vec![("ids", id.as_str()), ("do", "delete")], vec![("ids", id.as_str()), ("do", "delete"), ("sure", "on")]] {
            assert_eq!(visitor.post("/admin/tokens/bulk", &fields).await.status, 403);
        }
        assert_eq!(agent.status().await, 200);
    }
}
