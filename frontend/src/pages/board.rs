//! The board of a call: who has written their section, who has not. What it shows is drawn by the module
//! of a call; this page reads the deck along and lets it act.

use leptos::prelude::*;

use super::{closed_door, deck_page, title_of_tab};
use crate::call::{Call, CallPlace};
use crate::erased::{attr, text, when};
use crate::i18n::t;
use crate::icons::{Icon, Logo};
use crate::people::{Me, own_profile};
use crate::session::Session;
use crate::status::{ConnectionBar, StatusWord, shown_status};

/// The board of a deck.
#[component]
pub(crate) fn BoardPage(id: String) -> impl IntoView {
    let profile = RwSignal::new(own_profile());
    let session = Session::open(&id, "edit", profile.get_untracked());
    let title = title_of_tab(session);
    let status = shown_status(session);
    let door = closed_door(session);
    let call = Call::open("board", session, None, |_| {});
    call.says_name(profile);
    call.load();
    let path = ["/d/", &id].concat();
    deck_page(door, move || {
        let (write, present) = (path.clone(), [&*path, "/present"].concat());
        view! {
            <div class="board-page" data-test="board-page">
                <header class="header">
                    <a class="icon-button" {..attr("href", "/")} aria-label=t().all_decks title=t().all_decks>
                        <Logo />
                    </a>
                    <h1 class="title ellipsis" data-test="title">
                        {text(move || {
                            let title = title.get();
                            // Before the deck has come nobody knows that it has none.
                            if title.is_empty() && session.deck.with(Option::is_some) { t().untitled.to_owned() } else { title }
                        })}
                    </h1>
                    <StatusWord status />
                    <span class="grow"></span>
                    <div class="people"><Me profile /></div>
                    <a class="button" {..attr("href", write)} aria-label=t().tab_write title=t().tab_write data-test="write">
                        <Icon name="edit" />
                        <span class="wide-only">{t().tab_write}</span>
                    </a>
                    {when(move || session.may_present(), move || view! {
                        <a
                            class="button primary"
                            {..attr("href", present.clone())}
                            {..attr("target", "_blank")}
                            {..attr("rel", "noopener")}
                            aria-label=t().present
                            title=t().present
                            data-test="present"
                        >
                            <Icon name="play" />
                            <span class="wide-only">{t().present}</span>
                        </a>
                    }.into_any())}
                </header>
                <ConnectionBar session status />
                <main class="board-main">
                    <CallPlace name="board" />
                </main>
            </div>
        }
        .into_any()
    })
}
