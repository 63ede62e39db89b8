//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Collaborative, real-time slide decks in Markdown
///
/// A deck is one Markdown text. Everybody writes in it at the same time, with the slides beside
/// it; during the call one person presents and everybody follows in a browser.
#[derive(Debug, Parser)]
#[command(name = "ondeck", version, max_term_width = 100)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve decks over HTTP
    ///
    /// Every option can also stand in the configuration file, with `_` for `-`. Where several
    /// say something, the command line wins, then the environment, then the file.
    Serve(ServeArgs),

    /// Copy all decks into one file, also while the server runs
    ///
    /// The copy holds everything that was saved by then. It is checked before it gets its name.
    Backup {
        /// The file to make
        #[arg(value_name = "FILE")]
        target: PathBuf,
        /// Where the decks are
        #[command(flatten)]
        place: PlaceArgs,
    },

    /// Put a backup in the place of all decks; the server must not run
    ///
    /// What was there is kept beside it. Browsers that still hold edits from before are told so
    /// and keep their text: they do not merge it into the restored decks by themselves.
    Restore {
        /// A file that `ondeck backup` made
        #[arg(value_name = "FILE")]
        backup: PathBuf,
        /// Where the decks are
        #[command(flatten)]
        place: PlaceArgs,
    },

    /// Read all decks and say what is damaged, also while the server runs
    Verify {
        /// A backup to check instead of the decks of the server
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Where the decks are
        #[command(flatten)]
        place: PlaceArgs,
    },
}

/// Where the decks of a server are.
#[derive(Debug, Default, Args)]
pub struct PlaceArgs {
    /// Where decks are kept [default: ./ondeck-data]
    #[arg(long, env = "ONDECK_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// The server's configuration file
    #[arg(long, env = "ONDECK_CONFIG", value_name = "FILE.toml")]
    pub config: Option<PathBuf>,
}

/// Options of `ondeck serve`; all may be absent.
#[derive(Debug, Default, Args)]
pub struct ServeArgs {
    /// Address and port; port 0 takes any free one [default: 127.0.0.1:4800]
    #[arg(long, env = "ONDECK_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,

    /// Where decks are kept; made when missing [default: ./ondeck-data]
    #[arg(long, env = "ONDECK_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// How browsers reach this server, e.g. https://decks.example.org
    #[arg(long, env = "ONDECK_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,

    /// Who may use a server that others can reach; needed beyond loopback
    #[arg(long, env = "ONDECK_ACCESS")]
    pub access: Option<AccessMode>,

    /// A deck to start with when there is none yet
    #[arg(long, env = "ONDECK_EXAMPLE", value_name = "FILE.md")]
    pub example: Option<PathBuf>,

    /// Connections from one address that may edit; ten times as many may follow; 0 is no limit
    /// [default: 100]
    #[arg(long, env = "ONDECK_CONNECTIONS_PER_ADDRESS", value_name = "NUMBER")]
    pub connections_per_address: Option<usize>,

    /// How the log is written [default: text]
    #[arg(long, env = "ONDECK_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,

    /// What is logged: error, warn, info, debug, trace, or a filter [default: info]
    #[arg(long, env = "ONDECK_LOG", value_name = "FILTER")]
    pub log: Option<String>,

    /// TOML file with any of these options
    #[arg(long, env = "ONDECK_CONFIG", value_name = "FILE.toml")]
    pub config: Option<PathBuf>,
}

/// Who may use the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessMode {
    /// Everybody who reaches it may read, write and present every deck
    Open,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// Lines for people
    Text,
    /// One JSON object a line
    Json,
}
