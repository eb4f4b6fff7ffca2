//! A proxy on the loopback that adds a credential, for clients that cannot send one. Nothing else of a
//! request changes but that each has a connection of its own.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A running proxy; it ends when this is dropped.
pub struct Proxy {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    address: String,
    ended: Arc<AtomicBool>,
}

impl Proxy {
    /// Adds `token` to every request that it passes on to `address`.
    pub fn start(address: &str, token: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap().to_string();
        let ended = Arc::<AtomicBool>::default();
        let (to, line, over) =
            (address.to_owned(), format!("Authorization: Bearer {token}\r\n"), ended.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let (to, line) = (to.clone(), line.clone());
                // A connection that breaks off is the client's affair.
                std::thread::spawn(move || drop(pass_on(client, &to, &line)));
            }
        });
        Self { url: format!("http://{own}"), address: own, ended }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for the next client.
        drop(TcpStream::connect(&self.address));
    }
}

fn pass_on(mut client: TcpStream, to: &str, line: &str) -> std::io::Result<()> {
    let mut head = Vec::new();
    let end = loop {
        let mut buffer = [0; 4096];
        let n = client.read(&mut buffer)?;
        if n == 0 {
            return Ok(());
        }
        head.extend_from_slice(&buffer[..n]);
        if let Some(at) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
    };
    let text = String::from_utf8_lossy(&head[..end]).into_owned();
    let (first, rest) = text.split_once("\r\n").unwrap_or((&text, ""));
    let kept = rest.split("\r\n").filter(|header| !header.to_lowercase().starts_with("connection:"));
    let kept: String = kept.flat_map(|header| [header, "\r\n"]).collect();
    let mut server = TcpStream::connect(to)?;
    server.write_all(format!("{first}\r\n{line}Connection: close\r\n{kept}\r\n").as_bytes())?;
    server.write_all(&head[end + 4..])?;
    let (mut from, mut into) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut into);
        // The client hung up, and so does the proxy.
        let _ = into.shutdown(Shutdown::Both);
    });
    let copied = std::io::copy(&mut server, &mut client);
    let _ = client.shutdown(Shutdown::Both);
    copied.map(drop)
}
