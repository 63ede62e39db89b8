//! The page for an address that leads nowhere, or nowhere for this person.

use leptos::prelude::*;

use crate::erased::attr;
use crate::i18n::t;
use crate::icons::Logo;
use crate::people::SignIn;

/// Why there is nothing to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Door {
    /// There is no such deck.
    NoDeck,
    /// There is one, for others.
    NoAccess,
    /// The person may see the deck with this id, but not present it.
    NotPresenting(String),
}

/// Says why nothing is here, and offers a way on.
#[component]
pub(crate) fn EmptyPage(door: Door) -> impl IntoView {
    document().set_title("Ondeck");
    let (test, title, words) = match &door {
        Door::NoDeck => ("not-found", t().no_deck, t().no_deck_text),
        Door::NoAccess => ("no-access", t().no_access, t().no_access_text),
        Door::NotPresenting(_) => ("not-presenting", t().not_presenting, t().not_presenting_text),
    };
    let (path, way) = match &door {
        Door::NotPresenting(deck) => (["/d/", deck].concat(), t().back_to_deck),
        _ => ("/".to_owned(), t().all_decks),
    };
    let signs_in = door != Door::NoDeck;
    view! {
        <main class="empty-page" data-test=test>
            <Logo />
            <h1>{title}</h1>
            <p class="muted">{words}</p>
            <div class="row">
                {signs_in.then(|| view! { <SignIn class="button primary" /> })}
                <a class="button" {..attr("href", path)}>{way}</a>
            </div>
        </main>
    }
}
