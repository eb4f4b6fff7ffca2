//! `user …`: owners of tokens and administrators.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::createsuperuser::read_password;
use super::{Context, output};
use crate::clock::UtcTime;
use crate::db::UserId;
use crate::error::Result;
use crate::services::Paging;
use crate::services::users::{self, NewUser, OwnedTokens, User, UserFilter};

#[derive(Subcommand)]
pub enum UserCommand {
    /// Create a user; without a password the user can own tokens but not sign in
    Create(CreateArgs),
    /// List users
    List {
        /// Text in the name or the email address
        #[arg(long)]
        search: Option<String>,
    },
    /// Refuse the user's tokens and sessions, until activated again
    Deactivate {
        /// Name or id
        user: String,
    },
    /// Accept the user's tokens again
    Activate {
        /// Name or id
        user: String,
    },
    /// Set a password
    Password {
        /// Name or id
        user: String,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Give a user permissions of its own
    Grant {
        /// Name or id
        user: String,
        /// e.g. `blog.view_article`
        #[arg(required = true)]
        permissions: Vec<String>,
    },
    /// Take permissions from a user
    RevokePerm {
        /// Name or id
        user: String,
        /// e.g. `blog.view_article`
        #[arg(required = true)]
        permissions: Vec<String>,
    },
    /// Delete a user; refused while the user owns tokens, unless it is said what becomes of them
    Delete {
        /// Name or id
        user: String,
        /// Give the tokens to this user
        #[arg(long, value_name = "USER", conflicts_with = "delete_tokens")]
        transfer_tokens_to: Option<String>,
        /// Delete the tokens too
        #[arg(long)]
        delete_tokens: bool,
    },
}

#[derive(Args)]
pub struct CreateArgs {
    /// Name of the user
    username: String,
    /// Email address
    #[arg(long, default_value = "")]
    email: String,
    /// The user may sign in to the admin
    #[arg(long)]
    staff: bool,
    /// Read a password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
}

/// A user as `--json` prints it.
#[derive(Serialize)]
pub struct UserView<'a> {
    id: UserId,
    username: &'a str,
    email: &'a str,
    is_active: bool,
    is_staff: bool,
    is_superuser: bool,
    date_joined: UtcTime,
    last_login: Option<UtcTime>,
}

impl<'a> From<&'a User> for UserView<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            id: user.id,
            username: &user.username,
            email: &user.email,
            is_active: user.is_active,
            is_staff: user.is_staff,
            is_superuser: user.is_superuser,
            date_joined: user.date_joined,
            last_login: user.last_login,
        }
    }
}

pub fn run(command: &UserCommand, ctx: &Context) -> Result<()> {
    match command {
        UserCommand::Create(args) => create(args, ctx),
        UserCommand::List { search } => list(search.clone(), ctx),
        UserCommand::Deactivate { user } => set_active(user, false, ctx),
        UserCommand::Activate { user } => set_active(user, true, ctx),
        UserCommand::Password { user, password_stdin } => set_password(user, *password_stdin, ctx),
        UserCommand::Grant { user, permissions } => change_permissions(user, permissions, true, ctx),
        UserCommand::RevokePerm { user, permissions } => change_permissions(user, permissions, false, ctx),
        UserCommand::Delete { user, transfer_tokens_to, delete_tokens } => {
            delete(user, transfer_tokens_to.as_deref(), *delete_tokens, ctx)
        }
    }
}

fn create(args: &CreateArgs, ctx: &Context) -> Result<()> {
    let password = if args.password_stdin {
        Some(users::prepare_password(&read_password(true)?, &args.username)?)
    } else {
        None
    };
    let new = NewUser {
        username: args.username.clone(),
        email: args.email.clone(),
        password,
        is_active: true,
        is_staff: args.staff,
        is_superuser: false,
    };
    let user = ctx.open()?.write(|tx| users::create(tx, &ctx.actor(), ctx.clock.now(), &new))?;
    print_one(&user, "Created", ctx)
}

fn list(search: Option<String>, ctx: &Context) -> Result<()> {
    let filter = UserFilter { search, ..UserFilter::default() };
    let found = ctx.open()?.read(|conn| users::list(conn, &ctx.actor(), &filter, Paging::ALL))?;
    let views: Vec<UserView<'_>> = found.rows.iter().map(UserView::from).collect();
    ctx.print(&views, || {
        let rows: Vec<Vec<String>> = found
            .rows
            .iter()
            .map(|u| {
                vec![
                    u.id.to_string(),
                    u.username.clone(),
                    u.email.clone(),
                    output::yes_no(u.is_active),
                    output::yes_no(u.is_staff),
                    output::yes_no(u.is_superuser),
                ]
            })
            .collect();
        output::table(&["ID", "USERNAME", "EMAIL", "ACTIVE", "STAFF", "SUPERUSER"], &rows)
    })
}

fn set_active(reference: &str, active: bool, ctx: &Context) -> Result<()> {
    let user = ctx.open()?.write(|tx| {
        let user = users::resolve(tx, &ctx.actor(), reference)?;
        let change = if active { users::activate } else { users::deactivate };
        change(tx, &ctx.actor(), ctx.clock.now(), user.id)
    })?;
    print_one(&user, if active { "Activated" } else { "Deactivated" }, ctx)
}

fn set_password(reference: &str, from_stdin: bool, ctx: &Context) -> Result<()> {
    let db = ctx.open()?;
    let user = db.read(|conn| users::resolve(conn, &ctx.actor(), reference))?;
    let password = users::prepare_password(&read_password(from_stdin)?, &user.username)?;
    db.write(|tx| users::set_password(tx, &ctx.actor(), ctx.clock.now(), user.id, &password))?;
    print_one(&user, "Set the password of", ctx)
}

fn change_permissions(reference: &str, permissions: &[String], grant: bool, ctx: &Context) -> Result<()> {
    let (db, _) = ctx.prepare()?;
    let user = db.write(|tx| {
        let user = users::resolve(tx, &ctx.actor(), reference)?;
        let change = if grant { users::grant } else { users::revoke };
        change(tx, &ctx.actor(), ctx.clock.now(), user.id, permissions)?;
        Ok(user)
    })?;
    print_one(&user, "Changed the permissions of", ctx)
}

fn delete(reference: &str, heir: Option<&str>, delete_tokens: bool, ctx: &Context) -> Result<()> {
    let user = ctx.open()?.write(|tx| {
        let user = users::resolve(tx, &ctx.actor(), reference)?;
        let owned = match heir {
            Some(heir) => OwnedTokens::TransferTo(users::resolve(tx, &ctx.actor(), heir)?.id),
            None if delete_tokens => OwnedTokens::Delete,
            None => OwnedTokens::Refuse,
        };
        users::delete(tx, &ctx.actor(), ctx.clock.now(), user.id, owned, &ctx.config.token_rules())?;
        Ok(user)
    })?;
    print_one(&user, "Deleted", ctx)
}

fn print_one(user: &User, verb: &str, ctx: &Context) -> Result<()> {
    ctx.print(&UserView::from(user), || {
        format!("{verb} the user {} (id {})", output::printable(&user.username), user.id)
    })
}
