//! Signing in and out, and what becomes of a session.

use chrono::TimeDelta;

use crate::harness::{PASSWORD, Visitor, on_both};

const COOKIE: &str = "mcp-admin-local";

on_both! {
    async fn whoever_signs_in_comes_to_where_he_wanted_to_go(app) {
        app.account("ada", &[]);
        let visitor = Visitor::new(&app.url);
        let to_sign_in = visitor.get("/admin/account?x=1&y=2").await;
        assert_eq!(to_sign_in.status, 303);
        let address = to_sign_in.header("location").to_owned();
        assert_eq!(address, "/admin/sign-in?next=%2Fadmin%2Faccount%3Fx%3D1%26y%3D2");
        let page = visitor.page(&address).await;
        assert!(page.contains(r#"name="next" value="/admin/account?x=1&amp;y=2""#), "{page}");
        let fields = [("username", "Ada"), ("password", PASSWORD), ("next", "/admin/account?x=1&y=2")];
        assert_eq!(visitor.submit("/admin/sign-in", &fields).await, "/admin/account?x=1&y=2");
        assert!(visitor.page("/admin/account").await.contains("ada"));
        assert_eq!(visitor.get("/admin/sign-in").await.header("location"), "/admin/", "he is in already");
        assert_eq!(app.log()[0].action, "signed in");
        assert_eq!(visitor.submit("/admin/sign-out", &[]).await, "/admin/sign-in");
        assert_eq!(visitor.cookie(COOKIE), None);
        assert_eq!(visitor.get("/admin/").await.status, 303);
    }

    async fn nobody_is_led_to_another_site(app) {
        app.account("ada", &[]);
        for bad in ["https://evil.example", "//evil.example", "/admin/\\evil.example", "/admin//evil.example", "/api/docs"] {
            let visitor = Visitor::new(&app.url);
            let fields = [("username", "ada"), ("password", PASSWORD), ("next", bad)];
            assert_eq!(visitor.submit("/admin/sign-in", &fields).await, "/admin/", "{bad}");
            let there = visitor.get(&format!("/admin/sign-in?next={bad}")).await;
            assert_eq!((there.status, there.header("location")), (303, "/admin/"), "{bad}");
        }
    }

    async fn r32_an_unknown_name_and_a_wrong_password_get_the_same_page(app) {
        app.account("ada", &[]);
        app.with_password("visitor", |_| {});
        app.with_password("gone", |new| (new.is_staff, new.is_active) = (true, false));
        let visitor = Visitor::new(&app.url);
        let mut pages = Vec::new();
        for (username, password) in [("ada", "wrong"), ("nobody", PASSWORD), ("visitor", PASSWORD), ("gone", PASSWORD)] {
            let answer = visitor.post("/admin/sign-in", &[("username", username), ("password", password)]).await;
            assert_eq!(answer.status, 422, "{username}");
            assert!(answer.text.contains(&format!(r#"value="{username}""#)), "the name stays");
            assert!(!answer.text.contains(password), "the password does not");
            assert!(answer.headers.get("set-cookie").is_none(), "{username}");
            pages.push(answer.text.replace(username, "NAME"));
        }
        assert!(pages.iter().all(|page| *page == pages[0]), "{pages:?}");
        assert!(pages[0].contains("do not go together"));
    }

    async fn r31_too_many_attempts_are_answered_with_429_and_the_wait_ends(app) {
        app.account("ada", &[]);
        let visitor = Visitor::new(&app.url);
        let attempt = async |password: &str| {
            visitor.post("/admin/sign-in", &[("username", "ada"), ("password", password)]).await
        };
        let mut statuses = Vec::new();
        for _ in 0..6 {
            statuses.push(attempt("wrong").await.status);
        }
        assert_eq!(statuses, [422, 422, 422, 422, 422, 429]);
        let refused = attempt(PASSWORD).await;
        assert_eq!(refused.status, 429, "the right password has to wait as well");
        assert!(refused.header("retry-after").parse::<u64>().unwrap() > 0);
        assert!(refused.text.contains("Too many attempts"), "{}", refused.text);
        app.advance(TimeDelta::minutes(1));
        assert_eq!(attempt(PASSWORD).await.status, 303);
    }

    async fn r26_a_session_that_was_planted_is_dead_after_the_sign_in(app) {
        let mallory = app.visitor("mallory", &[]).await;
        let planted = mallory.cookie(COOKIE).unwrap();
        app.account("ada", &[]);
        let ada = Visitor::new(&app.url);
        ada.set_cookie(COOKIE, Some(&planted));
        assert_eq!(ada.sign_in("ada").await.status, 303);
        assert_ne!(ada.cookie(COOKIE).unwrap(), planted);
        assert_eq!(mallory.get("/admin/account").await.status, 303, "it is nobody's any more");
        assert!(ada.page("/admin/account").await.contains("ada"));
        ada.set_cookie(COOKIE, Some("made-up"));
        assert_eq!(ada.get("/admin/account").await.status, 303);
    }

    async fn r27_a_session_that_has_ended_leads_to_the_sign_in_and_keeps_the_page_for_htmx(app) {
        let visitor = app.visitor("ada", &[]).await;
        app.advance(TimeDelta::minutes(29));
        visitor.page("/admin/account").await;
        app.advance(TimeDelta::minutes(29));
        visitor.page("/admin/account").await;
        app.advance(TimeDelta::minutes(31));
        let plain = visitor.get("/admin/account").await;
        assert_eq!((plain.status, plain.header("location")), (303, "/admin/sign-in?next=%2Fadmin%2Faccount"));
        let form = visitor.post("/admin/account/preferences", &[]).await;
        assert_eq!((form.status, form.header("location")), (303, "/admin/sign-in"));
        let part = visitor.htmx_post("/admin/account/preferences", &[]).await;
        assert_eq!(part.status, 401);
        let said = ["hx-retarget", "hx-reswap", "hx-reselect", "hx-push-url"].map(|name| part.header(name).to_owned());
        assert_eq!(said, ["#dialog-root", "innerHTML", "dialog", "false"]);
        assert!(part.text.contains("data-open") && part.text.contains("You were signed out"), "{}", part.text);
        let wrong = visitor.htmx_post("/admin/sign-in", &[("dialog", "on"), ("username", "ada"), ("password", "x")]).await;
        assert_eq!((wrong.status, wrong.header("hx-retarget")), (422, "#dialog-root"));
        assert!(wrong.text.contains("<dialog") && !wrong.text.contains("<html"));
        let again = [("dialog", "on"), ("username", "ada"), ("password", PASSWORD)];
        let again = visitor.htmx_post("/admin/sign-in", &again).await;
        assert_eq!((again.status, again.text.as_str()), (200, ""), "the dialog goes, the page stays");
        visitor.page("/admin/account").await;
    }

    async fn r27_a_session_ends_after_twelve_hours_whatever_is_done(app) {
        let visitor = app.visitor("ada", &[]).await;
        for _ in 0..25 {
            app.advance(TimeDelta::minutes(28));
            visitor.page("/admin/account").await;
        }
        app.advance(TimeDelta::minutes(21));
        assert_eq!(visitor.get("/admin/account").await.status, 303);
    }

    async fn r19_a_token_does_not_open_the_admin(app) {
        let boss = app.superuser("boss");
        let agent = app.token_with(&["mcp.view_token"], |new| new.user_id = boss);
        let no_follow = Visitor::new(&app.url);
        for path in ["/admin/", "/admin/account", "/admin/nowhere"] {
            let answer = no_follow.send(no_follow.request("GET", path).bearer_auth(&agent.token)).await;
            assert_eq!(answer.status, 303, "{path}");
            assert!(answer.header("location").starts_with("/admin/sign-in"), "{path}");
        }
        let cookie = app.visitor("eve", &[]).await.cookie(COOKIE).unwrap();
        let at_mcp = no_follow.request("POST", "/mcp/").header("cookie", format!("{COOKIE}={cookie}"));
        assert_eq!(no_follow.send(at_mcp.body(r#"{"method":"tools/list"}"#)).await.status, 401);
    }

    async fn who_is_deactivated_or_no_staff_any_more_is_out_at_once(app) {
        use mcp_admin::services::users::{self, UserUpdate};
        let (ada, bob) = (app.visitor("ada", &[]).await, app.visitor("bob", &[]).await);
        let (now, of) = (app.clock.now(), |name: &str| app.user(name));
        app.write(|tx, actor| users::deactivate(tx, actor, now, of("ada")));
        let no_staff = UserUpdate { is_staff: Some(false), ..UserUpdate::default() };
        app.write(|tx, actor| users::update(tx, actor, now, of("bob"), &no_staff));
        assert_eq!(ada.get("/admin/account").await.status, 303);
        assert_eq!(bob.get("/admin/account").await.status, 303);
        assert_eq!(ada.sign_in("ada").await.status, 422);
    }
}
