//! Where faults happen: a small file system of our own, and a library that lets calls fail.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

/// Enough for a server that begins; little enough to be filled at once.
const SMALL_DISK: &str = "size=24m";
const SHIM: &str = include_str!("shim.c");

/// Runs this program again where it may mount a small file system, which goes with it. `false`
/// when this machine does not allow it.
pub(crate) fn with_small_disk(args: &[&str]) -> anyhow::Result<bool> {
    let dir = tempfile::tempdir()?;
    // As a user, root of a namespace of one's own; as root, a namespace for the mount.
    for flags in ["-m", "-rm"] {
        let mut unshare = Command::new("unshare");
        unshare.args([flags, "sh", "-c"]);
        let works = unshare
            .arg(format!("mount -t tmpfs -o {SMALL_DISK} ondeck-faults \"$0\""))
            .arg(dir.path())
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if works.is_ok_and(|status| status.success()) {
            let status = Command::new("unshare")
                .args([flags, "sh", "-c"])
                .arg(format!("mount -t tmpfs -o {SMALL_DISK} ondeck-faults \"$0\" && exec \"$@\""))
                .arg(dir.path())
                .arg(std::env::current_exe()?)
                .args(args)
                .arg("--small-disk")
                .arg(dir.path())
                .status()?;
            ensure!(status.success(), "on the small disk: {status}");
            return Ok(true);
        }
    }
    Ok(false)
}

/// Builds the library; `None` without a C compiler.
pub(crate) fn shim(dir: &Path) -> anyhow::Result<Option<PathBuf>> {
    let (source, library) = (dir.join("shim.c"), dir.join("shim.so"));
    std::fs::write(&source, SHIM)?;
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .status();
    match compiled {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        compiled => {
            let status = compiled.context("cannot start `cc`")?;
            ensure!(status.success(), "shim.c: {status}");
            Ok(Some(library))
        }
    }
}
