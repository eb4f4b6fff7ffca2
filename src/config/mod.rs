//! Settings: defaults, then `mcp-admin.toml`, then the environment, then flags. They are read once,
//! checked once, and secrets in them are never shown.

mod app;
mod app_toml;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;

pub use app::{ActionConfig, AppConfig, InlineConfig, ModelConfig, PermissionConfig};

use crate::auth::{TokenHasher, TokenRules, ToolMode};
use crate::db::DatabaseUrl;
use crate::error::{Error, FieldError, Result};

/// The file that is read when no other is named.
pub const DEFAULT_FILE: &str = "mcp-admin.toml";
/// Prefix of the environment variables: `MCP_ADMIN__MCP__MAX_LIMIT=500`, `MCP_ADMIN__APPS__BLOG__URL=…`.
pub const ENV_PREFIX: &str = "MCP_ADMIN";
/// App labels that are ours.
pub const RESERVED_APPS: [&str; 3] = ["auth", "mcp", "admin"];

/// A text that is not shown.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(redacted)")
    }
}

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Our own database: a path, `sqlite://path` or `postgres://…`.
    pub database_url: Secret,
    /// Address to listen on.
    pub bind: SocketAddr,
    /// Worker threads; 0 = one a core.
    pub workers: usize,
    /// Values of `Host` that are answered; empty = the loopback names and the bound address. `*` = any.
    pub allowed_hosts: Vec<String>,
    /// Values of `Origin` that are answered beside our own, e.g. `https://app.example.com`.
    pub allowed_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Optional key that is mixed into token digests and kept outside the database.
    pub token_pepper: Option<Secret>,
    /// Most tokens that one user may own; 0 = any number.
    pub max_tokens_per_user: u32,
    /// How often the server looks for tokens that expire soon and tells of them in the audit log.
    #[serde(with = "duration")]
    pub expiry_notice_interval: Duration,
    /// How often uses of tokens are written down.
    #[serde(with = "duration")]
    pub usage_flush_interval: Duration,
    /// How often the epoch is polled.
    #[serde(with = "duration")]
    pub epoch_poll_interval: Duration,
    /// After this long without news of the epoch the cache is not trusted any more.
    #[serde(with = "duration")]
    pub epoch_grace: Duration,
    /// Most tokens that the guard's cache holds.
    pub cache_capacity: usize,
    /// A folder of the operator's whose files are served under `/static/site/`.
    pub static_dir: Option<PathBuf>,
    /// Largest request body in bytes.
    pub max_body_bytes: usize,
    /// How long everything goes on after SIGTERM while `/readyz` answers 503, so that a load balancer sends
    /// nobody here any more.
    #[serde(with = "duration")]
    pub shutdown_delay: Duration,
    /// How long running requests may take to end after that.
    #[serde(with = "duration")]
    pub shutdown_timeout: Duration,
    /// `json` or `text`.
    pub log_format: LogFormat,
    /// Filter of the log, e.g. `info` or `mcp_admin=debug`.
    pub log_filter: String,
    /// The MCP endpoint.
    pub mcp: McpConfig,
    /// The REST API.
    pub api: ApiConfig,
    /// Attached databases by app label.
    pub apps: BTreeMap<String, AppConfig>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Settings of the MCP endpoint.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct McpConfig {
    /// Rows of a list when the client does not say; by itself 100, or `max_limit` if that is less.
    pub default_limit: Option<u32>,
    /// Most rows of a list, whatever the client says.
    pub max_limit: u32,
    /// Most bytes of values that one answer may have.
    pub max_answer_bytes: usize,
    /// Whether a refusal names the missing permission; otherwise it looks like an unknown tool.
    pub explain_denials: bool,
    /// Above this many tools a client gets the compact set.
    pub compact_above: usize,
    /// Which set of tools a client gets whose token says nothing.
    pub tool_mode: ToolMode,
    /// Built-in apps that are served as tools: `auth`, `mcp`, `admin`; by itself none.
    pub builtin_apps: Vec<String>,
}

/// Settings of the REST API.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiConfig {
    /// Requests that one token or user may make in a minute; 0 = any number.
    pub requests_per_minute: u32,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self { requests_per_minute: 1200 }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: Secret::new("mcp-admin.db"),
            bind: SocketAddr::from(([127, 0, 0, 1], 8000)),
            workers: 0,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            token_pepper: None,
            max_tokens_per_user: TokenRules::MAX_PER_USER,
            expiry_notice_interval: Duration::from_mins(10),
            usage_flush_interval: Duration::from_secs(2),
            epoch_poll_interval: Duration::from_millis(250),
            epoch_grace: Duration::from_secs(5),
            cache_capacity: 100_000,
            static_dir: None,
            max_body_bytes: 1024 * 1024,
            shutdown_delay: Duration::ZERO,
            shutdown_timeout: Duration::from_secs(30),
            log_format: LogFormat::Json,
            log_filter: "info".into(),
            mcp: McpConfig::default(),
            api: ApiConfig::default(),
            apps: BTreeMap::new(),
        }
    }
}

impl Default for McpConfig {
    fn default() -> Self {
        Self {
            default_limit: None,
            max_limit: 1000,
            max_answer_bytes: 4 * 1024 * 1024,
            explain_denials: true,
            compact_above: 128,
            tool_mode: ToolMode::Auto,
            builtin_apps: Vec::new(),
        }
    }
}

impl McpConfig {
    /// Rows of a list when the client does not say.
    pub fn default_limit(&self) -> u32 {
        const ROWS: u32 = 100;
        self.default_limit.unwrap_or(ROWS.min(self.max_limit))
    }
}

impl Config {
    /// Reads the file (the default one only if it is there) and the environment.
    ///
    /// # Errors
    /// `Invalid` for an unreadable file, an unknown key or a wrong value; the message names it.
    pub fn load(file: Option<&Path>) -> Result<Self> {
        let source = match file {
            Some(path) => config::File::from(path).required(true),
            None => config::File::from(Path::new(DEFAULT_FILE)).required(false),
        };
        let environment = config::Environment::with_prefix(ENV_PREFIX)
            .prefix_separator("__")
            .separator("__")
            .list_separator(",")
            .try_parsing(true)
            .with_list_parse_key("allowed_hosts")
            .with_list_parse_key("allowed_origins")
            .with_list_parse_key("trusted_proxies")
            .with_list_parse_key("mcp.builtin_apps");
        let mut builder = config::Config::builder().add_source(source.format(config::FileFormat::Toml));
        builder = builder.add_source(environment);
        if let Some(url) = database_url_variable() {
            builder = builder.set_override("database_url", url).map_err(unreadable)?;
        }
        builder.build().and_then(config::Config::try_deserialize).map_err(unreadable)
    }

    /// Checks everything that one setting alone cannot show, all errors at once.
    ///
    /// # Errors
    /// `Invalid` with the path of each wrong setting.
    pub fn validate(&self) -> Result<()> {
        let mut errors = Vec::new();
        if let Err(error) = DatabaseUrl::parse(self.database_url.reveal()) {
            errors.push(FieldError::new("database_url", strip_field(&error)));
        }
        if self.mcp.max_answer_bytes < 1024 {
            errors.push(FieldError::new("mcp.max_answer_bytes", "must be at least 1024"));
        }
        if self.mcp.max_limit == 0 {
            errors.push(FieldError::new("mcp.max_limit", "must be at least 1"));
        } else if self.mcp.default_limit.is_some_and(|rows| rows == 0 || rows > self.mcp.max_limit) {
            errors.push(FieldError::new("mcp.default_limit", "must be between 1 and mcp.max_limit"));
        }
        for app in self.mcp.builtin_apps.iter().filter(|app| !RESERVED_APPS.contains(&app.as_str())) {
            let message = format!("\"{}\" is none of: {}", app.escape_debug(), RESERVED_APPS.join(", "));
            errors.push(FieldError::new("mcp.builtin_apps", message));
        }
        for (name, interval) in [
            ("usage_flush_interval", self.usage_flush_interval),
            ("epoch_poll_interval", self.epoch_poll_interval),
            ("expiry_notice_interval", self.expiry_notice_interval),
        ] {
            if interval.is_zero() {
                errors.push(FieldError::new(name, "must be longer than zero"));
            }
        }
        if self.static_dir.as_ref().is_some_and(|folder| !folder.is_dir()) {
            errors.push(FieldError::new("static_dir", "must be a folder that exists"));
        }
        for (label, app) in &self.apps {
            app::validate(label, app, &mut errors);
        }
        if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
    }

    /// Our own database.
    ///
    /// # Errors
    /// `Invalid`, as [`DatabaseUrl::parse`].
    pub fn database(&self) -> Result<DatabaseUrl> {
        DatabaseUrl::parse(self.database_url.reveal())
    }

    /// How tokens are hashed here.
    pub fn token_hasher(&self) -> TokenHasher {
        match &self.token_pepper {
            Some(pepper) => TokenHasher::with_pepper(pepper.reveal().as_bytes()),
            None => TokenHasher::sha256(),
        }
    }

    /// What holds for tokens here.
    pub fn token_rules(&self) -> TokenRules {
        TokenRules { hasher: self.token_hasher(), max_per_user: self.max_tokens_per_user }
    }
}

fn strip_field(error: &Error) -> String {
    match error {
        Error::Invalid(errors) => errors.first().map(|e| e.message.clone()).unwrap_or_default(),
        other => other.to_string(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "an adapter for map_err")]
fn unreadable(error: config::ConfigError) -> Error {
    Error::invalid("configuration", error.to_string())
}

/// The variable that every platform sets.
#[expect(clippy::disallowed_methods, reason = "settings are read here and nowhere else")]
fn database_url_variable() -> Option<String> {
    std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty())
}

/// Durations as people write them: `2s`, `500ms`, `1h`.
mod duration {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, de::Error};

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_duration(&text)
            .map_err(|e| D::Error::custom(format!("\"{text}\" is not a duration such as 2s or 500ms: {e}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<Config> {
        config::Config::builder()
            .add_source(config::File::from_str(toml, config::FileFormat::Toml))
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(unreadable)
    }

    #[test]
    fn a_whole_file_is_read() {
        let config = read(
            r#"
            bind = "0.0.0.0:9000"
            usage_flush_interval = "500ms"
            [mcp]
            explain_denials = false
            [apps.blog]
            url = "blog.db"
            strip_prefix = "blog_"
            [apps.blog.models.article]
            exclude_fields = ["secret"]
            actions = [{ name = "publish", set = { status = "published" }, permission = "blog.publish_article" }]
            "#,
        )
        .unwrap();
        config.validate().unwrap();
        assert_eq!(config.usage_flush_interval, Duration::from_millis(500));
        assert!(!config.mcp.explain_denials);
        assert_eq!(config.apps["blog"].models["article"].actions[0].name, "publish");
    }

    #[test]
    fn unknown_keys_and_wrong_values_are_named() {
        assert!(read("bnid = \"x\"").unwrap_err().to_string().contains("bnid"));
        assert!(read("usage_flush_interval = \"soon\"").unwrap_err().to_string().contains("soon"));
        let reserved = read("[apps.auth]\nurl = \"x.db\"\n[apps.blog]\nurl = \"mysql://h/x\"").unwrap();
        let text = reserved.validate().unwrap_err().to_string();
        assert!(
            text.contains("apps.auth: this label is reserved") && text.contains("apps.blog.url"),
            "{text}"
        );
    }

    #[test]
    fn the_default_limit_follows_the_largest_one_unless_it_is_set() {
        let limits = |toml: &str| {
            let config = read(toml).unwrap();
            config.validate().map(|()| config.mcp.default_limit())
        };
        assert_eq!(limits("").unwrap(), 100);
        assert_eq!(limits("mcp.max_limit = 20").unwrap(), 20);
        assert_eq!(limits("mcp.default_limit = 7\nmcp.max_limit = 20").unwrap(), 7);
        for wrong in
            ["mcp.max_limit = 0", "mcp.default_limit = 0", "mcp.default_limit = 30\nmcp.max_limit = 20"]
        {
            assert!(limits(wrong).unwrap_err().to_string().contains("mcp."), "{wrong}");
        }
    }

    #[test]
    fn r39_debug_of_settings_shows_no_secret() {
        let config = read(
            "database_url = \"postgres://u:s3cret@h/d\"\ntoken_pepper = \"s3cret\"\n[apps.a]\nurl = \"postgres://u:s3cret@h/d\"",
        )
        .unwrap();
        assert!(!format!("{config:?}").contains("s3cret"));
    }
}
