//! The permission picker: every permission that can be handed out, by app and model. What groups give is
//! ticked and locked; what the visitor may not give is hatched and says so.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::{Icon, icon, plural};
use crate::admin::paths::Path;
use crate::admin::shell::capitalised;
use crate::services::permissions::Permission;

const VERBS: [&str; 4] = ["view", "add", "change", "delete"];

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

/// How much of an app or a model is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    None,
    Read,
    Full,
}

impl Level {
    const ALL: [(Self, &'static str, &'static str); 3] =
        [(Self::None, "none", "None"), (Self::Read, "read", "Read"), (Self::Full, "full", "Full")];
}

/// The permissions of one model.
struct Row<'a> {
    app: &'a str,
    model: &'a str,
    title: String,
    permissions: Vec<&'a Permission>,
}

fn rows(all: &[Permission]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for permission in all {
        match rows.last_mut() {
            Some(row) if row.app == permission.app_label && row.model == permission.model => {
                row.permissions.push(permission);
            }
            _ => rows.push(Row {
                app: &permission.app_label,
                model: &permission.model,
                title: String::new(),
                permissions: vec![permission],
            }),
        }
    }
    for row in &mut rows {
        row.title = model_title(row.permissions[0].model.as_str(), &row.permissions);
    }
    rows
}

/// What people call a model, as the names of its permissions say.
fn model_title(model: &str, permissions: &[&Permission]) -> String {
    let named = permissions.iter().find_map(|p| p.name.strip_prefix("Can view "));
    capitalised(named.unwrap_or(model))
}

/// What people call an app.
pub fn app_title(label: &str) -> String {
    match label {
        "auth" => "Users and groups".into(),
        "mcp" => "Tokens".into(),
        "admin" => "Audit log".into(),
        other => capitalised(&other.replace('_', " ")),
    }
}

/// `view`, or what a custom permission is called.
fn verb_of(permission: &Permission) -> &str {
    let stem = permission.codename.strip_suffix(&permission.model).and_then(|stem| stem.strip_suffix('_'));
    stem.filter(|verb| VERBS.contains(verb)).unwrap_or(&permission.name)
}

fn is_standard(permission: &Permission) -> bool {
    VERBS.contains(&verb_of(permission))
}

/// Applies what a preset button sends, e.g. `blog.article:read`, `blog:full`, `*:none`. Permissions that
/// `may_give` refuses are not added.
pub fn apply_preset(
    preset: &str,
    all: &[Permission],
    chosen: &mut BTreeSet<String>,
    may_give: impl Fn(&str) -> bool,
) {
    let Some((scope, level)) = preset.split_once(':') else { return };
    let Some((level, ..)) = Level::ALL.into_iter().find(|(_, name, _)| *name == level) else { return };
    let is_inside = |p: &Permission| {
        scope == "*" || scope == p.app_label || scope.split_once('.') == Some((&*p.app_label, &*p.model))
    };
    for permission in all.iter().filter(|p| is_inside(p)) {
        let name = permission.full_name();
        let wanted = match level {
            Level::None => false,
            Level::Read => verb_of(permission) == "view",
            Level::Full => true,
        };
        if !wanted {
            chosen.remove(&name);
        } else if may_give(&name) {
            chosen.insert(name);
        }
    }
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
        let mut by_group: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let mut refused = Vec::new();
        for permission in &row.permissions {
            let (name, verb) = (permission.full_name(), capitalised(verb_of(permission)));
            if let Some(groups) = self.from_groups.get(&name) {
                for group in groups {
                    by_group.entry(group).or_default().push(verb.clone());
                }
            } else if self.is_refused(&name) {
                refused.push(verb);
            }
        }
        html! {
            @for (group, verbs) in by_group {
                span class="via" { (icon(Icon::Lock)) (verbs.join(", ")) " from " (group) }
            }
            @if refused.len() == row.permissions.len() {
                span class="via" { (icon(Icon::Ban)) "you have nothing here yourself" }
            } @else if !refused.is_empty() {
                span class="via" { (icon(Icon::Ban)) "you do not have " (refused.join(", ")) " here yourself" }
            }
        }
    }

    fn tick(&self, row: &Row<'_>, permission: &Permission, verb: &str) -> Markup {
        let name = permission.full_name();
        let (groups, refused) = (self.from_groups.get(&name), self.is_refused(&name));
        let label = format!("{} {}", capitalised(verb), row.title);
        let reason = match groups {
            Some(groups) => Some(format!("from {}", groups.join(", "))),
            None if refused => Some("not available: you do not have it yourself".to_owned()),
            None => None,
        };
        let said = reason.as_ref().map_or_else(|| label.clone(), |reason| format!("{label}, {reason}"));
        html! {
            label class="tick" title=[reason.as_deref().map(capitalised)] {
                input type="checkbox" class="input" name="perm" value=(name) id={ "p-" (name.replace('.', "-")) }
                    aria-label=(said) checked[self.has(permission)] disabled[groups.is_some() || refused];
                span aria-hidden="true" { (capitalised(verb)) }
            }
        }
    }

    fn extra(&self, permission: &Permission) -> Markup {
        let name = permission.full_name();
        let is_fixed = self.from_groups.contains_key(&name) || self.is_refused(&name);
        html! {
            label class="check" {
                input type="checkbox" class="input" name="perm" value=(name) id={ "p-" (name.replace('.', "-")) }
                    checked[self.has(permission)] disabled[is_fixed];
                span { (permission.name) " " code class="muted" { (permission.codename) } }
            }
        }
    }
}

fn is_own(app: &str) -> bool {
    matches!(app, "auth" | "mcp" | "admin")
}

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
                        li { (icon(Icon::Check)) span { b class="strong" { (row.title) } ": " (verbs(row, has)) } }
                    }
                    @if some.len() > SHOWN { li { (icon(Icon::Check)) span { (some.len() - SHOWN) " more models" } } }
                }
                @if !risks.is_empty() || !deletes.is_empty() || governs || !none.is_empty() {
                    hr;
                    ul class="can" {
                        @for risk in risks { li { (icon(Icon::TriangleAlert)) span { (risk) } } }
                        @if governs {
                            li { (icon(Icon::TriangleAlert)) span { "It can " b class="strong" { "change who may do what" } } }
                        }
                        @if !deletes.is_empty() {
                            li { (icon(Icon::TriangleAlert)) span { "It can " b class="strong" { "delete" } ": " (listed(&deletes)) } }
                        }
                        @if !none.is_empty() {
                            @let titles: Vec<&str> = none.iter().map(|row| row.title.as_str()).collect();
                            li { (icon(Icon::Ban)) span { "No access to " (listed(&titles)) } }
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
    let given: Vec<&str> =
        row.permissions.iter().filter(|p| has(&p.full_name())).map(|p| verb_of(p)).collect();
    if given.len() == row.permissions.len() && given.len() > 1 {
        return "everything".into();
    }
    let mut ordered: Vec<&str> = VERBS.into_iter().filter(|verb| given.contains(verb)).collect();
    ordered.extend(given.iter().filter(|verb| !VERBS.contains(verb)));
    ordered.join(", ")
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

    fn all() -> Vec<Permission> {
        let mut all: Vec<Permission> = ["add", "change", "delete", "view"]
            .map(|verb| {
                permission("blog", "article", &format!("{verb}_article"), &format!("Can {verb} news <item>"))
            })
            .into();
        all.insert(3, permission("blog", "article", "publish_article", "Publish it"));
        all.push(permission("blog", "tag", "view_tag", "Can view tag"));
        all
    }

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn presets_give_no_more_than_the_visitor_may() {
        let mut chosen = set(&["blog.add_article"]);
        apply_preset("blog.article:read", &all(), &mut chosen, |_| true);
        assert_eq!(chosen, set(&["blog.view_article"]));
        apply_preset("blog:full", &all(), &mut chosen, |name| name != "blog.delete_article");
        assert_eq!(chosen.len(), 5);
        assert!(!chosen.contains("blog.delete_article"));
        for nonsense in ["blog", "blog:all", "shop:full", ""] {
            apply_preset(nonsense, &all(), &mut chosen, |_| true);
        }
        assert_eq!(chosen.len(), 5);
        apply_preset("*:none", &all(), &mut chosen, |_| true);
        assert!(chosen.is_empty());
    }

    #[test]
    fn what_groups_give_is_locked_and_what_may_not_be_given_says_why() {
        let from_groups = BTreeMap::from([("blog.view_article".to_owned(), vec!["Editors".to_owned()])]);
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
        assert!(shown.contains("Delete here yourself") && shown.contains("View from Editors"), "{shown}");
        for kept in ["blog.view_article", "blog.gone_model"] {
            assert!(shown.contains(&format!(r#"type="hidden" name="perm" value="{kept}""#)), "{kept}");
        }
        assert!(shown.contains(r#"value="blog.article:read" formnovalidate aria-pressed="true""#), "{shown}");
        assert!(!shown.contains("hx-post") && shown.contains("Publish it"));
    }

    #[test]
    fn the_summary_names_what_it_can_the_risks_and_what_is_out_of_reach() {
        let has = set(&["blog.add_article", "blog.view_article", "blog.delete_article"]);
        let card = can_card("This token can", &all(), &|name| has.contains(name), &[], &Markup::default());
        let shown = card.into_string();
        assert!(shown.contains("News &lt;item&gt;</b>: view, add, delete"), "{shown}");
        assert!(shown.contains("No access to tag"), "{shown}");
    }
}
