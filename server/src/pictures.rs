//! Pictures of decks: taken in, kept, given out to whoever may see the deck, and cleaned up.

mod addresses;
mod blobs;
mod color;
pub(crate) mod fetch;
mod gif;
mod jpeg;
mod png;
pub mod take_in;
pub(crate) mod ticket;
pub(crate) mod tidy;
mod webp;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::store::access::Principal;
use crate::store::pictures::{PictureRecord, SharedPictures};
use crate::store::{DeckId, StoreError};
use blobs::Blobs;
use fetch::{FetchError, Fetcher};
use take_in::{Kind, MOST_PIXELS, Refusal};

/// Most pictures of a deck.
pub const MOST_PICTURES: usize = 200;
/// Most bytes of all pictures of a deck together.
pub const MOST_PICTURES_BYTES: u64 = 200 * 1024 * 1024;
/// Millions of pixels that are worked on at the same time: one picture of the largest size, which takes
/// about 400 MB meanwhile, or two of up to half of it.
const MEGAPIXELS_AT_ONCE: u32 = MOST_PIXELS.div_ceil(1_000_000) as u32;
/// What the smallest picture counts for: so many fit that two processors are busy, and not more.
const LEAST_MEGAPIXELS: u32 = MEGAPIXELS_AT_ONCE / 2;
/// Files that are received, or wait to be worked on, at the same time: up to 160 MB.
const FILES_AT_ONCE: usize = 16;
/// Where pictures are kept when nobody says so, inside the data directory.
const DIRECTORY: &str = "pictures";
/// Random bytes of a name.
const NAME_BYTES: usize = 16;

/// Where pictures are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PicturesPlace {
    /// In a directory.
    Directory(PathBuf),
    /// In a bucket that speaks S3; where it is and with which keys stands in the environment.
    S3 {
        /// Its name.
        bucket: String,
        /// What stands before each name in it; may be empty.
        prefix: String,
    },
}

impl PicturesPlace {
    /// The place inside a data directory.
    pub fn in_dir(data_dir: &Path) -> Self {
        Self::Directory(data_dir.join(DIRECTORY))
    }

    /// Reads a directory, or `s3://bucket/prefix`.
    ///
    /// # Errors
    /// When it is a URL of another kind, or names no bucket.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let Some(rest) = text.strip_prefix("s3://") else {
            if text.contains("://") {
                bail!(
                    "`{text}` is no place for pictures\nhint: name a directory, or s3://bucket/prefix"
                );
            }
            return Ok(Self::Directory(text.into()));
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            bail!("`{text}` names no bucket\nhint: it looks like s3://bucket/prefix");
        }
        let prefix = prefix.trim_matches('/').to_owned();
        Ok(Self::S3 { bucket: bucket.to_owned(), prefix })
    }
}

/// Why something with pictures failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GalleryError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(
        "a deck holds at most {MOST_PICTURES} pictures with 200 MB together; unused ones go by themselves \
         after 30 days"
    )]
    Full,
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(
        "this server brings in no pictures by their addresses; download it and add it from your device"
    )]
    NoFetch,
    #[error("there is no such picture")]
    NoPicture,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("pictures cannot be stored or read: {0}")]
    Blobs(#[from] object_store::Error),
}

/// All pictures.
#[derive(Clone)]
pub(crate) struct Gallery {
    inner: Arc<Inner>,
}

struct Inner {
    blobs: Blobs,
    rows: SharedPictures,
    fetcher: Option<Fetcher>,
    desk: Semaphore,
    bench: Semaphore,
}

/// The right to bring a file, which takes memory.
pub(crate) struct Turn<'a>(#[expect(dead_code, reason = "held")] Option<SemaphorePermit<'a>>);

/// Writes, reads and removes something where pictures are kept, for `ondeck doctor`.
///
/// # Errors
/// When the place cannot be used, or one of the three fails.
pub(crate) async fn try_out(place: &PicturesPlace) -> anyhow::Result<()> {
    let blobs = Blobs::open(place)?;
    let random = getrandom::u64().map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    let name = format!("ondeck-doctor-{random:016x}");
    blobs.put(&name, Bytes::from_static(b"ondeck")).await.context("nothing can be written")?;
    let read = blobs.whole(&name).await;
    blobs.delete(&name).await.context("nothing can be removed")?;
    let read = read.context("nothing can be read")?;
    anyhow::ensure!(read.as_deref() == Some(b"ondeck"), "what was written does not come back");
    Ok(())
}

impl Gallery {
    /// Opens the place where pictures are kept.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(crate) fn open(
        place: &PicturesPlace,
        rows: SharedPictures,
        fetch: bool,
    ) -> anyhow::Result<Self> {
        let fetcher = fetch.then(Fetcher::new).transpose()?;
        Ok(Self::with(Blobs::open(place)?, rows, fetcher))
    }

    fn with(blobs: Blobs, rows: SharedPictures, fetcher: Option<Fetcher>) -> Self {
        let (desk, bench) =
            (Semaphore::new(FILES_AT_ONCE), Semaphore::new(MEGAPIXELS_AT_ONCE as usize));
        Self { inner: Arc::new(Inner { blobs, rows, fetcher, desk, bench }) }
    }

    /// Waits until there is memory for one more file.
    pub(crate) async fn turn(&self) -> Turn<'_> {
        // Nobody closes it.
        Turn(self.inner.desk.acquire().await.ok())
    }

    /// Takes a picture in and keeps it: the file is durable before anybody hears of it.
    pub(crate) async fn add(
        &self,
        deck: &DeckId,
        principal: &Principal,
        bytes: Bytes,
        now: i64,
    ) -> Result<PictureRecord, GalleryError> {
        self.check_room(deck).await?;
        let taken = self.take_in(bytes).await?;
        let name = random_name(taken.kind)?;
        let (width, height) = (taken.width, taken.height);
        self.keep(deck, principal, name, taken.bytes.into(), (width, height), now).await
    }

    /// Copies a picture to another deck. It was taken in before, so nothing is decoded.
    pub(crate) async fn copy(
        &self,
        picture: &PictureRecord,
        deck: &DeckId,
        principal: &Principal,
        now: i64,
    ) -> Result<PictureRecord, GalleryError> {
        self.check_room(deck).await?;
        let kind = kind_of(&picture.name).ok_or(GalleryError::NoPicture)?;
        let bytes = self.inner.blobs.whole(&picture.name).await?.ok_or(GalleryError::NoPicture)?;
        let size = (picture.width, picture.height);
        self.keep(deck, principal, random_name(kind)?, bytes, size, now).await
    }

    /// All pictures of some decks.
    pub(crate) async fn of(&self, decks: &[DeckId]) -> Result<Vec<PictureRecord>, GalleryError> {
        let mut all = Vec::new();
        for deck in decks {
            all.extend(
                self.inner.rows.pictures(deck).await?.into_iter().map(|(picture, _)| picture),
            );
        }
        Ok(all)
    }

    /// Copies of pictures for a deck that is yet to be made: their files are there, their rows come with
    /// the deck. Each with the name of the one that it is a copy of.
    pub(crate) async fn copy_all(
        &self,
        pictures: Vec<PictureRecord>,
        deck: &DeckId,
        principal: &Principal,
    ) -> Result<Vec<(String, PictureRecord)>, GalleryError> {
        let mut copies: Vec<(String, PictureRecord)> = Vec::new();
        for picture in pictures {
            match self.copy_file(&picture, deck, principal).await {
                Ok(copy) => copies.extend(copy.map(|copy| (picture.name, copy))),
                Err(error) => {
                    let names: Vec<_> = copies.into_iter().map(|(_, copy)| copy.name).collect();
                    self.discard(&names).await;
                    return Err(error);
                }
            }
        }
        Ok(copies)
    }

    /// `None` of a picture whose file is lost: it is as lost in the copy.
    async fn copy_file(
        &self,
        picture: &PictureRecord,
        deck: &DeckId,
        principal: &Principal,
    ) -> Result<Option<PictureRecord>, GalleryError> {
        let kind = kind_of(&picture.name).ok_or(GalleryError::NoPicture)?;
        let _turn = self.turn().await;
        let Some(bytes) = self.inner.blobs.whole(&picture.name).await? else { return Ok(None) };
        let (name, deck, principal) = (random_name(kind)?, deck.clone(), principal.clone());
        self.inner.blobs.put(&name, bytes).await?;
        Ok(Some(PictureRecord { name, deck, principal, ..picture.clone() }))
    }

    /// Removes files that are nobody's: their rows are gone, or never were. What fails is left to the sweep.
    pub(crate) async fn discard(&self, names: &[String]) {
        for name in names {
            if let Err(error) = self.inner.blobs.delete(name).await {
                tracing::warn!(%error, name, "a picture without a row is not removed");
            }
        }
    }

    /// The bytes at an address on the internet.
    pub(crate) async fn fetch(&self, url: &str) -> Result<Bytes, GalleryError> {
        let fetcher = self.inner.fetcher.as_ref().ok_or(GalleryError::NoFetch)?;
        Ok(fetcher.fetch(url).await?)
    }

    /// What is known of a picture.
    pub(crate) async fn find(&self, name: &str) -> Result<Option<PictureRecord>, GalleryError> {
        // Only names that we make are looked up.
        if !is_name(name) {
            return Ok(None);
        }
        Ok(self.inner.rows.picture(name).await?)
    }

    /// The bytes of a picture, piece by piece.
    pub(crate) async fn read(
        &self,
        picture: &PictureRecord,
    ) -> Result<BoxStream<'static, Result<Bytes, object_store::Error>>, GalleryError> {
        self.inner.blobs.get(&picture.name).await?.ok_or(GalleryError::NoPicture)
    }

    /// Removes a picture: see `tidy` for the order.
    async fn remove(&self, name: &str) -> Result<(), GalleryError> {
        self.inner.rows.remove_picture(name).await?;
        Ok(self.inner.blobs.delete(name).await?)
    }

    /// Whether the place of pictures answers.
    pub(crate) async fn reach(&self) -> Result<(), object_store::Error> {
        self.inner.blobs.reach().await
    }

    fn rows(&self) -> &SharedPictures {
        &self.inner.rows
    }

    fn blobs(&self) -> &Blobs {
        &self.inner.blobs
    }

    /// Refuses before the work what would be refused after it.
    async fn check_room(&self, deck: &DeckId) -> Result<(), GalleryError> {
        let pictures = self.inner.rows.pictures(deck).await?;
        let bytes: u64 = pictures.iter().map(|(picture, _)| picture.bytes).sum();
        let full = pictures.len() >= MOST_PICTURES || bytes >= MOST_PICTURES_BYTES;
        if full { Err(GalleryError::Full) } else { Ok(()) }
    }

    /// Decodes and writes anew, on a thread of its own.
    async fn take_in(&self, bytes: Bytes) -> Result<take_in::Picture, GalleryError> {
        let megapixels = take_in::pixels(&bytes).div_ceil(1_000_000);
        let share = u32::try_from(megapixels).unwrap_or(u32::MAX);
        let share = share.clamp(LEAST_MEGAPIXELS, MEGAPIXELS_AT_ONCE);
        // Nobody closes it.
        let _place = self.inner.bench.acquire_many(share).await;
        let worked = tokio::task::spawn_blocking(move || take_in::take_in(&bytes)).await;
        let ended = |error: tokio::task::JoinError| StoreError(format!("take-in: {error}"));
        Ok(worked.map_err(ended)??)
    }

    async fn keep(
        &self,
        deck: &DeckId,
        principal: &Principal,
        name: String,
        bytes: Bytes,
        (width, height): (u32, u32),
        now: i64,
    ) -> Result<PictureRecord, GalleryError> {
        let Inner { blobs, rows, .. } = &*self.inner;
        let (deck, principal) = (deck.clone(), principal.clone());
        let length = bytes.len() as u64;
        let picture = PictureRecord { name, deck, principal, bytes: length, width, height };
        blobs.put(&picture.name, bytes).await?;
        let added =
            rows.add_picture(picture.clone(), MOST_PICTURES, MOST_PICTURES_BYTES, now).await;
        if !matches!(added, Ok(true))
            && let Err(error) = blobs.delete(&picture.name).await
        {
            // The sweep of files without rows will.
            tracing::warn!(%error, name = picture.name, "a picture without a row is not removed");
        }
        if added? { Ok(picture) } else { Err(GalleryError::Full) }
    }
}

/// Refuses pictures that are more than a deck may have.
pub(crate) fn check_fits(pictures: &[PictureRecord]) -> Result<(), GalleryError> {
    let bytes: u64 = pictures.iter().map(|picture| picture.bytes).sum();
    let fit = pictures.len() <= MOST_PICTURES && bytes <= MOST_PICTURES_BYTES;
    if fit { Ok(()) } else { Err(GalleryError::Full) }
}

/// The kind of a picture, by a name that we made.
pub(crate) fn kind_of(name: &str) -> Option<Kind> {
    let (_, extension) = name.split_once('.')?;
    Kind::ALL.into_iter().find(|kind| kind.extension() == extension)
}

/// A name that nobody guesses: letters and digits only, so that it stands in Markdown, in addresses and
/// on disks as it is.
fn random_name(kind: Kind) -> Result<String, StoreError> {
    loop {
        let mut bytes = [0; NAME_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| StoreError(error.to_string()))?;
        let name = URL_SAFE_NO_PAD.encode(bytes);
        // Half of them have none of the two others. What is left is more than 127 bits.
        if name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(format!("{name}.{}", kind.extension()));
        }
    }
}

/// Whether this is the address of a picture as decks name it.
pub(crate) fn is_own_path(path: &str) -> bool {
    path.strip_prefix("/p/").is_some_and(is_name)
}

fn is_name(name: &str) -> bool {
    let Some((random, _)) = name.split_once('.') else { return false };
    random.len() == 22
        && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && kind_of(name).is_some()
}

#[cfg(test)]
pub(crate) mod tests;
