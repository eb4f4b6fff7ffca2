//! The client's address. `X-Forwarded-For` is believed only as far as trusted proxies wrote it.

use std::net::IpAddr;

use actix_web::dev::RequestHead;
use actix_web::http::header::HeaderName;
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Where a request came from: the peer, or, if the peer is one of `trusted` proxies, the last address in
/// `X-Forwarded-For` that none of them has. `None` only where there is no peer, as in unit tests.
pub fn client_ip(head: &RequestHead, trusted: &[IpNet]) -> Option<IpAddr> {
    let peer = head.peer_addr?.ip().to_canonical();
    if trusted.is_empty() || !is_trusted(peer, trusted) {
        return Some(peer);
    }
    let written: Vec<&str> =
        head.headers.get_all(FORWARDED_FOR).filter_map(|value| value.to_str().ok()).collect();
    let mut client = peer;
    for hop in written.iter().rev().flat_map(|line| line.rsplit(',')) {
        let Some(address) = parse(hop.trim()) else { break };
        client = address;
        if !is_trusted(address, trusted) {
            break;
        }
    }
    Some(client)
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&address))
}

/// An address as proxies write it: `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]:443`.
fn parse(text: &str) -> Option<IpAddr> {
    let address = text
        .parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip()))
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn ip(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut request = TestRequest::default().peer_addr(format!("{peer}:5000").parse().unwrap());
        for line in forwarded {
            request = request.append_header(("X-Forwarded-For", *line));
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        client_ip(request.to_http_request().head(), &trusted).unwrap().to_string()
    }

    #[test]
    fn r40_forwarded_for_counts_only_from_trusted_proxies() {
        assert_eq!(ip("192.0.2.9", &["198.51.100.1"], &[]), "192.0.2.9");
        assert_eq!(ip("192.0.2.9", &["198.51.100.1"], &["10.0.0.0/8"]), "192.0.2.9");
        assert_eq!(ip("10.0.0.1", &["198.51.100.1"], &["10.0.0.0/8"]), "198.51.100.1");
    }

    #[test]
    fn r40_what_a_client_wrote_itself_is_skipped() {
        let trusted = ["10.0.0.0/8"];
        assert_eq!(ip("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.0.0.2"], &trusted), "198.51.100.1");
        assert_eq!(ip("10.0.0.1", &["1.1.1.1", "198.51.100.1:443"], &trusted), "198.51.100.1");
        assert_eq!(ip("10.0.0.1", &["1.1.1.1, nonsense"], &trusted), "10.0.0.1");
        assert_eq!(ip("10.0.0.1", &["[2001:db8::1]:443"], &trusted), "2001:db8::1");
    }
}
