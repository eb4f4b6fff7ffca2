//! The one-time link that makes the first administrator. It is told in the log of the process alone, so the
//! process is the real one.

use mcp_admin::db::Backend;

use crate::harness::{PASSWORD, Process, Site, Visitor, on_each};

/// A server without users, and the address of its link.
pub fn fresh(backend: Backend) -> (Site, Process, String) {
    let site = Site::new(backend);
    let process = Process::serve(&site, "");
    let path = process.setup_path();
    (site, process, path)
}

const BOSS: [(&str, &str); 4] =
    [("username", "boss"), ("email", "boss@example.com"), ("password", PASSWORD), ("password2", PASSWORD)];

on_each! {
    async fn r36_the_link_makes_one_administrator_and_is_refused_when_used_or_wrong(backend) {
        let (_site, process, path) = fresh(backend);
        let visitor = Visitor::new(&process.url);
        let wrong = format!("/admin/setup/{}", "x".repeat(path.len() - "/admin/setup/".len()));
        for bad in [wrong.as_str(), "/admin/setup/x"] {
            assert_eq!(visitor.get(bad).await.status, 403);
            assert_eq!(visitor.post(bad, &BOSS).await.status, 403);
        }
        assert!(visitor.page(&path).await.contains("Create the first administrator"));
        let short = [("username", "bo<b>ss"), ("email", "x"), ("password", "short"), ("password2", "other")];
        let refused = visitor.post(&path, &short).await;
        assert_eq!(refused.status, 422);
        for field in ["username", "email", "password", "password2"] {
            assert!(refused.text.contains(&format!("href=\"#{field}\"")), "{field}: {}", refused.text);
        }
        assert!(refused.text.contains("bo&lt;b&gt;ss") && !refused.text.contains("bo<b>ss"), "{}", refused.text);
        assert_eq!(visitor.submit(&path, &BOSS).await, "/admin/");
        assert!(visitor.page("/admin/account").await.contains("boss@example.com"));
        let other = Visitor::new(&process.url);
        assert_eq!(other.get(&path).await.status, 403);
        let again = [("username", "eve"), ("password", PASSWORD), ("password2", PASSWORD)];
        assert_eq!(other.post(&path, &again).await.status, 403);
        assert_eq!(other.sign_in("eve").await.status, 422);
    }

    async fn r36_two_who_use_the_link_at_once_make_one_administrator(backend) {
        let (site, process, path) = fresh(backend);
        let attempt = async |name: &'static str| {
            let fields = [("username", name), ("password", PASSWORD), ("password2", PASSWORD)];
            Visitor::new(&process.url).post(&path, &fields).await.status
        };
        let mut statuses: [u16; 2] = tokio::join!(attempt("one"), attempt("two")).into();
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 403]);
        assert_eq!(site.cli(&["user", "list"]).as_array().unwrap().len(), 1);
    }

    async fn there_is_no_link_where_there_is_a_user(backend) {
        let site = Site::new(backend);
        let db = site.open();
        let new = mcp_admin::services::users::NewUser { username: "ada".into(), is_active: true, ..Default::default() };
        let actor = mcp_admin::auth::Actor::cli();
        let now = mcp_admin::clock::Clock::system().now();
        db.write(|tx| mcp_admin::services::users::create(tx, &actor, now, &new)).unwrap();
        let process = Process::serve(&site, "");
        assert!(!process.output().contains("/admin/setup/"));
        assert_eq!(Visitor::new(&process.url).get("/admin/setup/x").await.status, 403);
    }
}
