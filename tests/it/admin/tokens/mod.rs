//! The pages of tokens.

mod bulk;
mod form;
pub mod list;
mod one;
mod secrets;

use crate::harness::{TestApp, Visitor};
use mcp_admin::db::TokenId;
use mcp_admin::models::token::{self, Token};

/// Everything that an administrator of tokens needs, and no more.
pub const MANAGER: [&str; 7] = [
    "mcp.view_token",
    "mcp.add_token",
    "mcp.change_token",
    "mcp.delete_token",
    "blog.view_article",
    "blog.add_article",
    "blog.change_article",
];

/// The value of a hidden field in a page.
pub fn hidden(page: &str, name: &str) -> String {
    let mark = format!(r#"type="hidden" name="{name}" value=""#);
    let start = page.find(&mark).unwrap_or_else(|| panic!("no {name} in {page}")) + mark.len();
    page[start..].split('"').next().unwrap().to_owned()
}

/// The plaintext on a secret page.
pub fn secret(page: &str) -> String {
    let start = page.find(r#"<input id="secret""#).unwrap_or_else(|| panic!("{page}"));
    let value = page[start..].split(r#"value=""#).nth(1).unwrap();
    value.split('"').next().unwrap().to_owned()
}

/// Makes a token through its form; the secret.
pub async fn make(visitor: &Visitor, more: &[(&str, &str)]) -> String {
    let page = visitor.page("/admin/tokens/new").await;
    let once = hidden(&page, "once");
    let mut fields = vec![("once", once.as_str()), ("expires", "90"), ("active", "on")];
    fields.extend(more);
    let answer = visitor.post("/admin/tokens/new", &fields).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    secret(&answer.text)
}

/// The tokens of this name.
pub fn named(app: &TestApp, name: &str) -> Vec<Token> {
    app.db.read(|conn| Ok(token::list_by_name(conn, name)?)).unwrap()
}

/// `/admin/tokens/7/edit`
pub fn at(id: TokenId, rest: &str) -> String {
    format!("/admin/tokens/{id}{rest}")
}
