//! What is found in a database, and what options make of it.

use diesel::connection::SimpleConnection;
use serde_json::json;

use super::{BLOG, Site, message, wrong_fields};
use crate::apps::{FieldKind, RelationKind};
use crate::config::{ActionConfig, ModelConfig, PermissionConfig};

fn names<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    items.into_iter().collect::<Vec<_>>().join(" ")
}

fn options(change: impl FnOnce(&mut ModelConfig)) -> Result<Site, crate::Error> {
    let mut options = ModelConfig::default();
    change(&mut options);
    Site::with(BLOG, |app| {
        app.models.insert("article".into(), options);
    })
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn tables_views_and_columns_are_found() {
    let site = Site::new(BLOG);
    let catalog = site.catalog();
    let app = &catalog.apps[0];
    assert_eq!(
        names(app.models.iter().map(|m| m.name.as_str())),
        "article author award comment published rating tag"
    );
    assert_eq!(app.problems, []);
    let article = site.model("article");
    let field = |name: &str| article.field(name).unwrap().1.clone();
    assert_eq!(field("price").kind, FieldKind::Decimal { precision: Some(10), scale: Some(2) });
    assert_eq!(field("featured").kind, FieldKind::Boolean);
    assert_eq!(field("status").choices, ["draft", "published"]);
    assert_eq!(field("title").max_length, Some(20));
    assert!(field("id").has_default && field("id").is_primary_key && field("id").is_unique);
    assert!(field("title_length").is_generated && field("title_length").readonly);
    assert!(field("slug").is_unique && field("slug").nullable && !field("title").nullable);
    assert_eq!(article.field("author").unwrap().1.name.as_ref(), "author_id");
    assert_eq!(field("editor").relation_name, None);
    assert!(site.model("published").is_view && site.model("published").primary_key.is_empty());
    assert!(site.model("published").cannot_create.is_some());
    assert_eq!(site.model("rating").primary_key.len(), 2);
    assert_eq!(article.verbose_name_plural, "articles");
    assert_eq!(article.tool_suffix, "article");
    assert_eq!(article.view_permission, "blog.view_article");
}

#[test]
fn relations_lead_in_all_directions() {
    let site = Site::new(BLOG);
    let relations = |model: &str| {
        let model = site.model(model);
        let all: Vec<String> = model.relations.iter().map(|r| format!("{}:{}", r.name, r.model)).collect();
        all.join(" ")
    };
    assert_eq!(relations("article"), "author:author editor_record:author tags:tag comments:comment");
    assert_eq!(relations("author"), "articles_by_author:article articles_by_editor:article awards:award");
    assert_eq!(relations("tag"), "articles:article");
    let article = site.model("article");
    let tags = article.relations.iter().find(|r| r.name == "tags").unwrap();
    assert!(matches!(&tags.kind, RelationKind::ManyToMany { here, .. } if here == "article_id"));
}

#[test]
fn related_records_are_read() {
    let site = Site::new(BLOG);
    let related = site.related("article", json!(1));
    assert_eq!(related["author"]["name"], "Ada");
    assert_eq!(related["editor_record"]["id"], 2);
    assert_eq!(related["tags"], json!([{ "name": "beer" }, { "name": "tea" }]));
    assert_eq!(related["comments"].as_array().unwrap().len(), 2);
    assert_eq!(site.related("article", json!(2))["editor_record"], json!(null));
    assert_eq!(site.related("author", json!(1))["articles_by_author"][1]["id"], 2);
}

#[test]
fn globs_and_prefixes_choose_and_rename() {
    let site = Site::with(BLOG, |app| {
        app.tables = texts(&["a*", "tag", "nothing*"]);
        app.exclude_tables = texts(&["award"]);
        app.strip_prefix = "art".into();
    })
    .unwrap();
    let catalog = site.catalog();
    assert_eq!(names(catalog.apps[0].models.iter().map(|m| m.name.as_str())), "author icle tag");
    assert_eq!(catalog.apps[0].problems.len(), 1);
    assert!(site.model("author").relations.iter().all(|r| r.model == "icle"));
}

#[test]
fn excluded_fields_do_not_exist() {
    let site = options(|o| o.exclude_fields = texts(&["secret", "editor"])).unwrap();
    let article = site.model("article");
    assert!(article.field("secret").is_none());
    assert!(article.relations.iter().all(|r| !r.name.contains("editor")));
    assert!(site.model("author").relations.iter().all(|r| !r.name.contains("editor")));
    assert!(site.get("article", json!(1)).unwrap().get("secret").is_none());
    let text = message(site.ids("article", json!({ "secret": "hush" })));
    assert!(text.starts_with("filters.secret: there is no such field; fields: id"), "{text}");
    assert_eq!(text.matches("secret").count(), 1, "{text}");
    assert_eq!(wrong_fields(site.update("article", json!(1), json!({ "secret": 1 }))), ["data.secret"]);
}

#[test]
fn a_required_field_that_is_excluded_is_not_named() {
    let site = options(|o| o.exclude_fields = texts(&["author_id"])).unwrap();
    let why = site.model("article").cannot_create.clone().unwrap();
    assert!(!why.contains("author"), "{why}");
    assert!(message(site.create("article", json!({ "title": "x" }))).contains(&why));
}

#[test]
fn options_that_name_what_is_not_there_are_errors_with_their_path() {
    let wrong = |change: fn(&mut ModelConfig)| message(options(change));
    let text = wrong(|o| o.search_fields = Some(texts(&["titel"])));
    assert!(
        text.starts_with("apps.blog.models.article.search_fields: \"titel\" is no field; fields: id, title"),
        "{text}"
    );
    assert!(wrong(|o| o.exclude_fields = texts(&["id"])).contains("article.exclude_fields: the primary key"));
    assert!(wrong(|o| o.fields = Some(texts(&["title"]))).contains("article.fields: the primary key"));
    assert!(wrong(|o| o.ordering = Some(texts(&["-x"]))).contains("article.ordering: \"x\""));
    assert!(wrong(|o| o.display = Some("{x} {title}".into())).contains("article.display: \"x\""));
    assert!(wrong(|o| o.readonly_fields = texts(&["x"])).contains("article.readonly_fields"));
    let action = |set: &str, permission: &str| ActionConfig {
        name: "publish".into(),
        description: String::new(),
        set: [(set.to_owned(), json!("published"))].into(),
        permission: Some(permission.to_owned()),
        confirm: false,
    };
    let publish = PermissionConfig { codename: "publish_article".into(), name: "Can publish".into() };
    let text = message(options(|o| o.actions = vec![action("state", "blog.publish_article")]));
    assert!(
        text.contains("actions.publish.set: \"state\"") && text.contains("actions.publish.permission"),
        "{text}"
    );
    options(|o| {
        o.actions = vec![action("status", "blog.publish_article")];
        o.permissions = vec![publish];
    })
    .unwrap();
    let unknown = Site::with(BLOG, |app| {
        app.models.insert("artcle".into(), ModelConfig::default());
    });
    assert!(message(unknown).contains("apps.blog.models.artcle: there is no such model; models: article"));
}

#[test]
fn readonly_fields_and_labels_are_applied() {
    let site = options(|o| {
        o.readonly_fields = texts(&["slug"]);
        o.display = Some("{title} by {author}".into());
        o.list_display = Some(texts(&["title"]));
        o.ordering = Some(texts(&["-price"]));
        o.expose = Some(false);
    })
    .unwrap();
    let article = site.model("article");
    assert!(!article.exposed);
    assert_eq!(message(site.update("article", json!(1), json!({ "slug": "x" }))), "data.slug: is read-only");
    let record = site.record("article", json!(1)).unwrap();
    assert_eq!(crate::apps::record::display(&article, &record), "How to brew by 1");
    assert_eq!(site.ids("article", json!({})).unwrap(), ["2", "3", "1"]);
    let page = site.page("article", &crate::apps::ListQuery { limit: 1, ..Default::default() }).unwrap();
    assert_eq!(page.records[0].to_value(), json!({ "id": 2, "title": "100% Ärger_" }));
}

#[test]
fn an_app_that_cannot_be_reached_is_there_with_a_problem() {
    let missing = crate::config::AppConfig::at("/nowhere/at/all.db");
    let registry = crate::apps::Registry::load([("gone".to_owned(), missing)].into()).unwrap();
    let catalog = registry.catalog();
    assert!(catalog.apps[0].models.is_empty());
    assert!(catalog.apps[0].problems[0].message.contains("cannot be reached"));
    assert!(catalog.apps[0].db.conn().is_err());
}

#[test]
fn a_reload_sees_new_tables() {
    let site = Site::new(BLOG);
    let before = site.catalog();
    site.connect().batch_execute("CREATE TABLE fresh (id INTEGER PRIMARY KEY)").unwrap();
    let after = site.registry.reload().unwrap();
    assert!(after.generation > before.generation);
    assert!(before.find("blog", "fresh").is_none() && after.find("blog", "fresh").is_some());
}

#[test]
fn join_tables_of_all_shapes() {
    let site = Site::new(
        "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT);
         CREATE TABLE follow (id INTEGER PRIMARY KEY, follower_id INT NOT NULL REFERENCES person,
            followed_id INT NOT NULL REFERENCES person, UNIQUE (follower_id, followed_id));
         CREATE TABLE club (id INTEGER PRIMARY KEY);
         CREATE TABLE member (person_id INT NOT NULL REFERENCES person, club_id INT NOT NULL REFERENCES club,
            since DATE DEFAULT CURRENT_DATE, PRIMARY KEY (person_id, club_id));
         CREATE TABLE fee (person_id INT NOT NULL REFERENCES person, club_id INT NOT NULL REFERENCES club,
            amount INT NOT NULL, PRIMARY KEY (person_id, club_id));
         INSERT INTO person VALUES (1, 'a'), (2, 'b'); INSERT INTO club VALUES (1), (2);",
    );
    let all = |model: &str| {
        let model = site.model(model);
        let mut all: Vec<String> = model.relations.iter().map(|r| r.name.clone()).collect();
        all.sort();
        all.join(" ")
    };
    assert_eq!(all("person"), "clubs fees members persons_by_followed persons_by_follower");
    assert_eq!(all("club"), "fees members persons");
    assert!(
        site.catalog().find("blog", "follow").is_none() && site.catalog().find("blog", "member").is_some()
    );
    site.update("person", json!(1), json!({ "persons_by_follower": [2], "clubs": [1, 2] })).unwrap();
    assert_eq!(site.related("person", json!(2))["persons_by_followed"], json!([{ "id": 1, "name": "a" }]));
    site.update("person", json!(1), json!({ "clubs": [2] })).unwrap();
    assert_eq!(site.ids("member", json!({})).unwrap(), ["1,2"]);
}

#[test]
fn a_view_over_what_is_gone_is_a_problem() {
    let site = Site::new("CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE VIEW v AS SELECT x FROM gone");
    let catalog = site.catalog();
    assert_eq!((catalog.apps[0].models.len(), catalog.apps[0].problems[0].about.as_str()), (1, "v"));
}
