//! What a restore keeps of who may do what, and what may be wrong with it.

use std::path::Path;

use rusqlite::Connection;

use super::backup::open_existing;
use super::now;
use crate::store::StoreError;

/// Rights of the database that was there, in place of those that came with the backup.
const KEEP: &str = "
    DELETE FROM sessions;
    INSERT INTO sessions SELECT * FROM former.sessions;
    DELETE FROM users WHERE principal IN (SELECT principal FROM former.users);
    INSERT OR IGNORE INTO users SELECT * FROM former.users;
    DELETE FROM sessions
        WHERE principal LIKE 'user:%' AND principal NOT IN (SELECT principal FROM users);

    UPDATE decks SET level = former.level FROM former.decks AS former WHERE former.id = decks.id;
    DELETE FROM people WHERE deck IN (SELECT id FROM former.decks);
    INSERT INTO people SELECT * FROM former.people WHERE deck IN (SELECT id FROM main.decks);
    DELETE FROM links WHERE deck IN (SELECT id FROM former.decks);
    INSERT INTO links SELECT * FROM former.links WHERE deck IN (SELECT id FROM main.decks);
    DELETE FROM grants WHERE deck IN (SELECT id FROM former.decks);
    INSERT INTO grants SELECT * FROM former.grants WHERE deck IN (SELECT id FROM main.decks);

    DELETE FROM audit;
    INSERT INTO audit SELECT * FROM former.audit;
    -- Their files are there, whatever the restored texts name.
    INSERT OR IGNORE INTO pictures
        SELECT * FROM former.pictures WHERE deck IN (SELECT id FROM main.decks);
";

/// Takes over the rights of the database that is about to be replaced. `false`, and nothing has changed,
/// when there is none, or one of another server or an earlier Ondeck.
///
/// # Errors
/// When it cannot be read; nothing has changed then.
pub(super) fn keep_current(restored: &mut Connection, database: &Path) -> Result<bool, StoreError> {
    if !database.exists() {
        return Ok(false);
    }
    drop(open_existing(database)?);
    let name = database.to_str().ok_or_else(|| StoreError("the path is not UTF-8".into()))?;
    restored.execute("ATTACH DATABASE ?1 AS former", [name])?;
    let kept = keep_attached(restored);
    restored.execute_batch("DETACH DATABASE former")?;
    kept
}

fn keep_attached(restored: &mut Connection) -> Result<bool, StoreError> {
    let version = |of: &str| {
        let sql = format!("PRAGMA {of}.user_version");
        restored.query_row(&sql, [], |row| row.get::<_, i64>(0))
    };
    if version("main")? != version("former")? {
        return Ok(false);
    }
    let sql = "SELECT count(*) FROM main.server JOIN former.server USING (secret)";
    if !restored.query_row(sql, [], |row| row.get::<_, bool>(0))? {
        return Ok(false);
    }
    let transaction = restored.transaction()?;
    transaction.execute_batch(KEEP)?;
    transaction.execute(
        "INSERT INTO audit (at, principal, action, detail) VALUES (?1, 'admin', 'server.restore', '')",
        [now()],
    )?;
    transaction.commit()?;
    Ok(true)
}

/// Which of them have ended since the backup, nobody knows.
pub(super) fn end_sessions(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("DELETE FROM sessions; DELETE FROM logins")
}

/// What `ondeck verify` says of rows that no query would ever find or could read.
pub(super) fn faults(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let lost = "SELECT DISTINCT 'the table `' || \"table\" || '` names a deck that is not there'
                FROM pragma_foreign_key_check";
    let unreadable = "SELECT 'account ' || principal || ': its groups cannot be read' FROM users
                      WHERE NOT json_valid(groups)";
    let mut faults = Vec::new();
    for sql in [lost, unreadable] {
        let mut statement = connection.prepare(sql)?;
        let found = statement.query_map([], |row| row.get::<_, String>(0))?;
        // A check that cannot go on is a finding, too.
        faults.extend(found.map(|line| line.unwrap_or_else(|error| error.to_string())));
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::access::{AccessStore as _, DeckLevel, Principal, SignedIn};
    use crate::store::sqlite::{Restored, SqliteStore, back_up, check, restore};
    use crate::store::{DeckId, LinkRole, NewDeck, NewLink, Snapshot, Store as _};

    const NOW: i64 = 1;
    const LATER: i64 = i64::MAX;

    struct Place {
        dir: tempfile::TempDir,
        store: SqliteStore,
        deck: DeckId,
        ada: Principal,
    }

    impl Place {
        /// A deck with an owner, who is signed in, and a link, all of which a backup has.
        async fn backed_up() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let store = SqliteStore::open(&dir.path().join("live.sqlite")).unwrap();
            let deck = DeckId::parse("deck").unwrap();
            let snapshot = Snapshot::new(&b"first"[..], "");
            let made = NewDeck { id: deck.clone(), title: String::new(), snapshot };
            store.create_deck(made).await.unwrap();
            let ada = store.sign_in(ada(&["maths"]), None, NOW).await.unwrap().principal;
            store.add_session([1; 32], ada.clone(), NOW, LATER).await.unwrap();
            let place = Self { dir, store, deck, ada };
            place.link(1).await;
            let backup = place.dir.path().join("backup.sqlite");
            back_up(&place.dir.path().join("live.sqlite"), &backup).unwrap();
            place
        }

        async fn link(&self, serial: u8) {
            let (deck, role) = (self.deck.clone(), LinkRole::Edit);
            let (code_sha256, serial, expires_at) = ([serial; 32], serial.into(), None);
            let link = NewLink { deck, role, serial, code_sha256, expires_at };
            self.store.add_link(link, NOW).await.unwrap();
        }

        fn restore_as(self, name: &str) -> (SqliteStore, tempfile::TempDir, Restored) {
            drop(self.store);
            let database = self.dir.path().join(name);
            let restored = restore(&self.dir.path().join("backup.sqlite"), &database).unwrap();
            (SqliteStore::open(&database).unwrap(), self.dir, restored)
        }
    }

    fn ada(groups: &[&str]) -> SignedIn {
        SignedIn {
            issuer: "https://id.example.org".to_owned(),
            subject: "ada".to_owned(),
            name: "Ada".to_owned(),
            email: None,
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
        }
    }

    #[tokio::test]
    async fn what_has_ended_since_the_backup_does_not_come_back_to_life() {
        let place = Place::backed_up().await;
        let (deck, ada_is) = (place.deck.clone(), place.ada.clone());
        place.store.end_session([1; 32]).await.unwrap();
        place.store.add_session([2; 32], ada_is.clone(), NOW, LATER).await.unwrap();
        place.store.sign_in(ada(&[]), None, NOW).await.unwrap();
        place.link(2).await;
        place.store.set_level(&deck, DeckLevel::Private).await.unwrap();
        let (store, _dir, restored) = place.restore_as("live.sqlite");
        assert!(restored.rights_are_current);
        assert_eq!(store.session([1; 32], NOW).await.unwrap(), None);
        let session = store.session([2; 32], NOW).await.unwrap().unwrap();
        assert_eq!(session.user.unwrap().groups, Vec::<String>::new());
        assert_eq!(store.link([1; 32], NOW).await.unwrap(), None);
        assert_eq!(store.link([2; 32], NOW).await.unwrap().unwrap().serial, 2);
        let access = store.deck_access(&deck, Vec::new(), false, NOW).await.unwrap().unwrap();
        assert_eq!(access.level, DeckLevel::Private);
        let audit = store.audit(None, 1).await.unwrap();
        assert_eq!(audit[0].action, "server.restore");
    }

    #[tokio::test]
    async fn without_the_database_that_was_there_everybody_signs_in_again() {
        let place = Place::backed_up().await;
        let (store, _dir, restored) = place.restore_as("elsewhere.sqlite");
        assert_eq!(restored, Restored { kept: None, rights_are_current: false });
        assert_eq!(store.session([1; 32], NOW).await.unwrap(), None);
        assert!(store.link([1; 32], NOW).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn rights_of_another_server_are_not_taken_over() {
        let place = Place::backed_up().await;
        let other = place.dir.path().join("other.sqlite");
        let store = SqliteStore::open(&other).unwrap();
        store.add_session([3; 32], place.ada.clone(), NOW, LATER).await.unwrap();
        drop(store);
        let (store, _dir, restored) = place.restore_as("other.sqlite");
        assert!(!restored.rights_are_current && restored.kept.is_some());
        assert_eq!(store.session([3; 32], NOW).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_check_names_rows_that_belong_to_nothing_or_cannot_be_read() {
        let place = Place::backed_up().await;
        let path = place.dir.path().join("backup.sqlite");
        assert_eq!(check(&path, |_| Vec::new()).unwrap().faults, Vec::<String>::new());
        let connection = Connection::open(&path).unwrap();
        let sql = "PRAGMA foreign_keys = OFF;
                   INSERT INTO people VALUES ('nowhere', 'user:x', 'owner', 0);
                   UPDATE users SET groups = 'maths'";
        connection.execute_batch(sql).unwrap();
        let faults = check(&path, |_| Vec::new()).unwrap().faults;
        assert_eq!(faults[0], "the table `people` names a deck that is not there");
        assert_eq!(faults[1], format!("account {}: its groups cannot be read", place.ada.0));
    }
}
