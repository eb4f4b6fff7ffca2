//! The rows of a list, and what can be done to those that are ticked.

use std::collections::{BTreeSet, HashMap};

use maud::{Markup, html};
use serde_json::Value;

use super::query::Asked;
use super::{Records, value};
use crate::admin::components::{Icon, Menu, MenuItem, icon, sort_header};
use crate::admin::paths;
use crate::admin::record_key::RecordKey;
use crate::admin::shell::capitalised;
use crate::apps::record::{Cell, Record, object_id};
use crate::apps::{Field, Page, RelationKind, can_order};
use crate::error::Result;

/// What foreign keys point at: by column, from the value to label and address.
type Links = HashMap<usize, HashMap<String, (String, Option<paths::Path>)>>;

/// The table with its foot and the bar of actions.
///
/// # Errors
/// Database faults.
pub fn table(
    records: &Records<'_>,
    asked: &Asked,
    columns: &[usize],
    page: &Page,
    foot: &Markup,
) -> Result<Markup> {
    let model = records.model;
    let links = links(records, columns, &page.records)?;
    let bar = bar(records);
    let selects = bar.is_some();
    let head = |index: usize| {
        let field = &model.fields[index];
        let title = title(field);
        if !can_order(&field.kind) {
            return html! { th scope="col" role="columnheader" { (title) } };
        }
        let (sort, other) = asked.sorted_by(model, index);
        sort_header(&title, sort, &other.onto(records.list_path()))
    };
    let whole = html! {
        div class="card cards" {
            div class="table-container" {
                table class="table" role="table" {
                    thead role="rowgroup" {
                        tr role="row" {
                            @if selects {
                                th scope="col" role="columnheader" class="tight" {
                                    input type="checkbox" class="input js-only" data-check-all aria-label="Select all on this page";
                                }
                            }
                            @for &index in columns { (head(index)) }
                            @if records.has_keys() {
                                th scope="col" role="columnheader" class="tight" { span class="sr-only" { "Actions" } }
                            }
                        }
                    }
                    tbody role="rowgroup" {
                        @for (n, record) in page.records.iter().enumerate() {
                            (row(records, columns, record, &links, selects, n))
                        }
                    }
                }
            }
            (foot)
        }
        @if let Some(bar) = &bar { (bar) }
    };
    if !selects {
        return Ok(whole);
    }
    let action = paths::records_action(&model.app_label, &model.name);
    Ok(html! {
        form method="post" action=(action) {
            button hidden name="do" value="none" { "None" }
            (whole)
        }
    })
}

/// "Published at"
pub fn title(field: &Field) -> String {
    let name = field.relation_name.as_deref().unwrap_or(&field.name);
    let words = name.replace('_', " ");
    let words = words.trim();
    if words.is_empty() { name.to_owned() } else { capitalised(words) }
}

fn row(
    records: &Records<'_>,
    columns: &[usize],
    record: &Record,
    links: &Links,
    selects: bool,
    n: usize,
) -> Markup {
    let model = records.model;
    let label = records.label(record);
    let key = RecordKey::of(model, record);
    let path = key.as_ref().map(|key| paths::record(&model.app_label, &model.name, key));
    let cell = |index: usize| record.get(&model.fields[index].name).unwrap_or(&Cell::Null);
    html! {
        tr role="row" {
            @if selects {
                td role="cell" class="tight c-check" {
                    @if let Some(key) = &key {
                        input type="checkbox" class="input" name="ids" value=(key.as_str()) aria-label={ "Select " (label) };
                    }
                }
            }
            @for (at, &index) in columns.iter().enumerate() {
                @if at == 0 {
                    td role="cell" class="c-main" { (first(records, record, &model.fields[index], cell(index), path.as_ref(), &label)) }
                } @else {
                    td role="cell" data-label=(title(&model.fields[index])) {
                        @match links.get(&index).and_then(|found| found.get(&cell(index).to_text())) {
                            Some((name, Some(path))) => { a class="link clamp" href=(path) { (value::cut(name, 60)) } },
                            Some((name, None)) => { span class="clamp" { (value::cut(name, 60)) } },
                            None => { (value::short(records.visit, &model.fields[index], cell(index))) },
                        }
                    }
                }
            }
            @if let Some(key) = &key {
                td role="cell" class="tight c-menu" { (menu(records, key, &label, n)) }
            }
        }
    }
}

/// The first cell leads to the record.
fn first(
    records: &Records<'_>,
    record: &Record,
    field: &Field,
    cell: &Cell,
    path: Option<&paths::Path>,
    label: &str,
) -> Markup {
    let text = cell.to_text();
    let is_blank = text.trim().is_empty() || matches!(field.kind, crate::apps::FieldKind::Binary);
    let shown = if is_blank {
        html! { span class="clamp" { (label) } }
    } else {
        value::short(records.visit, field, cell)
    };
    html! {
        @if let Some(path) = path { a class="cell-main" href=(path) { (shown) } } @else { span class="cell-main" { (shown) } }
        @if records.has_keys() && !field.is_primary_key {
            span class="cell-sub num" { "#" (value::cut(&object_id(records.model, record), 60)) }
        }
    }
}

fn menu(records: &Records<'_>, key: &RecordKey, label: &str, n: usize) -> Markup {
    let (app, model) = (&records.model.app_label, &records.model.name);
    let mut items = Vec::new();
    let open = if records.may_change() { (Icon::Pencil, "Edit") } else { (Icon::Info, "Show") };
    items.push(MenuItem::Link(open.0, open.1, paths::record(app, model, key)));
    items.push(MenuItem::Link(Icon::History, "View history", paths::record_history(app, model, key)));
    if records.may_add() {
        let copy = paths::record_new(app, model).with("copy", key.as_str());
        items.push(MenuItem::Link(Icon::Copy, "Make a copy", copy));
    }
    if records.may_delete() {
        items.push(MenuItem::Separator);
        items.push(MenuItem::Danger(Icon::Trash2, "Delete…", paths::record_delete(app, model, key)));
    }
    Menu { id: format!("r{n}"), label: &format!("Actions for {label}"), items }.render()
}

/// The bar below the table; none where nothing can be done to many records.
fn bar(records: &Records<'_>) -> Option<Markup> {
    let actions: Vec<_> =
        records.model.actions.iter().filter(|action| super::action::may_run(records, action)).collect();
    if actions.is_empty() && !records.may_delete() {
        return None;
    }
    Some(html! {
        div class="bulk" role="group" aria-label={ "Selected " (records.model.verbose_name_plural) } {
            @for action in actions {
                button type="submit" name="do" value=(action.name) class="btn" data-variant="ghost" data-size="sm"
                    title=[(!action.description.is_empty()).then_some(&action.description)] {
                    (icon(Icon::Check)) (super::action::title(action)) @if action.confirm { "…" }
                }
            }
            @if records.may_delete() {
                button type="submit" name="do" value=(crate::services::records::DELETE_SELECTED) class="btn"
                    data-variant="destructive" data-size="sm" { (icon(Icon::Trash2)) "Delete…" }
            }
        }
    })
}

/// One query for each foreign key that is shown and may be followed.
fn links(records: &Records<'_>, columns: &[usize], rows: &[Record]) -> Result<Links> {
    let mut links = Links::new();
    for (relation, other) in records.relations() {
        let RelationKind::ForeignKey { field, column } = &relation.kind else { continue };
        if !columns.contains(field) {
            continue;
        }
        let name = &records.model.fields[*field].name;
        let mut seen = BTreeSet::new();
        let values: Vec<Value> = rows
            .iter()
            .filter_map(|row| row.get(name))
            .filter(|cell| seen.insert(cell.to_text()))
            .map(Cell::to_value)
            .collect();
        let found = records.of(other).with_values(column, values)?;
        let found = found.into_iter().map(|named| {
            let path = RecordKey::named(&named).map(|key| paths::record(&other.app_label, &other.name, &key));
            (named.value, (named.label, path))
        });
        links.insert(*field, found.collect());
    }
    Ok(links)
}
