//! A group with its name and its permissions; what saving would change; whom it concerns.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::StatusCode;
use actix_web::web;
use maud::{Markup, html};

use super::{SEE, members, menu};
use crate::admin::components::{
    FeedItem, Field, Icon, Picker, Tone, alert, apply_preset, code, error_summary, feed, plural,
};
use crate::admin::form::{Form, FormErrors};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::{Needs, Table};
use crate::admin::version;
use crate::admin::visit::{Answer, Visit};
use crate::db::GroupId;
use crate::error::{Error, Result};
use crate::services::groups::{self, Affected, GroupDetails};
use crate::services::permissions::{self, Permission};

const LABELS: [(&str, &str); 2] = [("name", "Name"), ("permissions", "Permissions")];
/// Members that are named.
const NAMED: i64 = 8;

pub fn routes(table: &mut Table) {
    table.get("/groups/{id}", SEE, show);
    table.post("/groups/{id}", Needs::AnyOf(&["auth.change_group"]), save);
}

/// What the page shows, whoever typed what.
pub struct Shown {
    pub details: GroupDetails,
    pub affected: Affected,
    /// Everything that can be given; empty for those who only look.
    pub all: Vec<Permission>,
}

pub async fn load(visit: &Visit, id: GroupId) -> Result<Shown> {
    visit
        .read(move |conn, visit| {
            let details = groups::show(conn, &visit.actor, id)?;
            let affected = groups::affected(conn, &visit.actor, visit.now, id, NAMED)?;
            let may_change = visit.may("auth.change_group");
            let all = if may_change { permissions::choices(conn, &visit.actor)? } else { Vec::new() };
            Ok(Shown { details, affected, all })
        })
        .await
}

async fn show(visit: Visit, id: web::Path<i64>) -> Answer {
    let shown = load(&visit, GroupId(*id)).await?;
    let chosen = shown.details.permissions.iter().cloned().collect();
    let name = shown.details.group.name.clone();
    Ok(page(&visit, &shown, &name, &chosen, &FormErrors::none(), &Markup::default()).respond(&visit))
}

async fn save(visit: Visit, id: web::Path<i64>, form: Form) -> Answer {
    let id = GroupId(*id);
    let mut chosen: BTreeSet<String> = form.all("perm").map(str::to_owned).collect();
    if let Some(preset) = form.filled("preset") {
        let shown = load(&visit, id).await?;
        apply_preset(preset, &shown.all, &mut chosen, |name| {
            visit.may(name) || shown.details.permissions.iter().any(|held| held == name)
        });
        let page = page(&visit, &shown, form.raw("name"), &chosen, &FormErrors::none(), &Markup::default());
        return Ok(page.respond(&visit));
    }
    let (sent, wanted) = (form.clone(), chosen.iter().cloned().collect::<Vec<_>>());
    let saved = visit
        .write(move |tx, visit| {
            let before = groups::show(tx, &visit.actor, id)?;
            version::check(&sent, "this group", &version_of(&before))?;
            if sent.raw("name") != before.group.name {
                groups::rename(tx, &visit.actor, visit.now, id, sent.raw("name"))?;
            }
            groups::set_permissions(tx, &visit.actor, visit.now, id, &wanted)
        })
        .await;
    let error = match saved {
        Ok(()) => return Ok(visit.done(&paths::group(id), "Group saved")),
        Err(error @ Error::NotFound(_)) => return Err(error),
        Err(error) => error,
    };
    let status = if matches!(error, Error::Conflict(_)) {
        StatusCode::CONFLICT
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let errors = FormErrors::of(error)?;
    let shown = load(&visit, id).await?;
    let title = error_summary("The group was not saved", &errors, &LABELS);
    Ok(page(&visit, &shown, form.raw("name"), &chosen, &errors, &title)
        .status(status)
        .failed()
        .respond(&visit))
}

fn version_of(details: &GroupDetails) -> String {
    version::of(&(&details.group.name, &details.permissions))
}

fn page(
    visit: &Visit,
    shown: &Shown,
    name: &str,
    chosen: &BTreeSet<String>,
    errors: &FormErrors,
    summary: &Markup,
) -> Page {
    let group = &shown.details.group;
    let size = shown.affected.size;
    let may_change = visit.may("auth.change_group");
    let form = if may_change {
        editable(visit, shown, name, chosen, errors, summary)
    } else {
        readable(&shown.details.permissions)
    };
    let body = html! {
        div class="cols" {
            (form)
            aside class="stack" aria-label="Effect" {
                @if may_change { (effect(&shown.details.permissions, chosen)) }
                (concerns(&shown.affected, &group.name))
                (members::card(visit, group.id, &shown.affected))
            }
        }
        form id="row" method="post" hidden {}
    };
    let concerned = format!(
        "{} and {} get these permissions.",
        plural(size.tokens, "token", "tokens"),
        plural(size.users, "user", "users")
    );
    Page::new(group.name.clone())
        .at(Place::Groups)
        .below("Groups", paths::groups())
        .subtitle(html! { (concerned) })
        .actions(menu(visit, group.id, &group.name, false))
        .body(body)
}

fn editable(
    visit: &Visit,
    shown: &Shown,
    name: &str,
    chosen: &BTreeSet<String>,
    errors: &FormErrors,
    summary: &Markup,
) -> Markup {
    let held: BTreeSet<String> = shown.details.permissions.iter().cloned().collect();
    let may_give = |name: &str| visit.may(name);
    let picker = Picker {
        all: &shown.all,
        chosen,
        held: &held,
        from_groups: &BTreeMap::new(),
        may_give: &may_give,
        preview: None,
    };
    html! {
        form method="post" action=(paths::group(shown.details.group.id)) hx-post=(paths::group(shown.details.group.id)) hx-target="#main" hx-select="#main" hx-swap="outerHTML"
            hx-disable="find [type=submit]" hx-indicator="#progress" class="stack stack-lg" data-focus-first novalidate[!errors.is_empty()] {
            button hidden { "Save group" }
            input type="hidden" name=(version::FIELD) value=(version_of(&shown.details));
            (summary)
            section class="card form-card" {
                section { (Field::new("name", "Name").value(name).required().max_length(150).errors(errors).render()) }
            }
            (picker.render())
            div class="actions" {
                button type="submit" class="btn" { "Save group" }
                a href=(paths::groups()) class="btn" data-variant="ghost" { "Cancel" }
                span class="muted small push hide-sm" { "Takes effect at the next call." }
            }
        }
    }
}

fn readable(permissions: &[String]) -> Markup {
    html! {
        section class="card" {
            header { h2 { "Permissions" } }
            section {
                @if permissions.is_empty() { p class="muted" { "This group gives nothing." } }
                div class="row" { @for name in permissions { (code(name)) } }
            }
        }
    }
}

/// What would change if the form were saved as it stands.
fn effect(held: &[String], chosen: &BTreeSet<String>) -> Markup {
    let added: Vec<&String> = chosen.iter().filter(|name| !held.contains(name)).collect();
    let removed: Vec<&String> = held.iter().filter(|name| !chosen.contains(*name)).collect();
    if added.is_empty() && removed.is_empty() {
        return Markup::default();
    }
    let line = |sign, tone, word: &str, name: &str| {
        FeedItem::new(sign, html! { (word) " " code { (name) } }).tone(tone)
    };
    let items: Vec<FeedItem> = added
        .into_iter()
        .map(|name| line(Icon::Plus, Tone::Ok, "Adds", name))
        .chain(removed.into_iter().map(|name| line(Icon::X, Tone::Bad, "Removes", name)))
        .collect();
    html! {
        section class="card" aria-live="polite" {
            header { h2 { "If you save" } }
            section class="flush" { (feed(&items)) }
        }
    }
}

fn concerns(affected: &Affected, name: &str) -> Markup {
    let Some(tokens) = &affected.tokens else { return Markup::default() };
    if tokens.is_empty() {
        return html! {
            section class="card" { header { h2 { "Tokens" } } section { (alert(Tone::Info, &html! { "No token is in this group." })) } }
        };
    }
    let items: Vec<FeedItem> = tokens
        .iter()
        .map(|row| {
            let name = html! { a class="cell-main" href=(paths::token(row.token.id)) { (row.token.name) } };
            FeedItem::new(Icon::KeyRound, name).note(html! { "owned by " (row.owner) })
        })
        .collect();
    html! {
        section class="card" {
            header { h2 { "Tokens" } a class="link small" href=(paths::tokens().with("group", name)) { "All " (affected.size.tokens) } }
            section class="flush" { (feed(&items)) }
        }
    }
}
