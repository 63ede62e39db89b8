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
        (vec!["backup", &below, "--data-dir", "/does/not/exist"], "there are no decks in"),
        (vec!["backup", file, "--data-dir", used.path().to_str().unwrap()], "exists already"),
        (vec!["restore", "/does/not/exist", "--data-dir", data], "there is no file"),
        (vec!["restore", file, "--data-dir", used.path().to_str().unwrap()], "another Ondeck uses"),
        (vec!["restore", file, "--data-dir", data], "cannot read"),
        (vec!["verify", file], "cannot read"),
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
        make_deck(&server, "Kept");
        let listed = listed(&server);
        assert_eq!(listed.matches("\"title\":\"Kept\"").count(), round, "{listed}");
    }
}

fn succeeds(args: &[&str]) -> String {
    let Output { status, stdout, stderr } = ondeck(args).output().unwrap();
    assert!(status.success(), "{args:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

fn make_deck(server: &Running, title: &str) {
    let body = format!("# {title}");
    let answer = http(
        &server.address,
        &format!(
            "POST /api/decks HTTP/1.1\nhost: {}\nconnection: close\ncontent-type: text/markdown\n\
             content-length: {}\n\n{body}",
            server.address,
            body.len()
        ),
    );
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

fn listed(server: &Running) -> String {
    let head = format!("host: {}\nconnection: close", server.address);
    http(&server.address, &format!("GET /api/decks HTTP/1.1\n{head}\n\n"))
}

#[test]
fn a_backup_of_a_running_server_brings_its_decks_back_elsewhere() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (data, other_data) = (dir.path().to_str().unwrap(), other.path().to_str().unwrap());
    let copy = other.path().join("copy.sqlite");
    let copy = copy.to_str().unwrap();
    let server = Running::start(dir.path());
    make_deck(&server, "Kept");
    let said = succeeds(&["backup", copy, "--data-dir", data]);
    assert!(said.contains("1 decks"), "{said}");
    make_deck(&server, "Later");
    assert!(succeeds(&["verify", "--data-dir", data]).contains("no damage"));
    drop(server);
    assert!(succeeds(&["verify", copy]).contains("no damage"));
    assert!(succeeds(&["restore", copy, "--data-dir", other_data]).starts_with("restored 1 decks"));
    let moved = Running::start(other.path());
    assert!(listed(&moved).contains("Kept"));
    // In the place where more was: that is kept.
    let said = succeeds(&["restore", copy, "--data-dir", data]);
    assert!(said.contains("is kept as"), "{said}");
    let server = Running::start(dir.path());
    assert!(listed(&server).contains("Kept") && !listed(&server).contains("Later"));
}

#[test]
fn flipped_bits_are_named_by_verify_and_hurt_no_other_deck() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().to_str().unwrap();
    let server = Running::start(dir.path());
    make_deck(&server, "Sound");
    make_deck(&server, "Ill-fated");
    // One whole file, as the bits of a disk lie.
    let damaged = tempfile::tempdir().unwrap();
    let path = damaged.path().join("ondeck.sqlite");
    succeeds(&["backup", path.to_str().unwrap(), "--data-dir", data]);
    let mut bytes = std::fs::read(&path).unwrap();
    let text = b"# Ill-fated";
    let places: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(text)).collect();
    assert_eq!(places.len(), 1);
    bytes[places[0] + 2] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let data = damaged.path().to_str().unwrap();
    let words = fails(&["verify", "--data-dir", data]);
    assert_eq!(words.matches("it fails its checksum").count(), 1, "{words}");
    let refused = fails(&[
        "restore",
        path.to_str().unwrap(),
        "--data-dir",
        dir.path().join("new").to_str().unwrap(),
    ]);
    assert!(refused.contains("is damaged"), "{refused}");
    let server = Running::start(damaged.path());
    assert!(listed(&server).contains("Sound"));
}
