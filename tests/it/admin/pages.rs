//! What holds for every page and form, taken from their table.

use mcp_admin::admin::{Needs, routes};

use crate::harness::{Visitor, on_both};

/// An address of the pattern, of things that mostly are there.
fn address(pattern: &str) -> String {
    let mut path = String::from("/admin");
    for part in pattern.split('/').skip(1) {
        path.push('/');
        path.push_str(match part {
            "{app}" => "blog",
            "{model}" => "article",
            "{field}" => "body",
            "{key}" => "x",
            part if part.starts_with('{') => "1",
            part => part,
        });
    }
    path
}

on_both! {
    async fn r28_only_pages_of_ours_can_send_any_form(app) {
        let visitor = app.administrator("boss").await;
        app.token(&["blog.view_article"]);
        let before = app.dump();
        let own = app.url.as_str();
        for route in routes().iter().filter(|route| route.method == "POST") {
            let path = address(route.pattern);
            for (site, origin) in [
                (None, None),
                (Some("cross-site"), None),
                (Some("same-site"), None),
                (Some("none"), None),
                (Some("SAME-ORIGIN"), None),
                (None, Some("https://evil.example")),
                (None, Some("null")),
                (Some("same-origin"), Some("https://evil.example")),
                (Some("cross-site"), Some(own)),
            ] {
                let mut request = visitor.request("POST", &path).body("");
                if let Some(site) = site {
                    request = request.header("sec-fetch-site", site);
                }
                if let Some(origin) = origin {
                    request = request.header("origin", origin);
                }
                let answer = visitor.send(request).await;
                assert_eq!(answer.status, 403, "{path} {site:?} {origin:?}");
            }
        }
        assert_eq!(app.dump(), before);
        for (site, origin) in [(Some("same-origin"), None), (None, Some(own)), (Some("same-origin"), Some("null"))] {
            let mut request = visitor.request("POST", "/admin/account/preferences").body("");
            for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
            assert_eq!(visitor.send(request).await.status, 303, "{site:?} {origin:?}");
        }
    }

    async fn r28_opening_any_page_changes_nothing(app) {
        let visitor = app.administrator("boss").await;
        app.token(&["blog.view_article"]);
        let before = app.dump();
        for route in routes().iter().filter(|route| route.method == "GET") {
            let path = address(route.pattern);
            for answer in [visitor.get(&path).await, visitor.htmx_get(&path).await] {
                assert!(answer.status < 500, "{path}: {} {}", answer.status, answer.text);
            }
        }
        assert_eq!(app.dump(), before);
    }

    async fn nobody_but_who_is_signed_in_sees_more_than_the_sign_in(app) {
        let stranger = Visitor::new(&app.url);
        for route in routes().iter().filter(|route| route.needs != Needs::Nothing) {
            let answer = stranger.send(stranger.request(route.method.as_str(), &address(route.pattern)).header("sec-fetch-site", "same-origin")).await;
            assert_eq!(answer.status, 303, "{} {}", route.method, route.pattern);
            assert!(answer.header("location").starts_with("/admin/sign-in"), "{}", route.pattern);
            assert!(answer.text.is_empty());
        }
    }

    async fn r30_every_answer_carries_the_headers_that_protect_it(app) {
        let visitor = app.visitor("ada", &[]).await;
        let csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
            form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        let stranger = Visitor::new(&app.url);
        for (status, answer) in [
            (200, visitor.get("/admin/account").await),
            (200, stranger.get("/admin/sign-in").await),
            (303, stranger.get("/admin/account").await),
            (303, visitor.get("/admin").await),
            (404, visitor.get("/admin/nowhere").await),
            (405, visitor.get("/admin/account/password").await),
            (403, visitor.send(visitor.request("POST", "/admin/account/password")).await),
            (403, stranger.get("/admin/setup/x").await),
            (422, visitor.post("/admin/account/password", &[]).await),
            (422, stranger.post("/admin/sign-in", &[]).await),
            (401, stranger.htmx_get("/admin/account").await),
        ] {
            assert_eq!(answer.status, status, "{}", answer.text);
            assert_eq!(answer.header("content-security-policy"), csp, "{status}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{status}");
            assert_eq!(answer.header("referrer-policy"), "no-referrer", "{status}");
            assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{status}");
            assert_eq!(answer.header("cache-control"), "no-store", "{status}");
            assert_eq!(answer.header("strict-transport-security"), "", "this is not TLS");
            let vary: Vec<&str> = answer.headers.get_all("vary").iter().map(|v| v.to_str().unwrap()).collect();
            assert!(vary.join(", ").contains("HX-Request"), "{status}: {vary:?}");
        }
        let over_tls = stranger.request("GET", "/admin/sign-in").header("x-forwarded-proto", "https");
        assert!(stranger.send(over_tls).await.header("strict-transport-security").contains("max-age="));
    }

    async fn errors_are_pages_with_the_side_bar_and_the_way_back(app) {
        let visitor = app.visitor("ada", &[]).await;
        let missing = visitor.get("/admin/nowhere").await;
        assert_eq!(missing.status, 404);
        assert!(missing.text.contains("There is nothing here") && missing.text.contains(r#"class="side""#), "{}", missing.text);
        assert!(!missing.text.contains("Search the audit log"), "ada may not see it");
        let wrong = visitor.get("/admin/account/password").await;
        assert_eq!((wrong.status, wrong.header("allow")), (405, "POST"));
        assert!(wrong.text.contains(r#"class="side""#));
        let denied = visitor.get("/admin/tokens").await;
        assert_eq!(denied.status, 403);
        assert!(denied.text.contains("mcp.view_token") && denied.text.contains("You may not view tokens"), "{}", denied.text);
        let part = visitor.htmx_get("/admin/tokens").await;
        assert_eq!((part.status, part.header("hx-reswap")), (403, "none"));
        assert!(part.text.contains("<hx-partial") && !part.text.contains("<html"), "{}", part.text);
        app.settle().await;
        let entry = &app.log()[0];
        assert_eq!((entry.action.as_str(), entry.actor_label.as_str()), ("denied", "ada"));
        let whole = visitor.send(visitor.request("GET", "/admin/account").header("hx-request", "true").header("hx-history-restore-request", "true")).await;
        assert!(whole.text.contains("<html"), "going back gets the whole page");
        assert!(!visitor.htmx_get("/admin/account").await.text.contains("<html"));
    }
}
