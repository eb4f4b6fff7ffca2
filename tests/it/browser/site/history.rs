//! What was done on the site in its last weeks, in the order of the audit log.

use chrono::TimeDelta;
use mcp_admin::auth::TokenRules;
use mcp_admin::clock::UtcTime;
use mcp_admin::services::tokens::{self, Secrets};
use mcp_admin::services::{groups, users};
use serde_json::json;

use super::tokens::issue_until;
use super::{ARTICLE, Filled, OFFICE};
use crate::browser::PASSWORD;
use crate::harness::{Agent, Visitor};

fn permissions(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// All of it, up to a few minutes ago, with the tokens that were issued meanwhile.
pub async fn happen(site: &mut Filled) {
    issue_until(site, 45);
    site.go(TimeDelta::hours(45 * 24 - 3));
    site.act("marco", |tx, actor, now| tokens::deactivate(tx, actor, now, site.token("old-sync")));
    issue_until(site, 13);
    a_table_vanished(site);
    site.go(TimeDelta::minutes(13 * 1440 - 211));
    site.act("anna", |tx, actor, now| users::deactivate(tx, actor, now, site.user("jo")));
    issue_until(site, 6);
    days_ago(site).await;
    issue_until(site, 2);
    comment(site).await;
    issue_until(site, 1);
    rotate(site);
    hours_ago(site).await;
}

/// A model whose table somebody dropped, with the permissions that are left of it.
fn a_table_vanished(site: &Filled) {
    let group = site.group("Editors");
    let made = format!(
        "INSERT INTO content_types (app_label, model, name, is_stale) VALUES ('blog', 'newsletter', 'newsletter', TRUE);
         INSERT INTO permissions (content_type_id, codename, name)
         SELECT content_types.id, verb.column1 || '_newsletter', 'Can ' || verb.column1 || ' newsletter'
         FROM content_types, (VALUES ('add'), ('change'), ('delete'), ('view')) AS verb WHERE is_stale;
         INSERT INTO group_permissions (group_id, permission_id)
         SELECT {group}, id FROM permissions WHERE codename IN ('view_newsletter', 'change_newsletter');"
    );
    site.app.db.execute_script(&made).unwrap();
}

async fn days_ago(site: &Filled) {
    site.go(TimeDelta::minutes(6 * 1440 + 17));
    for (name, slug) in [("Security", "security"), ("Agents", "agents"), ("Release notes", "release-notes")] {
        site.done("legacy-import", "create_tag", json!({"data": {"name": name, "slug": slug}})).await;
    }
    let article = json!({
        "title": "Notes on moving a blog", "slug": "notes-on-moving-a-blog", "author": 3, "status": "draft",
        "summary": "What we kept, what we left, and how long it took.", "word_count": 840,
    });
    site.done("legacy-import", "create_article", json!({ "data": article })).await;
    site.go(TimeDelta::minutes(5 * 1440 + 142));
    let more = permissions(&["blog.publish_article", "blog.change_tag"]);
    site.act("marco", |tx, actor, now| groups::grant(tx, actor, now, site.group("Editors"), &more));
    site.go(TimeDelta::minutes(3 * 1440 + 311));
    let more = permissions(&["blog.change_tag", "blog.delete_tag"]);
    site.act("anna", |tx, actor, now| tokens::grant(tx, actor, now, site.token("ci-deploy"), &more));
    site.go(TimeDelta::minutes(2 * 1440 + 187));
    let changes = json!({"title": "Shipping MCP to production", "slug": "shipping-mcp", "summary": SUMMARY, "body": BODY});
    site.done("ci-deploy", "update_article", json!({"id": ARTICLE, "data": changes})).await;
}

const SUMMARY: &str = "What we learned from letting three agents loose on the production blog.";
const BODY: &str = "Last month we let three agents loose on the production blog. This is what we learned about \
permissions, audit trails and sleeping well at night.

The first week we gave every agent the same token. By Wednesday nobody could say which of them had renamed two \
hundred tags. By Friday each had a token of its own, with as little as its job needs.";

/// The comments on the article, within half a day.
async fn comment(site: &Filled) {
    for (n, (name, body)) in (0..).zip(COMMENTS) {
        site.go(TimeDelta::minutes(40 * 60 - n * 67));
        let comment = json!({"article": ARTICLE, "author_name": name, "body": body, "is_approved": true});
        site.done("comment-moderation", "create_comment", json!({ "data": comment })).await;
    }
}

/// The token of the warehouse gets another secret, and the old one goes on for a day.
fn rotate(site: &mut Filled) {
    site.go(TimeDelta::minutes(553));
    let rules = TokenRules::default();
    let id = site.token("warehouse-sync");
    let secrets = Secrets { rng: &mut rand::rng(), rules: &rules };
    let rotated =
        site.act("anna", |tx, actor, now| tokens::rotate(tx, actor, now, id, TimeDelta::hours(24), secrets));
    let agent = Agent::new(&site.app.url, rotated.plain.reveal(), Some(id));
    site.agents.insert("warehouse-sync", agent);
}

async fn hours_ago(site: &Filled) {
    site.go(TimeDelta::minutes(481));
    site.done("support-triage", "update_order", json!({"id": 838, "data": {"status": "paid"}})).await;
    site.call("support-triage", "delete_order", json!({"id": 838})).await;
    site.go(TimeDelta::minutes(430));
    for id in [3, 7, 12] {
        site.done("warehouse-sync", "update_product", json!({"id": id % 12 + 1, "data": {"stock": 30 * id}}))
            .await;
    }
    site.go(TimeDelta::minutes(300));
    site.call("translation-helper", "create_author", json!({"data": {"name": "M. Laurent"}})).await;
    site.go(TimeDelta::minutes(245));
    let visitor = visit(site, "lena").await;
    let tag = [("d.name", "Field notes"), ("d.slug", "field-notes")];
    send(&visitor, "/admin/apps/blog/tag/new", &tag).await;
    site.go(TimeDelta::minutes(125));
    let visitor = visit(site, "marco").await;
    send(&visitor, "/admin/apps/blog/tag/new", &[("d.name", "Interviews"), ("d.slug", "interviews")]).await;
    site.go(TimeDelta::minutes(64));
    site.done(
        "translation-helper",
        "update_article",
        json!({"id": 21, "data": {"title": "Least privilege for agents"}}),
    )
    .await;
    site.go(TimeDelta::minutes(41));
    let data = json!({"status": "published", "is_featured": true, "published_at": seconds(site.app.clock.now()), "rating": "4.80"});
    site.done("ci-deploy", "update_article", json!({"id": ARTICLE, "data": data})).await;
    site.go(TimeDelta::minutes(28));
    site.call("ci-deploy", "delete_article", json!({"id": 1183})).await;
    site.go(TimeDelta::minutes(26));
    visit(site, "anna").await;
    site.go(TimeDelta::minutes(21));
    site.done(
        "ci-deploy",
        "update_article",
        json!({"id": ARTICLE, "data": {"word_count": 1240, "tags": [2, 5, 25, 26]}}),
    )
    .await;
    site.go(TimeDelta::minutes(8));
    site.done("comment-moderation", "delete_comment", json!({"id": 2})).await;
}

const COMMENTS: [(&str, &str); 11] = [
    ("Farah", "We had the same week with one shared token. Never again."),
    ("Hiro", "How did you decide which agent may publish?"),
    ("Ines", "The part about sleeping well made me laugh."),
    ("Jonas", "Is the list of permissions somewhere to copy?"),
    ("Kavya", "Please write more about the audit trail."),
    ("Liam", "Two hundred tags! Did you get them back?"),
    ("Maya", "We rotate on Mondays now, with a day of grace."),
    ("Noor", "A token each sounds like work, but it is not."),
    ("Olga", "Which of the three was the most useful?"),
    ("Paulo", "Thank you, this goes to our whole team."),
    ("Yara", "Waiting for the second part."),
];

/// Without the fractions, as people write it.
fn seconds(at: UtcTime) -> UtcTime {
    UtcTime::from_micros(at.micros() / 1_000_000 * 1_000_000)
}

/// Somebody with a browser in the office, signed in at this moment.
async fn visit(site: &Filled, username: &str) -> Visitor {
    let visitor = Visitor::new(&site.app.url);
    send(&visitor, "/admin/sign-in", &[("username", username), ("password", PASSWORD)]).await;
    visitor
}

async fn send(visitor: &Visitor, path: &str, fields: &[(&str, &str)]) {
    const SAFARI: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                          Version/19.0 Safari/605.1.15";
    let form = visitor.form(path, fields).header("x-forwarded-for", OFFICE).header("user-agent", SAFARI);
    let answer = visitor.send(form).await;
    assert_eq!(answer.status, 303, "{path}: {}", answer.text);
}
