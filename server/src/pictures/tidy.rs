//! Removes pictures that no deck names any more.
//!
//! A picture stays for [`KEPT_UNUSED`] after it was last seen in its deck, since undo and history bring
//! texts back. It goes only when **every** deck that can be opened was read and none names it: a deck that
//! cannot be read may name anything, so then nothing is removed at all until it can be read again. Decks in
//! the bin keep what they have.
//!
//! The row goes first, then the file: when the server ends in between, a file is left that nobody can
//! reach, and the sweep of files without rows takes it. The other way round a row would be left that
//! promises a picture, counts towards its deck's limits, and answers with an error.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::{Gallery, GalleryError};
use crate::hub::JoinError;
use crate::router::App;
use crate::store::pictures::PictureRecord;
use crate::store::{DeckId, StoreError};

/// How long a picture is kept that its deck does not name.
pub(crate) const KEPT_UNUSED: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// What a deck says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// This.
    Text(String),
    /// It is in the bin, and may come back.
    InBin,
    /// There is no such deck any more.
    Gone,
}

/// Where texts of decks are read.
pub(crate) trait Texts: Send + Sync {
    /// All decks that are not in the bin.
    fn decks(&self) -> BoxFuture<'_, Result<Vec<DeckId>, StoreError>>;
    /// What a deck says now, with everything that is typed.
    fn text<'a>(&'a self, deck: &'a DeckId) -> BoxFuture<'a, Result<Said, StoreError>>;
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tidied {
    /// Pictures that were removed.
    pub(crate) removed: usize,
    /// Files without rows that were removed.
    pub(crate) swept: usize,
}

impl Gallery {
    /// Notes what is unused, and removes what has been for long enough.
    ///
    /// # Errors
    /// When a deck or the list of pictures cannot be read; then nothing was removed.
    pub(crate) async fn tidy(&self, texts: &dyn Texts, now: i64) -> Result<Tidied, GalleryError> {
        let mut due = Vec::new();
        for deck in self.rows().decks_with_pictures().await? {
            due.append(&mut self.note_unused(texts, &deck, now).await?);
        }
        let removed = self.remove_unused(texts, due).await?;
        let swept = self.sweep(now).await?;
        Ok(Tidied { removed, swept })
    }

    /// Notes which pictures of a deck are unused, and gives those whose time is over.
    async fn note_unused(
        &self,
        texts: &dyn Texts,
        deck: &DeckId,
        now: i64,
    ) -> Result<Vec<PictureRecord>, GalleryError> {
        let text = match texts.text(deck).await? {
            Said::Text(text) => text,
            Said::Gone => String::new(),
            Said::InBin => return Ok(Vec::new()),
        };
        let pictures = self.rows().pictures(deck).await?;
        let unused: Vec<_> =
            pictures.into_iter().filter(|(picture, _)| !names(&text, &picture.name)).collect();
        let noted = unused.iter().map(|(picture, _)| picture.name.clone()).collect();
        self.rows().note_unused(deck, noted, now).await?;
        let before = now.saturating_sub(millis(KEPT_UNUSED));
        let due =
            unused.into_iter().filter(|(_, since)| since.is_some_and(|since| since <= before));
        Ok(due.map(|(picture, _)| picture).collect())
    }

    /// Removes pictures that no deck at all names.
    async fn remove_unused(
        &self,
        texts: &dyn Texts,
        due: Vec<PictureRecord>,
    ) -> Result<usize, GalleryError> {
        if due.is_empty() {
            return Ok(0);
        }
        let mut named = HashSet::new();
        // Its own deck is read again as well: somebody may just have undone something.
        for deck in texts.decks().await? {
            if let Said::Text(text) = texts.text(&deck).await? {
                let found = due.iter().filter(|picture| names(&text, &picture.name));
                named.extend(found.map(|picture| picture.name.clone()));
            }
        }
        let due: Vec<_> = due.into_iter().filter(|one| !named.contains(&one.name)).collect();
        for picture in &due {
            self.remove(&picture.name).await?;
            tracing::info!(deck = %picture.deck, name = picture.name, "an unused picture was removed");
        }
        Ok(due.len())
    }

    /// Pictures of decks that are to go which other decks name, each with one of these: it becomes theirs.
    ///
    /// # Errors
    /// When a deck cannot be read, which may name any of them.
    pub(crate) async fn heirs(
        &self,
        texts: &dyn Texts,
        going: &[DeckId],
    ) -> Result<Vec<(String, DeckId)>, GalleryError> {
        let mut left = self.of(going).await?;
        let mut heirs = Vec::new();
        if left.is_empty() {
            return Ok(heirs);
        }
        for deck in texts.decks().await? {
            if let Said::Text(text) = texts.text(&deck).await? {
                let found = left.extract_if(.., |picture| names(&text, &picture.name));
                heirs.extend(found.map(|picture| (picture.name, deck.clone())));
            }
        }
        Ok(heirs)
    }

    /// Removes files that no row names: what is left when the server ends in the middle of something.
    async fn sweep(&self, now: i64) -> Result<usize, GalleryError> {
        let before = now.saturating_sub(millis(KEPT_UNUSED));
        let mut swept = 0;
        for file in self.blobs().list().await? {
            // Also old ones only: a database that was restored may be replaced by a newer one yet.
            if file.written_at <= before && self.rows().picture(&file.name).await?.is_none() {
                self.blobs().delete(&file.name).await?;
                swept += 1;
            }
        }
        Ok(swept)
    }
}

/// Whether a text names a picture, in whatever way: what is random in its name is enough.
fn names(text: &str, name: &str) -> bool {
    text.contains(name.split('.').next().unwrap_or(name))
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

impl Texts for App {
    fn decks(&self) -> BoxFuture<'_, Result<Vec<DeckId>, StoreError>> {
        Box::pin(async { Ok(self.store.decks().await?.into_iter().map(|deck| deck.id).collect()) })
    }

    fn text<'a>(&'a self, deck: &'a DeckId) -> BoxFuture<'a, Result<Said, StoreError>> {
        Box::pin(async move {
            match self.hub.text(deck).await {
                Ok(text) => Ok(Said::Text(text)),
                Err(JoinError::NoDeck) => {
                    let now = crate::access::now();
                    let known = self.access.deck_access(deck, Vec::new(), true, now).await?;
                    Ok(if known.is_some() { Said::InBin } else { Said::Gone })
                }
                Err(JoinError::Store(error)) => Err(error),
                Err(JoinError::Stopping) => Err(StoreError("the server is stopping".into())),
            }
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
