//! One id a request, for log lines, the audit log and answers. None is accepted from outside: a client
//! could otherwise write its requests over somebody else's.

use std::sync::Arc;

use actix_web::HttpMessage;
use rand::RngExt;

/// Sixteen hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);

impl RequestId {
    /// The id of a request, made at the first call.
    pub fn of<P>(request: &impl HttpMessage<Stream = P>) -> Self {
        if let Some(id) = request.extensions().get::<Self>() {
            return id.clone();
        }
        let id = Self::random();
        request.extensions_mut().insert(id.clone());
        id
    }

    fn random() -> Self {
        Self(format!("{:016x}", rand::rng().random::<u64>()).into())
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn an_id_is_made_once_and_never_taken_from_the_client() {
        let request = TestRequest::default().insert_header(("X-Request-Id", "mine")).to_srv_request();
        let id = RequestId::of(&request);
        assert_eq!(id, RequestId::of(&request));
        assert!(id.0.len() == 16 && id.0.bytes().all(|b| b.is_ascii_hexdigit()), "{id:?}");
        assert_ne!(id, RequestId::of(&TestRequest::default().to_srv_request()));
    }
}
