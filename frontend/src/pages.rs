//! The pages: each puts its parts together and decides nothing else.

pub(crate) mod edit;
pub(crate) mod follow;
pub(crate) mod home;
pub(crate) mod not_found;
pub(crate) mod present;

use leptos::prelude::*;

use crate::erased::{effect, memo};
use crate::session::Session;
use crate::status::is_gone;

/// Shows the deck's name in the tab.
fn title_of_tab(session: Session) -> Memo<String> {
    let title = memo(move |_| {
        let title = session.deck.with(|deck| deck.as_ref().map(|deck| deck.title.clone()));
        title.unwrap_or_default()
    });
    effect(move || {
        let title = title.get();
        document().set_title(&if title.is_empty() {
            "Ondeck".to_owned()
        } else {
            title + " · Ondeck"
        });
    });
    title
}

/// Whether there is no such deck. One that goes away while it is open stays on the screen.
fn is_missing(session: Session) -> Memo<bool> {
    memo(move |_| !session.ready.get() && session.status.with(is_gone))
}

/// The slide that is presented, while there is a presentation.
fn presented_slide(session: Session) -> Memo<Option<u32>> {
    memo(move |before: Option<&Option<u32>>| {
        // Between two jumps the worker does not know: the last answer stays.
        let shown = session.deck.with(|deck| deck.as_ref().and_then(|deck| deck.shown));
        let active = session.presented.with(|presented| presented.active);
        shown.or(before.copied().flatten()).filter(|_| active)
    })
}
