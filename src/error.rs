//! The one error of the crate. Each door renders it in its own form: problem+json, a page, a JSON-RPC
//! error or a tool result. Texts here are for users; what only an operator may read is in the source.

use std::fmt;

/// What is wrong with one field of an input.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// The field as the caller names it, e.g. `expires_at` or `data.title`.
    pub field: String,
    /// A sentence that says what is wrong with the value and how to mend it.
    pub message: String,
}

impl FieldError {
    /// An error of `field` with `message`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// Everything that can keep an operation from being done.
#[derive(Debug)]
pub enum Error {
    /// Nobody is signed in, or the credential is not valid.
    Unauthenticated,
    /// The actor lacks permissions.
    Forbidden {
        /// `app_label.codename` of each that is missing, e.g. `blog.add_article`; at least one.
        permissions: Vec<String>,
    },
    /// The actor may not do this, whatever permissions it has; the sentence says why.
    Refused(String),
    /// There is no such thing; the sentence names what was looked for.
    NotFound(String),
    /// The current state does not allow it; the sentence says what stands in the way.
    Conflict(String),
    /// Another one has this value of a field already, and only one can.
    Taken(FieldError),
    /// This was done before, under the same key of idempotency.
    Repeated {
        /// Id of what the first request made or changed.
        id: String,
    },
    /// The thing is not any more as the caller believes; the sentence says of which kind it is.
    PreconditionFailed(String),
    /// The request cannot be read; the sentence says why.
    Malformed(String),
    /// The input is wrong: every field at once.
    Invalid(Vec<FieldError>),
    /// Too many requests; try again after this many seconds.
    RateLimited {
        /// Seconds until it makes sense to try again.
        retry_after: u64,
    },
    /// A database cannot be reached or is too busy; nothing was decided.
    Unavailable(String),
    /// A fault of ours. The source goes to the log once, never to a client.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// One wrong field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    /// One missing permission.
    pub fn forbidden(permission: impl Into<String>) -> Self {
        Self::Forbidden { permissions: vec![permission.into()] }
    }

    /// A fault of ours that is described by a text.
    pub fn internal(text: impl Into<String>) -> Self {
        Self::Internal(text.into().into())
    }

    /// A stable code for machines; the list is closed and documented in `docs/errors.md`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden { .. } => "permission_denied",
            Self::Refused(_) => "refused",
            Self::NotFound(_) => "not_found",
            Self::Conflict(_) | Self::Taken(_) => "conflict",
            Self::Repeated { .. } => "idempotency_conflict",
            Self::PreconditionFailed(_) => "precondition_failed",
            Self::Malformed(_) => "bad_request",
            Self::Invalid(_) => "validation_error",
            Self::RateLimited { .. } => "rate_limited",
            Self::Unavailable(_) => "unavailable",
            Self::Internal(_) => "internal_error",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthenticated => f.write_str("Authentication is required"),
            Self::Forbidden { permissions } => write!(f, "Permission denied: {}", permissions.join(", ")),
            Self::Refused(why)
            | Self::NotFound(why)
            | Self::Conflict(why)
            | Self::PreconditionFailed(why)
            | Self::Malformed(why)
            | Self::Unavailable(why) => f.write_str(why),
            Self::Repeated { id } => {
                write!(
                    f,
                    "A request with this Idempotency-Key was answered before; what it made has the id {id}"
                )
            }
            Self::Taken(error) => write!(f, "{}: {}", error.field, error.message),
            Self::Invalid(errors) => {
                for (i, e) in errors.iter().enumerate() {
                    let separator = if i == 0 { "" } else { "; " };
                    write!(f, "{separator}{}: {}", e.field, e.message)?;
                }
                Ok(())
            }
            Self::RateLimited { retry_after } => {
                write!(f, "Too many requests; try again in {retry_after} seconds")
            }
            Self::Internal(_) => f.write_str("Something went wrong on the server"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Internal(source) => Some(source.as_ref()),
            _ => None,
        }
    }
}

/// Collects what is wrong with the fields of one input, so that all of it is told at once.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// What was checked, or nothing if fields are wrong: that is kept. What may be taken comes last, because
    /// PostgreSQL takes no statement of a transaction after one that failed.
    ///
    /// # Errors
    /// Whatever is not about fields.
    pub fn check<T>(&mut self, checked: Result<T>) -> Result<Option<T>> {
        match checked {
            Ok(value) => return Ok(Some(value)),
            Err(Error::Invalid(errors)) => self.0.extend(errors),
            Err(Error::Taken(error)) => self.0.push(error),
            Err(other) => return Err(other),
        }
        Ok(None)
    }

    /// The last of the checks, if nothing was wrong before it either.
    ///
    /// # Errors
    /// `Invalid` with everything that is wrong; the last error itself, if it is the only one or not about
    /// fields.
    pub fn finish<T>(mut self, last: Result<T>) -> Result<T> {
        if self.0.is_empty() {
            return last;
        }
        self.check(last)?;
        Err(Error::Invalid(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_fields_is_told_at_once_and_anything_else_alone() {
        let wrong = |field: &str| Err::<(), _>(Error::invalid(field, "is required"));
        let taken = || Err::<(), _>(Error::Taken(FieldError::new("name", "is taken")));
        let mut errors = FieldErrors::default();
        assert_eq!(errors.check(Ok(1)).unwrap(), Some(1));
        assert!(errors.check(wrong("a")).unwrap().is_none());
        assert_eq!(errors.finish(taken()).unwrap_err().to_string(), "a: is required; name: is taken");

        let mut errors = FieldErrors::default();
        errors.check(wrong("a")).unwrap();
        assert_eq!(errors.finish(Ok(())).unwrap_err().to_string(), "a: is required");
        assert!(matches!(FieldErrors::default().finish(taken()), Err(Error::Taken(_))));

        let mut errors = FieldErrors::default();
        errors.check(wrong("a")).unwrap();
        assert!(matches!(errors.finish(Err::<(), _>(Error::Unauthenticated)), Err(Error::Unauthenticated)));
    }
}
