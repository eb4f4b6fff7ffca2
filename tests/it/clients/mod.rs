//! The clients that people have: each lists tools, calls one, gets a validation error and a refusal, in
//! both eras where it can.

mod inspector;
mod rust;
mod scripts;

use serde_json::Value;

const READER: [&str; 4] = ["blog.view_article", "blog.view_author", "blog.view_comment", "blog.view_tag"];

/// Ten articles of a thousand or more, and each with its id.
fn assert_ten_articles(structured: &Value) {
    assert_eq!(structured["count"], 10, "{structured}");
    assert!(structured["total_count"].as_u64().unwrap() >= 1000, "{structured}");
    let articles = structured["results"].as_array().unwrap();
    assert_eq!(articles.len(), 10);
    assert!(articles.iter().all(|article| article["id"].is_number() && article["title"].is_string()));
}
