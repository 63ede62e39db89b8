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
        (vec!["serve", "--listen", "0.0.0.0:0", "--data-dir", data], "--access guests-edit"),
        (vec!["serve", "--trusted-proxy", "proxy"], "expected a network"),
        (vec!["serve", "--oidc-issuer", "https://id.example.org"], "--oidc-client-id"),
        (vec!["audit", "--data-dir", "/does/not/exist"], "there are no decks in"),
        (vec!["audit", "--deck", "a/b"], "not the id of a deck"),
        (vec!["token", "--data-dir", "/does/not/exist"], "cannot make the token"),
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
    for option in [
        "--listen",
        "--data-dir",
        "--public-url",
        "--access",
        "guests-edit",
        "--trusted-proxy",
        "--oidc-issuer",
        "--oidc-client-secret-file",
        "--member-group",
        "--admin-group",
        "--pictures",
        "--fetch-pictures",
        "--slides-url",
        "--metrics-listen",
        "--drain-after",
        "--config",
        "ONDECK_LISTEN",
        "ONDECK_TRUSTED_PROXY",
    ] {
        assert!(help.contains(option), "{option}: {help}");
    }
}

#[test]
fn options_come_from_the_environment_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = ondeck(&["serve", "--data-dir", dir.path().to_str().unwrap()]);
    // The last one is wrong, so that it does not start, and says how far it came.
    let Output { stderr, .. } = command
        .env("ONDECK_LISTEN", "0.0.0.0:0")
        .env("ONDECK_ACCESS", "members")
        .env("ONDECK_TRUSTED_PROXY", "10.0.0.0/8,192.0.2.1")
        .env("ONDECK_FETCH_PICTURES", "true")
        .env("ONDECK_MEMBER_GROUP", "cn=a,dc=example")
        .output()
        .unwrap();
    let words = String::from_utf8(stderr).unwrap();
    assert!(words.contains("sign-in needs both"), "{words}");
}

#[test]
fn the_operators_token_stays_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().to_str().unwrap();
    let token = succeeds(&["token", "--data-dir", data]);
    assert_eq!(token.trim().len(), 43);
    assert_eq!(succeeds(&["token", "--data-dir", data]), token);
    drop(Running::start(dir.path()));
    assert_eq!(succeeds(&["token", "--data-dir", data]), token);
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

/// A server whose log is kept, until it ends.
struct Logged {
    child: Child,
    address: String,
}

impl Logged {
    fn start(data_dir: &Path, log: &str, more: &[&str]) -> Self {
        let data_dir = data_dir.to_str().unwrap();
        let args = ["serve", "--listen", "127.0.0.1:0", "--data-dir", data_dir];
        let mut child = ondeck(&[&args[..], more].concat())
            .env("ONDECK_LOG", log)
            .env("ONDECK_LOG_FORMAT", "json")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit("http://").next().unwrap().to_owned();
        Self { child, address }
    }

    fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let (address, length) = (&self.address, body.len());
        let head =
            format!("{method} {path} HTTP/1.1\nhost: {address}\nconnection: close\n{headers}");
        http(address, &format!("{head}content-length: {length}\n\n{body}"))
    }

    fn terminate(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    /// Waits for the end, and gives the log.
    fn ended(self) -> String {
        let Output { status, stderr, .. } = self.child.wait_with_output().unwrap();
        let log = String::from_utf8(stderr).unwrap();
        assert!(status.success(), "{log}");
        log
    }
}

/// The text between two others.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no {start} in {text}"));
    rest.split_once(end).unwrap().0
}

#[test]
fn the_log_has_ids_of_requests_and_decks_and_nothing_that_is_secret() {
    let dir = tempfile::tempdir().unwrap();
    let token = succeeds(&["token", "--data-dir", dir.path().to_str().unwrap()]);
    let token = token.trim();
    let server = Logged::start(dir.path(), "trace", &[]);
    let made = server.ask("POST", "/api/decks", "content-type: text/markdown\n", "# Hushhush");
    let deck = between(&made, "\"id\":\"", "\"").to_owned();
    let bearer = format!("authorization: Bearer {token}\n");
    let links = server.ask("GET", &format!("/api/decks/{deck}/links"), &bearer, "");
    let follow = between(between(&links, "\"follow\":", ","), "/l/", "\"").to_owned();
    let sharing = server.ask("GET", &format!("/api/decks/{deck}/sharing"), &bearer, "");
    let edit = between(&sharing, "#", "\"").to_owned();
    let session = server.ask("POST", "/api/session", "", "");
    let cookie = between(&session, "ondeck=", ";").to_owned();
    let origin = format!("cookie: ondeck={cookie}\norigin: http://{}\n", server.address);
    let redeemed = server.ask("POST", "/api/redeem", &origin, &format!("{{\"code\":\"{edit}\"}}"));
    assert!(redeemed.starts_with("HTTP/1.1 200"), "{redeemed}");
    for path in ["", "/deck", "/own", "/qr.svg"] {
        let answer = server.ask("GET", &format!("/l/{follow}{path}"), "", "");
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    }
    let id = "x-request-id: given-by-a-proxy\n";
    server.ask("DELETE", &format!("/api/decks/{deck}"), &format!("{bearer}{id}"), "");
    server.ask("GET", &format!("/l/{follow}"), "", "");
    server.terminate();
    let log = server.ended();
    for secret in [token, &follow, &edit, &cookie, "Hushhush", "hushhush"] {
        assert!(secret.len() > 7 && !log.contains(secret), "{secret} is in {log}");
    }
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let deleted = lines.iter().find(|line| line["span"]["request_id"] == "given-by-a-proxy");
    let deleted = deleted.unwrap_or_else(|| panic!("no line of the request in {log}"));
    assert_eq!(deleted["span"]["route"], "/api/decks/{id}", "{deleted}");
    assert_eq!(deleted["span"]["deck"], *deck, "{deleted}");
    let followed = lines.iter().filter(|line| line["span"]["route"] == "/l/{code}");
    assert!(followed.count() >= 2, "{log}");
}

#[test]
fn after_sigterm_it_goes_on_for_a_while_but_says_that_it_is_not_ready() {
    let dir = tempfile::tempdir().unwrap();
    let server = Logged::start(dir.path(), "info", &["--drain-after", "300"]);
    let ready = |server: &Logged| server.ask("GET", "/readyz", "", "").contains("\"ready\":true");
    assert!(ready(&server));
    let url = format!("http://{}/readyz", server.address);
    assert!(succeeds(&["health", &url]).contains("\"ready\":true"));
    server.terminate();
    while ready(&server) {}
    assert!(fails(&["health", &url]).contains("answers 503"));
    assert!(server.ask("GET", "/healthz", "", "").starts_with("HTTP/1.1 200"));
    // Whoever asks twice does not want to wait.
    server.terminate();
    assert!(server.ended().contains("stopping: storing what is open"));
}

#[test]
fn the_doctor_says_what_it_found_and_fails_when_something_does_not_work() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().to_str().unwrap();
    let said = succeeds(&["doctor", "--data-dir", data]);
    assert!(said.contains("ok    data directory"), "{said}");
    let file = dir.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let failed = ondeck(&["doctor", "--data-dir", file.to_str().unwrap()]).output().unwrap();
    let said = String::from_utf8(failed.stdout).unwrap();
    assert!(!failed.status.success() && said.contains("FAIL  data directory"), "{said}");
    let words = String::from_utf8(failed.stderr).unwrap();
    assert_eq!(words, "error: something does not work, see above\n");
}
