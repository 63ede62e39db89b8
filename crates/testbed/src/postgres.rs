//! A PostgreSQL cluster in a directory of its own.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, bail};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::{end, free_port, start, wait_for};

/// Where Debian puts the programs, by version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// What to do when there are none.
const HINT: &str =
    "PostgreSQL is not installed\nhint: apt-get install -y --no-install-recommends postgresql";

/// A running PostgreSQL server without a password, on loopback. Dropping it ends it.
pub struct Postgres {
    directory: TempDir,
    programs: PathBuf,
    port: u16,
    server: Option<Child>,
    databases: AtomicU32,
    durable: bool,
}

impl Postgres {
    /// Starts one that does not wait for the disk: what it stores survives its own death, not the
    /// machine's.
    ///
    /// # Errors
    /// When PostgreSQL is not there or does not start; the message says what to do.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_with(false)
    }

    /// Starts one that waits for the disk, as an operator's does: for measurements.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub fn start_durable() -> anyhow::Result<Self> {
        Self::start_with(true)
    }

    fn start_with(durable: bool) -> anyhow::Result<Self> {
        let programs = find_programs().context(HINT)?;
        let directory = tempfile::Builder::new().prefix("ondeck-postgres-").tempdir()?;
        give_away(directory.path())?;
        let mut postgres = Self {
            directory,
            programs,
            port: free_port()?,
            server: None,
            databases: AtomicU32::new(0),
            durable,
        };
        let data = postgres.data();
        let made = postgres
            .command("initdb")
            .arg("-D")
            .arg(&data)
            .args(["-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"])
            .output()
            .context("cannot run initdb")?;
        if !made.status.success() {
            bail!("initdb failed: {}", String::from_utf8_lossy(&made.stderr));
        }
        postgres.start_again()?;
        Ok(postgres)
    }

    /// The port it listens on, also while it is stopped.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes an empty database and gives its URL.
    ///
    /// # Errors
    /// When the server does not run.
    pub fn database(&self) -> anyhow::Result<String> {
        let name = format!("ondeck{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(self.url(&name))
    }

    /// The URL of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs SQL and gives what it prints, without any decoration.
    ///
    /// # Errors
    /// When it fails; the message is the server's.
    pub fn sql(&self, database: &str, sql: &str) -> anyhow::Result<String> {
        let ran = Command::new(self.programs.join("psql"))
            .args([
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-d",
                &self.url(database),
                "-c",
            ])
            .arg(sql)
            .output()
            .context("cannot run psql")?;
        if !ran.status.success() {
            bail!("{}", String::from_utf8_lossy(&ran.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&ran.stdout).trim().to_owned())
    }

    /// Stops it at once: sessions are cut off, nothing that was committed is lost (`immediate` is what
    /// a crash leaves behind).
    pub fn stop(&mut self, immediate: bool) {
        if let Some(mut server) = self.server.take() {
            end(&mut server, if immediate { Signal::QUIT } else { Signal::INT });
        }
    }

    /// Starts it again on the same port with the same data.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_again(&mut self) -> anyhow::Result<()> {
        let (data, port) = (self.data(), self.port);
        let fsync = if self.durable { "fsync=on" } else { "fsync=off" };
        let mut command = self.command("postgres");
        command
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories=", "-c", fsync, "-c", "max_connections=200"])
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(self.directory.path().join("log"))?);
        let mut server = start(command).context("cannot run postgres")?;
        wait_for(&mut server, port).with_context(|| self.log())?;
        self.server = Some(server);
        // It listens a moment before it answers.
        let start = std::time::Instant::now();
        while let Err(error) = self.sql("postgres", "SELECT 1") {
            if start.elapsed() > crate::STARTS_WITHIN {
                return Err(error.context(self.log()));
            }
            std::thread::sleep(crate::LOOK_EVERY);
        }
        Ok(())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// PostgreSQL refuses to run as root: then it runs as its own user.
    fn command(&self, program: &str) -> Command {
        let path = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args([
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                "--pdeathsig=KILL",
            ]);
            command.arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(self.directory.path()).env("LC_ALL", "C.UTF-8");
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop(true);
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Lets the user of the server write there.
fn give_away(directory: &Path) -> anyhow::Result<()> {
    if !is_root() {
        return Ok(());
    }
    let id = |flag: &str| -> anyhow::Result<u32> {
        let said = Command::new("id").args([flag, "postgres"]).output()?;
        String::from_utf8_lossy(&said.stdout).trim().parse().context(HINT)
    };
    chown(directory, Some(id("-u")?), Some(id("-g")?))?;
    anyhow::ensure!(std::fs::metadata(directory)?.uid() != 0, "the directory is still root's");
    Ok(())
}

/// The newest programs that Debian has, or those on the path.
fn find_programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(DEBIAN).ok().into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            let programs = entry.path().join("bin");
            programs.join("initdb").is_file().then_some((version, programs))
        })
        .max();
    newest.map(|(_, programs)| programs).or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|directory| directory.join("initdb").is_file())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_committed_is_there_after_a_stop_and_a_crash() -> anyhow::Result<()> {
        let mut postgres = Postgres::start()?;
        let url = postgres.database()?;
        let name = url.rsplit('/').next().unwrap().to_owned();
        postgres.sql(&name, "CREATE TABLE t (x int); INSERT INTO t VALUES (7)")?;
        for immediate in [false, true] {
            postgres.stop(immediate);
            assert!(postgres.sql(&name, "SELECT 1").is_err());
            postgres.start_again()?;
            assert_eq!(postgres.sql(&name, "SELECT x FROM t")?, "7");
        }
        Ok(())
    }
}
