//! `serve`: the service itself.

use std::net::SocketAddr;

use clap::Args;

use super::Context;
use crate::error::Result;
use crate::server::{self, Application};
use crate::telemetry;

#[derive(Args)]
pub struct ServeArgs {
    /// Address to listen on, e.g. 0.0.0.0:8000
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<SocketAddr>,
    /// Refuse to start while migrations are pending instead of applying them
    #[arg(long)]
    no_migrate: bool,
}

pub fn run(args: &ServeArgs, ctx: Context) -> Result<()> {
    let mut config = ctx.config;
    if let Some(bind) = args.bind {
        config.bind = bind;
    }
    config.validate()?;
    telemetry::init(&config)?;
    server::allow_many_files();
    let migrate = !args.no_migrate;
    actix_web::rt::System::new().block_on(async move {
        Application::build(config, ctx.clock, migrate).await?.run_until_stopped().await
    })
}
