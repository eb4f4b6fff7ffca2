//! What saving a form of permissions would change, told while one ticks; and what did change, afterwards.

use mcp_admin::db::GroupId;
use mcp_admin::services::{groups, users};
use serde_json::json;

use crate::harness::{TestApp, on_both};

fn new_group(app: &TestApp, permissions: &[&str]) -> GroupId {
    let given: Vec<String> = permissions.iter().map(ToString::to_string).collect();
    let group = app.write(|tx, actor| groups::create(tx, actor, app.clock.now(), "Editors")).id;
    app.write(|tx, actor| groups::grant(tx, actor, app.clock.now(), group, &given));
    group
}

/// The words of the card "If you save".
fn effect(page: &str) -> String {
    let card = page
        .split("id=\"effect\"")
        .nth(1)
        .unwrap_or_else(|| panic!("{page}"))
        .split("</section></section>")
        .next()
        .unwrap();
    let mut text = String::new();
    let mut is_tag = true;
    for letter in card.chars() {
        match letter {
            '<' => is_tag = true,
            '>' => (is_tag, text) = (false, format!("{text} ")),
            _ if !is_tag => text.push(letter),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

on_both! {
    async fn a_group_tells_what_saving_would_change_and_whom_that_concerns(app) {
        let boss = app.administrator("boss").await;
        let group = new_group(&app, &["blog.view_tag", "blog.add_tag", "blog.change_tag"]);
        let agent = app.token_with(&[], |new| new.groups = vec![group]);
        agent.ok("create_tag", json!({"data": {"name": "New", "slug": "new"}})).await;
        let path = format!("/admin/groups/{group}");
        assert!(effect(&boss.page(&path).await).contains("No permission is added or removed."));
        let id = group.to_string();
        let ask = async |ticked: &[(&str, &str)]| {
            let mut fields = vec![("group", id.as_str()), ("name", "Editors")];
            fields.extend(ticked);
            let answer = boss.htmx_post("/admin/groups/preview", &fields).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert!(answer.text.contains("hx-target=\"#effect\"") && answer.text.contains("id=\"picker\""));
            effect(&answer.text)
        };
        let said = ask(&[("perm", "blog.view_tag"), ("perm", "blog.change_tag"), ("perm", "blog.view_author"), ("perm", "blog.delete_author")]).await;
        assert!(said.contains("Adds view and delete for Author") && said.contains("Removes add for Tag"), "{said}");
        assert!(said.contains("1 token added tags in the last 30 days") && !said.contains("affected"), "{said}");
        let said = ask(&[("perm", "blog.view_tag"), ("perm", "blog.add_tag")]).await;
        assert!(said.contains("Removes change for Tag 1 token and 0 users are affected"), "{said}");
        let said = ask(&[("preset", "blog.tag:none")]).await;
        assert!(said.contains("Removes view, add and change for Tag"), "{said}");
        let given = app.db.read(|conn| groups::show(conn, &mcp_admin::auth::Actor::cli(), group)).unwrap();
        assert_eq!(given.permissions.len(), 3, "a preview saves nothing");

        let clerk = app.visitor("clerk", &["auth.change_group", "blog.view_tag"]).await;
        let fields = [("group", id.as_str()), ("perm", "blog.view_tag"), ("perm", "blog.change_tag")];
        let said = effect(&clerk.htmx_post("/admin/groups/preview", &fields).await.text);
        assert!(said.contains("1 token and 0 users are affected"), "who may not see the log hears nothing of it: {said}");

        boss.submit(&path, &[("name", "Editors"), ("perm", "blog.view_tag"), ("perm", "blog.delete_tag")]).await;
        let page = boss.page(&path).await;
        assert!(page.contains("Its members can now also delete tags. Its members can no longer add and change tags."), "{page}");
    }

    async fn a_user_tells_what_ticking_a_group_or_a_permission_would_change(app) {
        let boss = app.administrator("boss").await;
        let group = new_group(&app, &["blog.view_tag", "blog.add_tag"]);
        let ada = app.user("ada");
        app.write(|tx, actor| users::grant(tx, actor, app.clock.now(), ada, &["blog.view_tag".into(), "blog.view_author".into()]));
        let (id, in_group) = (ada.to_string(), group.to_string());
        let fields = [("user", id.as_str()), ("username", "ada"), ("groups", in_group.as_str()), ("perm", "blog.view_tag")];
        let answer = boss.htmx_post("/admin/users/preview", &fields).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let said = effect(&answer.text);
        assert!(said.contains("Adds add for Tag Removes view for Author"), "what she keeps is no change: {said}");
        assert!(answer.text.contains("View, Add from Editors") || answer.text.contains("Add, View from Editors"), "{}", answer.text);
        assert_eq!(boss.htmx_post("/admin/users/preview", &[("user", "999999")]).await.status, 404);
        let path = format!("/admin/users/{ada}");
        boss.submit(&path, &fields[1..]).await;
        assert!(boss.page(&path).await.contains("They can now also add tags. They can no longer view authors."));
    }

    async fn a_saved_token_says_what_it_can_now(app) {
        let boss = app.administrator("boss").await;
        let agent = app.token(&["blog.view_tag", "blog.view_author"]);
        let path = format!("/admin/tokens/{}/edit", agent.id());
        let page = boss.page(&path).await;
        let version = super::tokens::hidden(&page, "version");
        let fields = [("version", version.as_str()), ("name", "Agent"), ("user", "ada"), ("expires", "keep"), ("active", "on")];
        let more = [("perm", "blog.view_tag"), ("perm", "blog.change_tag"), ("perm", "blog.delete_tag")];
        boss.submit(&path, &[&fields[..], &more].concat()).await;
        let page = boss.page("/admin/tokens").await;
        assert!(page.contains("It can now also change and delete tags. It can no longer view authors."), "{page}");
    }
}
