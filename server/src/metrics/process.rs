//! What this process takes of the machine, as Linux tells it; elsewhere nothing is known.

use std::fs;

/// What is known of the process; what is not is left out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) resident_bytes: Option<u64>,
    pub(super) open_files: Option<u64>,
    pub(super) most_files: Option<u64>,
}

/// Looks.
pub(super) fn look() -> Process {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let files = fs::read_dir("/proc/self/fd").ok().map(|files| {
        // The directory that is read is one of them.
        (files.count() as u64).saturating_sub(1)
    });
    let most = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    Process { resident_bytes: resident(&status), open_files: files, most_files: most }
}

/// Reads the line `VmRSS:     5120 kB`.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_as_linux_writes_it() {
        let status = "Name:\tondeck\nVmRSS:\t    5120 kB\nRssAnon:\t 1 kB\n";
        assert_eq!(resident(status), Some(5 * 1024 * 1024));
        assert_eq!(resident("VmRSS: many\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_memory_and_files() {
        let Process { resident_bytes, open_files, most_files } = look();
        assert!(resident_bytes > Some(1 << 20) && open_files >= Some(3) && most_files > Some(3));
    }
}
