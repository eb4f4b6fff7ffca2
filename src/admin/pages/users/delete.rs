//! Deleting an account: what goes with it, and what becomes of its tokens, in one step.

use actix_web::web;
use maud::{Markup, html};

use crate::admin::components::{
    Field, Goes, Icon, Tone, alert, error_summary, goes_with, icon, plural, some_of,
};
use crate::admin::form::{Form, FormErrors};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::db::{DbConnection, UserId};
use crate::error::{Error, Result};
use crate::services::references::{self, Reference};
use crate::services::users::{self, Deletion, OwnedTokens};

const NEEDS: Needs = Needs::AnyOf(&["auth.delete_user"]);
/// From so many tokens on the name has to be typed.
const TYPED_FROM: i64 = 10;
const LABELS: [(&str, &str); 3] = [("heir", "New owner"), ("tokens", "Tokens"), ("confirm", "Confirmation")];

pub fn routes(table: &mut Table) {
    table.get("/users/{id}/delete", NEEDS, ask);
    table.post("/users/{id}/delete", NEEDS, delete);
}

async fn load(visit: &Visit, id: UserId) -> Result<Deletion> {
    visit.read(move |conn, visit| users::deletion(conn, &visit.actor, visit.now, id)).await
}

async fn ask(visit: Visit, id: web::Path<i64>) -> Answer {
    let found = load(&visit, UserId(*id)).await?;
    let first = if found.may_transfer { "transfer" } else { "delete" };
    Ok(page(&visit, &found, &Form::new([("tokens", first)]), &FormErrors::none()).respond(&visit))
}

async fn delete(visit: Visit, id: web::Path<i64>, form: Form) -> Answer {
    let id = UserId(*id);
    let found = load(&visit, id).await?;
    let (sent, name, count) = (form.clone(), found.user.username.clone(), found.token_count);
    let deleted = visit
        .write(move |tx, visit| {
            if count >= TYPED_FROM && sent.text("confirm") != name {
                return Err(Error::invalid("confirm", format!("type {name}")));
            }
            let owned = fate_of_tokens(tx, &sent, count)?;
            users::delete(tx, &visit.actor, visit.now, id, owned, visit.token_rules())
        })
        .await;
    let error = match deleted {
        Ok(()) => {
            return Ok(visit
                .done(&super::list_or_dashboard(&visit), &format!("{} was deleted", found.user.username)));
        }
        Err(error @ Error::NotFound(_)) => return Err(error),
        Err(error) => error,
    };
    let status = FormErrors::status(&error);
    let errors = FormErrors::of(error)?;
    Ok(page(&visit, &found, &form, &errors).status(status).failed().respond(&visit))
}

fn fate_of_tokens(conn: &mut DbConnection, form: &Form, count: i64) -> Result<OwnedTokens> {
    match form.text("tokens") {
        _ if count == 0 => Ok(OwnedTokens::Refuse),
        "delete" => Ok(OwnedTokens::Delete),
        "transfer" => {
            let name = form.text("heir");
            if name.is_empty() {
                return Err(Error::invalid("heir", "enter the username of the new owner"));
            }
            let heir = references::user(conn, &Reference::Name(name.to_owned()));
            match heir {
                Ok(heir) => Ok(OwnedTokens::TransferTo(heir)),
                Err(Error::Invalid(_)) => Err(Error::invalid("heir", format!("there is no user \"{name}\""))),
                Err(error) => Err(error),
            }
        }
        _ => Err(Error::invalid("tokens", "say what becomes of the tokens")),
    }
}

fn page(visit: &Visit, found: &Deletion, form: &Form, errors: &FormErrors) -> Page {
    let user = &found.user;
    let groups: Vec<String> = found.groups.iter().take(2).map(|group| group.name.clone()).collect();
    let group_count = i64::try_from(found.groups.len()).unwrap_or(i64::MAX);
    let goes = [
        Goes {
            kind: "User",
            fate: "Deleted",
            is_lost: true,
            text: html! { (user.username) ", with all sessions" },
            count: 1,
        },
        Goes {
            kind: "Tokens",
            fate: "You decide",
            is_lost: true,
            text: html! { (some_of(&found.tokens, found.token_count)) },
            count: found.token_count,
        },
        Goes {
            kind: "Groups",
            fate: "Unlinked",
            is_lost: false,
            text: html! { "they stay: " (some_of(&groups, group_count)) },
            count: group_count,
        },
        Goes {
            kind: "Permissions",
            fate: "Unlinked",
            is_lost: false,
            text: html! { "that were given to the user directly" },
            count: i64::try_from(found.permissions).unwrap_or(i64::MAX),
        },
    ];
    let has_way = found.token_count == 0 || found.may_transfer || found.may_delete_tokens;
    let may = found.abilities.delete && has_way;
    let keep = if super::sees(visit) { paths::user(user.id) } else { paths::dashboard() };
    let body = html! {
        form method="post" action=(paths::user_delete(user.id)) hx-post=(paths::user_delete(user.id)) hx-target="#main" hx-select="#main"
            hx-swap="outerHTML" hx-disable="find [type=submit]" hx-indicator="#progress" class="stack stack-lg" data-focus-first
            novalidate[!errors.is_empty()] {
            (error_summary("The user was not deleted", errors, &LABELS))
            (goes_with(&goes))
            @if !found.abilities.delete {
                (alert(Tone::Bad, &html! {
                    @if found.abilities.is_last { "The last active superuser cannot be deleted." } @else { "Only superusers can delete superusers." }
                }))
            } @else if !has_way {
                (alert(Tone::Bad, &html! { "You may neither delete these tokens nor give them to somebody else, so you cannot delete their owner." }))
            }
            @if may && found.token_count > 0 { (choice(found, form, errors)) }
            @if may && found.token_count >= TYPED_FROM {
                (Field::new("confirm", &format!("To confirm, type {}", user.username)).value(form.text("confirm")).autocomplete("off").required().errors(errors).render())
            }
            div class="actions" {
                @if may { button type="submit" class="btn solid" data-variant="destructive" { (icon(Icon::Trash2)) "Delete " (user.username) } }
                a href=(keep) class="btn" data-variant="outline" autofocus { "Keep the user" }
            }
        }
    };
    Page::new(format!("Delete the user {}?", user.username))
        .at(Place::Users)
        .below("Users", paths::users())
        .subtitle(html! { "What the audit log says about this user stays. It cannot be undone." })
        .narrow()
        .body(body)
}

/// What becomes of the tokens: only what the visitor may do.
fn choice(found: &Deletion, form: &Form, errors: &FormErrors) -> Markup {
    let option = |value: &str, label: &str, help: &str| {
        html! {
            label class="check" {
                input type="radio" class="input" name="tokens" value=(value) checked[form.text("tokens") == value];
                span { span class="strong" { (label) } small { (help) } }
            }
        }
    };
    html! {
        section class="card form-card" {
            header { h2 id="user-tokens" { (plural(found.token_count, "token", "tokens")) } }
            section {
                div class="options" role="radiogroup" aria-labelledby="user-tokens" id="tokens" {
                    @if found.may_transfer { (option("transfer", "Give them to another user", "They go on working, for the new owner.")) }
                    @if found.may_delete_tokens { (option("delete", "Delete them too", "Whoever uses them is refused at once.")) }
                }
                @if found.may_transfer {
                    (Field::new("heir", "New owner").value(form.text("heir")).optional().autocomplete("off")
                        .help(html! { "The username; only where the tokens are given to another user." }).errors(errors).render())
                }
            }
        }
    }
}
