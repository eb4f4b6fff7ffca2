//! The list of tokens.

use maud::{Markup, html};

use super::materials::{choices, usernames};
use super::rows::{self, Table as Rows};
use crate::admin::components::{Chip, Icon, Select, Sort, chips, empty, icon, pager, search_box};
use crate::admin::counts::UNUSED_AFTER;
use crate::admin::form::{FormErrors, Query};
use crate::admin::leaf::{self, Leaf, Turn};
use crate::admin::page::{Page, Place};
use crate::admin::paths::{self, Path};
use crate::admin::routes::{Needs, Table};
use crate::admin::visit::{Answer, Visit};
use crate::clock::UtcTime;
use crate::db::{DbConnection, GroupId, PermissionId, UserId};
use crate::error::{Error, Result};
use crate::services::Slice;
use crate::services::groups;
use crate::services::references::{self, Reference};
use crate::services::tokens::{
    self, StatusCounts, StatusFilter, TokenDetails, TokenFilter, TokenOrder, TokenPlace,
};

/// A state to narrow the list by: parameter, words, how many.
type State = (&'static str, &'static str, fn(&StatusCounts) -> i64);

/// All of them.
const STATES: [State; 7] = [
    ("", "All", |c| c.total),
    ("active", "Active", |c| c.active),
    ("expiring", "Expiring soon", |c| c.expiring),
    ("expired", "Expired", |c| c.expired),
    ("inactive", "Inactive", |c| c.inactive),
    ("unused", "Unused > 30 days", |c| c.unused),
    ("never-used", "Never used", |c| c.never_used),
];

/// What a list can be sorted by: parameter and order.
const SORTS: [(&str, TokenOrder); 3] =
    [("name", TokenOrder::Name), ("expires", TokenOrder::ExpiresAt), ("used", TokenOrder::LastUsedAt)];

pub fn routes(table: &mut Table) {
    table.get("/tokens", Needs::AnyOf(&["mcp.view_token", "mcp.add_token"]), show);
}

/// The parameters of a list, as the address has them.
#[derive(Debug, Clone)]
pub struct Asked(Query);

impl Asked {
    /// From the query of an address.
    pub fn new(query: Query) -> Self {
        Self(query)
    }

    fn text(&self, name: &str) -> &str {
        self.0.text(name)
    }

    /// The order, and whether it is turned around; the newest first if nothing is said.
    pub fn order(&self) -> (TokenOrder, bool) {
        let sort = self.text("sort");
        let (name, descending) = sort.strip_prefix('-').map_or((sort, false), |name| (name, true));
        SORTS
            .iter()
            .find(|(n, _)| *n == name)
            .map_or((TokenOrder::Id, true), |(_, order)| (*order, descending))
    }

    /// What is let through. A name that nobody has lets nothing through.
    ///
    /// # Errors
    /// Database faults.
    pub fn filter(&self, conn: &mut DbConnection, now: UtcTime) -> Result<TokenFilter> {
        let state = self.text("status");
        let named = |name: &str| self.0.filled(name).map(|text| Reference::Name(text.to_owned()));
        Ok(TokenFilter {
            status: match state {
                "active" => Some(StatusFilter::Active),
                "expiring" => Some(StatusFilter::Expiring),
                "expired" => Some(StatusFilter::Expired),
                "inactive" => Some(StatusFilter::Inactive),
                _ => None,
            },
            unused_since: (state == "unused").then(|| now.plus(-UNUSED_AFTER)),
            never_used: state == "never-used",
            user_id: named("owner")
                .map(|owner| or_nobody(references::user(conn, &owner), UserId(0)))
                .transpose()?,
            group_id: named("group")
                .map(|group| or_nobody(references::group(conn, &group), GroupId(0)))
                .transpose()?,
            permission_id: named("permission")
                .map(|permission| or_nobody(references::permission(conn, &permission), PermissionId(0)))
                .transpose()?,
            search: self.0.filled("q").filter(|text| !text.contains('\0')).map(str::to_owned),
            ..TokenFilter::default()
        })
    }

    /// Whether anything but the state narrows the list.
    fn is_narrowed(&self) -> bool {
        ["q", "owner", "group", "permission"].iter().any(|name| self.0.filled(name).is_some())
    }

    /// How many there are, where that was counted: the numbers of the states are those of all tokens.
    fn total(&self, counts: &StatusCounts) -> Option<i64> {
        let state = STATES.iter().find(|(state, ..)| *state == self.text("status"));
        state.filter(|_| !self.is_narrowed()).map(|(.., count)| count(counts))
    }

    /// The address with these parameters, other than those in `without`.
    pub fn path(&self, base: Path, without: &[&str]) -> Path {
        ["q", "owner", "group", "permission", "status", "sort"]
            .into_iter()
            .filter(|name| !without.contains(name))
            .filter_map(|name| self.0.filled(name).map(|value| (name, value)))
            .fold(base, |path, (name, value)| path.with(name, value))
    }

    /// The address that sorts by a column, or turns its order around.
    pub fn sorted(&self, column: &str) -> (Sort, Path) {
        let sort = self.text("sort");
        let (state, next) = match sort.strip_prefix('-') {
            Some(name) if name == column => (Sort::Descending, column.to_owned()),
            None if sort == column => (Sort::Ascending, format!("-{column}")),
            // What was used last is what one looks for.
            _ if column == "used" => (Sort::No, "-used".to_owned()),
            _ => (Sort::No, column.to_owned()),
        };
        (state, self.path(paths::tokens(), &["sort"]).with("sort", next))
    }

    /// Reads the leaf that is asked for.
    fn leaf(&self, conn: &mut DbConnection, visit: &Visit) -> Result<Part> {
        let filter = self.filter(conn, visit.now)?;
        let (order, descending) = self.order();
        let list = |backward: bool, slice: &Slice<TokenPlace>| {
            let sorted = (order, descending != backward);
            tokens::list_details(conn, &visit.actor, visit.now, &filter, sorted, slice)
        };
        leaf::turn(Turn::of(&self.0)?, false, list, |details| order.place(&details.token))
    }
}

fn or_nobody<T>(found: Result<T>, nobody: T) -> Result<T> {
    match found {
        Err(Error::Invalid(_)) => Ok(nobody),
        other => other,
    }
}

/// One page of the list.
type Part = Leaf<TokenDetails, TokenPlace>;

async fn show(visit: Visit, query: Query) -> Answer {
    if !visit.may("mcp.view_token") {
        return Ok(only_new(&visit));
    }
    let asked = Asked::new(query);
    let copy = asked.clone();
    let read = move |conn: &mut DbConnection, visit: &Visit| {
        let counts = visit.admin().counts.tokens(conn, &visit.actor, visit.now)?;
        let groups = groups::choices(conn, &visit.actor, 200)?;
        let groups: Vec<String> = groups.into_iter().map(|details| details.group.name).collect();
        let part = copy.leaf(conn, visit)?;
        let beyond = tokens::beyond(conn, &visit.actor, &part.rows)?;
        Ok((part, beyond, counts, groups, usernames(conn, visit)?))
    };
    let (mut part, beyond, counts, groups, users) = visit.read(read).await?;
    part.total = asked.total(&counts);
    // Before the first one there is nothing to search: one sentence and one button.
    let is_first = counts.total == 0 && part.rows.is_empty();
    let body = html! {
        @if is_first { (nothing(&visit, &asked, &counts)) }
        @else { div class="stack" {
            (toolbar(&asked, &groups, users.as_deref()))
            section class="results stack" id="results" tabindex="-1" aria-label="Tokens" {
                (states(&asked, &counts))
                (with_permission(&asked))
                @if part.rows.is_empty() { (nothing(&visit, &asked, &counts)) } @else { (rows::table(&Rows { visit: &visit, asked: &asked, tokens: &part.rows, beyond: &beyond, foot: pager(&part.pager(&asked.path(paths::tokens(), &[]))) })) }
            }
        } }
        form id="row" method="post" hidden {}
    };
    let page = Page::new("Tokens").at(Place::Tokens).subtitle(html! {
        "What AI agents use to sign in to " code { "/mcp/" } ". Each one belongs to a person and can do only what you tick."
    });
    let page = if is_first { page } else { page.actions(new_button(&visit)) };
    Ok(page.body(body).respond(&visit))
}

/// Somebody may make tokens and not see them.
fn only_new(visit: &Visit) -> actix_web::HttpResponse {
    let text = html! { "You may make tokens; to see them needs " code { "mcp.view_token" } "." };
    let body = html! { div class="card" { (empty(Icon::KeyRound, "The list is not for you", &text, &new_button(visit))) } };
    Page::new("Tokens").at(Place::Tokens).body(body).respond(visit)
}

fn new_button(visit: &Visit) -> Markup {
    html! {
        @if visit.may("mcp.add_token") {
            a class="btn" href=(paths::token_new()) data-shortcut="n" { (icon(Icon::Plus)) "New token" }
        }
    }
}

fn toolbar(asked: &Asked, groups: &[String], users: Option<&[String]>) -> Markup {
    let none = FormErrors::none();
    let select = |name, label, nothing, names: &[String]| {
        let (choices, value) = (choices(names), asked.text(name));
        Select { name, label, choices: &choices, value, nothing: Some(nothing), help: None, errors: &none }
            .bare()
    };
    let fields = html! {
        @match users {
            Some(users) => { (select("owner", "Owner", "Any owner", users)) },
            None => { input class="input" name="owner" value=(asked.text("owner")) placeholder="Any owner" aria-label="Owner"; },
        }
        @if !groups.is_empty() { (select("group", "Group", "Any group", groups)) }
    };
    let export = html! {
        a class="btn" data-variant="outline" href=(asked.path(paths::tokens_csv(), &[])) download { (icon(Icon::Download)) "Export CSV" }
    };
    let keep: Vec<(&str, &str)> = ["permission", "status", "sort"]
        .into_iter()
        .map(|name| (name, asked.text(name)))
        .filter(|(_, v)| !v.is_empty())
        .collect();
    search_box(
        &paths::tokens(),
        asked.text("q"),
        "Search by name, prefix or note",
        "Search tokens",
        &keep,
        &fields,
        &export,
    )
}

fn states(asked: &Asked, counts: &StatusCounts) -> Markup {
    let all: Vec<Chip> = STATES
        .into_iter()
        .map(|(state, label, count)| {
            let base = asked.path(paths::tokens(), &["status"]);
            Chip {
                label,
                path: if state.is_empty() { base } else { base.with("status", state) },
                // The numbers are those of all tokens.
                count: (!asked.is_narrowed()).then(|| count(counts)),
                is_current: asked.text("status") == state,
            }
        })
        .collect();
    chips("Filter by status", &all)
}

/// The permission that all of them have, with a link that takes it out of the way.
fn with_permission(asked: &Asked) -> Markup {
    let Some(permission) = asked.0.filled("permission") else { return Markup::default() };
    html! {
        nav class="chips" aria-label="Filters in force" {
            a href=(asked.path(paths::tokens(), &["permission"])) aria-label={ "Remove the filter: Has " (permission) } {
                "Has " (permission) (icon(Icon::X))
            }
        }
    }
}

fn nothing(visit: &Visit, asked: &Asked, counts: &StatusCounts) -> Markup {
    let clear = html! { a class="btn" data-variant="outline" href=(paths::tokens()) { "Clear the search" } };
    let (title, text, action) = if counts.total == 0 {
        (
            "No tokens yet",
            html! { "A token lets an AI agent in, with exactly the permissions that you give it." },
            new_button(visit),
        )
    } else if let Some(query) = asked.0.filled("q") {
        (
            "Nothing found",
            html! { "No token has “" (query) "” in its name, prefix, note or owner’s name." },
            clear,
        )
    } else {
        ("No such tokens", html! { "No token is in this state." }, clear)
    };
    html! { div class="card" { (empty(Icon::KeyRound, title, &text, &action)) } }
}
