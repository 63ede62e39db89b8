//! Compares our slides with those of a reference, where the reference is at hand.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::shell::{Shell, note, run, step};

/// Where the reference lies if `ONDECK_ORACLE` does not say so.
const ORACLE: &str = "../shared/tools/deck-oracle";
/// Decks to compare besides our own, seen from the reference.
const DECKS: &str = "../../decks";

/// Compares the given decks; without any, all examples, probes and decks next to the repository.
pub(crate) fn compare(shell: &Shell, args: &[String]) -> Result<()> {
    let oracle = match std::env::var_os("ONDECK_ORACLE") {
        Some(folder) => PathBuf::from(folder),
        None => shell.root.join(ORACLE),
    };
    if !oracle.join("oracle.mjs").exists() {
        note(&format!("Skipping the comparison: there is no reference at {}", oracle.display()));
        return Ok(());
    }
    let copy = shell.root.join("target/oracle");
    install(shell, &oracle, &copy)?;
    let decks = if args.is_empty() {
        let probes = write_probes(shell)?;
        let folders = [shell.root.join("examples"), probes, oracle.join(DECKS)];
        let mut decks = Vec::new();
        for folder in folders.iter().filter(|folder| folder.exists()) {
            decks.extend(decks_in(folder)?);
        }
        decks
    } else {
        args.iter().map(PathBuf::from).collect()
    };
    step("Building `compare`", || run(&mut shell.cargo(&["build", "--package", "compare"])))?;
    let name = format!("compare{}", std::env::consts::EXE_SUFFIX);
    let program = shell.target.join("debug").join(name);
    // Not at the top of the repository: decks are named from where the person is.
    let mut command = std::process::Command::new(program);
    let status = command.arg(copy).args(decks).status().context("starting `compare`")?;
    ensure!(status.success(), "the slides differ from those of the reference");
    Ok(())
}

/// Copies the reference, since nothing may be written next to it, and installs its packages.
fn install(shell: &Shell, oracle: &Path, copy: &Path) -> Result<()> {
    std::fs::create_dir_all(copy).context("creating target/oracle")?;
    for entry in std::fs::read_dir(oracle).context("reading the reference's folder")? {
        let path = entry?.path();
        let is_wanted = path.extension().is_some_and(|kind| kind == "mjs" || kind == "json");
        if let Some(name) = path.file_name().filter(|_| is_wanted) {
            std::fs::copy(&path, copy.join(name))?;
        }
    }
    if copy.join("node_modules/jsdom").exists() {
        return Ok(());
    }
    step("Installing the reference", || {
        run(&mut shell.npm("target/oracle", &["install", "--no-audit", "--no-fund"]))
    })
}

/// Has the probes of `deck` written to a folder, each as a deck.
fn write_probes(shell: &Shell) -> Result<PathBuf> {
    let folder = shell.target.join("probes");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).context("clearing the probes of the last comparison")?;
    }
    step("Writing the probes", || {
        let mut cargo = shell.cargo(&["test", "--quiet", "--package", "deck", "--test", "probes"]);
        run(cargo.env("ONDECK_PROBES", &folder))
    })?;
    Ok(folder)
}

fn decks_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut decks = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|kind| kind == "md") {
            decks.push(path);
        }
    }
    decks.sort();
    Ok(decks)
}
