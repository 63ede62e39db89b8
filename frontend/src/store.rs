//! What this browser remembers: small settings in its local storage.

use leptos::prelude::window;
use web_sys::Storage;

/// All keys begin with this.
const PREFIX: &str = "ondeck.";

/// A remembered value; `None` also when the browser keeps nothing at all.
pub(crate) fn get(key: &str) -> Option<String> {
    storage()?.get_item(&format!("{PREFIX}{key}")).ok()?
}

/// Remembers a value. A browser that refuses goes without.
pub(crate) fn set(key: &str, value: &str) {
    if let Some(storage) = storage() {
        _ = storage.set_item(&format!("{PREFIX}{key}"), value);
    }
}

/// A value that is remembered for as long as the tab lives.
pub(crate) fn session(key: &str) -> Option<String> {
    window().session_storage().ok()??.get_item(&format!("{PREFIX}{key}")).ok()?
}

/// Remembers a value for this tab; an empty one is as good as none.
pub(crate) fn set_session(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        _ = storage.set_item(&format!("{PREFIX}{key}"), value);
    }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok()?
}
