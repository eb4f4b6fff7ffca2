//! A hundred thousand tokens: what a page costs does not depend on where it is, and an export is never in
//! memory as a whole.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use mcp_admin::db::Backend;
use serde_json::Value;

use crate::harness::{Agent, Process, Site, on_each};

const TOKENS: usize = 100_000;
/// Rows of a page, and pages that are looked at together.
const ROWS: usize = 200;
const PAGES: usize = 10;
/// What may be read of the database's file for one row of a page: a few of its pages, where rows that are next to
/// each other in the list are far from each other in the file. A look at all tokens for each page would be ten times
/// as much.
const BYTES_A_ROW: u64 = 16_000;
/// How much the memory may grow while all pages are read, which have half as much again.
const GROWTH: u64 = 32_000_000;

/// Tokens of one owner, each with a permission and every second one in a group.
fn fill(site: &Site, tokens: std::ops::RangeInclusive<usize>) {
    let (digest, later) = match site.backend {
        Backend::Sqlite => ("randomblob(32)", "datetime('now', '+30 days')"),
        Backend::Postgres => {
            ("decode(md5(i::text) || md5(i::text || 'x'), 'hex')", "now() + interval '30 days'")
        }
    };
    let (first, end) = (tokens.start(), tokens.end());
    let new = format!("t.prefix BETWEEN 'mcp_{}' AND 'mcp_{}'", 10_000_000 + first, 10_000_000 + end);
    let script = format!(
        "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {end})
         INSERT INTO tokens (name, user_id, prefix, digest, hash_alg, created_at, expires_at, note)
         SELECT 'Token ' || (i * 7919 % {TOKENS}), 1, 'mcp_' || (10000000 + i), {digest}, 'sha256', CURRENT_TIMESTAMP,
             CASE WHEN i % 3 = 0 THEN NULL ELSE {later} END,
             'Made by the hundred thousand, to see what a list of all of them costs' FROM n;
         INSERT INTO token_permissions (token_id, permission_id)
         SELECT t.id, (SELECT min(id) FROM permissions) FROM tokens t WHERE {new};
         INSERT INTO token_groups (token_id, group_id)
         SELECT t.id, 1 FROM tokens t WHERE {new} AND t.id % 2 = 0;
         ANALYZE;"
    );
    site.open().execute_script(&script).unwrap();
}

/// A server whose own background work asks the database hardly ever, and who may see tokens.
fn serve(site: &Site) -> (Process, Agent) {
    site.cli(&["user", "create", "ada"]);
    site.cli(&["group", "create", "Readers", "--perm", "blog.view_article"]);
    let made = site.cli(&[
        "token",
        "create",
        "--name",
        "Agent",
        "--user",
        "ada",
        "--perm",
        "mcp.view_token",
        "--perm",
        "admin.view_logentry",
    ]);
    let settings = "workers = 1\nepoch_poll_interval = \"1h\"\nepoch_grace = \"2h\"\nusage_flush_interval = \"1h\"\nexpiry_notice_interval = \"1h\"\n[api]\nrequests_per_minute = 0\n";
    let process = Process::serve(site, settings);
    let agent = Agent::new(&process.url, made["token"].as_str().unwrap(), None);
    (process, agent)
}

/// A number of the process's own, in bytes.
fn of_process(process: &Process, file: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/{file}", process.id())).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let number = line.trim_start_matches(':').trim().split(' ').next().unwrap();
    number.parse::<u64>().unwrap() * if line.ends_with("kB") { 1024 } else { 1 }
}

/// The most memory that it ever had. The system counts it roughly: it may even read a little less later on.
fn peak(process: &Process) -> u64 {
    of_process(process, "status", "VmHWM")
}

/// Queries so far.
async fn queries(agent: &Agent) -> u64 {
    let metrics = agent.rest("GET", "/metrics", None).await.text;
    let line =
        metrics.lines().find(|line| line.starts_with("mcp_admin_db_queries_total{outcome=\"ok\"}")).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// Rows of tokens that PostgreSQL has read for anybody so far.
fn rows_read(site: &Site) -> i64 {
    let mut conn = PgConnection::establish(&site.url).unwrap();
    let text = "SELECT (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint AS rows \
                FROM pg_stat_user_tables WHERE relname = 'tokens'";
    diesel::sql_query(text).get_result::<Count>(&mut conn).unwrap().rows
}

/// PostgreSQL counts up to a second or so later.
fn settled_rows(site: &Site) -> i64 {
    let mut before = -1;
    for _ in 0..20 {
        std::thread::sleep(std::time::Duration::from_millis(1500));
        let now = rows_read(site);
        if now == before {
            break;
        }
        before = now;
    }
    before
}

/// Follows a list from an address on; the address of the next page, and the ids that were seen.
async fn follow(agent: &Agent, from: &str, pages: usize) -> (Option<String>, Vec<i64>) {
    let (mut address, mut ids) = (Some(from.to_owned()), Vec::new());
    for _ in 0..pages {
        let Some(at) = address.take() else { break };
        let page = agent.rest("GET", &at, None).await;
        assert_eq!(page.status, 200, "{}", page.text);
        ids.extend(page.body["results"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()));
        let next =
            page.header("link").split(", ").find(|link| link.ends_with("rel=\"next\"")).map(str::to_owned);
        address = next.map(|link| link[1..link.find('>').unwrap()].to_owned());
    }
    (address, ids)
}

/// Follows a few pages and insists on what they may cost; the address of the next one.
async fn measured(process: &Process, agent: &Agent, from: &str) -> Option<String> {
    let (asked, read) = (queries(agent).await, of_process(process, "io", "rchar"));
    let (next, ids) = follow(agent, from, PAGES).await;
    let (asked, read) = (queries(agent).await - asked, of_process(process, "io", "rchar") - read);
    assert_eq!(ids.len(), PAGES * ROWS, "{from}");
    // Tokens, their groups, their permissions, and whether the connection is alive.
    let pages = u64::try_from(PAGES).unwrap();
    assert!((3 * pages..5 * pages).contains(&asked), "{from}: {asked} queries");
    assert!(read < BYTES_A_ROW * u64::try_from(ids.len()).unwrap(), "{from}: {read} bytes");
    next
}

on_each! {
    async fn a_page_costs_the_same_wherever_it_is(backend) {
        let site = Site::new(backend);
        let (process, agent) = serve(&site);
        fill(&site, 1..=TOKENS);
        let list = |sort: &str| format!("/api/v1/tokens?limit={ROWS}&sort={sort}");
        // The first call looks the token up, and opens a connection.
        follow(&agent, &list("id"), 1).await;
        let before = peak(&process);
        let rows = (backend == Backend::Postgres).then(|| settled_rows(&site));
        let begin = measured(&process, &agent, &list("-id")).await.unwrap();
        let between = TOKENS / ROWS - 3 * PAGES;
        let (deep, ids) = follow(&agent, &begin, between).await;
        assert_eq!(ids.len(), between * ROWS);
        let rest = measured(&process, &agent, &deep.unwrap()).await.unwrap();
        assert_eq!(follow(&agent, &rest, PAGES + 1).await.1.len(), PAGES * ROWS + 1);
        for sort in ["name", "-created_at", "expires_at", "-expires_at", "last_used_at"] {
            measured(&process, &agent, &list(sort)).await;
        }
        let grown = peak(&process).saturating_sub(before);
        assert!(grown < GROWTH, "the memory grew by {grown} bytes");
        if let Some(rows) = rows {
            // Each token was shown about once. Where few are left of the list, the last are sorted rather than sought.
            let rows = settled_rows(&site) - rows;
            assert!(rows < i64::try_from(3 * TOKENS).unwrap(), "{rows} rows were read");
        }
    }

    async fn an_export_is_streamed(backend) {
        let site = Site::new(backend);
        let (process, agent) = serve(&site);
        let export = async |format: &str| agent.rest("GET", &format!("/api/v1/tokens?format={format}"), None).await.text;
        // Connections and threads take what they keep.
        let few = TOKENS / 5;
        fill(&site, 1..=few);
        for format in ["jsonl", "csv", "jsonl"] {
            export(format).await;
        }
        let before = peak(&process);
        fill(&site, few + 1..=TOKENS);
        let all = export("jsonl").await;
        let rows: Vec<&str> = all.lines().collect();
        assert_eq!(rows.len(), TOKENS + 1);
        let last: Value = serde_json::from_str(rows[TOKENS]).unwrap();
        assert_eq!(last["prefix"], format!("mcp_{}", 10_000_000 + TOKENS));
        assert_eq!(export("csv").await.lines().count(), TOKENS + 2);
        let grown = peak(&process).saturating_sub(before);
        assert!(grown < all.len() as u64 / 2, "{} bytes of export, and {grown} of memory", all.len());
        // Who reads nothing of it holds nobody up.
        let unread = agent.http("GET", "/api/v1/tokens?format=csv").send().await.unwrap();
        assert_eq!(agent.rest("GET", "/api/v1/tokens?limit=1", None).await.status, 200);
        drop(unread);
    }
}
