//! How a list is narrowed: a control for each field that fits its kind, and what is in force.

use maud::{Markup, html};

use super::query::Asked;
use super::table::title;
use super::{Records, names};
use crate::admin::components::{Choice, Icon, Select, icon, list_form, search_input};
use crate::admin::form::FormErrors;
use crate::admin::paths;
use crate::apps::{Field, FieldKind, Model, RelationKind};

/// Selects that stand beside the search rather than among the filters.
const QUICK: usize = 2;

/// Search and filters, as one form.
pub fn toolbar(records: &Records<'_>, asked: &Asked, errors: &FormErrors) -> Markup {
    let model = records.model;
    let quick: Vec<usize> =
        (0..model.fields.len()).filter(|&i| is_quick(&model.fields[i])).take(QUICK).collect();
    let rest: Vec<usize> = (0..model.fields.len())
        .filter(|i| !quick.contains(i) && !matches!(model.fields[*i].kind, FieldKind::Binary))
        .collect();
    let in_panel = |key: &str| rest.iter().any(|&i| key.starts_with(&*model.fields[i].name));
    let is_open = asked.filters.iter().any(|(key, _)| in_panel(key)) || !errors.fields.is_empty();
    let content = html! {
        @if !model.search_fields.is_empty() {
            (search_input(&asked.search, &format!("Search {}", searched(model)), &format!("Search {}", model.verbose_name_plural)))
        }
        @for &index in &quick { (select(&model.fields[index], asked, true)) }
        noscript { button class="btn" data-variant="outline" { "Search" } }
        details class="panel" open[is_open] {
            summary class="btn" data-variant="outline" { (icon(Icon::ChevronsUpDown)) "Filters" }
            div class="filters" {
                @for &index in &rest { (control(records, &model.fields[index], asked)) }
                div class="row" {
                    button class="btn" data-variant="outline" { "Apply filters" }
                    @if !asked.is_everything() {
                        a class="btn" data-variant="ghost" href=(records.list_path()) { "Clear" }
                    }
                }
            }
        }
    };
    list_form(&records.list_path(), &asked.kept(), &content)
}

/// The choice of columns, as a menu.
pub fn columns(records: &Records<'_>, asked: &Asked, columns: &[usize]) -> Markup {
    let other = Asked { columns: Vec::new(), ..asked.clone() };
    html! {
        button type="button" class="btn" data-variant="outline" popovertarget="columns" { (icon(Icon::ChevronsUpDown)) "Columns" }
        div popover class="menu columns" id="columns" {
            form method="get" action=(records.list_path()) class="stack stack-sm" {
                @if !other.search.is_empty() { input type="hidden" name="q" value=(other.search); }
                @for (key, text) in &other.filters { input type="hidden" name=(names::filter(key)) value=(text); }
                @for (name, text) in other.kept() { input type="hidden" name=(name) value=(text); }
                fieldset class="stack stack-sm" {
                    legend class="menu-head" { "Columns to show" }
                    @for (index, field) in records.model.fields.iter().enumerate() {
                        label class="check" {
                            input type="checkbox" class="input" name="c" value=(field.name) checked[columns.contains(&index)];
                            span { (title(field)) }
                        }
                    }
                }
                div class="row" {
                    button class="btn" data-variant="outline" data-size="sm" { "Show these" }
                    a class="btn" data-variant="ghost" data-size="sm" href=(other.onto(records.list_path())) { "Reset" }
                }
            }
        }
    }
}

/// The names of the fields that a search looks in.
pub fn searched(model: &Model) -> String {
    let names: Vec<String> =
        model.search_fields.iter().take(4).map(|&index| title(&model.fields[index]).to_lowercase()).collect();
    if names.is_empty() { "the key".to_owned() } else { names.join(", ") }
}

/// Names of the controls for people.
pub fn labels(model: &Model) -> Vec<(String, String)> {
    let mut labels = vec![("q".to_owned(), "Search".to_owned())];
    for field in &model.fields {
        for suffix in ["", "__icontains", "__gte", "__lte", "__lt", "__isnull"] {
            labels.push((names::filter_id(&format!("{}{suffix}", field.name)), title(field)));
        }
    }
    labels
}

fn is_quick(field: &Field) -> bool {
    field.kind == FieldKind::Boolean || (!field.choices.is_empty() && field.choices.len() <= 30)
}

/// A control that fits the kind of a field.
fn control(records: &Records<'_>, field: &Field, asked: &Asked) -> Markup {
    let name = &field.name;
    let one = |key: String, label: &str, kind: &str| input(&key, label, kind, asked);
    if is_quick(field) {
        return select(field, asked, false);
    }
    let target = records.relations().find_map(|(relation, other)| match &relation.kind {
        RelationKind::ForeignKey { field, column } if records.model.fields[*field].name == *name => {
            Some((other, column))
        }
        _ => None,
    });
    let title = title(field);
    if let Some((other, column)) = target {
        let url = paths::record_options(&other.app_label, &other.name).with("to", column);
        let id = names::filter_id(name);
        return html! {
            div class="field" {
                label for=(id) { (title) }
                div data-combo=(url) data-text=(asked.filter(name)) {
                    input class="input" id=(id) name=(names::filter(name)) value=(asked.filter(name)) autocomplete="off";
                }
            }
        };
    }
    match &field.kind {
        FieldKind::Integer { .. } | FieldKind::Float | FieldKind::Decimal { .. } => range(
            &one(format!("{name}__gte"), &format!("{title}, at least"), "number"),
            &one(format!("{name}__lte"), &format!("{title}, at most"), "number"),
        ),
        FieldKind::Date | FieldKind::DateTime { .. } => range(
            &one(format!("{name}__gte"), &format!("{title}, from"), "date"),
            &one(format!("{name}__lt"), &format!("{title}, before"), "date"),
        ),
        FieldKind::Time => range(
            &one(format!("{name}__gte"), &format!("{title}, from"), "time"),
            &one(format!("{name}__lte"), &format!("{title}, until"), "time"),
        ),
        FieldKind::Text | FieldKind::Other | FieldKind::Enum => {
            one(format!("{name}__icontains"), &format!("{title} contains"), "text")
        }
        FieldKind::Uuid => one(name.to_string(), &title, "text"),
        FieldKind::Json | FieldKind::Array(_) | FieldKind::Binary | FieldKind::Boolean => {
            let choices = [Choice::new("true", "Not set"), Choice::new("false", "Set")];
            let key = format!("{name}__isnull");
            labelled_select(&key, &title, &choices, asked)
        }
    }
}

fn range(from: &Markup, to: &Markup) -> Markup {
    html! { div class="grid-2" { (from) (to) } }
}

fn input(key: &str, label: &str, kind: &str, asked: &Asked) -> Markup {
    let id = names::filter_id(key);
    let step = (kind == "number").then_some("any");
    html! {
        div class="field" {
            label for=(id) { (label) }
            input class="input" id=(id) name=(names::filter(key)) type=(kind) step=[step] value=(asked.filter(key));
        }
    }
}

fn select(field: &Field, asked: &Asked, is_bare: bool) -> Markup {
    let choices: Vec<Choice> = if field.kind == FieldKind::Boolean {
        vec![Choice::new("true", "Yes"), Choice::new("false", "No")]
    } else {
        field.choices.iter().map(|choice| Choice::new(choice, choice)).collect()
    };
    let title = title(field);
    if !is_bare {
        return labelled_select(&field.name, &title, &choices, asked);
    }
    let choices: Vec<Choice> = if field.kind == FieldKind::Boolean {
        choices
            .into_iter()
            .map(|c| Choice::new(c.value, format!("{title}: {}", c.label.to_lowercase())))
            .collect()
    } else {
        choices
    };
    let any = if field.kind == FieldKind::Boolean {
        format!("{title}: any")
    } else {
        format!("Any {}", title.to_lowercase())
    };
    Select {
        name: &names::filter(&field.name),
        label: &title,
        choices: &choices,
        value: asked.filter(&field.name),
        nothing: Some(&any),
        help: None,
        errors: &FormErrors::none(),
    }
    .bare()
}

fn labelled_select(key: &str, label: &str, choices: &[Choice], asked: &Asked) -> Markup {
    let id = names::filter_id(key);
    html! {
        div class="field" {
            label for=(id) { (label) }
            select class="select" id=(id) name=(names::filter(key)) {
                option value="" { "Any" }
                @for choice in choices {
                    option value=(choice.value) selected[choice.value == asked.filter(key)] { (choice.label) }
                }
            }
        }
    }
}

/// The filters in force, each with a link that takes it away.
pub fn in_force(records: &Records<'_>, asked: &Asked) -> Markup {
    if asked.filters.is_empty() {
        return Markup::default();
    }
    html! {
        nav class="chips" aria-label="Filters in force" {
            @for (n, (key, text)) in asked.filters.iter().enumerate() {
                a href=(without(asked, n).onto(records.list_path())) aria-label={ "Remove the filter: " (words(records.model, key, text)) } {
                    (words(records.model, key, text)) (icon(Icon::X))
                }
            }
        }
    }
}

fn without(asked: &Asked, n: usize) -> Asked {
    let mut rest = asked.clone();
    rest.filters.remove(n);
    rest.cursor = None;
    rest
}

/// "Created at from 2026-01-01"
fn words(model: &Model, key: &str, text: &str) -> String {
    if let Some((_, field)) = model.field(key) {
        return format!("{} is {text}", title(field));
    }
    let Some((name, lookup)) = key.rsplit_once("__") else { return format!("{key} {text}") };
    let name = model.field(name).map_or_else(|| name.to_owned(), |(_, field)| title(field));
    match (lookup, text) {
        ("icontains" | "contains", _) => format!("{name} contains {text}"),
        ("gte", _) => format!("{name} from {text}"),
        ("lte", _) => format!("{name} up to {text}"),
        ("lt", _) => format!("{name} before {text}"),
        ("gt", _) => format!("{name} above {text}"),
        ("isnull", "true") => format!("{name} is not set"),
        ("isnull", _) => format!("{name} is set"),
        _ => format!("{name} {lookup} {text}"),
    }
}
