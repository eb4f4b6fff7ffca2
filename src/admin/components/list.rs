//! What lists have in common: search, chips, sorting, pages.

use maud::{Markup, html};

use super::{Icon, icon, number};
use crate::admin::paths::Path;

/// The search form of a list: everything that narrows it. `fields` are selects; `keep` are parameters that
/// stay as they are.
pub fn search_box(
    path: &Path,
    query: &str,
    placeholder: &str,
    label: &str,
    keep: &[(&str, &str)],
    fields: &Markup,
    aside: &Markup,
) -> Markup {
    let content = html! {
        (search_input(query, placeholder, label))
        (fields)
        noscript { button class="btn" data-variant="outline" { "Search" } }
        @if !aside.0.is_empty() { span class="push" {} (aside) }
    };
    list_form(path, keep, &content)
}

/// The form of a list, whatever it is narrowed by: it is sent as one types and chooses.
pub fn list_form(path: &Path, keep: &[(&str, &str)], content: &Markup) -> Markup {
    html! {
        form role="search" class="toolbar" method="get" action=(path) hx-get=(path) hx-target="#results"
            hx-select="#results" hx-swap="outerHTML" hx-replace-url="true"
            hx-trigger="submit, input delay:250ms target:input, change target:select" hx-sync="this:replace"
            hx-indicator="#progress" {
            @for (name, value) in keep { input type="hidden" name=(name) value=(value); }
            (content)
        }
    }
}

/// The search field of a list.
pub fn search_input(query: &str, placeholder: &str, label: &str) -> Markup {
    html! {
        div class="input-group" {
            (icon(Icon::Search))
            input type="search" id="q" name="q" value=(query) placeholder=(placeholder) aria-label=(label)
                autocomplete="off" data-shortcut="/";
            kbd class="kbd js-only" data-align="inline-end" aria-hidden="true" { "/" }
        }
    }
}

/// One way to narrow a list, with how many there are.
pub struct Chip {
    /// For people.
    pub label: &'static str,
    /// Where it leads.
    pub path: Path,
    /// How many there are, if that was counted.
    pub count: Option<i64>,
    /// Whether the list is narrowed by it.
    pub is_current: bool,
}

/// A row of chips.
pub fn chips(label: &str, chips: &[Chip]) -> Markup {
    html! {
        nav class="chips" aria-label=(label) {
            @for chip in chips {
                a href=(chip.path) aria-current=[chip.is_current.then_some("true")] {
                    (chip.label)
                    @if let Some(count) = chip.count { span { (number(count)) } }
                }
            }
        }
    }
}

/// How a list is sorted by a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By another column.
    No,
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

/// The head of a column that a list can be sorted by; `path` sorts by it, or turns the order around.
pub fn sort_header(label: &str, sort: Sort, path: &Path) -> Markup {
    let (aria, sign) = match sort {
        Sort::No => (None, Icon::ChevronsUpDown),
        Sort::Ascending => (Some("ascending"), Icon::ArrowUp),
        Sort::Descending => (Some("descending"), Icon::ArrowDown),
    };
    html! {
        th scope="col" role="columnheader" aria-sort=[aria] { a href=(path) { (label) (icon(sign)) } }
    }
}

/// Where a list goes on. `first` and `last` are the numbers of the rows shown, where they are known.
pub struct Pager {
    /// "1–10 of 128", or what is known of it.
    pub text: String,
    /// The part before.
    pub previous: Option<Path>,
    /// The part behind.
    pub next: Option<Path>,
}

/// The foot of a list.
pub fn pager(pager: &Pager) -> Markup {
    html! {
        nav class="pager" aria-label="Pages" {
            span class="num" { (pager.text) }
            span class="push" {}
            (step(pager.previous.as_ref(), "prev", &html! { (icon(Icon::ChevronLeft)) "Previous" }))
            (step(pager.next.as_ref(), "next", &html! { "Next" (icon(Icon::ChevronRight)) }))
        }
    }
}

fn step(path: Option<&Path>, rel: &str, words: &Markup) -> Markup {
    html! {
        @if let Some(path) = path {
            a class="btn" data-variant="outline" data-size="sm" href=(path) rel=(rel) { (words) }
        } @else {
            button class="btn" data-variant="outline" data-size="sm" type="button" disabled { (words) }
        }
    }
}
