//! `GET` and `POST /admin/apps/{app}/{model}/new`: a new record; `?copy=` begins with another one.

use maud::html;

use super::form::{Parts, labels};
use super::inlines::{Inlines, Sent};
use super::lookups::Lookups;
use super::{Address, Records, inline_rows, input, names, with};
use crate::admin::components::error_summary;
use crate::admin::form::{Form, FormErrors, Query};
use crate::admin::page::Page;
use crate::admin::paths::{self, Path};
use crate::admin::record_key::RecordKey;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::error::{Error, Result};

pub fn routes(table: &mut Table) {
    table.get("/apps/{app}/{model}/new", Needs::OnModel("add"), show);
    table.post("/apps/{app}/{model}/new", Needs::OnModel("add"), save);
}

async fn show(visit: Visit, address: Address, query: Query) -> Answer {
    let page = with(&visit, address, move |records, _| {
        let (lookups, inlines) = (Lookups::load(records, None)?, Inlines::load(records, None)?);
        let mut form = begin(records, &query, &lookups)?;
        inlines.fill(&mut form, true);
        page(records, &form, &FormErrors::none(), (&lookups, &inlines))
    });
    Ok(page.await?.respond(&visit))
}

/// What the form begins with: nothing, another record, or what the address says.
fn begin(records: &Records<'_>, query: &Form, lookups: &Lookups<'_>) -> Result<Form> {
    if let Some(copy) = query.filled("copy") {
        let key = RecordKey::read(records.model, copy)?;
        let record = records.get_for_change(&key)?;
        let of_copy = Lookups::load(records, Some(&record))?;
        let mut form = input::filled(records, Some(&record), &of_copy);
        // The key is the copy's own, unless nobody else makes it.
        for &index in &records.model.primary_key {
            form.remove(&names::value(&records.model.fields[index].name));
        }
        return Ok(form);
    }
    let mut form = input::filled(records, None, lookups);
    for (name, text) in query.pairs().filter(|(name, _)| name.starts_with("d.")) {
        form.set(name, text);
    }
    Ok(form)
}

/// What became of a form.
enum Saved {
    Done(Path, String),
    Again(Box<Page>),
}

async fn save(visit: Visit, address: Address, form: Form) -> Answer {
    let saved = with(&visit, address, move |records, _| try_save(records, &form));
    Ok(match saved.await? {
        Saved::Done(path, message) => visit.done(&path, &message),
        Saved::Again(page) => page.respond(&visit),
    })
}

fn try_save(records: &Records<'_>, form: &Form) -> Result<Saved> {
    refuse(records)?;
    let (lookups, inlines) = (Lookups::load(records, None)?, Inlines::load(records, None)?);
    if form.has("add") {
        let mut form = form.clone();
        inlines.add_row(&mut form);
        let page = page(records, &form, &FormErrors::none(), (&lookups, &inlines))?;
        return Ok(Saved::Again(Box::new(page)));
    }
    let mut sent = Sent::new();
    let created = inlines.read(records, form, None, &lookups).and_then(|(data, rows)| {
        sent = rows;
        records.create(&data)
    });
    match created {
        Ok(record) => {
            let message = format!("Created the {} “{}”", records.one(), records.label(&record));
            let another = form.has("another") || !records.visit.sees(records.model);
            let path = if another {
                paths::record_new(&records.model.app_label, &records.model.name)
            } else {
                records.path(&record).unwrap_or_else(|| records.list_path())
            };
            Ok(Saved::Done(path, message))
        }
        Err(error) => {
            let errors = input::errors(records, inlines.placed(error, &sent))?;
            Ok(Saved::Again(Box::new(page(records, form, &errors, (&lookups, &inlines))?.failed())))
        }
    }
}

fn refuse(records: &Records<'_>) -> Result<()> {
    match &records.model.cannot_create {
        Some(why) => Err(Error::Refused(format!("No {} can be created: {why}", records.one()))),
        None if records.model.is_view => Err(Error::Refused(format!("{} can only be read", records.title()))),
        None => Ok(()),
    }
}

fn page(
    records: &Records<'_>,
    form: &Form,
    errors: &FormErrors,
    (lookups, inlines): (&Lookups<'_>, &Inlines<'_>),
) -> Result<Page> {
    refuse(records)?;
    let parts = Parts { records, record: None, form, errors, lookups, prefix: "", without: None };
    let mut named = labels(records);
    named.extend(inline_rows::labels(inlines, form));
    let labels: Vec<(&str, &str)> =
        named.iter().map(|(name, label)| (name.as_str(), label.as_str())).collect();
    let path = paths::record_new(&records.model.app_label, &records.model.name);
    let title = format!("The {} was not created", records.one());
    let body = html! {
        form method="post" action=(path) hx-post=(path) hx-target="#main" hx-select="#main" hx-swap="outerHTML"
            hx-disable="find [type=submit]" hx-indicator="#progress" class="stack stack-lg" data-focus-first novalidate[!errors.is_empty()] {
            button hidden { "Create " (records.one()) }
            (error_summary(&title, errors, &labels))
            section class="card form-card" { section { (parts.controls()) } }
            (inline_rows::cards(inlines, form, errors))
            div class="actions" {
                button type="submit" class="btn" { "Create " (records.one()) }
                button type="submit" class="btn" data-variant="outline" name="another" value="1" { "Create and add another" }
                a class="btn" data-variant="ghost" href=(records.list_path()) { "Cancel" }
            }
        }
    };
    Ok(records.page_below(format!("New {}", records.one())).narrow().body(body))
}
