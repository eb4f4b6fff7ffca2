//! The form above the audit log: who, what was done, to what, when; further filters unfold.

use maud::{Markup, html};

use super::filter::SPANS;
use crate::admin::components::{Choice, Field, SURFACES, Select, search_box};
use crate::admin::form::{Form, FormErrors};
use crate::admin::paths;
use crate::admin::visit::Visit;

/// Filters that are hidden until somebody asks for them.
const FURTHER: [&str; 8] =
    ["surface", "outcome", "user", "token", "object_id", "since", "until", "request_id"];
/// Models that can be chosen; of more one is typed.
const CHOSEN: usize = 40;
/// Models that are suggested then; a browser chokes on thousands.
const SUGGESTED: usize = 300;
/// Our own models that the log is about.
const OURS: [(&str, &str); 5] = [
    ("mcp.token", "Tokens"),
    ("auth.group", "Groups"),
    ("auth.user", "Users"),
    ("auth.permission", "Permissions"),
    ("auth.content_type", "Content types"),
];

const ACTIONS: [(&str, &str); 8] = [
    ("added", "Created"),
    ("changed", "Changed"),
    ("deleted", "Deleted"),
    ("action", "Ran an action"),
    ("denied", "Denied"),
    ("signed in", "Signed in"),
    ("signed out", "Signed out"),
    ("expiring", "Expires soon"),
];
const OUTCOMES: [(&str, &str); 4] =
    [("done", "Done"), ("denied", "Denied"), ("failed", "Failed"), ("pending", "Outcome unknown")];

/// The form. `people` are those who can be chosen, if they are few and may be seen.
pub fn form(visit: &Visit, query: &Form, people: Option<&[String]>) -> Markup {
    let models = models(visit);
    let people: Option<Vec<(&str, &str)>> =
        people.map(|names| names.iter().map(|name| (name.as_str(), name.as_str())).collect());
    let of_models: Option<Vec<(&str, &str)>> = (models.len() <= CHOSEN)
        .then(|| models.iter().map(|(value, label)| (value.as_str(), label.as_str())).collect());
    let spans = SPANS.iter().map(|(value, label, _)| (*value, *label)).collect();
    let fields = html! {
        @if let Some(people) = &people {
            (select(query, "who", "Who", "Anyone", people.iter().copied().chain([("command line", "Command line")]).collect()))
        }
        (select(query, "action", "What was done", "Any action", ACTIONS.to_vec()))
        @if let Some(models) = &of_models { (select(query, "model", "To what", "Anything", models.clone())) }
        (select(query, "within", "When", "Any time", spans))
        (further(query, people.is_none(), of_models.is_none().then_some(&models[..])))
    };
    search_box(
        &paths::audit(),
        query.text("q"),
        "Search objects, people and tokens",
        "Search the audit log",
        &[],
        &fields,
        &Markup::default(),
    )
}

/// Models by name, with what they are called.
fn models(visit: &Visit) -> Vec<(String, String)> {
    let catalog = visit.registry().catalog();
    let seen = catalog.models().filter(|(_, model)| visit.sees(model)).map(|(_, model)| model.label());
    let ours = OURS.into_iter().map(|(value, label)| (value.to_owned(), label.to_owned()));
    ours.chain(seen.map(|label| (label.clone(), label))).take(SUGGESTED).collect()
}

fn select(query: &Form, name: &str, label: &str, nothing: &str, all: Vec<(&str, &str)>) -> Markup {
    let value = query.text(name);
    let mut choices: Vec<Choice> = all.into_iter().map(|(value, label)| Choice::new(value, label)).collect();
    // An address may ask for what is not offered.
    if !value.is_empty() && !choices.iter().any(|choice| choice.value == value) {
        choices.push(Choice::new(value, value));
    }
    let errors = FormErrors::none();
    Select { name, label, choices: &choices, value, nothing: Some(nothing), help: None, errors: &errors }
        .bare()
}

fn further(query: &Form, types_person: bool, models: Option<&[(String, String)]>) -> Markup {
    let is_used = |name: &&str| query.filled(name).is_some();
    let typed = ["who"]
        .into_iter()
        .filter(|_| types_person)
        .chain(["model"].into_iter().filter(|_| models.is_some()));
    let used = FURTHER.into_iter().chain(typed).filter(is_used).count();
    let field = |name, label| Field::new(name, label).value(query.text(name));
    html! {
        details class="more" open[used > 0] {
            summary { "More filters" @if used > 0 { " (" (used) ")" } }
            div class="stack" {
                div class="row" {
                    (select(query, "outcome", "How it ended", "Any outcome", OUTCOMES.to_vec()))
                    (select(query, "surface", "Through which door", "Any door", SURFACES.to_vec()))
                }
                div class="grid-3" {
                    @if types_person { (field("who", "Person").attribute("placeholder", "Username").render()) }
                    (field("token", "Token").attribute("placeholder", "Id, prefix or name").render())
                    @if models.is_some() {
                        (field("model", "App and model").attribute("placeholder", "blog.article").attribute("list", "audit-models").render())
                    }
                    (field("object_id", "Id of the object").render())
                    (field("request_id", "Request").render())
                    (field("since", "From (UTC)").kind("datetime-local").render())
                    (field("until", "Until (UTC)").kind("datetime-local").render())
                    @if let Some(user) = query.filled("user") { input type="hidden" name="user" value=(user); }
                }
                @if let Some(models) = models {
                    datalist id="audit-models" { @for (name, _) in models { option value=(name) {} } }
                }
                div class="row" {
                    button class="btn" data-variant="outline" data-size="sm" { "Apply" }
                    a class="btn" data-variant="ghost" data-size="sm" href=(paths::audit()) { "Clear the filters" }
                }
            }
        }
    }
}
