//! The guard in front of a real server on a free port.

mod site;

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use actix_web::{App, web};
use chrono::TimeDelta;
use diesel::prelude::*;

use super::{Guard, GuardOptions, bearer};
use crate::auth::{Actor, PlainToken, TokenHasher};
use crate::db::schema::{
    group_permissions, groups, token_groups, tokens, usage_buckets, user_permissions, users,
};
use crate::web::testing::Memory;
use site::{Draft, Site, serve};

#[actix_web::test]
async fn a_valid_token_comes_in_and_the_second_call_asks_no_database() {
    let site = Site::start();
    let (_, plain) = site.issue(Draft { permissions: &["blog.view_article"], ..Draft::default() });
    let first = site.get(&plain).await;
    assert_eq!(first.body, "ada false blog.view_article");
    assert_eq!(site.status(&plain).await, 200);
    assert_eq!((site.loads(), site.guard.stats().hits.load(Relaxed)), (1, 1));
}

#[actix_web::test]
async fn r04_malformed_tokens_cost_no_hash_and_no_query() {
    let site = Site::start();
    let (_, plain) = site.issue(Draft::default());
    let mut broken = plain.reveal().to_owned();
    broken.replace_range(20..21, if &broken[20..21] == "x" { "y" } else { "x" });
    let long = "x".repeat(2000);
    for text in ["nonsense", "", &broken, &long] {
        let answer = site.ask("/", &[("Authorization", &format!("Bearer {text}"))]).await;
        assert_eq!(answer.status, 401, "{text}");
    }
    assert_eq!((site.guard.stats().hashes.load(Relaxed), site.loads()), (0, 0));
}

#[actix_web::test]
async fn r06_every_invalid_token_gets_the_same_bytes() {
    let site = Site::start();
    let now = site.clock.now();
    let (_, inactive) = site.issue(Draft { is_active: false, ..Draft::default() });
    let (_, expired) = site.issue(Draft { expires_at: Some(now), ..Draft::default() });
    let old = PlainToken::generate(&mut rand::rng());
    site.issue(Draft { previous: Some((old.clone(), Some(now))), ..Draft::default() });
    let (_, orphan) = site.issue(Draft { owner: "root", ..Draft::default() });
    diesel::update(users::table.filter(users::username.eq("root")))
        .set(users::is_active.eq(false))
        .execute(&mut *site.db.conn().unwrap())
        .unwrap();
    let unknown = PlainToken::generate(&mut rand::rng());
    let malformed = site.ask("/", &[("Authorization", "Bearer x")]).await.whole_without(&["date"]);
    assert!(malformed.starts_with("HTTP/1.1 401"), "{malformed}");
    assert!(malformed.contains(r#"Bearer realm="mcp", error="invalid_token""#), "{malformed}");
    for (name, plain) in [
        ("inactive", inactive),
        ("expired", expired),
        ("rotated", old),
        ("owner inactive", orphan),
        ("unknown", unknown),
    ] {
        assert_eq!(site.get(&plain).await.whole_without(&["date"]), malformed, "{name}");
        assert_eq!(site.get(&plain).await.whole_without(&["date"]), malformed, "{name}, second time");
    }
}

#[actix_web::test]
async fn r07_expiry_is_judged_on_every_request_also_when_remembered() {
    let site = Site::start();
    let minute = TimeDelta::minutes(1);
    let end = site.clock.now().plus(minute);
    let (_, plain) = site.issue(Draft { expires_at: Some(end), ..Draft::default() });
    assert_eq!(site.status(&plain).await, 200);
    let left = TimeDelta::microseconds(end.micros() - site.clock.now().micros());
    site.clock.advance(left - TimeDelta::seconds(5));
    assert_eq!(site.status(&plain).await, 200);
    site.clock.advance(TimeDelta::seconds(5));
    assert_eq!(site.status(&plain).await, 401);
    assert_eq!(site.loads(), 1);
}

#[actix_web::test]
async fn r08_a_revocation_holds_for_the_next_request_here_and_soon_elsewhere() {
    let site = Site::start();
    let other = Guard::new(
        site.db.clone(),
        TokenHasher::sha256(),
        site.clock.clone(),
        GuardOptions { epoch_poll_interval: Duration::from_millis(50), ..GuardOptions::default() },
    )
    .unwrap();
    let elsewhere = Site { address: serve(&other), guard: other, ..Site::start() };
    let (id, plain) = site.issue(Draft::default());
    assert_eq!((site.status(&plain).await, elsewhere.status(&plain).await), (200, 200));
    site.change(|tx| {
        diesel::update(tokens::table.find(id.0)).set(tokens::is_active.eq(false)).execute(&mut **tx)
    });
    site.guard.invalidate();
    assert_eq!(site.status(&plain).await, 401);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(elsewhere.status(&plain).await, 401);
}

#[actix_web::test]
async fn r09_r11_a_token_has_its_own_permissions_and_those_of_its_groups() {
    let site = Site::start();
    let (id, plain) =
        site.issue(Draft { owner: "root", permissions: &["blog.view_article"], ..Draft::default() });
    assert_eq!(site.get(&plain).await.body, "root false blog.view_article");
    let path = ("Authorization", &*format!("Bearer {}", plain.reveal()));
    assert_eq!(site.ask("/add", &[path]).await.status, 403);

    let added = site.permission("blog.add_article");
    let conn = &mut *site.db.conn().unwrap();
    diesel::insert_into(groups::table).values(groups::name.eq("Editors")).execute(conn).unwrap();
    diesel::insert_into(group_permissions::table)
        .values((group_permissions::group_id.eq(1), group_permissions::permission_id.eq(added)))
        .execute(conn)
        .unwrap();
    site.change(|tx| {
        diesel::insert_into(token_groups::table)
            .values((token_groups::token_id.eq(id.0), token_groups::group_id.eq(1)))
            .execute(&mut **tx)
    });
    site.guard.invalidate();
    assert_eq!(site.get(&plain).await.body, "root false blog.add_article,blog.view_article");
    assert_eq!(site.ask("/add", &[path]).await.status, 200);
}

#[actix_web::test]
async fn r09_a_token_can_be_limited_to_what_its_owner_may() {
    let site = Site::start();
    let view = site.permission("blog.view_article");
    diesel::insert_into(user_permissions::table)
        .values((user_permissions::user_id.eq(1), user_permissions::permission_id.eq(view)))
        .execute(&mut *site.db.conn().unwrap())
        .unwrap();
    let both = &["blog.view_article", "blog.add_article"];
    let draft = |owner| Draft { limit_to_owner: true, owner, permissions: both, ..Draft::default() };
    let (_, of_ada) = site.issue(draft("ada"));
    let (_, of_root) = site.issue(draft("root"));
    assert_eq!(site.get(&of_ada).await.body, "ada false blog.view_article");
    assert_eq!(site.get(&of_root).await.body, "root false blog.add_article,blog.view_article");
}

#[actix_web::test]
async fn r12_uses_are_written_once_an_interval_and_only_forward() {
    let site = Site::start();
    let (id, plain) = site.issue(Draft::default());
    let app = App::new().service(web::resource("/").wrap(bearer(&site.guard)).get(async || "ok"));
    let app = actix_web::test::init_service(app).await;
    for _ in 0..10_000 {
        let request = actix_web::test::TestRequest::get()
            .insert_header(("Host", "localhost"))
            .insert_header(("Authorization", format!("Bearer {}", plain.reveal())))
            .to_request();
        assert!(actix_web::test::call_service(&app, request).await.status().is_success());
    }
    assert_eq!((site.last_used(id), site.guard.unwritten()), (None, 1));
    site.guard.flush().unwrap();
    let first = site.last_used(id).unwrap();
    assert_eq!(site.guard.stats().flushed_tokens.load(Relaxed), 1);

    site.clock.advance(TimeDelta::minutes(-5));
    assert_eq!(site.status(&plain).await, 200);
    site.guard.flush().unwrap();
    assert_eq!(site.last_used(id), Some(first), "never backward");
    assert_eq!(site.guard.unwritten(), 0);

    site.clock.advance(TimeDelta::minutes(10));
    assert_eq!(site.status(&plain).await, 200);
    site.guard.shutdown();
    assert!(site.last_used(id).unwrap() > first, "flushed at the end");
    let ip: Option<String> =
        tokens::table.find(id.0).select(tokens::last_used_ip).first(&mut *site.db.conn().unwrap()).unwrap();
    assert_eq!(ip.as_deref(), Some("127.0.0.1"));
}

#[actix_web::test]
async fn r12_a_flush_that_fails_is_kept_and_requests_go_on() {
    let site = Site::start();
    let (id, plain) = site.issue(Draft::default());
    let conn = &mut *site.db.conn().unwrap();
    diesel::sql_query("CREATE TRIGGER full BEFORE UPDATE ON tokens BEGIN SELECT RAISE(ABORT, 'full'); END")
        .execute(conn)
        .unwrap();
    for _ in 0..3 {
        assert_eq!(site.status(&plain).await, 200);
        site.guard.flush().unwrap_err();
        assert_eq!(site.guard.unwritten(), 1);
    }
    diesel::sql_query("DROP TRIGGER full").execute(conn).unwrap();
    site.guard.flush().unwrap();
    assert!(site.last_used(id).is_some());
    let calls: i64 = usage_buckets::table.select(usage_buckets::calls).first(conn).unwrap();
    assert_eq!(calls, 3);
}

#[actix_web::test]
async fn calls_denials_and_errors_are_counted_by_hour_and_deleted_tokens_left_out() {
    let site = Site::start();
    let (_, plain) = site.issue(Draft::default());
    let (gone, deleted) = site.issue(Draft::default());
    let header = ("Authorization", &*format!("Bearer {}", plain.reveal()));
    for (path, status) in [("/", 200), ("/denied", 200), ("/add", 403), ("/failed", 500), ("/", 200)] {
        assert_eq!(site.ask(path, &[header]).await.status, status, "{path}");
    }
    assert_eq!(site.status(&deleted).await, 200);
    let conn = &mut *site.db.conn().unwrap();
    diesel::delete(tokens::table.find(gone.0)).execute(conn).unwrap();
    site.guard.flush().unwrap();
    assert_eq!(site.status(&plain).await, 200);
    site.guard.flush().unwrap();
    let rows: Vec<(i64, i64, i64)> = usage_buckets::table
        .select((usage_buckets::calls, usage_buckets::denials, usage_buckets::errors))
        .load(conn)
        .unwrap();
    assert_eq!(rows, [(6, 2, 1)]);
}

#[actix_web::test]
async fn r14_a_rotated_secret_is_good_for_its_grace_and_reported_after() {
    let reported = Arc::new(std::sync::Mutex::new(Vec::new()));
    let sink = Arc::clone(&reported);
    let site = Site::with(|options| {
        options.on_rotated_use = Some(Arc::new(move |actor: &Actor| {
            let token = actor.principal.token.as_ref().unwrap();
            sink.lock().unwrap().push((token.id, actor.origin.ip.unwrap().to_string()));
        }));
    });
    let old = PlainToken::generate(&mut rand::rng());
    let until = site.clock.now().plus(TimeDelta::hours(1));
    let (id, new) = site.issue(Draft { previous: Some((old.clone(), Some(until))), ..Draft::default() });
    assert_eq!((site.status(&old).await, site.status(&new).await), (200, 200));
    site.clock.advance(TimeDelta::hours(2));
    assert_eq!((site.status(&old).await, site.status(&new).await), (401, 200));
    assert_eq!(*reported.lock().unwrap(), [(id, "127.0.0.1".to_owned())]);
}

#[actix_web::test]
async fn r16_r17_r18_r19_the_challenge_says_what_was_wrong() {
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], u16, Option<&'a str>);
    let site = Site::start();
    let (_, plain) = site.issue(Draft::default());
    let good = &*format!("Bearer {}", plain.reveal());
    let missing = "Bearer realm=\"mcp\"";
    let invalid = "Bearer realm=\"mcp\", error=\"invalid_token\"";
    let cases: [Case<'_>; 9] = [
        ("/", &[], 401, Some(missing)),
        ("/", &[("Authorization", "Basic eDp5")], 401, Some(missing)),
        ("/", &[("Authorization", "DPoP x")], 401, Some(missing)),
        ("/", &[("Cookie", "session=abc")], 401, Some(missing)),
        (&format!("/?access_token={}", plain.reveal()), &[], 401, Some(missing)),
        ("/", &[("Authorization", "Bearer x")], 401, Some(invalid)),
        ("/", &[("Authorization", good), ("Authorization", good)], 400, None),
        (&format!("/?access_token={}", plain.reveal()), &[("Authorization", good)], 400, None),
        ("/", &[("Authorization", &good.replace("Bearer", "bEARER "))], 200, None),
    ];
    for (path, headers, status, challenge) in cases {
        let answer = site.ask(path, headers).await;
        assert_eq!(answer.status, status, "{path} {headers:?}");
        if let Some(challenge) = challenge {
            assert_eq!(answer.header("www-authenticate"), challenge, "{path} {headers:?}");
            assert_eq!(answer.header("content-type"), "application/json");
        }
        if status == 400 {
            assert_eq!(answer.json()["error"], "invalid_request");
        }
    }
}

#[actix_web::test]
async fn r20_foreign_hosts_and_origins_are_refused_whatever_the_token() {
    let site = Site::with(|options| options.allowed_origins = vec!["https://app.example".into()]);
    let (_, plain) = site.issue(Draft::default());
    let good = ("Authorization", &*format!("Bearer {}", plain.reveal()));
    for (headers, status) in [
        (vec![good], 200),
        (vec![good, ("Host", "localhost:9999")], 200),
        (vec![good, ("Host", "evil.example")], 403),
        (vec![good, ("Origin", "http://evil.example")], 403),
        (vec![good, ("Origin", "null")], 403),
        (vec![good, ("Origin", "http://localhost:3000")], 200),
        (vec![good, ("Origin", "https://app.example")], 200),
        (vec![("Origin", "http://evil.example")], 403),
    ] {
        assert_eq!(site.ask("/", &headers).await.status, status, "{headers:?}");
    }
}

#[actix_web::test]
async fn r21_a_database_that_cannot_be_asked_is_a_503_and_known_tokens_go_on_for_the_grace() {
    let site = Site::with(|options| options.epoch_grace = Duration::from_secs(2));
    let (_, known) = site.issue(Draft::default());
    let (_, new) = site.issue(Draft::default());
    assert_eq!(site.status(&known).await, 200);
    let rename = |from: &str, to: &str| {
        let sql = format!("ALTER TABLE {from} RENAME TO {to}");
        diesel::sql_query(sql).execute(&mut *site.db.conn().unwrap()).unwrap();
    };
    rename("tokens", "gone");
    rename("authz_epoch", "gone_too");
    assert_eq!(site.status(&known).await, 200);
    let answer = site.get(&new).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
    tokio::time::sleep(Duration::from_millis(2200)).await;
    assert!(!site.guard.is_fresh());
    assert_eq!(site.status(&known).await, 503, "after the grace memory is not trusted");
    rename("gone", "tokens");
    assert_eq!(site.status(&known).await, 200, "each request asks the database");
    rename("gone_too", "authz_epoch");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(site.guard.is_fresh());
}

#[actix_web::test]
async fn r39_r17_neither_answers_nor_logs_at_trace_show_a_token() {
    let log = Memory::default();
    let sink = log.clone();
    let everything = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || sink.clone())
        .finish();
    tracing::subscriber::set_global_default(everything).unwrap();
    let site = Site::start();
    let (_, plain) = site.issue(Draft::default());
    let unknown = PlainToken::generate(&mut rand::rng());
    assert_eq!((site.status(&plain).await, site.status(&unknown).await), (200, 401));
    site.ask(&format!("/?access_token={}", plain.reveal()), &[]).await;
    site.ask("/", &[("Authorization", &format!("Basic {}", plain.reveal()))]).await;
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("TRACE"), "nothing was logged: {text}");
    for token in [&plain, &unknown] {
        assert!(!text.contains(&token.reveal()[12..]));
    }
    assert!(!site.get(&unknown).await.whole_without(&["date"]).contains(&unknown.reveal()[4..]));
}

#[actix_web::test]
async fn r53_five_hundred_misses_on_one_token_are_one_load() {
    let site = Site::start();
    let (_, plain) = site.issue(Draft::default());
    let digest = plain.digest(&TokenHasher::sha256());
    let tasks: Vec<_> = (0..500)
        .map(|_| {
            let guard = Arc::clone(&site.guard);
            actix_web::rt::spawn(async move { guard.load(&digest).await.unwrap().is_some() })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap());
    }
    assert_eq!(site.loads(), 1);
}

#[actix_web::test]
async fn r53_made_up_tokens_are_not_remembered() {
    let site = Site::start();
    for _ in 0..2000 {
        let digest = PlainToken::generate(&mut rand::rng()).digest(&TokenHasher::sha256());
        assert!(site.guard.load(&digest).await.unwrap().is_none());
    }
    assert_eq!((site.guard.remembered(), site.guard.unwritten()), (0, 0));
}

#[actix_web::test]
async fn r54_an_address_that_fails_too_often_waits_but_valid_tokens_behind_it_do_not() {
    let site = Site::with(|options| options.failures_per_minute = 5);
    let (_, plain) = site.issue(Draft::default());
    let unknown = PlainToken::generate(&mut rand::rng());
    for _ in 0..5 {
        assert_eq!(site.status(&unknown).await, 401);
    }
    let answer = site.get(&unknown).await;
    assert_eq!(answer.status, 429);
    assert!(!answer.header("retry-after").is_empty());
    assert_eq!(site.status(&plain).await, 200);
}
