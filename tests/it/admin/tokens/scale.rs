//! A hundred thousand tokens: the pages cost as many queries, and are as long, as with a few.

use mcp_admin::auth::Actor;
use mcp_admin::clock::Clock;
use mcp_admin::db::Backend;
use mcp_admin::services::users::{self, NewUser, prepare_password};

use super::list::{names, step};
use crate::harness::{PASSWORD, Process, Site, Visitor, on_each};

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

fn boss(site: &Site) {
    let password = prepare_password(PASSWORD, "boss").unwrap();
    let new = NewUser {
        username: "boss".into(),
        password: Some(password),
        is_active: true,
        is_staff: true,
        is_superuser: true,
        ..NewUser::default()
    };
    site.open().write(|tx| users::create(tx, &Actor::cli(), Clock::system().now(), &new)).unwrap();
}

/// Queries of the server so far.
async fn queries(visitor: &Visitor) -> u64 {
    let metrics = visitor.page("/metrics").await;
    let line = metrics.lines().find(|line| line.starts_with("mcp_admin_db_queries_total{outcome=\"ok\"}"));
    line.unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}

/// What each of the addresses costs: queries and bytes. The numbers of the side bar and the states are
/// counted anew after some seconds, which may fall on any look: the cheapest of a few is what a page costs.
async fn costs(visitor: &Visitor, addresses: &[String]) -> Vec<(u64, usize)> {
    let mut costs = Vec::new();
    for address in addresses {
        visitor.page(address).await;
        let mut cheapest = (u64::MAX, usize::MAX);
        for _ in 0..3 {
            let before = queries(visitor).await;
            let page = visitor.page(address).await;
            // Asking for the number costs some as well, always the same.
            cheapest = cheapest.min((queries(visitor).await - before, page.len()));
        }
        costs.push(cheapest);
    }
    costs
}

on_each! {
    async fn pages_of_a_hundred_thousand_tokens_cost_what_those_of_sixty_do(backend) {
        let site = Site::new(backend);
        boss(&site);
        fill(&site, 1..=60);
        let settings = "epoch_poll_interval = \"1h\"\nepoch_grace = \"2h\"\nusage_flush_interval = \"1h\"\n";
        let process = Process::serve(&site, settings);
        let visitor = Visitor::new(&process.url);
        assert_eq!(visitor.sign_in("boss").await.status, 303);
        let fixed = ["", "?sort=name", "?sort=-used", "?sort=expires", "?status=active", "?status=never-used", "?q=Token"]
            .map(|query| format!("/admin/tokens{query}"));
        let few = costs(&visitor, &fixed).await;
        fill(&site, 61..=100_000);
        let many = costs(&visitor, &fixed).await;
        for (address, (few, many)) in fixed.iter().zip(few.iter().zip(&many)) {
            assert!(many.0 <= few.0 + 4 && few.0 <= 16, "{address}: {few:?} {many:?}");
            assert!(many.1 < few.1 + few.1 / 5 + 4_000, "{address}: {few:?} {many:?}");
        }
        let mut address = "/admin/tokens?sort=name".to_owned();
        for _ in 0..5 {
            let page = visitor.page(&address).await;
            assert_eq!(names(&page).len(), 50, "{address}");
            address = step(&page, "next").unwrap();
        }
        assert!(step(&visitor.page(&address).await, "prev").is_some());
    }
}
