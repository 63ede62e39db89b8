//! Where somebody goes after signing in: only ever to a page of ours.

/// Of an address that is kept with a sign-in; ours are below 100 bytes.
const MAX_BYTES: usize = 1_000;

/// The path that was asked for, or the home page when a browser could leave this server by it.
pub(crate) fn own_path(asked: Option<&str>) -> &str {
    asked.filter(|path| is_own(path)).unwrap_or("/")
}

fn is_own(path: &str) -> bool {
    // Browsers take `//host` and `/\host` for another server, and leave out control characters while
    // they read. What is not ASCII comes percent-encoded. Below `/auth/` is nothing to stay at.
    let other_host = path.starts_with("//") || path.contains('\\');
    let visible = path.bytes().all(|byte| byte.is_ascii_graphic());
    path.starts_with('/')
        && !other_host
        && visible
        && path.len() <= MAX_BYTES
        && !path.starts_with("/auth/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_ends_on_a_page_of_ours() {
        for own in ["/", "/d/abc", "/d/abc/present?x=1&y=%2F", "/join", "/d/a#s=1", "/authors"] {
            assert_eq!(own_path(Some(own)), own);
        }
        let long = format!("/{}", "x".repeat(MAX_BYTES));
        for other in [
            "",
            "d/abc",
            "//evil.example",
            "/\\evil.example",
            "/d\\..\\x",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\t//evil.example",
            "/a b",
            "/ä",
            "https://evil.example",
            "javascript:alert(1)",
            "/auth/login?to=/",
            &long,
        ] {
            assert_eq!(own_path(Some(other)), "/", "{other:?}");
        }
        assert_eq!(own_path(None), "/");
    }
}
