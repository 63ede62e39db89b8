//! The binary `ondeck`.
#![forbid(unsafe_code)]

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use ondeck_server::cli::{Cli, Command, LogFormat, Way};
use ondeck_server::config::{Config, Place};
use ondeck_server::doctor::{self, Verdict};
use ondeck_server::{Server, VERSION, upkeep};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do when the terminal is gone as well.
            let _ = writeln!(std::io::stderr(), "{}", explain(&error));
            ExitCode::FAILURE
        }
    }
}

/// What went wrong and why in one line, then the hints.
fn explain(error: &anyhow::Error) -> String {
    let lines = error.chain().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let (hints, causes): (Vec<&str>, Vec<&str>) =
        lines.lines().partition(|line| line.starts_with("hint: "));
    let mut text = format!("error: {}", causes.join(": "));
    for hint in hints {
        text.push('\n');
        text.push_str(hint);
    }
    text
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let said = match cli.command {
        Command::Serve(args) => {
            let config = Config::resolve(*args)?;
            start_log(&config)?;
            return tokio::runtime::Runtime::new()?.block_on(serve(config));
        }
        Command::Doctor(args) => {
            let found = tokio::runtime::Runtime::new()?.block_on(doctor::examine(*args));
            writeln!(std::io::stdout(), "{found}")?;
            anyhow::ensure!(found.verdict() < Verdict::Fail, "something does not work, see above");
            return Ok(());
        }
        Command::Health { url } => {
            tokio::runtime::Runtime::new()?.block_on(upkeep::health(&url))?
        }
        Command::Backup { target, place } => upkeep::back_up(&Place::resolve(place)?, &target)?,
        Command::Restore { backup, place } => upkeep::restore(&backup, &Place::resolve(place)?)?,
        Command::Restored { place } => upkeep::restored(&Place::resolve(place)?)?,
        Command::Migrate { way: Way::SqliteToPostgres { place } } => {
            upkeep::migrate(&Place::resolve(place)?)?
        }
        Command::Verify { file, place } => upkeep::verify(file, &Place::resolve(place)?)?,
        Command::Token { place } => upkeep::token(&Place::resolve(place)?.data_dir)?,
        Command::Audit { deck, last, place } => upkeep::audit(&Place::resolve(place)?, deck, last)?,
    };
    // Whoever reads only the first lines (`| head`) has what they want.
    match writeln!(std::io::stdout(), "{said}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Libraries that say too much, whatever is asked for: of every oddity in the markup of a deck, with which
/// an author could fill the disk, or what people write, which belongs in no log.
const QUIET: &str = "html5ever=error,tungstenite=warn,tokio_tungstenite=warn,tokio_postgres=info,\
                     async_nats=info,object_store=info,reqwest=info,hyper=info,hyper_util=info,h2=info";

fn start_log(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(format!("{QUIET},{}", config.log)).map_err(|error| {
        anyhow::anyhow!("the log filter `{}` is not valid: {error}", config.log)
    })?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().with_span_list(false).init(),
    }
    Ok(())
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    if let Some(warning) = config.warning() {
        tracing::warn!("{warning}");
    }
    let public_url = config.options.public_url.clone();
    let server = Server::listen(config.options).await?;
    if let Some(example) = &config.example {
        server.import_example(example).await?;
    }
    let url = public_url.unwrap_or_else(|| format!("http://{}", server.address()));
    writeln!(std::io::stdout(), "Ondeck {VERSION} is ready at {url}")?;
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
        // At once, without storing anything: what the next start finds on the disk is what counts.
        () = server.disk_failed() => anyhow::bail!(
            "the disk failed while decks were being stored; nothing unstored was acknowledged\n\
             hint: check the disk, then start Ondeck again: it goes on from what is stored"
        ),
    }
    server.begin_drain();
    if !config.drain_after.is_zero() {
        let seconds = config.drain_after.as_secs();
        tracing::info!(seconds, "stopping soon: load balancers are told to send nobody new");
        // Whoever asks a second time has waited enough.
        tokio::select! {
            () = tokio::time::sleep(config.drain_after) => {}
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    }
    tracing::info!("stopping: storing what is open");
    server.shutdown().await
}
