//! Dialogs: native ones, opened by a button without script.

use maud::{Markup, html};

use super::{Icon, icon};
use crate::admin::paths::Path;

/// A form that is asked for over the page. Its fields say, with `autofocus`, what is safe to begin with.
pub struct Dialog<'a> {
    /// Unique in the page.
    pub id: &'a str,
    /// A question with the name in it.
    pub title: &'a str,
    /// What happens.
    pub text: &'a Markup,
    /// Where the form goes, and where the same form is a page.
    pub path: &'a Path,
    /// What stands between.
    pub fields: &'a Markup,
    /// The sign on the button, and what it does.
    pub submit: (Icon, &'a str),
}

impl Dialog<'_> {
    /// What opens it; without scripts, a link to the page.
    pub fn opener(&self, sign: Icon, text: &str) -> Markup {
        html! {
            button type="button" class="btn js-only" data-variant="outline" commandfor=(self.id) command="show-modal" {
                (icon(sign)) (text)
            }
            noscript { a class="btn" data-variant="outline" href=(self.path) { (icon(sign)) (text) } }
        }
    }

    /// The dialog itself.
    pub fn render(&self) -> Markup {
        let (id, (sign, submit)) = (self.id, self.submit);
        html! {
            dialog class="dialog" id=(id) aria-labelledby={ (id) "-title" } aria-describedby={ (id) "-text" } {
                form method="post" action=(self.path) hx-post=(self.path) hx-target="#main" hx-select="#main" hx-swap="outerHTML"
                    hx-disable="find [type=submit]" hx-indicator="#progress" {
                    header { h2 id={ (id) "-title" } { (self.title) } }
                    section class="stack" {
                        p class="muted" id={ (id) "-text" } { (self.text) }
                        (self.fields)
                    }
                    footer {
                        button type="button" class="btn" data-variant="outline" commandfor=(id) command="close" { "Cancel" }
                        button type="submit" class="btn" { (icon(sign)) (submit) }
                    }
                }
            }
        }
    }
}
