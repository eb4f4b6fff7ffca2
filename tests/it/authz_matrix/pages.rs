//! Every page and form of the admin against everybody who may ask. They come from the table of routes: one
//! that is not in it cannot be reached, and one whose needs are not what the services want fails here.

use mcp_admin::admin::{self, Needs, Route};

use super::everything;
use crate::harness::{Answer, TestApp, Visitor, on_both};

/// The address of a thing that is there, or of one that is not.
fn address(route: &Route, exists: bool) -> String {
    let id = if exists { "1" } else { "999999" };
    let path = route.pattern.replace("{app}", "blog").replace("{model}", "article");
    let path = path.replace("{field}", "title").replace("{key}", "no-such-key").replace("{id}", id);
    assert!(!path.contains('{'), "{}: a part of the address is unknown here", route.pattern);
    format!("/admin{path}")
}

async fn ask(visitor: &Visitor, route: &Route, exists: bool) -> Answer {
    let path = address(route, exists);
    if route.method == "GET" { visitor.get(&path).await } else { visitor.post(&path, &[]).await }
}

/// What keeps somebody out: whoever lacks all of one of these sets.
fn needed(route: &Route) -> Vec<Vec<String>> {
    let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    match route.needs {
        Needs::Nothing | Needs::SignedIn => Vec::new(),
        Needs::AnyOf(names) => vec![owned(names)],
        Needs::AllOf(names) => names.iter().map(|name| owned(&[name])).collect(),
        Needs::OnModel(verb) => vec![vec![format!("blog.{verb}_article")]],
        Needs::OnApp => {
            let models = ["article", "author", "comment", "tag"].map(|model| format!("blog.view_{model}"));
            vec![models.into_iter().chain(["auth.view_permission".to_owned()]).collect()]
        }
    }
}

async fn staff(app: &TestApp, name: &str, permissions: &[String]) -> Visitor {
    app.visitor(name, &permissions.iter().map(String::as_str).collect::<Vec<_>>()).await
}

/// Signing out and ending sessions would end what the others of this test need.
fn ends_sessions(route: &Route) -> bool {
    ["/sign-out", "/account/sessions/end"].contains(&route.pattern)
}

on_both! {
    async fn r55_who_is_not_signed_in_is_sent_to_the_sign_in(app) {
        let token = app.token(&["mcp.view_token", "auth.view_user"]);
        for route in admin::routes().iter().filter(|route| route.needs != Needs::Nothing) {
            let name = format!("{} {}", route.method, route.pattern);
            let anonymous = Visitor::new(&app.url);
            for exists in [true, false] {
                let answer = ask(&anonymous, route, exists).await;
                assert_eq!(answer.status, 303, "{name}: {}", answer.text);
                assert!(answer.header("location").starts_with("/admin/sign-in"), "{name}");
            }
            let with_token = anonymous.request(route.method.as_str(), &address(route, true));
            let with_token = with_token.header("sec-fetch-site", "same-origin").bearer_auth(&token.token);
            let answer = anonymous.send(with_token).await;
            assert_eq!(answer.status, 303, "{name}: a token is no session");
        }
    }

    async fn r55_every_page_is_refused_to_everybody_who_lacks_its_permission(app) {
        let all = everything(&app);
        let nobody = app.visitor("nobody", &[]).await;
        for (n, route) in admin::routes().iter().enumerate() {
            let name = format!("{} {}", route.method, route.pattern);
            for (m, needed) in needed(route).into_iter().enumerate() {
                let rest: Vec<String> = all.iter().filter(|p| !needed.contains(p)).cloned().collect();
                let lacking = staff(&app, &format!("lacking-{n}-{m}"), &rest).await;
                for visitor in [&nobody, &lacking] {
                    let (there, nowhere) = (ask(visitor, route, true).await, ask(visitor, route, false).await);
                    assert_eq!((there.status, nowhere.status), (403, 403), "{name}: {}", there.text);
                }
                let refused = ask(&lacking, route, true).await.text;
                let named = needed.iter().any(|permission| refused.contains(permission));
                assert!(named, "{name} names what is missing: {refused}");
            }
        }
    }

    async fn r55_every_page_opens_for_who_holds_its_permission(app) {
        let operator = staff(&app, "operator", &everything(&app)).await;
        let boss = app.administrator("boss").await;
        for route in admin::routes().iter().filter(|route| !ends_sessions(route)) {
            if route.needs == Needs::Nothing {
                continue;
            }
            let name = format!("{} {}", route.method, route.pattern);
            for visitor in [&operator, &boss] {
                // Forms are sent for what is not there, so that all meet the same state.
                let answer = ask(visitor, route, route.method == "GET").await;
                let refused = [401, 403, 405].contains(&answer.status);
                assert!(!refused && answer.status < 500, "{name}: {} {}", answer.status, answer.text);
            }
        }
    }
}
