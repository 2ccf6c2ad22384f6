//! A PostgreSQL server of our own, in a temporary folder: no port, no system service, gone with the process that started it,
//! even if that is killed.
//!
//! A shell watches over the server. It reads from a pipe whose other end only we hold; when it reads the end, we are gone,
//! and it stops the server and removes the folder.

#![allow(dead_code, reason = "a test program may never stop its server")]

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions};

/// Starting takes well under a second, and a few where many tests share two cores.
const START_WITHIN: Duration = Duration::from_secs(60);

/// Where Debian keeps the programs that are not meant for everybody's PATH.
const DEBIAN: &str = "/usr/lib/postgresql";

const WATCH: &str = r#"
    "$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c max_connections=200 -c shared_buffers=16MB \
        -c autovacuum=off -c fsync="$3" -c full_page_writes="$3" >>"$2/log" 2>&1 </dev/null &
    server=$!
    word=
    read word
    # QUIT is the server's own kind of crash: it leaves without writing anything down.
    if [ "$word" = crash ]; then kill -QUIT $server; else kill -INT $server; fi
    wait $server
    [ -n "$word" ] || rm -rf "$2"
"#;

/// A server with a data folder of its own, which can be stopped and started again.
pub struct Server {
    folder: PathBuf,
    programs: PathBuf,
    durable: bool,
    watch: Option<(Child, ChildStdin)>,
}

impl Server {
    /// Starts one that does not wait for the disk, unless it is to be `durable`.
    pub fn start(durable: bool) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("pg-")
            .tempdir()
            .expect("a temporary folder")
            .keep();
        let mut server = Self {
            programs: programs(),
            folder,
            durable,
            watch: None,
        };
        if let Some((user, group)) = somebody_else() {
            chown(&server.folder, Some(user), Some(group)).expect("a folder that can be given away");
        }
        let made = as_somebody(&server.programs.join("initdb"))
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "-D",
            ])
            .arg(server.folder.join("data"))
            .current_dir(&server.folder)
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        server.starts();
        server
    }

    pub fn starts(&mut self) {
        let fsync = if self.durable { "on" } else { "off" };
        let mut watch = as_somebody(Path::new("/bin/sh"))
            .args(["-c", WATCH, "watch"])
            .args([self.programs.as_os_str(), self.folder.as_os_str(), fsync.as_ref()])
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        let pipe = watch.stdin.take().expect("a pipe");
        self.watch = Some((watch, pipe));
        let began = Instant::now();
        // The socket takes connections a moment before the server lets anybody in; who connects tries again until then.
        while UnixStream::connect(self.folder.join(".s.PGSQL.5432")).is_err() {
            let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(began.elapsed() < START_WITHIN, "the server does not start:\n{}", log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// In good order: connections are ended, everything is written.
    pub fn stops(&mut self) {
        self.ends("stop\n");
    }

    /// Like a power cut, but for the disk.
    pub fn crashes(&mut self) {
        self.ends("crash\n");
    }

    fn ends(&mut self, word: &str) {
        let (mut watch, mut pipe) = self.watch.take().expect("a running server");
        pipe.write_all(word.as_bytes()).expect("a shell that listens");
        watch.wait().expect("its end");
    }

    /// To every process of the server. One that has just ended needs none.
    pub fn signals(&self, signal: &str) {
        let file = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).expect("a running server");
        let first = file.lines().next().expect("a number in the first line").to_owned();
        let send = |to: &str| {
            Command::new("kill")
                .args([&format!("-{signal}"), to])
                .output()
                .expect("kill runs")
        };
        // The parent first: what does not run starts no more children.
        assert!(send(&first).status.success());
        let children = std::fs::read_to_string(format!("/proc/{first}/task/{first}/children")).unwrap_or_default();
        children.split_whitespace().for_each(|child| drop(send(child)));
    }

    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://postgres@localhost/{database}?host={}",
            self.folder.display()
        )
    }

    /// A connection that is not the store's, as an operator's shell would have it.
    pub async fn shell(&self, database: &str) -> PgConnection {
        shell(&self.url(database)).await
    }

    /// An empty database with a name of its own; `template1` is an empty one to begin with.
    pub async fn database(&self, template: &str) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let sql = format!("CREATE DATABASE {name} TEMPLATE {template}");
        let mut shell = self.shell("postgres").await;
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut shell)
            .await
            .expect("a new database");
        self.url(&name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((mut watch, pipe)) = self.watch.take() {
            if std::thread::panicking() {
                // A test may have broken off while everything stood still, and what stands still does not end.
                self.signals("CONT");
            }
            drop(pipe);
            drop(watch.wait());
        } else {
            drop(std::fs::remove_dir_all(&self.folder));
        }
    }
}

/// The one server that the tests of this process share.
pub fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| Server::start(false))
}

pub async fn shell(url: &str) -> PgConnection {
    let options: PgConnectOptions = url.parse().expect("a URL");
    let began = Instant::now();
    loop {
        match options.connect().await {
            Ok(connection) => return connection,
            Err(error) => assert!(began.elapsed() < START_WITHIN, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The folder of `initdb` and `postgres`.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir(DEBIAN) {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    let found = folders
        .into_iter()
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file());
    found.expect("PostgreSQL is not installed; .ci/prepare says how (Debian: apt-get install postgresql)")
}

/// The server refuses to run as root; then somebody else runs it.
fn somebody_else() -> Option<(u32, u32)> {
    let own = File::open("/proc/self")
        .and_then(|file| file.metadata())
        .expect("/proc")
        .uid();
    if own != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").expect("a list of users");
    let numbers = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    Some(
        numbers("postgres")
            .or_else(|| numbers("nobody"))
            .expect("a user that is not root"),
    )
}

fn as_somebody(program: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = somebody_else() {
        command.uid(user).gid(group);
    }
    // Away from the terminal's Ctrl-C, so that the shell is still there to clean up.
    command.process_group(0);
    command
}
