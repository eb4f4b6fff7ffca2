//! Every page: a handful of queries, no more of them where there is more to show, and few bytes.

use std::collections::{BTreeMap, BTreeSet};

use mcp_admin::admin::{Needs, Route, routes};
use mcp_admin::db::Backend;

use super::{MOST_QUERIES, asks_no_more, cost, serve, sign_in};
use crate::harness::{Site, Visitor, on_each, open};

/// Bytes over the wire of a page alone, and with every file that it loads.
const MOST_BYTES: usize = 30_000;
const MOST_AT_FIRST: usize = 150_000;

/// The content type of a table that has vanished.
const VANISHED: &str = "4711";

/// The pages that somebody who is signed in can open here, by pattern.
fn addresses() -> BTreeMap<&'static str, String> {
    let is_page = |route: &&Route| route.method == "GET" && route.needs != Needs::Nothing;
    let address = |route: &Route| {
        let id = if route.pattern.contains("/content-types/") { VANISHED } else { "1" };
        let path = route.pattern.replace("{app}", "blog").replace("{model}", "article");
        let path = path.replace("{field}", "body").replace("{key}", "1").replace("{id}", id);
        (route.pattern, format!("/admin{path}"))
    };
    // One leads to another address, and no field of the blog is binary.
    let opens = |route: &&Route| !route.pattern.is_empty() && !route.pattern.contains("/bytes/");
    routes().iter().filter(is_page).filter(opens).map(address).collect()
}

/// Adds so many of everything, with links to the first of everything else.
fn fill(site: &Site, from: usize, to: usize) {
    let digest = match site.backend {
        Backend::Sqlite => "randomblob(32)",
        Backend::Postgres => "decode(md5(i::text) || md5(i::text || 'x'), 'hex')",
    };
    let rows = format!("WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to})");
    let permissions =
        "(SELECT id, row_number() OVER (ORDER BY id) AS i FROM permissions) p JOIN n ON p.i = n.i";
    let token = "INSERT INTO tokens (name, user_id, prefix, digest, hash_alg, created_at)";
    let mut own = Vec::new();
    if from == 2 {
        own.push("INSERT INTO groups (name) VALUES ('First')".to_owned());
        own.push(format!(
            "INSERT INTO content_types (id, app_label, model, name, is_stale) VALUES ({VANISHED}, 'old', 'thing', 'thing', TRUE)"
        ));
        own.push(format!(
            "{token} SELECT 'First', 1, 'mcp_first000', {digest}, 'sha256', CURRENT_TIMESTAMP FROM (SELECT 1 AS i) n"
        ));
    }
    let tokens = format!(
        "{token} SELECT 'Token ' || i, 1, 'mcp_' || (10000000 + i), {digest}, 'sha256', CURRENT_TIMESTAMP FROM n"
    );
    let sessions = format!(
        "INSERT INTO sessions (digest, user_id, created_at, last_seen_at, expires_at, authenticated_at)
         SELECT {digest}, 1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, '2999-01-01 00:00:00', CURRENT_TIMESTAMP FROM n"
    );
    let granted = ["user", "group", "token"].map(|to| {
        format!("INSERT INTO {to}_permissions ({to}_id, permission_id) SELECT 1, p.id FROM {permissions}")
    });
    let logged = [("mcp", "token"), ("auth", "user"), ("auth", "group"), ("blog", "article")].map(|(app, model)| {
        format!(
            "INSERT INTO log_entries (at, actor_user_id, actor_label, token_id, token_label, surface, action,
                 app_label, model, object_id, object_repr, changes, outcome)
             SELECT CURRENT_TIMESTAMP, 1, 'boss', 1, 'Token 1', 'admin', 'changed', '{app}', '{model}', '1', 'It',
                 '{{}}', 'ok' FROM n"
        )
    });
    for insert in [
        "INSERT INTO users (username, is_staff, date_joined) SELECT 'user-' || i, TRUE, CURRENT_TIMESTAMP FROM n",
        "INSERT INTO groups (name) SELECT 'Group ' || i FROM n",
        &tokens,
        &sessions,
        "INSERT INTO user_groups (user_id, group_id) SELECT i, 1 FROM n UNION SELECT 1, i FROM n",
        "INSERT INTO token_groups (token_id, group_id) SELECT i, 1 FROM n UNION SELECT 1, i FROM n",
        "INSERT INTO usage_buckets (token_id, hour, calls, denials) SELECT i, CURRENT_TIMESTAMP, 7, 1 FROM n",
    ] {
        own.push(format!("{rows} {insert}"));
    }
    own.extend(granted.iter().chain(&logged).map(|insert| format!("{rows} {insert}")));
    site.open().execute_script(&own.join(";\n")).unwrap();
    let schema = if site.backend == Backend::Postgres { "blog." } else { "" };
    let blog = format!(
        "{rows} INSERT INTO {schema}blog_comment (article_id, author_name, body) SELECT 1, 'Reader', 'Words' FROM n;
         {rows} INSERT INTO {schema}blog_tag (name, slug) SELECT 'Tag ' || i, 'tag-' || i FROM n;
         {rows} INSERT INTO {schema}blog_article_tags (article_id, tag_id)
             SELECT 1, t.id FROM {schema}blog_tag t JOIN n ON t.slug = 'tag-' || n.i;"
    );
    open(&site.blog_url).execute_script(&blog).unwrap();
}

/// A page or a file as it comes over the wire.
async fn wire(visitor: &Visitor, address: &str) -> (usize, String) {
    let request = visitor.request("GET", address).header("accept-encoding", "gzip, deflate, br, zstd");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{address}");
    let is_packed = answer.headers().get("content-encoding").is_some_and(|encoding| encoding == "gzip");
    let bytes = answer.bytes().await.unwrap();
    let mut text = String::new();
    if is_packed {
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&bytes[..]), &mut text).unwrap();
    }
    assert!(is_packed || bytes.len() < 1_000, "{address} is not packed");
    (bytes.len(), text)
}

/// The addresses of the files that a page loads.
fn files(page: &str) -> BTreeSet<&str> {
    let places = page.match_indices("\"/static/").map(|(at, _)| &page[at + 1..]);
    places.map(|rest| rest.split(['"', '#']).next().unwrap()).collect()
}

on_each! {
    async fn every_page_costs_a_handful_of_queries_however_much_there_is(backend) {
        let site = Site::new(backend);
        let (process, visitor) = serve(&site).await;
        fill(&site, 2, 6);
        let mut few = BTreeMap::new();
        for (pattern, address) in addresses() {
            few.insert(pattern, cost(&visitor, &address).await);
        }
        fill(&site, 7, 36);
        let visitor = sign_in(&process).await;
        let mut wrong = Vec::new();
        for (pattern, address) in addresses() {
            let (few, many) = (few[pattern], cost(&visitor, &address).await);
            if !asks_no_more(few, many) || many.queries > MOST_QUERIES {
                wrong.push(format!("{pattern}: {few:?} {many:?}"));
            }
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    }

    async fn a_first_page_comes_with_all_its_files_in_few_bytes_and_the_next_in_fewer(backend) {
        let site = Site::new(backend);
        let (_process, visitor) = serve(&site).await;
        fill(&site, 2, 60);
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        let mut wrong = Vec::new();
        let guest = ("/sign-in", "/admin/sign-in".to_owned());
        let stranger = Visitor::new(&visitor.url);
        let files_of_data = |pattern: &str| pattern.contains(".csv") || pattern.contains(".jsonl");
        for (pattern, address) in addresses().into_iter().chain([guest]) {
            if files_of_data(pattern) {
                continue;
            }
            let who = if pattern == "/sign-in" { &stranger } else { &visitor };
            let (alone, text) = wire(who, &address).await;
            let mut whole = alone;
            for file in files(&text) {
                if !known.contains_key(file) {
                    known.insert(file.to_owned(), wire(who, file).await.0);
                }
                whole += known[file];
            }
            if alone >= MOST_BYTES || whole >= MOST_AT_FIRST {
                wrong.push(format!("{pattern}: {alone} bytes, {whole} with its files"));
            }
        }
        assert!(known.len() >= 6, "{known:?}");
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    }
}
