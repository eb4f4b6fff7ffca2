//! What pages cost, however much there is: queries, bytes, and what the database reads for them.

mod pages;
mod records;
mod tokens;

use mcp_admin::auth::Actor;
use mcp_admin::clock::Clock;
use mcp_admin::services::users::{self, NewUser, prepare_password};

use crate::harness::{PASSWORD, Process, Site, Visitor};

/// Queries that a page may cost; the numbers of the side bar are kept for some seconds and not among them.
const MOST_QUERIES: u64 = 20;

/// What one page costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    /// Queries of the server. Asking for their number costs some as well, always the same.
    queries: u64,
    /// Bytes of the page.
    bytes: usize,
}

/// A server that asks its database hardly ever of its own accord, and a superuser at it.
async fn serve(site: &Site) -> (Process, Visitor) {
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
    let settings = "epoch_poll_interval = \"1h\"\nepoch_grace = \"2h\"\nusage_flush_interval = \"1h\"\n\
        expiry_notice_interval = \"1h\"\n";
    let process = Process::serve(site, settings);
    let visitor = sign_in(&process).await;
    (process, visitor)
}

/// The superuser at another browser.
async fn sign_in(process: &Process) -> Visitor {
    let visitor = Visitor::new(&process.url);
    assert_eq!(visitor.sign_in("boss").await.status, 303);
    visitor
}

/// Queries of the server so far.
async fn queries(visitor: &Visitor) -> u64 {
    let metrics = visitor.page("/metrics").await;
    let line = metrics.lines().find(|line| line.starts_with("mcp_admin_db_queries_total{outcome=\"ok\"}"));
    line.unwrap().rsplit(' ').next().unwrap().parse().unwrap()
}

/// What an address costs, at the cheapest of three looks: numbers that are kept for some seconds may be
/// counted anew during one of them, and where a look takes as long as that, during each.
async fn cost(visitor: &Visitor, address: &str) -> Cost {
    let mut cheapest = None;
    for _ in 0..3 {
        let before = queries(visitor).await;
        let answer = visitor.get(address).await;
        assert!(answer.status < 400, "{address}: {} {}", answer.status, answer.text);
        let cost = Cost { queries: queries(visitor).await - before, bytes: answer.text.len() };
        cheapest = cheapest.min(Some(cost)).or(Some(cost));
    }
    cheapest.unwrap()
}

/// Whether a page with much asks no more than it asks with little, but for the one query that counts anew.
fn asks_no_more(few: Cost, many: Cost) -> bool {
    many.queries <= few.queries + 1
}

/// Insists that a page with much costs what it costs with little: as many queries, and a few bytes more for
/// longer numbers and names.
fn insist(address: &str, few: Cost, many: Cost) {
    assert!(asks_no_more(few, many), "{address}: {few:?} {many:?}");
    assert!(many.bytes < few.bytes + few.bytes / 5 + 4_000, "{address}: {few:?} {many:?}");
}
