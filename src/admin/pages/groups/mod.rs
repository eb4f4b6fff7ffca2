//! Groups: the list, the form, the members, the deletion.

mod delete;
mod edit;
mod members;
mod new;
mod preview;

use maud::{Markup, html};

use crate::admin::components::{Icon, Menu, MenuItem, empty, icon, number, pager, search_box, some_of};
use crate::admin::form::Query;
use crate::admin::leaf::{self, Turn};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::db::{GroupId, PermissionId};
use crate::services::Mark;
use crate::services::groups::{self, GroupFilter, GroupRow};

const SEE: Needs = Needs::AnyOf(&["auth.view_group", "auth.change_group"]);

/// The pages and forms of groups.
pub fn routes(table: &mut Table) {
    table.get("/groups", SEE, list);
    new::routes(table);
    preview::routes(table);
    edit::routes(table);
    members::routes(table);
    delete::routes(table);
}

async fn list(visit: Visit, query: Query) -> Answer {
    let turn = Turn::<Mark>::of(&query)?;
    let search = query.text("q").replace('\0', "");
    let permission: Option<i64> = query.value("permission", "use the id of a permission")?;
    let filter = GroupFilter {
        search: Some(search.clone()).filter(|text| !text.is_empty()),
        permission_id: permission.map(PermissionId),
    };
    let is_narrowed = filter.search.is_some() || permission.is_some();
    let leaf = visit
        .read(move |conn, visit| {
            let list = |backward: bool, slice: &_| groups::rows(conn, &visit.actor, &filter, backward, slice);
            leaf::turn(turn, true, list, groups::place)
        })
        .await?;
    let mut address = paths::groups();
    let kept = permission.map(|id| id.to_string());
    for (name, value) in [("q", Some(search.as_str())), ("permission", kept.as_deref())] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            address = address.with(name, value);
        }
    }
    let keep: Vec<(&str, &str)> = kept.iter().map(|id| ("permission", id.as_str())).collect();
    let rows = html! {
        @if leaf.rows.is_empty() {
            (nothing(&visit, is_narrowed))
        } @else {
            div class="table-container" {
                table class="table" role="table" {
                    thead role="rowgroup" {
                        tr role="row" {
                            th scope="col" role="columnheader" aria-sort="ascending" { "Name" }
                            th scope="col" role="columnheader" { "Permissions" }
                            th scope="col" role="columnheader" { "Users" }
                            th scope="col" role="columnheader" { "Tokens" }
                            th scope="col" role="columnheader" class="tight" { span class="sr-only" { "Actions" } }
                        }
                    }
                    tbody role="rowgroup" { @for row in &leaf.rows { (line(&visit, row)) } }
                }
            }
            (pager(&leaf.pager(&address)))
        }
    };
    let body = html! {
        div class="stack" {
            (search_box(&paths::groups(), &search, "Search by name", "Search groups", &keep, &Markup::default(), &Markup::default()))
            div class="card cards results" id="results" tabindex="-1" { (rows) }
        }
    };
    Ok(Page::new("Groups")
        .at(Place::Groups)
        .subtitle(html! { "A group gives its permissions to all its users and tokens." })
        .actions(new_button(&visit))
        .body(body)
        .respond(&visit))
}

fn new_button(visit: &Visit) -> Markup {
    html! {
        @if visit.may("auth.add_group") {
            a href=(paths::group_new()) class="btn" data-shortcut="n" { (icon(Icon::Plus)) "New group" }
        }
    }
}

fn nothing(visit: &Visit, is_narrowed: bool) -> Markup {
    if is_narrowed {
        let clear =
            html! { a class="btn" data-variant="outline" href=(paths::groups()) { "Clear the search" } };
        return empty(
            Icon::Search,
            "No group matches",
            &html! { "The names of groups were searched." },
            &clear,
        );
    }
    let text = html! { "Put the permissions that several tokens or people need into a group, and change them in one place." };
    empty(Icon::Users, "No groups yet", &text, &new_button(visit))
}

fn line(visit: &Visit, row: &GroupRow) -> Markup {
    let (group, size) = (&row.details.group, row.size);
    let apps = apps_of(&row.details.permissions);
    html! {
        tr role="row" {
            td role="cell" class="c-main" { a class="cell-main" href=(paths::group(group.id)) { (group.name) } @if !apps.is_empty() { span class="cell-sub" { (apps) } } }
            td role="cell" data-label="Permissions" class="num" { (number(i64::try_from(row.details.permissions.len()).unwrap_or(i64::MAX))) }
            td role="cell" data-label="Users" class="num" {
                @if size.users > 0 && visit.may("auth.view_user") { a class="link" href=(paths::users().with("group", group.id)) { (number(size.users)) } }
                @else { (number(size.users)) }
            }
            td role="cell" data-label="Tokens" class="num" {
                @if size.tokens > 0 && visit.may("mcp.view_token") { a class="link" href=(paths::tokens().with("group", &group.name)) { (number(size.tokens)) } }
                @else { (number(size.tokens)) }
            }
            td role="cell" class="tight c-menu" { (menu(visit, group.id, &group.name, true)) }
        }
    }
}

/// "blog, shop and 2 more"
fn apps_of(permissions: &[String]) -> String {
    let mut apps: Vec<String> =
        permissions.iter().filter_map(|name| name.split_once('.')).map(|(app, _)| app.to_owned()).collect();
    apps.dedup();
    let count = i64::try_from(apps.len()).unwrap_or(i64::MAX);
    apps.truncate(3);
    some_of(&apps, count)
}

/// What can be done to a group.
fn menu(visit: &Visit, id: GroupId, name: &str, with_edit: bool) -> Markup {
    let mut items = Vec::new();
    if with_edit {
        let (sign, text) =
            if visit.may("auth.change_group") { (Icon::Pencil, "Edit") } else { (Icon::Info, "View") };
        items.push(MenuItem::Link(sign, text, paths::group(id)));
    }
    if visit.may("admin.view_logentry") {
        let history = paths::audit().with("model", "auth.group").with("object_id", id);
        items.push(MenuItem::Link(Icon::History, "View history", history));
    }
    if visit.may("auth.delete_group") {
        if !items.is_empty() {
            items.push(MenuItem::Separator);
        }
        items.push(MenuItem::Danger(Icon::Trash2, "Delete…", paths::group_delete(id)));
    }
    Menu { id: format!("g{id}"), label: &format!("Actions for {name}"), items }.render()
}
