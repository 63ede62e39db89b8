//! The tools a build needs, each in the one version that is known to work, fetched when missing.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::shell::{Shell, note, output, run, step};

/// 0.22 needs Rust 1.96, newer than the oldest one that builds Ondeck.
const TRUNK: &str = "0.21.14";
const CARGO_DENY: &str = "0.20.2";
const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// What a browser test needs on a bare Debian: the browser, and glyphs for emoji and CJK text.
const CHROMIUM_PACKAGES: [&str; 3] = ["chromium", "fonts-noto-color-emoji", "fonts-noto-cjk"];

/// A program that `cargo install` can build.
struct Tool<'a> {
    package: &'a str,
    binary: &'a str,
    version: &'a str,
    /// Further arguments: unused features cost minutes.
    flags: &'a [&'a str],
}

/// Makes sure that the WASM target, Trunk and wasm-bindgen are there.
pub(crate) fn ensure_wasm_tools(shell: &Shell) -> Result<()> {
    ensure_wasm_target(shell)?;
    let lockfile = std::fs::read_to_string(shell.root.join("Cargo.lock"))
        .context("Cargo.lock is missing or unreadable")?;
    // Glue and crate must agree to the last digit, else Trunk goes looking for another copy.
    let bindgen = locked_version(&lockfile, "wasm-bindgen")
        .context("Cargo.lock does not name the package `wasm-bindgen`")?;
    install(
        shell,
        &[
            Tool {
                package: "trunk",
                binary: "trunk",
                version: TRUNK,
                flags: &["--locked", "--no-default-features"],
            },
            // The lockfile in its package does not resolve, hence no `--locked`.
            Tool {
                package: "wasm-bindgen-cli",
                binary: "wasm-bindgen",
                version: &bindgen,
                flags: &["--no-default-features", "--bin", "wasm-bindgen"],
            },
        ],
    )
}

/// Makes sure that cargo-deny is there.
pub(crate) fn ensure_cargo_deny(shell: &Shell) -> Result<()> {
    let flags = &["--locked"];
    let version = CARGO_DENY;
    install(shell, &[Tool { package: "cargo-deny", binary: "cargo-deny", version, flags }])
}

/// The browser for the tests: `$CHROMIUM`, an installed one, or one from apt where possible.
pub(crate) fn ensure_chromium(shell: &Shell) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("CHROMIUM") {
        let path = PathBuf::from(path);
        if !path.is_file() {
            bail!("CHROMIUM names `{}`, which is not a file", path.display());
        }
        return Ok(path);
    }
    if let Some(path) = find_chromium() {
        return Ok(path);
    }
    if !may_use_apt() {
        bail!(
            "the browser tests need Chromium or Chrome\nhint: sudo apt-get install {}",
            CHROMIUM_PACKAGES.join(" ")
        );
    }
    step("Installing Chromium with apt-get", || apt_install(shell, &CHROMIUM_PACKAGES))?;
    find_chromium().context("apt-get has installed no `chromium`")
}

/// Whether packages of Debian can be installed here without asking anybody.
pub(crate) fn may_use_apt() -> bool {
    Path::new("/etc/debian_version").exists() && is_root()
}

/// Installs packages of Debian.
pub(crate) fn apt_install(shell: &Shell, packages: &[&str]) -> Result<()> {
    run(shell.command("apt-get").arg("update"))?;
    run(shell
        .command("apt-get")
        .args(["install", "-y", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Whether a program of this name can be started.
pub(crate) fn is_on_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

fn ensure_wasm_target(shell: &Shell) -> Result<()> {
    let sysroot = output(shell.command("rustc").args(["--print", "sysroot"]));
    let libraries =
        sysroot.map(|path| Path::new(path.trim()).join("lib/rustlib").join(WASM_TARGET));
    if libraries.is_some_and(|path| path.is_dir()) {
        return Ok(());
    }
    step("Adding the Rust target for WASM", || {
        run(shell.command("rustup").args(["target", "add", WASM_TARGET]))
    })
}

/// Installs those of the tools that are not there in their version.
fn install(shell: &Shell, tools: &[Tool]) -> Result<()> {
    let missing: Vec<&Tool> = tools.iter().filter(|tool| !is_installed(shell, tool)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    // One scratch folder: the tools share many crates, and an interrupted install goes on.
    let scratch = shell.tools.join("build");
    for tool in missing {
        let what = format!("Installing {} {} (once, takes minutes)", tool.package, tool.version);
        step(&what, || {
            // Unoptimised, no debug info: a third of the time, and these tools are quick anyway.
            run(shell
                .cargo(&["install", tool.package, "--version", tool.version, "--debug"])
                .args(tool.flags)
                .arg("--root")
                .arg(&shell.tools)
                .env("CARGO_TARGET_DIR", &scratch)
                .env("CARGO_PROFILE_DEV_DEBUG", "0"))
        })?;
    }
    if let Err(error) = std::fs::remove_dir_all(&scratch) {
        note(&format!("Left {} behind: {error}", scratch.display()));
    }
    Ok(())
}

fn is_installed(shell: &Shell, tool: &Tool) -> bool {
    output(shell.command(tool.binary).arg("--version"))
        .is_some_and(|text| text.split_whitespace().nth(1) == Some(tool.version))
}

/// The version of a package in a Cargo.lock.
fn locked_version(lockfile: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lockfile.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?.strip_prefix("version = \"")?;
    version.strip_suffix('"').map(str::to_owned)
}

fn find_chromium() -> Option<PathBuf> {
    const NAMES: [&str; 4] =
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    const APPLICATIONS: [&str; 2] = [
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let on_path = NAMES.iter().flat_map(|name| folders.iter().map(move |dir| dir.join(name)));
    on_path.chain(APPLICATIONS.iter().map(PathBuf::from)).find(|path| path.is_file())
}

fn is_root() -> bool {
    std::process::Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lockfile_names_the_version_of_wasm_bindgen() {
        let lockfile = "\
[[package]]
name = \"wasm-bindgen-macro\"
version = \"0.2.1\"

[[package]]
name = \"wasm-bindgen\"
version = \"0.2.130\"
source = \"registry\"
";
        assert_eq!(locked_version(lockfile, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(lockfile, "trunk"), None);
    }
}
