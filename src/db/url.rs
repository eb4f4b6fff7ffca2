//! Database addresses: which backend they name, and how they are shown without their password.

use std::fmt;

use crate::error::{Error, Result};

/// The two databases that we speak to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /// `postgres://…`
    Postgres,
    /// `sqlite://path` or a bare path
    Sqlite,
}

impl Backend {
    /// `postgres` or `sqlite`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
        }
    }
}

/// A database address that was checked. Its `Display` and `Debug` never show a password.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DatabaseUrl {
    backend: Backend,
    target: String,
}

const ACCEPTED: &str = "accepted forms: sqlite://path/to/file.db, a bare path such as mcp-admin.db, \
                        postgres://user:password@host:5432/database";

impl DatabaseUrl {
    /// Reads `sqlite://path`, a bare path, or `postgres://…` / `postgresql://…`.
    ///
    /// # Errors
    /// `Invalid` for anything else; the message names the accepted forms. No file is touched.
    pub fn parse(text: &str) -> Result<Self> {
        let refuse = |why: &str| Err(Error::invalid("database_url", format!("{why}; {ACCEPTED}")));
        let text = text.trim();
        if text.is_empty() {
            return refuse("the database URL is empty");
        }
        if text.contains('\0') {
            return refuse("the database URL contains a NUL character");
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Self::postgres(text);
        }
        if let Some(path) = text.strip_prefix("sqlite://") {
            if path.is_empty() {
                return refuse("the path of the SQLite file is missing");
            }
            return Ok(Self { backend: Backend::Sqlite, target: path.to_owned() });
        }
        if let Some((scheme, _)) = text.split_once("://") {
            return refuse(&format!("the scheme \"{}\" is not supported", scheme.escape_debug()));
        }
        if text == ":memory:" || text.starts_with("file:") || text.starts_with("sqlite:") {
            return refuse("this form of SQLite address is not supported");
        }
        Ok(Self { backend: Backend::Sqlite, target: text.to_owned() })
    }

    fn postgres(text: &str) -> Result<Self> {
        let asks_for_tls = ["sslmode=require", "sslmode=verify-ca", "sslmode=verify-full"]
            .iter()
            .any(|mode| text.contains(mode));
        if asks_for_tls && !cfg!(feature = "pg-tls") {
            return Err(Error::invalid(
                "database_url",
                "this binary was built without TLS for PostgreSQL; use a release build, build with \
                 `--features pg-tls`, or remove sslmode from the URL",
            ));
        }
        Ok(Self { backend: Backend::Postgres, target: text.to_owned() })
    }

    /// Which database this is.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// What the driver takes: a path or a connection URL with its password. Not for messages.
    pub fn target(&self) -> &str {
        &self.target
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.backend == Backend::Sqlite {
            return write!(f, "sqlite://{}", self.target);
        }
        let (scheme, rest) = self.target.split_once("://").unwrap_or(("postgres", &self.target));
        let (address, query) = rest.split_once('?').map_or((rest, ""), |(a, q)| (a, q));
        let (user, host) = match address.rsplit_once('@') {
            Some((credentials, host)) => {
                (credentials.split_once(':').map_or(credentials, |(user, _)| user), host)
            }
            None => ("", address),
        };
        let at = if user.is_empty() { "" } else { "@" };
        write!(f, "{scheme}://{user}{at}{host}")?;
        let shown = query.split('&').filter(|p| !p.is_empty() && !p.starts_with("password="));
        for (i, parameter) in shown.enumerate() {
            write!(f, "{}{parameter}", if i == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_backends_are_recognised() {
        for (text, backend) in [
            ("mcp-admin.db", Backend::Sqlite),
            ("sqlite://data/x.db", Backend::Sqlite),
            ("sqlite:///var/x.db", Backend::Sqlite),
            ("postgres://u:p@h/db", Backend::Postgres),
            ("postgresql:///db?host=/tmp", Backend::Postgres),
        ] {
            assert_eq!(DatabaseUrl::parse(text).unwrap().backend(), backend, "{text}");
        }
    }

    #[test]
    fn other_addresses_are_refused_with_the_accepted_forms() {
        for text in ["", "mysql://h/db", "file:x.db", ":memory:", "sqlite://", "http://x"] {
            let error = DatabaseUrl::parse(text).unwrap_err().to_string();
            assert!(error.contains("postgres://user:password@host:5432/database"), "{text}: {error}");
        }
    }

    #[test]
    fn r39_passwords_are_never_shown() {
        for text in ["postgres://bob:s3cr3t@h:5432/db", "postgres://h/db?user=bob&password=s3cr3t"] {
            let url = DatabaseUrl::parse(text).unwrap();
            assert!(!format!("{url} {url:?}").contains("s3cr3t"));
            assert!(format!("{url}").contains("/db"));
        }
    }

    #[test]
    #[cfg(not(feature = "pg-tls"))]
    fn a_binary_without_tls_says_so() {
        let error = DatabaseUrl::parse("postgres://h/db?sslmode=require").unwrap_err().to_string();
        assert!(error.contains("pg-tls"), "{error}");
    }
}
