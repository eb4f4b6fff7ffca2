//! Users: the list, the forms, the password, switching on and off, the deletion.

mod delete;
mod edit;
mod facts;
mod new;
mod password;
mod preview;
mod state;

use maud::{Markup, html};

use crate::admin::components::{
    Chip, Choice, Icon, Menu, MenuItem, Select, Sort, Tone, badge, chips, dotted, empty, icon, moment,
    number, pager, search_box, some_of, sort_header,
};
use crate::admin::form::{Form, FormErrors, Query};
use crate::admin::leaf::{self, Turn};
use crate::admin::page::{Page, Place};
use crate::admin::paths::{self, Path};
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::db::GroupId;
use crate::services::Mark;
use crate::services::groups;
use crate::services::users::{self, User, UserFilter, UserNumbers, UserOrder, UserRow};

const SEE: Needs = Needs::AnyOf(&["auth.view_user", "auth.change_user"]);
const CHANGE: Needs = Needs::AnyOf(&["auth.change_user"]);
/// Groups that can be chosen from; a list of thousands is no choice.
const GROUPS: i64 = 200;

/// The pages and forms of users.
pub fn routes(table: &mut Table) {
    table.get("/users", SEE, list);
    new::routes(table);
    preview::routes(table);
    edit::routes(table);
    password::routes(table);
    state::routes(table);
    delete::routes(table);
}

/// Whether the visitor may see users, so that a form can lead back to them.
fn sees(visit: &Visit) -> bool {
    visit.may("auth.view_user") || visit.may("auth.change_user")
}

/// Where a form leads whose user is gone, or was never seen.
fn list_or_dashboard(visit: &Visit) -> Path {
    if sees(visit) { paths::users() } else { paths::dashboard() }
}

/// How the list is narrowed and sorted.
struct Asked {
    search: String,
    status: String,
    group: Option<i64>,
    order: (UserOrder, bool),
}

impl Asked {
    fn of(query: &Form) -> crate::error::Result<Self> {
        let order = match query.text("sort") {
            "-name" => (UserOrder::Username, true),
            "joined" => (UserOrder::DateJoined, false),
            "-joined" => (UserOrder::DateJoined, true),
            _ => (UserOrder::Username, false),
        };
        Ok(Self {
            search: query.text("q").replace('\0', ""),
            status: query.text("status").to_owned(),
            group: query.value("group", "use the id of a group")?,
            order,
        })
    }

    fn filter(&self) -> UserFilter {
        let of = |status: &str| (self.status == status).then_some(true);
        UserFilter {
            search: Some(self.search.clone()).filter(|text| !text.is_empty()),
            is_active: match self.status.as_str() {
                "staff" | "superusers" => Some(true),
                "inactive" => Some(false),
                _ => None,
            },
            is_staff: of("staff"),
            is_superuser: of("superusers"),
            group_id: self.group.map(GroupId),
            without_tokens: self.status == "without-tokens",
        }
    }

    fn sort(&self) -> &'static str {
        match self.order {
            (UserOrder::DateJoined, false) => "joined",
            (UserOrder::DateJoined, true) => "-joined",
            (_, true) => "-name",
            _ => "",
        }
    }

    /// The address of the list with another status and order.
    fn address(&self, status: &str, sort: &str) -> Path {
        let group = self.group.map(|id| id.to_string()).unwrap_or_default();
        let all = [("q", self.search.as_str()), ("status", status), ("group", &group), ("sort", sort)];
        let said = all.into_iter().filter(|(_, value)| !value.is_empty());
        said.fold(paths::users(), |path, (name, value)| path.with(name, value))
    }

    fn header(&self, label: &str, order: UserOrder, name: &str) -> Markup {
        let (sort, next) = match self.order {
            (current, false) if current == order => (Sort::Ascending, format!("-{name}")),
            (current, true) if current == order => (Sort::Descending, name.to_owned()),
            _ => (Sort::No, name.to_owned()),
        };
        sort_header(label, sort, &self.address(&self.status, &next))
    }
}

async fn list(visit: Visit, query: Query) -> Answer {
    let turn = Turn::<Mark>::of(&query)?;
    let asked = Asked::of(&query)?;
    let (filter, (order, descending)) = (asked.filter(), asked.order);
    let (leaf, numbers, all_groups) = visit
        .read(move |conn, visit| {
            let numbers = users::numbers(conn, &visit.actor)?;
            let all_groups = groups::choices(conn, &visit.actor, GROUPS)?;
            let list = |backward: bool, slice: &_| {
                users::rows(conn, &visit.actor, &filter, (order, descending != backward), slice)
            };
            let leaf = leaf::turn(turn, true, list, |row| users::place(order, row))?;
            Ok((leaf, numbers, all_groups))
        })
        .await?;
    let choices: Vec<Choice> =
        all_groups.into_iter().map(|g| Choice::new(g.group.id.to_string(), g.group.name)).collect();
    let group = asked.group.map(|id| id.to_string()).unwrap_or_default();
    let errors = FormErrors::none();
    let by_group = Select {
        name: "group",
        label: "Group",
        choices: &choices,
        value: &group,
        nothing: Some("Any group"),
        help: None,
        errors: &errors,
    };
    let keep: Vec<(&str, &str)> = [("status", asked.status.as_str()), ("sort", asked.sort())]
        .into_iter()
        .filter(|(_, v)| !v.is_empty())
        .collect();
    let back = asked.address(&asked.status, asked.sort());
    let body = html! {
        div class="stack" {
            (search_box(&paths::users(), &asked.search, "Search by name or email", "Search users", &keep, &by_group.bare(), &Markup::default()))
            div class="stack results" id="results" tabindex="-1" {
                (status_chips(&asked, &numbers))
                div class="card cards" {
                    @if leaf.rows.is_empty() {
                        (nothing())
                    } @else {
                        div class="table-container" {
                            table class="table" role="table" {
                                thead role="rowgroup" { (head(&asked)) }
                                tbody role="rowgroup" { @for row in &leaf.rows { (line(&visit, row, &back)) } }
                            }
                        }
                        (pager(&leaf.pager(&back)))
                    }
                }
            }
        }
        form id="row" method="post" hidden {}
    };
    let new_user = html! {
        @if visit.may("auth.add_user") {
            a href=(paths::user_new()) class="btn" data-shortcut="n" { (icon(Icon::Plus)) "New user" }
        }
    };
    Ok(Page::new("Users").at(Place::Users).actions(new_user).body(body).respond(&visit))
}

fn status_chips(asked: &Asked, numbers: &UserNumbers) -> Markup {
    let chip = |label, status: &str, count| Chip {
        label,
        path: asked.address(status, asked.sort()),
        count: Some(count),
        is_current: asked.status == status,
    };
    chips(
        "Filter by status",
        &[
            chip("All", "", numbers.total),
            chip("Staff", "staff", numbers.staff),
            chip("Superusers", "superusers", numbers.superusers),
            chip("Inactive", "inactive", numbers.inactive),
            chip("Without tokens", "without-tokens", numbers.without_tokens),
        ],
    )
}

fn nothing() -> Markup {
    let clear = html! { a class="btn" data-variant="outline" href=(paths::users()) { "Clear the search" } };
    empty(Icon::Search, "No user matches", &html! { "Names and email addresses were searched." }, &clear)
}

fn head(asked: &Asked) -> Markup {
    html! {
        tr role="row" {
            (asked.header("Name", UserOrder::Username, "name"))
            th scope="col" role="columnheader" { "Status" }
            th scope="col" role="columnheader" { "Groups" }
            th scope="col" role="columnheader" { "Tokens" }
            th scope="col" role="columnheader" { "Last signed in" }
            (asked.header("Joined", UserOrder::DateJoined, "joined"))
            th scope="col" role="columnheader" class="tight" { span class="sr-only" { "Actions" } }
        }
    }
}

fn line(visit: &Visit, row: &UserRow, back: &Path) -> Markup {
    let user = &row.user;
    let initials: String = user.username.chars().filter(|c| c.is_alphanumeric()).take(2).collect();
    let names: Vec<String> = row.groups.iter().take(3).map(|group| group.name.clone()).collect();
    html! {
        tr role="row" {
            td role="cell" class="c-main" {
                span class="row" {
                    span class="avatar" data-size="sm" { span aria-hidden="true" { (initials.to_uppercase()) } }
                    span {
                        a class="cell-main" href=(paths::user(user.id)) { (user.username) }
                        @if !user.email.is_empty() { span class="cell-sub" { (user.email) } }
                    }
                }
            }
            td role="cell" data-label="Status" { span class="row" { (activity(user)) @if !user.is_superuser { (rank(user)) } } }
            td role="cell" data-label="Groups" {
                span class="row" {
                    @if user.is_superuser { (rank(user)) }
                    @if names.is_empty() && !user.is_superuser { span class="muted" { "None" } }
                    @if !names.is_empty() { span { (some_of(&names, i64::try_from(row.groups.len()).unwrap_or(0))) } }
                }
            }
            td role="cell" data-label="Tokens" class="num" {
                @if row.tokens > 0 && visit.may("mcp.view_token") { a class="link" href=(paths::tokens().with("owner", &user.username)) { (number(row.tokens)) } }
                @else { (number(row.tokens)) }
            }
            td role="cell" data-label="Last signed in" {
                @match user.last_login { Some(at) => { (moment(at, visit.now)) }, None => { span class="muted" { "Never" } } }
            }
            td role="cell" data-label="Joined" { (moment(user.date_joined, visit.now)) }
            td role="cell" class="tight c-menu" { (menu(visit, row, back)) }
        }
    }
}

/// The state of an account as badges.
fn standing(user: &User) -> Markup {
    html! { (activity(user)) (rank(user)) }
}

fn activity(user: &User) -> Markup {
    if user.is_active { dotted(Tone::Ok, true, "Active") } else { dotted(Tone::None, false, "Inactive") }
}

/// What somebody is, whatever the groups.
fn rank(user: &User) -> Markup {
    html! {
        @if user.is_superuser { (badge(Tone::Info, "Superuser")) } @else if user.is_staff { (badge(Tone::None, "Staff")) }
    }
}

/// What can be done to an account from the list.
fn menu(visit: &Visit, row: &UserRow, back: &Path) -> Markup {
    let (user, can) = (&row.user, row.abilities);
    let (sign, text) = if can.change { (Icon::Pencil, "Edit") } else { (Icon::Info, "View") };
    let mut items = vec![MenuItem::Link(sign, text, paths::user(user.id))];
    if visit.may("admin.view_logentry") {
        let history = paths::audit().with("model", "auth.user").with("object_id", user.id);
        items.push(MenuItem::Link(Icon::History, "View history", history));
        items.push(MenuItem::Link(
            Icon::ScrollText,
            "What this user did",
            paths::audit().with("user", user.id),
        ));
    }
    if user.is_active && can.change && !can.is_last {
        let path = paths::user_deactivate(user.id).with("next", back);
        items.push(MenuItem::Post(Icon::Power, "Deactivate", path));
    } else if !user.is_active && can.activate {
        items.push(MenuItem::Post(Icon::Power, "Activate", paths::user_activate(user.id).with("next", back)));
    }
    if can.delete {
        items.push(MenuItem::Separator);
        items.push(MenuItem::Danger(Icon::Trash2, "Delete…", paths::user_delete(user.id)));
    }
    Menu { id: format!("u{}", user.id), label: &format!("Actions for {}", user.username), items }.render()
}
