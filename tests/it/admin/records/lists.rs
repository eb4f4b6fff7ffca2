//! Lists of records: parts, search, filters, order, columns, files.

use super::forms::links;
use crate::harness::{TestApp, Visitor, on_both, on_each};

const LIST: &str = "/admin/apps/blog/article";

/// The keys of the rows, in order.
pub fn keys(page: &str) -> Vec<i64> {
    let ticks = page.split("name=\"ids\" value=\"").skip(1);
    ticks.map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect()
}

/// Where Next or Previous leads.
pub fn step(page: &str, rel: &str) -> Option<String> {
    let link = page.split("<a ").find(|link| link.contains(&format!("rel=\"{rel}\"")))?;
    Some(link.split("href=\"").nth(1)?.split('"').next()?.replace("&amp;", "&"))
}

async fn walk(visitor: &Visitor, from: &str, rel: &str) -> (Vec<Vec<i64>>, String) {
    let mut page = visitor.page(from).await;
    let mut parts = vec![keys(&page)];
    let mut last = from.to_owned();
    while let Some(next) = step(&page, rel) {
        assert!(parts.len() < 100);
        page = visitor.page(&next).await;
        parts.push(keys(&page));
        last = next;
    }
    (parts, last)
}

/// The heads of the columns, in order.
fn heads(page: &str) -> Vec<String> {
    let heads = page.split("<th scope=\"col\"").skip(1).filter(|head| !head.contains("class=\"tight\""));
    let text = |head: &str| {
        head.split(['<', '>']).skip(1).step_by(2).find(|text| !text.is_empty()).unwrap().to_owned()
    };
    heads.map(text).collect()
}

async fn visitor(app: &TestApp) -> Visitor {
    app.visitor("ada", &["blog.view_article", "blog.view_author", "blog.delete_article"]).await
}

on_each! {
    async fn the_columns_of_the_configuration_stand_as_they_are_written(backend) {
        let app = TestApp::with(backend, |config| {
            let article = config.apps.get_mut("blog").unwrap().models.get_mut("article").unwrap();
            article.list_display = Some(vec!["body".into(), "id".into(), "created_at".into(), "title".into()]);
        }).await;
        let page = visitor(&app).await.page(LIST).await;
        assert_eq!(heads(&page), ["Body", "Created at", "Title"]);
    }
}

on_both! {
    async fn the_columns_that_nobody_chose_are_those_that_say_most(app) {
        let visitor = app.administrator("boss").await;
        let page = visitor.page(LIST).await;
        let expected = ["Title", "Author", "Status", "Is featured", "Published at", "Updated at"];
        assert_eq!(heads(&page), expected);
        // What is long comes last, where there is room for it, and has two lines.
        let page = visitor.page("/admin/apps/blog/comment").await;
        assert_eq!(heads(&page), ["Author name", "Article", "Is approved", "Created at", "Body"]);
        assert!(page.contains("data-label=\"Body\"><span class=\"clamp\">"), "{page}");
        let chosen = visitor.page(&format!("{LIST}?c=summary&c=id")).await;
        assert_eq!(heads(&chosen), ["Summary", "Id"]);
    }

    async fn a_list_goes_on_to_its_end_and_back(app) {
        let visitor = visitor(&app).await;
        for query in ["", "?sort=-rating", "?sort=title&f.status=draft"] {
            let (forward, last) = walk(&visitor, &format!("{LIST}{query}"), "next").await;
            let mut all = forward.concat();
            assert!(forward.len() > 3 && forward[0].len() == 50, "{forward:?}");
            let (backward, _) = walk(&visitor, &last, "prev").await;
            let back: Vec<i64> = backward.into_iter().rev().flatten().collect();
            assert_eq!(back, all, "{query}");
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), count, "{query}: no record comes twice");
        }
    }

    async fn a_list_is_searched_narrowed_and_sorted(app) {
        let visitor = visitor(&app).await;
        let everything = visitor.page(LIST).await;
        assert!(everything.contains("Count exactly") || everything.contains("50 of "), "{everything}");
        let counted = visitor.page(&format!("{LIST}?count=exact")).await;
        assert!(counted.contains("50 of 1,200") && !counted.contains("Count exactly"), "{counted}");

        let narrow = visitor.page(&format!("{LIST}?f.status=archived&f.author_id__gte=1&q=the&sort=-id&c=title&c=id")).await;
        let found = keys(&narrow);
        assert!(found.windows(2).all(|pair| pair[0] > pair[1]), "{found:?}");
        assert!(narrow.contains("Status is archived") && narrow.contains("aria-sort"), "{narrow}");
        // Each filter has a link that takes it away and keeps the rest.
        let away = links(&narrow).into_iter().find(|link| link.contains("q=the") && !link.contains("f.status") && link.contains("f.author_id__gte=1"));
        assert!(away.is_some(), "{:?}", links(&narrow));

        let nothing = visitor.page(&format!("{LIST}?q=zzzzqqqq")).await;
        assert!(nothing.contains("No articles match") && nothing.contains("zzzzqqqq"), "{nothing}");
        let gone = visitor.get(&format!("{LIST}?cursor=nonsense")).await;
        assert_eq!(gone.status, 422);
        let wrong = visitor.get(&format!("{LIST}?f.word_count__gte=many&f.nothing=1")).await;
        assert_eq!(wrong.status, 422);
        for text in ["There is no such field", "f.word_count__gte", "value=\"many\""] {
            assert!(wrong.text.to_lowercase().contains(&text.to_lowercase()), "{text}: {}", wrong.text);
        }
    }

    async fn columns_are_chosen_and_foreign_keys_are_called_by_name(app) {
        let visitor = visitor(&app).await;
        let page = visitor.page(&format!("{LIST}?c=title&c=author_id")).await;
        assert!(links(&page).iter().any(|link| link.starts_with("/admin/apps/blog/author/")), "{page}");
        assert!(!page.contains("role=\"columnheader\" aria-sort=\"\"") && !page.contains(">Word count<svg"), "{page}");
        // Without the permission there is no name, and no link.
        let stranger = app.visitor("eve", &["blog.view_article"]).await;
        let page = stranger.page(&format!("{LIST}?c=title&c=author_id")).await;
        assert!(!links(&page).iter().any(|link| link.starts_with("/admin/apps/blog/author/")), "{page}");
    }

    async fn a_file_has_all_that_the_list_finds(app) {
        let visitor = visitor(&app).await;
        let answer = visitor.get(&format!("{LIST}/records.csv?f.status=archived&c=id&c=title&c=status")).await;
        assert_eq!(answer.status, 200);
        assert!(answer.header("content-type").starts_with("text/csv"));
        assert_eq!(answer.header("content-disposition"), "attachment; filename=\"blog-article.csv\"");
        let mut lines = answer.text.lines();
        assert_eq!(lines.next(), Some("id,title,status"));
        let (parts, _) = walk(&visitor, &format!("{LIST}?f.status=archived"), "next").await;
        let mut ids: Vec<i64> = lines.map(|line| line.split(',').next().unwrap().parse().unwrap()).collect();
        let mut shown = parts.concat();
        ids.sort_unstable();
        shown.sort_unstable();
        assert_eq!(ids, shown);
        assert_eq!(visitor.get(&format!("{LIST}/records.csv?f.nothing=1")).await.status, 422);
    }

    async fn the_side_bar_shows_what_a_list_has_counted(app) {
        let visitor = visitor(&app).await;
        let before = visitor.page("/admin/").await;
        assert!(!before.contains("1,200</span>"), "{before}");
        visitor.page(&format!("{LIST}?count=exact")).await;
        let after = visitor.page("/admin/").await;
        assert!(after.contains("1,200</span>"), "{after}");
    }

    async fn suggestions_are_found_by_a_few_letters(app) {
        let visitor = visitor(&app).await;
        let answer = visitor.htmx_get("/admin/apps/blog/author/options?q=a&to=id").await;
        assert_eq!(answer.status, 200);
        assert!(answer.text.contains("role=\"option\" data-value=\""), "{}", answer.text);
        let none = visitor.get("/admin/apps/blog/author/options?q=zzzz").await;
        assert!(none.text.contains("Nothing matches"), "{}", none.text);
        assert_eq!(visitor.get("/admin/apps/blog/tag/options?q=a").await.status, 403);
    }
}
