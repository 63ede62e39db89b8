//! What the operator chose, from the command line, the environment and a file.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use axum::http::Uri;
use ipnet::IpNet;
use serde::Deserialize;

use crate::auth::is_loopback_name;
use crate::cli::{AccessMode, LogFormat, OidcArgs, PlaceArgs, ServeArgs, network};
use crate::oidc::OidcOptions;
use crate::pictures::PicturesPlace;
use crate::{DatabasePlace, Options};

/// All options of `ondeck serve`, complete and checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// What the server needs to know.
    pub options: Options,
    /// How long to go on after SIGTERM, so that load balancers hear of it.
    pub drain_after: Duration,
    /// A deck to start with.
    pub example: Option<PathBuf>,
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
    database: Option<String>,
    bus: Option<String>,
    metrics_listen: Option<SocketAddr>,
    drain_after: Option<u64>,
    public_url: Option<String>,
    access: Option<AccessMode>,
    #[serde(default)]
    trusted_proxy: Vec<String>,
    oidc_issuer: Option<String>,
    oidc_client_id: Option<String>,
    oidc_client_secret_file: Option<PathBuf>,
    oidc_scopes: Option<String>,
    oidc_groups_claim: Option<String>,
    #[serde(default)]
    member_group: Vec<String>,
    #[serde(default)]
    admin_group: Vec<String>,
    pictures: Option<String>,
    fetch_pictures: Option<bool>,
    slides_url: Option<String>,
    example: Option<PathBuf>,
    connections_per_address: Option<usize>,
    log_format: Option<LogFormat>,
    log: Option<String>,
}

/// Where decks are kept when nobody says so.
const DATA_DIR: &str = "ondeck-data";
/// Where the server listens when nobody says so.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4800);

/// Longest time to go on after SIGTERM: whoever waits longer to be stopped is killed by most supervisors.
const MOST_DRAIN_AFTER: u64 = 300;

/// Where the decks of a server are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The data directory.
    pub data_dir: PathBuf,
    /// The URL of the database, when it is not in there.
    pub database: Option<String>,
}

impl Place {
    /// Fills in what the command line and the environment left open.
    ///
    /// # Errors
    /// When the configuration file cannot be read, or the database is not one of PostgreSQL.
    pub fn resolve(args: PlaceArgs) -> anyhow::Result<Self> {
        let file = args.config.as_deref().map(read).transpose()?.unwrap_or_default();
        let data_dir = args.data_dir.or(file.data_dir).unwrap_or_else(|| DATA_DIR.into());
        let database = args.database.or(file.database);
        if let Some(url) = &database {
            DatabasePlace::parse(url)?;
        }
        Ok(Self { data_dir, database })
    }
}

impl Config {
    /// Fills in what the command line and the environment left open.
    ///
    /// # Errors
    /// What is wrong, and what to do about it.
    pub fn resolve(args: ServeArgs) -> anyhow::Result<Self> {
        let mut file = args.config.as_deref().map(read).transpose()?.unwrap_or_default();
        let data_dir = args.data_dir.or(file.data_dir.take()).unwrap_or_else(|| DATA_DIR.into());
        let mut options = Options::local(data_dir);
        options.listen = args.listen.or(file.listen).unwrap_or(LISTEN);
        if let Some(database) = args.database.or(file.database.take()) {
            options.database = DatabasePlace::parse(&database)?;
        }
        options.bus = args.bus.or(file.bus.take());
        options.metrics_listen = args.metrics_listen.or(file.metrics_listen);
        let drain_after = args.drain_after.or(file.drain_after).unwrap_or_default();
        anyhow::ensure!(
            drain_after <= MOST_DRAIN_AFTER,
            "`--drain-after` is at most {MOST_DRAIN_AFTER} seconds"
        );
        let public_url = args.public_url.or(file.public_url.take());
        options.public_url = public_url.map(|url| origin("public", &url)).transpose()?;
        let slides_url = args.slides_url.or(file.slides_url.take());
        options.slides_url = slides_url.map(|url| origin("slides", &url)).transpose()?;
        options.access = access(&options, args.access.or(file.access))?;
        let proxies = proxies(args.trusted_proxy, &file.trusted_proxy)?;
        options.trusted_proxies = proxies.unwrap_or(options.trusted_proxies);
        options.oidc = oidc(args.oidc, &mut file)?;
        if let Some(pictures) = args.pictures.or(file.pictures) {
            options.pictures = PicturesPlace::parse(&pictures)?;
        }
        options.fetch_pictures = args.fetch_pictures.or(file.fetch_pictures).unwrap_or(false);
        let connections = args.connections_per_address.or(file.connections_per_address);
        options.connections_per_address = connections.unwrap_or(options.connections_per_address);
        check_urls(&options)?;
        Ok(Self {
            options,
            drain_after: Duration::from_secs(drain_after),
            example: args.example.or(file.example),
            log_format: args.log_format.or(file.log_format).unwrap_or(LogFormat::Text),
            log: args.log.or(file.log).unwrap_or_else(|| "info".to_owned()),
        })
    }

    /// What is allowed and seldom meant, in words for the operator.
    pub fn warning(&self) -> Option<&'static str> {
        let needs_sign_in = self.options.access != AccessMode::Open;
        (needs_sign_in && self.options.oidc.is_none()).then_some(
            "nobody can sign in, so only the operator's token creates decks; see `--oidc-issuer`",
        )
    }
}

/// Beyond loopback, the operator has to choose. A public URL says that there is a proxy in front.
fn access(options: &Options, said: Option<AccessMode>) -> anyhow::Result<AccessMode> {
    let Options { listen, public_url, .. } = options;
    let beyond = match public_url {
        _ if !listen.ip().is_loopback() => listen.to_string(),
        Some(url) if !is_of_this_machine(url) => url.clone(),
        _ => return Ok(said.unwrap_or(AccessMode::Open)),
    };
    said.with_context(|| {
        format!(
            "{beyond} can be reached from other machines, so choose who may create decks: \
             `--access open` (everybody), `--access guests-edit` (who signed in; guests edit what was \
             shared) or `--access members` (who signed in; guests only follow)"
        )
    })
}

fn is_of_this_machine(url: &str) -> bool {
    let uri = url.parse::<Uri>().ok();
    uri.as_ref().and_then(Uri::host).is_some_and(is_loopback_name)
}

/// Whether what needs to know how browsers reach this server does.
fn check_urls(options: &Options) -> anyhow::Result<()> {
    let Options { public_url, slides_url, .. } = options;
    if slides_url.is_some() && slides_url == public_url {
        bail!("the slides URL is the public URL\nhint: `--slides-url` is for another host name");
    }
    let signs_in_beyond = options.oidc.is_some() && !options.listen.ip().is_loopback();
    for (option, needs_it) in
        [("slides-url", slides_url.is_some()), ("oidc-issuer", signs_in_beyond)]
    {
        if needs_it && public_url.is_none() {
            bail!(
                "with `--{option}` it has to be known how browsers reach this server\n\
                 hint: say so with `--public-url`"
            );
        }
    }
    Ok(())
}

/// What was said on the command line wins as a whole.
fn proxies(args: Vec<IpNet>, file: &[String]) -> anyhow::Result<Option<Vec<IpNet>>> {
    if !args.is_empty() {
        return Ok(Some(args));
    }
    let read = |text: &String| {
        let wrong = |error| anyhow::anyhow!("the trusted proxy `{text}` is not valid: {error}");
        network(text).map_err(wrong)
    };
    let said = file.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    Ok((!said.is_empty()).then_some(said))
}

fn oidc(args: OidcArgs, file: &mut File) -> anyhow::Result<Option<OidcOptions>> {
    let issuer = args.oidc_issuer.or(file.oidc_issuer.take());
    let client_id = args.oidc_client_id.or(file.oidc_client_id.take());
    let secret = args.oidc_client_secret_file.or(file.oidc_client_secret_file.take());
    let scopes = args.oidc_scopes.or(file.oidc_scopes.take());
    let groups_claim = args.oidc_groups_claim.or(file.oidc_groups_claim.take());
    let either = |args: Vec<String>, file: &mut Vec<String>| {
        if args.is_empty() { std::mem::take(file) } else { args }
    };
    let member_groups = either(args.member_group, &mut file.member_group);
    let admin_groups = either(args.admin_group, &mut file.admin_group);
    let says_more = secret.is_some() || scopes.is_some() || groups_claim.is_some();
    let says_groups = !member_groups.is_empty() || !admin_groups.is_empty();
    let (issuer, client_id) = match (issuer, client_id) {
        (Some(issuer), Some(client_id)) => (issuer, client_id),
        (None, None) if !says_more && !says_groups => return Ok(None),
        _ => bail!(
            "people cannot sign in yet\n\
             hint: sign-in needs both `--oidc-issuer` and `--oidc-client-id`; the other options of it \
             and those of groups mean nothing alone"
        ),
    };
    let mut oidc = OidcOptions::new(issuer, client_id);
    oidc.client_secret_file = secret;
    oidc.scopes = scopes.unwrap_or(oidc.scopes);
    oidc.groups_claim = groups_claim.unwrap_or(oidc.groups_claim);
    (oidc.member_groups, oidc.admin_groups) = (member_groups, admin_groups);
    Ok(Some(oidc))
}

fn read(path: &Path) -> anyhow::Result<File> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the configuration file {shown}"))?;
    toml::from_str(&text).with_context(|| format!("the configuration file {shown} is not valid"))
}

/// Checks a URL of the server and gives its origin.
fn origin(which: &str, url: &str) -> anyhow::Result<String> {
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
            "the {which} URL `{url}` is not valid\nhint: it looks like https://decks.example.org, without a path"
        ),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    fn parse(args: &[&str]) -> anyhow::Result<Config> {
        let args = ["ondeck", "serve"].iter().chain(args);
        let Command::Serve(args) = Cli::try_parse_from(args)?.command else { panic!("not serve") };
        Config::resolve(*args)
    }

    fn with_file(text: &str, args: &[&str]) -> anyhow::Result<Config> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ondeck.toml");
        std::fs::write(&path, text).unwrap();
        let file = ["--config", path.to_str().unwrap()];
        parse(&[&file, args].concat())
    }

    #[test]
    fn where_the_decks_are_stands_in_the_file_of_the_server_as_well() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ondeck.toml");
        std::fs::write(&path, "data_dir = 'data'\ndatabase = 'postgres://db/decks'").unwrap();
        let (config, url) = (Some(path), "postgres://db/decks");
        let args = PlaceArgs { config: config.clone(), ..PlaceArgs::default() };
        let place = Place { data_dir: "data".into(), database: Some(url.to_owned()) };
        assert_eq!(Place::resolve(args).unwrap(), place);
        let args = PlaceArgs { database: Some("mysql://db".to_owned()), config, data_dir: None };
        assert!(Place::resolve(args).is_err());
        let nowhere = Place { data_dir: DATA_DIR.into(), database: None };
        assert_eq!(Place::resolve(PlaceArgs::default()).unwrap(), nowhere);
    }

    #[test]
    fn the_file_that_packages_bring_is_valid_with_all_that_it_offers() {
        let packed = include_str!("../../packaging/ondeck.toml");
        let config = with_file(packed, &[]).unwrap();
        assert_eq!(config.options.access, AccessMode::GuestsEdit);
        let option = |line: &str| line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
        let offered = packed.lines().map(|line| match line.strip_prefix("# ") {
            Some(offer) if option(offer) => offer,
            _ => line,
        });
        let all = offered.collect::<Vec<_>>().join("\n");
        assert!(all.lines().filter(|line| option(line)).count() > 8, "{all}");
        with_file(&all, &[]).unwrap();
    }

    #[test]
    fn without_options_it_serves_this_machine_only() {
        let config = parse(&[]).unwrap();
        assert_eq!(config.options.listen.to_string(), "127.0.0.1:4800");
        assert_eq!(config.options.data_dir, PathBuf::from("ondeck-data"));
        assert_eq!(config.options.access, AccessMode::Open);
        assert_eq!(config.options.pictures, PicturesPlace::in_dir("ondeck-data".as_ref()));
        let proxies: Vec<_> =
            config.options.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(proxies, ["127.0.0.0/8", "::1/128"]);
        assert!(config.options.oidc.is_none() && !config.options.fetch_pictures);
        assert_eq!(config.warning(), None);
    }

    const EVERYTHING: &str = "
        listen = '127.0.0.1:1'
        data_dir = 'data'
        metrics_listen = '127.0.0.1:9100'
        drain_after = 5
        public_url = 'https://decks.example.org'
        access = 'guests-edit'
        trusted_proxy = ['10.0.0.0/8', '192.0.2.1', '2001:db8::/32']
        oidc_issuer = 'https://id.example.org'
        oidc_client_id = 'ondeck'
        oidc_client_secret_file = '/run/secrets/oidc'
        oidc_scopes = 'openid groups'
        oidc_groups_claim = 'roles'
        member_group = ['staff', 'cn=a,dc=example']
        admin_group = ['ops']
        pictures = 's3://bucket/prefix'
        fetch_pictures = true
        slides_url = 'https://slides.example.net'
        example = 'example.md'
        connections_per_address = 7
        log_format = 'json'
        log = 'warn'
    ";

    #[test]
    fn the_file_may_say_everything() {
        let Config { options, drain_after, example, log_format, log } =
            with_file(EVERYTHING, &[]).unwrap();
        assert_eq!((options.metrics_listen.unwrap().port(), drain_after.as_secs()), (9100, 5));
        assert_eq!((options.listen.port(), options.connections_per_address), (1, 7));
        assert_eq!(options.access, AccessMode::GuestsEdit);
        let proxies: Vec<_> = options.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(proxies, ["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32"]);
        let oidc = options.oidc.unwrap();
        assert_eq!((&oidc.issuer[..], &oidc.client_id[..]), ("https://id.example.org", "ondeck"));
        assert_eq!(oidc.client_secret_file, Some("/run/secrets/oidc".into()));
        assert_eq!((&oidc.scopes[..], &oidc.groups_claim[..]), ("openid groups", "roles"));
        assert_eq!(oidc.member_groups, ["staff", "cn=a,dc=example"]);
        assert_eq!(oidc.admin_groups, ["ops"]);
        let s3 = PicturesPlace::parse("s3://bucket/prefix").unwrap();
        assert_eq!((options.pictures, options.fetch_pictures), (s3, true));
        assert_eq!(options.slides_url.as_deref(), Some("https://slides.example.net"));
        assert_eq!((example, log_format), (Some("example.md".into()), LogFormat::Json));
        assert_eq!(log, "warn");
    }

    #[test]
    fn the_command_line_wins_over_the_file() {
        let proxies = ["--trusted-proxy", "203.0.113.7", "--trusted-proxy", "198.51.100.0/24"];
        let groups = ["--member-group", "x,y", "--member-group", "z", "--oidc-scopes", "openid"];
        let others = ["--fetch-pictures=false", "--access", "members", "--listen", "127.0.0.1:2"];
        let args = [&proxies[..], &groups, &others].concat();
        let Config { options, .. } = with_file(EVERYTHING, &args).unwrap();
        let proxies: Vec<_> = options.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(proxies, ["203.0.113.7/32", "198.51.100.0/24"]);
        let oidc = options.oidc.unwrap();
        assert_eq!(
            (oidc.member_groups, oidc.admin_groups),
            (vec!["x,y".into(), "z".into()], vec!["ops".into()])
        );
        assert_eq!(oidc.scopes, "openid");
        assert!(!options.fetch_pictures);
        assert_eq!((options.access, options.listen.port()), (AccessMode::Members, 2));
        assert!(parse(&["--fetch-pictures"]).unwrap().options.fetch_pictures);
    }

    #[test]
    fn a_mistyped_option_in_the_file_is_named() {
        for (text, word) in [
            ("lisen = '127.0.0.1:1'", "lisen"),
            ("access = 'everybody'", "everybody"),
            ("trusted_proxy = ['10.0.0.0/8', 'proxy']", "`proxy` is not valid"),
        ] {
            let error = with_file(text, &[]).unwrap_err();
            assert!(format!("{error:#}").contains(word), "{error:#}");
        }
        let error = parse(&["--trusted-proxy", "10.0.0.0/33"]).unwrap_err();
        assert!(error.to_string().contains("expected a network"), "{error}");
    }

    #[test]
    fn a_server_that_others_can_reach_needs_a_choice() {
        let error = parse(&["--listen", "0.0.0.0:4800"]).unwrap_err().to_string();
        assert_eq!(error.lines().count(), 1);
        for mode in [AccessMode::Open, AccessMode::GuestsEdit, AccessMode::Members] {
            let (words, name) = (format!("--access {}", mode.name()), mode.name());
            assert!(error.contains(&words), "{error}");
            let config = parse(&["--listen", "0.0.0.0:4800", "--access", name]).unwrap();
            assert_eq!(config.options.access, mode);
            assert_eq!(config.warning().is_some(), mode != AccessMode::Open);
        }
        assert!(parse(&["--listen", "[::]:4800"]).is_err());
        // A proxy in front of it lets others in as well.
        let behind = |url| parse(&["--public-url", url]);
        let error = behind("https://decks.example.org").unwrap_err().to_string();
        assert!(error.starts_with("https://decks.example.org can be reached"), "{error}");
        for url in ["http://localhost:4800", "https://127.0.0.1", "http://[::1]:4800"] {
            assert!(behind(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn sign_in_needs_a_provider_and_a_name_for_it() {
        let issuer = ["--oidc-issuer", "https://id.example.org"];
        let client = ["--oidc-client-id", "ondeck"];
        for args in [
            &issuer[..],
            &client,
            &["--oidc-scopes", "openid"],
            &["--member-group", "staff"],
            &["--admin-group", "ops"],
        ] {
            let error = parse(args).unwrap_err().to_string();
            assert!(error.contains("--oidc-issuer` and `--oidc-client-id"), "{args:?}: {error}");
        }
        let both = [&issuer[..], &client].concat();
        assert!(parse(&both).unwrap().options.oidc.is_some());
        // The provider sends people back: it has to know where to.
        let beyond = ["--listen", "0.0.0.0:1", "--access", "members"];
        let error = parse(&[&both[..], &beyond].concat()).unwrap_err().to_string();
        assert!(error.contains("--public-url"), "{error}");
        let url = ["--public-url", "https://decks.example.org"];
        assert!(parse(&[&both[..], &beyond, &url].concat()).is_ok());
    }

    #[test]
    fn slides_have_another_host_name_or_none() {
        let public = ["--public-url", "https://decks.example.org", "--access", "open"];
        let slides = |url| parse(&[&public[..], &["--slides-url", url]].concat());
        assert!(slides("https://slides.example.net").is_ok());
        for url in ["https://Decks.example.org:443/", "slides.example.net", "https://x/path"] {
            let error = slides(url).unwrap_err().to_string();
            assert!(error.contains("the slides URL"), "{error}");
        }
        let error = parse(&["--slides-url", "https://slides.example.net"]).unwrap_err();
        assert!(error.to_string().contains("--public-url"), "{error}");
    }

    #[test]
    fn a_public_url_is_an_origin() {
        let origin = |url| origin("public", url);
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
