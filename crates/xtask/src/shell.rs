//! Where the repository is, how programs are started in it, and how progress is told.

use std::{
    ffi::OsString,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail};

/// The repository and the environment in which every program of a task runs.
pub(crate) struct Shell {
    /// The top of the repository.
    pub(crate) root: PathBuf,
    /// Cargo's target directory, absolute.
    pub(crate) target: PathBuf,
    /// `target/tools` of the repository: it belongs to the clone, whatever `CARGO_TARGET_DIR` says.
    pub(crate) tools: PathBuf,
    path: OsString,
}

impl Shell {
    /// Finds the repository from the environment that `cargo run` gives to xtask.
    pub(crate) fn new() -> Result<Shell> {
        // The variable at run time, not `env!`: a moved clone must not find its old place.
        let manifest_dir = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest_dir
            .ancestors()
            .nth(2)
            .map(Path::to_path_buf)
            .context("xtask is not in `crates/xtask`")?;
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => std::path::absolute(dir).context("resolving CARGO_TARGET_DIR")?,
            None => root.join("target"),
        };
        let tools = root.join("target/tools");

        // Our tools first, then those that npm brings (wasm-opt), then the machine's own.
        let own = [tools.join("bin"), root.join("frontend/js/node_modules/.bin")];
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(own.into_iter().chain(std::env::split_paths(&inherited)))
            .context("a directory in PATH has a `:` in its name")?;
        Ok(Shell { root, target, tools, path })
    }

    /// A program that will run at the top of the repository.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("PATH", &self.path);
        if std::env::var_os("CARGO_TARGET_DIR").is_some() {
            command.env("CARGO_TARGET_DIR", &self.target);
        }
        command
    }

    /// `cargo` with arguments.
    pub(crate) fn cargo(&self, args: &[&str]) -> Command {
        let mut command = self.command("cargo");
        command.args(args);
        command
    }

    /// `npm` with arguments, in a folder of the repository.
    pub(crate) fn npm(&self, folder: &str, args: &[&str]) -> Command {
        let mut command = self.command("npm");
        command.args(args).current_dir(self.root.join(folder));
        command
    }

    /// The path of the server's binary after a build.
    pub(crate) fn server_binary(&self) -> PathBuf {
        self.target.join("release").join(format!("ondeck{}", std::env::consts::EXE_SUFFIX))
    }
}

/// Says what is being done, does it, and says how long it took.
pub(crate) fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("==> {what} …");
    let started = Instant::now();
    let result = work();
    let verdict = if result.is_ok() { "done" } else { "FAILED" };
    eprintln!("==> {what}: {verdict} in {}", human(started.elapsed()));
    result
}

/// Says that a step was not needed, or what a person should know.
pub(crate) fn note(what: &str) {
    eprintln!("==> {what}");
}

/// Runs a program with the terminal as it is; fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if !status.success() {
        bail!("`{}` failed ({status})", line(command));
    }
    Ok(())
}

/// What a program prints, or `None` if it is missing or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program succeeds within a time; it is ended when it takes longer.
pub(crate) fn succeeds_within(limit: Duration, command: &mut Command) -> bool {
    /// Often enough that nobody notices, seldom enough to cost nothing.
    const POLL: Duration = Duration::from_millis(50);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else { return false };
    let started = Instant::now();
    while started.elapsed() < limit {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => std::thread::sleep(POLL),
            Err(_) => break,
        }
    }
    // It may have ended by itself in this moment; either way it is over.
    let _ = child.kill();
    let _ = child.wait();
    false
}

/// Checks that all run, so that one failure does not hide the next.
#[derive(Default)]
pub(crate) struct Checks {
    passed: usize,
    failed: Vec<String>,
}

impl Checks {
    /// Runs one check as a step; a failure is told and kept for the end.
    pub(crate) fn check(&mut self, what: &str, work: impl FnOnce() -> Result<()>) {
        match step(what, work) {
            Ok(()) => self.passed += 1,
            Err(error) => {
                eprintln!("error: {error:#}");
                self.failed.push(what.to_owned());
            }
        }
    }

    /// The verdict over all checks.
    pub(crate) fn finish(self) -> Result<()> {
        let all = self.passed + self.failed.len();
        if !self.failed.is_empty() {
            bail!("{} of {all} checks failed: {}", self.failed.len(), self.failed.join(", "));
        }
        note(&format!("All {all} checks passed"));
        Ok(())
    }
}

fn cannot_start(command: &Command, error: &std::io::Error) -> anyhow::Error {
    let program = command.get_program().to_string_lossy();
    if error.kind() != ErrorKind::NotFound {
        return anyhow!("cannot start `{program}`: {error}");
    }
    let hint = match program.as_ref() {
        "npm" | "npx" => "\nhint: install Node.js 20 or newer, which brings npm",
        "rustup" => {
            "\nhint: install the target `wasm32-unknown-unknown` the way this Rust was installed"
        }
        _ => "",
    };
    anyhow!("`{program}` is not installed{hint}")
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn human(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds >= 60 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(human(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(human(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn one_failed_check_does_not_stop_the_next() {
        let mut checks = Checks::default();
        checks.check("first", || bail!("no"));
        checks.check("second", || Ok(()));
        let verdict = checks.finish().unwrap_err().to_string();
        assert_eq!(verdict, "1 of 2 checks failed: first");
    }

    #[test]
    fn a_missing_program_comes_with_a_hint() {
        let error = std::io::Error::from(ErrorKind::NotFound);
        let message = cannot_start(&Command::new("npm"), &error).to_string();
        assert!(message.starts_with("`npm` is not installed\nhint: install Node.js"), "{message}");
    }
}
