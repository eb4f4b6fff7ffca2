//! What somebody was given, by model, and where it comes from.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::rows::{Row, app_title, rows};
use super::words::titles;
use crate::admin::components::{Icon, Tone, badge, code, icon};
use crate::admin::paths::Path;
use crate::services::permissions::Permission;
use crate::services::tokens::HeldPermission;

/// The table: one row for each model. `group_path` leads to a group, for those who may see it; `is_refused`
/// tells what is given and yet cannot be used.
pub fn held_table(
    held: &[HeldPermission],
    group_path: &dyn Fn(&str) -> Option<Path>,
    is_refused: &dyn Fn(&HeldPermission) -> bool,
) -> Markup {
    let mut given: Vec<&Permission> = held.iter().map(|held| &held.row).collect();
    given.sort_by_key(|p| (&p.app_label, &p.model));
    let rows = rows(given);
    let apps: BTreeSet<&str> = rows.iter().map(|row| row.app).collect();
    html! {
        div class="table-container" { table class="table held" {
            thead { tr { th scope="col" { "Model" } th scope="col" { "Permission" } th scope="col" { "From" } } }
            tbody {
                @for row in &rows {
                    tr {
                        th scope="row" {
                            (row.title)
                            @if apps.len() > 1 { span class="cell-sub" { (app_title(row.app)) } }
                        }
                        td { (words(row, |_| true)) }
                        td { (sources(row, held, group_path, is_refused)) }
                    }
                }
            }
        } }
        details class="fold" {
            summary { (icon(Icon::ChevronRight)) "Codenames" }
            div class="row" { @for one in held { (code(&one.permission)) } }
        }
    }
}

/// `View, Add, Change`
fn words(row: &Row<'_>, is_meant: impl Fn(&Permission) -> bool) -> String {
    titles(row.permissions.iter().copied().filter(|p| is_meant(p)))
}

/// Groups and the token or user itself; with words where not everything comes from one of them.
fn sources(
    row: &Row<'_>,
    held: &[HeldPermission],
    group_path: &dyn Fn(&str) -> Option<Path>,
    is_refused: &dyn Fn(&HeldPermission) -> bool,
) -> Markup {
    let of_row: Vec<&HeldPermission> =
        held.iter().filter(|held| held.row.app_label == row.app && held.row.model == row.model).collect();
    let groups: BTreeSet<&str> = of_row.iter().flat_map(|held| &held.groups).map(String::as_str).collect();
    let all = words(row, |_| true);
    let told = |is_meant: &dyn Fn(&HeldPermission) -> bool| {
        let words = words(row, |p| of_row.iter().any(|held| held.row == *p && is_meant(held)));
        html! { @if words != all { span class="muted small" { (words) } } }
    };
    html! {
        span class="row" {
            @for group in groups {
                @let mark = badge(Tone::Info, group);
                @match group_path(group) { Some(path) => { a href=(path) { (mark) } }, None => { (mark) } }
                (told(&|held| held.groups.iter().any(|name| name == group)))
            }
            @if of_row.iter().any(|held| held.direct) {
                (badge(Tone::None, "Direct"))
                (told(&|held| held.direct))
            }
            @if of_row.iter().any(|held| is_refused(held)) {
                (badge(Tone::Warn, "the owner may not"))
                (told(&|held| is_refused(held)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::all;
    use super::*;

    #[test]
    fn a_model_has_one_row_and_mixed_sources_say_what_each_gives() {
        let held: Vec<HeldPermission> = all()
            .into_iter()
            .map(|row| HeldPermission {
                permission: row.full_name(),
                direct: row.codename != "view_article",
                groups: if row.codename.starts_with("view_") { vec!["Edit & co".into()] } else { Vec::new() },
                row,
            })
            .collect();
        let shown = held_table(&held, &|_| None, &|held| held.permission == "blog.view_tag").into_string();
        assert_eq!(shown.matches("<tr>").count(), 3, "{shown}");
        assert!(shown.contains("<td>View, Add, Change, Delete, Publish</td>"), "{shown}");
        let article = shown.split("News &lt;item&gt;").nth(1).unwrap().split("</tr>").next().unwrap();
        assert!(article.contains("Edit &amp; co</span><span class=\"muted small\">View<"), "{article}");
        assert!(
            article.contains("Direct</span><span class=\"muted small\">Add, Change, Delete, Publish<"),
            "{article}"
        );
        let tag = shown.split(">Tag<").nth(1).unwrap().split("</tr>").next().unwrap();
        assert!(tag.contains("Edit &amp; co") && tag.contains("Direct") && tag.contains("the owner may not"));
        assert!(!tag.contains("muted small"), "{tag}");
        assert!(shown.contains("blog.publish_article"));
    }
}
