//! What an operator does to the decks of a server from the command line.

#[cfg(test)]
mod moving;
mod postgres;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use crate::config::Place;
use crate::document;
use crate::store::access::Audited;
use crate::store::sqlite;
use crate::store::{Checked, DeckId};
use crate::{DATABASE, admin_token, open_dir};

/// `ondeck backup`: copies everything into one new file. Answers with what to tell the operator.
///
/// # Errors
/// When there is nothing to copy, the file exists, or the copy is damaged. Of a database in PostgreSQL,
/// how PostgreSQL does it.
pub fn back_up(place: &Place, target: &Path) -> anyhow::Result<String> {
    if let Some(url) = &place.database {
        return Err(postgres::how_to_back_up(url, target));
    }
    let data_dir = &place.data_dir;
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
/// When a server runs there, or the backup cannot be used; then nothing has changed. Of a database in
/// PostgreSQL, how PostgreSQL does it.
pub fn restore(backup: &Path, place: &Place) -> anyhow::Result<String> {
    if let Some(url) = &place.database {
        return Err(postgres::how_to_restore(url, backup));
    }
    let data_dir = &place.data_dir;
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
    let restored = sqlite::restore(backup, &data_dir.join(DATABASE))
        .with_context(|| format!("cannot restore {shown}"))?;
    let mut said = format!("restored {}", summary(&checked));
    if let Some(kept) = restored.kept {
        said += &format!("\nwhat was there is kept as {}", kept.display());
    }
    said += if restored.rights_are_current {
        "\nroles, links and sessions are as they were right before"
    } else {
        "\nroles and links are as they were at the backup: reset the links that you have reset since; \
         all sessions have ended"
    };
    Ok(said)
}

/// `ondeck restored`: brings a database back to life that came out of a backup of PostgreSQL.
///
/// # Errors
/// When a server uses it, or it cannot be reached; then nothing has changed.
pub fn restored(place: &Place) -> anyhow::Result<String> {
    let Some(url) = &place.database else {
        bail!("`ondeck restored` is for databases in PostgreSQL: say which with `--database`");
    };
    wait(postgres::restored(url))
}

/// `ondeck migrate sqlite-to-postgres`: moves everything out of a data directory into a database.
///
/// # Errors
/// When a server runs there, the database holds decks, or is not the same afterwards; then nothing has
/// changed.
pub fn migrate(place: &Place) -> anyhow::Result<String> {
    let Some(url) = &place.database else {
        bail!("say where to move the decks with `--database postgres://USER@HOST/NAME`");
    };
    let database = database(&place.data_dir)?;
    // Held to the end: what is written now would not come along.
    let _lock = open_dir(&place.data_dir)?;
    wait(postgres::migrate(&database, url))
}

/// `ondeck verify`: reads everything in a file, in the data directory, or in the database.
///
/// # Errors
/// What is damaged, one line each.
pub fn verify(file: Option<PathBuf>, place: &Place) -> anyhow::Result<String> {
    let (shown, checked) = match (file, &place.database) {
        (Some(file), _) => (file.display().to_string(), check(&file)?),
        (None, Some(url)) => ("the database".to_owned(), wait(postgres::check(url))?),
        (None, None) => {
            let file = database(&place.data_dir)?;
            (file.display().to_string(), check(&file)?)
        }
    };
    if checked.faults.is_empty() {
        return Ok(format!("{shown}: {}, no damage", summary(&checked)));
    }
    bail!(
        "{shown} is damaged\n{}\nhint: decks that are not named are whole; `ondeck restore` goes back to a backup",
        checked.faults.join("\n")
    );
}

/// `ondeck token`: what the operator's programs prove themselves with.
///
/// # Errors
/// When it can be neither read nor made.
pub fn token(data_dir: &Path) -> anyhow::Result<String> {
    admin_token(data_dir)
}

/// `ondeck health`: what a running server says of itself.
///
/// # Errors
/// When it does not answer, or not that all is well.
pub async fn health(url: &str) -> anyhow::Result<String> {
    /// A server that takes longer is not well.
    const WITHIN: Duration = Duration::from_secs(5);
    crate::tls::install();
    let client = reqwest::Client::builder().timeout(WITHIN).build()?;
    let answer = client.get(url).send().await.with_context(|| format!("{url} does not answer"))?;
    let (status, text) = (answer.status(), answer.text().await?);
    anyhow::ensure!(status.is_success(), "{url} answers {status}: {}", text.trim());
    Ok(text.trim().to_owned())
}

/// `ondeck audit`: the last entries of the log, one line each, the newest at the end.
///
/// # Errors
/// When there is no database, or it cannot be read.
pub fn audit(place: &Place, deck: Option<DeckId>, last: usize) -> anyhow::Result<String> {
    let entries = if let Some(url) = &place.database {
        wait(postgres::audited(url, deck, last))?
    } else {
        let database = database(&place.data_dir)?;
        sqlite::audited(&database, deck.as_ref(), last)
            .with_context(|| format!("cannot read {}", database.display()))?
    };
    if entries.is_empty() {
        return Ok("nothing yet".to_owned());
    }
    Ok(entries.iter().rev().map(line).collect::<Vec<_>>().join("\n"))
}

fn line(Audited { entry, name }: &Audited) -> String {
    let at = Timestamp::from_millisecond(entry.at).unwrap_or(Timestamp::MAX);
    let name = name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    let deck = entry.deck.as_ref().map_or("-", DeckId::as_str);
    let (principal, action, detail) = (&entry.principal.0, &entry.action, &entry.detail);
    let line = format!("{at:.3}  {principal}{name}  {deck}  {action}  {detail}");
    // Names come from elsewhere: they must not write to the terminal what is no word, or a line of theirs.
    line.trim_end().replace(char::is_control, "\u{fffd}")
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

/// Runs what waits for a database.
fn wait<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Runtime::new()?.block_on(work)
}

fn summary(checked: &Checked) -> String {
    let Checked { decks, updates, .. } = checked;
    format!("{decks} decks with {updates} recent updates")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::access::{AccessStore as _, AuditEntry, SignedIn};
    use crate::store::sqlite::SqliteStore;

    #[tokio::test]
    async fn the_audit_log_is_read_while_the_server_runs_and_a_name_cannot_forge_a_line() {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&dir.path().join(DATABASE)).unwrap();
        let place = Place { data_dir: dir.path().to_owned(), database: None };
        assert_eq!(audit(&place, None, 9).unwrap(), "nothing yet");
        let ada = SignedIn {
            issuer: "https://id.example.org".to_owned(),
            subject: "ada".to_owned(),
            name: "Ada\n\u{1b}[2J".to_owned(),
            email: None,
            groups: Vec::new(),
        };
        let principal = store.sign_in(ada, None, 0).await.unwrap().principal;
        let who = principal.0.clone();
        let deck = DeckId::parse("deck").unwrap();
        for (at, deck, action) in
            [(0, Some(&deck), "link.reset"), (61_500, None, "session.sign-in")]
        {
            let (principal, deck) = (principal.clone(), deck.cloned());
            let (action, detail) = (action.to_owned(), String::new());
            store.add_audit(AuditEntry { at, principal, deck, action, detail }).await.unwrap();
        }
        let said = audit(&place, None, 9).unwrap();
        let name = "(Ada\u{fffd}\u{fffd}[2J)";
        let lines = [
            format!("1970-01-01T00:00:00.000Z  {who} {name}  deck  link.reset"),
            format!("1970-01-01T00:01:01.500Z  {who} {name}  -  session.sign-in"),
        ];
        assert_eq!(said.lines().collect::<Vec<_>>(), lines);
        assert_eq!(audit(&place, None, 1).unwrap(), lines[1]);
        assert_eq!(audit(&place, Some(deck), 9).unwrap(), lines[0]);
    }
}
