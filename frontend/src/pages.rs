//! The pages: each puts its parts together and decides nothing else.

pub(crate) mod edit;
pub(crate) mod follow;
pub(crate) mod home;
pub(crate) mod not_found;
pub(crate) mod present;

use collab::replica::Status;
use leptos::prelude::*;

use crate::session::Session;

/// Shows the deck's name in the tab.
fn title_of_tab(session: Session) -> Memo<String> {
    let title = Memo::new(move |_| {
        let title = session.deck.with(|deck| deck.as_ref().map(|deck| deck.title.clone()));
        title.unwrap_or_default()
    });
    Effect::new(move || {
        let title = title.get();
        document().set_title(&if title.is_empty() {
            "Ondeck".to_owned()
        } else {
            title + " · Ondeck"
        });
    });
    title
}

/// Whether the server says that there is no such deck.
fn is_missing(session: Session) -> Memo<bool> {
    Memo::new(move |_| {
        let reason = collab::room::CloseReason::NoDeck.to_string();
        session.status.with(|status| match status {
            Status::Refused { reason: said, unsaved } => *said == reason && *unsaved == 0,
            _ => false,
        })
    })
}
