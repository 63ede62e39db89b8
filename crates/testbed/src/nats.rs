//! A NATS server.

use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use rustix::process::Signal;

use crate::{end, free_port, start, wait_for};

/// What to do when there is none.
const HINT: &str =
    "nats-server is not installed\nhint: apt-get install -y --no-install-recommends nats-server";

/// A running NATS server, on loopback. Dropping it ends it.
pub struct Nats {
    port: u16,
    login: Vec<String>,
    server: Option<Child>,
}

impl Nats {
    /// Starts one.
    ///
    /// # Errors
    /// When nats-server is not there or does not start; the message says what to do.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_with(Vec::new())
    }

    /// Starts one that asks for a name and a password.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_for(user: &str, password: &str) -> anyhow::Result<Self> {
        Self::start_with(["--user", user, "--pass", password].map(str::to_owned).into())
    }

    fn start_with(login: Vec<String>) -> anyhow::Result<Self> {
        let mut nats = Self { port: free_port()?, login, server: None };
        nats.start_again()?;
        Ok(nats)
    }

    /// The port it listens on, also while it is stopped.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How to reach it.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Stops it at once.
    pub fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            end(&mut server, Signal::KILL);
        }
    }

    /// Starts it again on the same port.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_again(&mut self) -> anyhow::Result<()> {
        let mut command = Command::new("nats-server");
        command
            .args(["-a", "127.0.0.1", "-p", &self.port.to_string()])
            .args(&self.login)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut server = start(command).context(HINT)?;
        wait_for(&mut server, self.port).context("nats-server did not start")?;
        self.server = Some(server);
        Ok(())
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_starts_again_where_it_was() -> anyhow::Result<()> {
        let mut nats = Nats::start()?;
        let url = nats.url();
        nats.stop();
        nats.start_again()?;
        assert_eq!(nats.url(), url);
        Ok(())
    }
}
