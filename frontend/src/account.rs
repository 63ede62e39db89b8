//! Who this browser's person is to the server, as the page's first question is answered.

use std::cell::OnceCell;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use crate::api;
use crate::erased::spawn;
use crate::i18n::t;
use crate::js::{field, string};
use crate::toast::Toasts;

/// What the server says of somebody.
pub(crate) struct Account {
    /// The name of a member, which is the server's to say; empty for guests, who choose one.
    pub(crate) name: String,
    /// What the server calls them: `guest:…`, `user:…`, `admin`.
    pub(crate) principal: String,
    /// Where one signs in; empty when nobody can, or when this person has.
    pub(crate) sign_in: String,
}

thread_local! {
    static ACCOUNT: OnceCell<&'static Account> = const { OnceCell::new() };
}

/// Waits for the answer to what `index.html` has asked. Without one the page goes on, and the server
/// decides at each step.
pub(crate) async fn load() {
    let asked = field(&window(), "ondeckSession");
    let answer = JsFuture::from(asked.unchecked_into::<js_sys::Promise>()).await;
    let answer = answer.unwrap_or_default();
    let is_guest = string(&answer, "kind") == "guest";
    let account = Account {
        name: if is_guest { String::new() } else { string(&answer, "name") },
        principal: string(&answer, "principal"),
        sign_in: if is_guest { string(&answer, "signIn") } else { String::new() },
    };
    // The person stays the same for as long as the page is.
    _ = ACCOUNT.with(|known| known.set(Box::leak(Box::new(account))));
}

/// The person's account. To be asked only after [`load`].
pub(crate) fn account() -> &'static Account {
    static NOBODY: Account =
        Account { name: String::new(), principal: String::new(), sign_in: String::new() };
    ACCOUNT.with(|known| known.get().copied()).unwrap_or(&NOBODY)
}

/// Where one signs in to come back to this page.
pub(crate) fn sign_in_path() -> String {
    [&account().sign_in, "?to=", &location().pathname().unwrap_or_default()].concat()
}

/// Ends the session; the page is loaded again as a guest's.
pub(crate) fn sign_out(toasts: Toasts) {
    spawn(async move {
        match api::call("DELETE", "/api/session", None).await {
            Ok(_) => _ = location().reload(),
            Err(_) => toasts.say(t().unreachable),
        }
    });
}
