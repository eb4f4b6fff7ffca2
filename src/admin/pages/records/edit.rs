//! `GET` and `POST /admin/apps/{app}/{model}/{key}`: one record, with its form for those who may change it.

use maud::{Markup, html};

use super::aside::Known;
use super::form::{Parts, facts, labels};
use super::inlines::{self, Inlines, Sent};
use super::lookups::Lookups;
use super::{Address, Records, aside, conflict, inline_rows, input, value, with};
use crate::admin::components::{Icon, Menu, MenuItem, code, error_summary};
use crate::admin::form::{Form, FormErrors};
use crate::admin::page::Page;
use crate::admin::paths::{self, Path};
use crate::admin::record_key::RecordKey;
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::apps::Field;
use crate::apps::record::{self, Cell, Record};
use crate::error::{Error, Result};
use crate::services::records::WriteOptions;

pub fn routes(table: &mut Table) {
    table.get("/apps/{app}/{model}/{key}", Needs::OnModel("view"), show);
    table.post("/apps/{app}/{model}/{key}", Needs::OnModel("change"), save);
}

async fn show(visit: Visit, address: Address) -> Answer {
    let page = with(&visit, address, |records, address| {
        let (_, record) = records.find(address)?;
        let lookups = lookups(records, &record)?;
        let inlines = inlines_of(records, &record)?;
        let mut form = input::filled(records, Some(&record), &lookups);
        inlines.fill(&mut form, false);
        page(
            &Of { records, record: &record, lookups: &lookups, inlines: &inlines },
            &form,
            &FormErrors::none(),
        )
    });
    Ok(page.await?.respond(&visit))
}

fn lookups<'a>(records: &Records<'a>, record: &Record) -> Result<Lookups<'a>> {
    if records.may_change() { Lookups::load(records, Some(record)) } else { Ok(Lookups::default()) }
}

fn inlines_of<'a>(records: &Records<'a>, record: &Record) -> Result<Inlines<'a>> {
    let may = records.may_change() && records.visit.sees(records.model);
    if may { Inlines::load(records, Some(record)) } else { Ok(Inlines::default()) }
}

/// What a page is made of beside the form.
struct Of<'p, 'a> {
    records: &'p Records<'a>,
    record: &'p Record,
    lookups: &'p Lookups<'a>,
    inlines: &'p Inlines<'a>,
}

/// What became of a form.
enum Saved {
    Done(Path, String),
    Again(Box<Page>),
}

async fn save(visit: Visit, address: Address, form: Form) -> Answer {
    let saved = with(&visit, address, move |records, address| try_save(records, address, &form));
    Ok(match saved.await? {
        Saved::Done(path, message) => visit.done(&path, &message),
        Saved::Again(page) => page.respond(&visit),
    })
}

fn try_save(records: &Records<'_>, address: &Address, form: &Form) -> Result<Saved> {
    let (key, before) = records.find(address)?;
    let (lookups, inlines) = (lookups(records, &before)?, inlines_of(records, &before)?);
    let of = Of { records, record: &before, lookups: &lookups, inlines: &inlines };
    if form.has("add") {
        let mut form = form.clone();
        inlines.add_row(&mut form);
        return Ok(Saved::Again(Box::new(page(&of, &form, &FormErrors::none())?)));
    }
    let seen = form.text("version");
    if !seen.is_empty() && seen != record::version(&before) {
        return Ok(Saved::Again(Box::new(conflict::page(records, &before, form))));
    }
    // Where it is in the list may change with it.
    let next = if form.text("next") == "record" { records.next(&before)? } else { None };
    let version = record::version(&before);
    let mut sent = Sent::new();
    let written = inlines.read(records, form, Some(&before), &lookups).and_then(|(data, rows)| {
        sent = rows;
        if data.is_empty() {
            return Ok(None);
        }
        let options = WriteOptions { if_match: Some(&version), ..WriteOptions::default() };
        records.update_with(&key, &data, options).map(|saved| Some(saved.done))
    });
    match written {
        Ok(change) => {
            let after = change.as_ref().map_or(&before, |change| &change.after);
            let message = match &change {
                Some(_) => format!("Saved the {} “{}”", records.one(), records.label(after)),
                None => "Nothing was changed".to_owned(),
            };
            let stays = !form.has("next") && records.visit.sees(records.model);
            Ok(match &next {
                Some(next) => Saved::Done(own_path(records, next), message),
                None if stays => Saved::Done(own_path(records, after), message),
                None if form.text("next") == "record" => {
                    Saved::Done(records.home(), format!("{message}. It was the last one"))
                }
                None => Saved::Done(records.home(), message),
            })
        }
        // Somebody else was quicker by a moment.
        Err(Error::PreconditionFailed(_)) => {
            let (_, now) = records.find(address)?;
            Ok(Saved::Again(Box::new(conflict::page(records, &now, form))))
        }
        Err(error) => {
            let errors = input::errors(records, inlines.placed(error, &sent))?;
            let mut form = form.clone();
            inlines::renew(&inlines, &mut form, &errors);
            Ok(Saved::Again(Box::new(page(&of, &form, &errors)?.failed())))
        }
    }
}

fn own_path(records: &Records<'_>, record: &Record) -> Path {
    records.path(record).unwrap_or_else(|| records.list_path())
}

fn page(of: &Of<'_, '_>, form: &Form, errors: &FormErrors) -> Result<Page> {
    let Of { records, record, lookups, inlines } = *of;
    let may_change = records.may_change();
    let sees = records.visit.sees(records.model);
    let (news, aside) = if sees {
        let known = Known::load(records, record)?;
        (aside::changed_by_token(records, &known), aside::cards(records, record, &known, inlines)?)
    } else {
        (Markup::default(), Markup::default())
    };
    let main = if may_change {
        let parts = Parts { records, record: Some(record), form, errors, lookups, prefix: "", without: None };
        edit_form(&parts, record, inlines)
    } else {
        let all: Vec<_> = records.model.fields.iter().collect();
        facts(records, record, &all, "Values")
    };
    let body = html! { div class="cols" { div class="stack stack-lg" { (news) (main) } (aside) } };
    let id = value::cut(&record::object_id(records.model, record), 40);
    let badges = html! { (state(records, record)) (code(&format!("#{id}"))) };
    let page = records.page_below(records.label(record)).crumb(id).badge(badges);
    Ok(page.actions(menu(records, record)).body(body))
}

/// The state of a record whose model has one field of choices, or one that is called so.
fn state(records: &Records<'_>, found: &Record) -> Markup {
    let all: Vec<&Field> = records.model.fields.iter().filter(|field| !field.choices.is_empty()).collect();
    let is_called_so = |field: &&&Field| ["status", "state"].contains(&&*field.name.to_lowercase());
    let field = if let [one] = all[..] { Some(one) } else { all.iter().find(is_called_so).copied() };
    match field.and_then(|field| found.get(&field.name)) {
        Some(Cell::Text(text)) if !text.is_empty() => value::state(text),
        _ => Markup::default(),
    }
}

fn edit_form(parts: &Parts<'_>, record: &Record, inlines: &Inlines<'_>) -> Markup {
    let (records, form) = (parts.records, parts.form);
    let mut named = labels(records);
    named.extend(inline_rows::labels(inlines, form));
    let labels: Vec<(&str, &str)> =
        named.iter().map(|(name, label)| (name.as_str(), label.as_str())).collect();
    // A form that comes back keeps the version that its reader has seen.
    let version = form.filled("version").map_or_else(|| record::version(record), str::to_owned);
    let path = own_path(records, record);
    let title = format!("The {} was not saved", records.one());
    html! {
        form method="post" action=(path) hx-post=(path) hx-target="#main" hx-select="#main" hx-swap="outerHTML"
            hx-disable="find [type=submit]" hx-indicator="#progress" class="stack stack-lg" data-focus-first novalidate[!parts.errors.is_empty()] {
            button hidden { "Save " (records.one()) }
            input type="hidden" name="version" value=(version);
            (error_summary(&title, parts.errors, &labels))
            section class="card form-card" {
                header { h2 { (crate::admin::shell::capitalised(records.one())) } }
                section { (parts.controls()) }
            }
            (inline_rows::cards(inlines, form, parts.errors))
            div class="actions" {
                button type="submit" class="btn" { "Save " (records.one()) }
                @if records.visit.sees(records.model) {
                    button type="submit" class="btn" data-variant="outline" name="next" value="record" { "Save and next" }
                }
                button type="submit" class="btn hide-sm" data-variant="outline" name="next" value="list" { "Save and go to the list" }
                a class="btn" data-variant="ghost" href=(records.list_path()) { "Cancel" }
            }
        }
        (parts.fixed())
    }
}

fn menu(records: &Records<'_>, record: &Record) -> Markup {
    let Some(key) = RecordKey::of(records.model, record) else { return Markup::default() };
    let (app, model) = (&records.model.app_label, &records.model.name);
    let mut items = vec![MenuItem::Link(Icon::History, "History", paths::record_history(app, model, &key))];
    if records.may_add() {
        items.push(MenuItem::Link(
            Icon::Copy,
            "Make a copy",
            paths::record_new(app, model).with("copy", key.as_str()),
        ));
    }
    if records.may_delete() {
        items.push(MenuItem::Separator);
        items.push(MenuItem::Danger(Icon::Trash2, "Delete…", paths::record_delete(app, model, &key)));
    }
    Menu { id: "record-menu".into(), label: "More actions", items }.render()
}
