//! The databases that the cases work on.

use std::fmt::Write;
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use mcp_admin::auth::{PlainToken, TokenHasher};
use mcp_admin::clock::Clock;
use mcp_admin::db::schema::{tokens, users};
use mcp_admin::db::{DatabaseUrl, Db, PoolOptions, migrate};

use super::Outcome;

/// Our own database with ten tokens.
pub const SMALL: &str = "small.db";
/// Our own database with a hundred thousand.
pub const BIG: &str = "big.db";
/// The attached database.
pub const BLOG: &str = "blog.db";
/// Tokens that calls are made with.
const IN_USE: usize = 10;
const ARTICLES: usize = 1000;

/// Makes all databases and gives the tokens that are valid in both of ours.
pub fn everything(directory: &Path, big: u32) -> Outcome<Vec<String>> {
    let plain: Vec<PlainToken> = (0..IN_USE).map(|_| PlainToken::generate(&mut rand::rng())).collect();
    own(&directory.join(SMALL), &plain, 0)?;
    own(&directory.join(BIG), &plain, big)?;
    blog(&directory.join(BLOG))?;
    Ok(plain.iter().map(|token| token.reveal().to_owned()).collect())
}

/// Opens one of our databases.
pub fn open(path: &Path) -> Outcome<Db> {
    let url = DatabaseUrl::parse(path.to_str().ok_or("the path is no text")?)?;
    Ok(Db::new(&url, &PoolOptions::own())?)
}

fn own(path: &Path, plain: &[PlainToken], others: u32) -> Outcome<()> {
    let db = open(path)?;
    let conn = &mut *db.conn()?;
    migrate::run(conn)?;
    let now = Clock::system().now();
    diesel::insert_into(users::table)
        .values((users::username.eq("bench"), users::date_joined.eq(now)))
        .execute(conn)?;
    for token in plain {
        diesel::insert_into(tokens::table)
            .values((
                tokens::name.eq("bench"),
                tokens::user_id.eq(1),
                tokens::prefix.eq(token.prefix()),
                tokens::digest.eq(token.digest(&TokenHasher::sha256())),
                tokens::hash_alg.eq("sha256"),
                tokens::created_at.eq(now),
            ))
            .execute(conn)?;
    }
    conn.batch_execute(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {others}) \
         INSERT INTO tokens (name, user_id, prefix, digest, hash_alg, created_at) \
         SELECT 'other ' || i, 1, 'mcp_other', randomblob(32), 'sha256', '2026-01-01 00:00:00' FROM n"
    ))?;
    Ok(())
}

/// A blog as any framework might have made it.
fn blog(path: &Path) -> Outcome<()> {
    let mut conn = SqliteConnection::establish(path.to_str().ok_or("the path is no text")?)?;
    let mut sql = String::from(
        "CREATE TABLE author (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, email VARCHAR(200) NOT NULL);
         CREATE TABLE article (
             id INTEGER PRIMARY KEY, title VARCHAR(200) NOT NULL, body TEXT NOT NULL,
             status VARCHAR(10) NOT NULL CHECK (status IN ('draft', 'published')),
             views INTEGER NOT NULL DEFAULT 0, published_at TIMESTAMP,
             author_id INTEGER NOT NULL REFERENCES author (id));
         CREATE INDEX article_author ON article (author_id);
         BEGIN;",
    );
    for n in 1..=20 {
        write!(sql, "INSERT INTO author VALUES ({n}, 'Author {n}', 'author{n}@example.com');")?;
    }
    for n in 1..=ARTICLES {
        let author = n % 20 + 1;
        write!(
            sql,
            "INSERT INTO article VALUES ({n}, 'Article number {n}', '{}', 'published', {n}, \
             '2026-01-01 12:00:00', {author});",
            "A sentence of ordinary length. ".repeat(4)
        )?;
    }
    sql.push_str("COMMIT;");
    conn.batch_execute(&sql)?;
    Ok(())
}
