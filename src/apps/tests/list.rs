//! Filters, search, order and pages.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{BLOG, Site, message, object, wrong_fields};
use crate::apps::ListQuery;
use crate::error::Error;

fn ids(site: &Site, filters: Value) -> String {
    site.ids("article", filters.clone()).unwrap_or_else(|e| panic!("{filters}: {e:?}")).join(" ")
}

#[test]
fn filters_compare_by_type() {
    let site = Site::new(BLOG);
    for (filters, expected) in [
        (json!({ "id": 1 }), "1"),
        (json!({ "id": "1" }), "1"),
        (json!({ "id__in": [1, 3, 99] }), "1 3"),
        (json!({ "id__in": [] }), ""),
        (json!({ "id__range": [2, 3] }), "2 3"),
        (json!({ "id__gt": 1, "id__lt": 3 }), "2"),
        (json!({ "price__gte": "2.5" }), "2 3"),
        (json!({ "price__gt": 2.5 }), "2"),
        (json!({ "price": "0.990" }), "1"),
        (json!({ "price__in": ["0.99", 10] }), "1 2"),
        (json!({ "featured": true }), "1"),
        (json!({ "featured": false }), "2 3"),
        (json!({ "score__lte": 1.5 }), "1"),
        (json!({ "published_at__gte": "2026-01-02T03:30:00Z" }), "2"),
        (json!({ "published_at": "2026-01-02 03:04:05" }), "1"),
        (json!({ "published_at__date": "2026-01-02" }), "1 2"),
        (json!({ "published_at__date": "2026-01-01" }), ""),
        (json!({ "published_at__year": 2026 }), "1 2"),
        (json!({ "published_at__isnull": true }), "3"),
        (json!({ "published_at": null }), "3"),
        (json!({ "meta__isnull": false }), "1"),
        (json!({ "cover": "AP8=" }), "1"),
        (json!({ "status": "draft" }), "2 3"),
        (json!({ "author": 1 }), "1 2"),
        (json!({ "author_id": 2 }), "3"),
        (json!({ "editor__isnull": false }), "1"),
        (json!({ "author__in": [2] }), "3"),
    ] {
        assert_eq!(ids(&site, filters.clone()), expected, "{filters}");
    }
    assert_eq!(site.ids("author", json!({ "born__lt": "1900-01-01" })).unwrap(), ["1"]);
}

#[test]
fn text_lookups_know_case_and_have_no_wildcards() {
    let site = Site::new(BLOG);
    for (filters, expected) in [
        (json!({ "title": "ärger" }), "3"),
        (json!({ "title__iexact": "ÄRGER" }), "3"),
        (json!({ "title__contains": "rger" }), "2 3"),
        (json!({ "title__contains": "Rger" }), ""),
        (json!({ "title__icontains": "äRGER" }), "2 3"),
        (json!({ "title__contains": "%" }), "2"),
        (json!({ "title__contains": "_" }), "2"),
        (json!({ "title__contains": "*" }), ""),
        (json!({ "title__startswith": "How" }), "1"),
        (json!({ "title__startswith": "how" }), ""),
        (json!({ "title__istartswith": "Ä" }), "3"),
        (json!({ "title__endswith": "Ärger_" }), "2"),
        (json!({ "title__endswith": "a much longer text than any" }), ""),
        (json!({ "title__iendswith": "ÄRGER" }), "3"),
        (json!({ "title__contains": "" }), "1 2 3"),
        (json!({ "slug__contains": "" }), "1"),
        (json!({ "title__gte": "H" }), "1 3"),
    ] {
        assert_eq!(ids(&site, filters.clone()), expected, "{filters}");
    }
}

#[test]
fn uuids_are_found_in_any_stored_form() {
    let sql = "CREATE TABLE t (key UUID PRIMARY KEY); INSERT INTO t VALUES
        ('F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6'), ('a81d4fae7dec11d0a76500a0c91e6bf6'),
        (x'b81d4fae7dec11d0a76500a0c91e6bf6')";
    let site = Site::new(sql);
    for first in ["f", "a", "b"] {
        let id = json!(format!("{first}81d4fae-7dec-11d0-a765-00a0c91e6bf6"));
        assert!(site.get("t", id.clone()).is_ok(), "{id}");
    }
}

#[test]
fn search_wants_every_word_somewhere() {
    let site = Site::new(BLOG);
    let search = |text: &str| {
        let query = ListQuery { search: Some(text.into()), limit: 10, ..ListQuery::default() };
        site.page("article", &query).map(|p| p.total.number().unwrap())
    };
    assert_eq!(search("BREW how").unwrap(), 1);
    assert_eq!(search("brew nothing").unwrap(), 0);
    assert_eq!(search("  ").unwrap(), 3);
    assert_eq!(search("ÄRGER").unwrap(), 2);
    assert!(matches!(search("a\0b"), Err(Error::Invalid(_))));
    assert_eq!(wrong_fields(search(&"w ".repeat(20))), ["search"]);
    let numbers = ListQuery { search: Some("x".into()), ..ListQuery::default() };
    assert_eq!(wrong_fields(site.page("award", &numbers)), ["search"]);
}

#[test]
fn pages_are_ordered_and_counted() {
    let site = Site::new(BLOG);
    let page = |order_by: &[&str], limit, offset| {
        let order_by = order_by.iter().map(ToString::to_string).collect();
        let query =
            ListQuery { order_by, limit, offset, fields: Some(vec!["id".into()]), ..ListQuery::default() };
        let page = site.page("article", &query).unwrap();
        let ids: Vec<String> = page.records.iter().map(|r| r.get("id").unwrap().to_text()).collect();
        (ids.join(" "), page.total.number().unwrap())
    };
    assert_eq!(page(&["-price"], 2, 0), ("2 3".into(), 3));
    assert_eq!(page(&["-price"], 2, 2), ("1".into(), 3));
    assert_eq!(page(&["author", "-id"], 9, 0), ("2 1 3".into(), 3));
    assert_eq!(page(&[], 9, u64::MAX), (String::new(), 3));
}

#[test]
fn r46_unknown_names_are_refused_with_what_is_allowed() {
    let site = Site::new(BLOG);
    let query = ListQuery {
        filters: object(json!({
            "titel": 1, "title__like": "x", "id__icontains": "1", "author__name": "x", "meta": "x",
            "id; DROP TABLE article": 1, "id__isnull": 1, "id__range": [1], "id": "x", "price": "1,5",
            "published_at": "soon", "published_at__year": "x", "title__contains": 1, "title": "a\0", "key": "x",
            "featured": 1, "cover": "%", "id__in": 1, "id__gt": null
        })),
        order_by: vec!["titel".into(), "-meta".into(), "id; --".into()],
        fields: Some(vec!["nothing".into()]),
        limit: 1,
        ..ListQuery::default()
    };
    let Err(Error::Invalid(errors)) = site.page("article", &query) else { panic!("accepted") };
    assert_eq!(errors.len(), 19 + 3 + 1, "{errors:#?}");
    let text = message(site.ids("article", json!({ "id__icontains": "1" })));
    assert_eq!(
        text,
        "filters.id__icontains: \"icontains\" does not fit this field; lookups of id: exact, gt, gte, lt, lte, \
         in, range, isnull"
    );
    assert_eq!(site.count("article"), 3);
}

#[test]
fn rows_show_what_is_there() {
    let site = Site::new(BLOG);
    let article = site.get("article", json!(1)).unwrap();
    assert_eq!(
        article,
        json!({
            "id": 1, "title": "How to brew", "slug": "brew", "status": "published", "price": "0.99",
            "featured": true, "published_at": "2026-01-02T03:04:05", "meta": { "a": [1] }, "cover": "AP8=",
            "score": 1.5, "key": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "secret": "hush",
            "title_length": 11, "author_id": 1, "editor": 2
        })
    );
    let view = site.page("published", &ListQuery { limit: 5, ..Default::default() }).unwrap();
    assert_eq!(view.records[0].to_value(), json!({ "id": 1, "title": "How to brew" }));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[0-9TZ:. +-]{0,26}".prop_map(Value::from),
        Just(json!("2026-01-01")),
        Just(json!("9999-12-31T23:59:60Z")),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn r57_any_filter_is_answered_or_refused(
        keys in prop::collection::vec((
            prop_oneof![
                prop::sample::select(vec!["id", "title", "price", "featured", "published_at", "meta", "cover",
                    "score", "key", "author", "editor", "status", "title_length"]).prop_map(str::to_owned),
                any::<String>(),
            ],
            prop::sample::select(vec!["", "__exact", "__iexact", "__contains", "__icontains", "__startswith",
                "__istartswith", "__endswith", "__iendswith", "__gt", "__gte", "__lt", "__lte", "__in",
                "__isnull", "__range", "__year", "__date", "__", "__x"]),
            any_value(),
        ), 20),
        search in any::<String>(),
        order in any::<String>(),
    ) {
        thread_local! {
            static SITE: Site = Site::new(BLOG);
        }
        SITE.with(|site| {
            for (field, lookup, value) in keys {
                let filters = object(json!({ format!("{field}{lookup}"): value }));
                let query = ListQuery { filters, limit: 3, ..ListQuery::default() };
                let answer = site.page("article", &query).map(|_| ());
                prop_assert!(matches!(answer, Ok(()) | Err(Error::Invalid(_))), "{query:?}: {answer:?}");
            }
            let query = ListQuery { search: Some(search), limit: 3, ..ListQuery::default() };
            let answer = site.page("article", &query).map(|_| ());
            prop_assert!(matches!(answer, Ok(()) | Err(Error::Invalid(_))), "{answer:?}");
            let query = ListQuery { order_by: vec![order], limit: 3, ..ListQuery::default() };
            let answer = site.page("article", &query).map(|_| ());
            prop_assert!(matches!(answer, Ok(()) | Err(Error::Invalid(_))), "{answer:?}");
            Ok(())
        })?;
    }
}
