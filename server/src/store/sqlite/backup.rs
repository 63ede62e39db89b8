//! Copies of the whole database, what is wrong with one, and going back to one.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::journal::ALL;
use super::schema::{connect, copy_into, migrate, upgrade};
use super::{journal, now, rights, schema};
use crate::store::{Checked, DeckId, Journal, StoreError};

/// Copies a database to a new file while others may write in it, and checks the copy.
///
/// # Errors
/// When the target exists, the copy cannot be written, or it is damaged; then no copy is left.
pub fn back_up(database: &Path, target: &Path) -> Result<(), StoreError> {
    if target.exists() {
        return Err(StoreError("that file exists already".into()));
    }
    let partial = beside(target, ".partial");
    let _ = fs::remove_file(&partial);
    let made = copy_into(&open_existing(database)?, &partial).and_then(|()| {
        match faults(&open_existing(&partial)?, "integrity_check")?.first() {
            Some(fault) => Err(StoreError(format!("the database is damaged: {fault}"))),
            None => Ok(()),
        }
    });
    match made {
        Ok(()) => rename(&partial, target),
        Err(error) => {
            // What is half a backup must not pass for one.
            let _ = fs::remove_file(&partial);
            Err(error)
        }
    }
}

/// Reads everything: the pages of the file, the checksums of all rows, and with `read` the
/// document of every deck; `read` answers with what is wrong with it.
///
/// # Errors
/// When the file is no database of this or an earlier Ondeck.
pub fn check(
    database: &Path,
    read: impl Fn(&Journal) -> Vec<String>,
) -> Result<Checked, StoreError> {
    let mut connection = open_existing(database)?;
    let mut checked =
        Checked { faults: faults(&connection, "integrity_check")?, ..Checked::default() };
    // Rolled back at the end: a backup of an earlier Ondeck is read as it would be after a restore,
    // and stays as it is.
    let connection = connection.transaction()?;
    upgrade(&connection)?;
    checked.faults.extend(rights::faults(&connection)?);
    let mut decks = connection.prepare("SELECT id, epoch FROM decks ORDER BY id")?;
    let decks = decks.query_map([], |row| Ok((DeckId(row.get(0)?), row.get(1)?)))?;
    for deck in decks {
        let (id, epoch) = deck?;
        checked.decks += 1;
        match journal::read(&connection, &id, epoch, ALL) {
            Ok(journal) => {
                checked.updates += journal.updates.len();
                let (damage, unreadable) = match journal::damage(&connection, &id) {
                    Ok(damage) => (damage, None),
                    // Then at least what opening the deck comes across.
                    Err(error) => (journal.damage.clone(), Some(error)),
                };
                let damage = damage.iter().map(ToString::to_string);
                let lost = unreadable.map(|error| format!("not all rows can be read: {error}"));
                let faults = damage.chain(lost).chain(read(&journal));
                checked.faults.extend(faults.map(|fault| format!("deck {id}: {fault}")));
            }
            Err(error) => checked.faults.push(format!("deck {id}: it cannot be read: {error}")),
        }
    }
    Ok(checked)
}

/// What a restore did besides bringing the texts back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where the database is that was there before.
    pub kept: Option<PathBuf>,
    /// Who may do what is as it was right before. Otherwise it is as it was at the backup, and all
    /// sessions have ended: nobody knows which had.
    pub rights_are_current: bool,
}

/// Puts a backup in the place of a database that nobody uses. Every deck gets a new epoch: whoever
/// still holds edits from before must not merge them blindly, or text would double. The database
/// that was there is kept beside it.
///
/// Texts go back, rights do not: a session, a link or a role that has ended since must not come back
/// to life. They are taken from the database that was there, for the decks that it knows.
///
/// # Errors
/// When the backup cannot be read or is damaged; then nothing has changed.
pub fn restore(backup: &Path, database: &Path) -> Result<Restored, StoreError> {
    let fresh = beside(database, ".restoring");
    remove(&fresh);
    back_up(backup, &fresh)?;
    let rights_are_current = {
        let mut connection = connect(&fresh)?;
        migrate(&fresh, &mut connection)?;
        // The time is above every epoch that any client has seen, whichever backup it came from;
        // a clock that was put back must not undo that.
        let least = now().max(highest_epoch(database) + 1);
        connection.execute("UPDATE decks SET epoch = max(epoch + 1, ?1)", [least])?;
        // What was in the bin at the backup has its time anew, or it would go before anybody has looked.
        let sql = "UPDATE decks SET deleted_at = ?1 WHERE deleted_at IS NOT NULL";
        connection.execute(sql, [now()])?;
        // Whoever presents after this presents another text.
        connection.execute_batch("DELETE FROM holds")?;
        let is_current = rights::keep_current(&mut connection, database).unwrap_or_else(|error| {
            tracing::warn!(%error, "what was there cannot be read");
            false
        });
        if !is_current {
            rights::end_sessions(&connection)?;
        }
        connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
        is_current
    };
    let kept = database.exists().then(|| beside(database, &format!(".before-restore-{}", now())));
    if let Some(kept) = &kept {
        // The write-ahead log belongs to its database: it must never meet another one.
        for tail in ["", "-wal", "-shm"] {
            let part = beside(database, tail);
            if part.exists() {
                rename(&part, &beside(kept, tail))?;
            }
        }
    }
    rename(&fresh, database)?;
    Ok(Restored { kept, rights_are_current })
}

/// What can be said of a database in a moment.
#[derive(Debug)]
pub struct Quick {
    /// Its schema, and the one that this Ondeck uses.
    pub schema: usize,
    /// See above.
    pub newest: usize,
    /// What SQLite finds wrong with the file.
    pub faults: Vec<String>,
}

/// Looks at a database without reading what is in its decks, also while the server runs.
///
/// # Errors
/// When it cannot be read, or was made by a newer Ondeck.
pub fn quick_check(path: &Path) -> Result<Quick, StoreError> {
    let connection = open_existing(path)?;
    let (schema, newest) = (schema::version(&connection)?, schema::NEWEST);
    Ok(Quick { schema, newest, faults: faults(&connection, "quick_check")? })
}

/// What SQLite finds wrong with the file itself.
pub(super) fn faults(connection: &Connection, check: &str) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare(&format!("PRAGMA {check}"))?;
    let found = statement.query_map([], |row| row.get::<_, String>(0))?;
    // A check that cannot go on is a finding, too: the decks on other pages are as they were.
    let found = found.map(|line| line.unwrap_or_else(|error| error.to_string()));
    Ok(found.filter(|line| line != "ok").collect())
}

/// Opens a database that must be there: SQLite would make an empty one.
pub(super) fn open_existing(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let is_ours: bool = connection.query_row(
        "SELECT count(*) = 3 FROM sqlite_schema WHERE name IN ('decks', 'updates', 'snapshots')",
        [],
        |row| row.get(0),
    )?;
    if !is_ours {
        return Err(StoreError("it is not a database of Ondeck".into()));
    }
    connection.execute_batch("PRAGMA busy_timeout = 5000")?;
    Ok(connection)
}

/// The highest epoch in a database; 0 when there is none that can be read.
fn highest_epoch(database: &Path) -> i64 {
    let read = || -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(max(epoch), 0) FROM decks";
        Ok(open_existing(database)?.query_row(sql, [], |row| row.get(0))?)
    };
    read().unwrap_or(0)
}

fn beside(path: &Path, tail: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(tail);
    name.into()
}

fn remove(database: &Path) {
    for tail in ["", "-wal", "-shm", ".partial"] {
        let _ = fs::remove_file(beside(database, tail));
    }
}

/// Renames durably: the directory is written as well.
fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    let renamed = fs::rename(from, to).and_then(|()| {
        let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty());
        fs::File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
    });
    renamed.map_err(|error| StoreError(format!("cannot make {}: {error}", to.display())))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::store::sqlite::SqliteStore;
    use crate::store::{NewDeck, NewUpdate, Snapshot, Store as _};

    struct Place {
        dir: tempfile::TempDir,
        store: SqliteStore,
        deck: DeckId,
    }

    impl Place {
        async fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let store = SqliteStore::open(&dir.path().join("live.sqlite")).unwrap();
            let deck = DeckId::parse("deck").unwrap();
            let snapshot = Snapshot::new(&b"first"[..], "");
            let made = NewDeck { id: deck.clone(), title: String::new(), snapshot };
            store.create_deck(made).await.unwrap();
            let place = Self { dir, store, deck };
            place.append(b"one").await;
            place
        }

        async fn append(&self, bytes: &'static [u8]) {
            let bytes = Bytes::from_static(bytes);
            let (principal, claims) = (String::new(), Vec::new());
            let update = NewUpdate { principal, client: None, claims, bytes };
            self.store.append(&self.deck, vec![update]).await.unwrap();
        }

        fn path(&self, name: &str) -> PathBuf {
            self.dir.path().join(name)
        }
    }

    async fn journal(path: &Path) -> Journal {
        let store = SqliteStore::open(path).unwrap();
        store.load(&DeckId::parse("deck").unwrap()).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn a_backup_of_a_database_in_use_holds_what_was_stored_by_then() {
        let place = Place::new().await;
        back_up(&place.path("live.sqlite"), &place.path("copy.sqlite")).unwrap();
        place.append(b"two").await;
        assert_eq!(journal(&place.path("copy.sqlite")).await.updates.len(), 1);
        assert!(back_up(&place.path("live.sqlite"), &place.path("copy.sqlite")).is_err());
        assert!(back_up(&place.path("nowhere"), &place.path("other.sqlite")).is_err());
        assert!(!place.path("nowhere").exists());
        assert!(!place.path("other.sqlite").exists());
    }

    #[tokio::test]
    async fn restoring_brings_back_the_text_with_a_new_epoch_and_keeps_what_was_there() {
        let place = Place::new().await;
        let (live, copy) = (place.path("live.sqlite"), place.path("copy.sqlite"));
        back_up(&live, &copy).unwrap();
        place.append(b"two").await;
        drop(place.store);
        let Restored { kept, .. } = restore(&copy, &live).unwrap();
        let kept = kept.unwrap();
        let restored = journal(&live).await;
        assert_eq!(restored.updates.len(), 1);
        assert!(restored.epoch > 1);
        assert_eq!(journal(&kept).await.updates.len(), 2);
        // A second time gives another lineage again.
        restore(&copy, &live).unwrap();
        assert!(journal(&live).await.epoch > restored.epoch);
        let elsewhere = restore(&copy, &place.dir.path().join("fresh.sqlite")).unwrap();
        assert_eq!(elsewhere, Restored { kept: None, rights_are_current: false });
    }

    #[tokio::test]
    async fn what_was_in_the_bin_at_a_backup_has_its_time_anew() {
        let place = Place::new().await;
        let (live, copy) = (place.path("live.sqlite"), place.path("copy.sqlite"));
        connect(&live).unwrap().execute("UPDATE decks SET deleted_at = 5", []).unwrap();
        back_up(&live, &copy).unwrap();
        drop(place.store);
        let before = now();
        restore(&copy, &live).unwrap();
        let sql = "SELECT deleted_at FROM decks";
        let since: i64 = connect(&live).unwrap().query_row(sql, [], |row| row.get(0)).unwrap();
        assert!(since >= before, "{since}");
    }

    #[tokio::test]
    async fn a_file_that_is_no_backup_changes_nothing() {
        let place = Place::new().await;
        let note = place.path("note.txt");
        fs::write(&note, "not a database, but longer than the header of one ".repeat(9)).unwrap();
        let live = place.path("live.sqlite");
        assert!(restore(&note, &live).is_err());
        assert!(check(&note, |_| Vec::new()).is_err());
        assert_eq!(journal(&live).await.updates.len(), 1);
    }

    #[tokio::test]
    async fn a_check_names_the_row_and_the_deck_that_are_damaged() {
        let place = Place::new().await;
        let live = place.path("live.sqlite");
        let sound = check(&live, |_| Vec::new()).unwrap();
        assert_eq!(sound, Checked { decks: 1, updates: 1, faults: Vec::new() });
        connect(&live).unwrap().execute("UPDATE updates SET bytes = x'00'", []).unwrap();
        // Also the rows that are not needed to open the deck.
        place.store.compact(&place.deck, 1, Snapshot::new(&b"second"[..], "")).await.unwrap();
        let found = check(&live, |_| vec!["no text".into()]).unwrap();
        let says = ["deck deck: update 1: it fails its checksum", "deck deck: no text"];
        assert_eq!(found.faults, says);
    }

    #[test]
    fn a_backup_of_an_earlier_ondeck_is_checked_and_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let old = dir.path().join("old.sqlite");
        let connection = Connection::open(&old).unwrap();
        let tables = include_str!("../../../migrations/sqlite/0001-journal.sql");
        let deck =
            "PRAGMA user_version = 1; INSERT INTO decks VALUES ('old', 'Old', 1, 0, 0, NULL)";
        connection.execute_batch(&format!("{tables}; {deck}")).unwrap();
        drop(connection);
        let before = fs::read(&old).unwrap();
        let checked = check(&old, |_| Vec::new()).unwrap();
        assert_eq!((checked.decks, checked.faults), (1, Vec::new()));
        assert_eq!(fs::read(&old).unwrap(), before);
    }
}
