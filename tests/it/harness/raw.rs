//! HTTP by hand, for what no client library lets one send.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// An answer in parts.
#[derive(Debug, PartialEq, Eq)]
pub struct RawAnswer {
    /// HTTP status; 0 if the connection was closed without an answer.
    pub status: u16,
    /// The head as it came.
    pub head: String,
    /// The body as it came.
    pub body: String,
}

impl RawAnswer {
    /// A header's value, or an empty text.
    pub fn header(&self, name: &str) -> &str {
        let wanted = format!("{}:", name.to_lowercase());
        let line = self.head.lines().find(|line| line.to_lowercase().starts_with(&wanted));
        line.and_then(|line| line.split_once(':')).map_or("", |(_, value)| value.trim())
    }

    /// Head, its lines in order, and body without what differs between equal answers.
    pub fn comparable(&self) -> String {
        let varies = ["date:", "x-request-id:"];
        let mut head: Vec<&str> = self
            .head
            .lines()
            .filter(|line| !varies.iter().any(|name| line.to_lowercase().starts_with(name)))
            .collect();
        head.sort_unstable();
        format!("{}\n\n{}", head.join("\n"), self.body)
    }
}

/// Sends bytes to `address` and reads until the other side closes, at most 15 seconds.
pub fn raw(address: &str, bytes: impl AsRef<[u8]>) -> RawAnswer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
    // The server may answer and close before it has read everything.
    let _ = stream.write_all(bytes.as_ref());
    let mut read = Vec::new();
    let mut buffer = [0; 8192];
    while let Ok(n) = stream.read(&mut buffer) {
        if n == 0 {
            break;
        }
        read.extend_from_slice(&buffer[..n]);
    }
    let text = String::from_utf8_lossy(&read).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    RawAnswer { status, head: head.to_owned(), body: body.to_owned() }
}

/// `POST /mcp/` with `tools/list` in the bare form and these header lines, on a connection of its own.
pub fn request(address: &str, headers: &[&str]) -> RawAnswer {
    send(address, "POST /mcp/", headers, r#"{"method":"tools/list"}"#)
}

/// Any request of one connection.
pub fn send(address: &str, line: &str, headers: &[&str], body: &str) -> RawAnswer {
    let mut text = format!("{line} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|header| header.to_lowercase().starts_with("host:")) {
        text.extend(["Host: ", address, "\r\n"]);
    }
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    if !body.is_empty() {
        text.extend(["Content-Type: application/json\r\nContent-Length: ", &body.len().to_string(), "\r\n"]);
    }
    raw(address, format!("{text}\r\n{body}"))
}

/// Sends `count` calls on one connection, a hundred at a time without waiting; how many were answered 200.
pub fn pipeline(address: &str, token: &str, count: usize) -> usize {
    const BATCH: usize = 100;
    const BODY: &str = r#"{"method":"tools/list"}"#;
    let one = format!(
        "POST /mcp/ HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    let batch = one.repeat(BATCH);
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
    let mut accepted = 0;
    let mut buffer = vec![0; 1 << 16];
    for _ in 0..count / BATCH {
        stream.write_all(batch.as_bytes()).unwrap();
        let (mut text, mut answered) = (String::new(), 0);
        while answered < BATCH {
            let n = stream.read(&mut buffer).unwrap();
            assert!(n > 0, "closed after {answered} answers");
            text.push_str(std::str::from_utf8(&buffer[..n]).unwrap());
            answered = text.matches("\r\n\r\n").count();
        }
        accepted += text.matches("HTTP/1.1 200 ").count();
    }
    accepted
}
