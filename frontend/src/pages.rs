//! The pages: each puts its parts together and decides nothing else.

pub(crate) mod board;
pub(crate) mod edit;
pub(crate) mod not_found;
pub(crate) mod present;

use collab::replica::Status;
use collab::room::CloseReason;
use leptos::prelude::*;

use crate::dialogs;
use crate::erased::{effect, memo, on_window, views};
use crate::pages::not_found::{Door, EmptyPage};
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

/// Gets the dialogs as soon as somebody does anything: who only looks needs none, and who has begun to
/// write may open one when the server is away.
fn load_dialogs() {
    for deed in ["pointerdown", "keydown"] {
        on_window(deed, |_| dialogs::load());
    }
}

/// What is in the place of a deck's page when it cannot be shown. A deck that goes away while it is
/// open stays on the screen.
fn closed_door(session: Session) -> Memo<Option<Door>> {
    let shut = CloseReason::NoAccess.code();
    memo(move |_| {
        let refused = session.status.with(|status| matches!(status, Status::Refused { .. }));
        if session.only_watches() {
            Some(Door::NotPresenting(session.deck_id()))
        } else if session.ready.get() || !refused {
            None
        } else if session.status.with(is_gone) {
            Some(Door::NoDeck)
        } else {
            session.notices.with(|it| it.closed == shut).then_some(Door::NoAccess)
        }
    })
}

/// A page, unless its deck cannot be shown.
fn deck_page(door: Memo<Option<Door>>, page: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    views(move || match door.get() {
        Some(door) => view! { <EmptyPage door /> }.into_any(),
        None => page(),
    })
    .into_any()
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
