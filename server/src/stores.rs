//! Opens what decks, people, calls and pictures are kept in: one engine behind many traits.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

use crate::DATABASE;
use crate::store::access::{AccessStore, SharedAccess};
use crate::store::cluster::SharedClusterStore;
use crate::store::pictures::{PictureStore, SharedPictures};
use crate::store::postgres::PostgresStore;
use crate::store::sections::{SectionStore, SharedSections};
use crate::store::series::{SeriesStore, SharedSeries};
use crate::store::sqlite::SqliteStore;
use crate::store::talk::{CallStore, SharedCalls, SharedTalk, TalkStore};
use crate::store::{SharedStore, Store};

/// Where decks, people and links are kept.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabasePlace {
    /// In a SQLite file, which one server uses.
    File(PathBuf),
    /// In PostgreSQL, which several servers may share; the URL may hold a password.
    Postgres(String),
}

impl fmt::Debug for DatabasePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            // What is printed may end up in a log.
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

impl DatabasePlace {
    /// The file in a data directory.
    pub fn in_dir(data_dir: &Path) -> Self {
        Self::File(data_dir.join(DATABASE))
    }

    /// Reads `postgres://…`.
    ///
    /// # Errors
    /// When it is something else; the message says what to do.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        anyhow::ensure!(
            text.starts_with("postgres://") || text.starts_with("postgresql://"),
            "the database has to be a URL such as postgres://user@host/name\n\
             hint: without `--database` decks are kept in the data directory"
        );
        Ok(Self::Postgres(text.to_owned()))
    }
}

/// Everything that is kept, by what is asked of it.
pub(crate) struct Stores {
    pub(crate) store: SharedStore,
    pub(crate) access: SharedAccess,
    pub(crate) series: SharedSeries,
    pub(crate) sections: SharedSections,
    pub(crate) talk: SharedTalk,
    pub(crate) calls: SharedCalls,
    pub(crate) pictures: SharedPictures,
    /// What only nodes need that share a database.
    pub(crate) cluster: Option<SharedClusterStore>,
    /// Cancelled when nobody knows any more what is stored: then the process must end.
    pub(crate) failed: CancellationToken,
}

impl Stores {
    /// Opens the database, and brings its tables up to date.
    ///
    /// # Errors
    /// When it cannot be used; the message says what to do.
    pub(crate) async fn open(place: &DatabasePlace) -> anyhow::Result<Self> {
        match place {
            DatabasePlace::File(path) => {
                let store = SqliteStore::open(path).with_context(|| {
                    let shown = path.display();
                    format!("cannot open the database {shown}\nhint: `ondeck verify` says what is damaged, `ondeck restore` goes back to a backup")
                })?;
                let failed = store.failed();
                Ok(Self::of(Arc::new(store), failed))
            }
            DatabasePlace::Postgres(url) => {
                let store = Arc::new(PostgresStore::connect(url).await?);
                let alone = Self::of(store.clone(), CancellationToken::new());
                Ok(Self { cluster: Some(store), ..alone })
            }
        }
    }

    /// One engine that keeps everything.
    fn of<Engine>(store: Arc<Engine>, failed: CancellationToken) -> Self
    where
        Engine:
            Store + AccessStore + SeriesStore + SectionStore + TalkStore + CallStore + PictureStore,
    {
        Self {
            access: store.clone(),
            series: store.clone(),
            sections: store.clone(),
            talk: store.clone(),
            calls: store.clone(),
            pictures: store.clone(),
            cluster: None,
            failed,
            store,
        }
    }
}
