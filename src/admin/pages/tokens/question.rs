//! The page that asks before something is done that gives away all that a token can do: who does not hold
//! that himself is told so, others get the form.

use maud::{Markup, html};

use super::form::LABELS;
use super::home;
use crate::admin::components::{Tone, alert, code, error_summary};
use crate::admin::form::FormErrors;
use crate::admin::page::{Page, Place};
use crate::admin::paths::{self, Path};
use crate::admin::visit::Visit;
use crate::services::tokens::TokenAccess;

/// What is asked about a token, and in which words.
pub struct Question<'q> {
    pub visit: &'q Visit,
    pub access: &'q TokenAccess,
    pub errors: &'q FormErrors,
    /// Where the answer goes.
    pub path: Path,
    /// What to say to whom a permission of the token is lacking, around its name.
    pub lacking: (&'static str, &'static str),
    /// The head above mistakes, e.g. `The copy was not made`.
    pub failed: &'static str,
    /// What the button does, e.g. `Change the owner`.
    pub submit: &'static str,
    /// Fields without a place on the page.
    pub hidden: Markup,
    /// Fields with one.
    pub fields: Markup,
}

impl Question<'_> {
    /// The page, for a badge and a subtitle.
    pub fn page(self, title: String) -> Page {
        let token = &self.access.token;
        let back = home(self.visit, token.id);
        let mut held = self.access.held.iter().map(|held| held.permission.as_str());
        let body = html! {
            @if let Some(lacking) = held.find(|name| !self.visit.may(name)) {
                (alert(Tone::Warn, &html! { (self.lacking.0) " " (code(lacking)) " " (self.lacking.1) }))
                div class="actions" { a class="btn" data-variant="outline" href=(back) { "Back" } }
            } @else {
                form method="post" action=(self.path) hx-post=(self.path) hx-target="#main" hx-select="#main" hx-swap="outerHTML"
                    hx-disable="find [type=submit]" hx-indicator="#progress" class="stack stack-lg" data-focus-first novalidate {
                    (error_summary(self.failed, self.errors, &LABELS))
                    (self.hidden)
                    section class="card form-card" { section { (self.fields) } }
                    div class="actions" {
                        button type="submit" class="btn" { (self.submit) }
                        a class="btn" data-variant="ghost" href=(back) { "Cancel" }
                    }
                }
            }
        };
        let page = Page::new(title)
            .at(Place::Tokens)
            .below("Tokens", paths::tokens())
            .below(token.name.clone(), back)
            .narrow()
            .body(body);
        if self.errors.is_empty() { page } else { page.failed() }
    }
}
