//! The form of a token, for a new one and for one that is changed.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use maud::{Markup, html};

use super::materials::{Chosen, Materials, choices};
use crate::admin::components::{
    Choice, Field, Icon, Picker, Select, Switch, TextArea, Tone, alert, can_card, clock_time, icon, plural,
};
use crate::admin::form::{Form, FormErrors};
use crate::admin::paths;
use crate::admin::visit::Visit;
use crate::auth::ToolMode;
use crate::clock::UtcTime;
use crate::db::{DbConnection, UserId};
use crate::error::{Error, Result};
use crate::services::references::{self, Reference};
use crate::services::tokens::{Expiry, TokenDetails};

/// What people call the fields.
pub const LABELS: [(&str, &str); 10] = [
    ("name", "Name"),
    ("user", "Owner"),
    ("expires", "Expires"),
    ("expires_at", "Last day"),
    ("note", "Note"),
    ("groups", "Groups"),
    ("picker", "Permissions"),
    ("tool_mode", "Tools"),
    ("grace", "Grace period"),
    ("current_password", "Your password"),
];

const PRESETS: [(&str, &str); 4] = [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "1 year")];

/// When the token of a form expires; `None` = as it does now.
///
/// # Errors
/// `Invalid` for a day that is none.
pub fn expiry(form: &Form, now: UtcTime) -> Result<Option<Expiry>> {
    Ok(Some(match form.text("expires") {
        "keep" => return Ok(None),
        "never" => Expiry::Never,
        "date" => Expiry::At(end_of_day(form.text("expires_at"))?),
        days => {
            match PRESETS.iter().find(|(value, _)| *value == days).and_then(|(value, _)| value.parse().ok()) {
                Some(days) => Expiry::At(now.plus(TimeDelta::days(days))),
                None => return Err(Error::invalid("expires", "choose when the token expires")),
            }
        }
    }))
}

/// The moment when a day, in UTC, is over.
fn end_of_day(text: &str) -> Result<UtcTime> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|day| day.succ_opt());
    let day = day.ok_or_else(|| Error::invalid("expires_at", "choose a day, such as 2027-03-31"))?;
    Ok(UtcTime::from_naive(day.and_time(NaiveTime::MIN)))
}

/// The owner that is named in a form; whoever asks if nobody is.
///
/// # Errors
/// `Invalid` for the field `user`.
pub fn owner(conn: &mut DbConnection, visit: &Visit, form: &Form) -> Result<UserId> {
    match form.filled("user") {
        Some(name) => references::user(conn, &Reference::Name(name.to_owned())),
        None => Ok(visit.live.user.id),
    }
}

/// The set of tools that is chosen.
///
/// # Errors
/// `Invalid` for the field `tool_mode`.
pub fn tool_mode(form: &Form) -> Result<ToolMode> {
    let text = form.filled("tool_mode").unwrap_or("auto");
    ToolMode::parse(text).ok_or_else(|| Error::invalid("tool_mode", "choose automatic, full or compact"))
}

/// Errors about single permissions belong to the picker.
pub fn errors(error: Error) -> Result<FormErrors> {
    let mut errors = FormErrors::of(error)?;
    for error in &mut errors.fields {
        if error.field == "permissions" {
            "picker".clone_into(&mut error.field);
        }
    }
    Ok(errors)
}

/// The form's parts, for one visitor and one state of it.
pub struct TokenForm<'a> {
    /// Who looks.
    pub visit: &'a Visit,
    /// What is typed.
    pub form: &'a Form,
    /// What there is to choose from.
    pub materials: &'a Materials,
    /// What is chosen.
    pub chosen: &'a Chosen,
    /// What is wrong.
    pub errors: &'a FormErrors,
    /// The token, if it is there already.
    pub token: Option<&'a TokenDetails>,
}

impl TokenForm<'_> {
    /// Name, owner, expiry, note and the like.
    pub fn about(&self) -> Markup {
        let (form, errors) = (self.form, self.errors);
        let name =
            Field::new("name", "Name").value(form.raw("name")).required().max_length(200).autocomplete("off");
        let name = name.help(html! { "Where it will be used, for example “ci-deploy”." }).errors(errors);
        let is_fresh = form.raw("name").is_empty() && errors.is_empty();
        html! {
            section class="card form-card" { header { h2 { "About" } } section {
                div class="grid-2" {
                    (if is_fresh { name.focused() } else { name }.render())
                    (self.owner())
                }
                (self.expires())
                (TextArea { name: "note", label: "Note", value: form.raw("note"), rows: 2, is_optional: true, is_json: false,
                    help: None, errors }.render())
                (Switch { name: "active", label: "Active", help: "Switch off to prepare a token before it can be used.",
                    is_on: form.has("active"), is_fixed: false }.render())
                (Switch { name: "limit_to_owner", label: "Limit to what the owner may do",
                    help: "It then can do only what its owner can do as well, whatever is ticked below. Off: its permissions are its own.",
                    is_on: form.has("limit_to_owner"), is_fixed: false }.render())
                (self.mode())
            } }
        }
    }

    fn owner(&self) -> Markup {
        let help = html! { "Calls are logged under this person. Their own permissions are not inherited." };
        let value = self.form.filled("user").unwrap_or(&self.visit.live.user.username);
        match &self.materials.users {
            Some(users) => Select {
                name: "user",
                label: "Owner",
                choices: &choices(users),
                value,
                nothing: None,
                help: Some(help),
                errors: self.errors,
            }
            .render(),
            None => Field::new("user", "Owner")
                .value(value)
                .autocomplete("off")
                .help(help)
                .errors(self.errors)
                .render(),
        }
    }

    fn expires(&self) -> Markup {
        let chosen = self.form.text("expires");
        let option = |value: &str, label: &str| {
            html! {
                label {
                    input type="radio" name="expires" value=(value) id={ "exp-" (value) } checked[chosen == value];
                    (label)
                }
            }
        };
        let error = self.errors.field("expires");
        html! {
            div class="field" id="expires" {
                span class="label" id="exp-l" { "Expires" }
                div { div class="seg wrap" role="radiogroup" aria-labelledby="exp-l" {
                    @if self.token.is_some() { (option("keep", "As it is")) }
                    @for (value, label) in PRESETS { (option(value, label)) }
                    (option("date", "On a date"))
                    (option("never", "Never"))
                } }
                @if let Some(error) = error { p role="alert" { (error) } }
                div class="only-if if-date" {
                    (Field::new("expires_at", "Last day (UTC)").kind("date").value(self.form.raw("expires_at"))
                        .errors(self.errors).render())
                }
                div class="only-if if-never" {
                    (alert(Tone::Warn, &html! {
                        "A token without an end stays valid until someone deactivates it. Choose a date unless you have a \
                         reason, and note the reason below."
                    }))
                }
                @if let Some(token) = self.token {
                    p {
                        @match token.token.expires_at {
                            Some(at) => { "Now it is valid until " (clock_time(at)) " UTC." },
                            None => { "Now it never expires." },
                        }
                    }
                }
            }
        }
    }

    fn mode(&self) -> Markup {
        let choices = [
            Choice::new("auto", "Automatic: compact where there would be too many"),
            Choice::new("full", "Full: one tool for each operation of each model"),
            Choice::new("compact", "Compact: one tool for each operation, the model is an argument"),
        ];
        let value = self.form.filled("tool_mode").unwrap_or("auto");
        let help = Some(html! { "What the agent sees; what it may do stays the same." });
        Select {
            name: "tool_mode",
            label: "Tools",
            choices: &choices,
            value,
            nothing: None,
            help,
            errors: self.errors,
        }
        .render()
    }

    /// Which groups.
    pub fn groups(&self) -> Markup {
        if self.materials.groups.is_empty() {
            return Markup::default();
        }
        let preview = paths::token_preview();
        html! {
            section class="card form-card" id="groups-card" {
                header { h2 id="groups" { "Groups" } p { "The token gets every permission of the groups you tick." } }
                section { div class="options" role="group" aria-labelledby="groups" hx-post=(preview) hx-trigger="change"
                    hx-include="closest form" hx-target="#picker" hx-swap="outerMorph" hx-sync="#picker:replace" {
                    @for details in &self.materials.groups {
                        @let is_on = self.chosen.groups.contains(&details.group.id);
                        @let lacks = details.permissions.iter().find(|name| !self.visit.may(name));
                        @let count = plural(i64::try_from(details.permissions.len()).unwrap_or(0), "permission", "permissions");
                        @let had = self.token.is_some_and(|t| t.groups.iter().any(|group| group.id == details.group.id));
                        label class="check" {
                            input type="checkbox" class="input" name="groups" value=(details.group.id) checked[is_on]
                                disabled[lacks.is_some() && !had && !is_on];
                            span {
                                span class="strong" { (details.group.name) }
                                small {
                                    (count)
                                    @if let Some(lacks) = lacks { @if !had { " · you do not have " (lacks) " yourself" } }
                                }
                            }
                        }
                    }
                } }
            }
        }
    }

    /// The permission picker.
    pub fn picker(&self) -> Markup {
        let preview = paths::token_preview();
        html! {
            @if let Some(error) = self.errors.field("picker") {
                div role="alert" { (alert(Tone::Bad, &html! { (error) })) }
            }
            (Picker {
                all: &self.materials.all,
                chosen: &self.chosen.direct,
                held: &self.chosen.held,
                from_groups: &self.chosen.from_groups,
                may_give: &|name| self.visit.may(name),
                preview: Some(&preview),
            }.render())
        }
    }

    /// What the token would be able to do.
    pub fn summary(&self) -> Markup {
        let effective = self.chosen.effective();
        let mode = tool_mode(self.form).unwrap_or_default();
        let tools = self.visit.agents().tools(&effective, mode).len();
        let count = |n: usize, one: &str, many: &str| plural(i64::try_from(n).unwrap_or(i64::MAX), one, many);
        let through =
            self.chosen.from_groups.keys().filter(|name| !self.chosen.direct.contains(*name)).count();
        let groups: Vec<&str> = self.chosen.group_names().into_iter().collect();
        let foot = html! {
            (count(effective.len(), "permission", "permissions"))
            @if through > 0 { ": " (self.chosen.direct.len()) " direct, " (through) " from " (groups.join(", ")) }
            ". The agent sees " (count(tools, "tool", "tools")) "."
        };
        let mut risks = Vec::new();
        if self.form.text("expires") == "never" {
            risks.push(html! { "It " b class="strong" { "never expires" } });
        }
        if self.form.has("limit_to_owner") {
            risks.push(html! { "Only as far as its owner may as well" });
        }
        can_card("This token can", &self.materials.all, &|name| effective.has(name), &risks, &foot)
    }

    /// All of it in two columns, with what stands under the fields.
    pub fn columns(&self, head: &Markup, actions: &Markup) -> Markup {
        html! {
            (head)
            div class="cols" {
                div class="stack stack-lg" {
                    (self.about())
                    (self.groups())
                    (self.picker())
                    (crate::admin::components::confirm_password(self.visit, self.errors))
                    div class="actions" { (actions) }
                }
                aside class="sticky" aria-label="Summary" { (self.summary()) }
            }
        }
    }
}

/// A note that nothing was saved yet, where a preset was applied without JavaScript.
pub fn not_saved() -> Markup {
    html! { div class="alert" data-tone="info" { (icon(Icon::Info)) span { "The preset is applied. Nothing is saved yet." } } }
}
