//! Deleting a group: whom that concerns, then the act.

use actix_web::web;
use maud::html;

use crate::admin::components::{Goes, Icon, goes_with, icon, plural, some_of};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::db::GroupId;
use crate::services::groups;

const NEEDS: Needs = Needs::AnyOf(&["auth.delete_group"]);

pub fn routes(table: &mut Table) {
    table.get("/groups/{id}/delete", NEEDS, ask);
    table.post("/groups/{id}/delete", NEEDS, delete);
}

async fn ask(visit: Visit, id: web::Path<i64>) -> Answer {
    let id = GroupId(*id);
    let (details, affected) =
        visit.read(move |conn, visit| groups::deletion(conn, &visit.actor, visit.now, id)).await?;
    let (name, size) = (&details.group.name, affected.size);
    let users: Vec<String> = affected.users.iter().flatten().map(|user| user.username.clone()).collect();
    let tokens: Vec<String> = affected.tokens.iter().flatten().map(|row| row.token.name.clone()).collect();
    let permissions = i64::try_from(details.permissions.len()).unwrap_or(i64::MAX);
    let shown: Vec<String> = details.permissions.iter().take(2).cloned().collect();
    let goes = [
        Goes { kind: "Group", fate: "Deleted", is_lost: true, text: html! { (name) }, count: 1 },
        Goes {
            kind: "Users",
            fate: "Unlinked",
            is_lost: false,
            text: html! { "they stay, and lose what the group gave: " (some_of(&users, size.users)) },
            count: size.users,
        },
        Goes {
            kind: "Tokens",
            fate: "Unlinked",
            is_lost: false,
            text: html! { "they stay, and lose what the group gave: " (some_of(&tokens, size.tokens)) },
            count: size.tokens,
        },
        Goes {
            kind: "Permissions",
            fate: "Unlinked",
            is_lost: false,
            text: html! { "no longer given by it: " (some_of(&shown, permissions)) },
            count: permissions,
        },
    ];
    let keep = if visit.may("auth.view_group") || visit.may("auth.change_group") {
        paths::group(id)
    } else {
        paths::dashboard()
    };
    let body = html! {
        form method="post" action=(paths::group_delete(id)) class="stack stack-lg" {
            (goes_with(&goes))
            div class="actions" {
                button type="submit" class="btn solid" data-variant="destructive" { (icon(Icon::Trash2)) "Delete the group" }
                a href=(keep) class="btn" data-variant="outline" autofocus { "Keep it" }
            }
        }
    };
    let lost = format!(
        "{} and {} lose what it gives. It cannot be undone.",
        plural(size.users, "user", "users"),
        plural(size.tokens, "token", "tokens")
    );
    Ok(Page::new(format!("Delete the group {name}?"))
        .at(Place::Groups)
        .below("Groups", paths::groups())
        .subtitle(html! { (lost) })
        .narrow()
        .body(body)
        .respond(&visit))
}

async fn delete(visit: Visit, id: web::Path<i64>) -> Answer {
    let id = GroupId(*id);
    visit.write(move |tx, visit| groups::delete(tx, &visit.actor, visit.now, id)).await?;
    let sees = visit.may("auth.view_group") || visit.may("auth.change_group");
    Ok(visit.done(&if sees { paths::groups() } else { paths::dashboard() }, "Group deleted"))
}
