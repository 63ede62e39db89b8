//! The operator's token: whoever can read the data directory may do everything.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;

use super::sessions::random_code;

/// Its file inside the data directory.
const FILE: &str = "admin-token";
/// Whatever is shorter was not made by us, and might be guessed.
const LEAST_CHARS: usize = 32;

/// Reads the token, which is made at the first ask.
///
/// # Errors
/// When the file can be neither read nor made, or holds something else.
pub fn admin_token(data_dir: &Path) -> anyhow::Result<String> {
    let path = data_dir.join(FILE);
    let shown = path.display();
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(mut file) => {
            let token = random_code::<32>()?;
            let written = writeln!(file, "{token}").and_then(|()| file.sync_all());
            written
                .with_context(|| format!("cannot write the token of the operator to {shown}"))?;
            Ok(token)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let token = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read the token of the operator from {shown}"))?;
            let token = token.trim();
            anyhow::ensure!(
                token.len() >= LEAST_CHARS,
                "the token of the operator in {shown} is too short\nhint: delete the file, and it is made anew"
            );
            Ok(token.to_owned())
        }
        Err(error) => {
            Err(error).with_context(|| format!("cannot make the token of the operator in {shown}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_token_is_made_once_and_for_the_operator_alone() {
        let dir = tempfile::tempdir().unwrap();
        let token = admin_token(dir.path()).unwrap();
        assert_eq!((token.len(), admin_token(dir.path()).unwrap()), (43, token));
        let path = dir.path().join(FILE);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "secret\n").unwrap();
        assert!(admin_token(dir.path()).unwrap_err().to_string().contains("too short"));
    }
}
