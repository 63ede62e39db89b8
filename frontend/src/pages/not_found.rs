//! The page for an address that leads nowhere.

use leptos::prelude::*;

use crate::i18n::t;
use crate::icons::Logo;

/// Says that nothing is here, and offers the way home.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    document().set_title("Ondeck");
    view! {
        <main class="empty-page" data-test="not-found">
            <Logo />
            <h1>{t().no_deck}</h1>
            <p class="muted">{t().no_deck_text}</p>
            <a class="button primary" href="/">{t().all_decks}</a>
        </main>
    }
}
