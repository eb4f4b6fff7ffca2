//! One's own account.

use crate::harness::{PASSWORD, Visitor, on_both};

on_both! {
    async fn a_new_password_ends_every_other_session(app) {
        let here = app.visitor("ada", &[]).await;
        let there = Visitor::new(&app.url);
        assert_eq!(there.sign_in("ada").await.status, 303);
        let change = async |current: &str, new: &str, again: &str| {
            let fields = [("current_password", current), ("password", new), ("password2", again)];
            here.post("/admin/account/password", &fields).await
        };
        let new = "quite another sentence";
        for (current, first, second, said) in [
            ("wrong", new, new, "This is not your password."),
            (PASSWORD, "too few", "too few", "15 characters"),
            (PASSWORD, new, "something else", "The two passwords are not the same."),
        ] {
            let refused = change(current, first, second).await;
            assert_eq!(refused.status, 422, "{said}");
            assert!(refused.text.contains(said), "{said}: {}", refused.text);
            assert!(refused.text.contains("The password was not changed") && refused.text.contains("<title>Error: "));
            assert!(!refused.text.contains(first) && !refused.text.contains(PASSWORD), "nothing typed comes back");
        }
        let all = change("wrong", "short", "other").await.text;
        for field in ["current_password", "password", "password2"] {
            assert!(all.contains(&format!("href=\"#{field}\"")), "{field}: {all}");
        }
        there.page("/admin/account").await;
        let done = change(PASSWORD, new, new).await;
        assert_eq!((done.status, done.header("location")), (303, "/admin/account"));
        let page = here.page("/admin/account").await;
        assert!(page.contains("Password changed"), "a message is shown once");
        assert!(!here.page("/admin/account").await.contains("Password changed"));
        assert_eq!(there.get("/admin/account").await.status, 303);
        assert_eq!(there.sign_in("ada").await.status, 422);
        let fields = [("username", "ada"), ("password", new)];
        assert_eq!(there.submit("/admin/sign-in", &fields).await, "/admin/");
        assert!(app.log().iter().all(|entry| !entry.changes.contains(new) && !entry.changes.contains(PASSWORD)));
    }

    async fn sessions_are_listed_and_ended_one_by_one_or_all_at_once(app) {
        let here = app.visitor("ada", &[]).await;
        let there = Visitor::new(&app.url);
        let agent = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/146.0 <script>alert(1)</script>";
        let form = there.form("/admin/sign-in", &[("username", "ada"), ("password", PASSWORD)]);
        assert_eq!(there.send(form.header("user-agent", agent)).await.status, 303);
        let page = here.page("/admin/account").await;
        assert!(page.contains("Firefox on Linux") && page.contains("This session"), "{page}");
        assert!(!page.contains("<script>alert"), "what a browser says of itself is only text");
        let ends: Vec<&str> = page.split("action=\"").filter_map(|rest| rest.split('"').next())
            .filter(|path| path.starts_with("/admin/account/sessions/") && path.matches('/').count() == 5).collect();
        assert_eq!(ends.len(), 2, "{ends:?}");
        let bob = app.visitor("bob", &[]).await;
        for end in &ends {
            bob.submit(end, &[]).await;
        }
        there.page("/admin/account").await;
        here.page("/admin/account").await;
        let other = ends.iter().max_by_key(|path| path.split('/').nth(4).unwrap().parse::<i64>().unwrap()).unwrap();
        here.submit(other, &[]).await;
        assert_eq!(there.get("/admin/account").await.status, 303);
        assert_eq!(there.sign_in("ada").await.status, 303);
        assert_eq!(here.submit("/admin/account/sessions/end", &[]).await, "/admin/sign-in");
        for visitor in [&here, &there] {
            assert_eq!(visitor.get("/admin/account").await.status, 303);
        }
        bob.page("/admin/account").await;
    }

    async fn theme_and_shortcuts_are_chosen_without_javascript(app) {
        let visitor = app.visitor("ada", &[]).await;
        assert!(!visitor.page("/admin/account").await.contains(r#"class="dark""#));
        visitor.submit("/admin/theme", &[("theme", "dark")]).await;
        visitor.submit("/admin/account/preferences", &[]).await;
        let page = visitor.page("/admin/account").await;
        assert!(page.contains(r#"class="dark""#) && page.contains(r#"data-shortcuts="off""#), "{page}");
        visitor.submit("/admin/account/preferences", &[("shortcuts", "on")]).await;
        visitor.submit("/admin/theme", &[("theme", "nonsense")]).await;
        let page = visitor.page("/admin/account").await;
        assert!(!page.contains(r#"class="dark""#) && !page.contains("data-shortcuts=\"off\""), "{page}");
    }
}
