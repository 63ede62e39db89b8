//! The command line.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use ipnet::IpNet;

use crate::store::DeckId;

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
    Serve(Box<ServeArgs>),

    /// Look at everything that the server needs, and say what to do where something is wrong
    ///
    /// Takes the options of `ondeck serve`, before it is started or while it runs, and changes
    /// nothing. Run it as the user of the server. Exits with 1 when something does not work.
    Doctor(Box<ServeArgs>),

    /// Ask a running server whether it is alive, for programs that watch it
    ///
    /// Exits with 0 when it is; `/readyz` in place of `/healthz` asks whether it takes people.
    Health {
        /// What to ask
        #[arg(value_name = "URL", default_value = "http://127.0.0.1:4800/healthz")]
        url: String,
    },

    /// Copy all decks into one file, also while the server runs
    ///
    /// The copy holds everything that was saved by then. It is checked before it gets its name. Of a
    /// PostgreSQL database it says how PostgreSQL makes one.
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

    /// Bring a PostgreSQL database back to life after `pg_restore`; no server may use it
    ///
    /// Browsers that still hold edits from before are told so and keep their text. Everybody signs in
    /// again; roles and links are as they were at the backup.
    Restored {
        /// Where the decks are
        #[command(flatten)]
        place: PlaceArgs,
    },

    /// Move all decks to where several servers can share them; no server may run
    Migrate {
        /// From where to where
        #[command(subcommand)]
        way: Way,
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

    /// Print the operator's token, which may do everything; made when there is none yet
    ///
    /// Programs send it as `Authorization: Bearer TOKEN`. It is in the file `admin-token` in the data
    /// directory: delete the file and start the server again to have another one.
    Token {
        /// Where the decks are
        #[command(flatten)]
        place: PlaceArgs,
    },

    /// Print who did what, also while the server runs; what a deck says is never in it
    Audit {
        /// Only of this deck
        #[arg(long, value_name = "ID", value_parser = deck)]
        deck: Option<DeckId>,
        /// So many lines, the newest last
        #[arg(long, value_name = "NUMBER", default_value_t = 200)]
        last: usize,
        /// Where the decks are
        #[command(flatten)]
        place: PlaceArgs,
    },
}

/// From where to where decks are moved.
#[derive(Debug, Subcommand)]
pub enum Way {
    /// Out of a data directory into an empty PostgreSQL database
    ///
    /// All of it, or nothing: each table is read back and compared. The data directory stays as it is.
    SqliteToPostgres {
        /// Where the decks are, and where to move them
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

    /// PostgreSQL in which decks are kept [default: a file in the data directory]
    #[arg(
        long,
        env = "ONDECK_DATABASE",
        value_name = "postgres://USER@HOST/NAME",
        hide_env_values = true
    )]
    pub database: Option<String>,

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

    /// PostgreSQL to keep decks, people and links in; several servers may share it, each with a data
    /// directory of its own [default: a file in the data directory]
    ///
    /// The way to another machine is encrypted, and the certificate of the database looked at; without
    /// `?sslmode=disable` at the end of the URL nothing is sent in clear text.
    /// `?sslrootcert=FILE.pem` names the certificates to trust in place of the system's.
    #[arg(
        long,
        env = "ONDECK_DATABASE",
        value_name = "postgres://USER@HOST/NAME",
        hide_env_values = true
    )]
    pub database: Option<String>,

    /// NATS through which servers that share a database tell each other at once what is new;
    /// without it they look every two seconds
    #[arg(long, env = "ONDECK_BUS", value_name = "nats://HOST", hide_env_values = true)]
    pub bus: Option<String>,

    /// Where `/metrics` can be read without the operator's token, which it otherwise takes wherever
    /// there is a `--public-url`; let nobody but your Prometheus reach it
    #[arg(long, env = "ONDECK_METRICS_LISTEN", value_name = "ADDRESS:PORT")]
    pub metrics_listen: Option<SocketAddr>,

    /// Seconds for which the server goes on after SIGTERM while `/readyz` says that nobody new should
    /// be sent to it; 5 suits most load balancers [default: 0]
    #[arg(long, env = "ONDECK_DRAIN_AFTER", value_name = "SECONDS")]
    pub drain_after: Option<u64>,

    /// How browsers reach this server, e.g. https://decks.example.org
    #[arg(long, env = "ONDECK_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,

    /// Who may create decks, and what guests may do; has to be said beyond loopback
    #[arg(long, env = "ONDECK_ACCESS")]
    pub access: Option<AccessMode>,

    /// Network of a proxy that is believed when it says for whom it asks (`X-Forwarded-For`); may
    /// be given several times, from the environment with commas [default: this machine]
    #[arg(long, env = "ONDECK_TRUSTED_PROXY", value_name = "CIDR", value_delimiter = ',', value_parser = network)]
    pub trusted_proxy: Vec<IpNet>,

    /// With whom people sign in, and what they are allowed then
    #[command(flatten)]
    pub oidc: OidcArgs,

    /// Where pictures are kept: a directory or s3://BUCKET/PREFIX, whose keys come from AWS_*
    /// [default: pictures in the data directory]
    #[arg(long, visible_alias = "blobs", env = "ONDECK_PICTURES", value_name = "PLACE")]
    pub pictures: Option<String>,

    /// Let who may edit bring in pictures from other sites; the server fetches them then
    #[arg(long, env = "ONDECK_FETCH_PICTURES", value_name = "BOOL", num_args = 0..=1,
          require_equals = true, default_missing_value = "true")]
    pub fetch_pictures: Option<bool>,

    /// Another host name of this server, for the slides alone, e.g. https://slides.example.net
    #[arg(long, env = "ONDECK_SLIDES_URL", value_name = "URL")]
    pub slides_url: Option<String>,

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

/// Sign-in with OpenID Connect; all may be absent.
#[derive(Debug, Default, Args)]
pub struct OidcArgs {
    /// With whom people sign in (OpenID Connect), e.g. https://id.example.org/realms/school
    #[arg(long, env = "ONDECK_OIDC_ISSUER", value_name = "URL")]
    pub oidc_issuer: Option<String>,

    /// What the provider calls this server
    #[arg(long, env = "ONDECK_OIDC_CLIENT_ID", value_name = "ID")]
    pub oidc_client_id: Option<String>,

    /// File with what this server proves itself with to the provider
    #[arg(long, env = "ONDECK_OIDC_CLIENT_SECRET_FILE", value_name = "FILE")]
    pub oidc_client_secret_file: Option<PathBuf>,

    /// What to ask the provider for [default: "openid profile email"]
    #[arg(long, env = "ONDECK_OIDC_SCOPES", value_name = "SCOPES")]
    pub oidc_scopes: Option<String>,

    /// Where the provider says which groups somebody is in [default: groups]
    #[arg(long, env = "ONDECK_OIDC_GROUPS_CLAIM", value_name = "NAME")]
    pub oidc_groups_claim: Option<String>,

    /// Group whose people are members, others who sign in count as guests; may be given several
    /// times [default: everybody who signs in is a member]
    #[arg(long, env = "ONDECK_MEMBER_GROUP", value_name = "NAME")]
    pub member_group: Vec<String>,

    /// Group whose people own every deck; may be given several times
    #[arg(long, env = "ONDECK_ADMIN_GROUP", value_name = "NAME")]
    pub admin_group: Vec<String>,
}

fn deck(text: &str) -> Result<DeckId, String> {
    DeckId::parse(text).ok_or_else(|| "this is not the id of a deck".to_owned())
}

/// Reads a network, or one address.
pub(crate) fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| "expected a network such as 10.0.0.0/8, or an address".to_owned())
}

/// Who may create decks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessMode {
    /// Everybody may create decks
    Open,
    /// Who signed in creates decks; guests do what a deck or a link lets them
    GuestsEdit,
    /// Only who signed in; guests may follow a presentation by its link
    Members,
}

impl AccessMode {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::GuestsEdit => "guests-edit",
            Self::Members => "members",
        }
    }
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
