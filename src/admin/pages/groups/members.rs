//! The users in a group: adding one by name, taking one out.

use actix_web::http::StatusCode;
use actix_web::web;
use maud::{Markup, html};

use crate::admin::components::{Field, Icon, Tone, alert, icon};
use crate::admin::form::{Form, FormErrors};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::db::{GroupId, UserId};
use crate::error::Error;
use crate::services::groups::{self, Affected};
use crate::services::references::{self, Reference};

/// Whoever changes what users are in; the page that leads here shows groups and users.
const NEEDS: Needs = Needs::AnyOf(&["auth.change_user"]);

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
            groups::add_member(tx, &visit.actor, visit.now, id, user)
        })
        .await;
    match added {
        Ok(()) => Ok(visit.done(&back(&visit, id), "User added to the group")),
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
    visit.write(move |tx, visit| groups::remove_member(tx, &visit.actor, visit.now, id, user)).await?;
    Ok(visit.done(&back(&visit, id), "User taken out of the group"))
}

/// To the group, for those who may see it.
fn back(visit: &Visit, id: GroupId) -> paths::Path {
    if visit.may("auth.view_group") || visit.may("auth.change_group") {
        paths::group(id)
    } else {
        paths::dashboard()
    }
}

fn add_form(id: GroupId, typed: &str, errors: &FormErrors) -> Markup {
    html! {
        form method="post" action=(paths::group_members(id)) class="stack stack-sm" data-focus-first {
            (Field::new("user", "Username").value(typed).autocomplete("off").errors(errors).render())
            div { button class="btn" data-variant="outline" data-size="sm" { (icon(Icon::Plus)) "Add to the group" } }
        }
    }
}

/// Who is in the group, for those who may see users, with the means to change it.
pub fn card(visit: &Visit, id: GroupId, affected: &Affected) -> Markup {
    let may_change = visit.may("auth.change_user");
    let is_super = visit.actor.principal.is_superuser;
    if affected.users.is_none() && !may_change {
        return Markup::default();
    }
    html! {
        section class="card" {
            header {
                h2 { "Users" }
                @if affected.users.is_some() { a class="link small" href=(paths::users().with("group", id)) { "All " (affected.size.users) } }
            }
            @if let Some(users) = &affected.users {
                section class="flush" {
                    ul class="feed" {
                        @for user in users {
                            li {
                                (icon(Icon::UserRound))
                                a class="cell-main" href=(paths::user(user.id)) { (user.username) }
                                @if may_change && (is_super || !user.is_superuser) {
                                    form method="post" action=(paths::group_member_remove(id)) {
                                        button class="btn" data-variant="ghost" data-size="icon-sm" name="user" value=(user.id)
                                            aria-label={ "Take " (user.username) " out of the group" } { (icon(Icon::X)) }
                                    }
                                }
                            }
                        }
                    }
                    @if users.is_empty() { p class="empty-line muted" { "No user is in this group." } }
                }
            }
            @if may_change { footer { (add_form(id, "", &FormErrors::none())) } }
        }
    }
}
