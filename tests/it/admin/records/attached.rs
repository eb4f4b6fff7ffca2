//! Every model of the shop and of the odd database: its pages open, and its forms sent back as they came
//! change nothing.

use mcp_admin::apps::Registry;
use mcp_admin::config::AppConfig;

use super::forms::{fields, pairs};
use crate::apps::attached::Attached;
use crate::apps::{chinook, ugly};
use crate::harness::{Visitor, on_each};

/// The names of an app's models.
fn models(attached: &Attached, label: &str) -> Vec<String> {
    let config = std::iter::once((label.to_owned(), AppConfig::at(&*attached.url))).collect();
    let catalog = Registry::load(config).unwrap().catalog();
    catalog.apps[0].models.iter().map(|model| model.name.clone()).collect()
}

/// The first records of a list.
async fn records(visitor: &Visitor, list: &str) -> Vec<String> {
    let page = visitor.page(list).await;
    let links = page.split("class=\"cell-main\" href=\"").skip(1);
    links.map(|rest| rest.split('"').next().unwrap().to_owned()).take(8).collect()
}

async fn try_out(attached: &Attached, label: &str) {
    let visitor = attached.app.administrator("boss").await;
    let before = attached.contents();
    let mut sent = 0;
    for model in models(attached, label) {
        let list = format!("/admin/apps/{label}/{model}");
        for path in [format!("{list}?count=exact"), format!("{list}/records.csv"), format!("{list}/options")]
        {
            let answer = visitor.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        }
        let new = visitor.get(&format!("{list}/new")).await;
        assert!(matches!(new.status, 200 | 403 | 422), "{model}: {} {}", new.status, new.text);
        for path in records(&visitor, &list).await {
            let page = visitor.page(&path).await;
            visitor.page(&format!("{path}/history")).await;
            visitor.page(&format!("{path}/delete")).await;
            if page.contains("name=\"version\"") {
                let form = fields(&page, &path);
                let answer = visitor.post(&path, &pairs(&form)).await;
                assert_eq!(answer.status, 303, "{path}: {form:?} {}", answer.text);
                sent += 1;
            }
        }
    }
    assert!(sent > 10, "{sent}");
    assert_eq!(attached.contents(), before);
    let app = attached.app.visitor("eve", &[]).await.get(&format!("/admin/apps/{label}")).await;
    assert_eq!(app.status, 403);
    let page = visitor.page(&format!("/admin/apps/{label}")).await;
    assert!(page.contains("Options in force"), "{page}");
}

on_each! {
    async fn every_form_of_the_odd_database_sent_back_as_it_came_changes_nothing(backend) {
        try_out(&ugly::start(backend).await, "ugly").await;
    }

    async fn every_form_of_the_shop_sent_back_as_it_came_changes_nothing(backend) {
        let shop = chinook::Chinook::start(backend).await;
        try_out(&shop.attached, "shop").await;
    }
}
