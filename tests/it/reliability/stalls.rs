//! Clients that begin and do not go on.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use mcp_admin::db::Backend;

use super::{PATIENCE, get};
use crate::harness::{Process, Site, TestApp, on_each, raw};

/// So many of them may stall while others are served.
const MANY: usize = 500;
/// By then they have to be closed.
const CLOSED_WITHIN: Duration = Duration::from_secs(10);
/// How much later that may be seen here: other tests run beside.
const SLACK: Duration = Duration::from_secs(5);

fn open(address: &str, sent: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(sent.as_bytes()).unwrap();
    stream
}

/// The ways to stall: what is sent, and how much of an answer comes before.
fn ways(token: &str) -> [String; 4] {
    let head = format!(
        "POST /mcp/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    );
    [
        "GET /livez HTTP/1.1\r\nHost: loc".to_owned(),
        format!("{head}Content-Length: 40\r\n\r\n{{\"method\""),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n9\r\n{{\"method\"\r\n"),
        "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGET /livez HTTP/1.1\r\nHost: loc".to_owned(),
    ]
}

/// Reads until the other side closes; what came.
fn read_to_end(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // A reset is an end, too.
    let ended = stream.read_to_end(&mut text);
    let timed_out = ended
        .is_err_and(|e| matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut));
    assert!(!timed_out, "still open after {PATIENCE:?}");
    String::from_utf8_lossy(&text).into_owned()
}

on_each! {
    async fn r42_clients_that_stall_are_closed_and_others_are_served(backend) {
        let site = Site::new(backend);
        let server = Process::serve(&site, "workers = 2");
        site.cli(&["user", "create", "ada"]);
        let token = site.cli(&["token", "create", "--name", "CI", "--user", "ada", "--perm", "blog.view_article"]);
        let agent = crate::harness::Agent::new(&server.url, token["token"].as_str().unwrap(), None);
        let started = Instant::now();
        let stalled: Vec<TcpStream> =
            (0..MANY).map(|n| open(server.address(), &ways(&agent.token)[n % 4])).collect();
        while started.elapsed() < Duration::from_secs(3) {
            let one = Instant::now();
            assert_eq!(agent.status().await, 200);
            assert!(one.elapsed() < Duration::from_secs(3), "{:?}", one.elapsed());
        }
        let closed = tokio::task::spawn_blocking(move || {
            let mut told = [const { String::new() }; 4];
            for (n, mut stream) in stalled.into_iter().enumerate() {
                told[n % 4] = read_to_end(&mut stream);
            }
            told
        });
        let told = closed.await.unwrap();
        assert!(started.elapsed() < CLOSED_WITHIN + SLACK, "{:?}", started.elapsed());
        assert!(told[0].starts_with("HTTP/1.1 408"), "{}", told[0]);
        for late in &told[1..3] {
            assert!(late.starts_with("HTTP/1.1 408") && late.contains("application/problem+json"), "{late}");
        }
        assert!(told[3].starts_with("HTTP/1.1 200") && told[3].ends_with("ok\n"), "{}", told[3]);
        assert_eq!(agent.status().await, 200);
    }
}

#[tokio::test]
async fn r42_what_comes_slowly_but_steadily_is_taken() {
    let app = TestApp::start(Backend::Sqlite).await;
    let agent = app.token(&["blog.view_article"]);
    let body = format!(r#"{{"method":"tools/list","pad":"{}"}}"#, "x".repeat(600 * 1024));
    let address = app.address().to_owned();
    let slow = tokio::task::spawn_blocking(move || {
        let mut stream = open(
            &address,
            &format!(
                "POST /mcp/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                agent.token,
                body.len()
            ),
        );
        // Longer than nothing at all may come, at a pace that is allowed.
        for part in body.as_bytes().chunks(body.len() / 20) {
            stream.write_all(part).unwrap();
            std::thread::sleep(Duration::from_millis(500));
        }
        read_to_end(&mut stream)
    });
    let answer = slow.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("list_article"), "{}", &answer[..200]);
    assert_eq!(get(app.address(), "/livez").status, 200);
    let late =
        raw(app.address(), "POST /api/v1/tokens HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n{");
    assert!([401, 408].contains(&late.status), "{}", late.head);
}
