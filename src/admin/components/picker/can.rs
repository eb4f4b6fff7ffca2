//! What somebody could do with what is ticked.

use maud::{Markup, html};

use super::rows::{Row, is_own, rows, verb_of};
use super::words::deeds;
use crate::admin::components::{Icon, icon_with, plural};
use crate::services::permissions::Permission;

/// What somebody with these permissions can do, as a card beside a picker: by model, then the risks, then
/// what is out of reach. `title` is e.g. `This token can`; `risks` come before those of the permissions.
pub fn can_card(
    title: &str,
    all: &[Permission],
    has: &dyn Fn(&str) -> bool,
    risks: &[Markup],
    foot: &Markup,
) -> Markup {
    const SHOWN: usize = 12;
    let rows = rows(all);
    let given = |row: &Row<'_>| row.permissions.iter().filter(|p| has(&p.full_name())).count();
    let (some, none): (Vec<&Row<'_>>, Vec<&Row<'_>>) = rows.iter().partition(|row| given(row) > 0);
    let deletes: Vec<&str> = some
        .iter()
        .filter(|row| row.permissions.iter().any(|p| verb_of(p) == "delete" && has(&p.full_name())))
        .map(|row| row.title.as_str())
        .collect();
    let governs = rows.iter().filter(|row| is_own(row.app)).flat_map(|row| &row.permissions);
    let governs = governs.filter(|p| verb_of(p) != "view").any(|p| has(&p.full_name()));
    html! {
        section class="card" id="summary" aria-live="polite" aria-atomic="true" {
            header { h2 { (title) } }
            section class="stack stack-sm" {
                @if some.is_empty() { p class="muted" { "Nothing yet. Tick what it needs." } }
                ul class="can" {
                    @for row in some.iter().take(SHOWN) {
                        li { (icon_with(Icon::Check, "tone-ok")) span { b class="strong" { (row.title) } ": " (verbs(row, has)) } }
                    }
                    @if some.len() > SHOWN { li { (icon_with(Icon::Check, "tone-ok")) span { (some.len() - SHOWN) " more models" } } }
                }
                @if !risks.is_empty() || !deletes.is_empty() || governs || !none.is_empty() {
                    hr;
                    ul class="can" {
                        @for risk in risks { li { (icon_with(Icon::TriangleAlert, "tone-warn")) span { (risk) } } }
                        @if governs {
                            li { (icon_with(Icon::TriangleAlert, "tone-warn")) span { "It can " b class="strong" { "change who may do what" } } }
                        }
                        @if !deletes.is_empty() {
                            li { (icon_with(Icon::TriangleAlert, "tone-warn")) span { "It can " b class="strong" { "delete" } ": " (listed(&deletes)) } }
                        }
                        @if !none.is_empty() {
                            @let titles: Vec<&str> = none.iter().map(|row| row.title.as_str()).collect();
                            li { (icon_with(Icon::Ban, "muted")) span { "No access to " (listed(&titles)) } }
                        }
                    }
                }
            }
            footer class="small muted" { (foot) }
        }
    }
}

/// `view, add`, or `everything`.
fn verbs(row: &Row<'_>, has: &dyn Fn(&str) -> bool) -> String {
    let given = deeds(row.permissions.iter().copied().filter(|p| has(&p.full_name())));
    if given.len() == row.permissions.len() && given.len() > 1 {
        return "everything".into();
    }
    given.join(", ")
}

/// The first few, and how many more.
fn listed(titles: &[&str]) -> String {
    const SHOWN: usize = 4;
    let first = titles.iter().take(SHOWN).map(|title| title.to_lowercase()).collect::<Vec<_>>().join(", ");
    match titles.len().saturating_sub(SHOWN) {
        0 => first,
        more => format!(
            "{first} and {}",
            plural(i64::try_from(more).unwrap_or(i64::MAX), "more model", "more models")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{all, set};
    use super::*;

    #[test]
    fn the_summary_names_what_it_can_the_risks_and_what_is_out_of_reach() {
        let has = set(&["blog.add_article", "blog.view_article", "blog.delete_article"]);
        let card = can_card("This token can", &all(), &|name| has.contains(name), &[], &Markup::default());
        let shown = card.into_string();
        assert!(shown.contains("News &lt;item&gt;</b>: view, add, delete"), "{shown}");
        assert!(shown.contains("No access to tag"), "{shown}");
    }
}
