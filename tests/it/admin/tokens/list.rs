//! The list of tokens.

use chrono::TimeDelta;
use mcp_admin::services::groups;
use mcp_admin::services::tokens;

use super::MANAGER;
use crate::harness::on_both;

/// Names in the order of the rows.
pub fn names(page: &str) -> Vec<String> {
    page.split(r#"<a class="cell-main""#)
        .skip(1)
        .map(|rest| rest.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned())
        .collect()
}

/// The address of a step of the pager.
pub fn step(page: &str, rel: &str) -> Option<String> {
    let end = page.find(&format!(r#"rel="{rel}""#))?;
    let start = page[..end].rfind(r#"href=""#)? + 6;
    Some(page[start..].split('"').next().unwrap().replace("&amp;", "&"))
}

on_both! {
    async fn chips_search_and_filters_narrow_it_and_say_how_many(app) {
        let visitor = app.visitor("boss", &MANAGER).await;
        let empty = visitor.page("/admin/tokens").await;
        assert!(empty.contains("No tokens yet") && empty.contains("New token"), "{empty}");
        let now = app.clock.now();
        let (never, soon, off) = (app.token_with(&[], |new| new.name = "never".into()), app.token_with(&[], |new| new.name = "soon".into()), app.token_with(&[], |new| new.name = "o<b>ff".into()));
        app.write(|tx, actor| tokens::set_expiry(tx, actor, now, soon.id(), Some(now.plus(TimeDelta::days(2)))));
        app.write(|tx, actor| tokens::deactivate(tx, actor, now, off.id()));
        let group = app.write(|tx, actor| groups::create(tx, actor, now, "Edit & ors")).id;
        app.write(|tx, actor| tokens::set_groups(tx, actor, now, soon.id(), &[group]));
        assert_eq!(soon.status().await, 200);
        app.guard.flush().unwrap();
        app.advance(TimeDelta::seconds(11));
        let page = visitor.page("/admin/tokens").await;
        assert_eq!(names(&page), ["o&lt;b&gt;ff", "soon", "never"], "the newest first");
        assert!(page.contains("via Edit &amp; ors") && page.contains("3 in all"), "{page}");
        for (label, count) in [("All", 3), ("Active", 2), ("Expiring soon", 1), ("Expired", 0), ("Inactive", 1), ("Unused &gt; 30 days", 2), ("Never used", 2)] {
            assert!(page.contains(&format!("{label}<span>{count}</span>")), "{label}: {page}");
        }
        for (query, expected) in [
            ("status=active", vec!["soon", "never"]),
            ("status=expiring", vec!["soon"]),
            ("status=expired", vec![]),
            ("status=inactive", vec!["o&lt;b&gt;ff"]),
            ("status=never-used", vec!["o&lt;b&gt;ff", "never"]),
            ("q=NEV", vec!["never"]),
            ("q=%25", vec![]),
            ("owner=ADA", vec!["o&lt;b&gt;ff", "soon", "never"]),
            ("owner=nobody", vec![]),
            ("group=Edit+%26+ors", vec!["soon"]),
            ("group=none", vec![]),
            ("sort=name", vec!["never", "o&lt;b&gt;ff", "soon"]),
            ("sort=-name", vec!["soon", "o&lt;b&gt;ff", "never"]),
            ("sort=expires", vec!["soon", "never", "o&lt;b&gt;ff"]),
            ("sort=-used&status=active", vec!["soon", "never"]),
            ("sort=nonsense&status=nonsense", vec!["o&lt;b&gt;ff", "soon", "never"]),
        ] {
            let page = visitor.page(&format!("/admin/tokens?{query}")).await;
            assert_eq!(names(&page), expected, "{query}");
        }
        assert_eq!(visitor.get("/admin/tokens?after=x").await.status, 400);
        let nothing = visitor.page("/admin/tokens?q=%3Cscript%3E").await;
        assert!(nothing.contains("&lt;script&gt;") && !nothing.contains("<script>") && nothing.contains("Clear the search"), "{nothing}");
        let csv = visitor.get("/admin/tokens.csv?status=inactive").await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
        assert!(csv.text.starts_with("id,name,prefix,owner,") && csv.text.lines().count() == 2 && csv.text.contains("o<b>ff"), "{}", csv.text);
        assert!(!never.token.is_empty() && !csv.text.contains(&off.token));
    }

    async fn pages_lead_forward_and_back_without_gaps(app) {
        let visitor = app.visitor("boss", &MANAGER).await;
        for n in 0..120 {
            app.token_with(&[], |new| new.name = format!("t{:03}", n % 60));
        }
        for sort in ["name", "-name", "expires", "-used", ""] {
            let (mut path, mut forward) = (format!("/admin/tokens?sort={sort}"), Vec::new());
            loop {
                let page = visitor.page(&path).await;
                forward.push(names(&page));
                match step(&page, "next") {
                    Some(next) => path = next,
                    None => break,
                }
            }
            assert_eq!(forward.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20], "{sort}");
            let mut back = vec![forward[2].clone()];
            while let Some(previous) = step(&visitor.page(&path).await, "prev") {
                path = previous;
                back.insert(0, names(&visitor.page(&path).await));
            }
            assert_eq!(back.last(), forward.last(), "{sort}");
            assert_eq!(back.concat(), forward.concat(), "{sort}");
        }
    }
}
