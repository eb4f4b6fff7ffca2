//! Secrets: shown once, by whoever gave the password lately.

use chrono::TimeDelta;

use super::{MANAGER, at, hidden, make, named, secret};
use crate::harness::{PASSWORD, on_both};

on_both! {
    async fn r02_a_secret_is_shown_once_and_in_no_other_page(app) {
        let visitor = app.visitor("boss", &MANAGER).await;
        let once = hidden(&visitor.page("/admin/tokens/new").await, "once");
        let fields = [("once", once.as_str()), ("name", "ci"), ("expires", "30"), ("active", "on"), ("perm", "blog.view_article")];
        let answer = visitor.post("/admin/tokens/new", &fields).await;
        assert_eq!(answer.status, 200);
        assert_eq!((answer.header("cache-control"), answer.header("content-encoding")), ("no-store", "identity"));
        let plain = secret(&answer.text);
        assert!(answer.text.contains("Store this token now") && answer.text.contains("claude mcp add"), "{}", answer.text);
        assert!(answer.text.matches(&*plain).count() >= 7, "it is filled into the snippets");
        assert_eq!(app.agent(&plain).status().await, 200);
        // A reload sends the form again.
        let again = visitor.post("/admin/tokens/new", &fields).await;
        assert_eq!(again.status, 409);
        assert!(again.text.contains("This secret was already shown") && again.text.contains("/rotate"), "{}", again.text);
        let changed = [("once", once.as_str()), ("name", "another"), ("expires", "30")];
        assert_eq!(visitor.post("/admin/tokens/new", &changed).await.status, 409);
        assert_eq!(named(&app, "ci").len() + named(&app, "another").len(), 1);
        let id = named(&app, "ci")[0].id;
        for path in ["/admin/tokens".to_owned(), "/admin/".to_owned(), at(id, ""), at(id, "/edit"), at(id, "/rotate"), "/admin/tokens.csv".to_owned()] {
            assert!(!visitor.page(&path).await.contains(&plain), "{path}");
        }
        assert!(!format!("{:?}", app.dump()).contains(&plain));
        let without = visitor.post("/admin/tokens/new", &fields[1..]).await;
        assert_eq!(without.status, 422, "a form without its key makes nothing");
    }

    async fn a_token_is_rotated_with_grace_and_the_old_secret_ends(app) {
        let visitor = app.visitor("boss", &MANAGER).await;
        let old = make(&visitor, &[("name", "ci"), ("perm", "blog.view_article")]).await;
        let id = named(&app, "ci")[0].id;
        let page = visitor.page(&at(id, "/rotate")).await;
        let once = hidden(&page, "once");
        let wrong = visitor.post(&at(id, "/rotate"), &[("once", once.as_str()), ("grace", "8d")]).await;
        assert!(wrong.status == 422 && wrong.text.contains("choose how long"), "{}", wrong.text);
        let fields = [("once", once.as_str()), ("grace", "24h")];
        let rotated = visitor.post(&at(id, "/rotate"), &fields).await;
        assert_eq!(rotated.status, 200, "{}", rotated.text);
        let new = secret(&rotated.text);
        assert_eq!(visitor.post(&at(id, "/rotate"), &fields).await.status, 409, "a second time makes no third secret");
        let (old, new) = (app.agent(&old), app.agent(&new));
        assert_eq!((old.status().await, new.status().await), (200, 200));
        let list = visitor.page("/admin/tokens").await;
        assert!(list.contains("Rotating") && list.contains(">old secret <time") && list.contains(">until "), "{list}");
        app.advance(TimeDelta::hours(25));
        assert_eq!((old.status().await, new.status().await), (401, 200));
    }

    async fn a_copy_has_a_secret_of_its_own(app) {
        let visitor = app.visitor("boss", &MANAGER).await;
        let original = app.token(&["blog.view_article"]);
        let once = hidden(&visitor.page(&at(original.id(), "/copy")).await, "once");
        let fields = [("once", once.as_str()), ("name", ""), ("expires", "never")];
        let copied = visitor.post(&at(original.id(), "/copy"), &fields).await;
        assert_eq!(copied.status, 200, "{}", copied.text);
        let copy = app.agent(&secret(&copied.text));
        assert_eq!(copy.tools().await, original.tools().await);
        let stored = &named(&app, "Agent v2")[0];
        assert_eq!(stored.expires_at, None);
    }

    async fn r37_a_secret_is_made_only_by_who_gave_the_password_lately(app) {
        let visitor = app.visitor("boss", &MANAGER).await;
        let agent = app.token(&["blog.view_article"]);
        assert!(!visitor.page("/admin/tokens/new").await.contains("current_password"));
        app.advance(TimeDelta::minutes(16));
        let page = visitor.page("/admin/tokens/new").await;
        assert!(page.contains("current_password"), "{page}");
        let once = hidden(&page, "once");
        let send = async |path: &str, password: &str| {
            let fields = [("once", once.as_str()), ("name", "late"), ("expires", "90"), ("grace", "0"), ("current_password", password)];
            visitor.post(path, &fields).await
        };
        for path in ["/admin/tokens/new".to_owned(), at(agent.id(), "/rotate"), at(agent.id(), "/copy")] {
            for wrong in ["", "not my password"] {
                let refused = send(&path, wrong).await;
                assert_eq!(refused.status, 422, "{path}: {}", refused.text);
                assert!(!refused.text.contains("not my password"));
            }
        }
        assert!(named(&app, "late").is_empty());
        assert_eq!(agent.status().await, 200);
        app.advance(TimeDelta::minutes(1));
        assert_eq!(send("/admin/tokens/new", PASSWORD).await.status, 200);
        assert!(!visitor.page("/admin/tokens/new").await.contains("current_password"), "for a quarter of an hour");
    }
}
