//! `cargo xtask`: every task of the project, on a machine that has only Rust and Node.js.
#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks to a terminal"
)]

mod bench;
mod checks;
mod compare;
mod frontend;
mod serve;
mod services;
mod shell;
mod tools;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::shell::Shell;

const HELP: &str = "\
The tasks of the Ondeck repository

Usage: cargo xtask <TASK>

Tasks:
  run [ARGS]       Build everything, then serve http://127.0.0.1:4800; ARGS go to `ondeck serve`
  build            Build the front-end and the server into target/release/ondeck
  test [FILTER]    Build, then run all tests; FILTER picks Rust and browser tests by name
  ci               Formatting, lints, licences, all tests: what continuous integration runs
  load [ARGS]      Run the load generator
  fuzz [ARGS]      Run the in-tree fuzzer; ARGS begin with `room` (the default), `deck` or `pictures`
  bombs [ARGS]     Throw at a server what it must not trust, and measure what it does
  differential [ARGS]
                   Compare the CRDT with the original Yjs, edit by edit
  crash [ARGS]     Kill the server under load, again and again, and look for lost edits
  faults [ARGS]    Let the disk fail under the server: no space, failing fsync, flipped bits
  cluster [ARGS]   Let several servers share decks, and kill, part and slow them down meanwhile
  bench [ARGS]     Measure parsing and rendering, also against markdown-it; ARGS go to criterion
  compare [DECKS]  Put our slides beside those of a reference, where there is one
  screenshots      Take the pictures in docs/

What is missing is fetched: the Rust target for WASM, npm packages, and, into target/tools,
Trunk, wasm-bindgen and cargo-deny. On Debian, as root, apt-get brings what tests need: Chromium,
PostgreSQL and nats-server; elsewhere the task says what to install.
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> Result<()> {
    let (task, rest) = match args.split_first() {
        Some((task, rest)) => (task.as_str(), rest),
        None => ("--help", args),
    };
    // `cargo xtask load -- --rooms 3` and `cargo xtask load --rooms 3` mean the same.
    let rest = match rest.split_first() {
        Some((first, after)) if first == "--" => after,
        _ => rest,
    };
    if matches!(task, "-h" | "--help" | "help") {
        print!("{HELP}");
        return Ok(());
    }

    let shell = Shell::new()?;
    match (task, rest) {
        ("run", args) => serve::run(&shell, args),
        // Not in the help: `run` starts it in the background, see there.
        ("open-when-ready", [address]) => serve::open_when_ready(address),
        ("bench", args) => bench::bench(&shell, args),
        ("compare", args) => compare::compare(&shell, args),
        ("load" | "fuzz" | "bombs" | "crash" | "faults" | "cluster" | "differential", args) => {
            checks::measure(&shell, task, args)
        }
        ("build" | "test" | "ci" | "screenshots", [only]) if only == "-h" || only == "--help" => {
            print!("{HELP}");
            Ok(())
        }
        ("build", []) => serve::build(&shell),
        ("test", []) => checks::test(&shell, None),
        ("test", [filter]) => checks::test(&shell, Some(filter)),
        ("ci", []) => checks::ci(&shell),
        ("screenshots", []) => checks::screenshots(&shell),
        ("build" | "test" | "ci" | "screenshots", [.., extra]) => {
            bail!("`cargo xtask {task}` does not take `{extra}`\nhint: `cargo xtask --help`")
        }
        _ => bail!("there is no task `{task}`\nhint: `cargo xtask --help` lists them"),
    }
}
