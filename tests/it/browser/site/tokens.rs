//! The tokens of the site, in every state, and how much they are used.

use chrono::{TimeDelta, Timelike};
use mcp_admin::auth::TokenRules;
use mcp_admin::clock::UtcTime;
use mcp_admin::models::usage::{self, BATCH, Bucket, LastUse};
use mcp_admin::services::tokens::{self, Expiry, IssueToken, Secrets};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::Filled;
use crate::harness::Agent;

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

/// A token as it was made, and how it is used.
struct Plan {
    name: &'static str,
    owner: &'static str,
    note: &'static str,
    days_ago: i64,
    /// Days from then; 0 = never expires.
    lifetime: i64,
    groups: &'static [&'static str],
    permissions: &'static [&'static str],
    /// Minutes ago, if ever.
    last_use: Option<i64>,
    address: &'static str,
    /// Calls in a busy hour.
    calls: u32,
}

const NEW: Plan = Plan {
    name: "",
    owner: "anna",
    note: "",
    days_ago: 0,
    lifetime: 90,
    groups: &[],
    permissions: &[],
    last_use: None,
    address: "203.0.113.24",
    calls: 0,
};

/// The oldest first.
const PLANS: [Plan; 16] = [
    Plan {
        name: "legacy-import",
        owner: "ops",
        note: "Imports of the old site, until they are done",
        days_ago: 170,
        lifetime: 0,
        permissions: &["blog"],
        last_use: Some(6 * DAY),
        address: "198.51.100.9",
        calls: 40,
        ..NEW
    },
    Plan {
        name: "crm-export",
        owner: "marco",
        days_ago: 150,
        permissions: &["shop.view_customer"],
        last_use: Some(88 * DAY),
        ..NEW
    },
    Plan {
        name: "old-sync",
        owner: "ops",
        days_ago: 140,
        lifetime: 365,
        groups: &["Shop operations"],
        last_use: Some(45 * DAY),
        ..NEW
    },
    Plan {
        name: "q3-analysis",
        note: "Figures of the third quarter",
        days_ago: 113,
        permissions: &["shop.view_order", "shop.view_order_line", "shop.view_product"],
        last_use: Some(30 * DAY),
        ..NEW
    },
    Plan {
        name: "reporting-agent",
        note: "Weekly figures for the meeting on Monday",
        days_ago: 88,
        groups: &["Readers"],
        permissions: &["shop.view_order", "shop.view_product"],
        last_use: Some(HOUR),
        address: "203.0.113.61",
        calls: 90,
        ..NEW
    },
    Plan { name: "seo-audit", owner: "lena", days_ago: 86, groups: &["Readers"], ..NEW },
    Plan {
        name: "newsletter-draft",
        owner: "marco",
        days_ago: 56,
        groups: &["Readers"],
        permissions: &["blog.add_article"],
        last_use: Some(41 * DAY),
        ..NEW
    },
    Plan {
        name: "warehouse-sync",
        owner: "ops",
        note: "Stock levels, every five minutes",
        days_ago: 50,
        groups: &["Shop operations"],
        last_use: Some(2),
        address: "198.51.100.40",
        calls: 320,
        ..NEW
    },
    Plan {
        name: "pricing-monitor",
        owner: "priya",
        days_ago: 40,
        lifetime: 365,
        permissions: &["shop.view_product"],
        last_use: Some(5 * HOUR),
        calls: 24,
        ..NEW
    },
    Plan {
        name: "comment-moderation",
        owner: "marco",
        note: "Approves what is harmless, leaves the rest to people",
        days_ago: 30,
        permissions: &["blog.view_comment", "blog.change_comment", "blog.add_comment", "blog.delete_comment"],
        last_use: Some(8),
        address: "203.0.113.17",
        calls: 130,
        ..NEW
    },
    Plan {
        name: "ci-deploy",
        note: "Deploy job of the docs site",
        days_ago: 23,
        groups: &["Editors"],
        permissions: &["blog.change_article", "blog.publish_article", "blog.view_tag"],
        last_use: Some(12),
        calls: 210,
        ..NEW
    },
    Plan {
        name: "onboarding-trial",
        owner: "jo",
        days_ago: 20,
        groups: &["Support"],
        last_use: Some(14 * DAY),
        calls: 6,
        ..NEW
    },
    Plan {
        name: "translation-helper",
        owner: "lena",
        days_ago: 12,
        permissions: &["blog.view_article", "blog.change_article"],
        last_use: Some(40),
        address: "203.0.113.88",
        calls: 60,
        ..NEW
    },
    Plan {
        name: "support-triage",
        owner: "marco",
        days_ago: 9,
        groups: &["Support"],
        permissions: &["shop.change_order"],
        last_use: Some(3 * HOUR),
        address: "203.0.113.17",
        calls: 45,
        ..NEW
    },
    Plan { name: "backup-verifier", owner: "ops", days_ago: 2, lifetime: 30, ..NEW },
    Plan {
        name: "docs-bot",
        owner: "lena",
        note: "Answers questions in the help channel",
        days_ago: 1,
        permissions: &["blog.view_article"],
        last_use: Some(20 * HOUR),
        address: "203.0.113.90",
        calls: 15,
        ..NEW
    },
];

/// When and how often calls were denied: token, hours ago, how many.
const DENIED: [(&str, i64, i64); 12] = [
    ("ci-deploy", 2, 16),
    ("ci-deploy", 7, 9),
    ("ci-deploy", 11, 3),
    ("translation-helper", 5, 4),
    ("support-triage", 9, 3),
    ("reporting-agent", 20, 2),
    ("ci-deploy", 4 * 24, 6),
    ("ci-deploy", 9 * 24, 4),
    ("ci-deploy", 16 * 24, 3),
    ("comment-moderation", 6 * 24, 2),
    ("warehouse-sync", 12 * 24, 11),
    ("legacy-import", 8 * 24, 5),
];

fn plan(name: &str) -> &'static Plan {
    PLANS.iter().find(|plan| plan.name == name).unwrap()
}

/// From where a token is used.
pub fn address(name: &str) -> &'static str {
    plan(name).address
}

/// Issues those that were made so many days ago or earlier.
pub fn issue_until(site: &mut Filled, days_ago: i64) {
    for (n, plan) in (0..).zip(PLANS.iter().filter(|plan| plan.days_ago >= days_ago)) {
        if !site.agents.contains_key(plan.name) {
            // Not all at the same time of day.
            site.go(TimeDelta::days(plan.days_ago) + TimeDelta::minutes(n * 97 % 420));
            let agent = issue(site, plan);
            site.agents.insert(plan.name, agent);
        }
    }
}

fn issue(site: &Filled, plan: &Plan) -> Agent {
    let issued = site.act("anna", |tx, actor, now| {
        let mut new = IssueToken::new(plan.name, site.user(plan.owner));
        plan.note.clone_into(&mut new.note);
        new.expiry = match plan.lifetime {
            0 => Expiry::Never,
            days => Expiry::At(now.plus(TimeDelta::days(days))),
        };
        new.groups = plan.groups.iter().map(|name| site.group(name)).collect();
        for permission in plan.permissions {
            match permission.split_once('.') {
                Some(_) => new.permissions.push((*permission).to_owned()),
                None => new.permissions.extend(tokens::full_access(tx, permission)?),
            }
        }
        let rules = TokenRules::default();
        tokens::issue(tx, actor, now, &new, Secrets { rng: &mut rand::rng(), rules: &rules })
    });
    Agent::new(&site.app.url, issued.plain.reveal(), Some(issued.token.id))
}

/// Writes down thirty days of use, up to the last one of each: much by day, little by night and on Sundays.
pub fn count_uses(site: &Filled) {
    let mut rng = SmallRng::seed_from_u64(20_261_123);
    let now = site.app.clock.now();
    let mut buckets = Vec::new();
    let mut uses = Vec::new();
    for plan in &PLANS {
        let Some(last) = plan.last_use else { continue };
        let token_id = site.token(plan.name);
        let ip = Some(plan.address.to_owned());
        uses.push(LastUse { token_id, at: now.plus(-TimeDelta::minutes(last)), ip });
        for hours_ago in last / HOUR..(30 * 24).min(plan.days_ago * 24) {
            let hour = beginning(now.plus(-TimeDelta::hours(hours_ago)));
            let calls = i64::from(plan.calls) * share(hour) * rng.random_range(60..140) / 10_000;
            let denied = DENIED.iter().filter(|(name, ago, _)| *name == plan.name && *ago == hours_ago);
            let denials: i64 = denied.map(|(.., count)| count).sum();
            let calls = calls + denials;
            if calls > 0 {
                buckets.push(Bucket { token_id, hour, calls, denials, errors: 0 });
            }
        }
    }
    site.act("anna", |tx, _, _| {
        usage::move_forward(tx, &uses)?;
        for batch in buckets.chunks(BATCH) {
            usage::add_to_buckets(tx, batch)?;
        }
        Ok(())
    });
}

fn beginning(at: UtcTime) -> UtcTime {
    let hour = TimeDelta::hours(1).num_microseconds().unwrap();
    UtcTime::from_micros(at.micros() / hour * hour)
}

/// Percent of what is done in a busy hour.
fn share(hour: UtcTime) -> i64 {
    const BY_HOUR: [i64; 24] =
        [12, 10, 8, 8, 10, 16, 30, 52, 78, 94, 100, 96, 72, 84, 98, 92, 80, 64, 48, 36, 28, 22, 18, 14];
    let by_hour = BY_HOUR[hour.naive().hour() as usize];
    let sundays = hour.micros().div_euclid(24 * 3_600_000_000) % 7 == 3;
    if sundays { by_hour * 4 / 5 } else { by_hour }
}
