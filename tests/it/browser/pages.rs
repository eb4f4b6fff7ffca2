//! Every page, looked at in both sizes and themes. Who adds a page to the table of routes adds it here.

use std::path::Path;
use std::time::Duration;

use mcp_admin::admin::routes;
use mcp_admin::auth::TokenHasher;
use mcp_admin::db::{Backend, GroupId, TokenId, UserId};
use mcp_admin::services::groups;
use mcp_admin::services::tokens::{self, IssueToken, Secrets};
use serde_json::json;

use super::{Person, user};
use crate::harness::{TestApp, eventually};

/// A site with something on every page.
pub struct Filled {
    /// The server.
    pub app: TestApp,
    token: TokenId,
    group: GroupId,
    other: UserId,
}

/// A page: the pattern of its route, its address here.
pub struct Shown {
    /// A short name, for the file of its picture.
    pub name: &'static str,
    /// As in the table of routes.
    pub pattern: &'static str,
    /// Where it is on this site.
    pub path: String,
}

impl Filled {
    /// Two people, groups, tokens in every state, and what they did.
    pub async fn start() -> Self {
        let app = TestApp::start(Backend::Sqlite).await;
        user(&app, "anna", true);
        let other = user(&app, "ben", false);
        let hasher = TokenHasher::sha256();
        let now = app.clock.now();
        let (group, token) = app.write(|tx, actor| {
            let group = groups::create(tx, actor, now, "Editors")?.id;
            groups::grant(
                tx,
                actor,
                now,
                group,
                &["blog.view_article".into(), "blog.change_article".into()],
            )?;
            groups::create(tx, actor, now, "Reviewers & friends")?;
            let mut issue = |name: &str, days_ago: i64, change: &dyn Fn(&mut IssueToken)| {
                let mut new = IssueToken::new(name, other);
                new.permissions = vec!["blog.view_author".into()];
                change(&mut new);
                let at = now.plus(-chrono::TimeDelta::days(days_ago));
                let secrets = Secrets { rng: &mut rand::rng(), hasher: &hasher };
                tokens::issue(tx, actor, at, &new, secrets).map(|issued| issued.token.id)
            };
            let token = issue("ci-deploy", 3, &|new| new.groups = vec![group])?;
            issue("expired", 100, &|_| {})?;
            issue("inactive", 30, &|new| new.is_active = false)?;
            issue("no permissions", 1, &|new| new.permissions.clear())?;
            issue("nightly-report", 1, &|new| new.note = "Sends the figures of the day at three".into())?;
            Ok((group, token))
        });
        let agent = app.token(&["blog.view_article", "blog.add_tag"]);
        agent.call("list_article", json!({"limit": 3})).await;
        agent.call("delete_article", json!({"id": 1})).await;
        agent.call("create_tag", json!({"name": "How-to", "slug": "how-to"})).await;
        Self { app, token, group, other }
    }

    /// A page of the token in the middle of its life, e.g. `/edit`.
    pub fn token_path(&self, rest: &str) -> String {
        format!("/admin/tokens/{}{rest}", self.token.0)
    }

    /// Pages that one sees without having signed in.
    pub fn guest_pages() -> Vec<Shown> {
        vec![Shown { name: "sign-in", pattern: "/sign-in", path: "/admin/sign-in".into() }]
    }

    /// Pages that one sees as an administrator.
    pub fn pages(&self) -> Vec<Shown> {
        let page = |name, pattern: &'static str, path: String| Shown {
            name,
            pattern,
            path: format!("/admin{path}"),
        };
        let plain = |name, pattern: &'static str| page(name, pattern, pattern.to_owned());
        let (token, group, other) = (self.token.0, self.group.0, self.other.0);
        let all = [
            plain("dashboard", "/"),
            plain("palette", "/palette"),
            plain("account", "/account"),
            plain("not-found", "/no-such-page"),
            plain("tokens", "/tokens"),
            plain("token-new", "/tokens/new"),
            page("token", "/tokens/{id}", format!("/tokens/{token}")),
            page("token-edit", "/tokens/{id}/edit", format!("/tokens/{token}/edit")),
            page("token-rotate", "/tokens/{id}/rotate", format!("/tokens/{token}/rotate")),
            page("token-copy", "/tokens/{id}/copy", format!("/tokens/{token}/copy")),
            page("token-transfer", "/tokens/{id}/transfer", format!("/tokens/{token}/transfer")),
            page("token-delete", "/tokens/{id}/delete", format!("/tokens/{token}/delete")),
            plain("groups", "/groups"),
            plain("group-new", "/groups/new"),
            page("group", "/groups/{id}", format!("/groups/{group}")),
            page("group-delete", "/groups/{id}/delete", format!("/groups/{group}/delete")),
            plain("users", "/users"),
            plain("user-new", "/users/new"),
            page("user", "/users/{id}", format!("/users/{other}")),
            page("user-delete", "/users/{id}/delete", format!("/users/{other}/delete")),
            plain("permissions", "/permissions"),
            page(
                "content-type-remove",
                "/permissions/content-types/{id}/remove",
                "/permissions/content-types/1/remove".into(),
            ),
            plain("audit", "/audit"),
            page("audit-entry", "/audit/{id}", "/audit/1".into()),
            plain("apps", "/apps"),
            page("app", "/apps/{app}", "/apps/blog".into()),
            page("records", "/apps/{app}/{model}", "/apps/blog/article".into()),
            page("records-empty", "/apps/{app}/{model}", "/apps/blog/article?q=no-such-words".into()),
            page("record-new", "/apps/{app}/{model}/new", "/apps/blog/article/new".into()),
            page("record", "/apps/{app}/{model}/{key}", "/apps/blog/article/1".into()),
            page(
                "record-history",
                "/apps/{app}/{model}/{key}/history",
                "/apps/blog/article/1/history".into(),
            ),
            page("record-delete", "/apps/{app}/{model}/{key}/delete", "/apps/blog/author/1/delete".into()),
        ];
        let exists = |shown: &Shown| routes().iter().any(|route| route.pattern == shown.pattern);
        all.into_iter().filter(|shown| exists(shown) || shown.name == "not-found").collect()
    }
}

/// What is no page: files, parts of pages, and what a person is sent through.
fn is_no_page(pattern: &str) -> bool {
    pattern.contains(".csv")
        || pattern.contains(".jsonl")
        || ["/options", "/preview", "/bytes", "/setup"].iter().any(|part| pattern.contains(part))
}

#[tokio::test]
async fn every_page_of_the_table_is_looked_at() {
    let site = Filled::start().await;
    let shown: Vec<&str> =
        site.pages().iter().chain(&Filled::guest_pages()).map(|shown| shown.pattern).collect();
    let missing: Vec<&str> = routes()
        .iter()
        .filter(|route| route.method == "GET" && !is_no_page(route.pattern))
        .map(|route| route.pattern)
        // The dashboard is at two addresses.
        .filter(|pattern| !pattern.is_empty() && !shown.contains(pattern))
        .collect();
    assert!(missing.is_empty(), "add them to Filled::pages: {missing:?}");
}

/// Opens what can be opened on a page: details, the first menu, the bar of selected rows.
const UNFOLD: &str = "document.querySelectorAll('details').forEach((d) => { d.open = true; });
    document.querySelector('input[name=ids]')?.click();
    document.querySelector('main .menu')?.showPopover();";

/// Opens what can be opened on the page.
pub async fn unfold(person: &Person) {
    person.browser.evaluate(UNFOLD).await;
}

async fn look_at(person: &Person, shown: &Shown, wrong: &mut Vec<String>) {
    person.open(&shown.path).await;
    unfold(person).await;
    examine(person, shown.name, wrong).await;
}

/// Looks at the page as it stands: barriers in both themes and sizes, what sticks out, what was complained of.
pub async fn examine(person: &Person, name: &str, wrong: &mut Vec<String>) {
    for theme in ["light", "dark"] {
        person.browser.prefer(theme).await;
        let has_turned =
            format!("return document.documentElement.classList.contains('dark') === {}", theme == "dark");
        let has_turned = async || person.browser.evaluate(&has_turned).await == true;
        eventually("the page has the theme", Duration::from_secs(30), has_turned).await;
        for width in [1280, 390] {
            person.browser.viewport(width, 900).await;
            let found = person.barriers().await;
            wrong.extend(found.into_iter().map(|text| format!("{name} {theme} {width}: {text}")));
        }
    }
    for width in [320, 390, 768, 1024, 1280, 1600] {
        person.browser.viewport(width, 900).await;
        let wide = person.overflow().await;
        wrong.extend(wide.map(|text| format!("{name} sticks out: {text}")));
    }
    let complaints = person.browser.complaints().await;
    wrong.extend(complaints.into_iter().map(|text| format!("{name} complains: {text}")));
    person.browser.viewport(1280, 900).await;
    person.browser.prefer("light").await;
}

#[tokio::test]
async fn r29_no_page_breaks_the_policy_has_a_barrier_or_sticks_out() {
    let site = Filled::start().await;
    let mut wrong = Vec::new();
    let person = Person::new(&site.app).await;
    for shown in Filled::guest_pages() {
        look_at(&person, &shown, &mut wrong).await;
    }
    person.sign_in("anna", super::PASSWORD).await;
    for shown in site.pages() {
        look_at(&person, &shown, &mut wrong).await;
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Takes a picture of each page, at most `count` of them, in both sizes and themes.
pub async fn take_pictures(folder: &Path, count: usize) {
    let site = Filled::start().await;
    let person = Person::new(&site.app).await;
    let mut pages = Filled::guest_pages();
    let guests = pages.len();
    pages.extend(site.pages());
    for (number, shown) in pages.iter().enumerate().take(count) {
        if number == guests {
            person.sign_in("anna", super::PASSWORD).await;
        }
        for theme in ["light", "dark"] {
            person.browser.prefer(theme).await;
            person.open(&shown.path).await;
            for width in [1280, 390] {
                let file = folder.join(format!("{}-{width}-{theme}.png", shown.name));
                person.picture(&file, width).await;
            }
        }
    }
}
