//! Arguments of the token commands.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use clap::{ArgGroup, Args, ValueEnum};

use super::super::output::duration;
use crate::clock::UtcTime;
use crate::db::DbConnection;
use crate::error::Result;
use crate::services::tokens::{self, Expiry, StatusFilter};

#[derive(Args)]
pub struct CreateArgs {
    /// What the token is for
    #[arg(long)]
    pub name: String,
    /// The owner, by name or id
    #[arg(long)]
    pub user: String,
    #[command(flatten)]
    pub expiry: ExpiryArgs,
    /// A permission, e.g. `blog.view_article`; may be repeated
    #[arg(long = "perm", value_name = "PERM")]
    pub permissions: Vec<String>,
    #[command(flatten)]
    pub apps: AppArgs,
    /// A group, by name or id; may be repeated
    #[arg(long = "group", value_name = "GROUP")]
    pub groups: Vec<String>,
    /// Issue it switched off
    #[arg(long)]
    pub inactive: bool,
    /// Free text
    #[arg(long, default_value = "")]
    pub note: String,
    /// Let it do only what its owner can do as well
    #[arg(long)]
    pub limit_to_owner: bool,
}

/// All permissions of a kind in one step.
#[derive(Args)]
pub struct AppArgs {
    /// Every view permission of an app; may be repeated
    #[arg(long, value_name = "APP")]
    pub read_only: Vec<String>,
    /// Every permission of an app; may be repeated
    #[arg(long, value_name = "APP")]
    pub full: Vec<String>,
}

impl AppArgs {
    /// The names of the permissions that are meant.
    ///
    /// # Errors
    /// `Invalid` for an unknown app; database faults.
    pub fn names(&self, conn: &mut DbConnection) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for app in &self.read_only {
            names.extend(tokens::read_only(conn, app)?);
        }
        for app in &self.full {
            names.extend(tokens::full_access(conn, app)?);
        }
        Ok(names)
    }
}

#[derive(Args)]
pub struct GrantArgs {
    /// Id, prefix, or exact name
    pub token: String,
    #[command(flatten)]
    pub permissions: PermissionArgs,
}

/// Permissions by name, or all of a kind.
#[derive(Args)]
pub struct PermissionArgs {
    /// e.g. `blog.view_article`
    #[arg(value_name = "PERM")]
    names: Vec<String>,
    #[command(flatten)]
    apps: AppArgs,
}

impl PermissionArgs {
    /// The names of the permissions that are meant.
    ///
    /// # Errors
    /// As [`AppArgs::names`].
    pub fn names(&self, conn: &mut DbConnection) -> Result<Vec<String>> {
        let mut names = self.names.clone();
        names.extend(self.apps.names(conn)?);
        Ok(names)
    }
}

/// When a token expires; without any of them after 90 days.
#[derive(Args)]
#[group(multiple = false)]
pub struct ExpiryArgs {
    /// Expire after this time, e.g. 30d
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    expires_in: Option<TimeDelta>,
    /// Expire at this moment, e.g. 2027-01-31T12:00:00Z or 2027-01-31
    #[arg(long, value_name = "TIME", value_parser = moment)]
    expires_at: Option<UtcTime>,
    /// Never expire
    #[arg(long)]
    never: bool,
}

impl ExpiryArgs {
    /// What was asked for, counted from `now`.
    pub fn expiry(&self, now: UtcTime) -> Expiry {
        match (self.expires_in, self.expires_at) {
            (Some(span), _) => Expiry::At(now.plus(span)),
            (None, Some(at)) => Expiry::At(at),
            (None, None) if self.never => Expiry::Never,
            (None, None) => Expiry::Default,
        }
    }
}

#[derive(Args)]
#[command(group(ArgGroup::new("when").required(true).args(["expires_in", "expires_at", "never"])))]
pub struct SetExpiryArgs {
    /// Id, prefix, or exact name
    pub token: String,
    #[command(flatten)]
    pub expiry: ExpiryArgs,
}

#[derive(Args)]
pub struct RotateArgs {
    /// Id, prefix, or exact name
    pub token: String,
    /// Accept the old secret for this time too, at most 7d
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "0s")]
    pub grace: TimeDelta,
}

#[derive(Args)]
pub struct CopyArgs {
    /// Id, prefix, or exact name
    pub token: String,
    /// Name of the copy [default: the old name with a version, e.g. CI v2]
    #[arg(long)]
    pub name: Option<String>,
    #[command(flatten)]
    pub expiry: ExpiryArgs,
}

#[derive(Args)]
pub struct ListArgs {
    /// How they stand
    #[arg(long)]
    pub status: Option<StatusArg>,
    /// Not used for this time, or never, e.g. 30d
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub unused_for: Option<TimeDelta>,
    /// Owned by this user
    #[arg(long)]
    pub user: Option<String>,
    /// In this group
    #[arg(long)]
    pub group: Option<String>,
    /// Text in the name, the prefix, the note or the owner's name
    #[arg(long)]
    pub search: Option<String>,
}

/// How a token stands.
#[derive(Clone, Copy, ValueEnum)]
pub enum StatusArg {
    /// Accepted now
    Active,
    /// Switched off
    Inactive,
    /// Past its expiry
    Expired,
    /// Expires within 14 days
    Expiring,
}

impl From<StatusArg> for StatusFilter {
    fn from(status: StatusArg) -> Self {
        match status {
            StatusArg::Active => Self::Active,
            StatusArg::Inactive => Self::Inactive,
            StatusArg::Expired => Self::Expired,
            StatusArg::Expiring => Self::Expiring,
        }
    }
}

/// A moment such as `2027-01-31T12:00:00Z`, or a day such as `2027-01-31` (midnight UTC).
fn moment(text: &str) -> Result<UtcTime, String> {
    if let Some(time) = UtcTime::parse_rfc3339(text) {
        return Ok(time);
    }
    let day = text.parse::<NaiveDate>();
    day.map(|day| UtcTime::from_naive(day.and_time(NaiveTime::MIN)))
        .map_err(|_| "write a time such as 2027-01-31T12:00:00Z or a day such as 2027-01-31".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::TokenCommand;
    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(subcommand)]
        command: TokenCommand,
    }

    fn parse(line: &str) -> Result<TokenCommand, String> {
        let words = std::iter::once("token").chain(line.split(' '));
        Line::try_parse_from(words).map(|line| line.command).map_err(|error| error.to_string())
    }

    #[test]
    fn moments_are_read_as_people_write_them() {
        assert_eq!(moment("2027-01-31").unwrap().to_string(), "2027-01-31T00:00:00Z");
        assert_eq!(moment("2027-01-31T12:00:00+02:00").unwrap().to_string(), "2027-01-31T10:00:00Z");
        assert!(moment("31.1.2027").is_err());
    }

    #[test]
    fn create_takes_repeated_permissions_and_one_expiry() {
        let line = "create --name CI --user ada --perm blog.view_article --perm blog.add_article \
                    --group Editors --read-only blog --expires-in 30d";
        let Ok(TokenCommand::Create(args)) = parse(line) else { panic!("create") };
        assert_eq!(args.permissions, ["blog.view_article", "blog.add_article"]);
        assert_eq!((args.groups, args.apps.read_only), (vec!["Editors".into()], vec!["blog".into()]));
        let now = UtcTime::from_micros(0);
        assert_eq!(args.expiry.expiry(now), Expiry::At(now.plus(TimeDelta::days(30))));
        assert!(parse("create --name CI --user ada --never --expires-in 30d").is_err());
        assert!(parse("create --name CI").is_err());
    }

    #[test]
    fn without_an_expiry_create_takes_the_default_and_set_expiry_asks() {
        let Ok(TokenCommand::Create(args)) = parse("create --name CI --user ada") else { panic!("create") };
        assert_eq!(args.expiry.expiry(UtcTime::from_micros(0)), Expiry::Default);
        assert!(parse("set-expiry CI").is_err());
        let Ok(TokenCommand::SetExpiry(args)) = parse("set-expiry CI --never") else { panic!("set-expiry") };
        assert_eq!(args.expiry.expiry(UtcTime::from_micros(0)), Expiry::Never);
    }

    #[test]
    fn durations_and_states_that_do_not_exist_are_refused() {
        assert!(parse("rotate CI --grace soon").is_err());
        assert!(parse("list --status broken").err().unwrap().contains("expiring"));
        assert!(parse("check CI").is_err());
        assert!(parse("list --status expiring --unused-for 30d --search x").is_ok());
    }
}
