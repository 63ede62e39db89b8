//! Starts real PostgreSQL and NATS servers for tests, and ends them again.
//!
//! Each is a process of its own on loopback with a directory of its own. `cargo xtask test` sees to it
//! that the programs are there; a test that cannot find them fails and says what to install.
#![forbid(unsafe_code)]

mod nats;
mod postgres;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{OnceLock, mpsc};
use std::time::{Duration, Instant};

use anyhow::bail;

pub use nats::Nats;
pub use postgres::Postgres;

/// A server that takes longer to start is broken.
const STARTS_WITHIN: Duration = Duration::from_secs(60);
/// Between two looks whether it has started.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Ports that no connection of anybody's gets by itself (Linux gives those from 32768 on).
const PORTS: std::ops::Range<u16> = 15_000..32_000;

/// A port that nobody uses at this moment.
///
/// # Errors
/// When all are used.
pub fn free_port() -> anyhow::Result<u16> {
    /// No two tests of one process look at the same one.
    static LOOKED_AT: AtomicU16 = AtomicU16::new(0);
    let count = PORTS.end - PORTS.start;
    // Processes that run side by side begin in different places.
    let start = (std::process::id() % u32::from(count)) as u16;
    for _ in 0..count {
        let step = LOOKED_AT.fetch_add(1, Ordering::Relaxed);
        let port = PORTS.start + start.wrapping_add(step.wrapping_mul(97)) % count;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port is free")
}

/// Starts a process from a thread that never ends. A process that dies with its parent dies, on Linux,
/// with the thread that started it, and those of tests and of an asynchronous runtime come and go.
fn start(command: Command) -> std::io::Result<Child> {
    type Started = mpsc::Sender<std::io::Result<Child>>;
    static STARTER: OnceLock<mpsc::Sender<(Command, Started)>> = OnceLock::new();
    let starter = STARTER.get_or_init(|| {
        let (sender, commands) = mpsc::channel::<(Command, Started)>();
        std::thread::spawn(move || {
            for (mut command, started) in commands {
                // Whoever asked waits for the answer.
                let _ = started.send(command.spawn());
            }
        });
        sender
    });
    let gone = || std::io::Error::other("the thread that starts processes has ended");
    let (started, answer) = mpsc::channel();
    starter.send((command, started)).map_err(|_| gone())?;
    answer.recv().map_err(|_| gone())?
}

/// Waits until somebody listens on a port, or the process that should has ended.
fn wait_for(child: &mut Child, port: u16) -> anyhow::Result<()> {
    let start = Instant::now();
    while start.elapsed() < STARTS_WITHIN {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(());
        }
        if let Some(status) = child.try_wait()? {
            bail!("it ended at once: {status}");
        }
        std::thread::sleep(LOOK_EVERY);
    }
    bail!("nobody listens on port {port}")
}

/// Asks a process to end, and waits for it.
fn end(child: &mut Child, signal: rustix::process::Signal) {
    if let Ok(pid) = i32::try_from(child.id())
        && let Some(pid) = rustix::process::Pid::from_raw(pid)
    {
        // It may have ended by itself.
        let _ = rustix::process::kill_process(pid, signal);
    }
    let _ = child.wait();
}
