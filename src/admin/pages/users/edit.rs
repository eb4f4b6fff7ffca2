//! A user: the account, groups, permissions of its own, tokens. One form saves all of it at once.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::web;
use maud::{Markup, html};

use super::{CHANGE, GROUPS, SEE, facts, password, standing, state};
use crate::admin::components::{
    Change, Field, Picker, Switch, Tone, alert, apply_preset, changes, effect_card, error_summary, moment,
    plural, sentence,
};
use crate::admin::flash::Flash;
use crate::admin::form::{Form, FormErrors};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::routes::Table;
use crate::admin::version;
use crate::admin::visit::{Answer, Visit};
use crate::db::{DbConnection, GroupId, Tx, UserId};
use crate::error::{Error, Result};
use crate::services::groups::{self, GroupDetails};
use crate::services::permissions::{self, Permission};
use crate::services::tokens::TokenRow;
use crate::services::users::{self, Abilities, User, UserUpdate};

const LABELS: [(&str, &str); 6] = [
    ("username", "Username"),
    ("email", "Email"),
    ("groups", "Groups"),
    ("permissions", "Permissions"),
    ("password", "New password"),
    ("password2", "Repeat the new password"),
];
/// Tokens that are named.
const NAMED: i64 = 5;

pub fn routes(table: &mut Table) {
    table.get("/users/{id}", SEE, show);
    table.post("/users/{id}", CHANGE, save);
}

/// What the page shows of a user.
pub struct Shown {
    pub user: User,
    pub abilities: Abilities,
    /// Permissions of its own.
    pub direct: BTreeSet<String>,
    /// Those of its groups, with the names of the groups.
    pub from_groups: BTreeMap<String, Vec<String>>,
    /// Ids of its groups.
    pub groups: BTreeSet<i64>,
    /// Groups to choose from.
    choices: Vec<GroupDetails>,
    /// Permissions to choose from.
    all: Vec<Permission>,
    /// Some of its tokens and how many there are, for those who may see tokens.
    pub tokens: Option<(Vec<TokenRow>, i64)>,
}

/// What is typed, or what is there.
pub struct Typed {
    username: String,
    email: String,
    is_staff: bool,
    is_superuser: bool,
    groups: BTreeSet<i64>,
    chosen: BTreeSet<String>,
}

impl Typed {
    fn of(shown: &Shown) -> Self {
        Self {
            username: shown.user.username.clone(),
            email: shown.user.email.clone(),
            is_staff: shown.user.is_staff,
            is_superuser: shown.user.is_superuser,
            groups: shown.groups.clone(),
            chosen: shown.direct.clone(),
        }
    }

    /// What a form says of this user.
    pub fn from(form: &Form, shown: &Shown) -> Self {
        let (user, can) = (&shown.user, shown.abilities);
        Self {
            username: form.raw("username").to_owned(),
            email: form.raw("email").to_owned(),
            is_staff: if may_switch_staff(user, can) { form.has("is_staff") } else { user.is_staff },
            is_superuser: if can.superuser { form.has("is_superuser") } else { user.is_superuser },
            groups: form.ids("groups").into_iter().collect(),
            chosen: form.all("perm").map(str::to_owned).collect(),
        }
    }

    /// Applies a preset button, as far as the visitor may give; what the user has may come back.
    pub fn preset(&mut self, visit: &Visit, shown: &Shown, preset: &str) {
        apply_preset(preset, &shown.all, &mut self.chosen, |name| {
            visit.may(name) || shown.direct.contains(name)
        });
    }

    /// What the groups would give, with their names.
    fn given_by_groups(&self, shown: &Shown) -> BTreeMap<String, Vec<String>> {
        let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for choice in shown.choices.iter().filter(|choice| self.groups.contains(&choice.group.id.0)) {
            for permission in &choice.permissions {
                given.entry(permission.clone()).or_default().push(choice.group.name.clone());
            }
        }
        given
    }

    /// What differs from what the user holds now.
    fn changes(&self, shown: &Shown) -> Vec<Change> {
        let before = shown.direct.iter().chain(shown.from_groups.keys()).cloned().collect();
        let after = self.chosen.iter().chain(self.given_by_groups(shown).keys()).cloned().collect();
        changes(&shown.all, &before, &after)
    }
}

/// Taking the flag away needs nothing; giving it does.
fn may_switch_staff(user: &User, can: Abilities) -> bool {
    can.change && (can.act_as || user.is_staff)
}

fn read(conn: &mut DbConnection, visit: &Visit, id: UserId) -> Result<Shown> {
    let actor = &visit.actor;
    let user = users::show(conn, actor, id)?;
    let abilities = users::abilities(conn, actor, &user)?;
    let mut direct = BTreeSet::new();
    let mut from_groups = BTreeMap::new();
    for held in users::held_permissions(conn, actor, id)? {
        if held.direct {
            direct.insert(held.permission.clone());
        }
        if !held.groups.is_empty() {
            from_groups.insert(held.permission, held.groups);
        }
    }
    let own = users::groups(conn, actor, id)?;
    let mut choices = if abilities.change { groups::choices(conn, actor, GROUPS)? } else { Vec::new() };
    let shown: BTreeSet<i64> = choices.iter().map(|choice| choice.group.id.0).collect();
    for group in own.iter().filter(|group| !shown.contains(&group.id.0)) {
        choices.push(groups::details(conn, group.clone())?);
    }
    let all = if abilities.change { permissions::choices(conn, actor)? } else { Vec::new() };
    let tokens =
        visit.may("mcp.view_token").then(|| users::tokens(conn, actor, visit.now, id, NAMED)).transpose()?;
    let groups = own.iter().map(|group| group.id.0).collect();
    Ok(Shown { user, abilities, direct, from_groups, groups, choices, all, tokens })
}

/// Reads what the page shows.
pub async fn load(visit: &Visit, id: UserId) -> Result<Shown> {
    visit.read(move |conn, visit| read(conn, visit, id)).await
}

async fn show(visit: Visit, id: web::Path<i64>) -> Answer {
    let shown = load(&visit, UserId(*id)).await?;
    let none = FormErrors::none();
    Ok(page(&visit, &shown, &Typed::of(&shown), &none, "").respond(&visit))
}

/// The page with what is wrong in the form of the password.
pub fn with_password_errors(visit: &Visit, shown: &Shown, errors: &FormErrors) -> Page {
    page(visit, shown, &Typed::of(shown), errors, "The password was not set").failed()
}

async fn save(visit: Visit, id: web::Path<i64>, form: Form) -> Answer {
    let id = UserId(*id);
    if let Some(preset) = form.filled("preset") {
        let shown = load(&visit, id).await?;
        let mut typed = Typed::from(&form, &shown);
        typed.preset(&visit, &shown, preset);
        return Ok(page(&visit, &shown, &typed, &FormErrors::none(), "").respond(&visit));
    }
    let sent = form.clone();
    let error = match visit.write(move |tx, visit| change(tx, visit, id, &sent)).await {
        Ok(said) => return Ok(visit.done(&paths::user(id), Flash::new("User saved").text(said))),
        Err(error @ Error::NotFound(_)) => return Err(error),
        Err(error) => error,
    };
    let status = FormErrors::status(&error);
    let errors = FormErrors::of(error)?;
    let shown = load(&visit, id).await?;
    let typed = Typed::from(&form, &shown);
    Ok(page(&visit, &shown, &typed, &errors, "The user was not saved")
        .status(status)
        .failed()
        .respond(&visit))
}

/// Only what differs is changed: nobody needs power over what stays. What that means, in words.
fn change(tx: &mut Tx<'_>, visit: &Visit, id: UserId, form: &Form) -> Result<String> {
    let (actor, now) = (&visit.actor, visit.now);
    let before = read(tx, visit, id)?;
    version::check(form, "this user", &version_of(&before))?;
    let typed = Typed::from(form, &before);
    let user = &before.user;
    let update = UserUpdate {
        username: (typed.username != user.username).then(|| typed.username.clone()),
        email: (typed.email != user.email).then(|| typed.email.clone()),
        is_staff: (typed.is_staff != user.is_staff).then_some(typed.is_staff),
        is_superuser: (typed.is_superuser != user.is_superuser).then_some(typed.is_superuser),
    };
    let said = sentence("They can", &typed.changes(&before));
    users::update(tx, actor, now, id, &update)?;
    let groups: Vec<GroupId> = typed.groups.iter().copied().map(GroupId).collect();
    users::set_groups(tx, actor, now, id, &groups)?;
    users::set_permissions(tx, actor, now, id, &typed.chosen.into_iter().collect::<Vec<_>>())?;
    Ok(said)
}

fn version_of(shown: &Shown) -> String {
    let user = &shown.user;
    let flags = (user.is_staff, user.is_superuser);
    version::of(&(&user.username, &user.email, flags, &shown.groups, &shown.direct))
}

fn page(visit: &Visit, shown: &Shown, typed: &Typed, errors: &FormErrors, failed: &str) -> Page {
    let (user, can) = (&shown.user, shown.abilities);
    let body = html! {
        div class="cols" {
            div class="stack stack-lg" {
                (error_summary(failed, errors, &LABELS))
                @if can.change { (form(visit, shown, typed, errors)) } @else { (facts::readable(visit, shown)) }
                (password::card(visit, shown, errors))
                (state::card(visit, shown))
            }
            aside class="stack" aria-label="Related" {
                @if can.change { (effect(shown, typed)) }
                (facts::tokens(visit, shown))
                (facts::log(visit, user))
            }
        }
    };
    Page::new(user.username.clone())
        .at(Place::Users)
        .below("Users", paths::users())
        .badge(standing(user))
        .subtitle(html! {
            @match user.last_login {
                Some(at) => { "Last signed in " (moment(at, visit.now)) ", " },
                None => { "Never signed in, " },
            }
            "joined " (moment(user.date_joined, visit.now))
        })
        .body(body)
}

fn form(visit: &Visit, shown: &Shown, typed: &Typed, errors: &FormErrors) -> Markup {
    let (user, can) = (&shown.user, shown.abilities);
    html! {
        form method="post" action=(paths::user(user.id)) hx-post=(paths::user(user.id)) hx-target="#main" hx-select="#main" hx-swap="outerHTML"
            hx-disable="find [type=submit]" hx-indicator="#progress" class="stack stack-lg" data-focus-first novalidate[!errors.is_empty()] {
            button hidden { "Save user" }
            input type="hidden" name=(version::FIELD) value=(version_of(shown));
            input type="hidden" name="user" value=(user.id);
            section class="card form-card" {
                header { h2 { "Account" } }
                section {
                    div class="grid-2" {
                        (Field::new("username", "Username").value(&typed.username).required().max_length(150).autocomplete("off").errors(errors).render())
                        (Field::new("email", "Email").kind("email").value(&typed.email).optional().autocomplete("off").errors(errors).render())
                    }
                    (Switch {
                        name: "is_staff",
                        label: "Staff",
                        help: if may_switch_staff(user, can) { "May sign in to these pages, and do there what the permissions allow." }
                            else { "You can make somebody staff only if you hold every permission that they have." },
                        is_on: typed.is_staff,
                        is_fixed: !may_switch_staff(user, can),
                    }.render())
                    (Switch {
                        name: "is_superuser",
                        label: "Superuser",
                        help: if can.superuser { "May do everything, in every app. Prefer groups." }
                            else if can.is_last { "This is the last active superuser." }
                            else { "Only superusers can make superusers." },
                        is_on: typed.is_superuser,
                        is_fixed: !can.superuser,
                    }.render())
                }
            }
            (groups_card(visit, shown, typed, errors))
            @if user.is_superuser {
                (alert(Tone::Info, &html! { "A superuser holds every permission. The ones below count when that ends." }))
            }
            (picker(visit, shown, typed))
            div class="actions" {
                button type="submit" class="btn" { "Save user" }
                a href=(paths::users()) class="btn" data-variant="ghost" { "Cancel" }
            }
        }
    }
}

/// The picker of the form.
pub fn picker(visit: &Visit, shown: &Shown, typed: &Typed) -> Markup {
    Picker {
        all: &shown.all,
        chosen: &typed.chosen,
        held: &shown.direct,
        from_groups: &typed.given_by_groups(shown),
        may_give: &|name| visit.may(name),
        preview: Some(&paths::user_preview()),
    }
    .render()
}

/// What would change if the form were saved as it stands.
pub fn effect(shown: &Shown, typed: &Typed) -> Markup {
    effect_card(&typed.changes(shown), &[])
}

fn groups_card(visit: &Visit, shown: &Shown, typed: &Typed, errors: &FormErrors) -> Markup {
    html! {
        section class="card form-card" {
            header { h2 id="user-groups" { "Groups" } }
            section {
                @if let Some(error) = errors.field("groups") { p role="alert" id="groups" { (error) } }
                @if shown.choices.is_empty() { p class="muted" { "There are no groups yet." } }
                div class="options" role="group" aria-labelledby="user-groups" hx-post=(paths::user_preview()) hx-trigger="change"
                    hx-include="closest form" hx-target="#picker" hx-swap="outerMorph" hx-sync="#picker:replace" {
                    @for choice in &shown.choices {
                        @let id = choice.group.id.0;
                        @let missing = choice.permissions.iter().find(|name| !visit.may(name));
                        @let fixed = missing.is_some() && !shown.groups.contains(&id);
                        label class="check" {
                            input type="checkbox" class="input" name="groups" value=(id) checked[typed.groups.contains(&id)] disabled[fixed];
                            span {
                                span class="strong" { (choice.group.name) }
                                small {
                                    @match missing.filter(|_| fixed) {
                                        Some(name) => { "you do not have " code { (name) } " yourself" },
                                        None => { (plural(i64::try_from(choice.permissions.len()).unwrap_or(0), "permission", "permissions")) },
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
