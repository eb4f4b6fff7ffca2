//! `openapi`: the document of the REST API, without a server.

use super::output;
use crate::error::Result;
use crate::server;

/// Prints the OpenAPI 3.1 document as JSON, whether `--json` is given or not.
///
/// # Errors
/// Nobody reads what is printed.
pub fn run() -> Result<()> {
    output::json(&server::openapi())
}
