//! `GET` and `POST /admin/apps/{app}/{model}/{key}/delete`: what goes with a record, or what keeps it, and
//! its deletion.

use actix_web::http::StatusCode;
use maud::{Markup, html};
use serde_json::Value;

use super::{Address, Records, related, with};
use crate::admin::components::{Field, Icon, Tone, alert, badge, icon, number, plural};
use crate::admin::form::{Form, FormErrors};
use crate::admin::page::Page;
use crate::admin::paths;
use crate::admin::record_key::RecordKey;
use crate::admin::routes::{Needs, Table};
use crate::admin::shell::capitalised;
use crate::admin::visit::{Answer, Visit};
use crate::apps::record::{self, Cascade, Record, RelatedPage};
use crate::apps::{Count, ListQuery, Model, RelationKind, Total};
use crate::error::{Error, Result};
use crate::services::records::WriteOptions;

/// From so many records on the name has to be typed.
pub const MANY: u64 = 10;
/// Models whose records are named.
const NAMED_MODELS: usize = 6;
/// Records that are named of each.
const NAMED: u32 = 2;

pub fn routes(table: &mut Table) {
    table.get("/apps/{app}/{model}/{key}/delete", Needs::OnModel("delete"), show);
    table.post("/apps/{app}/{model}/{key}/delete", Needs::OnModel("delete"), submit);
}

async fn show(visit: Visit, address: Address) -> Answer {
    let page = with(&visit, address, |records, address| {
        let (key, record) = records.find(address)?;
        page(records, &key, &record, &Form::default(), &FormErrors::none())
    });
    Ok(page.await?.respond(&visit))
}

/// What became of a form.
enum Outcome {
    Gone(paths::Path, String),
    Again(Box<Page>),
}

async fn submit(visit: Visit, address: Address, form: Form) -> Answer {
    let outcome = with(&visit, address, move |records, address| delete(records, address, &form));
    Ok(match outcome.await? {
        Outcome::Gone(path, message) => visit.done(&path, &message),
        Outcome::Again(page) => page.respond(&visit),
    })
}

fn delete(records: &Records<'_>, address: &Address, form: &Form) -> Result<Outcome> {
    let (key, record) = records.find(address)?;
    let again = |errors: FormErrors, status: StatusCode| {
        let page = page(records, &key, &record, form, &errors)?;
        Ok(Outcome::Again(Box::new(page.failed().status(status))))
    };
    let options = WriteOptions { dry_run: true, ..WriteOptions::default() };
    let planned = match records.delete_with(&key, options) {
        Err(Error::Conflict(_)) => return again(FormErrors::none(), StatusCode::CONFLICT),
        planned => planned?,
    };
    if total(1, &planned.cascaded) >= MANY && form.text("confirm") != records.label(&record) {
        let errors = FormErrors::of(Error::invalid("confirm", "type the name exactly as it stands above"))?;
        return again(errors, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let version = form.filled("version");
    match records.delete_with(&key, WriteOptions { if_match: version, ..WriteOptions::default() }) {
        Ok(deletion) => {
            let count = total(1, &deletion.cascaded);
            let more = match count - 1 {
                0 => String::new(),
                others => format!(" and {} other records", number(as_i64(others))),
            };
            let message =
                format!("Deleted the {} “{}”{more}", records.one(), records.label(&deletion.record));
            Ok(Outcome::Gone(records.home(), message))
        }
        Err(Error::PreconditionFailed(text)) => {
            let text = format!("{text}. Look once more before you delete it");
            again(FormErrors { general: Some(text), fields: Vec::new() }, StatusCode::CONFLICT)
        }
        Err(Error::Conflict(_)) => again(FormErrors::none(), StatusCode::CONFLICT),
        Err(error) => Err(error),
    }
}

/// How many records are deleted.
pub fn total(own: u64, cascaded: &[Cascade]) -> u64 {
    own + cascaded.iter().filter(|c| c.effect == "deleted").map(|c| c.count).sum::<u64>()
}

fn as_i64(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn page(
    records: &Records<'_>,
    key: &Value,
    record: &Record,
    form: &Form,
    errors: &FormErrors,
) -> Result<Page> {
    let label = records.label(record);
    let back = records.path(record).unwrap_or_else(|| records.list_path());
    let page = |title| records.page_of(record, title).crumb("Delete").narrow();
    let options = WriteOptions { dry_run: true, ..WriteOptions::default() };
    let planned = match records.delete_with(key, options) {
        Ok(planned) => planned,
        Err(error @ (Error::Conflict(_) | Error::Forbidden { .. } | Error::Refused(_))) => {
            let title = format!("The {} {label} cannot be deleted", records.one());
            let words = format!("Back to the {}", records.one());
            return Ok(page(title).body(kept(&error, &keepers(records, record)?, (&back, &words))));
        }
        Err(error) => return Err(error),
    };
    let count = total(1, &planned.cascaded);
    let others = named(records, record, &planned.cascaded)?;
    let path = RecordKey::of(records.model, record).map_or_else(
        || back.clone(),
        |key| paths::record_delete(&records.model.app_label, &records.model.name, &key),
    );
    let body = html! {
        form method="post" action=(path) class="stack stack-lg" data-focus-first {
            input type="hidden" name="version" value=(record::version(record));
            @if let Some(general) = &errors.general { (alert(Tone::Bad, &html! { (general) })) }
            p {
                "This deletes the " (records.one()) " " b class="strong" { (label) }
                @if count > 1 { " and " (number(as_i64(count - 1))) " other records" }
                " for good. It cannot be undone."
            }
            (cascade_card(records, 1, &label, &planned.cascaded, &others))
            (confirmation(count, &label, form, errors))
            div class="actions" {
                button class="btn solid" data-variant="destructive" { (icon(Icon::Trash2)) (button(count)) }
                a class="btn" data-variant="outline" href=(back) { @if count == 1 { "Keep it" } @else { "Keep them" } }
            }
        }
    };
    Ok(page(format!("Delete the {} {label}?", records.one())).body(body))
}

/// "Delete 46 records"
pub fn button(count: u64) -> String {
    if count == 1 {
        "Delete 1 record".to_owned()
    } else {
        format!("Delete {} records", number(as_i64(count)))
    }
}

/// A name to type, where much is lost.
pub fn confirmation(count: u64, name: &str, form: &Form, errors: &FormErrors) -> Markup {
    if count < MANY {
        return Markup::default();
    }
    Field::new("confirm", &format!("To confirm, type {name}"))
        .value(form.text("confirm"))
        .autocomplete("off")
        .errors(errors)
        .render()
}

/// Links to the records that keep this one from being deleted, as far as they may be seen: "49 articles".
fn keepers(records: &Records<'_>, record: &Record) -> Result<Vec<Markup>> {
    let mut found = Vec::new();
    if !records.visit.sees(records.model) {
        return Ok(found);
    }
    for (relation, other) in records.relations() {
        let RelationKind::Reverse { column, .. } = &relation.kind else { continue };
        let Some(list) = related::all(record, relation, other) else { continue };
        if !record::keeps(records.app, other, column) {
            continue;
        }
        let of = records.of(other);
        let query = ListQuery { limit: 1, count: Count::Exact, ..of.naming(None) };
        let count = match records.related(record, relation, &query)? {
            RelatedPage::Many(page) => match page.total {
                Total::Exact(count) => count,
                _ => page.records.len() as u64,
            },
            RelatedPage::Single(one) => u64::from(one.is_some()),
        };
        if count > 0 {
            let words = plural(as_i64(count), &other.verbose_name, &other.verbose_name_plural);
            found.push(html! { a class="link" href=(list) { (words) } });
        }
    }
    Ok(found)
}

/// What keeps records from being deleted, with links to it, and the way back.
pub fn kept(error: &Error, keepers: &[Markup], (back, words): (&paths::Path, &str)) -> Markup {
    html! {
        div class="stack stack-lg" {
            (alert(Tone::Bad, &match error {
                Error::Forbidden { permissions } => html! {
                    "Other records would go with it that you may not delete. Missing: "
                    @for (i, permission) in permissions.iter().enumerate() {
                        @if i > 0 { ", " }
                        code { (permission) }
                    }
                },
                other => html! { (other) "." },
            }))
            @if !keepers.is_empty() {
                section class="card" {
                    header { h2 { "What points at it" } }
                    section class="flush" { ul class="feed" { @for link in keepers { li { span { (link) } } } } }
                }
            }
            div class="actions" { a class="btn" data-variant="outline" href=(back) { (words) } }
        }
    }
}

/// What goes with the records, by model.
pub fn cascade_card(
    records: &Records<'_>,
    own: u64,
    label: &str,
    cascaded: &[Cascade],
    others: &[(String, Markup)],
) -> Markup {
    html! {
        section class="card danger-zone" {
            header { h2 { "What goes with it" } }
            section class="flush" {
                table class="table" {
                    thead { tr { th scope="col" { "Model" } th scope="col" { "What happens" } th scope="col" { "Records" } } }
                    tbody {
                        tr {
                            th scope="row" { (capitalised(records.one())) }
                            td { (badge(Tone::Bad, "Deleted")) " " (label) }
                            td class="num" { (number(as_i64(own))) }
                        }
                        @for one in cascaded {
                            tr {
                                th scope="row" { (model_name(records, &one.model)) }
                                td {
                                    @if one.effect == "deleted" {
                                        (badge(Tone::Bad, "Deleted")) " "
                                        @match others.iter().find(|(model, _)| *model == one.model) {
                                            Some((_, names)) => { (names) },
                                            None if own == 1 => { "they go with it" },
                                            None => { "they go with them" },
                                        }
                                    } @else {
                                        (badge(Tone::Warn, "Unlinked")) " they stay, the links to it go"
                                    }
                                }
                                td class="num" { (number(as_i64(one.count))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn model_name(records: &Records<'_>, label: &str) -> String {
    find_model(records, label).map_or_else(|| label.to_owned(), |model| capitalised(&model.verbose_name))
}

fn find_model<'a>(records: &Records<'a>, label: &str) -> Option<&'a Model> {
    let (app, name) = label.split_once('.')?;
    records.catalog.find(app, name).map(|(_, model)| &**model)
}

/// A few records of the models that lose some and point here themselves, as far as they may be seen.
fn named(records: &Records<'_>, record: &Record, cascaded: &[Cascade]) -> Result<Vec<(String, Markup)>> {
    let mut found: Vec<(String, Markup)> = Vec::new();
    for one in cascaded.iter().filter(|one| one.effect == "deleted").take(NAMED_MODELS) {
        let mut ways = records.relations().filter(|(relation, other)| {
            other.label() == one.model && matches!(relation.kind, RelationKind::Reverse { .. })
        });
        let (Some((relation, other)), None) = (ways.next(), ways.next()) else { continue };
        let of = records.of(other);
        let query = ListQuery { limit: NAMED, count: Count::None, ..of.naming(None) };
        let RelatedPage::Many(page) = records.related(record, relation, &query)? else { continue };
        let rest = one.count.saturating_sub(page.records.len() as u64);
        let names = html! {
            @for (n, found) in page.records.iter().enumerate() {
                @if n > 0 { ", " }
                @match RecordKey::of(other, found) {
                    Some(key) => { a class="link" href=(paths::record(&other.app_label, &other.name, &key)) { (record::display(other, found)) } },
                    None => { (record::display(other, found)) },
                }
            }
            @if rest > 0 { " and " (number(as_i64(rest))) " more" }
        };
        found.push((one.model.clone(), names));
    }
    Ok(found)
}
