//! `demo`: a throw-away site with a blog, to try everything on.

pub mod blog;
mod site;
mod words;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::output;
use crate::bootstrap;
use crate::clock::Clock;
use crate::config::{AppConfig, Config, LogFormat, Secret};
use crate::db::{Backend, DatabaseUrl};
use crate::error::{Error, Result};
use crate::server::{self, Application};
use crate::services::client_snippets;
use crate::telemetry;
use site::Site;

/// Arguments of `demo`.
#[derive(Args)]
pub struct DemoArgs {
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8000")]
    bind: SocketAddr,
    /// Folder for the databases; without it they are removed at the end
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// Runs until stopped; `database_url` is the flag, not the setting. Settings of the working directory and
/// the environment are left aside, so that a demonstration never touches a real site.
///
/// # Errors
/// `Invalid` for wrong arguments, `Conflict` for a database that has users of its own, faults of databases
/// and sockets.
pub fn run(args: &DemoArgs, database_url: Option<String>, clock: Clock, json: bool) -> Result<()> {
    let throw_away = match &args.data_dir {
        Some(_) => None,
        None => Some(tempfile::tempdir().map_err(|e| Error::Internal(Box::new(e)))?),
    };
    let dir = match (&args.data_dir, &throw_away) {
        (Some(dir), _) => dir.as_path(),
        (None, Some(temporary)) => temporary.path(),
        (None, None) => return Err(Error::internal("no data folder")),
    };
    let config = settings(args.bind, dir, database_url)?;
    telemetry::init(&config)?;
    server::allow_many_files();
    let site = make(&config, &clock)?;
    actix_web::rt::System::new().block_on(async move {
        let application = Application::build(config, clock, true).await?;
        announce(&site, application.port(), args.bind, json)?;
        application.run_until_stopped().await
    })
}

fn settings(bind: SocketAddr, dir: &Path, database_url: Option<String>) -> Result<Config> {
    std::fs::create_dir_all(dir).map_err(|e| {
        Error::invalid("data_dir", format!("the folder {} cannot be made: {e}", dir.display()))
    })?;
    let own = database_url.unwrap_or_else(|| dir.join("mcp-admin.db").to_string_lossy().into_owned());
    let url = DatabaseUrl::parse(&own)?;
    let mut app = match url.backend() {
        Backend::Postgres => AppConfig { schema: blog::SCHEMA.into(), ..AppConfig::at(own.clone()) },
        Backend::Sqlite => AppConfig::at(dir.join("blog.db").to_string_lossy()),
    };
    app.strip_prefix = "blog_".into();
    app.tables = vec!["blog_*".into()];
    app.models = blog::models();
    Ok(Config {
        bind,
        database_url: Secret::new(own),
        log_format: LogFormat::Text,
        log_filter: "warn".into(),
        apps: BTreeMap::from([("blog".into(), app)]),
        ..Config::default()
    })
}

/// Makes the blog and the site's users, groups and tokens. What could belong to somebody is looked at
/// first, and nothing is changed if it does.
fn make(config: &Config, clock: &Clock) -> Result<Site> {
    let own = bootstrap::open(config, true)?;
    site::refuse_a_real_site(&own)?;
    blog::create(&DatabaseUrl::parse(config.apps["blog"].url.reveal())?)?;
    let (own, _registry) = bootstrap::prepare(config, clock, true)?;
    site::make(&own, clock, config)
}

fn announce(site: &Site, port: u16, bind: SocketAddr, json: bool) -> Result<()> {
    let host = match bind.ip() {
        ip if ip.is_unspecified() || ip.is_loopback() => "localhost".to_owned(),
        ip => SocketAddr::new(ip, 0).to_string().trim_end_matches(":0").to_owned(),
    };
    let url = format!("http://{host}:{port}");
    if json {
        return output::json(&json!({
            "url": url,
            "mcp_url": format!("{url}/mcp/"),
            "admin": {"username": site.username, "password": site.password},
            "tokens": site.tokens.iter().map(|(name, plain)| (*name, plain.reveal())).collect::<BTreeMap<_, _>>(),
            "apps": ["blog"],
        }));
    }
    let reader = site.tokens.first().map(|(_, plain)| plain.reveal()).unwrap_or_default();
    let mut lines = vec![
        "A throw-away site with a blog is ready. Stop it with Ctrl-C.".to_owned(),
        String::new(),
        format!("  Admin           {url}/admin/"),
        format!("  MCP             {url}/mcp/"),
        format!("  REST            {url}/api/v1/openapi.json"),
        format!("  Health          {url}/livez  {url}/readyz"),
        format!("  Metrics         {url}/metrics"),
        format!("  Administrator   {} / {}", site.username, site.password),
        String::new(),
        "Tokens".to_owned(),
    ];
    lines.extend(site.tokens.iter().map(|(name, plain)| format!("  {name:<9} {}", plain.reveal())));
    lines.push("\nTry it".to_owned());
    lines.push(client_snippets::curl(&url, reader));
    for snippet in client_snippets::snippets(&url, "blog", reader) {
        if ["Claude Code", "Cursor"].contains(&snippet.client) {
            lines.push(format!("\n{} ({})\n{}", snippet.client, snippet.place, snippet.text));
        }
    }
    output::text(&lines.join("\n"))
}
