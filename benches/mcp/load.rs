//! Load: wrk on a core of its own against a server on another.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use flate2::read::GzDecoder;

use super::servers::Case;
use super::{Outcome, Plan};

const SERVER_CORE: &str = "0";
const CLIENT_CORE: &str = "1";
const CONNECTIONS: &str = "32";
/// Kernel ticks of CPU time a second, as /proc counts them.
const TICKS: f64 = 100.0;

/// What one process did under load.
pub struct Run {
    /// Answered requests a second.
    pub rps: f64,
    /// Median latency.
    pub p50_ms: f64,
    /// 99th percentile of latency.
    pub p99_ms: f64,
    /// CPU time of the server for one request.
    pub cpu_us: f64,
}

/// # Errors
/// Says what has to be installed.
pub fn insist_on_tools() -> Outcome<()> {
    for (tool, package) in [("wrk", "wrk"), ("taskset", "util-linux")] {
        let found = Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if found.is_err() {
            return Err(format!("{tool} is missing: apt-get install {package}").into());
        }
    }
    Ok(())
}

/// A server process that ends with its owner.
struct Server {
    process: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    fn start(case: &Case, directory: &Path) -> Outcome<Self> {
        let log = directory.join(format!("{}.log", case.name));
        let mut process = Command::new("taskset")
            .args(["-c", SERVER_CORE])
            .arg(std::env::current_exe()?)
            .args(["serve", case.name])
            .arg(directory)
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()?;
        let mut line = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let mut server = Self { process, port: 0 };
        server.port = line.trim().parse().map_err(|_| {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            format!("the server did not start: {}", text.lines().last().unwrap_or_default())
        })?;
        Ok(server)
    }

    /// CPU seconds so far, of user and kernel.
    fn cpu_seconds(&self) -> Outcome<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let after_name = stat.rsplit_once(')').ok_or("no process name")?.1;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let ticks = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
        Ok(ticks / TICKS)
    }
}

/// Starts a server for `case`, warms it up and measures it.
///
/// # Errors
/// The server does not start, or does not answer what it should.
pub fn measure(case: &Case, plan: &Plan, directory: &Path, tokens: &[String]) -> Outcome<Run> {
    let server = Server::start(case, directory)?;
    try_out(case, server.port, tokens.first().map_or("", String::as_str))?;
    let script = directory.join("load.lua");
    std::fs::write(&script, lua(case, tokens)?)?;
    wrk(&script, server.port, plan.warm_up)?;
    let before = server.cpu_seconds()?;
    let [requests, micros, p50, p99, errors] = wrk(&script, server.port, plan.run)?;
    let cpu = server.cpu_seconds()? - before;
    if errors > 0.0 || requests < 1.0 {
        return Err(format!("{errors} of {requests} requests failed").into());
    }
    Ok(Run {
        rps: requests / (micros / 1e6),
        p50_ms: p50 / 1e3,
        p99_ms: p99 / 1e3,
        cpu_us: cpu * 1e6 / requests,
    })
}

/// One call by hand, so that nobody measures how fast an error is.
fn try_out(case: &Case, port: u16, token: &str) -> Outcome<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(
        stream,
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\
         MCP-Protocol-Version: 2025-11-25\r\nAccept-Encoding: {}\r\nAuthorization: Bearer {token}\r\n\r\n{}",
        case.body.len(),
        coding(case),
        case.body
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or("no head came")? + 4;
    let head = String::from_utf8_lossy(&answer[..end]);
    let mut text = String::new();
    if case.takes_gzip && head.contains("content-encoding: gzip") {
        GzDecoder::new(&answer[end..]).read_to_string(&mut text)?;
    } else {
        text = String::from_utf8_lossy(&answer[end..]).into_owned();
    }
    if head.starts_with("HTTP/1.1 200") && text.contains(case.expect) {
        return Ok(());
    }
    Err(format!("unexpected answer: {head}{}", text.chars().take(600).collect::<String>()).into())
}

fn coding(case: &Case) -> &'static str {
    if case.takes_gzip { "gzip" } else { "identity" }
}

/// Posts the case's body with each token in turn and prints one line of numbers.
fn lua(case: &Case, tokens: &[String]) -> Outcome<String> {
    let mut script = String::from("local calls = {}\nlocal n = 0\nfunction init()\n");
    for (at, token) in tokens.iter().enumerate() {
        writeln!(
            script,
            "calls[{}] = wrk.format('POST', '/mcp', {{['Host'] = 'localhost', \
             ['Content-Type'] = 'application/json', ['Accept'] = 'application/json, text/event-stream', \
             ['MCP-Protocol-Version'] = '2025-11-25', ['Accept-Encoding'] = '{}', \
             ['Authorization'] = 'Bearer {token}'}}, [==[{}]==])",
            at + 1,
            coding(case),
            case.body
        )?;
    }
    script.push_str(
        "end\nfunction request()\nn = n % #calls + 1\nreturn calls[n]\nend\n\
         function done(summary, latency)\nlocal e = summary.errors\n\
         io.write(string.format('RESULT %d %d %d %d %d\\n', summary.requests, summary.duration, \
         latency:percentile(50), latency:percentile(99), \
         e.connect + e.read + e.write + e.status + e.timeout))\nend\n",
    );
    Ok(script)
}

/// Requests, duration, p50 and p99 in microseconds, errors.
fn wrk(script: &Path, port: u16, time: Duration) -> Outcome<[f64; 5]> {
    // wrk counts whole seconds.
    let seconds = time.as_secs().max(1).to_string();
    let output = Command::new("taskset")
        .args(["-c", CLIENT_CORE, "wrk", "-t1", "-c", CONNECTIONS, "-d", &seconds, "-s"])
        .arg(script)
        .arg(format!("http://127.0.0.1:{port}/mcp"))
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("RESULT ")).ok_or("wrk said nothing")?;
    let numbers: Vec<f64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    numbers.try_into().map_err(|_| "wrk said something else".into())
}
