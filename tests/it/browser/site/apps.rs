//! What is attached to the site: the blog of the demonstration and a small shop.

use mcp_admin::config::{ActionConfig, AppConfig, Config, ModelConfig, PermissionConfig};
use serde_json::json;

use crate::harness::{Site, open};

const SHOP: &str = include_str!("shop.sql");
/// Where the shop is, among the files of the site.
pub const SHOP_FILE: &str = "shop.db";

/// The databases, with the shop beside the blog.
pub fn attach(site: &Site, config: &mut Config) {
    let url = site.file(SHOP_FILE).to_str().unwrap().to_owned();
    open(&url).execute_script(SHOP).unwrap();
    let mut shop = AppConfig::at(url);
    shop.strip_prefix = "shop_".into();
    shop.models = [
        ("customer", model("{name}", &["name"], &[])),
        ("product", model("{name}", &["name"], &[])),
        ("order", model("{number}", &["-placed_at"], &[])),
    ]
    .map(|(name, model)| (name.to_owned(), model))
    .into();
    config.apps.insert("shop".into(), shop);
    let blog = config.apps.get_mut("blog").unwrap();
    let shown = ["id", "title", "author_id", "status", "word_count", "rating", "published_at"];
    let article = ModelConfig {
        search_fields: names(&["title", "summary"]),
        permissions: vec![PermissionConfig {
            codename: "publish_article".into(),
            name: "Can publish article".into(),
        }],
        actions: vec![ActionConfig {
            name: "publish".into(),
            description: "Publish the chosen articles".into(),
            set: [("status".to_owned(), json!("published"))].into(),
            permission: Some("blog.publish_article".into()),
            confirm: false,
        }],
        ..model("{title}", &["-published_at"], &shown)
    };
    blog.models = [
        ("article", article),
        ("author", model("{name}", &["name"], &[])),
        ("comment", model("{author_name}: {body}", &["-created_at"], &[])),
        ("tag", model("{name}", &["name"], &[])),
    ]
    .map(|(name, model)| (name.to_owned(), model))
    .into();
}

fn names(of: &[&str]) -> Option<Vec<String>> {
    (!of.is_empty()).then(|| of.iter().map(ToString::to_string).collect())
}

fn model(display: &str, ordering: &[&str], list: &[&str]) -> ModelConfig {
    ModelConfig {
        display: Some(display.into()),
        ordering: names(ordering),
        list_display: names(list),
        ..ModelConfig::default()
    }
}
