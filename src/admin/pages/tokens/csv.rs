//! The list as a file.

use serde::Serialize;

use super::SEE;
use super::list::Asked;
use crate::admin::form::Query;
use crate::admin::routes::Table;
use crate::admin::visit::{Answer, Visit};
use crate::clock::UtcTime;
use crate::error::Result;
use crate::services::tokens::{Export, TokenDetails};
use crate::web::export::{self, Format, Parts};

const COLUMNS: [&str; 13] = [
    "id",
    "name",
    "prefix",
    "owner",
    "status",
    "created_at",
    "expires_at",
    "last_used_at",
    "last_used_ip",
    "limit_to_owner",
    "groups",
    "permissions",
    "note",
];

pub fn routes(table: &mut Table) {
    table.get("/tokens.csv", SEE, show);
}

async fn show(visit: Visit, query: Query) -> Answer {
    let asked = Asked::new(query);
    let begin = move |db: &crate::db::Db, visit: &Visit| {
        let filter = db.read(|conn| asked.filter(conn, visit.now))?;
        Export::begin(db, &visit.actor, visit.now, filter)
    };
    let columns = COLUMNS.map(str::to_owned).to_vec();
    Ok(export::stream("tokens", Format::Csv, columns, Lines(visit.run(begin).await?)))
}

struct Lines(Export);

#[derive(Serialize)]
struct Line {
    id: i64,
    name: String,
    prefix: String,
    owner: String,
    status: &'static str,
    created_at: UtcTime,
    expires_at: Option<UtcTime>,
    last_used_at: Option<UtcTime>,
    last_used_ip: Option<String>,
    limit_to_owner: bool,
    groups: Vec<String>,
    permissions: Vec<String>,
    note: String,
}

impl Parts for Lines {
    type Row = Line;

    fn next(&mut self) -> Result<Vec<Line>> {
        let now = self.0.now();
        let line = |details: TokenDetails| {
            let TokenDetails { token, owner, groups, permissions } = details;
            Line {
                id: token.id.0,
                status: token.status(now).as_str(),
                name: token.name,
                prefix: token.prefix,
                owner: owner.username,
                created_at: token.created_at,
                expires_at: token.expires_at,
                last_used_at: token.last_used_at,
                last_used_ip: token.last_used_ip,
                limit_to_owner: token.limit_to_owner,
                groups: groups.into_iter().map(|group| group.name).collect(),
                permissions,
                note: token.note,
            }
        };
        Ok(self.0.next_part()?.into_iter().map(line).collect())
    }
}
