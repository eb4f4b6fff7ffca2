//! `POST /admin/apps/{app}/{model}/action`: something done to the ticked records. What has to be confirmed is
//! answered with a page that asks.

use maud::{Markup, html};
use serde_json::Value;

use super::delete_selected;
use super::{Address, Records, with};
use crate::admin::components::{Difference, Icon, Tone, alert, diff, icon, number};
use crate::admin::form::Form;
use crate::admin::page::Page;
use crate::admin::paths::{self, Path};
use crate::admin::record_key::RecordKey;
use crate::admin::routes::{Needs, Table};
use crate::admin::shell::capitalised;
use crate::admin::visit::{Answer, Visit};
use crate::apps::ActionConfig;
use crate::error::{Error, FieldError, Result};
use crate::services::records::DELETE_SELECTED;

/// Most records at once.
const MOST: usize = 1000;

pub fn routes(table: &mut Table) {
    // Which of the actions may be run is for the service to say.
    table.post("/apps/{app}/{model}/action", Needs::OnModel("view"), submit);
}

/// What became of a form.
pub enum Outcome {
    /// It was done; where to go, and what to say.
    Done(Path, String),
    /// A page that asks, or says what is wrong.
    Page(Box<Page>),
}

/// The ticked records.
pub struct Selection {
    /// Their keys as the form has them.
    pub texts: Vec<String>,
    /// Their keys.
    pub keys: Vec<Value>,
}

async fn submit(visit: Visit, address: Address, form: Form) -> Answer {
    let outcome = with(&visit, address, move |records, _| run(records, &form));
    Ok(match outcome.await? {
        Outcome::Done(path, message) => visit.done(&path, &message),
        Outcome::Page(page) => page.respond(&visit),
    })
}

fn run(records: &Records<'_>, form: &Form) -> Result<Outcome> {
    let name = form.text("do");
    let texts: Vec<String> = form.all("ids").map(str::to_owned).collect();
    if name.is_empty() || name == "none" {
        return Ok(Outcome::Done(records.list_path(), "Nothing was done".into()));
    }
    if texts.is_empty() {
        return Ok(Outcome::Done(
            records.list_path(),
            format!("Tick {} first", records.model.verbose_name_plural),
        ));
    }
    if texts.len() > MOST {
        return Err(Error::Refused(format!("At most {MOST} records can be chosen at once")));
    }
    let keys = texts.iter().map(|text| RecordKey::read(records.model, text)).collect::<Result<Vec<_>>>()?;
    let selection = Selection { texts, keys };
    if name == DELETE_SELECTED {
        return delete_selected::run(records, &selection, form);
    }
    let action = records.model.actions.iter().find(|action| action.name == name);
    let action = action.ok_or_else(|| Error::NotFound("There is no such action".into()))?;
    if action.confirm && !form.has("confirmed") {
        return Ok(Outcome::Page(Box::new(ask(records, action, &selection))));
    }
    match records.act(action, &selection.keys, false) {
        Ok(outcome) => {
            let count = records.count(outcome.done.len() as u64);
            Ok(Outcome::Done(records.list_path(), format!("{}: {count}", title(action))))
        }
        Err(Error::Invalid(errors)) => Ok(Outcome::Page(Box::new(failed(records, &title(action), &errors)))),
        Err(error) => Err(error),
    }
}

/// Whether the visitor may run an action.
pub fn may_run(records: &Records<'_>, action: &ActionConfig) -> bool {
    let permission = action.permission.as_deref();
    records.may_change() && permission.is_none_or(|permission| records.visit.may(permission))
}

/// "Publish"
pub fn title(action: &ActionConfig) -> String {
    capitalised(&action.name.replace('_', " "))
}

fn ask(records: &Records<'_>, action: &ActionConfig, selection: &Selection) -> Page {
    let count = records.count(selection.texts.len() as u64);
    let sets: Vec<Difference> =
        action.set.iter().map(|(field, value)| Difference::between(field, None, Some(value))).collect();
    let body = html! {
        form method="post" action=(paths::records_action(&records.model.app_label, &records.model.name)) class="stack stack-lg" {
            input type="hidden" name="confirmed" value="1";
            (ids(selection))
            @if !action.description.is_empty() { p { (action.description) } }
            section class="card" {
                header { h2 { "What is set" } }
                section { (diff("What is set", &sets)) }
            }
            div class="actions" {
                button class="btn" name="do" value=(action.name) { (icon(Icon::Check)) (title(action)) " (" (count) ")" }
                a class="btn" data-variant="outline" href=(records.list_path()) { "Cancel" }
            }
        }
    };
    records.page_below(format!("{} {count}?", title(action))).narrow().body(body)
}

/// The chosen records, in a form.
pub fn ids(selection: &Selection) -> Markup {
    html! { @for text in &selection.texts { input type="hidden" name="ids" value=(text); } }
}

/// Nothing was done, because of these.
pub fn failed(records: &Records<'_>, what: &str, errors: &[FieldError]) -> Page {
    const SHOWN: usize = 20;
    let body = html! {
        div class="stack stack-lg" {
            (alert(Tone::Bad, &html! { "Nothing was done, because not all of it can be." }))
            section class="card" {
                header { h2 { "What stands in the way" } }
                section {
                    ul class="stack stack-sm" { @for error in errors.iter().take(SHOWN) { li { (error.message) } } }
                    @if errors.len() > SHOWN { p class="muted" { "And " (number(i64::try_from(errors.len() - SHOWN).unwrap_or(i64::MAX))) " more." } }
                }
            }
            div class="actions" { a class="btn" data-variant="outline" href=(records.list_path()) { "Back to the list" } }
        }
    };
    records.page_below(what).narrow().failed().body(body)
}
