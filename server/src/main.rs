//! The binary `ondeck`.
#![forbid(unsafe_code)]

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use ondeck_server::cli::{Cli, Command, LogFormat};
use ondeck_server::config::{Config, data_dir};
use ondeck_server::{Options, Server, UNLOAD_AFTER, VERSION, upkeep};
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
            let config = Config::resolve(args)?;
            start_log(&config)?;
            return tokio::runtime::Runtime::new()?.block_on(serve(config));
        }
        Command::Backup { target, place } => upkeep::back_up(&data_dir(place)?, &target)?,
        Command::Restore { backup, place } => upkeep::restore(&backup, &data_dir(place)?)?,
        Command::Verify { file, place } => upkeep::verify(file, &data_dir(place)?)?,
    };
    writeln!(std::io::stdout(), "{said}")?;
    Ok(())
}

fn start_log(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log).map_err(|error| {
        anyhow::anyhow!("the log filter `{}` is not valid: {error}", config.log)
    })?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let server = Server::listen(Options {
        listen: config.listen,
        data_dir: config.data_dir,
        public_url: config.public_url.clone(),
        unload_after: UNLOAD_AFTER,
        connections_per_address: config.connections_per_address,
    })
    .await?;
    if let Some(example) = &config.example {
        server.import_example(example).await?;
    }
    let url = config.public_url.unwrap_or_else(|| format!("http://{}", server.address()));
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
    tracing::info!("stopping: storing what is open");
    server.shutdown().await
}
