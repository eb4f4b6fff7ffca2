//! Fields of forms: label, control, error, help, in this order, tied together for assistive technology.

use maud::{Markup, html};

use super::{Icon, icon};
use crate::admin::form::FormErrors;
use crate::admin::visit::Visit;

/// A field of one line.
pub struct Field<'a> {
    name: &'a str,
    id: &'a str,
    label: &'a str,
    kind: &'a str,
    value: &'a str,
    help: Option<Markup>,
    error: Option<&'a str>,
    autocomplete: Option<&'a str>,
    is_optional: bool,
    is_required: bool,
    has_focus: bool,
    max_length: Option<usize>,
    attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Field<'a> {
    /// A text field. Its `id` is its name.
    pub fn new(name: &'a str, label: &'a str) -> Self {
        Self {
            name,
            id: name,
            label,
            kind: "text",
            value: "",
            help: None,
            error: None,
            autocomplete: None,
            is_optional: false,
            is_required: false,
            has_focus: false,
            max_length: None,
            attributes: Vec::new(),
        }
    }

    /// Another `type`: `email`, `number`, `password`, `date`, `datetime-local`.
    #[must_use]
    pub fn kind(self, kind: &'a str) -> Self {
        Self { kind, ..self }
    }

    /// Another `id`, for a field over a page that may have one of the same name.
    #[must_use]
    pub fn id(self, id: &'a str) -> Self {
        Self { id, ..self }
    }

    /// What is in it.
    #[must_use]
    pub fn value(self, value: &'a str) -> Self {
        Self { value, ..self }
    }

    /// A sentence below it.
    #[must_use]
    pub fn help(self, help: Markup) -> Self {
        Self { help: Some(help), ..self }
    }

    /// What is wrong with it, if something is.
    #[must_use]
    pub fn errors(self, errors: &'a FormErrors) -> Self {
        Self { error: errors.field(self.name), ..self }
    }

    /// What browsers may fill in.
    #[must_use]
    pub fn autocomplete(self, autocomplete: &'a str) -> Self {
        Self { autocomplete: Some(autocomplete), ..self }
    }

    /// Marks it as optional.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }

    /// The browser insists on it.
    #[must_use]
    pub fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// Has the caret when the page opens.
    #[must_use]
    pub fn focused(self) -> Self {
        Self { has_focus: true, ..self }
    }

    /// Longest text in characters.
    #[must_use]
    pub fn max_length(self, characters: usize) -> Self {
        Self { max_length: Some(characters), ..self }
    }

    /// One more attribute of the control, e.g. `step`.
    #[must_use]
    pub fn attribute(mut self, name: &'a str, value: &'a str) -> Self {
        self.attributes.push((name, value));
        self
    }

    /// The field.
    pub fn render(&self) -> Markup {
        let described = described_by(self.id, self.error.is_some(), self.help.is_some());
        let inputmode = self.attribute_value("inputmode");
        let control = html! {
            input class="input" id=(self.id) name=(self.name) type=(self.kind) value=(self.value)
                aria-describedby=[described] aria-invalid=[self.error.map(|_| "true")]
                autocomplete=[self.autocomplete] required[self.is_required] autofocus[self.has_focus]
                maxlength=[self.max_length] inputmode=[inputmode] step=[self.attribute_value("step")]
                min=[self.attribute_value("min")] max=[self.attribute_value("max")]
                placeholder=[self.attribute_value("placeholder")] list=[self.attribute_value("list")] data-utc=[self.attribute_value("data-utc")];
        };
        framed(self.id, self.label, self.is_optional, &control, self.error, self.help.as_ref())
    }

    fn attribute_value(&self, name: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(n, _)| *n == name).map(|(_, value)| *value)
    }
}

/// A field of several lines.
pub struct TextArea<'a> {
    /// Name and id.
    pub name: &'a str,
    /// For people.
    pub label: &'a str,
    /// What is in it.
    pub value: &'a str,
    /// Lines.
    pub rows: u32,
    /// Marks it as optional.
    pub is_optional: bool,
    /// JSON, which the browser checks while one types.
    pub is_json: bool,
    /// A sentence below it.
    pub help: Option<Markup>,
    /// What is wrong with the form.
    pub errors: &'a FormErrors,
}

impl TextArea<'_> {
    /// The field.
    pub fn render(&self) -> Markup {
        let error = self.errors.field(self.name);
        let described = described_by(self.name, error.is_some(), self.help.is_some());
        let control = html! {
            // A line break right after the tag would be dropped by the parser, so one is always there.
            textarea class={ "textarea" @if self.is_json { " mono" } } id=(self.name) name=(self.name) rows=(self.rows)
                aria-describedby=[described] aria-invalid=[error.map(|_| "true")] data-json[self.is_json]
                { "\n" (self.value) }
        };
        framed(self.name, self.label, self.is_optional, &control, error, self.help.as_ref())
    }
}

/// One of several values.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
}

impl Choice {
    /// A value with its label.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// A field with a list to choose from.
pub struct Select<'a> {
    /// Name and id.
    pub name: &'a str,
    /// For people.
    pub label: &'a str,
    /// What can be chosen.
    pub choices: &'a [Choice],
    /// The value that is chosen.
    pub value: &'a str,
    /// The label of choosing nothing, if one may.
    pub nothing: Option<&'a str>,
    /// A sentence below it.
    pub help: Option<Markup>,
    /// What is wrong with the form.
    pub errors: &'a FormErrors,
}

impl Select<'_> {
    /// The field.
    pub fn render(&self) -> Markup {
        let error = self.errors.field(self.name);
        let described = described_by(self.name, error.is_some(), self.help.is_some());
        let control = html! {
            select class="select" id=(self.name) name=(self.name) aria-describedby=[described]
                aria-invalid=[error.map(|_| "true")] { (self.options()) }
        };
        framed(self.name, self.label, false, &control, error, self.help.as_ref())
    }

    /// The control alone, for a toolbar: the label is read out, not shown.
    pub fn bare(&self) -> Markup {
        html! { select class="select" name=(self.name) aria-label=(self.label) { (self.options()) } }
    }

    fn options(&self) -> Markup {
        html! {
            @if let Some(nothing) = self.nothing { option value="" { (nothing) } }
            @for choice in self.choices {
                option value=(choice.value) selected[choice.value == self.value] { (choice.label) }
            }
        }
    }
}

/// Something that is on or off.
pub struct Switch<'a> {
    /// Name and id; it is sent, with `on`, only when it is on.
    pub name: &'a str,
    /// For people.
    pub label: &'a str,
    /// What on, or off, does.
    pub help: &'a str,
    /// Whether it is on.
    pub is_on: bool,
    /// Whether it cannot be changed; then it is not sent.
    pub is_fixed: bool,
}

impl Switch<'_> {
    /// The switch with its words beside it.
    pub fn render(&self) -> Markup {
        html! {
            label class="check" {
                input type="checkbox" role="switch" class="input" id=(self.name) name=(self.name) value="on"
                    checked[self.is_on] disabled[self.is_fixed];
                span {
                    span class="strong" { (self.label) }
                    @if !self.help.is_empty() { small { (self.help) } }
                }
            }
        }
    }
}

/// A form that makes a secret asks for the password, unless it was given lately.
pub fn confirm_password(visit: &Visit, errors: &FormErrors) -> Markup {
    if !visit.needs_password() {
        return Markup::default();
    }
    Field::new("current_password", "Your password")
        .kind("password")
        .autocomplete("current-password")
        .help(html! { "A new secret is made. You gave your password more than 15 minutes ago, so it is asked for once more." })
        .errors(errors)
        .render()
}

fn described_by(name: &str, has_error: bool, has_help: bool) -> Option<String> {
    match (has_error, has_help) {
        (true, true) => Some(format!("{name}-error {name}-help")),
        (true, false) => Some(format!("{name}-error")),
        (false, true) => Some(format!("{name}-help")),
        (false, false) => None,
    }
}

/// Label, control, error, help.
pub fn framed(
    name: &str,
    label: &str,
    is_optional: bool,
    control: &Markup,
    error: Option<&str>,
    help: Option<&Markup>,
) -> Markup {
    html! {
        div class="field" {
            label for=(name) {
                (label)
                @if is_optional { " " small class="muted" { "optional" } }
            }
            (control)
            @if let Some(error) = error { p role="alert" id={ (name) "-error" } { (icon(Icon::CircleAlert)) (sentence(error)) } }
            @if let Some(help) = help { p id={ (name) "-help" } { (help) } }
        }
    }
}

/// An error as a sentence of its own: a capital letter in front, a full stop behind.
fn sentence(text: &str) -> String {
    crate::admin::shell::capitalised(&ended(text))
}

/// With a full stop behind.
pub fn ended(text: &str) -> String {
    let stop = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{text}{stop}")
}
