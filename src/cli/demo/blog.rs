//! The blog of the demonstration: authors, articles, tags and comments with a thousand made-up rows.
//!
//! The rows come from a fixed seed, so that every demonstration, test and benchmark sees the same ones.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use super::words;
use crate::config::{ActionConfig, ModelConfig, PermissionConfig};
use crate::db::{Backend, DatabaseUrl, Db, PoolOptions};
use crate::error::{Error, Result};

/// How many articles there are.
pub const ARTICLES: usize = 1200;
/// How many authors there are.
pub const AUTHORS: usize = 40;
/// PostgreSQL: the schema that holds the tables.
pub const SCHEMA: &str = "blog";

const COMMENTS: usize = 2400;
/// How both scripts say that something is somebody else's.
const NOT_OURS: &str = "was not made by a demonstration";
/// "mcpd"; set in the SQLite script.
const APPLICATION_ID: [u8; 4] = *b"mcpd";
const SQLITE: &str = include_str!("blog_sqlite.sql");
const POSTGRES: &str = include_str!("blog_postgres.sql");

/// How its models are shown, and what can be done with them beside the four.
#[must_use]
pub fn models() -> BTreeMap<String, ModelConfig> {
    let texts = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect());
    let article = ModelConfig {
        search_fields: texts(&["title", "summary", "body"]),
        list_display: texts(&[
            "id",
            "title",
            "author_id",
            "status",
            "is_featured",
            "word_count",
            "rating",
            "published_at",
        ]),
        ordering: texts(&["-published_at"]),
        display: Some("{title}".into()),
        permissions: vec![PermissionConfig {
            codename: "publish_article".into(),
            name: "Can publish article".into(),
        }],
        actions: vec![ActionConfig {
            name: "publish".into(),
            description: "Publish the chosen articles".into(),
            set: BTreeMap::from([("status".into(), json!("published"))]),
            permission: Some("blog.publish_article".into()),
            confirm: false,
        }],
        ..ModelConfig::default()
    };
    let author = ModelConfig {
        search_fields: texts(&["name", "email"]),
        ordering: texts(&["name"]),
        display: Some("{name}".into()),
        ..ModelConfig::default()
    };
    let comment = ModelConfig {
        search_fields: texts(&["author_name", "body"]),
        ordering: texts(&["-created_at"]),
        display: Some("{author_name}: {body}".into()),
        ..ModelConfig::default()
    };
    let tag =
        ModelConfig { ordering: texts(&["name"]), display: Some("{name}".into()), ..ModelConfig::default() };
    [("article", article), ("author", author), ("comment", comment), ("tag", tag)]
        .map(|(name, model)| (name.to_owned(), model))
        .into()
}

/// Makes the blog's tables and rows anew in the database at `url`: on SQLite in a file of its own, on
/// PostgreSQL in the schema [`SCHEMA`]. An earlier blog is replaced; a file or schema that was not made
/// here is left alone. Blocks.
///
/// # Errors
/// `Conflict` for a file or schema of somebody else's; `Unavailable`; what the database refuses.
pub fn create(url: &DatabaseUrl) -> Result<()> {
    let schema = match url.backend() {
        Backend::Postgres => POSTGRES,
        Backend::Sqlite => {
            remove_earlier(Path::new(url.target()))?;
            SQLITE
        }
    };
    let db = Db::new(url, &PoolOptions::own())?;
    db.execute_script(&format!("{schema}\n{}", rows())).map_err(|error| match error {
        Error::Internal(source) if source.to_string().contains(NOT_OURS) => {
            Error::Conflict(format!("The schema \"{SCHEMA}\" exists and {NOT_OURS}"))
        }
        other => other,
    })
}

/// Removes the file of an earlier blog, which is known by the application id in its header
/// (<https://sqlite.org/fileformat.html#application_id>).
fn remove_earlier(path: &Path) -> Result<()> {
    let fault = |error: std::io::Error| Error::Internal(Box::new(error));
    if !path.try_exists().map_err(fault)? {
        return Ok(());
    }
    let mut header = [0; 72];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    if read.is_err() || header[68..] != APPLICATION_ID {
        return Err(Error::Conflict(format!("The file {} exists and {NOT_OURS}", path.display())));
    }
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(fault(error)),
            _ => {}
        }
    }
    Ok(())
}

/// All rows as INSERT statements that both databases understand.
fn rows() -> String {
    let mut rng = SmallRng::seed_from_u64(20_261_123);
    let mut sql = String::with_capacity(1 << 20);
    authors(&mut sql, &mut rng);
    tags(&mut sql);
    articles(&mut sql, &mut rng);
    comments(&mut sql, &mut rng);
    sql
}

fn authors(sql: &mut String, rng: &mut SmallRng) {
    insert(sql, "blog_author", "name, email, country, bio, is_active, joined_on", AUTHORS, |row, i| {
        let first = words::FIRST_NAMES[i % words::FIRST_NAMES.len()];
        let last = words::LAST_NAMES[(i * 7 + i / 13) % words::LAST_NAMES.len()];
        let country = pick(rng, &words::COUNTRIES);
        let bio = sentence(rng);
        let day = date(rng, 2015, 8);
        let email = format!("{}.{}{i}@example.org", first.to_lowercase(), last.to_lowercase());
        let active = if i % 11 == 0 { "FALSE" } else { "TRUE" };
        let _ = write!(
            row,
            "{}, {}, {}, {}, {active}, '{day}'",
            quoted(&format!("{first} {last}")),
            quoted(&email),
            quoted(country),
            quoted(&bio)
        );
    });
}

fn tags(sql: &mut String) {
    insert(sql, "blog_tag", "name, slug", words::TOPICS.len(), |row, i| {
        let name = words::TOPICS[i];
        let _ = write!(row, "{}, {}", quoted(name), quoted(&slug(name)));
    });
}

fn articles(sql: &mut String, rng: &mut SmallRng) {
    let mut tagged = Vec::new();
    let columns = "title, slug, author_id, summary, body, status, is_featured, word_count, rating, published_at, \
                   created_at, updated_at";
    insert(sql, "blog_article", columns, ARTICLES, |row, i| {
        let topic = rng.random_range(0..words::TOPICS.len());
        let title = title(rng, words::TOPICS[topic]);
        let paragraphs = rng.random_range(2..5);
        let body: Vec<String> = (0..paragraphs).map(|_| paragraph(rng)).collect();
        let body = body.join("\n\n");
        let status =
            *["published", "published", "published", "draft", "archived"].choose(rng).unwrap_or(&"draft");
        let (created, published) = (timestamp(rng, 2024), timestamp(rng, 2025));
        let published = if status == "draft" { "NULL".into() } else { format!("'{published}'") };
        let rating = if i % 9 == 0 {
            "NULL".into()
        } else {
            format!("{}.{:02}", rng.random_range(1..5), rng.random_range(0..100))
        };
        let featured = if rng.random_ratio(1, 12) { "TRUE" } else { "FALSE" };
        let _ = write!(
            row,
            "{}, {}, {}, {}, {}, '{status}', {featured}, {}, {rating}, {published}, '{created}', '{created}'",
            quoted(&title),
            quoted(&format!("{}-{}", slug(&title), i + 1)),
            rng.random_range(1..=AUTHORS),
            quoted(&sentence(rng)),
            quoted(&body),
            body.split_whitespace().count(),
        );
        tagged.push((i + 1, topic + 1));
        let second = rng.random_range(0..words::TOPICS.len());
        if second != topic {
            tagged.push((i + 1, second + 1));
        }
    });
    insert(sql, "blog_article_tags", "article_id, tag_id", tagged.len(), |row, i| {
        let _ = write!(row, "{}, {}", tagged[i].0, tagged[i].1);
    });
}

fn comments(sql: &mut String, rng: &mut SmallRng) {
    let columns = "article_id, author_name, body, is_approved, created_at";
    insert(sql, "blog_comment", columns, COMMENTS, |row, _| {
        let approved = if rng.random_ratio(4, 5) { "TRUE" } else { "FALSE" };
        let name = pick(rng, &words::FIRST_NAMES);
        let _ = write!(
            row,
            "{}, {}, {}, {approved}, '{}'",
            rng.random_range(1..=ARTICLES),
            quoted(name),
            quoted(&sentence(rng)),
            timestamp(rng, 2026)
        );
    });
}

/// Writes `count` rows in statements of a hundred.
fn insert(
    sql: &mut String,
    table: &str,
    columns: &str,
    count: usize,
    mut row: impl FnMut(&mut String, usize),
) {
    for i in 0..count {
        sql.push_str(if i % 100 == 0 { "" } else { ",\n" });
        if i % 100 == 0 {
            let _ = writeln!(sql, "INSERT INTO {table} ({columns}) VALUES");
        }
        sql.push('(');
        row(sql, i);
        sql.push(')');
        if i % 100 == 99 || i + 1 == count {
            sql.push_str(";\n");
        }
    }
}

fn pick<'a>(rng: &mut SmallRng, from: &'a [&'a str]) -> &'a str {
    from.choose(rng).copied().unwrap_or("")
}

fn title(rng: &mut SmallRng, topic: &str) -> String {
    pick(rng, &words::TITLES).replace("{}", topic)
}

fn sentence(rng: &mut SmallRng) -> String {
    let subject = pick(rng, &words::SUBJECTS);
    let verb = pick(rng, &words::VERBS);
    let object = pick(rng, &words::OBJECTS);
    format!("{subject} {verb} {object} {}.", pick(rng, &words::ENDINGS))
}

fn paragraph(rng: &mut SmallRng) -> String {
    let sentences: Vec<String> = (0..rng.random_range(3..6)).map(|_| sentence(rng)).collect();
    sentences.join(" ")
}

fn date(rng: &mut SmallRng, from: u32, years: u32) -> String {
    let year = from + rng.random_range(0..years);
    format!("{year}-{:02}-{:02}", rng.random_range(1..13), rng.random_range(1..29))
}

fn timestamp(rng: &mut SmallRng, year: u32) -> String {
    let (hour, minute, second) = (rng.random_range(0..24), rng.random_range(0..60), rng.random_range(0..60));
    format!("{} {hour:02}:{minute:02}:{second:02}", date(rng, year, 1))
}

fn slug(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    words.join("-")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_blog_is_replaced_and_a_foreign_file_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("blog.db");
        let url = DatabaseUrl::parse(path.to_str().unwrap()).unwrap();
        create(&url).unwrap();
        create(&url).unwrap();
        for foreign in [&b"precious"[..], &[b'x'; 4096]] {
            std::fs::write(&path, foreign).unwrap();
            assert!(matches!(create(&url), Err(Error::Conflict(_))));
            assert_eq!(std::fs::read(&path).unwrap(), foreign);
        }
    }

    #[test]
    fn the_same_rows_come_every_time() {
        let sql = rows();
        assert_eq!(sql, rows());
        assert_eq!(sql.matches("INSERT INTO blog_article (").count(), ARTICLES / 100);
    }
}
