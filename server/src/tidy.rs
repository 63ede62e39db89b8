//! What is done once a day: what was in the bin for long enough goes, and pictures that nobody needs.

use std::time::Duration;

use crate::pictures::tidy::Texts;
use crate::pictures::{Gallery, GalleryError};
use crate::router::App;
use crate::store::DeckId;
use crate::store::access::{AccessStore, AuditEntry, Principal};
use crate::store::series::SeriesStore;

/// How long a deck can be taken out of the bin again: as long as people remember that they threw it away,
/// and as long as it takes to come back from a long holiday.
pub(crate) const KEPT_IN_BIN: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How often it is looked.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long after the start it is looked first: a server that just started has other things to do, and
/// one that is restarted every day still comes to it.
const FIRST_AFTER: Duration = Duration::from_secs(10 * 60);

/// Tidies up again and again, until the server stops.
pub(crate) async fn keep_tidy(app: App, clock: impl Fn() -> i64) {
    let stopping = app.hub.stopping();
    let mut wait = FIRST_AFTER;
    loop {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stopping.cancelled() => return,
        }
        wait = EVERY;
        if let Err(error) = empty_bin(&app, &*app.series, &*app.access, &app.gallery, clock()).await
        {
            tracing::warn!(%error, "the bin was not emptied");
        }
        match app.gallery.tidy(&app, clock()).await {
            Ok(tidied) => tracing::debug!(?tidied, "pictures were tidied up"),
            Err(error) => {
                tracing::warn!(%error, "pictures were not tidied up; nothing was removed")
            }
        }
    }
}

/// Removes what was in the bin for long enough. One deck that cannot be removed keeps no other.
async fn empty_bin(
    texts: &dyn Texts,
    decks: &dyn SeriesStore,
    audit: &dyn AccessStore,
    gallery: &Gallery,
    now: i64,
) -> Result<usize, GalleryError> {
    let kept = i64::try_from(KEPT_IN_BIN.as_millis()).unwrap_or(i64::MAX);
    let before = now.saturating_sub(kept);
    let mut removed = 0;
    let due = decks.binned(before).await?;
    // A deck that cannot be read may name anything: then all of them stay until it can be.
    let heirs = gallery.heirs(texts, &due).await?;
    for deck in due {
        match decks.purge(&deck, before, heirs.clone()).await {
            // The rows are gone: a file that is left now is nobody's.
            Ok(Some(pictures)) => {
                gallery.discard(&pictures).await;
                note(audit, deck, now).await;
                removed += 1;
            }
            // Somebody has just taken it out.
            Ok(None) => {}
            Err(error) => tracing::error!(%error, %deck, "a deck stays in the bin"),
        }
    }
    Ok(removed)
}

async fn note(audit: &dyn AccessStore, deck: DeckId, at: i64) {
    tracing::info!(%deck, "a deck in the bin was removed for good");
    let (principal, action) = (Principal("admin".to_owned()), "deck.purge".to_owned());
    let entry = AuditEntry { at, principal, deck: Some(deck), action, detail: String::new() };
    if let Err(error) = audit.add_audit(entry).await {
        tracing::error!(%error, "not noted in the audit log");
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::pictures::tests::{gallery, make_deck, principal, sample};
    use crate::pictures::tidy::tests::Decks;
    use crate::store::{Store as _, StoreError};

    const DAY: i64 = 24 * 60 * 60 * 1_000;

    #[tokio::test]
    async fn a_deck_leaves_the_bin_after_30_days_with_its_pictures() {
        let dir = tempfile::tempdir().unwrap();
        let (gallery, store) = gallery(dir.path());
        let (thrown, kept) = (make_deck(&store, "thrown").await, make_deck(&store, "kept").await);
        let add = async |deck| {
            let bytes = Bytes::from(sample("bits.png"));
            gallery.add(deck, &principal(), bytes, 1).await.unwrap().name
        };
        let names = [add(&thrown).await, add(&kept).await];
        store.set_deleted(&thrown, true).await.unwrap();
        // The bin has the time of the machine, to the millisecond.
        let now = crate::access::now();
        let texts = Decks::default();
        let empty = async |now| empty_bin(&texts, &*store, &*store, &gallery, now).await.unwrap();
        assert_eq!(empty(now + 30 * DAY - 60_000).await, 0);
        assert_eq!(empty(now + 30 * DAY).await, 1);
        assert_eq!(empty(now + 60 * DAY).await, 0);
        assert!(!store.set_deleted(&thrown, false).await.unwrap());
        assert!(store.deck(&kept).await.unwrap().is_some());
        let files = names.map(|name| dir.path().join("pictures").join(name).exists());
        assert_eq!(files, [false, true]);
        let audit = store.audit(Some(thrown), 1).await.unwrap();
        assert_eq!(audit[0].action, "deck.purge");
    }

    #[tokio::test]
    async fn a_picture_that_another_deck_names_becomes_its_own_and_waits_for_decks_that_cannot_be_read()
     {
        let dir = tempfile::tempdir().unwrap();
        let (gallery, store) = gallery(dir.path());
        let (thrown, heir) = (make_deck(&store, "thrown").await, make_deck(&store, "heir").await);
        let mut names = Vec::new();
        for _ in 0..2 {
            let bytes = Bytes::from(sample("bits.png"));
            names.push(gallery.add(&thrown, &principal(), bytes, 1).await.unwrap().name);
        }
        store.set_deleted(&thrown, true).await.unwrap();
        let texts = Decks::default();
        let later = crate::access::now() + 30 * DAY;
        let empty = async || empty_bin(&texts, &*store, &*store, &gallery, later).await;
        texts.say(&heir, Err(StoreError("on purpose".into())));
        assert!(empty().await.is_err());
        texts.write(&heir, &format!("![](/p/{})", names[0]));
        assert_eq!(empty().await.unwrap(), 1);
        let found = gallery.find(&names[0]).await.unwrap().unwrap();
        assert_eq!((found.deck, gallery.find(&names[1]).await.unwrap()), (heir, None));
        let is_there = |name: &String| dir.path().join("pictures").join(name).exists();
        assert_eq!(names.iter().map(is_there).collect::<Vec<_>>(), [true, false]);
    }
}
