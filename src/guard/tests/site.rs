//! A throw-away database with two owners and a guarded server over it.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use actix_web::{App, HttpMessage, HttpRequest, HttpResponse, HttpServer, web};
use diesel::prelude::*;

use super::super::{CallOutcome, Guard, GuardOptions, bearer, permission};
use crate::auth::{Actor, PlainToken, TokenHasher};
use crate::clock::{Clock, UtcTime};
use crate::db::schema::{content_types, permissions, token_permissions, tokens, users};
use crate::db::{DatabaseUrl, Db, PoolOptions, TokenId, migrate};
use crate::error::Error;
use crate::models::authz_epoch;
use crate::web::testing::{Answer, send};

/// A database with one owner, and a guarded server over it.
pub struct Site {
    pub db: Db,
    pub clock: Clock,
    pub guard: Arc<Guard>,
    pub address: String,
    pub _files: tempfile::TempDir,
}

/// A token to be made.
pub struct Draft {
    pub is_active: bool,
    pub expires_at: Option<UtcTime>,
    pub previous: Option<(PlainToken, Option<UtcTime>)>,
    pub limit_to_owner: bool,
    pub owner: &'static str,
    pub permissions: &'static [&'static str],
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            is_active: true,
            expires_at: None,
            previous: None,
            limit_to_owner: false,
            owner: "ada",
            permissions: &[],
        }
    }
}

impl Site {
    pub fn start() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut GuardOptions)) -> Self {
        let files = tempfile::tempdir().unwrap();
        let path = files.path().join("guard.db");
        let url = DatabaseUrl::parse(path.to_str().unwrap()).unwrap();
        let db = Db::new(&url, &PoolOptions::own()).unwrap();
        migrate::run(&mut db.conn().unwrap()).unwrap();
        let clock = Clock::system();
        for (username, is_superuser) in [("ada", false), ("root", true)] {
            diesel::insert_into(users::table)
                .values((
                    users::username.eq(username),
                    users::is_superuser.eq(is_superuser),
                    users::date_joined.eq(clock.now()),
                ))
                .execute(&mut *db.conn().unwrap())
                .unwrap();
        }
        let mut options = GuardOptions {
            usage_flush_interval: Duration::from_hours(1),
            epoch_poll_interval: Duration::from_millis(50),
            ..GuardOptions::default()
        };
        change(&mut options);
        let guard = Guard::new(db.clone(), TokenHasher::sha256(), clock.clone(), options).unwrap();
        let address = serve(&guard);
        Self { db, clock, guard, address, _files: files }
    }

    pub fn issue(&self, draft: Draft) -> (TokenId, PlainToken) {
        let plain = PlainToken::generate(&mut rand::rng());
        let hasher = TokenHasher::sha256();
        let conn = &mut *self.db.conn().unwrap();
        let owner: i64 =
            users::table.filter(users::username.eq(draft.owner)).select(users::id).first(conn).unwrap();
        let (previous, until) = draft.previous.map_or((None, None), |(plain, until)| (Some(plain), until));
        let id: i64 = diesel::insert_into(tokens::table)
            .values((
                tokens::name.eq("agent"),
                tokens::user_id.eq(owner),
                tokens::prefix.eq(plain.prefix()),
                tokens::digest.eq(plain.digest(&hasher)),
                tokens::hash_alg.eq(hasher.algorithm()),
                tokens::is_active.eq(draft.is_active),
                tokens::created_at.eq(self.clock.now()),
                tokens::expires_at.eq(draft.expires_at),
                tokens::limit_to_owner.eq(draft.limit_to_owner),
                tokens::previous_digest.eq(previous.map(|plain| plain.digest(&hasher))),
                tokens::previous_expires_at.eq(until),
            ))
            .returning(tokens::id)
            .get_result(conn)
            .unwrap();
        for name in draft.permissions {
            let permission = self.permission(name);
            diesel::insert_into(token_permissions::table)
                .values((token_permissions::token_id.eq(id), token_permissions::permission_id.eq(permission)))
                .execute(conn)
                .unwrap();
        }
        (TokenId(id), plain)
    }

    /// The id of a permission of the model `article`, made if it is not there.
    pub fn permission(&self, name: &str) -> i64 {
        let (app, codename) = name.split_once('.').unwrap();
        let conn = &mut *self.db.conn().unwrap();
        let found = content_types::table.filter(content_types::app_label.eq(app)).select(content_types::id);
        let content_type: i64 = found.first(conn).unwrap_or_else(|_| {
            diesel::insert_into(content_types::table)
                .values((
                    content_types::app_label.eq(app),
                    content_types::model.eq("article"),
                    content_types::name.eq("article"),
                ))
                .returning(content_types::id)
                .get_result(conn)
                .unwrap()
        });
        let found = permissions::table.filter(permissions::codename.eq(codename)).select(permissions::id);
        found.first(conn).unwrap_or_else(|_| {
            diesel::insert_into(permissions::table)
                .values((
                    permissions::content_type_id.eq(content_type),
                    permissions::codename.eq(codename),
                    permissions::name.eq(codename),
                ))
                .returning(permissions::id)
                .get_result(conn)
                .unwrap()
        })
    }

    /// Changes something as a service does: in a transaction that counts the epoch on.
    pub fn change(&self, work: impl FnOnce(&mut crate::db::Tx<'_>) -> QueryResult<usize>) {
        let changed = self.db.write(|tx| {
            authz_epoch::bump(tx)?;
            Ok(work(tx)?)
        });
        assert_eq!(changed.unwrap(), 1);
    }

    pub async fn get(&self, plain: &PlainToken) -> Answer {
        self.ask("/", &[("Authorization", &format!("Bearer {}", plain.reveal()))]).await
    }

    pub async fn status(&self, plain: &PlainToken) -> u16 {
        self.get(plain).await.status
    }

    pub async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        send(&self.address, &format!("GET {path}"), headers, "").await
    }

    pub fn loads(&self) -> u64 {
        self.guard.stats().loads.load(Relaxed)
    }

    pub fn last_used(&self, id: TokenId) -> Option<UtcTime> {
        let conn = &mut *self.db.conn().unwrap();
        tokens::table.find(id.0).select(tokens::last_used_at).first(conn).unwrap()
    }
}

pub fn serve(guard: &Arc<Guard>) -> String {
    let guard = Arc::clone(guard);
    let server = HttpServer::new(move || {
        App::new()
            .service(
                web::resource("/add")
                    .wrap(permission("blog.add_article"))
                    .wrap(bearer(&guard))
                    .get(async || "ok"),
            )
            .service(web::resource("/denied").wrap(bearer(&guard)).get(async |request: HttpRequest| {
                request.extensions_mut().insert(CallOutcome::Denied);
                "no"
            }))
            .service(
                web::resource("/failed")
                    .wrap(bearer(&guard))
                    .get(async || Err::<HttpResponse, Error>(Error::internal("x"))),
            )
            .service(web::resource("/").wrap(bearer(&guard)).get(async |actor: Actor| {
                let held: Vec<String> = actor.principal.permissions.iter().map(str::to_owned).collect();
                format!("{} {} {}", actor.principal.label, actor.principal.is_superuser, held.join(","))
            }))
    })
    .workers(2)
    .disable_signals()
    .bind("127.0.0.1:0")
    .unwrap();
    let address = server.addrs()[0].to_string();
    actix_web::rt::spawn(server.run());
    address
}
