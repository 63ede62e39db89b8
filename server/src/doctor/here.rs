//! What the machine itself must have: a directory, space, files, a clock.

use std::fs::TryLockError;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use super::Finding;
use crate::limits;
use crate::store::sqlite::free_space;

/// Files of one server with a thousand people, and room for its database.
const ENOUGH_FILES: u64 = 4_096;
/// How long the clock is watched.
const WATCHED: Duration = Duration::from_millis(50);
/// A clock that moves by more than this in that time is being set.
const STEADY: Duration = Duration::from_millis(500);
/// No clock of a machine that works is before 2025 (Unix seconds).
const LATER_THAN: Duration = Duration::from_secs(1_735_689_600);

/// Whether the data directory can be used. Nothing is made there that stays: whoever runs this may be
/// somebody else than the server is.
pub(super) fn directory(directory: &Path) -> Vec<Finding> {
    const PART: &str = "data directory";
    let shown = directory.display();
    if directory.exists() && !directory.is_dir() {
        return vec![Finding::fail(PART, format!("{shown} is a file"), "see `--data-dir`")];
    }
    let Some(there) = directory.ancestors().map(or_here).find(|path| path.is_dir()) else {
        return vec![Finding::fail(PART, format!("{shown} cannot be made"), "see `--data-dir`")];
    };
    let mut findings = vec![match write(there) {
        Err(error) => {
            let found = format!("{shown} cannot be written to: {error}");
            Finding::fail(PART, found, "run this as the user of the server; may that write there?")
        }
        Ok(()) if !directory.is_dir() => {
            Finding::ok(PART, format!("{shown} is made when the server starts"))
        }
        Ok(()) if is_locked(directory) => {
            Finding::ok(PART, format!("{shown} is in use by a server"))
        }
        Ok(()) => Finding::ok(PART, format!("{shown} can be used")),
    }];
    findings.extend(owner(there));
    findings.extend(space(there));
    findings.extend(secrets(directory));
    findings
}

/// The parent of a name alone is this directory.
fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

fn write(directory: &Path) -> std::io::Result<()> {
    let path = directory.join(format!("ondeck-doctor-{}", std::process::id()));
    let written = std::fs::write(&path, "ondeck");
    let removed = std::fs::remove_file(&path);
    written.and(removed)
}

fn is_locked(directory: &Path) -> bool {
    let lock = std::fs::File::open(directory.join(crate::LOCK));
    lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
}

/// What root finds says little about what the server may do.
fn owner(directory: &Path) -> Option<Finding> {
    let owner = std::fs::metadata(directory).ok()?.uid();
    let own = rustix::process::geteuid().as_raw();
    let found = format!("this is user {own}, the directory belongs to user {owner}");
    let advice = "run this as the user of the server, who may do other things than you";
    (owner != own).then(|| Finding::warn("permissions", found, advice))
}

fn space(directory: &Path) -> Option<Finding> {
    const PART: &str = "disk";
    let (free, scarce) = free_space(directory)?;
    let found = format!("{:.1} GB are free", free as f64 / 1e9);
    Some(if scarce {
        let advice = "make room: on a full disk decks can only be read";
        Finding::warn(PART, found, advice)
    } else {
        Finding::ok(PART, found)
    })
}

/// The operator's token and the database are nobody else's to read.
fn secrets(directory: &Path) -> Option<Finding> {
    const PART: &str = "permissions";
    let token = directory.join("admin-token");
    let mode = std::fs::metadata(&token).ok()?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Some(Finding::ok(PART, "the operator's token is for its owner alone"));
    }
    let found = format!("others on this machine may read the operator's token (mode {mode:o})");
    let advice = format!(
        "chmod 600 {shown}; who has read it may do everything: delete the file and start again to \
         have another one",
        shown = token.display()
    );
    Some(Finding::fail(PART, found, advice))
}

/// Whether enough connections can be open.
pub(super) fn open_files() -> Finding {
    judge_files(limits::raise_open_files())
}

fn judge_files(files: u64) -> Finding {
    const PART: &str = "open files";
    if files >= ENOUGH_FILES {
        let found = if files == u64::MAX { "any number".to_owned() } else { files.to_string() };
        return Finding::ok(PART, format!("{found} may be open"));
    }
    let advice =
        "each connection is one: raise the limit, `LimitNOFILE=` of systemd or `ulimit -n`";
    Finding::warn(PART, format!("only {files} may be open"), advice)
}

/// Whether the clock tells the time, and goes steadily.
pub(super) async fn clock() -> Finding {
    let (wall, steady) = (SystemTime::now(), Instant::now());
    tokio::time::sleep(WATCHED).await;
    judge_clock(wall, SystemTime::now(), steady.elapsed())
}

fn judge_clock(before: SystemTime, after: SystemTime, passed: Duration) -> Finding {
    const PART: &str = "clock";
    let since_1970 = after.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let advice = "let the machine keep its time by NTP (systemd-timesyncd, chrony)";
    if since_1970 < LATER_THAN {
        return Finding::fail(PART, "the clock is years behind", advice);
    }
    let moved = after.duration_since(before).unwrap_or_default();
    if moved.abs_diff(passed) > STEADY || after < before {
        return Finding::warn(PART, "the clock is being set at this moment", advice);
    }
    Finding::ok(PART, "goes steadily")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn a_directory_that_a_server_uses_is_well_and_one_that_cannot_be_made_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let held = crate::open_dir(dir.path()).unwrap();
        let found = directory(dir.path());
        assert!(found[0].found.ends_with("is in use by a server"), "{found:?}");
        drop(held);
        let found = directory(dir.path());
        assert!(found[0].found.ends_with("can be used"), "{found:?}");
        let found = directory(&dir.path().join("new/data"));
        assert!(found[0].found.ends_with("is made when the server starts"), "{found:?}");
        assert!(!dir.path().join("new").exists());
        let file = dir.path().join("file");
        std::fs::write(&file, "x").unwrap();
        let found = directory(&file);
        assert_eq!(found[0].verdict, Verdict::Fail);
        assert!(found[0].advice.as_ref().unwrap().contains("--data-dir"), "{found:?}");
    }

    #[test]
    fn a_token_that_others_may_read_fails() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(secrets(dir.path()), None);
        crate::admin_token(dir.path()).unwrap();
        assert_eq!(secrets(dir.path()).unwrap().verdict, Verdict::Ok);
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(dir.path().join("admin-token"), open).unwrap();
        let found = secrets(dir.path()).unwrap();
        assert!(found.verdict == Verdict::Fail && found.found.contains("644"), "{found:?}");
    }

    #[test]
    fn few_files_are_a_warning() {
        assert_eq!(judge_files(1_024).verdict, Verdict::Warn);
        assert_eq!(judge_files(u64::MAX).found, "any number may be open");
    }

    #[test]
    fn a_clock_that_jumps_or_is_years_behind_is_named() {
        let now = SystemTime::UNIX_EPOCH + LATER_THAN + Duration::from_secs(1);
        let verdict = |after, passed| judge_clock(now, after, passed).verdict;
        assert_eq!(verdict(now + WATCHED, WATCHED), Verdict::Ok);
        assert_eq!(verdict(now + Duration::from_secs(3_600), WATCHED), Verdict::Warn);
        assert_eq!(verdict(now - Duration::from_millis(1), WATCHED), Verdict::Warn);
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(60);
        assert_eq!(judge_clock(long_ago, long_ago, WATCHED).verdict, Verdict::Fail);
    }

    #[test]
    fn space_is_told() {
        let dir = tempfile::tempdir().unwrap();
        assert!(space(dir.path()).unwrap().found.contains("GB"));
    }
}
