//! A throw-away PostgreSQL cluster: started when the first test asks for it, gone when this process is,
//! however it ends.

use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use tempfile::TempDir;

use super::tool;

/// PostgreSQL refuses to run as root; Debian has this user for such things.
const NOBODY: u32 = 65_534;

/// Runs `postgres`, once more for each line that it reads, and, once its own standard input is closed, ends it
/// and removes its files. The kernel closes that pipe when the test process ends, be it by a signal.
const KEEPER: &str = r#"
run() { "$@" >>"$DIR/log" 2>&1 </dev/null & pid=$!; }
run "$@"
while read -r _; do
  wait "$pid"
  run "$@"
done
kill -QUIT "$pid" 2>/dev/null
kill -CONT "$pid" 2>/dev/null
wait "$pid"
rm -rf "$DIR"
"#;

/// A running cluster.
pub struct Cluster {
    port: u16,
    next: AtomicUsize,
    folder: PathBuf,
    keeper: Child,
}

impl Cluster {
    /// The cluster that all tests of this process share.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(|_| {}, &[]))
    }

    /// Starts a cluster with more settings; `prepare` may put files into its data directory.
    pub fn start(prepare: impl Fn(&Path), settings: &[&str]) -> Self {
        // A port that is free now may be taken a moment later; then another is tried, in another folder.
        let mut said = String::new();
        for _ in 0..5 {
            let dir = Folder::new();
            initialise(&dir.data());
            prepare(&dir.data());
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            match launch(&dir, port, settings) {
                Ok(keeper) => {
                    return Self { port, next: AtomicUsize::new(0), folder: dir.keep(), keeper };
                }
                Err(log) => said = log,
            }
        }
        panic!("PostgreSQL does not start: {said}");
    }

    /// Address of a database of this cluster.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// A new empty database; its address.
    pub fn create_database(&self) -> String {
        self.create("TEMPLATE template0")
    }

    /// A copy of a database that nobody is connected to; its address.
    pub fn copy_database(&self, template: &str) -> String {
        self.create(&format!("TEMPLATE {template} STRATEGY file_copy"))
    }

    /// Makes a database of this name, for copying.
    pub fn create_template(&self, name: &str) -> String {
        self.execute(&format!("CREATE DATABASE {name} TEMPLATE template0"));
        self.url(name)
    }

    /// Runs statements as the administrator of the cluster.
    pub fn execute(&self, sql: &str) {
        let mut conn = PgConnection::establish(&self.url("postgres")).unwrap();
        conn.batch_execute(sql).unwrap();
    }

    /// Kills it as a fault of the machine would, and waits until all of it has ended.
    pub fn crash(&self) {
        let all = self.processes();
        signal("KILL", &all);
        while !all.iter().all(|pid| is_dead(pid)) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Starts it once more after a crash.
    pub fn revive(&mut self) {
        let again = self.keeper.stdin.as_mut().unwrap();
        std::io::Write::write_all(again, b"again\n").unwrap();
        let deadline = Instant::now() + Duration::from_mins(1);
        while !answers(&self.folder, self.port) {
            assert!(Instant::now() < deadline, "PostgreSQL does not come back: {}", log_of(&self.folder));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Has all of it stand still: connections stay, and nothing answers.
    pub fn freeze(&self) -> Frozen {
        let all = self.processes();
        signal("STOP", &all);
        Frozen(all)
    }

    /// The ids of the server and of what it started.
    fn processes(&self) -> Vec<String> {
        let file = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap();
        let server = file.lines().next().unwrap().to_owned();
        let children = std::fs::read_to_string(format!("/proc/{server}/task/{server}/children")).unwrap();
        let children = children.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        [server].into_iter().chain(children).collect()
    }

    fn create(&self, how: &str) -> String {
        let name = format!("test_{}", self.next.fetch_add(1, Ordering::Relaxed));
        self.execute(&format!("CREATE DATABASE {name} {how}"));
        self.url(&name)
    }
}

/// A cluster that stands still until this is dropped.
pub struct Frozen(Vec<String>);

impl Drop for Frozen {
    fn drop(&mut self) {
        signal("CONT", &self.0);
    }
}

/// Sends a signal to processes; some of them may have ended.
fn signal(name: &str, processes: &[String]) {
    Command::new("kill").arg(format!("-{name}")).args(processes).stderr(Stdio::null()).status().unwrap();
}

/// Whether a process has ended, be it that nobody has waited for it yet.
fn is_dead(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('Z'))
}

/// The folder of a cluster. The keeper removes it; if it comes to no keeper, this does.
struct Folder(Option<TempDir>);

impl Folder {
    fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("mcp-admin-pg-").tempdir().unwrap();
        if is_root() {
            std::os::unix::fs::chown(dir.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        Self(Some(dir))
    }

    fn path(&self) -> &Path {
        self.0.as_ref().expect("it is not kept yet").path()
    }

    fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// Leaves it to the keeper.
    fn keep(mut self) -> PathBuf {
        self.0.take().map(TempDir::keep).expect("it is not kept yet")
    }
}

fn initialise(data: &Path) {
    let mut initdb = Command::new(tool("postgres/initdb"));
    initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
    let made = unprivileged(initdb.arg("-D").arg(data)).output().unwrap();
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

fn unprivileged(command: &mut Command) -> &mut Command {
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.current_dir("/")
}

/// The keeper of a server that answers, or what the server wrote.
fn launch(folder: &Folder, port: u16, settings: &[&str]) -> Result<Child, String> {
    let (dir, data) = (folder.path(), folder.data());
    let mut command = Command::new("sh");
    command.args(["-c", KEEPER, "keeper"]).arg(tool("postgres/postgres"));
    command.arg("-D").arg(data).arg("-k").arg(dir).args(["-p", &port.to_string(), "-h", "127.0.0.1"]);
    // Nothing here has to survive a crash; and a zone far from UTC shows who forgets that there are zones.
    for setting in ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300"]
        .iter()
        .chain(&["shared_buffers=64MB", "autovacuum=off", "timezone=Asia/Kolkata"])
        .chain(settings)
    {
        command.args(["-c", setting]);
    }
    command.env("DIR", dir).process_group(0);
    let mut keeper = unprivileged(&mut command)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        if answers(dir, port) {
            return Ok(keeper);
        }
        if log_of(dir).contains("FATAL:  could not create any TCP/IP sockets") {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let log = log_of(dir);
    drop(keeper.stdin.take());
    keeper.wait().unwrap();
    Err(log)
}

/// Whether the server of this folder answers. It is asked through its own socket, because on its port another
/// one could.
fn answers(folder: &Path, port: u16) -> bool {
    let url = format!("postgres://postgres@/postgres?host={}&port={port}", folder.display());
    PgConnection::establish(&url).is_ok()
}

fn log_of(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}
