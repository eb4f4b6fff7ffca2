//! What is attached to the site: the blog of the demonstration and a small shop.

use mcp_admin::cli::demo::blog;
use mcp_admin::config::{AppConfig, Config, ModelConfig};

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
        ("customer", model("{name}", "name")),
        ("product", model("{name}", "name")),
        ("order", model("{number}", "-placed_at")),
    ]
    .map(|(name, model)| (name.to_owned(), model))
    .into();
    config.apps.insert("shop".into(), shop);
    let mut models = blog::models();
    let shown = ["id", "title", "author_id", "status", "word_count", "rating", "published_at"];
    models.get_mut("article").unwrap().list_display = Some(shown.map(str::to_owned).into());
    config.apps.get_mut("blog").unwrap().models = models;
}

fn model(display: &str, ordering: &str) -> ModelConfig {
    ModelConfig {
        display: Some(display.into()),
        ordering: Some(vec![ordering.into()]),
        ..ModelConfig::default()
    }
}
