//! The users and groups of the site.

use chrono::TimeDelta;
use mcp_admin::db::UserId;
use mcp_admin::services::users::{self, NewUser};
use mcp_admin::services::{groups, tokens};

use super::Filled;
use crate::browser::PASSWORD;

/// A user: name, address, days ago, whether staff.
const USERS: [(&str, &str, i64, bool); 6] = [
    ("anna", "anna.keller@example.com", 420, true),
    ("marco", "marco.bianchi@example.com", 380, true),
    ("ops", "operations@example.com", 379, false),
    ("lena", "lena.vogt@example.com", 310, true),
    ("jo", "jo.okafor@example.com", 290, true),
    ("priya", "priya.nair@example.com", 205, true),
];

/// A group: name, members, permissions, days ago.
type Group = (&'static str, &'static [&'static str], &'static [&'static str], i64);

const GROUPS: [Group; 5] = [
    (
        "Editors",
        &["marco", "lena", "priya"],
        &[
            "blog.view_article",
            "blog.add_article",
            "blog.change_article",
            "blog.view_author",
            "blog.view_tag",
            "blog.add_tag",
            "blog.view_comment",
        ],
        200,
    ),
    (
        "Readers",
        &["lena"],
        &["blog.view_article", "blog.view_author", "blog.view_comment", "blog.view_tag"],
        200,
    ),
    (
        "Shop operations",
        &["ops", "priya"],
        &[
            "shop.view_customer",
            "shop.view_order",
            "shop.change_order",
            "shop.view_order_line",
            "shop.view_product",
            "shop.change_product",
        ],
        190,
    ),
    (
        "Support",
        &["jo", "priya"],
        &["shop.view_customer", "shop.view_order", "blog.view_comment", "blog.change_comment"],
        189,
    ),
    ("Auditors", &["priya"], &["admin.view_logentry", "mcp.view_token", "auth.view_user"], 186),
];

/// Makes them, the first user at the command line and the rest by `anna`.
pub fn arrive(site: &mut Filled) {
    let password = users::prepare_password(PASSWORD, "anna").unwrap();
    for (n, (username, email, days_ago, is_staff)) in (0..).zip(USERS) {
        site.go(TimeDelta::days(days_ago) + TimeDelta::minutes(n * 53));
        let new = NewUser {
            username: username.into(),
            email: email.into(),
            password: is_staff.then(|| password.clone()),
            is_active: true,
            is_staff,
            is_superuser: username == "anna",
        };
        let id: UserId = if username == "anna" {
            site.app.write(|tx, actor| users::create(tx, actor, site.app.clock.now(), &new)).id
        } else {
            site.act("anna", |tx, actor, now| users::create(tx, actor, now, &new)).id
        };
        site.users.insert(username, id);
    }
    site.go(TimeDelta::days(201));
    let administering = site.act("anna", |tx, _, _| {
        let apps = ["mcp", "auth", "admin"].map(|app| tokens::full_access(tx, app));
        apps.into_iter().collect::<mcp_admin::error::Result<Vec<_>>>().map(|found| found.concat())
    });
    group(site, "Administrators", &["marco"], &administering);
    for (n, (name, members, permissions, days_ago)) in (0..).zip(GROUPS) {
        site.go(TimeDelta::days(days_ago) - TimeDelta::minutes(n * 34));
        let permissions: Vec<String> = permissions.iter().map(ToString::to_string).collect();
        group(site, name, members, &permissions);
    }
}

fn group(site: &mut Filled, name: &'static str, members: &[&str], permissions: &[String]) {
    let members: Vec<UserId> = members.iter().map(|member| site.users[member]).collect();
    let id = site.act("anna", |tx, actor, now| {
        let id = groups::create(tx, actor, now, name)?.id;
        groups::set_permissions(tx, actor, now, id, permissions)?;
        groups::set_members(tx, actor, now, id, &members)?;
        Ok(id)
    });
    site.groups.insert(name, id);
}
