//! The document: head, side bar, main part. Only this knows whether a request came from htmx: then the
//! main part alone is sent, which is what htmx selects from.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use maud::{DOCTYPE, Markup, html};

use super::components::{Icon, icon, told, told_part};
use super::paths::Path;
use super::theme::Theme;
use super::visit::{View, Visit};
use super::{flash, htmx, shell};
use crate::web::assets;

/// Which entry of the side bar a page belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Place {
    /// None.
    #[default]
    Nowhere,
    /// The dashboard.
    Dashboard,
    /// Tokens.
    Tokens,
    /// Groups.
    Groups,
    /// Users.
    Users,
    /// Permissions.
    Permissions,
    /// The audit log.
    Audit,
    /// Attached databases.
    Apps,
    /// One of them, by label.
    App(String),
    /// A model, by app label and name.
    Model(String, String),
    /// One's own account.
    Account,
}

/// A page to be filled. What is not set is left out.
pub struct Page {
    title: String,
    place: Place,
    breadcrumb: Vec<(String, Path)>,
    crumb: Option<String>,
    badge: Markup,
    subtitle: Markup,
    actions: Markup,
    body: Markup,
    status: StatusCode,
    has_head: bool,
    is_narrow: bool,
    has_failed: bool,
}

impl Page {
    /// A page with this title, which is its `h1` too.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            place: Place::Nowhere,
            breadcrumb: Vec::new(),
            crumb: None,
            badge: Markup::default(),
            subtitle: Markup::default(),
            actions: Markup::default(),
            body: Markup::default(),
            status: StatusCode::OK,
            has_head: true,
            is_narrow: false,
            has_failed: false,
        }
    }

    /// Marks an entry of the side bar.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// Adds a page above this one; the nearest last.
    #[must_use]
    pub fn below(mut self, title: impl Into<String>, path: Path) -> Self {
        self.breadcrumb.push((title.into(), path));
        self
    }

    /// What the page is called at the end of the way to it, where that is not its title.
    #[must_use]
    pub fn crumb(mut self, text: impl Into<String>) -> Self {
        self.crumb = Some(text.into());
        self
    }

    /// What stands beside the title: a state.
    #[must_use]
    pub fn badge(mut self, badge: Markup) -> Self {
        self.badge = badge;
        self
    }

    /// One sentence under the title.
    #[must_use]
    pub fn subtitle(mut self, subtitle: Markup) -> Self {
        self.subtitle = subtitle;
        self
    }

    /// Links and buttons at the right of the title.
    #[must_use]
    pub fn actions(mut self, actions: Markup) -> Self {
        self.actions = actions;
        self
    }

    /// What the page is about.
    #[must_use]
    pub fn body(mut self, body: Markup) -> Self {
        self.body = body;
        self
    }

    /// Another status than 200.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The page shows a form that was not accepted: 422 unless another status is set, and the title says so.
    #[must_use]
    pub fn failed(mut self) -> Self {
        self.has_failed = true;
        if self.status == StatusCode::OK {
            self.status = StatusCode::UNPROCESSABLE_ENTITY;
        }
        self
    }

    /// For forms of one column.
    #[must_use]
    pub fn narrow(mut self) -> Self {
        self.is_narrow = true;
        self
    }

    /// Without title and actions above the body, which has its own `h1`.
    #[must_use]
    pub fn without_head(mut self) -> Self {
        self.has_head = false;
        self
    }

    /// The answer to somebody who is signed in.
    pub fn respond(self, visit: &Visit) -> HttpResponse {
        let (status, view) = (self.status, &visit.view);
        let title = self.document_title();
        let main = html! {
            main id="main" tabindex="-1" class=[self.is_narrow.then_some("narrow")] {
                @if self.has_head { (self.head()) }
                (self.body)
            }
        };
        let message = view.flash.as_ref();
        if view.is_part {
            let answer = html! {
                title { (title) }
                (main)
                @if let Some(message) = message { (told_part(message, &view.address)) }
            };
            return finish(htmx::respond(status, answer), view);
        }
        let body = html! {
            a class="btn skip" href="#main" { "Skip to content" }
            div id="progress" aria-hidden="true" {}
            div class="shell" {
                (shell::side(visit, &self.place))
                div {
                    (shell::topbar())
                    (main)
                }
            }
            (shell::shortcuts())
            (shell::palette())
            div id="dialog-root" {}
            div class="toaster" id="toaster" role="region" aria-label="Messages" {
                @if let Some(message) = message { (told(message, &view.address)) }
            }
            p id="live" class="sr-only" role="status" {}
        };
        finish(htmx::respond(status, document(&title, view, &body)), view)
    }

    /// The answer to somebody who is not signed in: no side bar.
    pub fn respond_to_guest(self, view: &View) -> HttpResponse {
        let body = html! {
            main class="center" id="main" {
                (shell::brand())
                (self.body)
            }
            p id="live" class="sr-only" role="status" {}
        };
        finish(htmx::respond(self.status, document(&self.document_title(), view, &body)), view)
    }

    fn document_title(&self) -> String {
        let failed = if self.has_failed { "Error: " } else { "" };
        format!("{failed}{} · mcp-admin", self.title)
    }

    fn head(&self) -> Markup {
        html! {
            div class="page-head" {
                div {
                    @if !self.breadcrumb.is_empty() {
                        nav class="breadcrumb" aria-label="Breadcrumb" {
                            ol {
                                @for (title, path) in &self.breadcrumb {
                                    li { a href=(path) { (title) } }
                                    li aria-hidden="true" { (icon(Icon::ChevronRight)) }
                                }
                                li { span aria-current="page" { (self.crumb.as_ref().unwrap_or(&self.title)) } }
                            }
                        }
                    }
                    div class="row" { h1 { (self.title) } (self.badge) }
                    @if !self.subtitle.0.is_empty() { p { (self.subtitle) } }
                }
                @if !self.actions.0.is_empty() { div class="row" { (self.actions) } }
            }
        }
    }
}

/// A message is shown once.
fn finish(mut response: HttpResponse, view: &View) -> HttpResponse {
    if view.flash.is_some() {
        let _ = response.add_cookie(&flash::shown());
    }
    response
}

fn document(title: &str, view: &View, body: &Markup) -> Markup {
    const HTMX: &str =
        r#"{"includeIndicatorCSS":false,"history":true,"defaultTimeout":15000,"extensions":"none"}"#;
    let dark = (view.theme == Theme::Dark).then_some("dark");
    html! {
        (DOCTYPE)
        html lang="en" class=[dark] data-shortcuts=[view.shortcuts_off.then_some("off")] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="htmx-config" content=(HTMX);
                title { (title) }
                link rel="icon" href=(assets::ICON.url()) type="image/svg+xml";
                link rel="stylesheet" href=(assets::BASECOAT_CSS.url());
                link rel="stylesheet" href=(assets::ADMIN_CSS.url());
                script src=(assets::ADMIN_JS.url()) {}
                script src=(assets::HTMX.url()) defer {}
                script src=(assets::BASECOAT_JS.url()) defer {}
                script src=(assets::TOAST_JS.url()) defer {}
                script src=(assets::COMBOBOX_JS.url()) defer {}
            }
            body { (body) }
        }
    }
}
