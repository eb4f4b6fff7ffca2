//! The way back that a message offers after an act that has an opposite.

use mcp_admin::db::{GroupId, TokenId, UserId};
use mcp_admin::services::{groups, tokens, users};

use super::tokens::{MANAGER, at};
use crate::harness::{Agent, TestApp, Visitor, on_both};

/// Where the button of the message leads and what it sends, if there is one.
fn undo(page: &str) -> Option<(String, Vec<(String, String)>)> {
    let form = page.split(">Undo</button>").next().filter(|before| before.len() < page.len())?;
    let form = form.rsplit("<form").next()?;
    let value = |text: &str, name: &str| {
        let rest = text.split(&format!("{name}=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().replace("&amp;", "&")
    };
    let hidden = form.split("<input").skip(1).map(|input| (value(input, "name"), value(input, "value")));
    Some((value(form, "action"), hidden.collect()))
}

/// Presses the button on a page; where one is then.
async fn press(visitor: &Visitor, page: &str) -> String {
    let (path, fields) = undo(page).unwrap_or_else(|| panic!("no way back: {page}"));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    visitor.submit(&path, &fields).await
}

fn is_active(app: &TestApp, id: TokenId) -> bool {
    app.stored(id).is_active
}

fn new_group(app: &TestApp, name: &str, permissions: &[&str]) -> GroupId {
    let given: Vec<String> = permissions.iter().map(ToString::to_string).collect();
    let group = app.write(|tx, actor| groups::create(tx, actor, app.clock.now(), name)).id;
    app.write(|tx, actor| groups::grant(tx, actor, app.clock.now(), group, &given));
    group
}

on_both! {
    async fn a_token_comes_back_from_the_message_to_the_page_that_it_is_on(app) {
        let visitor = app.visitor("boss", &MANAGER).await;
        let agent = app.token(&["blog.view_article"]);
        visitor.submit(&at(agent.id(), "/deactivate"), &[]).await;
        let page = visitor.page("/admin/tokens?q=Agent").await;
        assert!(page.contains("data-duration=\"-1\""), "it stays until somebody dismisses it");
        assert_eq!(press(&visitor, &page).await, "/admin/tokens?q=Agent");
        assert_eq!(agent.status().await, 200);
        let page = visitor.page("/admin/tokens").await;
        assert!(page.contains("Agent is active again") && undo(&page).is_some());
        assert!(undo(&visitor.page("/admin/tokens").await).is_none(), "a message is shown once");
        visitor.submit(&at(agent.id(), "/activate"), &[]).await;
        assert!(undo(&visitor.page("/admin/tokens").await).is_none(), "nothing was changed that could be taken back");
    }

    async fn nobody_is_offered_a_way_back_that_would_be_refused(app) {
        let carl = app.visitor("carl", &["mcp.view_token", "mcp.change_token", "auth.change_user", "auth.view_user", "blog.view_tag"]).await;
        let group = new_group(&app, "Editors", &["blog.view_article"]);
        let direct = app.token(&["blog.view_article"]);
        let grouped = app.token_with(&[], |new| new.groups = vec![group]);
        for id in [direct.id(), grouped.id()] {
            carl.submit(&at(id, "/deactivate"), &[]).await;
            let page = carl.page("/admin/tokens").await;
            assert!(page.contains("is inactive") && undo(&page).is_none(), "{page}");
            assert_eq!(carl.post(&at(id, "/activate"), &[]).await.status, 403);
        }
        let owner = app.user("ada");
        carl.submit(&format!("/admin/users/{owner}/deactivate"), &[]).await;
        let page = carl.page("/admin/users").await;
        assert!(page.contains("ada was deactivated") && undo(&page).is_none(), "{page}");
        assert_eq!(carl.post(&format!("/admin/users/{owner}/activate"), &[]).await.status, 403);
        let eve = app.user("eve");
        app.write(|tx, actor| users::add_groups(tx, actor, app.clock.now(), eve, &[group]));
        carl.submit(&format!("/admin/groups/{group}/members/remove"), &[("user", &eve.to_string())]).await;
        let page = carl.page("/admin/users").await;
        assert!(page.contains("User taken out of the group") && undo(&page).is_none(), "{page}");
    }

    async fn of_many_only_those_come_back_that_were_changed(app) {
        let visitor = app.visitor("boss", &MANAGER).await;
        let agents = [app.token(&["blog.view_article"]), app.token(&[]), app.token(&[]), app.token(&["blog.delete_article"])];
        let ids = agents.each_ref().map(Agent::id);
        app.write(|tx, actor| tokens::deactivate(tx, actor, app.clock.now(), ids[2]));
        let texts = ids.map(|id| id.to_string());
        let mut fields: Vec<(&str, &str)> = texts.iter().map(|id| ("ids", id.as_str())).collect();
        fields.push(("do", "deactivate"));
        visitor.submit("/admin/tokens/bulk", &fields).await;
        assert_eq!(ids.map(|id| is_active(&app, id)), [false; 4]);
        let page = visitor.page("/admin/tokens?status=inactive").await;
        assert_eq!(press(&visitor, &page).await, "/admin/tokens?status=inactive");
        assert_eq!(ids.map(|id| is_active(&app, id)), [true, true, false, false]);
        let page = visitor.page("/admin/tokens").await;
        assert!(page.contains("2 tokens activated"), "{page}");
        press(&visitor, &page).await;
        assert_eq!(ids.map(|id| is_active(&app, id)), [false; 4]);
    }

    async fn users_and_members_come_back_too(app) {
        let boss = app.administrator("boss").await;
        let ada = app.user("ada");
        let list = "/admin/users?status=inactive";
        let path = format!("/admin/users/{ada}");
        assert_eq!(boss.submit(&format!("{path}/deactivate?next=/admin/users"), &[]).await, "/admin/users");
        let page = boss.page(list).await;
        assert!(page.contains("Sessions were ended, and tokens are refused."));
        assert_eq!(press(&boss, &page).await, list);
        let active = |id: UserId| app.db.read(|conn| users::show(conn, &mcp_admin::auth::Actor::cli(), id)).unwrap().is_active;
        assert!(active(ada));
        press(&boss, &boss.page(&path).await).await;
        assert!(!active(ada), "activating has an opposite, too");

        let group = new_group(&app, "Editors", &["blog.view_article"]);
        let members = format!("/admin/groups/{group}/members");
        let count = || app.db.read(|conn| groups::members(conn, &mcp_admin::auth::Actor::cli(), group)).unwrap().len();
        boss.submit(&members, &[("user", "ada")]).await;
        let page = boss.page(&format!("/admin/groups/{group}")).await;
        assert_eq!(count(), 1);
        press(&boss, &page).await;
        assert_eq!(count(), 0);
        press(&boss, &boss.page(&format!("/admin/groups/{group}")).await).await;
        assert_eq!(count(), 1);
        boss.submit(&members, &[("user", "ada")]).await;
        assert!(undo(&boss.page("/admin/groups").await).is_none(), "she was in it already");
    }

    async fn a_message_that_somebody_made_up_offers_nothing_else(app) {
        use base64::Engine;
        let boss = app.administrator("boss").await;
        for message in [
            r#"{"title":"Hello","undo":{"Delete":{"path":"/admin/users/1/delete"}}}"#,
            r#"{"title":"Hello","undo":{"Tokens":{"ids":["1/delete?x="],"activate":true}}}"#,
            "[]",
            "Hello",
        ] {
            let cookie = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(message);
            boss.set_cookie("mcp-admin-flash", Some(&cookie));
            let page = boss.page("/admin/").await;
            assert!(undo(&page).is_none() && !page.contains("Hello"), "{message}");
        }
    }
}
