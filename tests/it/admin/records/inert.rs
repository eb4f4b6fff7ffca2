//! What is typed into a text is never taken for a part of a page.

use super::forms::{fields, links, pairs, texts};
use crate::harness::on_both;

const PAYLOAD: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{7*7}}";

on_both! {
    async fn a_script_in_every_text_of_every_model_stays_inert(app) {
        let visitor = app.administrator("boss").await;
        for (model, id) in [("author", 1), ("tag", 1), ("article", 1), ("comment", 1)] {
            let path = format!("/admin/apps/blog/{model}/{id}");
            for name in texts(&visitor.page(&path).await, &path) {
                let page = visitor.page(&path).await;
                let mut form = fields(&page, &path);
                form.iter_mut().find(|(n, _)| *n == name).unwrap().1 = PAYLOAD.into();
                let answer = visitor.post(&path, &pairs(&form)).await;
                assert!(matches!(answer.status, 303 | 422), "{name}: {}", answer.text);
                check(&answer.text);
            }
            let mut pages = vec![
                path.clone(),
                format!("{path}/history"),
                format!("{path}/delete"),
                format!("/admin/apps/blog/{model}"),
                format!("/admin/apps/blog/{model}?sort=id&c=id&c=name&c=title&c=body&c=author_name"),
                format!("/admin/apps/blog/{model}/new?copy={id}"),
                format!("/admin/apps/blog/{model}/options"),
            ];
            pages.extend(links(&visitor.page(&path).await).into_iter().filter(|link| link.starts_with("/admin/apps/blog")));
            for page in pages {
                check(&visitor.get(&page).await.text);
            }
        }
        let query: String = serde_html_form::to_string([("q", PAYLOAD), ("f.title", PAYLOAD), ("sort", PAYLOAD), ("c", PAYLOAD), ("cursor", PAYLOAD), (PAYLOAD, PAYLOAD)]).unwrap();
        for path in ["/admin/apps/blog/article", "/admin/palette", "/admin/apps/blog/article/new", "/admin/apps/blog/article/options", "/admin/apps/blog/article/records.csv"] {
            check(&visitor.get(&format!("{path}?{query}")).await.text);
        }
        let action = visitor.post("/admin/apps/blog/article/action", &[("do", PAYLOAD), ("ids", PAYLOAD)]).await;
        check(&action.text);
        let filters = format!("f.{PAYLOAD}");
        let query: String = serde_html_form::to_string([(filters.as_str(), PAYLOAD)]).unwrap();
        check(&visitor.get(&format!("/admin/apps/blog/article?{query}")).await.text);
    }
}

fn check(page: &str) {
    for text in ["<script>alert", "<img src=x", " onerror=alert(1)>'", "style=\""] {
        assert!(!page.contains(text), "{text} in {page}");
    }
}
