//! The routes of the application.
//!
//! Pages are entered and left by real navigation, not by swapping views: only then does the
//! browser ask before edits are lost that the server does not have, and a page needs no more
//! than this table.

use leptos::prelude::*;

use crate::i18n;
use crate::pages::not_found::{Door, EmptyPage};
use crate::pages::{board::BoardPage, edit::EditPage, present::PresentPage};
use crate::toast::{ToastStack, Toasts};

/// The whole application.
#[component]
pub(crate) fn App() -> impl IntoView {
    let toasts = Toasts::new();
    provide_context(toasts);
    if let Some(page) = document().document_element() {
        _ = page.set_attribute("lang", i18n::language());
    }
    view! {
        {page()}
        <ToastStack toasts />
    }
}

fn page() -> AnyView {
    let path = location().pathname().unwrap_or_default();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts[..] {
        ["d", id] => view! { <EditPage id=id.to_owned() /> }.into_any(),
        ["d", id, "board"] => view! { <BoardPage id=id.to_owned() /> }.into_any(),
        ["d", id, "present"] => view! { <PresentPage id=id.to_owned() /> }.into_any(),
        _ => view! { <EmptyPage door=Door::NoDeck /> }.into_any(),
    }
}
