//! `token …`: the credentials of MCP clients.

mod change;
mod create;
mod find;
mod view;

use clap::{Args, Subcommand, ValueEnum};

use super::{Context, output};
use crate::clock::UtcTime;
use crate::error::Result;
use crate::services::tokens::StatusFilter;

/// What can be done with tokens.
#[derive(Subcommand)]
pub enum TokenCommand {
    /// Issue a token; its secret is shown once
    Create(create::CreateArgs),
    /// List tokens
    List(find::ListArgs),
    /// Show a token with what it may do, and why
    Show(Reference),
    /// Ask whether a token may do something: yes or no, and why
    Check {
        #[command(flatten)]
        token: Reference,
        /// e.g. blog.view_article
        #[arg(required = true, value_name = "PERMISSION")]
        permissions: Vec<String>,
    },
    /// Give a token permissions of its own
    Grant(change::GrantArgs),
    /// Take permissions from a token
    RevokePerm {
        #[command(flatten)]
        token: Reference,
        /// e.g. blog.view_article
        #[arg(required = true, value_name = "PERMISSION")]
        permissions: Vec<String>,
    },
    /// Put a token into groups
    AddGroup {
        #[command(flatten)]
        token: Reference,
        /// Names or ids
        #[arg(required = true, value_name = "GROUP")]
        groups: Vec<String>,
    },
    /// Take a token out of groups
    RemoveGroup {
        #[command(flatten)]
        token: Reference,
        /// Names or ids
        #[arg(required = true, value_name = "GROUP")]
        groups: Vec<String>,
    },
    /// Set, extend or remove the expiry
    SetExpiry {
        #[command(flatten)]
        token: Reference,
        #[command(flatten)]
        expiry: RequiredExpiry,
    },
    /// Refuse a token until it is activated again
    Deactivate(Reference),
    /// Accept a token again, with the same secret
    Activate(Reference),
    /// Give a token a new secret, which is shown once
    Rotate(create::RotateArgs),
    /// Issue a second token like this one; its secret is shown once
    Copy(create::CopyArgs),
    /// Change the name, the note, the owner or the limit
    Update(change::UpdateArgs),
    /// Delete a token
    Delete(Reference),
}

/// The token that is meant.
#[derive(Args)]
pub struct Reference {
    /// Id, display prefix, or exact name if only one token has it
    token: String,
}

/// When a token expires; nothing = after 90 days.
#[derive(Args)]
#[group(multiple = false)]
pub struct ExpiryArgs {
    /// From now, e.g. 30d or 12h
    #[arg(long, value_name = "DURATION", value_parser = output::duration)]
    expires_in: Option<chrono::TimeDelta>,
    /// At this time, e.g. 2027-01-31T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    expires_at: Option<UtcTime>,
    /// Never
    #[arg(long)]
    never: bool,
}

/// The same where one of them has to be given.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct RequiredExpiry {
    /// From now, e.g. 30d or 12h
    #[arg(long, alias = "in", value_name = "DURATION", value_parser = output::duration)]
    expires_in: Option<chrono::TimeDelta>,
    /// At this time, e.g. 2027-01-31T00:00:00Z
    #[arg(long, alias = "at", value_name = "TIME", value_parser = time)]
    expires_at: Option<UtcTime>,
    /// Never
    #[arg(long)]
    never: bool,
}

/// How tokens stand.
#[derive(Clone, Copy, ValueEnum)]
pub enum Status {
    /// Accepted now
    Active,
    /// Switched off
    Inactive,
    /// Past their expiry
    Expired,
    /// Expiring within seven days
    Expiring,
}

impl From<Status> for StatusFilter {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Inactive => Self::Inactive,
            Status::Expired => Self::Expired,
            Status::Expiring => Self::Expiring,
        }
    }
}

fn time(text: &str) -> Result<UtcTime, String> {
    UtcTime::parse_rfc3339(text).ok_or_else(|| "write it as 2027-01-31T00:00:00Z".to_owned())
}

/// Runs one of the commands.
///
/// # Errors
/// What the service refuses, and database faults.
pub fn run(command: &TokenCommand, ctx: &Context) -> Result<()> {
    match command {
        TokenCommand::Create(args) => create::create(args, ctx),
        TokenCommand::Rotate(args) => create::rotate(args, ctx),
        TokenCommand::Copy(args) => create::copy(args, ctx),
        TokenCommand::List(args) => find::list(args, ctx),
        TokenCommand::Show(token) => find::show(&token.token, ctx),
        TokenCommand::Check { token, permissions } => find::check(&token.token, permissions, ctx),
        TokenCommand::Grant(args) => change::grant(args, ctx),
        TokenCommand::RevokePerm { token, permissions } => change::revoke(&token.token, permissions, ctx),
        TokenCommand::AddGroup { token, groups } => change::groups(&token.token, groups, true, ctx),
        TokenCommand::RemoveGroup { token, groups } => change::groups(&token.token, groups, false, ctx),
        TokenCommand::SetExpiry { token, expiry } => change::set_expiry(&token.token, expiry, ctx),
        TokenCommand::Deactivate(token) => change::set_active(&token.token, false, ctx),
        TokenCommand::Activate(token) => change::set_active(&token.token, true, ctx),
        TokenCommand::Update(args) => change::update(args, ctx),
        TokenCommand::Delete(token) => change::delete(&token.token, ctx),
    }
}
