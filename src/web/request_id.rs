//! One id a request, for log lines, the audit log and answers. None is accepted from outside: a client
//! could otherwise write its requests over somebody else's.

use std::sync::Arc;

use actix_web::HttpMessage;
use rand::RngExt;

/// Sixteen hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);

impl RequestId {
    /// Gives a request its id.
    pub(super) fn assign<P>(request: &impl HttpMessage<Stream = P>) -> Self {
        let id = Self::random();
        request.extensions_mut().insert(id.clone());
        id
    }

    /// The id that [`Observe`](super::Observe) gave a request.
    pub fn given<P>(request: &impl HttpMessage<Stream = P>) -> Option<Self> {
        request.extensions().get::<Self>().cloned()
    }

    /// The id of a request, or a new one where [`Observe`](super::Observe) gave it none.
    pub fn of<P>(request: &impl HttpMessage<Stream = P>) -> Self {
        Self::given(request).unwrap_or_else(Self::random)
    }

    fn random() -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut rest: u64 = rand::rng().random();
        let mut text = [0; 16];
        for digit in &mut text {
            *digit = DIGITS[(rest & 15) as usize];
            rest >>= 4;
        }
        Self(std::str::from_utf8(&text).unwrap_or_default().into())
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn an_id_is_made_once_and_never_taken_from_the_client() {
        let request = TestRequest::default().insert_header(("X-Request-Id", "mine")).to_srv_request();
        let id = RequestId::assign(&request);
        assert_eq!(id, RequestId::of(&request));
        assert!(id.0.len() == 16 && id.0.bytes().all(|b| b.is_ascii_hexdigit()), "{id:?}");
        assert_ne!(id, RequestId::of(&TestRequest::default().to_srv_request()));
    }
}
