//! `GET /api/v1/tokens`

use actix_web::HttpRequest;
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::export;
use super::view::TokenView;
use crate::api::export::{Format, asked_format};
use crate::api::{Answer, Call, Endpoint, List};
use crate::clock::UtcTime;
use crate::db::DbConnection;
use crate::error::{Error, Result};
use crate::services::references::{self, Reference};
use crate::services::tokens::{self, StatusFilter, TokenFilter, TokenOrder};

/// Which tokens; every condition that is given must hold.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenQuery {
    /// How they stand. Expiring ones are active as well.
    status: Option<Status>,
    /// Owned by this user, by name or id.
    #[schema(max_length = 150)]
    user: Option<String>,
    /// In this group, by name or id.
    #[schema(max_length = 150)]
    group: Option<String>,
    /// Given this permission, by name or id, itself or by a group.
    #[schema(max_length = 200)]
    permission: Option<String>,
    /// Not used for this long, or never: `30d`, `12h`.
    #[schema(max_length = 40, example = "30d")]
    unused_for: Option<String>,
    /// Expiring before this moment.
    expires_before: Option<UtcTime>,
    /// Text in the name, the prefix, the note or the owner's name.
    #[schema(max_length = 200)]
    search: Option<String>,
    /// The order; the newest first if nothing is said.
    sort: Option<Sort>,
    /// Everything as a file, without pages, the oldest first.
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = TokenStatus)]
enum Status {
    Active,
    Expiring,
    Expired,
    Inactive,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[schema(as = TokenSort)]
enum Sort {
    #[serde(rename = "id")]
    Id,
    #[serde(rename = "-id")]
    IdDown,
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "-name")]
    NameDown,
    #[serde(rename = "created_at")]
    CreatedAt,
    #[serde(rename = "-created_at")]
    CreatedAtDown,
    #[serde(rename = "expires_at")]
    ExpiresAt,
    #[serde(rename = "-expires_at")]
    ExpiresAtDown,
    #[serde(rename = "last_used_at")]
    LastUsedAt,
    #[serde(rename = "-last_used_at")]
    LastUsedAtDown,
}

impl Sort {
    /// The order, and whether it is turned around.
    fn order(self) -> (TokenOrder, bool) {
        match self {
            Self::Id => (TokenOrder::Id, false),
            Self::IdDown => (TokenOrder::Id, true),
            Self::Name => (TokenOrder::Name, false),
            Self::NameDown => (TokenOrder::Name, true),
            Self::CreatedAt => (TokenOrder::CreatedAt, false),
            Self::CreatedAtDown => (TokenOrder::CreatedAt, true),
            Self::ExpiresAt => (TokenOrder::ExpiresAt, false),
            Self::ExpiresAtDown => (TokenOrder::ExpiresAt, true),
            Self::LastUsedAt => (TokenOrder::LastUsedAt, false),
            Self::LastUsedAtDown => (TokenOrder::LastUsedAt, true),
        }
    }
}

impl TokenQuery {
    /// As the service understands it.
    ///
    /// # Errors
    /// `Invalid` for things that do not exist, and for a duration that is none.
    pub fn filter(&self, conn: &mut DbConnection, now: UtcTime) -> Result<TokenFilter> {
        let named = |text: &Option<String>| text.as_deref().map(Reference::parse);
        let unused_since = self.unused_for.as_deref().map(|text| before(text, now)).transpose()?;
        let group = named(&self.group).map(|group| references::group(conn, &group)).transpose()?;
        Ok(TokenFilter {
            status: self.status.map(|status| match status {
                Status::Active => StatusFilter::Active,
                Status::Expiring => StatusFilter::Expiring,
                Status::Expired => StatusFilter::Expired,
                Status::Inactive => StatusFilter::Inactive,
            }),
            unused_since,
            never_used: false,
            user_id: named(&self.user).map(|user| references::user(conn, &user)).transpose()?,
            group_id: group,
            permission_id: named(&self.permission)
                .map(|permission| references::permission(conn, &permission))
                .transpose()?,
            expires_before: self.expires_before,
            search: self.search.clone().filter(|text| !text.is_empty()),
        })
    }

    /// The order, and whether it is turned around.
    pub fn order(&self) -> (TokenOrder, bool) {
        self.sort.unwrap_or(Sort::IdDown).order()
    }
}

/// The moment that is a duration before now.
fn before(text: &str, now: UtcTime) -> Result<UtcTime> {
    let delta = humantime::parse_duration(text).ok().and_then(|duration| TimeDelta::from_std(duration).ok());
    let longest = TimeDelta::days(36_500);
    match delta {
        Some(delta) if delta <= longest => Ok(now.plus(-delta)),
        _ => Err(Error::invalid("unused_for", "must be a duration of at most 100 years such as 30d or 12h")),
    }
}

/// `GET /api/v1/tokens`
pub fn endpoint() -> Endpoint {
    Endpoint::get("/api/v1/tokens", "list_tokens", list)
        .about("tokens", "List tokens")
        .details("By default the newest first. Filters can be combined; `sort` takes a minus sign in front. With `format`, or \
             `Accept: text/csv` or `application/x-ndjson`, everything that the filters let through is streamed, the \
             oldest first.")
        .needs("mcp.view_token")
        .lists::<TokenQuery, TokenView>(&TokenView::example())
        .answers_as("text/csv", 200, "All of it", json!("id,name,prefix,user,…\r\n7,CI,mcp_3fK9aQ2x,ada,…\r\n"))
        .answers_as("application/x-ndjson", 200, "All of it", json!("{\"id\":7,…}\n"))
}

async fn list(request: HttpRequest, call: Call, list: List<TokenQuery>) -> Answer {
    let List { filter, page } = list;
    if let Some(format) = asked_format(filter.format, &request)? {
        let filter = call.read(move |conn, call| {
            call.actor.require("mcp.view_token")?;
            filter.filter(conn, call.now)
        });
        return export::stream(&call, filter.await?, format).await;
    }
    let slice = page.slice()?;
    let found = call.read(move |conn, call| {
        call.actor.require("mcp.view_token")?;
        let order = filter.order();
        let filter = filter.filter(conn, call.now)?;
        tokens::list_details(conn, &call.actor, call.now, &filter, order, &slice)
    });
    page.answer(found.await?, |details| TokenView::new(details, call.now))
}
