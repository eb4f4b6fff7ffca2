//! SIGTERM while there is much to do.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::{PATIENCE, get};
use crate::harness::{Process, Site, eventually, on_each};

const BODY: &str = r#"{"method":"tools/list"}"#;

fn head(token: &str) -> String {
    format!(
        "POST /mcp/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        BODY.len()
    )
}

fn connect(address: &str) -> Option<TcpStream> {
    let stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    Some(stream)
}

/// The next whole answer; `None` if the connection was closed before it began.
fn answer(stream: &mut TcpStream) -> Option<String> {
    let mut text = String::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                return Some(text);
            }
        }
        match stream.read(&mut buffer) {
            Ok(n) if n > 0 => text.push_str(std::str::from_utf8(&buffer[..n]).unwrap()),
            ended => {
                assert!(text.is_empty(), "an answer was cut off: {ended:?} after {} bytes", text.len());
                return None;
            }
        }
    }
}

/// Calls on one connection after the other until there is none to be had; how many were answered.
fn load(address: &str, token: &str) -> usize {
    let call = head(token) + BODY;
    let mut answered = 0;
    while let Some(mut stream) = connect(address) {
        while stream.write_all(call.as_bytes()).is_ok() {
            let Some(text) = answer(&mut stream) else { break };
            assert!(text.starts_with("HTTP/1.1 200"), "{text}");
            answered += 1;
        }
    }
    answered
}

on_each! {
    async fn r50_a_stop_under_load_ends_what_was_begun_and_cuts_nothing_off(backend) {
        let site = Site::new(backend);
        let mut server = Process::serve(&site, "workers = 2\nshutdown_delay = \"3s\"");
        site.cli(&["user", "create", "ada"]);
        let made = site.cli(&["token", "create", "--name", "CI", "--user", "ada", "--perm", "blog.view_article"]);
        let (address, token) = (server.address().to_owned(), made["token"].as_str().unwrap().to_owned());
        let loads: Vec<_> = (0..3)
            .map(|_| {
                let (address, token) = (address.clone(), token.clone());
                std::thread::spawn(move || load(&address, &token))
            })
            .collect();
        let (first, rest) = BODY.split_at(9);
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.signal("TERM");
        eventually("it is not ready", PATIENCE, async || get(&address, "/readyz").status == 503).await;
        let begun = (0..8).map(|_| {
            let mut stream = connect(&address).expect("requests are still taken");
            stream.write_all((head(&token) + first).as_bytes()).unwrap();
            stream
        });
        let begun: Vec<TcpStream> = begun.collect();
        eventually("nobody comes in any more", PATIENCE, async || TcpStream::connect(&address).is_err()).await;
        for mut stream in begun {
            stream.write_all(rest.as_bytes()).unwrap();
            let text = answer(&mut stream).expect("what was begun is answered");
            assert!(text.starts_with("HTTP/1.1 200") && text.contains("list_article"), "{text}");
        }
        assert_eq!(server.wait(PATIENCE).code(), Some(0));
        assert!(loads.into_iter().all(|load| load.join().unwrap() > 0));
        eventually("the last line of the log is there", PATIENCE, async || {
            server.output().lines().last().is_some_and(|line| line.contains("\"stopped\""))
        })
        .await;
    }
}
