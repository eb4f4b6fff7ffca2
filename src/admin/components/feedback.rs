//! What a page says of something that happened, or of nothing being there.

use maud::{Markup, html};

use super::field::ended;
use super::{Icon, icon, icon_with};
use crate::admin::flash::Flash;
use crate::admin::form::FormErrors;
use crate::admin::htmx;
use crate::error::FieldError;

/// What a colour stands for; a word and a sign always say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It works.
    Ok,
    /// Decide soon.
    Warn,
    /// Denied, failed, deleted.
    Bad,
    /// Worth knowing.
    Info,
    /// Nothing in particular.
    None,
}

impl Tone {
    /// As `data-tone`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Info => "info",
            Self::None => "none",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Ok => Icon::CircleCheck,
            Self::Warn => Icon::TriangleAlert,
            Self::Bad => Icon::CircleAlert,
            Self::Info | Self::None => Icon::Info,
        }
    }
}

/// A sentence that stays on the page.
pub fn alert(tone: Tone, text: &Markup) -> Markup {
    html! { div class="alert" data-tone=(tone.as_str()) { (icon(tone.icon())) span { (text) } } }
}

/// A message that goes away by itself, for an answer to htmx: it is put with the others.
pub fn toast_part(tone: Tone, title: &str, text: &Markup) -> Markup {
    htmx::partial("#toaster", "beforeend", &toast(tone, title, text, &Markup::default()))
}

/// What the page before had to say, for an answer to htmx. `address` is that of the page it is told on.
pub fn told_part(message: &Flash, address: &str) -> Markup {
    htmx::partial("#toaster", "beforeend", &told(message, address))
}

/// What the page before had to say.
pub fn told(message: &Flash, address: &str) -> Markup {
    let undo = message.undo.as_ref().map(|undo| undo.form(address)).unwrap_or_default();
    toast(Tone::Ok, &message.title, &html! { (message.text) }, &undo)
}

/// A message that goes away by itself; with an act it stays until somebody dismisses it.
fn toast(tone: Tone, title: &str, text: &Markup, act: &Markup) -> Markup {
    let (role, class) = match tone {
        Tone::Bad => ("alert", "tone-bad"),
        Tone::Warn => ("status", "tone-warn"),
        _ => ("status", "tone-ok"),
    };
    let category = if tone == Tone::Bad { "error" } else { "success" };
    let duration = if act.0.is_empty() { "8000" } else { "-1" };
    html! {
        div class="toast" role=(role) aria-atomic="true" data-category=(category) data-duration=(duration) {
            div class="toast-content" {
                (icon_with(tone.icon(), class))
                section {
                    h2 { (title) }
                    @if !text.0.is_empty() { p { (text) } }
                }
                footer role="group" aria-label="Actions" {
                    (act)
                    button type="button" class="btn" data-variant="ghost" data-size="icon-sm" data-dismiss
                        aria-label="Dismiss" { (icon(Icon::X)) }
                }
            }
        }
    }
}

/// What stands above a form that was not accepted: what happened, and links to the fields. `labels` names
/// the fields for people, in their order on the page; a field that is not among them is named as it is.
pub fn error_summary(title: &str, errors: &FormErrors, labels: &[(&str, &str)]) -> Markup {
    if errors.is_empty() {
        return Markup::default();
    }
    let place = |field: &str| labels.iter().position(|(name, _)| *name == field);
    let label = |field: &str| place(field).map_or_else(|| field.to_owned(), |at| labels[at].1.to_owned());
    let mut fields: Vec<&FieldError> = errors.fields.iter().collect();
    fields.sort_by_key(|error| place(&error.field).unwrap_or(labels.len()));
    html! {
        div class="alert" data-tone="bad" role="alert" {
            (icon(Icon::CircleAlert))
            h2 { (title) }
            section {
                @if let Some(general) = &errors.general { p { (ended(general)) } }
                @if !fields.is_empty() {
                    ul {
                        @for error in fields {
                            li { a class="link" href={ "#" (error.field) } { (label(&error.field)) } ": " (ended(&error.message)) }
                        }
                    }
                }
            }
        }
    }
}

/// Nothing is there: what it would be, and what to do.
pub fn empty(sign: Icon, title: &str, text: &Markup, actions: &Markup) -> Markup {
    html! {
        div class="empty" {
            header {
                figure { (icon(sign)) }
                h2 { (title) }
                p { (text) }
            }
            @if !actions.0.is_empty() { section { div class="row" { (actions) } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_in_the_order_of_the_fields() {
        let fields = ["other", "email", "name"].map(|field| FieldError::new(field, "is <wrong>")).into();
        let errors = FormErrors { general: None, fields };
        let told = error_summary("Not saved", &errors, &[("name", "Name"), ("email", "Email")]).into_string();
        let places = ["#name\">Name</a>: is &lt;wrong&gt;.", "#email\">Email<", "#other\">other<"]
            .map(|text| told.find(text).unwrap());
        assert!(places.is_sorted(), "{told}");
    }
}
