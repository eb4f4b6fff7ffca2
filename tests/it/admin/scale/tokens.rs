//! A hundred thousand tokens: the pages cost as many queries, and are as long, as with a few.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mcp_admin::db::Backend;

use super::{MOST_QUERIES, cost, insist, serve, sign_in};
use crate::admin::tokens::list::{names, step};
use crate::harness::{Site, on_each};

/// Adds tokens of the first user, each with a permission.
fn fill(site: &Site, tokens: std::ops::RangeInclusive<usize>) {
    let (digest, later) = match site.backend {
        Backend::Sqlite => ("randomblob(32)", "datetime('now', '+30 days')"),
        Backend::Postgres => {
            ("decode(md5(i::text) || md5(i::text || 'x'), 'hex')", "now() + interval '30 days'")
        }
    };
    let (first, last) = (tokens.start(), tokens.end());
    let script = format!(
        "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})
         INSERT INTO tokens (name, user_id, prefix, digest, hash_alg, created_at, expires_at)
         SELECT 'Token ' || (i * 7919 % 100000), 1, 'mcp_' || (10000000 + i), {digest}, 'sha256', CURRENT_TIMESTAMP,
             CASE WHEN i % 3 = 0 THEN NULL ELSE {later} END FROM n;
         INSERT INTO token_permissions (token_id, permission_id)
         SELECT t.id, (SELECT min(id) FROM permissions) FROM tokens t
         WHERE t.prefix BETWEEN 'mcp_{}' AND 'mcp_{}';
         ANALYZE;",
        10_000_000 + first,
        10_000_000 + last
    );
    site.open().execute_script(&script).unwrap();
}

/// The address of the leaf behind an id, in the list that begins with the newest.
fn behind(page: &str, id: usize) -> String {
    let next = step(page, "next").unwrap();
    let (path, place) = next.split_once("after=").unwrap();
    let place = String::from_utf8(URL_SAFE_NO_PAD.decode(place).unwrap()).unwrap();
    let last = place.rsplit(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty()).unwrap();
    format!("{path}after={}", URL_SAFE_NO_PAD.encode(place.replace(last, &id.to_string())))
}

on_each! {
    async fn pages_of_a_hundred_thousand_tokens_cost_what_those_of_a_hundred_do(backend) {
        let site = Site::new(backend);
        let (process, visitor) = serve(&site).await;
        fill(&site, 1..=100);
        let fixed = ["", "?sort=name", "?sort=-used", "?sort=expires", "?status=active", "?status=never-used", "?q=Token"]
            .map(|query| format!("/admin/tokens{query}"));
        let mut few = Vec::new();
        for address in &fixed {
            few.push(cost(&visitor, address).await);
        }
        let first = visitor.page(&fixed[0]).await;
        let last = cost(&visitor, &behind(&first, 51)).await;
        fill(&site, 101..=100_000);
        // What was kept open is closed by now.
        let visitor = sign_in(&process).await;
        for (address, few) in fixed.iter().zip(few) {
            insist(address, few, cost(&visitor, address).await);
            assert!(few.queries <= MOST_QUERIES, "{address}: {few:?}");
        }
        let (middle, end) = (behind(&first, 50_000), behind(&first, 51));
        let shown = visitor.page(&middle).await;
        assert_eq!(names(&shown).len(), 50, "{shown}");
        insist("the middle", last, cost(&visitor, &middle).await);
        insist("the end", last, cost(&visitor, &end).await);
        assert!(step(&visitor.page(&end).await, "next").is_none());
        assert!(step(&visitor.page(&end).await, "prev").is_some());
    }
}
