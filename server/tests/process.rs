//! The binary itself: its words when it cannot start, and what survives `kill -9`.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn ondeck(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ondeck"));
    command.args(args).env_clear().env("ONDECK_LOG", "error");
    command
}

fn fails(args: &[&str]) -> String {
    let Output { status, stderr, stdout } = ondeck(args).output().unwrap();
    assert!(!status.success(), "{args:?} should fail");
    assert!(stdout.is_empty());
    String::from_utf8(stderr).unwrap()
}

/// A server that is killed, not asked, at the end.
struct Running {
    child: Child,
    address: String,
}

impl Running {
    fn start(data_dir: &Path) -> Self {
        let data_dir = data_dir.to_str().unwrap();
        let mut child = ondeck(&["serve", "--listen", "127.0.0.1:0", "--data-dir", data_dir])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit("http://").next().unwrap().to_owned();
        assert!(line.contains("is ready at"), "{line}");
        Self { child, address }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_it_cannot_do_it_says_in_words_and_a_hint() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let file = file.to_str().unwrap();
    let below = format!("{file}/data");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().to_string();
    let used = tempfile::tempdir().unwrap();
    let running = Running::start(used.path());
    let data = dir.path().to_str().unwrap();
    for (args, says) in [
        (vec!["serve", "--listen", &port, "--data-dir", data], "hint: is port"),
        (
            vec!["serve", "--listen", "127.0.0.1:0", "--data-dir", &below],
            "cannot make the data directory",
        ),
        (
            vec!["serve", "--listen", "127.0.0.1:0", "--data-dir", used.path().to_str().unwrap()],
            "another Ondeck uses",
        ),
        (vec!["serve", "--config", "/does/not/exist.toml"], "cannot read the configuration file"),
        (vec!["serve", "--config", file], "is not valid"),
        (vec!["serve", "--listen", "0.0.0.0:0", "--data-dir", data], "--access open"),
        (vec!["serve", "--public-url", "decks"], "is not valid"),
        (vec!["serve", "--log", "=,="], "the log filter"),
        (vec!["serve", "--listen", "nonsense"], "invalid value 'nonsense'"),
    ] {
        let words = fails(&args);
        assert!(words.contains(says), "{args:?}: {words}");
        assert!(!words.contains("panicked"), "{words}");
        let hint = words.lines().position(|line| line.starts_with("hint: "));
        assert!(hint.is_none_or(|line| line > 0 && line + 1 == words.lines().count()), "{words}");
    }
    drop(running);
}

#[test]
fn help_names_every_option() {
    let help = ondeck(&["serve", "--help"]).output().unwrap().stdout;
    let help = String::from_utf8(help).unwrap();
    for option in
        ["--listen", "--data-dir", "--public-url", "--access", "--config", "ONDECK_LISTEN"]
    {
        assert!(help.contains(option), "{help}");
    }
}

/// Sends one request and gives the whole answer.
fn http(address: &str, request: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut socket = std::net::TcpStream::connect(address).unwrap();
    socket.write_all(request.replace('\n', "\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_deck_that_was_acknowledged_survives_kill_9() {
    let dir = tempfile::tempdir().unwrap();
    for round in 1..=5 {
        let server = Running::start(dir.path());
        let head = format!("host: {}\nconnection: close", server.address);
        let made = http(
            &server.address,
            &format!(
                "POST /api/decks HTTP/1.1\n{head}\ncontent-type: text/markdown\ncontent-length: 6\n\n# Kept"
            ),
        );
        assert!(made.starts_with("HTTP/1.1 201"), "{made}");
        let listed = http(&server.address, &format!("GET /api/decks HTTP/1.1\n{head}\n\n"));
        assert_eq!(listed.matches("\"title\":\"Kept\"").count(), round, "{listed}");
    }
}
