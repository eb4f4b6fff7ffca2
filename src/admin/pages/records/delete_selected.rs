//! The ticked records are deleted, after a page that names what goes with them.

use maud::html;

use super::action::{Outcome, Selection, failed, ids};
use super::delete::{MANY, button, cascade_card, confirmation, kept, total};
use super::{Records, value};
use crate::admin::components::{Icon, icon};
use crate::admin::form::{Form, FormErrors};
use crate::admin::page::Page;
use crate::admin::paths;
use crate::error::{Error, Result};
use crate::services::records::{BulkOutcome, DELETE_SELECTED};

/// Records that are named.
const NAMED: usize = 3;

/// Asks, or deletes if that was confirmed.
///
/// # Errors
/// `Forbidden` without the model's delete permission; database faults.
pub fn run(records: &Records<'_>, selection: &Selection, form: &Form) -> Result<Outcome> {
    let what = format!("Delete {}", records.count(selection.keys.len() as u64));
    let planned = match records.delete_selected(&selection.keys, true) {
        Ok(planned) => planned,
        Err(Error::Invalid(errors)) => return Ok(Outcome::Page(Box::new(failed(records, &what, &errors)))),
        Err(error @ (Error::Forbidden { .. } | Error::Conflict(_))) if records.may_delete() => {
            let title = format!("{} cannot be deleted", records.count(selection.keys.len() as u64));
            let body = kept(&error, &[], (&records.list_path(), "Back to the list"));
            let page = records.page_below(title).narrow().failed().body(body);
            return Ok(Outcome::Page(Box::new(page)));
        }
        Err(error) => return Err(error),
    };
    let count = total(planned.done.len() as u64, &planned.cascaded);
    if !form.has("confirmed") {
        let page = ask(records, selection, &planned, count, form, &FormErrors::none());
        return Ok(Outcome::Page(Box::new(page)));
    }
    if count >= MANY && form.text("confirm") != count.to_string() {
        let errors = FormErrors::of(Error::invalid("confirm", "type the number of records"))?;
        let page = ask(records, selection, &planned, count, form, &errors).failed();
        return Ok(Outcome::Page(Box::new(page)));
    }
    match records.delete_selected(&selection.keys, false) {
        Ok(deleted) => {
            let count = records.count(deleted.done.len() as u64);
            Ok(Outcome::Done(records.list_path(), format!("Deleted {count}")))
        }
        Err(Error::Invalid(errors)) => Ok(Outcome::Page(Box::new(failed(records, &what, &errors)))),
        Err(error) => Err(error),
    }
}

fn ask(
    records: &Records<'_>,
    selection: &Selection,
    planned: &BulkOutcome,
    count: u64,
    form: &Form,
    errors: &FormErrors,
) -> Page {
    let own = planned.done.len();
    let mut names: Vec<String> =
        planned.done.iter().take(NAMED).map(|done| value::cut(&records.label(&done.record), 60)).collect();
    if own > NAMED {
        names.push(format!("and {} more", own - NAMED));
    }
    let title = format!("Delete {}?", records.count(own as u64));
    let body = html! {
        form method="post" action=(paths::records_action(&records.model.app_label, &records.model.name))
            class="stack stack-lg" data-focus-first {
            input type="hidden" name="confirmed" value="1";
            input type="hidden" name="do" value=(DELETE_SELECTED);
            (ids(selection))
            p { "This removes them for good. It cannot be undone." }
            (cascade_card(records, own as u64, &names.join(", "), &planned.cascaded, &[]))
            (confirmation(count, &count.to_string(), form, errors))
            div class="actions" {
                button class="btn solid" data-variant="destructive" { (icon(Icon::Trash2)) (button(count)) }
                a class="btn" data-variant="outline" href=(records.list_path()) { "Keep them" }
            }
        }
    };
    records.page_below(title).narrow().body(body)
}
