use std::collections::HashSet;

use super::*;
use crate::api::document;

fn html() -> String {
    page::page(&document()).into_string()
}

/// The values of an attribute, wherever it is.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let opening = format!(" {attribute}=\"");
    html.split(opening.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_operation_is_there_with_its_line_for_the_shell() {
    let html = html();
    for operation in operation::Operation::all(&document()) {
        assert!(html.contains(&format!("<h3 id=\"{}\">", operation.id())), "{}", operation.id());
        let path = operation.path.replace("{app}", "blog").replace("{model}", "article");
        let path = path.replace("{id}", if path.contains("/records/") { "17" } else { "7" });
        assert!(html.contains(&format!("$URL{path}")), "{path}");
    }
}

#[test]
fn every_link_leads_to_something_that_is_there_once() {
    let html = html();
    let ids = values(&html, "id");
    let unique: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len());
    let links = values(&html, "href");
    for target in links.iter().filter_map(|link| link.strip_prefix('#')) {
        assert!(unique.contains(target), "#{target} leads nowhere");
    }
    for label in values(&html, "aria-labelledby") {
        assert!(unique.contains(label), "{label} labels nothing");
    }
    assert!(links.iter().all(|link| link.starts_with(['#', '/'])), "nothing comes from elsewhere");
}

#[test]
fn headings_are_in_order_and_nothing_is_inline() {
    let html = html();
    let levels: Vec<u32> = html
        .split("<h")
        .skip(1)
        .filter_map(|rest| rest.chars().next().and_then(|c| c.to_digit(10)))
        .collect();
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "a level is left out");
    for inline in ["<script", "<style", " style=", " onclick=", "javascript:"] {
        assert!(!html.contains(inline), "{inline}");
    }
    for tag in ["<main", "<nav", "<header", "<h1"] {
        assert_eq!(html.matches(tag).count(), 1, "{tag}");
    }
}

#[test]
fn what_the_document_says_is_only_text() {
    let mut document = document();
    document["paths"]["/api/v1/me"]["get"]["summary"] = "<script>alert(1)</script> `a<b`".into();
    document["paths"]["/api/v1/me"]["get"]["description"] = "<img src=x> `<b>`".into();
    let html = page::page(&document).into_string();
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("<b>"));
    assert!(html.contains("<code>&lt;b&gt;</code>"));
}
