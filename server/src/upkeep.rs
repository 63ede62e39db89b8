//! What an operator does to a data directory from the command line: back up, restore, verify.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::document;
use crate::store::sqlite::{self, Checked};
use crate::{DATABASE, open_dir};

/// `ondeck backup`: copies everything into one new file. Answers with what to tell the operator.
///
/// # Errors
/// When there is nothing to copy, the file exists, or the copy is damaged.
pub fn back_up(data_dir: &Path, target: &Path) -> anyhow::Result<String> {
    let database = database(data_dir)?;
    let shown = target.display();
    sqlite::back_up(&database, target)
        .with_context(|| format!("cannot back up {} to {shown}", data_dir.display()))?;
    let checked = check(target)?;
    Ok(format!("{shown}: {}", summary(&checked)))
}

/// `ondeck restore`: puts a backup in the place of what is there. Answers with what to tell.
///
/// # Errors
/// When a server runs there, or the backup cannot be used; then nothing has changed.
pub fn restore(backup: &Path, data_dir: &Path) -> anyhow::Result<String> {
    let shown = backup.display();
    if !backup.is_file() {
        bail!("there is no file {shown}");
    }
    // Held to the end: no server may start in between.
    let _lock = open_dir(data_dir)?;
    let checked = check(backup)?;
    if !checked.faults.is_empty() {
        bail!("the backup {shown} is damaged\n{}", checked.faults.join("\n"));
    }
    let kept = sqlite::restore(backup, &data_dir.join(DATABASE))
        .with_context(|| format!("cannot restore {shown}"))?;
    let mut said = format!("restored {}", summary(&checked));
    if let Some(kept) = kept {
        said += &format!("\nwhat was there is kept as {}", kept.display());
    }
    Ok(said)
}

/// `ondeck verify`: reads everything in a file, or in the data directory.
///
/// # Errors
/// What is damaged, one line each.
pub fn verify(file: Option<PathBuf>, data_dir: &Path) -> anyhow::Result<String> {
    let file = match file {
        Some(file) => file,
        None => database(data_dir)?,
    };
    let checked = check(&file)?;
    if checked.faults.is_empty() {
        return Ok(format!("{}: {}, no damage", file.display(), summary(&checked)));
    }
    bail!(
        "{} is damaged\n{}\nhint: decks that are not named are whole; `ondeck restore` goes back to a backup",
        file.display(),
        checked.faults.join("\n")
    );
}

fn check(file: &Path) -> anyhow::Result<Checked> {
    sqlite::check(file, document::faults).with_context(|| format!("cannot read {}", file.display()))
}

fn database(data_dir: &Path) -> anyhow::Result<PathBuf> {
    let database = data_dir.join(DATABASE);
    if !database.is_file() {
        bail!(
            "there are no decks in {}\nhint: say where they are with `--data-dir`",
            data_dir.display()
        );
    }
    Ok(database)
}

fn summary(checked: &Checked) -> String {
    let Checked { decks, updates, .. } = checked;
    format!("{decks} decks with {updates} recent updates")
}
