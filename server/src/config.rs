//! What the operator chose, from the command line, the environment and a file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use axum::http::Uri;
use serde::Deserialize;

use crate::cli::{AccessMode, LogFormat, PlaceArgs, ServeArgs};
use crate::limits::CONNECTIONS_PER_ADDRESS;

/// All options of `ondeck serve`, complete and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where decks are kept.
    pub data_dir: PathBuf,
    /// Scheme and authority under which browsers reach the server.
    pub public_url: Option<String>,
    /// A deck to start with.
    pub example: Option<PathBuf>,
    /// WebSockets on which one address may edit; 0 is no limit.
    pub connections_per_address: usize,
    /// How the log is written.
    pub log_format: LogFormat,
    /// What is logged.
    pub log: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<SocketAddr>,
    data_dir: Option<PathBuf>,
    public_url: Option<String>,
    access: Option<AccessMode>,
    example: Option<PathBuf>,
    connections_per_address: Option<usize>,
    log_format: Option<LogFormat>,
    log: Option<String>,
}

/// Where decks are kept when nobody says so.
const DATA_DIR: &str = "ondeck-data";

/// Where the decks of a server are.
///
/// # Errors
/// When the configuration file cannot be read.
pub fn data_dir(place: PlaceArgs) -> anyhow::Result<PathBuf> {
    let file = place.config.as_deref().map(read).transpose()?.unwrap_or_default();
    Ok(place.data_dir.or(file.data_dir).unwrap_or_else(|| DATA_DIR.into()))
}

impl Config {
    /// Fills in what the command line and the environment left open.
    ///
    /// # Errors
    /// What is wrong, and what to do about it.
    pub fn resolve(args: ServeArgs) -> anyhow::Result<Self> {
        let file = args.config.as_deref().map(read).transpose()?.unwrap_or_default();
        let listen = args.listen.or(file.listen);
        let listen = listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 4800)));
        let public_url = args.public_url.or(file.public_url).map(|url| origin(&url)).transpose()?;
        if !listen.ip().is_loopback() && args.access.or(file.access).is_none() {
            bail!(
                "{listen} can be reached from other machines\n\
                 hint: say who may use the server with `--access open`, or listen on 127.0.0.1"
            );
        }
        Ok(Self {
            listen,
            data_dir: args.data_dir.or(file.data_dir).unwrap_or_else(|| DATA_DIR.into()),
            public_url,
            example: args.example.or(file.example),
            connections_per_address: args
                .connections_per_address
                .or(file.connections_per_address)
                .unwrap_or(CONNECTIONS_PER_ADDRESS),
            log_format: args.log_format.or(file.log_format).unwrap_or(LogFormat::Text),
            log: args.log.or(file.log).unwrap_or_else(|| "info".to_owned()),
        })
    }
}

fn read(path: &Path) -> anyhow::Result<File> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the configuration file {shown}"))?;
    toml::from_str(&text).with_context(|| format!("the configuration file {shown} is not valid"))
}

/// Checks a public URL and gives its origin.
fn origin(url: &str) -> anyhow::Result<String> {
    let uri: Option<Uri> = url.parse().ok();
    let parts =
        uri.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.authority()?, uri.path())));
    match parts {
        Some((scheme @ ("http" | "https"), authority, "/" | ""))
            if !authority.as_str().contains('@') =>
        {
            // As browsers write it in `Origin`: lower case, and no port that goes without saying.
            let usual = if scheme == "http" { ":80" } else { ":443" };
            let authority = authority.as_str().to_ascii_lowercase();
            Ok(format!("{scheme}://{}", authority.strip_suffix(usual).unwrap_or(&authority)))
        }
        _ => bail!(
            "the public URL `{url}` is not valid\nhint: it looks like https://decks.example.org, without a path"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> ServeArgs {
        ServeArgs::default()
    }

    #[test]
    fn without_options_it_serves_this_machine_only() {
        let config = Config::resolve(args()).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:4800");
        assert_eq!(config.data_dir, PathBuf::from("ondeck-data"));
    }

    #[test]
    fn the_command_line_wins_over_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ondeck.toml");
        std::fs::write(&path, "listen = '127.0.0.1:1'\nlog = 'warn'\nlog_format = 'json'\n")
            .unwrap();
        let listen = Some("127.0.0.1:2".parse().unwrap());
        let config = Config::resolve(ServeArgs { listen, config: Some(path), ..args() }).unwrap();
        assert_eq!(config.listen.port(), 2);
        assert_eq!(config.log, "warn");
        assert_eq!(config.log_format, LogFormat::Json);
    }

    #[test]
    fn a_mistyped_option_in_the_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ondeck.toml");
        std::fs::write(&path, "lisen = '127.0.0.1:1'\n").unwrap();
        let error = Config::resolve(ServeArgs { config: Some(path), ..args() }).unwrap_err();
        assert!(format!("{error:#}").contains("lisen"), "{error:#}");
    }

    #[test]
    fn a_server_that_others_can_reach_needs_a_choice() {
        let listen = Some("0.0.0.0:4800".parse().unwrap());
        let error = Config::resolve(ServeArgs { listen, ..args() }).unwrap_err();
        assert!(error.to_string().contains("--access open"));
        let access = Some(AccessMode::Open);
        assert!(Config::resolve(ServeArgs { listen, access, ..args() }).is_ok());
    }

    #[test]
    fn a_public_url_is_an_origin() {
        assert_eq!(origin("https://decks.example.org/").unwrap(), "https://decks.example.org");
        assert_eq!(origin("https://Decks.Example.org:443").unwrap(), "https://decks.example.org");
        for url in [
            "https://me@decks.example.org",
            "decks.example.org",
            "ftp://x",
            "https://x/path",
            "https://",
        ] {
            assert!(origin(url).is_err(), "{url}");
        }
    }
}
