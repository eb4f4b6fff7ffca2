//! The records that point at a record, beside it.

use maud::{Markup, html};

use super::inlines::Inlines;
use super::{Records, names};
use crate::admin::components::number;
use crate::admin::paths;
use crate::admin::record_key::RecordKey;
use crate::admin::shell::capitalised;
use crate::apps::record::{Record, RelatedPage};
use crate::apps::{Count, ListQuery, Model, Relation, RelationKind, Total};
use crate::error::Result;
use crate::services::records::Named;

/// Records of each relation that are shown.
const FEW: u32 = 5;
/// Relations whose records are shown; of further ones there is a link.
const MOST: usize = 6;

/// A card for each relation whose rows are not in the form.
///
/// # Errors
/// Database faults.
pub fn cards(records: &Records<'_>, record: &Record, inlines: &Inlines<'_>) -> Result<Vec<Markup>> {
    let is_inline = |relation: &Relation| inlines.0.iter().any(|one| one.inline.name == relation.name);
    let reverse = records.relations().filter(|(relation, _)| {
        matches!(relation.kind, RelationKind::Reverse { .. }) && !is_inline(relation)
    });
    let card = |(n, (relation, other)): (usize, (&Relation, &Model))| {
        card(records, record, relation, other, n < MOST)
    };
    reverse.enumerate().map(card).collect()
}

fn card(
    records: &Records<'_>,
    record: &Record,
    relation: &Relation,
    other: &Model,
    is_asked: bool,
) -> Result<Markup> {
    let of = records.of(other);
    let title = capitalised(&relation.name.replace('_', " "));
    let list = all(record, relation, other);
    if !is_asked {
        return Ok(html! {
            section class="card" {
                header { h2 { (title) } @if let Some(list) = &list { a class="link small" href=(list) { "Show" } } }
            }
        });
    }
    let query = ListQuery { limit: FEW, count: Count::Estimate, ..of.naming(None) };
    let (found, total) = match records.related(record, relation, &query)? {
        RelatedPage::Many(page) => (page.records, page.total),
        RelatedPage::Single(one) => (one.into_iter().collect(), Total::Unknown),
    };
    let n = |n: u64| number(i64::try_from(n).unwrap_or(i64::MAX));
    let words = match total {
        Total::Exact(total) => format!("All {}", n(total)),
        Total::Estimate(total) => format!("All, about {}", n(total)),
        Total::AtLeast(total) => format!("All, more than {}", n(total)),
        Total::Unknown => "All".to_owned(),
    };
    let link = |named: &Named| {
        let path = RecordKey::named(named).map(|key| paths::record(&other.app_label, &other.name, &key));
        html! { @if let Some(path) = path { a class="link" href=(path) { (named.label) } } @else { (named.label) } }
    };
    Ok(html! {
        section class="card" {
            header {
                h2 { (title) }
                @if let Some(list) = list.filter(|_| !found.is_empty()) { a class="link small" href=(list) { (words) } }
            }
            section class="flush" {
                ul class="feed" { @for one in &found { li { span { (link(&of.name_of(None, one))) } } } }
                @if found.is_empty() { p class="small muted empty-line" { "None" } }
            }
        }
    })
}

/// The list of the other model, narrowed to those that point here.
pub fn all(record: &Record, relation: &Relation, other: &Model) -> Option<paths::Path> {
    let RelationKind::Reverse { column, to } = &relation.kind else { return None };
    let value = record.get(to)?.to_text();
    let filter = names::filter(column);
    (!value.is_empty()).then(|| paths::records(&other.app_label, &other.name).with(&filter, value))
}
