//! `/oauth2`: what OAuth 2.0 resource servers and clients expect of an authorization server, as far as it
//! is about tokens that exist.

mod form;
mod introspect;
mod revoke;

use super::Endpoint;
use form::{Form, OAuthError};

/// The endpoints of this resource.
pub fn endpoints() -> Vec<Endpoint> {
    vec![introspect::endpoint(), revoke::endpoint()]
}
