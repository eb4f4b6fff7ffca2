//! `createsuperuser`: the first administrator, and further ones.

use std::io::{BufRead, IsTerminal, Write};

use clap::Args;

use super::Context;
use super::user::UserView;
use crate::error::{Error, Result};
use crate::services::users::{self, NewUser};

#[derive(Args)]
pub struct CreateSuperuserArgs {
    /// Name to sign in with
    #[arg(long)]
    username: Option<String>,
    /// Email address
    #[arg(long)]
    email: Option<String>,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
}

pub fn run(args: &CreateSuperuserArgs, ctx: &Context) -> Result<()> {
    let username = match &args.username {
        Some(username) => username.clone(),
        None => ask("Username: ")?,
    };
    let email = match &args.email {
        Some(email) => email.clone(),
        None if args.username.is_none() => ask("Email (may be empty): ")?,
        None => String::new(),
    };
    let password = read_password(args.password_stdin)?;
    let password = Some(users::prepare_password(&password, &username)?);
    let new = NewUser { username, email, password, is_active: true, is_staff: true, is_superuser: true };
    let user = ctx.open()?.write(|tx| users::create(tx, &ctx.actor(), ctx.clock.now(), &new))?;
    ctx.print(&UserView::from(&user), || format!("Created the superuser {} (id {})", user.username, user.id))
}

/// A new password: from standard input, or asked for twice at the terminal.
///
/// # Errors
/// `Invalid` if there is none or the two differ.
pub fn read_password(from_stdin: bool) -> Result<String> {
    if from_stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(|e| Error::Internal(Box::new(e)))?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Error::invalid("password", "there is no terminal to ask at; use --password-stdin"));
    }
    let prompt = |text: &str| rpassword::prompt_password(text).map_err(|e| Error::Internal(Box::new(e)));
    let password = prompt("Password: ")?;
    if prompt("Again: ")? != password {
        return Err(Error::invalid("password", "the two passwords differ"));
    }
    Ok(password)
}

fn ask(question: &str) -> Result<String> {
    if !std::io::stdin().is_terminal() {
        return Err(Error::invalid("username", "there is no terminal to ask at; use --username"));
    }
    let mut line = String::new();
    print!("{question}");
    std::io::stdout()
        .flush()
        .and_then(|()| std::io::stdin().lock().read_line(&mut line))
        .map_err(|e| Error::Internal(Box::new(e)))?;
    Ok(line.trim().to_owned())
}
