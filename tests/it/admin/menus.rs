//! The menus of rows: an act is offered exactly where sending it would be allowed.

use mcp_admin::db::{TokenId, UserId};
use mcp_admin::services::{groups, tokens, users};

use crate::harness::{TestApp, Visitor, on_both};

/// The row of a list that leads to this address.
fn row<'p>(page: &'p str, path: &str) -> &'p str {
    let rows = page.split("<tr").find(|row| row.contains(&format!("href=\"{path}\"")));
    rows.unwrap_or_else(|| panic!("{path}: {page}"))
}

/// Whether the row of `path` offers an act, and whether the act is allowed.
async fn compare(visitor: &Visitor, list: &str, path: &str, act: &str, form: bool) -> (bool, bool) {
    let page = visitor.page(list).await;
    let offered = row(&page, path).contains(&format!("{path}/{act}"));
    let answer = if form {
        visitor.post(&format!("{path}/{act}"), &[]).await
    } else {
        visitor.get(&format!("{path}/{act}")).await
    };
    assert!([200, 303, 403, 409].contains(&answer.status), "{}", answer.text);
    (offered, answer.status < 400 && !answer.text.contains("somebody who has it must rotate it"))
}

/// Tokens that hold nothing, something themselves, and something by a group; all switched off.
fn tokens_of(app: &TestApp) -> Vec<TokenId> {
    let now = app.clock.now();
    let group = app.write(|tx, actor| groups::create(tx, actor, now, "Editors")).id;
    app.write(|tx, actor| groups::grant(tx, actor, now, group, &["blog.view_article".into()]));
    let agents = [
        app.token(&[]),
        app.token(&["blog.view_article"]),
        app.token_with(&[], |new| new.groups = vec![group]),
    ];
    agents.map(|agent| agent.id()).to_vec()
}

on_both! {
    async fn the_menu_of_a_token_offers_what_is_allowed_groups_counted(app) {
        let ids = tokens_of(&app);
        let weak = app.visitor("weak", &["mcp.view_token", "mcp.change_token"]).await;
        let strong = app.visitor("strong", &["mcp.view_token", "mcp.change_token", "blog.view_article"]).await;
        let mut offers = Vec::new();
        for (visitor, all) in [(&weak, false), (&strong, true)] {
            for (n, id) in ids.iter().enumerate() {
                let path = format!("/admin/tokens/{id}");
                let (offered, allowed) = compare(visitor, "/admin/tokens", &path, "rotate", false).await;
                assert_eq!((offered, allowed), (all || n == 0, all || n == 0), "rotate {n}");
                app.write(|tx, actor| tokens::deactivate(tx, actor, app.clock.now(), *id));
                let (offered, allowed) = compare(visitor, "/admin/tokens", &path, "activate", true).await;
                assert_eq!(offered, allowed, "activate {n}");
                offers.push(offered);
                let (offered, allowed) = compare(visitor, "/admin/tokens", &path, "delete", false).await;
                assert!(!offered && !allowed);
            }
        }
        assert_eq!(offers, [true, false, false, true, true, true]);
    }

    async fn the_menu_of_a_user_offers_what_is_allowed_the_tokens_counted(app) {
        tokens_of(&app);
        let now = app.clock.now();
        let (owner, idle, reader) = (app.user("ada"), app.user("idle"), app.user("reader"));
        app.write(|tx, actor| users::grant(tx, actor, now, reader, &["blog.view_article".into()]));
        let boss = app.administrator("boss").await;
        let root = app.user("boss");
        let weak = app.visitor("weak", &["auth.view_user", "auth.change_user"]).await;
        let strong = app.visitor("strong", &["auth.view_user", "auth.change_user", "auth.delete_user", "blog.view_article"]).await;
        let viewer = app.visitor("viewer", &["auth.view_user"]).await;
        let off = |id: UserId| app.write(|tx, actor| users::deactivate(tx, actor, app.clock.now(), id));
        for (visitor, expected) in [
            (&viewer, [false; 3]),
            (&weak, [false, true, false]),
            (&strong, [true; 3]),
            (&boss, [true; 3]),
        ] {
            for (id, may) in [owner, idle, reader].into_iter().zip(expected) {
                off(id);
                let path = format!("/admin/users/{id}");
                let found = compare(visitor, "/admin/users", &path, "activate", true).await;
                assert_eq!(found, (may, may), "{id}");
                app.write(|tx, actor| users::activate(tx, actor, app.clock.now(), id));
                let (offered, allowed) = compare(visitor, "/admin/users", &path, "deactivate", true).await;
                assert_eq!(offered, allowed, "{id}");
                let (offered, allowed) = compare(visitor, "/admin/users", &path, "delete", false).await;
                assert_eq!(offered, allowed, "{id}");
            }
        }
        let path = format!("/admin/users/{root}");
        for visitor in [&viewer, &weak, &strong, &boss] {
            assert_eq!(compare(visitor, "/admin/users", &path, "deactivate", true).await, (false, false), "the last superuser");
        }
    }
}
