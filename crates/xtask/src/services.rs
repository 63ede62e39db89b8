//! The servers that tests start for themselves: PostgreSQL and NATS, installed when they are missing.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::shell::{Shell, run, step};
use crate::tools::{apt_install, is_on_path, may_use_apt};

/// What Debian calls them.
const PACKAGES: [&str; 2] = ["postgresql", "nats-server"];
/// Where Debian puts the programs of PostgreSQL, by version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// Tests make databases of their own: Debian shall not make one and start it with the machine.
const SETTINGS: &str = "/etc/postgresql-common/createcluster.conf";
const NO_CLUSTER: &str = "create_main_cluster = false";

/// Makes sure that tests can start PostgreSQL and NATS.
pub(crate) fn ensure_services(shell: &Shell) -> Result<()> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let what = missing.join(" ");
    ensure!(
        may_use_apt(),
        "the tests start PostgreSQL and NATS, which are not installed\n\
         hint: sudo apt-get install --no-install-recommends {what}"
    );
    step(&format!("Installing {what} with apt-get"), || {
        if missing.contains(&PACKAGES[0]) {
            keep_from_starting(Path::new(SETTINGS))?;
        }
        apt_install(shell, &missing)?;
        if missing.contains(&PACKAGES[1]) {
            stop_nats(shell);
        }
        Ok(())
    })?;
    match self::missing().as_slice() {
        [] => Ok(()),
        still => bail!("apt-get has not installed what it should have: {}", still.join(" ")),
    }
}

fn missing() -> Vec<&'static str> {
    let there = [
        postgres_in(Path::new(DEBIAN)).is_some() || is_on_path("initdb"),
        is_on_path("nats-server"),
    ];
    PACKAGES
        .into_iter()
        .zip(there)
        .filter(|(_, there)| !there)
        .map(|(package, _)| package)
        .collect()
}

/// The programs of some version of PostgreSQL.
fn postgres_in(folder: &Path) -> Option<PathBuf> {
    let versions = std::fs::read_dir(folder).ok()?;
    let mut programs = versions.flatten().map(|version| version.path().join("bin"));
    programs.find(|programs| programs.join("initdb").is_file())
}

/// Says to Debian, before PostgreSQL is there, that no database of the machine is wanted. What somebody
/// has set there already stays.
fn keep_from_starting(settings: &Path) -> Result<()> {
    if settings.exists() {
        return Ok(());
    }
    let folder = settings.parent().context("settings are in a folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    std::fs::write(settings, format!("{NO_CLUSTER}\n"))
        .with_context(|| format!("writing {}", settings.display()))
}

/// The package starts one for the machine, where there is systemd.
fn stop_nats(shell: &Shell) {
    if Path::new("/run/systemd/system").is_dir() {
        let mut stop = shell.command("systemctl");
        // It only takes memory: tests have their own on other ports.
        let _ = run(stop.args(["disable", "--now", "nats-server"]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgres_is_where_debian_puts_it() {
        let folder = std::env::temp_dir().join(format!("xtask-postgres-{}", std::process::id()));
        assert_eq!(postgres_in(&folder), None);
        let programs = folder.join("15/bin");
        std::fs::create_dir_all(folder.join("12")).unwrap();
        std::fs::create_dir_all(&programs).unwrap();
        assert_eq!(postgres_in(&folder), None);
        std::fs::write(programs.join("initdb"), "").unwrap();
        assert_eq!(postgres_in(&folder), Some(programs));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn debian_is_told_to_make_no_database_unless_somebody_told_it_otherwise() {
        let folder = std::env::temp_dir().join(format!("xtask-settings-{}", std::process::id()));
        let settings = folder.join("common/createcluster.conf");
        keep_from_starting(&settings).unwrap();
        assert_eq!(std::fs::read_to_string(&settings).unwrap(), "create_main_cluster = false\n");
        std::fs::write(&settings, "theirs").unwrap();
        keep_from_starting(&settings).unwrap();
        assert_eq!(std::fs::read_to_string(&settings).unwrap(), "theirs");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
