//! The whole page: head, how to begin, operations by group, errors, shapes.

use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use super::operation::Operation;
use super::shape;
use super::text::{anchor, inline, title};
use crate::web::assets;

const BEGINNING: &str = "URL=http://localhost:8000\nread -rs MCP_TOKEN   # paste the token, nothing is shown\n\
    curl \"$URL/api/v1/me\" -H \"Authorization: Bearer $MCP_TOKEN\"";

/// What holds for every operation: what it is about, and what to know of it.
const CONVENTIONS: [(&str, &str); 9] = [
    (
        "Lists",
        "come in pages: `limit` is 50 unless given; `next_cursor`, or the `Link` header, leads to the next page; \
        `total=true` counts. `sort` takes a minus sign in front.",
    ),
    (
        "Bodies",
        "are JSON. Unknown members and parameters are refused by name. `null` and leaving something out differ: \
        `expires_at: null` is a token that never expires.",
    ),
    ("Changes", "`PATCH` changes what is given, `PUT` replaces: what is left out gets its default."),
    (
        "Versions",
        "`ETag` of what is shown; with `If-Match` a change is made only to what you have seen, otherwise 412.",
    ),
    (
        "Repeating",
        "with an `Idempotency-Key`, something is made once; a repetition is answered 409 with the `id` of the first.",
    ),
    (
        "Errors",
        "are `application/problem+json` with a stable `code`, every wrong field in `errors`, and the id of the request.",
    ),
    (
        "Methods",
        "`HEAD` wherever `GET` is; `OPTIONS` tells the methods of an address; others are answered 405 with `Allow`.",
    ),
    ("Limits", "are told in `RateLimit`; who asks too often gets 429 with `Retry-After`."),
    (
        "Granting",
        "who grants must hold: nobody gives a token, a group or a user a permission that the giver does not have.",
    ),
];

/// The page.
pub fn page(document: &Value) -> Markup {
    let operations = Operation::all(document);
    let groups = groups(&operations);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "REST API · mcp-admin" }
                link rel="icon" href=(assets::ICON.url()) type="image/svg+xml";
                link rel="stylesheet" href=(assets::DOCS_CSS.url());
            }
            body {
                a .skip href="#main" { "Skip to the operations" }
                header {
                    h1 { "REST API" }
                    p {
                        "mcp-admin " (document["info"]["version"].as_str().unwrap_or_default()) " · "
                        a href="/api/v1/openapi.json" { "OpenAPI document" }
                    }
                }
                (contents(&groups))
                main #main {
                    (beginning())
                    @for (tag, operations) in &groups {
                        section aria-labelledby=(anchor(tag)) {
                            h2 id=(anchor(tag)) { (title(tag)) }
                            @for operation in operations { (operation.article(document)) }
                        }
                    }
                    (errors(document))
                    (shape::section(document))
                }
            }
        }
    }
}

/// Operations by group, both in the order of the document.
fn groups<'a>(operations: &'a [Operation<'a>]) -> Vec<(&'a str, Vec<&'a Operation<'a>>)> {
    let mut groups: Vec<(&str, Vec<&Operation<'_>>)> = Vec::new();
    for operation in operations {
        match groups.iter_mut().find(|(tag, _)| *tag == operation.tag()) {
            Some((_, group)) => group.push(operation),
            None => groups.push((operation.tag(), vec![operation])),
        }
    }
    groups
}

fn contents(groups: &[(&str, Vec<&Operation<'_>>)]) -> Markup {
    html! {
        nav aria-label="Contents" {
            ul {
                li { a href="#begin" { "To begin" } }
                @for (tag, operations) in groups {
                    li {
                        a href={ "#" (anchor(tag)) } { (title(tag)) }
                        ul {
                            @for operation in operations {
                                li { a href={ "#" (operation.id()) } { (operation.summary()) } }
                            }
                        }
                    }
                }
                li { a href="#errors" { "Errors" } }
                li { a href="#shapes" { "Shapes" } }
            }
        }
    }
}

fn beginning() -> Markup {
    html! {
        section aria-labelledby="begin" {
            h2 #begin { "To begin" }
            p {
                "Every operation but this documentation asks for a token of this service, which may do what its permissions \
                 say. The lines for the shell below use two variables:"
            }
            pre { code { (BEGINNING) } }
            p {
                "Pages of this site may use the session of somebody who signed in to the admin instead. Such a request has to \
                 come from a page of the same site, and makes secrets only if the password was given within the last 15 minutes."
            }
            dl .members {
                @for (what, text) in CONVENTIONS {
                    div { dt { (what) } dd { (inline(text)) } }
                }
            }
        }
    }
}

fn errors(document: &Value) -> Markup {
    let mut all: Vec<(u64, &Value)> = document["components"]["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(_, response)| {
            let example = &response["content"]["application/problem+json"]["example"];
            (example["status"].as_u64().unwrap_or_default(), response)
        })
        .collect();
    all.sort_by_key(|(status, _)| *status);
    html! {
        section aria-labelledby="errors" {
            h2 #errors { "Errors" }
            p { "Every error has this form (RFC 9457). The list of codes is closed." }
            @for (status, response) in all {
                @let example = &response["content"]["application/problem+json"]["example"];
                article aria-labelledby={ "error-" (status) } {
                    h3 id={ "error-" (status) } { (status) " " code { (example["code"].as_str().unwrap_or_default()) } }
                    p { (inline(response["description"].as_str().unwrap_or_default())) "." }
                    pre { code { (serde_json::to_string_pretty(example).unwrap_or_default()) } }
                }
            }
        }
    }
}
