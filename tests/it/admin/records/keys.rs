//! Keys that look like something else, and models without any.

use mcp_admin::db::Backend;

use super::forms::{fields, filled, links, pairs};
use crate::apps::attached::Attached;
use crate::harness::on_each;

const SQL: &str = "
CREATE TABLE word (k VARCHAR(40) PRIMARY KEY NOT NULL, meaning VARCHAR(40));
INSERT INTO word VALUES ('new', 'fresh'), ('options', 'choices'), ('action', 'deed'), ('records.csv', 'file'),
    ('', 'empty'), ('.', 'dot'), ('..', 'dots'), ('~', 'tilde'), ('~new', 'tilde new'), ('a/b', 'slash'), ('a,b', 'comma'),
    ('50%', 'percent'), ('a b?c#d', 'signs'), ('größe', 'size'), ('history', 'past'), ('1', 'one');
CREATE TABLE pair (a VARCHAR(10) NOT NULL, b INTEGER NOT NULL, note VARCHAR(20), PRIMARY KEY (a, b));
INSERT INTO pair VALUES ('x,y', 1, 'first'), ('new', 2, 'second'), ('', 3, 'third');
CREATE TABLE loose (a INTEGER, b VARCHAR(20));
INSERT INTO loose VALUES (1, 'one'), (1, 'one');
CREATE VIEW meanings AS SELECT meaning FROM word;
";

async fn start(backend: Backend) -> Attached {
    Attached::script(backend, "odd", SQL, |_| {}).await
}

on_each! {
    async fn every_key_leads_to_its_record(backend) {
        let odd = start(backend).await;
        let visitor = odd.app.administrator("boss").await;
        for (model, count) in [("word", 16), ("pair", 3)] {
            let list = format!("/admin/apps/odd/{model}");
            let page = visitor.page(&list).await;
            let paths: Vec<String> = page
                .split("class=\"cell-main\" href=\"")
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap().to_owned())
                .collect();
            assert_eq!(paths.len(), count, "{page}");
            for (n, path) in paths.iter().enumerate() {
                let page = visitor.page(path).await;
                assert!(page.contains("name=\"version\""), "{path}: {page}");
                let field = if model == "word" { "d.meaning" } else { "d.note" };
                let text = format!("changed {n}");
                let form = filled(&page, path, &[(field, &text)]);
                assert_eq!(&visitor.submit(path, &pairs(&form)).await, path);
                assert!(visitor.page(path).await.contains(&text), "{path}");
                assert!(visitor.page(&format!("{path}/history")).await.contains("boss"), "{path}");
                let delete = format!("{path}/delete");
                let form = fields(&visitor.page(&delete).await, &delete);
                assert_eq!(visitor.submit(&delete, &pairs(&form)).await, list);
                assert_eq!(visitor.get(path).await.status, 404, "{path}");
            }
            assert!(visitor.page(&list).await.contains("There are no"), "{list}");
        }
    }

    async fn ticked_records_are_found_by_any_key(backend) {
        let odd = start(backend).await;
        let visitor = odd.app.administrator("boss").await;
        for model in ["word", "pair"] {
            let page = visitor.page(&format!("/admin/apps/odd/{model}")).await;
            let ids: Vec<(&str, &str)> = page
                .split("name=\"ids\" value=\"")
                .skip(1)
                .map(|rest| ("ids", rest.split('"').next().unwrap()))
                .collect();
            let mut form = vec![("do", "delete_selected"), ("confirmed", "1")];
            let count = ids.len().to_string();
            form.extend(ids);
            form.push(("confirm", &count));
            let action = format!("/admin/apps/odd/{model}/action");
            visitor.submit(&action, &form).await;
            assert!(visitor.page(&format!("/admin/apps/odd/{model}")).await.contains("There are no"));
        }
    }

    async fn what_has_no_key_is_only_listed(backend) {
        let odd = start(backend).await;
        let visitor = odd.app.administrator("boss").await;
        let page = visitor.page("/admin/apps/odd/loose").await;
        assert!(page.contains("no primary key") && !page.contains("name=\"ids\""), "{page}");
        assert!(!links(&page).iter().any(|link| link.starts_with("/admin/apps/odd/loose/") && !link.contains("records.csv") && !link.ends_with("/new")), "{page}");
        assert_eq!(visitor.get("/admin/apps/odd/loose/1").await.status, 404);
        let view = visitor.page("/admin/apps/odd/meanings").await;
        assert!(view.contains("A view") && view.contains("fresh") && !view.contains("/new"), "{view}");
        assert_eq!(visitor.post("/admin/apps/odd/meanings/new", &[("d.meaning", "x")]).await.status, 403);
    }
}
