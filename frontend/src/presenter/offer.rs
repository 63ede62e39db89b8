//! The offer of the baton: "Your turn: Team Ops — Take the baton (10 s)".

use std::time::Duration;

use leptos::leptos_dom::helpers::IntervalHandle;
use leptos::prelude::*;

use crate::erased::{attr, effect, listener, memo, text, when};
use crate::i18n::{fill, t};
use crate::icons::IconButton;
use crate::session::Session;

/// The server takes the baton back from the one it was offered to after this, in seconds.
const VALID: u32 = 10;

/// Who is offered the baton is asked here; `accept` gets the term of the offer.
#[component]
pub(crate) fn OfferPrompt(session: Session, accept: Callback<u64>) -> impl IntoView {
    let notices = session.notices;
    let left = RwSignal::new(0_u32);
    let offer = memo(move |_| notices.with(|notices| notices.offer.clone()));
    let is_open = move || offer.with(Option::is_some);
    let leave = move || notices.update(|notices| notices.offer = None);
    let take = move |_| {
        if let Some(offer) = offer.get_untracked() {
            leave();
            accept.run(offer.term);
        }
    };
    effect(move || {
        // Somebody has taken it meanwhile.
        let now = session.presented.with(|presented| presented.term);
        if offer.with(|offer| offer.as_ref().is_some_and(|offer| offer.term < now)) {
            leave();
        }
    });
    let tick = move || {
        if left.try_update(|left: &mut u32| {
            *left = left.saturating_sub(1);
            *left
        }) == Some(0)
        {
            leave();
        }
    };
    let ticking = StoredValue::new(None::<IntervalHandle>);
    let stop = move || {
        if let Some(interval) = ticking.try_update_value(Option::take).flatten() {
            interval.clear();
        }
    };
    effect(move || {
        stop();
        if is_open() {
            left.set(VALID);
            ticking.set_value(set_interval_with_handle(tick, Duration::from_secs(1)).ok());
        }
    });
    on_cleanup(stop);
    let section = move || offer.get().map(|offer| offer.section).unwrap_or_default();
    view! {
        {when(is_open, move || view! {
            <div class="offer" data-test="offer">
                <b class="grow" role="alert">{text(move || fill(t().your_turn, &[&section()]))}</b>
                <button class="button primary" data-test="offer-accept" on:click=listener(take)>
                    {t().take_baton}
                    <span class="tabular" {..attr("aria-hidden", "true")}>
                        {text(move || fill(t().seconds_left, &[&left.get().to_string()]))}
                    </span>
                </button>
                <IconButton
                    icon="close"
                    label=t().close
                    test="offer-leave"
                    act=Callback::new(move |_| leave())
                />
                <i class="offer-time" aria-hidden="true"></i>
            </div>
        }.into_any())}
    }
}
