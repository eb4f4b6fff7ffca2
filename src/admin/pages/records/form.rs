//! The controls of a record's form.

use maud::{Markup, html};

use super::control::Control;
use super::input::{has_nothing, is_writable};
use super::lookups::{Lookups, Members, Target};
use super::table::title;
use super::{Records, names, value};
use crate::admin::components::{Choice, Field as Line, Select, Switch, TextArea, framed};
use crate::admin::form::{Form, FormErrors};
use crate::admin::paths;
use crate::admin::record_key::RecordKey;
use crate::admin::shell::capitalised;
use crate::apps::record::{Cell, Record, label_fields};
use crate::apps::{Field, FieldKind};
use crate::services::records::Named;

/// What a form is made of.
pub struct Parts<'a> {
    /// The records, and who looks at them.
    pub records: &'a Records<'a>,
    /// The record that is changed; `None` for a new one.
    pub record: Option<&'a Record>,
    /// What was typed.
    pub form: &'a Form,
    /// What is wrong with it.
    pub errors: &'a FormErrors,
    /// What is known of other records.
    pub lookups: &'a Lookups<'a>,
    /// What the names of the controls begin with.
    pub prefix: &'a str,
    /// A column that is not to be set here.
    pub without: Option<&'a str>,
}

/// The names of the controls for people.
pub fn labels(records: &Records<'_>) -> Vec<(String, String)> {
    let fields = records.model.fields.iter().map(|field| (names::value(&field.name), title(field)));
    let relations = records.model.relations.iter();
    fields.chain(relations.map(|relation| (names::more(&relation.name), words(&relation.name)))).collect()
}

fn words(name: &str) -> String {
    capitalised(&name.replace('_', " "))
}

impl Parts<'_> {
    /// Everything that can be set, narrow controls side by side.
    pub fn controls(&self) -> Markup {
        let mut rows: Vec<Markup> = Vec::new();
        let mut narrow: Vec<Markup> = Vec::new();
        let flush = |narrow: &mut Vec<Markup>, rows: &mut Vec<Markup>| {
            for pair in std::mem::take(narrow).chunks(2) {
                rows.push(html! { div class="grid-2" { @for one in pair { (one) } } });
            }
        };
        for (index, field) in self.fields() {
            let control = Control::of(field, self.cell(field));
            let markup = self.control(index, field, control);
            if self.is_narrow(index, field, control) {
                narrow.push(markup);
            } else {
                flush(&mut narrow, &mut rows);
                rows.push(markup);
            }
        }
        flush(&mut narrow, &mut rows);
        rows.extend(self.lookups.members.iter().map(|members| self.members(members)));
        html! {
            @for row in &rows { (row) }
            @if rows.is_empty() { p class="muted" { "There is nothing to fill in." } }
        }
    }

    /// Whether two like it fit side by side. What names the record has the whole width.
    fn is_narrow(&self, index: usize, field: &Field, control: Control) -> bool {
        let names_it = || {
            let model = self.records.model;
            label_fields(model).into_iter().find(|index| !model.primary_key.contains(index)) == Some(index)
        };
        self.lookups.keys.contains_key(&index)
            || control.is_narrow()
            || (control == Control::Line
                && field.max_length.is_none_or(|length| length <= 255)
                && !names_it())
    }

    /// A key that the database makes itself comes last.
    fn fields(&self) -> impl Iterator<Item = (usize, &Field)> {
        let fields = || {
            let all = self.records.model.fields.iter().enumerate();
            let is_here = |field: &Field| self.without.is_none_or(|column| *field.name != *column);
            all.filter(move |(_, field)| is_writable(field, self.record.is_none()) && is_here(field))
        };
        let is_made = |field: &Field| field.is_primary_key && field.has_default;
        // In a row of a child model it would only take room.
        let is_row = self.without.is_some();
        fields().filter(move |(_, f)| !is_made(f)).chain(fields().filter(move |(_, f)| is_made(f) && !is_row))
    }

    fn cell(&self, field: &Field) -> Option<&Cell> {
        self.record.and_then(|record| record.get(&field.name))
    }

    fn named(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn control(&self, index: usize, field: &Field, control: Control) -> Markup {
        let name = self.named(&names::value(&field.name));
        let text = self.form.raw(&name);
        let is_required = !(field.nullable || self.record.is_none() && field.has_default);
        let help = self.help(field, control);
        let label = title(field);
        if let Some(target) = self.lookups.keys.get(&index) {
            return self.key(field, target);
        }
        let line = |kind: &'static str| {
            let line = Line::new(&name, &label).kind(kind).value(text).errors(self.errors);
            let line = match &help {
                Some(help) => line.help(help.clone()),
                None => line,
            };
            if is_required || has_nothing(field, control) { line } else { line.optional() }
        };
        let controls = match control {
            Control::Switch => html! {
                input type="hidden" name=(self.named(&names::switch(&field.name))) value="1";
                (Switch { name: &name, label: &label, help: "", is_on: self.form.has(&name), is_fixed: false }.render())
            },
            Control::YesNo => self.select(&name, &label, field, &[("true", "Yes"), ("false", "No")], help),
            Control::Choices => {
                let choices: Vec<(&str, &str)> =
                    field.choices.iter().map(|c| (c.as_str(), c.as_str())).collect();
                self.select(&name, &label, field, &choices, help)
            }
            Control::Number if matches!(field.kind, FieldKind::Integer { .. }) => {
                line("number").attribute("step", "1").render()
            }
            Control::Number => line("number").attribute("step", "any").render(),
            Control::Date => line("date").render(),
            Control::Time => line("time").attribute("step", "any").render(),
            Control::Moment if field.kind == FieldKind::DateTime { zoned: true } => {
                line("datetime-local").attribute("step", "any").attribute("data-utc", "").render()
            }
            Control::Moment => line("datetime-local").attribute("step", "any").render(),
            Control::Line => match field.max_length.filter(|_| field.kind == FieldKind::Text) {
                Some(length) => line("text").max_length(length as usize).render(),
                None => line("text").render(),
            },
            Control::Lines | Control::Json | Control::Bytes => TextArea {
                name: &name,
                label: &label,
                value: text,
                rows: rows(control, text),
                is_optional: !is_required && !has_nothing(field, control),
                is_json: control == Control::Json,
                help,
                errors: self.errors,
            }
            .render(),
        };
        if !has_nothing(field, control) {
            return controls;
        }
        let nothing = self.named(&names::nothing(&field.name));
        html! {
            div class="stack stack-sm" {
                (controls)
                label class="check small" {
                    input type="checkbox" class="input" name=(nothing) value="on" checked[self.form.has(&nothing)];
                    span { "No value while it is empty" span class="sr-only" { " (" (label) ")" } }
                }
            }
        }
    }

    fn select(
        &self,
        name: &str,
        label: &str,
        field: &Field,
        of: &[(&str, &str)],
        help: Option<Markup>,
    ) -> Markup {
        let value = self.form.raw(name);
        let mut choices: Vec<Choice> = of.iter().map(|(value, label)| Choice::new(*value, *label)).collect();
        // What is there stays what is chosen, whether or not it is one of the choices.
        if !value.is_empty() && !of.iter().any(|(known, _)| *known == value) {
            choices.push(Choice::new(value, value));
        }
        let is_left_out = self.record.is_none() && field.has_default;
        let nothing = match (is_left_out, field.nullable) {
            (true, _) => Some("As the database says"),
            (false, true) => Some("Not set"),
            (false, false) => value.is_empty().then_some("Choose one"),
        };
        Select { name, label, choices: &choices, value, nothing, help, errors: self.errors }.render()
    }

    fn help(&self, field: &Field, control: Control) -> Option<Markup> {
        let mut words: Vec<Markup> = Vec::new();
        if control == Control::Bytes {
            if let (Some(cell @ Cell::Text(_)), Some(record)) = (self.cell(field), self.record) {
                let model = self.records.model;
                let path = RecordKey::of(model, record).map(|key| {
                    paths::record_bytes(&model.app_label, &model.name, &key, &names::value(&field.name))
                });
                words.push(html! {
                    (value::size(cell)) "."
                    @if let Some(path) = path { " " a class="link" href=(path) download { "Download" } }
                });
            }
            words.push(html! { "Type base64 to put other bytes in; empty leaves them as they are." });
        }
        if field.kind == (FieldKind::DateTime { zoned: true }) {
            words.push(html! { "In UTC." });
        }
        if let FieldKind::Array(_) = field.kind {
            words.push(html! { "A list in JSON." });
        }
        if field.is_unique {
            words.push(html! { "Unique." });
        }
        if self.record.is_none() && field.has_default && !matches!(control, Control::YesNo | Control::Choices)
        {
            words.push(html! { "Left empty, the database fills it in." });
        }
        (!words.is_empty())
            .then(|| html! { @for (n, one) in words.iter().enumerate() { @if n > 0 { " " } (one) } })
    }

    /// A foreign key: a list if it is short, else a key with a search over it.
    fn key(&self, field: &Field, target: &Target<'_>) -> Markup {
        let (name, label) = (self.named(&names::value(&field.name)), title(field));
        let value = self.form.raw(&name);
        let link = target.now.as_ref().filter(|now| now.value == value).and_then(|now| {
            let path = paths::record(&target.model.app_label, &target.model.name, &RecordKey::named(now)?);
            Some(html! { "Open " a class="link" href=(path) { (now.label) } "." })
        });
        if let Some(few) = &target.few {
            let choices: Vec<(&str, &str)> =
                few.iter().map(|one| (one.value.as_str(), one.label.as_str())).collect();
            return self.select(&name, &label, field, &choices, link);
        }
        let text = target.now.as_ref().filter(|now| now.value == value).map_or(value, |now| &now.label);
        let url =
            paths::record_options(&target.model.app_label, &target.model.name).with("to", target.column);
        let help = link.unwrap_or_else(|| {
            let list = paths::records(&target.model.app_label, &target.model.name);
            html! { "The " (target.column) " of one of the " a class="link" href=(list) { (target.model.verbose_name_plural) } "." }
        });
        let error = self.errors.field(&name);
        let described =
            if error.is_some() { format!("{name}-error {name}-help") } else { format!("{name}-help") };
        let control = html! {
            div data-combo=(url) data-text=(text) {
                input class="input" id=(name) name=(name) type="text" value=(value) autocomplete="off"
                    aria-describedby=(described) aria-invalid=[error.map(|_| "true")];
            }
        };
        framed(&name, &label, field.nullable, &control, error, Some(&help))
    }

    /// The members of a relation: boxes to tick, and keys to add where not all can be shown.
    fn members(&self, members: &Members<'_>) -> Markup {
        let relation = &members.relation.name;
        let (ticked, more) = (names::members(relation), names::more(relation));
        let error = self.errors.field(&more);
        if let Some(why) = &members.fixed {
            let some: Vec<&str> = members.now.iter().take(20).map(|one| one.label.as_str()).collect();
            return html! {
                div class="field" {
                    span class="strong" { (words(relation)) }
                    @if !some.is_empty() { span { (some.join(", ")) @if some.len() < members.now.len() { " …" } } }
                    p { (why) }
                }
            };
        }
        let mut shown: Vec<&Named> = members.few.iter().flatten().collect();
        shown.extend(
            members.now.iter().filter(|one| !members.few.iter().flatten().any(|f| f.value == one.value)),
        );
        let url = paths::record_options(&members.model.app_label, &members.model.name);
        html! {
            fieldset class="stack stack-sm" {
                legend class="label" { (words(relation)) }
                input type="hidden" name=(names::has_members(relation)) value="1";
                div class="row" {
                    @for one in &shown {
                        label class="check" {
                            input type="checkbox" class="input" name=(ticked) value=(one.value) checked[self.form.holds(&ticked, &one.value)];
                            span { (one.label) }
                        }
                    }
                }
                @if members.few.is_none() {
                    div class="field" {
                        label for=(more) { "Add one" }
                        div data-combo=(url) data-text=(self.form.raw(&more)) {
                            input class="input" id=(more) name=(more) value=(self.form.raw(&more)) autocomplete="off"
                                aria-invalid=[error.map(|_| "true")];
                        }
                        @if let Some(error) = error { p role="alert" { (error) } }
                    }
                } @else if let Some(error) = error { p role="alert" id=(more) { (error) } }
            }
        }
    }

    /// What the form cannot set.
    pub fn fixed(&self) -> Markup {
        let Some(record) = self.record else { return Markup::default() };
        // A key of one column stands beside the title already.
        let is_shown = |field: &Field| field.is_primary_key && self.records.model.primary_key.len() == 1;
        let fields = self.records.model.fields.iter();
        let fixed: Vec<&Field> =
            fields.filter(|field| !is_writable(field, false) && !is_shown(field)).collect();
        facts(self.records, record, &fixed, "Cannot be changed")
    }
}

/// Fields with their values, to read.
pub fn facts(records: &Records<'_>, record: &Record, fields: &[&Field], heading: &str) -> Markup {
    if fields.is_empty() {
        return Markup::default();
    }
    html! {
        section class="card" {
            header { h2 { (heading) } }
            section {
                dl class="dl" {
                    @for field in fields {
                        dt { (title(field)) }
                        dd {
                            @if let Some(cell) = record.get(&field.name) { (value::whole(records.visit, field, cell)) }
                            @if let (FieldKind::Binary, Some(Cell::Text(_)), Some(key)) =
                                (&field.kind, record.get(&field.name), RecordKey::of(records.model, record)) {
                                " " a class="link" download href=(paths::record_bytes(&records.model.app_label, &records.model.name, &key, &names::value(&field.name))) { "Download" }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn rows(control: Control, text: &str) -> u32 {
    let lines = text.lines().map(|line| 1 + line.len() / 90).sum::<usize>();
    let least = if control == Control::Lines { 2 } else { 3 };
    u32::try_from(lines.clamp(least, 14)).unwrap_or(3)
}
