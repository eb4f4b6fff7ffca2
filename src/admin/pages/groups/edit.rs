//! A group with its name and its permissions; what saving would change; whom it concerns.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::web;
use maud::{Markup, html};

use super::{SEE, members, menu};
use crate::admin::components::{
    Change, Field, Picker, Tone, apply_preset, changes, code, effect_card, error_summary, plural, sentence,
};
use crate::admin::flash::Flash;
use crate::admin::form::{Form, FormErrors};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::{Needs, Table};
use crate::admin::version;
use crate::admin::visit::{Answer, Visit};
use crate::db::GroupId;
use crate::error::{Error, Result};
use crate::services::groups::{self, Affected, GroupDetails, RecentDeed};
use crate::services::permissions::{self, Permission};

const LABELS: [(&str, &str); 2] = [("name", "Name"), ("permissions", "Permissions")];
/// Members that are named.
const NAMED: i64 = 8;
/// What has to be held for what the audit log tells of.
const DEEDS: [(&str, &str); 3] = [("add", "added"), ("change", "changed"), ("delete", "deleted")];

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
    /// What its tokens did lately to models on which a form takes something away.
    recent: Vec<RecentDeed>,
}

impl Shown {
    /// What tokens did lately and could do no longer, each with what people call the model.
    fn losses(&self, chosen: &BTreeSet<String>) -> Vec<(&RecentDeed, String)> {
        let mut found = Vec::new();
        for change in changes_of(self, chosen).into_iter().filter(|change| change.is_loss) {
            let model = format!("{}.{}", change.of.0, change.of.1);
            let did = |deed: &&RecentDeed| {
                let needed = DEEDS.iter().find(|(_, action)| *action == deed.action);
                deed.model == model
                    && needed.is_some_and(|(verb, _)| change.deeds.iter().any(|lost| lost == verb))
            };
            found.extend(self.recent.iter().filter(did).map(|deed| (deed, change.model.clone())));
        }
        found
    }
}

/// What the page shows; `chosen` is what a form would save.
pub async fn load(visit: &Visit, id: GroupId, chosen: Option<&BTreeSet<String>>) -> Result<Shown> {
    let chosen = chosen.cloned();
    visit
        .read(move |conn, visit| {
            let details = groups::show(conn, &visit.actor, id)?;
            let affected = groups::affected(conn, &visit.actor, visit.now, id, NAMED)?;
            let may_change = visit.may("auth.change_group");
            let all = if may_change { permissions::choices(conn, &visit.actor)? } else { Vec::new() };
            let mut shown = Shown { details, affected, all, recent: Vec::new() };
            if let Some(chosen) = chosen {
                let lost = changes_of(&shown, &chosen).into_iter().filter(|change| change.is_loss);
                let models: Vec<String> =
                    lost.map(|change| format!("{}.{}", change.of.0, change.of.1)).collect();
                shown.recent = groups::recent_deeds(conn, &visit.actor, visit.now, id, &models)?;
            }
            Ok(shown)
        })
        .await
}

async fn show(visit: Visit, id: web::Path<i64>) -> Answer {
    let shown = load(&visit, GroupId(*id), None).await?;
    let chosen = shown.details.permissions.iter().cloned().collect();
    let name = shown.details.group.name.clone();
    Ok(page(&visit, &shown, &name, &chosen, &FormErrors::none(), &Markup::default()).respond(&visit))
}

async fn save(visit: Visit, id: web::Path<i64>, form: Form) -> Answer {
    let id = GroupId(*id);
    let mut chosen: BTreeSet<String> = form.all("perm").map(str::to_owned).collect();
    if let Some(preset) = form.filled("preset") {
        preset_applied(&visit, &load(&visit, id, None).await?, preset, &mut chosen);
        let shown = load(&visit, id, Some(&chosen)).await?;
        let page = page(&visit, &shown, form.raw("name"), &chosen, &FormErrors::none(), &Markup::default());
        return Ok(page.respond(&visit));
    }
    let (sent, wanted) = (form.clone(), chosen.iter().cloned().collect::<Vec<_>>());
    let saved = visit
        .write(move |tx, visit| {
            let before = groups::show(tx, &visit.actor, id)?;
            let all = permissions::choices(tx, &visit.actor)?;
            version::check(&sent, "this group", &version_of(&before))?;
            if sent.raw("name") != before.group.name {
                groups::rename(tx, &visit.actor, visit.now, id, sent.raw("name"))?;
            }
            groups::set_permissions(tx, &visit.actor, visit.now, id, &wanted)?;
            let changed =
                changes(&all, &before.permissions.into_iter().collect(), &wanted.into_iter().collect());
            Ok(sentence("Its members can", &changed))
        })
        .await;
    let error = match saved {
        Ok(said) => return Ok(visit.done(&paths::group(id), Flash::new("Group saved").text(said))),
        Err(error @ Error::NotFound(_)) => return Err(error),
        Err(error) => error,
    };
    let status = FormErrors::status(&error);
    let errors = FormErrors::of(error)?;
    let shown = load(&visit, id, Some(&chosen)).await?;
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
            aside class="sticky stack" aria-label="Effect" {
                @if may_change { (effect(visit, shown, chosen)) }
                (members::card(visit, group, &shown.affected))
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
    html! {
        form method="post" action=(paths::group(shown.details.group.id)) hx-post=(paths::group(shown.details.group.id)) hx-target="#main" hx-select="#main" hx-swap="outerHTML"
            hx-disable="find [type=submit]" hx-indicator="#progress" class="stack stack-lg" data-focus-first novalidate[!errors.is_empty()] {
            button hidden { "Save group" }
            input type="hidden" name=(version::FIELD) value=(version_of(&shown.details));
            input type="hidden" name="group" value=(shown.details.group.id);
            (summary)
            section class="card form-card" {
                section { (Field::new("name", "Name").value(name).required().max_length(150).errors(errors).render()) }
            }
            (picker(visit, shown, chosen))
            div class="actions" {
                button type="submit" class="btn" { "Save group" }
                a href=(paths::groups()) class="btn" data-variant="ghost" { "Cancel" }
                span class="muted small push hide-sm" { "Takes effect at the next call." }
            }
        }
    }
}

/// The picker of the form.
pub fn picker(visit: &Visit, shown: &Shown, chosen: &BTreeSet<String>) -> Markup {
    let held: BTreeSet<String> = shown.details.permissions.iter().cloned().collect();
    Picker {
        all: &shown.all,
        chosen,
        held: &held,
        from_groups: &BTreeMap::new(),
        may_give: &|name| visit.may(name),
        preview: Some(&paths::group_preview()),
    }
    .render()
}

/// Applies a preset button, as far as the visitor may give; what the group has may come back.
pub fn preset_applied(visit: &Visit, shown: &Shown, preset: &str, chosen: &mut BTreeSet<String>) {
    apply_preset(preset, &shown.all, chosen, |name| {
        visit.may(name) || shown.details.permissions.iter().any(|held| held == name)
    });
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

/// What would change if the form were saved as it stands, and whom that concerns.
pub fn effect(visit: &Visit, shown: &Shown, chosen: &BTreeSet<String>) -> Markup {
    let changes = changes_of(shown, chosen);
    let name = &shown.details.group.name;
    let mut notes: Vec<(Tone, Markup)> = shown
        .losses(chosen)
        .into_iter()
        .map(|(deed, model)| (Tone::Warn, loss(visit, name, deed, &model)))
        .collect();
    if notes.is_empty() {
        let size = shown.affected.size;
        let (tokens, users) = (plural(size.tokens, "token", "tokens"), plural(size.users, "user", "users"));
        notes.push((Tone::Info, html! { (tokens) " and " (users) " are affected" }));
    }
    effect_card(&changes, &notes)
}

/// What the form would add and remove.
fn changes_of(shown: &Shown, chosen: &BTreeSet<String>) -> Vec<Change> {
    let before = shown.details.permissions.iter().cloned().collect();
    changes(&shown.all, &before, chosen)
}

/// "2 tokens deleted authors in the last 30 days"
fn loss(visit: &Visit, group: &str, deed: &RecentDeed, model: &str) -> Markup {
    let count = plural(deed.tokens, "token", "tokens");
    html! {
        @if visit.may("mcp.view_token") { a class="link" href=(paths::tokens().with("group", group)) { (count) } } @else { (count) }
        " "
        a class="link" href=(paths::audit().with("model", &deed.model).with("action", &deed.action).with("within", "30d")) {
            (deed.action) " " (crate::apps::plural(&model.to_lowercase()))
        }
        " in the last 30 days"
    }
}
