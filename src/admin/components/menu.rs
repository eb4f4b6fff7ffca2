//! Menus: native popovers, without script.

use maud::{Markup, html};

use super::{Icon, icon};
use crate::admin::paths::Path;

/// One entry of a menu.
pub enum MenuItem {
    /// Leads somewhere.
    Link(Icon, &'static str, Path),
    /// Leads to the page that deletes something.
    Danger(Icon, &'static str, Path),
    /// Sends the empty form of the page (`<form id="row" method="post">`) there.
    Post(Icon, &'static str, Path),
    /// A line between entries.
    Separator,
}

/// A button with "…" that opens a menu.
pub struct Menu<'a> {
    /// Unique in the page.
    pub id: String,
    /// What the button is called: "Actions for ci-deploy".
    pub label: &'a str,
    /// Its entries; nobody sees a menu without any.
    pub items: Vec<MenuItem>,
}

impl Menu<'_> {
    /// The button and the menu.
    pub fn render(&self) -> Markup {
        if self.items.is_empty() {
            return Markup::default();
        }
        html! {
            button type="button" class="btn" data-variant="ghost" data-size="icon-sm" popovertarget=(self.id)
                aria-label=(self.label) { (icon(Icon::Ellipsis)) }
            div popover class="menu" id=(self.id) {
                @for item in &self.items {
                    @match item {
                        MenuItem::Link(sign, text, path) => { a href=(path) { (icon(*sign)) (text) } },
                        MenuItem::Danger(sign, text, path) => { a class="danger" href=(path) { (icon(*sign)) (text) } },
                        MenuItem::Post(sign, text, path) => { button form="row" formaction=(path) { (icon(*sign)) (text) } },
                        MenuItem::Separator => { hr; },
                    }
                }
            }
        }
    }
}
