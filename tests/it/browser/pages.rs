//! Every page, looked at in both sizes and themes. Who adds a page to the table of routes adds it here.

use mcp_admin::admin::routes;

use super::PASSWORD;
use super::look::{Examiner, Frame, Looker};
use super::site::{ARTICLE, Filled};

/// A page: the pattern of its route, its address here.
pub struct Shown {
    /// A short name, for the file of its picture.
    pub name: &'static str,
    /// As in the table of routes.
    pub pattern: &'static str,
    /// Where it is on the site.
    pub path: String,
}

impl Shown {
    fn new(name: &'static str, pattern: &'static str, path: &str) -> Self {
        Self { name, pattern, path: format!("/admin{path}") }
    }

    /// A page whose address has no parts that vary.
    fn plain(name: &'static str, pattern: &'static str) -> Self {
        Self::new(name, pattern, pattern)
    }
}

/// Pages that one sees without having signed in.
pub fn of_guests() -> Vec<Shown> {
    vec![Shown::plain("sign-in", "/sign-in")]
}

/// Pages that one sees as an administrator.
pub fn of_administrators(site: &Filled) -> Vec<Shown> {
    let token = |name, pattern: &'static str| {
        let rest = pattern.trim_start_matches("/tokens/{id}");
        Shown { name, pattern, path: site.token_path("ci-deploy", rest) }
    };
    let of = |name, pattern: &'static str, id: i64| {
        Shown::new(name, pattern, &pattern.replace("{id}", &id.to_string()))
    };
    let (editors, marco) = (site.group("Editors").0, site.user("marco").0);
    let article = |rest: &str| format!("/apps/blog/article/{ARTICLE}{rest}");
    vec![
        Shown::plain("dashboard", "/"),
        Shown::plain("palette", "/palette"),
        Shown::plain("account", "/account"),
        Shown::plain("tokens", "/tokens"),
        Shown::plain("token-new", "/tokens/new"),
        token("token", "/tokens/{id}"),
        token("token-edit", "/tokens/{id}/edit"),
        token("token-rotate", "/tokens/{id}/rotate"),
        token("token-copy", "/tokens/{id}/copy"),
        token("token-transfer", "/tokens/{id}/transfer"),
        token("token-delete", "/tokens/{id}/delete"),
        Shown::plain("groups", "/groups"),
        Shown::plain("group-new", "/groups/new"),
        of("group", "/groups/{id}", editors),
        of("group-delete", "/groups/{id}/delete", editors),
        Shown::plain("users", "/users"),
        Shown::plain("user-new", "/users/new"),
        of("user", "/users/{id}", marco),
        of("user-delete", "/users/{id}/delete", marco),
        Shown::plain("permissions", "/permissions"),
        of("content-type-remove", "/permissions/content-types/{id}/remove", site.stale()),
        Shown::plain("audit", "/audit"),
        of("audit-entry", "/audit/{id}", site.entry()),
        Shown::plain("apps", "/apps"),
        Shown::new("app", "/apps/{app}", "/apps/blog"),
        Shown::new("records", "/apps/{app}/{model}", "/apps/blog/article"),
        Shown::new("record-new", "/apps/{app}/{model}/new", "/apps/blog/article/new"),
        Shown::new("record", "/apps/{app}/{model}/{key}", &article("")),
        Shown::new("record-history", "/apps/{app}/{model}/{key}/history", &article("/history")),
        Shown::new("record-delete", "/apps/{app}/{model}/{key}/delete", &article("/delete")),
    ]
}

/// Shows all of them.
pub async fn walk(looker: &mut impl Looker) {
    let site = Filled::start().await;
    let person = site.person().await;
    for shown in of_guests() {
        person.open(&shown.path).await;
        looker.look(&person, shown.name, Frame::Page).await;
    }
    person.sign_in("anna", PASSWORD).await;
    for shown in of_administrators(&site) {
        person.open(&shown.path).await;
        looker.prepare(&person).await;
        let frame = if shown.name == "tokens" { Frame::Wide } else { Frame::Page };
        looker.look(&person, shown.name, frame).await;
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
    let all = of_administrators(&site);
    let shown: Vec<&str> = all.iter().chain(&of_guests()).map(|shown| shown.pattern).collect();
    let missing: Vec<&str> = routes()
        .iter()
        .filter(|route| route.method == "GET" && !is_no_page(route.pattern))
        .map(|route| route.pattern)
        // The dashboard is at two addresses.
        .filter(|pattern| !pattern.is_empty() && !shown.contains(pattern))
        .collect();
    assert!(missing.is_empty(), "add them to of_administrators: {missing:?}");
}

#[tokio::test]
async fn r29_no_page_breaks_the_policy_has_a_barrier_or_sticks_out() {
    let mut examiner = Examiner::default();
    walk(&mut examiner).await;
    assert!(examiner.wrong.is_empty(), "\n{}", examiner.wrong.join("\n"));
}
