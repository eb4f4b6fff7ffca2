//! The users in a group: adding one by name, taking one out.

use actix_web::http::StatusCode;
use actix_web::web;
use maud::{Markup, html};

use crate::admin::components::{Field, Icon, Tone, alert, icon, some_of};
use crate::admin::flash::Flash;
use crate::admin::form::{Form, FormErrors};
use crate::admin::page::{Page, Place};
use crate::admin::paths::{self, Path};
use crate::admin::routes::{Needs, Table};
use crate::admin::undo::Undo;
use crate::admin::visit::{Answer, Visit};
use crate::db::{GroupId, Tx, UserId};
use crate::error::{Error, Result};
use crate::services::groups::{self, Affected, Group};
use crate::services::references::{self, Reference};
use crate::services::users;

/// Whoever changes what users are in; the page that leads here shows groups and users.
const NEEDS: Needs = Needs::AnyOf(&["auth.change_user"]);

/// Members of a kind that a line names.
const NAMED: usize = 4;

pub fn routes(table: &mut Table) {
    table.post("/groups/{id}/members", NEEDS, add);
    table.post("/groups/{id}/members/remove", NEEDS, remove);
}

async fn add(visit: Visit, id: web::Path<i64>, form: Form) -> Answer {
    let id = GroupId(*id);
    let name = form.text("user").to_owned();
    let added = visit
        .write(move |tx, visit| {
            if name.is_empty() {
                return Err(Error::invalid("user", "enter a username"));
            }
            let user = references::user(tx, &Reference::Name(name))?;
            let was_in = is_in(tx, visit, user, id)?;
            groups::add_member(tx, &visit.actor, visit.now, id, user)?;
            Ok((!was_in).then_some(Undo::RemoveMember { group: id.0, user: user.0 }))
        })
        .await;
    match added {
        Ok(undo) => Ok(visit.done(&back(&visit, id), Flash::new("User added to the group").undo(undo))),
        Err(error @ Error::NotFound(_)) => Err(error),
        Err(error) => {
            let errors = FormErrors::of(error)?;
            let body = html! {
                section class="card form-card" {
                    header { h2 { "Add a user to the group" } }
                    section {
                        @if let Some(general) = &errors.general { (alert(Tone::Bad, &html! { (general) })) }
                        (add_form(id, form.text("user"), &errors))
                    }
                }
            };
            let page = Page::new("Add a user").at(Place::Groups).below("Groups", paths::groups());
            Ok(page.narrow().body(body).status(StatusCode::UNPROCESSABLE_ENTITY).failed().respond(&visit))
        }
    }
}

async fn remove(visit: Visit, id: web::Path<i64>, form: Form) -> Answer {
    let id = GroupId(*id);
    let user = form.value("user", "use the id of a user")?.map(UserId);
    let user = user.ok_or_else(|| Error::Malformed("The form names no user".into()))?;
    let undo = visit
        .write(move |tx, visit| {
            let was_in = is_in(tx, visit, user, id)?;
            groups::remove_member(tx, &visit.actor, visit.now, id, user)?;
            let name = users::show(tx, &visit.actor, user)?.username;
            let may_return = was_in && groups::may_give(tx, &visit.actor, id)?;
            Ok(may_return.then_some(Undo::AddMember { group: id.0, user: name }))
        })
        .await?;
    Ok(visit.done(&back(&visit, id), Flash::new("User taken out of the group").undo(undo)))
}

fn is_in(tx: &mut Tx<'_>, visit: &Visit, user: UserId, id: GroupId) -> Result<bool> {
    Ok(users::groups(tx, &visit.actor, user)?.iter().any(|group| group.id == id))
}

/// To the group, for those who may see it.
fn back(visit: &Visit, id: GroupId) -> Path {
    if visit.may("auth.view_group") || visit.may("auth.change_group") {
        paths::group(id)
    } else {
        paths::dashboard()
    }
}

fn add_form(id: GroupId, typed: &str, errors: &FormErrors) -> Markup {
    html! {
        form method="post" action=(paths::group_members(id)) hx-post=(paths::group_members(id)) hx-target="#main" hx-select="#main"
            hx-swap="outerHTML" hx-indicator="#progress" class="stack stack-sm" data-focus-first {
            (Field::new("user", "Username").value(typed).autocomplete("off").errors(errors).render())
            div { button class="btn" data-variant="outline" data-size="sm" { (icon(Icon::Plus)) "Add to the group" } }
        }
    }
}

/// Who is in the group, as far as the visitor may see, with the means to change it.
pub fn card(visit: &Visit, group: &Group, affected: &Affected) -> Markup {
    let may_change = visit.may("auth.change_user");
    let size = affected.size;
    let line = |sign: Icon, names: &[String], count: i64, none: &str, path: Path| {
        html! {
            li {
                (icon(sign))
                span { @if count == 0 { span class="muted" { (none) } } @else { (some_of(names, count)) } }
                @if count > 0 { a class="link small" href=(path) { "Show" } }
            }
        }
    };
    let tokens = affected.tokens.as_ref().map(|rows| {
        let names: Vec<String> = rows.iter().take(NAMED).map(|row| row.token.name.clone()).collect();
        let path = paths::tokens().with("group", &group.name);
        line(Icon::KeyRound, &names, size.tokens, "No token is in this group.", path)
    });
    let users = affected.users.as_ref().map(|users| {
        let names: Vec<String> = users.iter().take(NAMED).map(|user| user.username.clone()).collect();
        let path = paths::users().with("group", group.id);
        line(Icon::UserRound, &names, size.users, "No user is in this group.", path)
    });
    html! {
        @if tokens.is_some() || users.is_some() || may_change {
            section class="card" {
                header { h2 { "Members" } }
                @if tokens.is_some() || users.is_some() {
                    section class="flush" { ul class="feed" {
                        @if let Some(tokens) = tokens { (tokens) }
                        @if let Some(users) = users { (users) }
                    } }
                }
                @if may_change { section class="flush" { (change(visit, group.id, affected)) } }
            }
        }
    }
}

/// What puts a user into the group or takes one out.
fn change(visit: &Visit, id: GroupId, affected: &Affected) -> Markup {
    let is_super = visit.actor.principal.is_superuser;
    html! {
        details class="fold" {
            summary { (icon(Icon::ChevronRight)) "Add or take out a user" }
            @if let Some(users) = affected.users.as_ref().filter(|users| !users.is_empty()) {
                ul class="feed" {
                    @for user in users {
                        li {
                            (icon(Icon::UserRound))
                            a class="cell-main" href=(paths::user(user.id)) { (user.username) }
                            @if is_super || !user.is_superuser {
                                form method="post" action=(paths::group_member_remove(id)) {
                                    button class="btn" data-variant="ghost" data-size="icon-sm" name="user" value=(user.id)
                                        aria-label={ "Take " (user.username) " out of the group" } { (icon(Icon::X)) }
                                }
                            }
                        }
                    }
                }
            }
            div { (add_form(id, "", &FormErrors::none())) }
        }
    }
}
