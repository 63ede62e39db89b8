//! The SQLite file: whether it is whole, and whether this Ondeck can use it.

use std::path::Path;

use super::Finding;
use crate::store::sqlite;

const PART: &str = "database";

/// Whether the file can be used; none is well, too.
pub(super) async fn file(path: &Path) -> Finding {
    let path = path.to_owned();
    let looked = tokio::task::spawn_blocking(move || look(&path)).await;
    looked.unwrap_or_else(|error| Finding::fail(PART, error.to_string(), "run it again"))
}

fn look(path: &Path) -> Finding {
    let shown = path.display();
    if !path.is_file() {
        return Finding::ok(PART, "none yet: it is made when the server starts");
    }
    match sqlite::quick_check(path) {
        Ok(quick) if quick.faults.is_empty() && quick.schema < quick.newest => {
            let found = format!("{shown} has schema {} of {}", quick.schema, quick.newest);
            let advice = "it is copied beside itself and brought up to date when the server starts";
            Finding::warn(PART, found, advice)
        }
        Ok(quick) if quick.faults.is_empty() => {
            Finding::ok(PART, format!("{shown} is whole, schema {}", quick.schema))
        }
        Ok(quick) => {
            let found = format!("{shown} is damaged: {}", quick.faults.join("; "));
            let advice = "`ondeck verify` names the decks, `ondeck restore` goes back to a backup";
            Finding::fail(PART, found, advice)
        }
        Err(error) => {
            let advice =
                "is it a file of a newer Ondeck, or not a database? `ondeck restore` goes back";
            Finding::fail(PART, format!("{shown}: {}", error.0), advice)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;
    use crate::store::sqlite::SqliteStore;

    #[tokio::test]
    async fn a_file_is_whole_or_of_another_version_or_no_database() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ondeck.sqlite");
        assert!(file(&path).await.found.starts_with("none yet"));
        drop(SqliteStore::open(&path).unwrap());
        let found = file(&path).await;
        assert!(found.verdict == Verdict::Ok && found.found.contains("is whole"), "{found}");
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        assert_eq!(file(&path).await.verdict, Verdict::Warn);
        connection.pragma_update(None, "user_version", 999).unwrap();
        let found = file(&path).await;
        assert!(found.verdict == Verdict::Fail && found.found.contains("schema 999"), "{found}");
        drop(connection);
        let other = dir.path().join("other");
        std::fs::write(&other, [b'x'; 8192]).unwrap();
        assert_eq!(file(&other).await.verdict, Verdict::Fail);
    }
}
