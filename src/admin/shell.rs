//! What stands around every page: the side bar, the bar of small screens, the help of the keyboard, the
//! command palette.

use maud::{Markup, html};

use super::components::{Icon, abbreviated, icon};
use super::page::Place;
use super::paths::{self, Path};
use super::theme::Theme;
use super::visit::Visit;
use crate::apps::{App, Model};

/// Models of an app that the side bar shows before it refers to the app's page.
const MODELS_SHOWN: usize = 12;

/// The sign of the product.
pub fn brand() -> Markup {
    html! { div class="brand" { (icon(Icon::Plug)) span { "mcp-admin" } } }
}

/// The bar of small screens.
pub fn topbar() -> Markup {
    html! {
        header class="topbar" {
            button type="button" class="btn" data-variant="ghost" data-size="icon" popovertarget="side"
                aria-label="Open menu" { (icon(Icon::Menu)) }
            span class="strong" { "mcp-admin" }
        }
    }
}

/// What the visitor may open of what is ours.
fn access(visit: &Visit) -> Vec<Entry> {
    let tokens = visit.may("mcp.view_token") || visit.may("mcp.add_token");
    let entries = [
        (
            tokens,
            Entry::new(Icon::KeyRound, "Tokens", paths::tokens(), Place::Tokens, "t")
                .counted(visit.counts.tokens),
        ),
        (
            visit.may("auth.view_group") || visit.may("auth.change_group"),
            Entry::new(Icon::Users, "Groups", paths::groups(), Place::Groups, "g")
                .counted(visit.counts.groups),
        ),
        (
            visit.may("auth.view_user") || visit.may("auth.change_user"),
            Entry::new(Icon::UserRound, "Users", paths::users(), Place::Users, "u")
                .counted(visit.counts.users),
        ),
        (
            visit.may("auth.view_permission"),
            Entry::new(Icon::Lock, "Permissions", paths::permissions(), Place::Permissions, "p"),
        ),
        (
            visit.may("admin.view_logentry"),
            Entry::new(Icon::ScrollText, "Audit log", paths::audit(), Place::Audit, "a"),
        ),
    ];
    entries.into_iter().filter(|(may, _)| *may).map(|(_, entry)| entry).collect()
}

/// The pages that the visitor may open, for the command palette.
pub fn destinations(visit: &Visit) -> Vec<(&'static str, Path)> {
    let mut found = vec![("Dashboard", paths::dashboard())];
    found.extend(access(visit).into_iter().map(|entry| (entry.title, entry.path)));
    if visit.may("auth.view_permission") {
        found.push(("Apps", paths::apps()));
    }
    found.push(("Your account", paths::account()));
    for (permission, title, path) in [
        ("mcp.add_token", "New token", paths::token_new()),
        ("auth.add_user", "New user", paths::user_new()),
        ("auth.add_group", "New group", paths::group_new()),
    ] {
        if visit.may(permission) {
            found.push((title, path));
        }
    }
    found
}

/// The side bar: only what the visitor may open.
pub fn side(visit: &Visit, place: &Place) -> Markup {
    let access = access(visit);
    let catalog = visit.registry().catalog();
    let apps: Vec<&App> =
        catalog.apps.iter().filter(|app| app.models.iter().any(|m| visit.sees(m))).collect();
    let all_apps = visit.may("auth.view_permission");
    html! {
        aside class="side" id="side" popover aria-label="Sidebar" {
            (brand())
            nav class="nav" aria-label="Main" {
                ul {
                    li { (Entry::new(Icon::LayoutDashboard, "Dashboard", paths::dashboard(), Place::Dashboard, "d").link(place)) }
                }
                @if !access.is_empty() {
                    h2 class="nav-title" { "Access" }
                    ul { @for entry in &access { li { (entry.link(place)) } } }
                }
                @if all_apps || !apps.is_empty() {
                    h2 class="nav-title" { "Data" }
                    ul {
                        @if all_apps {
                            li { (Entry::new(Icon::Plug, "Apps", paths::apps(), Place::Apps, "s").link(place)) }
                        }
                        @for app in apps { li { (of_app(visit, app, place)) } }
                    }
                }
            }
            (me(visit))
        }
    }
}

struct Entry {
    icon: Icon,
    title: &'static str,
    path: Path,
    place: Place,
    key: &'static str,
    count: Option<i64>,
}

impl Entry {
    fn new(icon: Icon, title: &'static str, path: Path, place: Place, key: &'static str) -> Self {
        Self { icon, title, path, place, key, count: None }
    }

    fn counted(self, count: i64) -> Self {
        Self { count: Some(count), ..self }
    }

    fn link(&self, current: &Place) -> Markup {
        html! {
            a href=(self.path) aria-current=[(self.place == *current).then_some("page")] data-go=(self.key) {
                (icon(self.icon)) span { (self.title) }
                @if let Some(count) = self.count { span class="count" { (abbreviated(count)) } }
            }
        }
    }
}

fn of_app(visit: &Visit, app: &App, place: &Place) -> Markup {
    let is_current =
        |model: &Model| matches!(place, Place::Model(a, m) if *a == app.label && *m == model.name);
    let seen: Vec<&Model> =
        app.models.iter().map(|model| &**model).filter(|model| visit.sees(model)).collect();
    let shown = seen.iter().enumerate().filter(|(n, model)| *n < MODELS_SHOWN || is_current(model));
    html! {
        a href=(paths::app(&app.label)) aria-current=[(*place == Place::App(app.label.clone())).then_some("page")] {
            (icon(Icon::Database)) span class="truncate" { (app.label) }
        }
        ul class="sub" {
            @for (_, model) in shown {
                li {
                    a href=(paths::records(&app.label, &model.name)) aria-current=[is_current(model).then_some("page")] {
                        span class="truncate" { (capitalised(&model.verbose_name_plural)) }
                        @if let Some(count) = visit.admin().counts.records(&app.label, &model.name) {
                            span class="count" { (abbreviated(count)) }
                        }
                    }
                }
            }
            @if seen.len() > MODELS_SHOWN {
                li { a href=(paths::app(&app.label)) { "All " (seen.len()) " models" } }
            }
        }
    }
}

/// With a capital letter in front.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn me(visit: &Visit) -> Markup {
    let user = &visit.live.user;
    let initials: String = user.username.chars().filter(|c| c.is_alphanumeric()).take(2).collect();
    let role = if user.is_superuser { "Administrator" } else { "Staff" };
    html! {
        div class="side-foot nav" {
            button type="button" popovertarget="me-menu" {
                span class="avatar" data-size="sm" { span aria-hidden="true" { (initials.to_uppercase()) } }
                span class="truncate" { (user.username) }
                span class="count" { (icon(Icon::ChevronsUpDown)) }
            }
            div popover class="menu up" id="me-menu" {
                p class="menu-head" {
                    @if !user.email.is_empty() { (user.email) " · " }
                    (role)
                }
                a href=(paths::account()) { (icon(Icon::UserRound)) "Your account" }
                button type="button" class="js-only" commandfor="shortcuts" command="show-modal" {
                    (icon(Icon::CircleHelp)) "Keyboard shortcuts"
                }
                hr;
                (theme_choice(visit.view.theme))
                hr;
                form method="post" action=(paths::sign_out()) { button { (icon(Icon::LogOut)) "Sign out" } }
            }
        }
    }
}

/// System, light or dark.
pub fn theme_choice(current: Theme) -> Markup {
    html! {
        form method="post" action=(paths::theme()) {
            div class="seg sm" role="group" aria-label="Theme" {
                @for theme in Theme::ALL {
                    button name="theme" value=(theme.as_str()) data-theme-set=(theme.as_str())
                        aria-pressed=(if theme == current { "true" } else { "false" }) { (theme.label()) }
                }
            }
        }
    }
}

/// The help of the keyboard.
pub fn shortcuts() -> Markup {
    const KEYS: [(&[&str], &str); 12] = [
        (&["/"], "Search this list"),
        (&["Ctrl", "K"], "Go to anything"),
        (&["n"], "New"),
        (&["e"], "Edit"),
        (&["g", "d"], "Dashboard"),
        (&["g", "t"], "Tokens"),
        (&["g", "g"], "Groups"),
        (&["g", "u"], "Users"),
        (&["g", "p"], "Permissions"),
        (&["g", "a"], "Audit log"),
        (&["g", "s"], "Apps"),
        (&["?"], "This help"),
    ];
    html! {
        dialog class="dialog" id="shortcuts" aria-labelledby="shortcuts-title" {
            div {
                header { h2 id="shortcuts-title" { "Keyboard shortcuts" } }
                section class="stack" {
                    dl class="dl" {
                        @for (keys, meaning) in KEYS {
                            dt {
                                @for (n, key) in keys.iter().enumerate() {
                                    @if n > 0 { @if keys[0] == "g" { " then " } @else { " + " } }
                                    kbd class="kbd" { (key) }
                                }
                            }
                            dd { (meaning) }
                        }
                    }
                    p class="muted small" {
                        "Turn single-key shortcuts off in "
                        a class="link" href=(paths::account()) { "your account" } "."
                    }
                }
                footer { form method="dialog" { button class="btn" data-variant="outline" autofocus { "Close" } } }
            }
        }
    }
}

/// The command palette: a search over tokens, users, models and pages. Without JavaScript it is a page.
pub fn palette() -> Markup {
    let path = paths::palette();
    html! {
        dialog class="dialog" id="palette" aria-labelledby="palette-title" {
            div {
                h2 class="sr-only" id="palette-title" { "Go to anything" }
                form role="search" method="get" action=(path) hx-get=(path) hx-target="#palette-results"
                    hx-select="#palette-results" hx-swap="outerHTML"
                    hx-trigger="submit, input delay:150ms target:input" hx-sync="this:replace" hx-indicator="#progress" {
                    div class="input-group" {
                        (icon(Icon::Search))
                        input type="search" id="palette-q" name="q" placeholder="Tokens, users, models, pages"
                            aria-label="Go to" autocomplete="off" autofocus;
                    }
                }
                div id="palette-results" aria-live="polite" {}
            }
        }
    }
}
