//! The real binary as a process.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::site::Site;

/// A server process. It is killed when this is dropped.
pub struct Process {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    child: Child,
    output: Arc<Mutex<String>>,
}

impl Process {
    /// `mcp-admin serve` on the databases of a site; `more` is TOML for the top of its settings.
    pub fn serve(site: &Site, more: &str) -> Self {
        let file = site.config_file(more);
        Self::spawn(command(&file).args(["serve", "--bind", "127.0.0.1:0"]))
    }

    /// Starts a command that says in its log where it listens.
    pub fn spawn(command: &mut Command) -> Self {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let output = Arc::new(Mutex::new(String::new()));
        gather(child.stdout.take().unwrap(), &output);
        gather(child.stderr.take().unwrap(), &output);
        let mut process = Self { url: String::new(), child, output };
        let port = process.wait_for(listening_port);
        process.url = format!("http://127.0.0.1:{port}");
        process
    }

    fn wait_for<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(found) = find(&self.output()) {
                return found;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < deadline, "{ended:?}: {}", self.output());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Everything that it has written to stdout and stderr.
    pub fn output(&self) -> String {
        self.output.lock().unwrap().clone()
    }

    /// The path of the link that makes the first administrator, as the log tells it.
    pub fn setup_path(&self) -> String {
        let output = self.output();
        let start = output.find("/admin/setup/").unwrap_or_else(|| panic!("{output}"));
        let ends = |c: char| c.is_whitespace() || "\"\\".contains(c);
        output[start..].split(ends).next().unwrap().to_owned()
    }

    /// `127.0.0.1:PORT`
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, e.g. `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end.
    pub fn wait(&mut self, within: Duration) -> ExitStatus {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "still running: {}", self.output());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn gather(pipe: impl Read + Send + 'static, into: &Arc<Mutex<String>>) {
    let into = Arc::clone(into);
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines() {
            let Ok(line) = line else { break };
            let mut text = into.lock().unwrap();
            text.push_str(&line);
            text.push('\n');
        }
    });
}

/// The port in the log line that says `listening`, or in the address that `demo` prints.
fn listening_port(output: &str) -> Option<u16> {
    let line = output.lines().find(|line| line.contains("listening") || line.contains("/mcp/"))?;
    let at = line.find("\"port\":").map(|at| at + 7).or_else(|| line.find("localhost:").map(|at| at + 10))?;
    let digits: String = line[at..].chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The binary with a file of settings and nothing of the caller's environment that it would read.
pub fn command(config: &Path) -> Command {
    let mut command = binary();
    command.arg("--config").arg(config);
    command
}

/// The binary in an environment of its own.
pub fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-admin"));
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", "/nonexistent").current_dir("/");
    command
}

/// What a command of the binary printed.
pub struct Printed {
    /// Whether it exited with 0.
    pub ok: bool,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Site {
    /// Runs a command of the binary on this site.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Printed {
        let output = command(&self.config_file("")).args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Printed { ok: output.status.success(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Runs a command with `--json` that has to succeed; what it printed.
    pub fn cli(&self, arguments: &[&str]) -> Value {
        let printed = self.run(&[&["--json"], arguments].concat());
        assert!(printed.ok, "{arguments:?}: {}{}", printed.stdout, printed.stderr);
        serde_json::from_str(&printed.stdout).unwrap_or_else(|e| panic!("{e}: {}", printed.stdout))
    }

    /// Runs a command that has to fail; what it said.
    pub fn cli_error(&self, arguments: &[&str]) -> String {
        let printed = self.run(arguments);
        assert!(!printed.ok, "{arguments:?}: {}", printed.stdout);
        printed.stderr
    }
}
