//! Builds the front-end with npm and Trunk, and knows when that is not needed.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    path::Path,
};

use anyhow::{Context, Result};

use crate::{
    shell::{Shell, note, run, step},
    tools,
};

/// Everything that decides what the front-end looks like.
const INPUTS: [&str; 7] = [
    ".cargo/config.toml",
    "frontend",
    "crates/deck",
    "crates/collab",
    "Cargo.toml",
    "Cargo.lock",
    "Trunk.toml",
];

/// Everything that a build leaves behind.
const OUTPUTS: [&str; 2] = ["dist", "frontend/js/dist"];

/// Folders inside the inputs that are made, not written; the lockfile vouches for the packages.
const DERIVED: [&str; 3] = ["node_modules", "dist", "target"];

/// Builds the front-end into `dist`, unless what is there was made from the same sources.
pub(crate) fn build(shell: &Shell) -> Result<()> {
    tools::ensure_wasm_tools(shell)?;
    install_packages(shell, "frontend/js")?;

    let stamp_file = shell.target.join("xtask/frontend.stamp");
    if stamp(&shell.root)? == fs::read_to_string(&stamp_file).unwrap_or_default() {
        note("The front-end is up to date");
        return Ok(());
    }
    step("Building the front-end (TypeScript and WASM)", || {
        let mut trunk = shell.command("trunk");
        // A page of Trunk's own stack frames would hide the compiler's message.
        trunk.arg("build").env("RUST_BACKTRACE", "0");
        // Trunk takes the value of NO_COLOR for a bool and stops at the customary `1`.
        if std::env::var_os("NO_COLOR").is_some() {
            trunk.env_remove("NO_COLOR").args(["--color", "never"]);
        }
        run(&mut trunk)
    })?;
    fs::create_dir_all(shell.target.join("xtask"))?;
    fs::write(&stamp_file, stamp(&shell.root)?)
        .with_context(|| format!("writing {}", stamp_file.display()))
}

/// Runs `npm ci` in a folder, unless its packages are those of the lockfile already.
pub(crate) fn install_packages(shell: &Shell, folder: &str) -> Result<()> {
    let lockfile = shell.root.join(folder).join("package-lock.json");
    let wanted = fs::read(&lockfile).with_context(|| format!("reading {}", lockfile.display()))?;
    // Inside node_modules, so that it goes when they go.
    let stamp_file = shell.root.join(folder).join("node_modules/.installed-lockfile");
    if fs::read(&stamp_file).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    step(&format!("Installing npm packages in {folder}"), || {
        run(&mut shell.npm(folder, &["ci", "--no-audit", "--no-fund"]))
    })?;
    // A lockfile without packages leaves no folder.
    fs::create_dir_all(shell.root.join(folder).join("node_modules"))?;
    fs::write(&stamp_file, wanted).with_context(|| format!("writing {}", stamp_file.display()))
}

/// What went in and what came out, by content: a checkout that only touches times builds nothing,
/// and a `dist` that something else has written does not pass for ours.
fn stamp(root: &Path) -> Result<String> {
    let inputs = fingerprint(root, &INPUTS, &DERIVED)?;
    let outputs = fingerprint(root, &OUTPUTS, &[])?;
    Ok(format!("{inputs:016x} {outputs:016x}\n"))
}

/// A hash over the names and contents of files; what does not exist counts as empty.
fn fingerprint(root: &Path, paths: &[&str], skip: &[&str]) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        add(&root.join(path), skip, &mut hasher)
            .with_context(|| format!("reading {path} for changes"))?;
    }
    Ok(hasher.finish())
}

fn add(path: &Path, skip: &[&str], hasher: &mut DefaultHasher) -> std::io::Result<()> {
    if path.is_file() {
        path.hash(hasher);
        fs::read(path)?.hash(hasher);
    } else if path.is_dir() {
        let mut entries = fs::read_dir(path)?.collect::<std::io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            if !skip.iter().any(|name| entry.file_name() == *name) {
                add(&entry.path(), skip, hasher)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for each test, removed with it.
    struct Scratch(std::path::PathBuf);

    impl Scratch {
        fn new(test: &str) -> Scratch {
            let dir = std::env::temp_dir().join(format!("xtask-{test}-{}", std::process::id()));
            for folder in ["frontend/js/node_modules", "crates/deck", "dist"] {
                fs::create_dir_all(dir.join(folder)).unwrap();
            }
            Scratch(dir)
        }

        fn write(&self, path: &str, text: &str) {
            fs::write(self.0.join(path), text).unwrap();
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_changed_source_or_a_changed_output_asks_for_a_build() {
        let dir = Scratch::new("stamp");
        dir.write("crates/deck/lib.rs", "old");
        dir.write("dist/index.html", "page");
        let built = stamp(&dir.0).unwrap();

        dir.write("crates/deck/lib.rs", "old");
        assert_eq!(stamp(&dir.0).unwrap(), built, "the same text again");
        dir.write("crates/deck/lib.rs", "new");
        assert_ne!(stamp(&dir.0).unwrap(), built, "another text");
        dir.write("crates/deck/lib.rs", "old");
        fs::remove_file(dir.0.join("dist/index.html")).unwrap();
        assert_ne!(stamp(&dir.0).unwrap(), built, "no output");
    }

    #[test]
    fn packages_are_not_sources() {
        let dir = Scratch::new("packages");
        let before = stamp(&dir.0).unwrap();
        dir.write("frontend/js/node_modules/x.js", "x");
        assert_eq!(stamp(&dir.0).unwrap(), before);
    }

    #[test]
    fn a_renamed_file_is_a_change() {
        let dir = Scratch::new("rename");
        dir.write("crates/deck/a.rs", "text");
        let before = stamp(&dir.0).unwrap();
        fs::rename(dir.0.join("crates/deck/a.rs"), dir.0.join("crates/deck/b.rs")).unwrap();
        assert_ne!(stamp(&dir.0).unwrap(), before);
    }
}
