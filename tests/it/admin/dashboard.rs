//! The first page: numbers, chart, what needs attention, as far as the visitor's permissions go.

use chrono::TimeDelta;
use mcp_admin::models::usage::{self, Bucket};
use mcp_admin::services::permissions;
use mcp_admin::services::tokens::Expiry;
use mcp_admin::services::users;

use crate::harness::on_both;

/// The number in one of the boxes.
fn number(page: &str, label: &str) -> String {
    let at = page.find(label).unwrap_or_else(|| panic!("{label} is missing"));
    let value = page[at..].split("class=\"v\">").nth(1).unwrap();
    value.split('<').next().unwrap().to_owned()
}

on_both! {
    async fn the_numbers_follow_what_happens(app) {
        let boss = app.administrator("boss").await;
        let empty = boss.page("/admin/").await;
        for label in ["Active tokens", "Expire within 14 days", "Unused for 30 days", "Requests, 24 hours", "Denied, 24 hours"] {
            assert_eq!(number(&empty, label), "0", "{label}");
        }
        assert!(empty.contains("Nothing needs attention"));
        assert!(empty.contains("claude mcp add") && empty.contains("YOUR_TOKEN"));

        let now = app.clock.now();
        let soon = app.token_with(&[], |new| {
            new.name = "Soon gone".into();
            new.expiry = Expiry::At(now.plus(TimeDelta::days(13)));
        });
        app.token_with(&["blog.view_article"], |new| {
            new.name = "Forever".into();
            new.expiry = Expiry::Never;
        });
        let eve = app.user("eve");
        let mut orphan = mcp_admin::services::tokens::IssueToken::new("Orphan", eve);
        orphan.expiry = Expiry::Never;
        app.issue(&orphan);
        app.write(|tx, actor| users::deactivate(tx, actor, now, eve));
        let hour = |back: i64| {
            let micros = now.micros().div_euclid(3_600_000_000) * 3_600_000_000;
            mcp_admin::clock::UtcTime::from_micros(micros).plus(-TimeDelta::hours(back))
        };
        let bucket = |back, calls, denials| Bucket { token_id: soon.id(), hour: hour(back), calls, denials, errors: 0 };
        let buckets = [bucket(0, 1000, 28), bucket(3, 120, 0), bucket(30, 1000, 5)];
        app.write(|tx, _| Ok(usage::add_to_buckets(tx, &buckets)?));

        let page = boss.page("/admin/").await;
        assert_eq!(number(&page, "Active tokens"), "2");
        assert_eq!(number(&page, "Expire within 14 days"), "1");
        assert!(page.contains("/admin/tokens?status=expiring&amp;sort=expires"));
        let list = boss.page("/admin/tokens?status=expiring").await;
        assert!(list.contains("Expiring soon<span>1</span>") && list.contains("Soon gone"), "one number everywhere: {list}");
        assert_eq!(number(&page, "Unused for 30 days"), "3");
        assert_eq!(number(&page, "Requests, 24 hours"), "1,120");
        assert_eq!(number(&page, "Denied, 24 hours"), "28");
        for text in ["12 % up on yesterday", "28 denied calls in 24 hours", "its owner eve is inactive", "Soon gone", "class=\"viz\""] {
            assert!(page.contains(text), "{text}");
        }
        assert!(page.contains("1,120 in total"), "the chart says what it shows");
        assert!(page.contains("deactivated"), "the latest changes are told");
    }

    async fn full_access_without_an_end_and_vanished_tables_are_told(app) {
        let boss = app.administrator("boss").await;
        let all: Vec<String> = app.db.read(|conn| {
            permissions::list(conn, &mcp_admin::auth::Actor::cli(), Some("blog"))
        }).unwrap().iter().map(mcp_admin::services::permissions::Permission::full_name).collect();
        let names: Vec<&str> = all.iter().map(String::as_str).collect();
        app.token_with(&names, |new| {
            new.name = "Mighty".into();
            new.expiry = Expiry::Never;
        });
        app.token_with(&names[1..], |new| {
            new.name = "Less".into();
            new.expiry = Expiry::Never;
        });
        let page = boss.page("/admin/").await;
        let card = page.split("Needs attention").nth(1).unwrap().split("</section></section>").next().unwrap();
        assert!(card.contains("Mighty") && card.contains("full access to blog"), "{card}");
        assert!(!card.contains("Less"));
        app.write(|tx, actor| permissions::sync(tx, actor, app.clock.now(), &permissions::built_in(), &[]));
        assert!(boss.page("/admin/").await.contains("vanished"));
    }

    async fn nobody_sees_more_than_the_permissions_allow(app) {
        app.token_with(&[], |new| new.name = "Hidden one".into());
        let nobody = app.visitor("nobody", &[]).await;
        let page = nobody.page("/admin/").await;
        for text in ["Active tokens", "Needs attention", "Latest changes", "Hidden one", "New token", "/admin/audit", "class=\"viz\""] {
            assert!(!page.contains(text), "{text}");
        }
        assert!(page.contains("Connect a client"));
        let auditor = app.visitor("auditor", &["admin.view_logentry"]).await;
        let page = auditor.page("/admin/").await;
        assert!(page.contains("Latest changes") && !page.contains("Active tokens"));
        assert!(!page.contains("href=\"/admin/tokens"), "no link leads to a page that is refused");
    }
}
