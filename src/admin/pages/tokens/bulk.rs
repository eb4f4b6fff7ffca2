//! Something done to many tokens: at once, or after a page that asks for what is missing.

use std::fmt::Write;

use actix_web::HttpResponse;
use maud::{Markup, html};

use super::form::{self, LABELS};
use crate::admin::components::{Choice, Icon, Select, error_summary, icon, plural};
use crate::admin::flash::Flash;
use crate::admin::form::{Form, FormErrors};
use crate::admin::page::{Page, Place};
use crate::admin::paths::{self, Path};
use crate::admin::routes::{Needs, Table};
use crate::admin::undo::Undo;
use crate::admin::visit::{Answer, Visit};
use crate::clock::UtcTime;
use crate::db::{Db, DbConnection, TokenId, Tx};
use crate::error::{Error, Result};
use crate::services::tokens::{self, TokenDetails};

/// Most tokens of one form.
const MOST: usize = 1000;
/// Names that a page lists.
const NAMED: usize = 20;

pub fn routes(table: &mut Table) {
    table.post("/tokens/bulk", Needs::AnyOf(&["mcp.change_token", "mcp.delete_token"]), submit);
}

/// What is done to each.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Activate,
    Deactivate,
    Expiry(Option<UtcTime>),
    Delete,
}

impl Deed {
    /// Does it, and says whether the visitor can take it back.
    fn apply(self, tx: &mut Tx<'_>, visit: &Visit, id: TokenId) -> Result<bool> {
        let (actor, now) = (&visit.actor, visit.now);
        match self {
            Self::Activate => {
                let was_active = tokens::is_active(tx, id)?;
                tokens::activate(tx, actor, now, id)?;
                Ok(!was_active)
            }
            Self::Deactivate => {
                let was_active = tokens::is_active(tx, id)?;
                tokens::deactivate(tx, actor, now, id)?;
                Ok(was_active && tokens::may_activate(tx, actor, id)?)
            }
            Self::Expiry(at) => tokens::set_expiry(tx, actor, now, id, at).map(|_| false),
            Self::Delete => tokens::delete(tx, actor, now, id).map(|()| false),
        }
    }

    fn done(self) -> &'static str {
        match self {
            Self::Activate => "activated",
            Self::Deactivate => "deactivated",
            Self::Expiry(_) => "given another expiry",
            Self::Delete => "deleted",
        }
    }
}

async fn submit(visit: Visit, form: Form) -> Answer {
    let back = Path::local(form.text("next")).unwrap_or_else(paths::tokens);
    let mut ids: Vec<TokenId> = form.ids("ids").into_iter().map(TokenId).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > MOST {
        return Err(Error::Refused(format!("At most {MOST} tokens at once")));
    }
    if ids.is_empty() {
        return Ok(visit.go(&back));
    }
    let deed = match form.text("do") {
        "activate" => Deed::Activate,
        "deactivate" => Deed::Deactivate,
        "expiry" if !form.has("expires") => return ask(&visit, &form, ids, &back, &FormErrors::none()).await,
        "expiry" => match form::expiry(&form, visit.now) {
            Ok(expiry) => Deed::Expiry(expiry.unwrap_or_default().at(visit.now)),
            Err(error) => return ask(&visit, &form, ids, &back, &FormErrors::of(error)?).await,
        },
        "delete" if !form.has("sure") => return ask(&visit, &form, ids, &back, &FormErrors::none()).await,
        "delete" => Deed::Delete,
        _ => return Ok(visit.go(&back)),
    };
    visit.actor.require(if matches!(deed, Deed::Delete) {
        "mcp.delete_token"
    } else {
        "mcp.change_token"
    })?;
    let work = move |db: &Db, visit: &Visit| {
        let outcome = each(db, visit, deed, &ids);
        visit.forget();
        Ok(outcome)
    };
    let Outcome { done, failed, can_return } = visit.run(work).await?;
    let mut message = format!("{} {}", plural(count(done), "token", "tokens"), deed.done());
    if let Some((first, others)) = failed.split_first() {
        let _ = write!(message, "; {} not: {first}", 1 + others.len());
    }
    let activate = matches!(deed, Deed::Deactivate);
    let undo = (!can_return.is_empty()).then_some(Undo::Tokens { ids: can_return, activate });
    Ok(visit.done(&back, Flash::new(message).undo(undo)))
}

/// What became of many.
#[derive(Default)]
struct Outcome {
    done: usize,
    /// Why others were not done.
    failed: Vec<String>,
    /// Ids of those that the visitor can take back.
    can_return: Vec<i64>,
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A transaction for each: what one token lacks is no matter of the others.
fn each(db: &Db, visit: &Visit, deed: Deed, ids: &[TokenId]) -> Outcome {
    let mut outcome = Outcome::default();
    for &id in ids {
        match db.write(|tx| deed.apply(tx, visit, id)) {
            Ok(can_return) => {
                outcome.done += 1;
                if can_return {
                    outcome.can_return.push(id.0);
                }
            }
            Err(error) => {
                if let Error::Internal(source) = &error {
                    tracing::error!(%source, token_id = id.0, "a token of many could not be changed");
                }
                outcome.failed.push(error.to_string());
            }
        }
    }
    outcome
}

/// The page that asks when they shall expire, or whether they shall really go.
async fn ask(visit: &Visit, form: &Form, ids: Vec<TokenId>, back: &Path, errors: &FormErrors) -> Answer {
    let deletes = form.text("do") == "delete";
    visit.actor.require(if deletes { "mcp.delete_token" } else { "mcp.change_token" })?;
    let wanted = ids.clone();
    let read = move |conn: &mut DbConnection, _: &Visit| {
        wanted.iter().take(NAMED).map(|id| tokens::current(conn, *id)).collect::<Result<Vec<_>>>()
    };
    let named = visit.read(read).await?;
    let fields = html! {
        @for id in &ids { input type="hidden" name="ids" value=(id); }
        input type="hidden" name="next" value=(back);
        input type="hidden" name="do" value=(if deletes { "delete" } else { "expiry" });
    };
    let total = plural(count(ids.len()), "token", "tokens");
    Ok(if deletes {
        confirm(visit, &named, &total, ids.len(), &fields, back)
    } else {
        expiry(visit, form, &named, &total, ids.len(), &fields, back, errors)
    })
}

fn names(named: &[TokenDetails], all: usize) -> Markup {
    html! {
        ul class="feed" {
            @for details in named {
                li {
                    (icon(Icon::KeyRound))
                    span { span class="strong" { (details.token.name) } span class="cell-sub" { (details.owner.username) } }
                }
            }
            @if all > named.len() { li { (icon(Icon::Ellipsis)) span { "and " (all - named.len()) " more" } } }
        }
    }
}

fn confirm(
    visit: &Visit,
    named: &[TokenDetails],
    total: &str,
    all: usize,
    fields: &Markup,
    back: &Path,
) -> HttpResponse {
    let body = html! {
        form method="post" action=(paths::tokens_bulk()) class="stack stack-lg" {
            (fields)
            input type="hidden" name="sure" value="on";
            section class="card danger-zone" {
                header {
                    h2 { "What goes" }
                    p { "Their secrets, permissions and usage counters. The audit log keeps what was done with them." }
                }
                section class="flush" { (names(named, all)) }
            }
            div class="actions" {
                button type="submit" class="btn solid" data-variant="destructive" { (icon(Icon::Trash2)) "Delete " (total) }
                a class="btn" data-variant="outline" href=(back) { "Keep them" }
            }
        }
    };
    let page =
        Page::new(format!("Delete {total}?")).at(Place::Tokens).below("Tokens", paths::tokens()).narrow();
    page.subtitle(html! { "This cannot be undone. To stop them for a while, deactivate them instead." })
        .body(body)
        .respond(visit)
}

#[expect(clippy::too_many_arguments, reason = "the parts of one page")]
fn expiry(
    visit: &Visit,
    form: &Form,
    named: &[TokenDetails],
    total: &str,
    all: usize,
    fields: &Markup,
    back: &Path,
    errors: &FormErrors,
) -> HttpResponse {
    let choices: Vec<Choice> = [
        ("7", "In 7 days"),
        ("30", "In 30 days"),
        ("90", "In 90 days"),
        ("365", "In 1 year"),
        ("never", "Never"),
    ]
    .map(|(value, label)| Choice::new(value, label))
    .into();
    let value = form.filled("expires").unwrap_or("90");
    let body = html! {
        form method="post" action=(paths::tokens_bulk()) hx-post=(paths::tokens_bulk()) hx-target="#main" hx-select="#main" hx-swap="outerHTML"
            hx-disable="find [type=submit]" hx-indicator="#progress" class="stack stack-lg" data-focus-first {
            (error_summary("Nothing was changed", errors, &LABELS))
            (fields)
            section class="card form-card" { section {
                (Select { name: "expires", label: "They expire", choices: &choices, value, nothing: None, help: None, errors }.render())
            } }
            section class="card" { header { h2 { "Which" } } section class="flush" { (names(named, all)) } }
            div class="actions" {
                button type="submit" class="btn" { "Set the expiry of " (total) }
                a class="btn" data-variant="ghost" href=(back) { "Cancel" }
            }
        }
    };
    let page = Page::new(format!("When do {total} expire?"))
        .at(Place::Tokens)
        .below("Tokens", paths::tokens())
        .narrow()
        .body(body);
    if errors.is_empty() { page.respond(visit) } else { page.failed().respond(visit) }
}
