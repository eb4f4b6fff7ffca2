//! The command line: each command parses its arguments, calls a service in one transaction and prints
//! what came of it, for people or with `--json` for programs.

mod app;
mod check;
mod context;
mod createsuperuser;
pub mod demo;
mod group;
mod migrate;
mod openapi;
mod output;
mod permission;
mod serve;
mod token;
mod user;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use context::Context;

use crate::clock::Clock;
use crate::config::{Config, Secret};
use crate::error::Result;

/// Decides who may do what over MCP.
#[derive(Parser)]
#[command(name = "mcp-admin", version, about, max_term_width = 100)]
struct Cli {
    /// File with the settings [default: mcp-admin.toml if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Our own database: a path, `sqlite://path` or `postgres://…`
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Print JSON for programs
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve MCP, health checks and metrics
    Serve(serve::ServeArgs),
    /// Make a throw-away site with a blog database and serve it
    Demo(demo::DemoArgs),
    /// Bring the schema of our own database up to date
    Migrate,
    /// Create an administrator who may do everything
    Createsuperuser(createsuperuser::CreateSuperuserArgs),
    /// Tokens: issue, rotate, limit, check, revoke
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Users: owners of tokens and administrators
    #[command(subcommand)]
    User(user::UserCommand),
    /// Groups: bundles of permissions for tokens and users
    #[command(subcommand)]
    Group(group::GroupCommand),
    /// Permissions that can be granted
    #[command(subcommand)]
    Permission(permission::PermissionCommand),
    /// Attached databases
    #[command(subcommand)]
    App(app::AppCommand),
    /// Check the configuration
    Check,
    /// Print the OpenAPI document of the REST API
    Openapi,
}

/// Runs a command line, the program's name first. Errors go to stderr; the exit code is 0, 1 for an
/// operation that failed and for a question whose answer is no, or 2 for arguments that are wrong.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe is the only thing that can go wrong here, and there is nobody left to tell.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let json = cli.json;
    let done = execute(cli);
    crate::telemetry::flush();
    match done {
        Ok(code) => code,
        Err(error) => {
            output::error(&error, json);
            ExitCode::FAILURE
        }
    }
}

fn execute(cli: Cli) -> Result<ExitCode> {
    if let Command::Demo(args) = &cli.command {
        demo::run(args, cli.database_url, Clock::system(), cli.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Openapi = &cli.command {
        openapi::run()?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut config = Config::load(cli.config.as_deref())?;
    if let Some(url) = cli.database_url {
        config.database_url = Secret::new(url);
    }
    let ctx = Context { config, clock: Clock::system(), json: cli.json };
    let done = match &cli.command {
        Command::Serve(args) => serve::run(args, ctx),
        Command::Demo(_) | Command::Openapi => Ok(()),
        Command::Migrate => migrate::run(&ctx),
        Command::Createsuperuser(args) => createsuperuser::run(args, &ctx),
        Command::Token(command) => return token::run(command, &ctx),
        Command::User(command) => user::run(command, &ctx),
        Command::Group(command) => group::run(command, &ctx),
        Command::Permission(command) => permission::run(command, &ctx),
        Command::App(command) => app::run(command, &ctx),
        Command::Check => check::run(&ctx),
    };
    done.map(|()| ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_commands_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn wrong_arguments_end_with_two() {
        let code = run(["mcp-admin", "tokn"].map(OsString::from));
        assert_eq!(code, ExitCode::from(2));
    }
}
