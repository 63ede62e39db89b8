//! Space on the disk: words for the operator when there is none left, and before it comes to that.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Less free space than this, or a smaller share of the disk, is worth a warning: time to act
/// while everything still works.
const LEAST_FREE: u64 = 256 * 1024 * 1024;
const LEAST_SHARE: u64 = 20;
/// How often the free space is looked at, and how often a warning is repeated.
const LOOK_EVERY: Duration = Duration::from_secs(60);
const WARN_EVERY: Duration = Duration::from_secs(60 * 60);
/// What is written to find out whether there is space: more than is left over by chance on a full
/// disk, and as much as the largest update.
static TRIAL: [u8; 256 * 1024] = [0; 256 * 1024];
const TRIAL_NAME: &str = "ondeck.trial";

/// The disk of the data directory. A clone knows whether it is full as well.
#[derive(Clone)]
pub(super) struct Disk {
    directory: PathBuf,
    full: Arc<AtomicBool>,
    looked_at: Option<Instant>,
    warned_at: Option<Instant>,
}

/// Bytes of a file system.
#[derive(Debug, Clone, Copy)]
struct Space {
    free: u64,
    total: u64,
}

impl Disk {
    /// The disk that a file is on.
    pub(super) fn of(file: &Path) -> Self {
        let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new(".")).to_owned();
        Self { directory, full: Arc::default(), looked_at: None, warned_at: None }
    }

    /// A write found no space. Told once, until one succeeds.
    pub(super) fn refused(&self) {
        if !self.full.swap(true, Ordering::Relaxed) {
            let directory = self.directory.display();
            tracing::error!(
                %directory,
                "no space is left on the disk of the data directory: edits cannot be stored and \
                 decks can only be read; make room there and writing goes on by itself, nothing \
                 has to be restarted"
            );
        }
    }

    /// A write succeeded. On a full disk a small one may, by chance.
    pub(super) fn took(&self) {
        if self.full.load(Ordering::Relaxed) && self.trial().is_ok() {
            self.full.store(false, Ordering::Relaxed);
            let directory = self.directory.display();
            tracing::info!(%directory, "there is space on the disk again: edits are stored");
        }
    }

    /// Whether a write was refused and there still is no space.
    pub(super) fn is_still_full(&self) -> bool {
        self.full.load(Ordering::Relaxed) && self.trial().is_err()
    }

    /// Warns while there is still time.
    pub(super) fn look(&mut self, now: Instant) {
        let due = |at: Option<Instant>| at.is_none_or(|at| now - at >= LOOK_EVERY);
        if due(self.looked_at) {
            self.looked_at = Some(now);
            self.judge(now, space(&self.directory));
        }
    }

    /// Whether it warned.
    fn judge(&mut self, now: Instant, space: Option<Space>) -> bool {
        let Some(space) = space else { return false };
        let (low, free) = (space.is_low(), space.free);
        let due = self.warned_at.is_none_or(|at| now - at >= WARN_EVERY);
        if low && due {
            self.warned_at = Some(now);
            let (directory, megabytes) = (self.directory.display(), free / (1024 * 1024));
            tracing::warn!(
                %directory,
                "the disk of the data directory is nearly full, {megabytes} MB are free: make room \
                 before edits cannot be stored any more"
            );
        }
        low && due
    }

    /// Whether it is a quota that lets writes fail. SQLite calls that an input/output error, like
    /// a broken disk, which is quite another thing.
    pub(super) fn is_over_quota(&self) -> bool {
        let kind = self.trial().err().map(|error| error.kind());
        matches!(kind, Some(ErrorKind::QuotaExceeded | ErrorKind::StorageFull))
    }

    fn trial(&self) -> std::io::Result<()> {
        let path = self.directory.join(TRIAL_NAME);
        let written = std::fs::File::create(&path).and_then(|mut file| {
            file.write_all(&TRIAL)?;
            file.sync_all()
        });
        // It is there to be removed.
        let _ = std::fs::remove_file(&path);
        written
    }
}

/// Bytes that are free on the disk of a directory, and whether that is so little that it is warned of.
pub fn free_space(directory: &Path) -> Option<(u64, bool)> {
    space(directory).map(|space| (space.free, space.is_low()))
}

impl Space {
    fn is_low(self) -> bool {
        self.free < LEAST_FREE || self.free < self.total / LEAST_SHARE
    }
}

fn space(directory: &Path) -> Option<Space> {
    let disk = rustix::fs::statvfs(directory).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
    Some(Space { free: bytes(disk.f_bavail), total: bytes(disk.f_blocks) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GB: u64 = 1024 * 1024 * 1024;

    #[test]
    fn a_disk_that_is_nearly_full_is_told_of_once_an_hour() {
        let mut disk = Disk::of(Path::new("/data/ondeck.sqlite"));
        let start = Instant::now();
        let mut judge = |minutes: u64, free, total| {
            let now = start + Duration::from_secs(minutes * 60);
            disk.judge(now, Some(Space { free, total }))
        };
        assert!(!judge(0, 10 * GB, 100 * GB));
        // A share of it, or a number of bytes.
        assert!(judge(1, 4 * GB, 100 * GB));
        assert!(!judge(2, 4 * GB, 100 * GB));
        assert!(!judge(60, GB / 5, 2 * GB));
        assert!(judge(61, GB / 5, 2 * GB));
    }

    #[test]
    fn the_space_of_a_real_disk_can_be_read_and_has_no_quota() {
        let dir = tempfile::tempdir().unwrap();
        let found = space(dir.path()).unwrap();
        assert!(0 < found.total && found.free <= found.total, "{found:?}");
        assert!(!Disk::of(&dir.path().join("file")).is_over_quota());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
