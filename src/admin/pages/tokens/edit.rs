//! Changing a token. A form that is older than the token is not saved over it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::form::{self, LABELS, TokenForm};
use super::materials::{Chosen, Materials};
use super::{CHANGE, home};
use crate::admin::components::{
    Change, Difference, Tone, alert, apply_preset, changes, diff, error_summary, sentence,
};
use crate::admin::flash::Flash;
use crate::admin::form::{Form, FormErrors};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::Table;
use crate::admin::version;
use crate::admin::visit::{Answer, Visit};
use crate::db::{GroupId, TokenId, Tx};
use crate::error::{Error, FieldErrors, Result};
use crate::services::permissions::Permission;
use crate::services::tokens::{self, TokenAccess, TokenChange, TokenDetails, TokenUpdate};

pub fn routes(table: &mut Table) {
    table.get("/tokens/{id}/edit", CHANGE, show);
    table.post("/tokens/{id}/edit", CHANGE, submit);
}

/// What became of a form.
enum Saved {
    /// The token as it is now, and what it can do now or no longer.
    Done(Box<TokenDetails>, String),
    /// Somebody else was faster: the token as it is now.
    Stale,
}

async fn show(visit: Visit, id: web::Path<TokenId>) -> Answer {
    let id = *id;
    page(&visit, id, None, FormErrors::none(), Markup::default()).await
}

async fn submit(visit: Visit, id: web::Path<TokenId>, form: Form) -> Answer {
    let id = *id;
    if form.has("preset") {
        return page(&visit, id, Some(form), FormErrors::none(), form::not_saved()).await;
    }
    let copy = form.clone();
    match visit.write(move |tx, visit| save(tx, visit, id, &copy)).await {
        Ok(Saved::Done(details, said)) => {
            let told = Flash::new(format!("{} was saved", details.token.name)).text(said);
            Ok(visit.done(&home(&visit, id), told))
        }
        Ok(Saved::Stale) => stale(&visit, id, form).await,
        Err(error @ Error::NotFound(_)) => Err(error),
        Err(error) => page(&visit, id, Some(form), form::errors(error)?, Markup::default()).await,
    }
}

fn save(tx: &mut Tx<'_>, visit: &Visit, id: TokenId, form: &Form) -> Result<Saved> {
    let before = tokens::current(tx, id)?;
    if form.text("version") != version(&before) {
        return Ok(Saved::Stale);
    }
    let mut groups: Vec<GroupId> = form.ids("groups").into_iter().map(GroupId).collect();
    groups.dedup();
    let mut errors = FieldErrors::default();
    let expiry = errors.check(form::expiry(form, visit.now))?.flatten();
    let wanted = TokenChange {
        update: TokenUpdate {
            name: Some(form.raw("name").to_owned()),
            note: Some(form.raw("note").to_owned()),
            limit_to_owner: Some(form.has("limit_to_owner")),
        },
        user: errors.check(form::owner(tx, visit, form))?,
        expires_at: expiry.map(|expiry| expiry.at(visit.now)),
        is_active: Some(form.has("active")),
        tool_mode: errors.check(form::tool_mode(form))?,
        permissions: Some(form.all("perm").map(str::to_owned).collect()),
        groups: Some(groups),
    };
    let could = TokenAccess::find(tx, id)?;
    let token =
        errors.finish(tokens::change(tx, &visit.actor, visit.now, id, &wanted, visit.token_rules()))?;
    let can = TokenAccess::find(tx, id)?;
    let said = sentence("It can", &difference(&could, &can));
    Ok(Saved::Done(Box::new(tokens::details_of(tx, token)?), said))
}

/// What differs in what a token can do.
fn difference(could: &TokenAccess, can: &TokenAccess) -> Vec<Change> {
    let names = |access: &TokenAccess| access.get_all_permissions().iter().map(str::to_owned).collect();
    let held = could
        .held
        .iter()
        .chain(can.held.iter().filter(|held| !could.held.iter().any(|h| h.row.id == held.row.id)));
    let mut all: Vec<&Permission> = held.map(|held| &held.row).collect();
    all.sort_by_key(|p| (&p.app_label, &p.model));
    changes(all, &names(could), &names(can))
}

/// The values that the form changes.
fn values(details: &TokenDetails) -> Value {
    let groups: Vec<&str> = details.groups.iter().map(|group| group.name.as_str()).collect();
    json!({
        "name": details.token.name,
        "owner": details.owner.username,
        "active": details.token.is_active,
        "expires": details.token.expires_at,
        "note": details.token.note,
        "limit to owner": details.token.limit_to_owner,
        "tools": details.token.tool_mode,
        "groups": groups,
        "permissions": details.permissions,
    })
}

/// Tells one state of a token from another.
fn version(details: &TokenDetails) -> String {
    version::of(&values(details))
}

/// What the form shows at first.
fn filled(details: &TokenDetails) -> Form {
    let token = &details.token;
    let mut pairs = vec![
        ("name", token.name.clone()),
        ("user", details.owner.username.clone()),
        ("expires", "keep".to_owned()),
        ("note", token.note.clone()),
        ("tool_mode", token.tool_mode.as_str().to_owned()),
    ];
    if token.is_active {
        pairs.push(("active", "on".into()));
    }
    if token.limit_to_owner {
        pairs.push(("limit_to_owner", "on".into()));
    }
    pairs.extend(details.groups.iter().map(|group| ("groups", group.id.to_string())));
    pairs.extend(details.permissions.iter().map(|name| ("perm", name.clone())));
    Form::new(pairs)
}

/// Both states, and the form as it was typed with the version of now: sending it again keeps what was typed.
async fn stale(visit: &Visit, id: TokenId, mut form: Form) -> Answer {
    let (materials, details) = load(visit, id).await?;
    form.set("version", version(&details));
    let typed = json!({
        "name": form.raw("name"),
        "owner": form.raw("user"),
        "active": form.has("active"),
        "note": form.raw("note"),
        "limit to owner": form.has("limit_to_owner"),
        "tools": form.text("tool_mode"),
        "permissions": form.all("perm").collect::<std::collections::BTreeSet<_>>(),
    });
    let now = values(&details);
    let differences: Vec<Difference> = typed
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(field, value)| now[field.as_str()] != **value)
        .map(|(field, value)| Difference::between(field, Some(&now[field.as_str()]), Some(value)))
        .collect();
    let note = html! {
        (alert(Tone::Bad, &html! {
            b class="strong" { "Somebody changed this token meanwhile." }
            " Nothing was saved. Below is how it is now and what you typed. Save again to keep yours, or "
            a class="link" href=(paths::token_edit(id)) { "take theirs" } "."
        }))
        @if !differences.is_empty() {
            section class="card" {
                header { h2 { "As it is now, and as you want it" } }
                section class="flush" { (diff("What differs", &differences)) }
            }
        }
    };
    Ok(render(visit, &materials, &details, &form, &FormErrors::none(), &note, StatusCode::CONFLICT))
}

async fn load(visit: &Visit, id: TokenId) -> Result<(Materials, TokenDetails)> {
    visit.read(move |conn, visit| Ok((Materials::load(conn, visit)?, tokens::current(conn, id)?))).await
}

async fn page(visit: &Visit, id: TokenId, form: Option<Form>, errors: FormErrors, note: Markup) -> Answer {
    let (materials, details) = load(visit, id).await?;
    let mut form = form.unwrap_or_else(|| filled(&details));
    if !form.has("version") {
        form.set("version", version(&details));
    }
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(render(visit, &materials, &details, &form, &errors, &note, status))
}

fn render(
    visit: &Visit,
    materials: &Materials,
    details: &TokenDetails,
    form: &Form,
    errors: &FormErrors,
    note: &Markup,
    status: StatusCode,
) -> HttpResponse {
    let id = details.token.id;
    let mut chosen = Chosen::of(form, materials, Some(details));
    if let Some(preset) = form.filled("preset") {
        let held = chosen.held.clone();
        apply_preset(preset, &materials.all, &mut chosen.direct, |name| {
            visit.may(name) || held.contains(name)
        });
    }
    let parts = TokenForm { visit, form, materials, chosen: &chosen, errors, token: Some(details) };
    let head = html! {
        (error_summary("The token was not saved", errors, &LABELS))
        (note)
    };
    let (path, back) = (paths::token_edit(id), home(visit, id));
    let body = html! {
        form method="post" action=(path) hx-post=(path) hx-target="#main" hx-select="#main" hx-swap="outerHTML"
            hx-disable="find [type=submit]" hx-indicator="#progress" class="stack stack-lg" data-focus-first novalidate {
            button hidden { "Save token" }
            input type="hidden" name="version" value=(form.text("version"));
            input type="hidden" name="token" value=(id);
            (head)
            div class="cols" {
                div class="stack stack-lg" {
                    (parts.about())
                    (parts.groups())
                    (parts.picker())
                    div class="actions" {
                        button type="submit" class="btn" { "Save token" }
                        a class="btn" data-variant="ghost" href=(back) { "Cancel" }
                    }
                }
                aside class="sticky" aria-label="Summary" { (parts.summary()) }
            }
        }
    };
    let page = Page::new(format!("Edit {}", details.token.name))
        .at(Place::Tokens)
        .below("Tokens", paths::tokens())
        .below(details.token.name.clone(), back)
        .status(status)
        .body(body);
    if errors.is_empty() { page.respond(visit) } else { page.failed().respond(visit) }
}
