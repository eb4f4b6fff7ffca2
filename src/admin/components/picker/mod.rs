//! The permission picker: every permission that can be handed out, by app and model. What groups give is
//! ticked and locked; what the visitor may not give is hatched and says so.

mod can;
mod effect;
mod held;
mod preset;
mod rows;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::{Icon, icon};
use crate::admin::paths::Path;
use crate::admin::shell::capitalised;
use crate::services::permissions::Permission;

pub use can::can_card;
pub use effect::{EFFECT, effect_card};
pub use held::held_table;
pub use preset::apply_preset;
pub use rows::app_title;
pub use words::{Change, changes, sentence};

use preset::Level;
use rows::{Row, VERBS, is_own, is_standard, rows, verb_of};
use words::{title, titles};

/// What a picker shows and lets choose.
pub struct Picker<'a> {
    /// Every permission, in order of app and model.
    pub all: &'a [Permission],
    /// Those that are given directly.
    pub chosen: &'a BTreeSet<String>,
    /// Those that were given before: they may stay, whoever looks.
    pub held: &'a BTreeSet<String>,
    /// What groups give, with their names.
    pub from_groups: &'a BTreeMap<String, Vec<String>>,
    /// Whether the visitor may give a permission.
    pub may_give: &'a dyn Fn(&str) -> bool,
    /// Where htmx asks what a change would give; `None` = the form is sent by buttons alone.
    pub preview: Option<&'a Path>,
}

impl Picker<'_> {
    /// The card.
    pub fn render(&self) -> Markup {
        let rows = rows(self.all);
        let mut apps: Vec<&str> = rows.iter().map(|row| row.app).collect();
        apps.dedup();
        let target = self.preview.map(|_| "#picker");
        html! {
            section class="card picker" id="picker" aria-labelledby="picker-h" hx-post=[self.preview]
                hx-trigger=[target.map(|_| "change")] hx-include=[target.map(|_| "closest form")] hx-target=[target]
                hx-swap=[target.map(|_| "outerMorph")] hx-sync=[target.map(|_| "this:replace")] {
                header {
                    h2 id="picker-h" { "Permissions" }
                    div class="input-group js-only" {
                        (icon(Icon::Search))
                        input type="search" data-filter="#picker" placeholder="Filter permissions"
                            aria-label="Filter permissions" autocomplete="off";
                    }
                    (self.presets("*", "Access to everything", self.all.iter()))
                }
                div class="perm perm-head" aria-hidden="true" {
                    span { "Model" } span { "View" } span { "Add" } span { "Change" } span { "Delete" } span { "Set to" }
                }
                @for app in apps {
                    @let of_app: Vec<&Row<'_>> = rows.iter().filter(|row| row.app == app).collect();
                    (self.app(app, &of_app))
                }
                @for kept in self.unseen() { input type="hidden" name="perm" value=(kept); }
            }
        }
    }

    /// Chosen ones without a box that is sent: locked by a group, or of a model that is gone.
    fn unseen(&self) -> impl Iterator<Item = &String> {
        self.chosen.iter().filter(|name| {
            self.from_groups.contains_key(*name) || self.all.iter().all(|p| p.full_name() != **name)
        })
    }

    fn has(&self, permission: &Permission) -> bool {
        let name = permission.full_name();
        self.chosen.contains(&name) || self.from_groups.contains_key(&name)
    }

    fn is_refused(&self, name: &str) -> bool {
        !(self.may_give)(name) && !self.held.contains(name) && !self.chosen.contains(name)
    }

    fn level<'p>(&self, mut permissions: impl Iterator<Item = &'p Permission> + Clone) -> Option<Level> {
        let given = permissions.clone().filter(|p| self.has(p)).count();
        let all = permissions.clone().count();
        let is_read = |p: &Permission| self.has(p) == (verb_of(p) == "view");
        match given {
            0 => Some(Level::None),
            n if n == all => Some(Level::Full),
            _ if permissions.all(is_read) => Some(Level::Read),
            _ => None,
        }
    }

    fn presets<'p>(
        &self,
        scope: &str,
        label: &str,
        permissions: impl Iterator<Item = &'p Permission> + Clone,
    ) -> Markup {
        let level = self.level(permissions);
        html! {
            span class="seg sm" role="group" aria-label=(label) {
                @for (of, value, text) in Level::ALL {
                    button name="preset" value={ (scope) ":" (value) } formnovalidate hx-post=[self.preview]
                        hx-target=[self.preview.map(|_| "#picker")] hx-swap=[self.preview.map(|_| "outerMorph")]
                        hx-sync=[self.preview.map(|_| "#picker:replace")]
                        aria-pressed=(if level == Some(of) { "true" } else { "false" }) { (text) }
                }
            }
        }
    }

    fn app(&self, app: &str, rows: &[&Row<'_>]) -> Markup {
        let permissions = || rows.iter().flat_map(|row| row.permissions.iter().copied());
        let (given, all) = (permissions().filter(|p| self.has(p)).count(), permissions().count());
        let title = app_title(app);
        html! {
            div class="perm-app" id={ "perm-app-" (app) } {
                // Small catalogs are open at once; of large ones what is used.
                details id={ "perms-" (app) } open[given > 0 || (rows.len() <= 5 && !is_own(app))] {
                    summary {
                        (icon(Icon::ChevronRight)) span { (title) }
                        span class="meta" {
                            @if given == 0 { "none" } @else { (given) } " of " (all) span class="hide-sm" { " permissions" }
                        }
                    }
                    @for row in rows { (self.row(row)) }
                }
                (self.presets(app, &format!("All models in {title}"), permissions()))
            }
        }
    }

    fn row(&self, row: &Row<'_>) -> Markup {
        let (standard, extra): (Vec<_>, Vec<_>) =
            row.permissions.iter().copied().partition(|p| is_standard(p));
        html! {
            div class="perm" role="group" aria-label=(row.title) {
                div { span class="strong" { (row.title) } (self.reasons(row)) }
                @for verb in VERBS {
                    @match standard.iter().find(|p| verb_of(p) == verb) {
                        Some(permission) => { (self.tick(row, permission, verb)) },
                        None => { span class="tick" {} },
                    }
                }
                (self.presets(&format!("{}.{}", row.app, row.model), &row.title, row.permissions.iter().copied()))
                @if !extra.is_empty() {
                    div class="perm-extra" { @for permission in extra { (self.extra(permission)) } }
                }
            }
        }
    }

    /// Which boxes of a row cannot be changed, and why.
    fn reasons(&self, row: &Row<'_>) -> Markup {
        let mut by_group: BTreeMap<&str, Vec<&Permission>> = BTreeMap::new();
        let mut refused = Vec::new();
        for &permission in &row.permissions {
            let name = permission.full_name();
            if let Some(groups) = self.from_groups.get(&name) {
                for group in groups {
                    by_group.entry(group).or_default().push(permission);
                }
            } else if self.is_refused(&name) {
                refused.push(permission);
            }
        }
        html! {
            @for (group, given) in by_group {
                span class="via" { (icon(Icon::Lock)) (titles(given)) " from " (group) }
            }
            @if refused.len() == row.permissions.len() {
                span class="via" { (icon(Icon::Ban)) "you have nothing here yourself" }
            } @else if !refused.is_empty() {
                span class="via" { (icon(Icon::Ban)) "you do not have " (titles(refused)) " here yourself" }
            }
        }
    }

    fn tick(&self, row: &Row<'_>, permission: &Permission, verb: &str) -> Markup {
        let name = permission.full_name();
        let reason = self.reason(&name);
        let label = format!("{} {}", capitalised(verb), row.title);
        let said = reason.as_ref().map_or_else(|| label.clone(), |reason| format!("{label}, {reason}"));
        html! {
            label class="tick" title=[reason.as_deref().map(capitalised)] {
                input type="checkbox" class="input" name="perm" value=(name) id={ "p-" (name.replace('.', "-")) }
                    aria-label=(said) checked[self.has(permission)] disabled[reason.is_some()];
                span aria-hidden="true" { (capitalised(verb)) }
            }
        }
    }

    fn extra(&self, permission: &Permission) -> Markup {
        let name = permission.full_name();
        let reason = self.reason(&name);
        html! {
            label class="check" title=[reason.as_deref().map(capitalised)] {
                input type="checkbox" class="input" name="perm" value=(name) id={ "p-" (name.replace('.', "-")) }
                    checked[self.has(permission)] disabled[reason.is_some()];
                span {
                    (title(permission)) " " code class="muted" { (permission.codename) }
                    @if let Some(reason) = &reason { span class="sr-only" { ", " (reason) } }
                }
            }
        }
    }

    /// Why a box cannot be changed.
    fn reason(&self, name: &str) -> Option<String> {
        match self.from_groups.get(name) {
            Some(groups) => Some(format!("from {}", groups.join(", "))),
            None if self.is_refused(name) => Some("not available: you do not have it yourself".to_owned()),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{ContentTypeId, PermissionId};

    fn permission(app: &str, model: &str, codename: &str, name: &str) -> Permission {
        Permission {
            id: PermissionId(1),
            content_type_id: ContentTypeId(1),
            app_label: app.into(),
            model: model.into(),
            codename: codename.into(),
            name: name.into(),
            is_stale: false,
        }
    }

    /// What a small site can hand out.
    pub fn all() -> Vec<Permission> {
        let mut all: Vec<Permission> = ["add", "change", "delete", "view"]
            .map(|verb| {
                permission("blog", "article", &format!("{verb}_article"), &format!("Can {verb} news <item>"))
            })
            .into();
        all.insert(3, permission("blog", "article", "publish_article", "Publish it"));
        all.push(permission("blog", "tag", "view_tag", "Can view tag"));
        all
    }

    pub fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_groups_give_is_locked_and_what_may_not_be_given_says_why() {
        let given = ["view_article", "publish_article", "add_article"];
        let editors = |name: &str| (format!("blog.{name}"), vec!["Editors".to_owned()]);
        let from_groups = given.map(editors).into();
        let (chosen, held) = (set(&["blog.view_article", "blog.gone_model"]), set(&[]));
        let all = all();
        let picker = Picker {
            all: &all,
            chosen: &chosen,
            held: &held,
            from_groups: &from_groups,
            may_give: &|name| name != "blog.delete_article",
            preview: None,
        };
        let shown = picker.render().into_string();
        assert!(
            shown.contains(r#"aria-label="View News &lt;item&gt;, from Editors" checked disabled"#),
            "{shown}"
        );
        assert!(
            shown.contains("Delete here yourself") && shown.contains("View, Add, Publish from Editors"),
            "{shown}"
        );
        for kept in ["blog.view_article", "blog.gone_model"] {
            assert!(shown.contains(&format!(r#"type="hidden" name="perm" value="{kept}""#)), "{kept}");
        }
        assert!(shown.contains(r#"value="blog.tag:none" formnovalidate aria-pressed="true""#), "{shown}");
        assert!(!shown.contains("hx-post") && shown.contains("Publish it <code"));
        assert!(
            shown.contains("publish_article</code><span class=\"sr-only\">, from Editors</span>"),
            "{shown}"
        );
    }
}
