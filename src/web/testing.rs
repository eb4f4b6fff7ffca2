//! A client for tests that sends exactly what it is told, also what no library would send.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// An answer as it came.
pub(crate) struct Answer {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Answer {
    /// The value of a header, empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim()).next().unwrap_or_default()
    }

    /// Everything that a client can see, but the named headers and the order of the others.
    pub fn whole_without(&self, headers: &[&str]) -> String {
        let left_out = |line: &&str| headers.iter().any(|h| line.to_ascii_lowercase().starts_with(h));
        let mut head: Vec<&str> = self.head.lines().filter(|line| !left_out(line)).collect();
        head[1..].sort_unstable();
        format!("{}\n\n{}", head.join("\n"), self.body)
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// Sends one request on a connection of its own. `Host` is added if it is not among the headers.
pub(crate) async fn send(address: &str, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let length = body.len().to_string();
    let host = if headers.iter().any(|(name, _)| *name == "Host") { None } else { Some(("Host", address)) };
    let own = [("Connection", "close"), ("Content-Length", &length)];
    let all = own.into_iter().chain(host).chain(headers.iter().copied());
    let head: Vec<String> = all.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let text = format!("{line} HTTP/1.1\r\n{}\r\n{body}", head.concat());
    let address = address.to_owned();
    tokio::task::spawn_blocking(move || exchange(&address, &text)).await.unwrap()
}

fn exchange(address: &str, text: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let answer = String::from_utf8(bytes).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap_or_default().parse().unwrap_or(0);
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

/// A place for log lines.
#[derive(Clone, Default)]
pub(crate) struct Memory(pub Arc<Mutex<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
