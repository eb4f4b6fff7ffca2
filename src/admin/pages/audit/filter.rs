//! What narrows the audit log, as the address has it.

use chrono::{NaiveDateTime, TimeDelta};

use crate::admin::form::Form;
use crate::admin::paths::Path;
use crate::admin::visit::Visit;
use crate::clock::UtcTime;
use crate::db::{TokenId, UserId};
use crate::error::{Error, Result};
use crate::services::audit::LogFilter;
use crate::services::tokens;

/// The parameters, in the order in which addresses have them.
const NAMES: [&str; 13] = [
    "q",
    "action",
    "surface",
    "outcome",
    "within",
    "who",
    "user",
    "token",
    "model",
    "object_id",
    "since",
    "until",
    "request_id",
];

/// How far back, in hours.
pub const SPANS: [(&str, &str, i64); 4] = [
    ("1h", "Last hour", 1),
    ("24h", "Last 24 hours", 24),
    ("7d", "Last 7 days", 24 * 7),
    ("30d", "Last 30 days", 24 * 30),
];

/// What an address asks for.
pub struct Filter {
    /// For the service.
    pub log: LogFilter,
    /// Whether it is the story of one request.
    pub is_story: bool,
    /// Whether anything is left out.
    pub is_narrowed: bool,
}

impl Filter {
    /// Reads it.
    ///
    /// # Errors
    /// `Invalid` for times, users and tokens that are none.
    pub async fn of(visit: &Visit, query: &Form) -> Result<Self> {
        let text = |name: &str| query.filled(name).map(str::to_owned);
        let (app_label, model) = match query.filled("model").map(|name| name.split_once('.').ok_or(name)) {
            Some(Ok((app, model))) => {
                (Some(app.to_owned()), Some(model.to_owned()).filter(|m| !m.is_empty()))
            }
            Some(Err(app)) => (Some(app.to_owned()), None),
            None => (None, None),
        };
        let within = SPANS.iter().find(|(value, ..)| query.text("within") == *value);
        let since = match time(query, "since")? {
            Some(since) => Some(since),
            None => within.map(|(_, _, hours)| visit.now.plus(-TimeDelta::hours(*hours))),
        };
        let log = LogFilter {
            user_id: query.value("user", "use the id of a user")?.map(UserId),
            actor: text("who"),
            token_id: token(visit, query).await?,
            surface: text("surface"),
            action: text("action"),
            app_label,
            model,
            object_id: text("object_id"),
            outcome: text("outcome"),
            since,
            until: time(query, "until")?,
            request_id: text("request_id"),
            search: text("q"),
        };
        if NAMES.iter().any(|name| query.text(name).contains('\0')) {
            return Err(Error::invalid("q", "remove the NUL character"));
        }
        Ok(Self {
            log,
            is_story: query.filled("request_id").is_some(),
            is_narrowed: NAMES.iter().any(|name| query.filled(name).is_some()),
        })
    }
}

/// A token by id; by prefix or name for those who may see tokens.
async fn token(visit: &Visit, query: &Form) -> Result<Option<TokenId>> {
    let Some(said) = query.filled("token") else { return Ok(None) };
    if let Ok(id) = said.parse() {
        return Ok(Some(TokenId(id)));
    }
    if !visit.may("mcp.view_token") {
        return Err(Error::invalid("token", "use the id of a token"));
    }
    let said = said.to_owned();
    let found = visit.read(move |conn, visit| tokens::resolve(conn, &visit.actor, &said)).await;
    match found {
        Ok(token) => Ok(Some(token.id)),
        Err(Error::NotFound(text) | Error::Conflict(text)) => Err(Error::invalid("token", text)),
        Err(error) => Err(error),
    }
}

/// A moment in UTC, as a browser's field or RFC 3339 writes it.
fn time(query: &Form, name: &str) -> Result<Option<UtcTime>> {
    let Some(said) = query.filled(name) else { return Ok(None) };
    let plain = || {
        let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
        formats
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(said, format).ok())
            .map(UtcTime::from_naive)
    };
    let found = plain().or_else(|| UtcTime::parse_rfc3339(said));
    found.map(Some).ok_or_else(|| Error::invalid(name, "write the time as 2026-11-23T09:30, in UTC"))
}

/// An address with the filters that a query has, but not its place in the list.
pub fn address(query: &Form, to: &Path) -> Path {
    NAMES.iter().fold(to.clone(), |path, name| match query.filled(name) {
        Some(value) => path.with(name, value),
        None => path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::paths;

    #[test]
    fn times_are_read_as_utc_and_addresses_keep_the_filters() {
        let query = Form::parse("since=2026-11-23T09:30&until=x&q=a+b&after=zzz").unwrap();
        assert_eq!(time(&query, "since").unwrap(), UtcTime::parse_rfc3339("2026-11-23T09:30:00Z"));
        assert!(time(&query, "until").is_err());
        let path = address(&query, &paths::audit_csv());
        assert_eq!(path.as_str(), "/admin/audit.csv?q=a%20b&since=2026-11-23T09%3A30&until=x");
    }
}
