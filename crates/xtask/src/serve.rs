//! Builds the product and serves it with an example deck.

use std::{
    net::{TcpStream, ToSocketAddrs},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{
    frontend,
    shell::{Shell, note, run as run_command, step},
};

const LISTEN: &str = "127.0.0.1:4800";

/// How long a server may take before the browser is opened; it needs a fraction of a second.
const READY_WITHIN: Duration = Duration::from_secs(10);

/// Builds the front-end, then the server that carries it.
pub(crate) fn build(shell: &Shell) -> Result<()> {
    frontend::build(shell)?;
    step("Building the server", || {
        run_command(&mut shell.cargo(&["build", "--release", "--package", "ondeck-server"]))
    })
}

/// Builds everything and becomes the server; `args` replace or extend its arguments.
pub(crate) fn run(shell: &Shell, args: &[String]) -> Result<()> {
    build(shell)?;
    let data_dir = shell.root.join("target/ondeck-data");
    let example = shell.root.join("examples/community-call.md");

    let mut server = shell.command(shell.server_binary());
    server.arg("serve");
    let listen = option(args, "--listen").unwrap_or(LISTEN);
    for (name, value) in [
        ("--listen", LISTEN.as_ref()),
        ("--data-dir", data_dir.as_os_str()),
        ("--example", example.as_os_str()),
    ] {
        if option(args, name).is_none() {
            server.arg(name).arg(value);
        }
    }
    server.args(args);

    if has_display() {
        open_later(listen)?;
    }
    note("Starting the server; Ctrl-C stops it");
    replace_by(server)
}

/// Waits until a server listens, then opens the browser on it.
pub(crate) fn open_when_ready(address: &str) -> Result<()> {
    const TRY: Duration = Duration::from_millis(100);
    let socket = address.to_socket_addrs()?.next().context("no such address")?;
    let started = Instant::now();
    while TcpStream::connect_timeout(&socket, TRY).is_err() {
        if started.elapsed() > READY_WITHIN {
            bail!("nothing listens on {address}");
        }
        std::thread::sleep(TRY);
    }
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    // Without a browser the address on the terminal must do.
    let _ = Command::new(opener)
        .arg(format!("http://{address}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    Ok(())
}

/// Opens the browser from a process of its own, since this one is about to become the server.
fn open_later(listen: &str) -> Result<()> {
    let this = std::env::current_exe().context("finding xtask itself")?;
    Command::new(this)
        .args(["open-when-ready", listen])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("starting the browser opener")?;
    Ok(())
}

/// On Unix the server takes this process over, so that signals reach it and its exit code is ours.
#[cfg(unix)]
fn replace_by(mut server: Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(server.exec()).with_context(|| format!("starting {}", server.get_program().display()))
}

#[cfg(not(unix))]
fn replace_by(mut server: Command) -> Result<()> {
    run_command(&mut server)
}

fn has_display() -> bool {
    cfg!(target_os = "macos")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// The value of `--name value` or `--name=value` among arguments.
fn option<'a>(args: &'a [String], name: &str) -> Option<&'a str> {
    args.iter().enumerate().find_map(|(i, arg)| match arg.strip_prefix(name)? {
        "" => Some(args.get(i + 1).map_or("", String::as_str)),
        rest => rest.strip_prefix('='),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_found_in_both_spellings() {
        let args = ["--listen=[::1]:1", "--data-dir", "/tmp/x", "--last"].map(str::to_owned);
        assert_eq!(option(&args, "--listen"), Some("[::1]:1"));
        assert_eq!(option(&args, "--data-dir"), Some("/tmp/x"));
        assert_eq!(option(&args, "--data"), None);
        assert_eq!(option(&args, "--last"), Some(""));
    }
}
