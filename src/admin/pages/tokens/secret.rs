//! The page that shows a secret: the answer to the form that made it, because the secret is stored nowhere.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_ENCODING, HeaderValue};
use maud::html;

use super::home;
use crate::admin::components::{Icon, Tone, ago, dotted, icon, plural, snippets};
use crate::admin::page::{Page, Place};
use crate::admin::paths;
use crate::admin::visit::Visit;
use crate::services::client_snippets;
use crate::services::tokens::{Issued, TokenAccess};

/// The page. It is kept in no cache, and not compressed, so that its length tells nothing.
pub fn page(visit: &Visit, issued: &Issued, access: &TokenAccess) -> HttpResponse {
    let (token, secret) = (&issued.token, issued.plain.reveal());
    let permissions = access.get_all_permissions();
    let tools = visit.agents().tools(permissions, token.tool_mode).len();
    let count = |n: usize, one, many| plural(i64::try_from(n).unwrap_or(i64::MAX), one, many);
    let body = html! {
        div class="stack stack-lg" {
            section class="card form-card" { section {
                div class="field" {
                    label for="secret" { "Token for " (token.name) }
                    div class="secret" {
                        input id="secret" readonly value=(secret) spellcheck="false" autocomplete="off";
                        span class="js-only" {
                            button type="button" class="btn" data-copy="#secret" {
                                (icon(Icon::Copy)) span data-label { "Copy token" }
                            }
                        }
                    }
                }
                dl class="stats" {
                    div { dt { "Owner" } dd { (access.owner.username) } }
                    div { dt { "Expires" } dd {
                        @match token.expires_at { Some(at) => { (ago(at, visit.now)) }, None => { span class="tone-warn" { "Never" } } }
                    } }
                    div { dt { "Can" } dd { (count(permissions.len(), "permission", "permissions")) ", " (count(tools, "tool", "tools")) } }
                    @if let Some(at) = token.previous_expires_at {
                        div { dt { "Old secret" } dd { "valid " (ago(at, visit.now)) " at the latest" } }
                    }
                }
            } }
            section class="card" {
                header { h2 { "Connect a client" } p { "With your token filled in. Do not commit these files." } }
                section { (snippets("sec", &client_snippets::snippets(&visit.view.base_url, "mcp-admin", secret))) }
            }
            div class="actions" {
                a class="btn" href=(home(visit, token.id)) { (icon(Icon::Check)) "I have stored it" }
                span class="muted small" { "Takes you to the token’s page." }
            }
        }
    };
    let page = Page::new("Store this token now")
        .at(Place::Tokens)
        .below("Tokens", paths::tokens())
        .narrow()
        .badge(dotted(Tone::Warn, true, "Shown once"))
        .subtitle(html! {
            "We keep only a hash of it. When you leave this page nobody can show it again, you can only rotate the token."
        })
        .body(body);
    let mut answer = page.respond(visit);
    answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
    answer
}
