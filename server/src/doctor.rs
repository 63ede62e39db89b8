//! `ondeck doctor`: looks at everything that a server needs, and says what to do where something is wrong.

mod bus;
mod database;
mod here;
mod postgres;
mod proxy;

use std::fmt;

use crate::cli::{AccessMode, ServeArgs};
use crate::config::Config;
use crate::pictures::{self, PicturesPlace};
use crate::{DatabasePlace, Options, VERSION};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, and is likely not meant so.
    Warn,
    /// It does not work.
    Fail,
}

/// What came of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub verdict: Verdict,
    /// Which part.
    pub part: &'static str,
    /// What was found.
    pub found: String,
    /// What to do.
    pub advice: Option<String>,
}

impl Finding {
    fn ok(part: &'static str, found: impl Into<String>) -> Self {
        Self { verdict: Verdict::Ok, part, found: found.into(), advice: None }
    }

    fn warn(part: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warn, part, found: found.into(), advice: Some(advice.into()) }
    }

    fn fail(part: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fail, part, found: found.into(), advice: Some(advice.into()) }
    }

    /// Of an error whose last lines may be hints, as all errors for operators are made.
    fn failed(part: &'static str, error: &anyhow::Error, otherwise: &str) -> Self {
        let text = format!("{error:#}");
        let (hints, found): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| line.starts_with("hint: "));
        let hints = hints.iter().map(|hint| hint.trim_start_matches("hint: "));
        let hints = hints.collect::<Vec<_>>().join("; ");
        let advice = if hints.is_empty() { otherwise.to_owned() } else { hints };
        Self::fail(part, found.join(" "), advice)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Ok => "ok",
            Verdict::Warn => "warn",
            Verdict::Fail => "FAIL",
        };
        write!(f, "{verdict:<5} {:<15} {}", self.part, self.found.trim())?;
        match &self.advice {
            Some(advice) => write!(f, "\n      hint: {advice}"),
            None => Ok(()),
        }
    }
}

/// All that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination(pub Vec<Finding>);

impl Examination {
    /// How bad the worst of it is.
    pub fn verdict(&self) -> Verdict {
        self.0.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Ok)
    }
}

impl fmt::Display for Examination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|finding| writeln!(f, "{finding}"))?;
        let count = |verdict| self.0.iter().filter(|finding| finding.verdict == verdict).count();
        let (warnings, failures) = (count(Verdict::Warn), count(Verdict::Fail));
        write!(f, "{} checks, {warnings} warnings, {failures} failures", self.0.len())
    }
}

/// Looks at what `ondeck serve` with these options would use. Nothing is changed, but for files that are
/// written and removed again.
pub async fn examine(args: ServeArgs) -> Examination {
    let config = match Config::resolve(args) {
        Ok(config) => config,
        Err(error) => {
            let advice = "`ondeck serve --help` lists the options";
            return Examination(vec![Finding::failed("configuration", &error, advice)]);
        }
    };
    let options = &config.options;
    let mut findings = configuration(&config);
    findings.extend(here::directory(&options.data_dir));
    findings.extend([here::open_files(), here::clock().await]);
    match &options.database {
        DatabasePlace::File(path) => findings.push(database::file(path).await),
        DatabasePlace::Postgres(url) => findings.extend(postgres::examine(url).await),
    }
    findings.extend(match &options.bus {
        Some(url) => bus::examine(url).await,
        None => no_bus(options).into_iter().collect(),
    });
    findings.push(pictures(options).await);
    findings.extend(proxy::examine(options).await);
    Examination(findings)
}

fn configuration(config: &Config) -> Vec<Finding> {
    const PART: &str = "configuration";
    let Options { listen, access, public_url, trusted_proxies, .. } = &config.options;
    let mut findings = vec![Finding::ok(
        PART,
        format!("Ondeck {VERSION} at {listen}, --access {}", access.name()),
    )];
    if let Some(warning) = config.warning() {
        findings.push(Finding::warn(PART, warning, "see `--oidc-issuer`"));
    }
    if *access == AccessMode::Open && (public_url.is_some() || !listen.ip().is_loopback()) {
        let found = "everybody who reaches this server may make decks";
        findings.push(Finding::warn(PART, found, "see `--access guests-edit`, if not meant so"));
    }
    if let Some(network) = trusted_proxies.iter().find(|network| network.prefix_len() == 0) {
        let found = format!("everybody is believed to be a proxy (`--trusted-proxy {network}`)");
        findings.push(Finding::fail(PART, found, "name the networks of your proxies alone"));
    }
    findings
}

/// Servers that share a database are slow to each other without a bus.
fn no_bus(options: &Options) -> Option<Finding> {
    let shares = matches!(options.database, DatabasePlace::Postgres(_));
    let found = "none: servers that share the database hear of each other within 2 s";
    shares.then(|| Finding::warn("bus", found, "with more than one server, see `--bus`"))
}

async fn pictures(options: &Options) -> Finding {
    const PART: &str = "pictures";
    let place = match &options.pictures {
        PicturesPlace::Directory(directory) => directory.display().to_string(),
        PicturesPlace::S3 { bucket, prefix } => format!("s3://{bucket}/{prefix}"),
    };
    let shares = matches!(options.database, DatabasePlace::Postgres(_));
    if matches!(&options.pictures, PicturesPlace::Directory(directory) if !directory.exists()) {
        return Finding::ok(PART, format!("{place} is made when the server starts"));
    }
    match pictures::try_out(&options.pictures).await {
        Ok(()) if shares && matches!(options.pictures, PicturesPlace::Directory(_)) => {
            let found = format!("{place} is a directory, the database is shared");
            let advice = "with more than one server all need the same place: `--blobs s3://…`, or a \
                          directory that all have mounted";
            Finding::warn(PART, found, advice)
        }
        Ok(()) => Finding::ok(PART, format!("{place}: written, read and removed")),
        Err(error) => {
            let advice = "look at the place, its permissions and the keys (AWS_*)";
            Finding::failed(PART, &error.context(place), advice)
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    pub(super) async fn examined(args: &[&str]) -> Examination {
        let args = ["ondeck", "doctor"].iter().chain(args);
        let Command::Doctor(args) = Cli::try_parse_from(args).unwrap().command else {
            panic!("not doctor")
        };
        examine(*args).await
    }

    fn of<'a>(examination: &'a Examination, part: &str) -> Vec<&'a Finding> {
        examination.0.iter().filter(|finding| finding.part == part).collect()
    }

    #[tokio::test]
    async fn a_new_data_directory_is_well_and_nothing_is_left_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let examination = examined(&["--data-dir", dir.path().to_str().unwrap()]).await;
        assert!(examination.verdict() < Verdict::Fail, "{examination}");
        for part in ["configuration", "data directory", "clock", "database", "pictures"] {
            assert!(!of(&examination, part).is_empty(), "{part}: {examination}");
        }
        let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(Result::unwrap).collect();
        assert_eq!(left.len(), 0, "{left:?}");
    }

    #[tokio::test]
    async fn an_option_that_does_not_fit_is_the_only_finding_and_has_a_hint() {
        let examination = examined(&["--listen", "0.0.0.0:1"]).await;
        assert_eq!((examination.verdict(), examination.0.len()), (Verdict::Fail, 1));
        let words = examination.to_string();
        assert!(words.starts_with("FAIL  configuration"), "{words}");
        assert!(words.contains("\n      hint: "), "{words}");
        assert!(words.ends_with("1 checks, 0 warnings, 1 failures"), "{words}");
    }

    #[tokio::test]
    async fn what_lets_in_more_than_is_meant_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let args = ["--listen", "0.0.0.0:1", "--access", "open", "--trusted-proxy", "0.0.0.0/0"];
        let data = ["--data-dir", dir.path().to_str().unwrap()];
        let examination = examined(&[&args[..], &data].concat()).await;
        let found = of(&examination, "configuration");
        let verdicts: Vec<_> = found.iter().map(|finding| finding.verdict).collect();
        assert_eq!(verdicts, [Verdict::Ok, Verdict::Warn, Verdict::Fail], "{examination}");
    }

    #[tokio::test]
    async fn a_place_for_pictures_that_takes_nothing_fails() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "x").unwrap();
        let mut options = Options::local(dir.path());
        options.pictures = PicturesPlace::Directory(file);
        assert_eq!(pictures(&options).await.verdict, Verdict::Fail);
        options.pictures = PicturesPlace::in_dir(dir.path());
        assert!(pictures(&options).await.found.ends_with("is made when the server starts"));
        std::fs::create_dir(dir.path().join("pictures")).unwrap();
        options.database = DatabasePlace::Postgres("postgres://localhost/x".to_owned());
        assert_eq!(pictures(&options).await.verdict, Verdict::Warn);
        assert_eq!(no_bus(&options).unwrap().verdict, Verdict::Warn);
    }
}
