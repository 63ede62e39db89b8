//! The audience's page: the slides on the whole screen, where the presenter is.

use std::time::Duration;

use leptos::ev::KeyboardEvent;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

use super::{is_missing, presented_slide, title_of_tab};
use crate::erased::{effect, listener, memo, when};
use crate::frame::{At, Frame, FrameEvent, SlidesFrame};
use crate::i18n::{fill, t};
use crate::icons::Icon;
use crate::js;
use crate::pages::not_found::NotFound;
use crate::people::own_profile;
use crate::render_protocol::Answer;
use crate::session::Session;
use crate::status::{ConnectionBar, shown_status};

/// The bar goes away after this.
const BAR_STAYS: Duration = Duration::from_secs(4);

/// What this screen has to do with the presentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nobody presents.
    Waiting,
    /// It shows what the presenter shows.
    Following,
    /// The person looks around.
    Roaming,
    /// The presenter is away: the slide is held.
    Away,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Following => "following",
            Self::Roaming => "roaming",
            Self::Away => "away",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Waiting | Self::Away => t().waiting,
            Self::Following => t().following,
            Self::Roaming => t().roaming,
        }
    }
}

/// The audience's page of a deck.
#[component]
pub(crate) fn FollowPage(id: String) -> impl IntoView {
    let session = Session::open(&id, "follow", own_profile());
    title_of_tab(session);
    let status = shown_status(session);
    let missing = is_missing(session);
    let roams = RwSignal::new(false);
    let state = memo(move |_| {
        let presented = session.presented.get();
        match (presented.active, presented.driver) {
            (false, _) => State::Waiting,
            (true, _) if roams.get() => State::Roaming,
            (true, Some(_)) => State::Following,
            (true, None) => State::Away,
        }
    });
    let frame = follower(session, roams);
    let follows = move || matches!(state.get(), State::Following | State::Away);
    let dark = move || session.presented.with(|presented| presented.blackout) && follows();
    effect(move || {
        if frame.shown.get() {
            frame.follow(follows());
            frame.blackout(dark());
        }
    });
    let back = move || {
        roams.set(false);
        frame.place_again();
    };
    let keys = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let on_button = document().active_element().is_some_and(|e| e.tag_name() == "BUTTON");
        match event.key().as_str() {
            " " if on_button => return,
            "ArrowRight" | "ArrowDown" | "PageDown" | "n" | " " => frame.next(),
            "ArrowLeft" | "ArrowUp" | "PageUp" | "p" => frame.previous(),
            "r" => back(),
            "f" => js::toggle_fullscreen(),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || keys.remove());
    view! {
        <Show when=move || !missing.get() fallback=NotFound>
            <div
                class="follow-page"
                class:dark=dark
                data-state=move || state.get().name()
                data-test="follow-page"
            >
                <main class="follow-stage">
                    <SlidesFrame frame test="slides" />
                </main>
                <div class="follow-top">
                    <ConnectionBar session status />
                </div>
                <Pill session state back=Callback::new(move |()| back()) />
                <Bar session frame state />
            </div>
        </Show>
    }
}

fn follower(session: Session, roams: RwSignal<bool>) -> Frame {
    let presented = session.presented;
    let place = move |own: At, deck: &Answer| match deck.shown {
        Some(slide) if !roams.get_untracked() => {
            let presented = presented.get_untracked();
            if presented.active { At { slide, fragment: presented.fragment } } else { own }
        }
        _ => own,
    };
    let frame = StoredValue::new(None::<Frame>);
    let heard = move |event| match event {
        // Before anybody presents, looking around is not leaving anybody.
        FrameEvent::Roams | FrameEvent::Moved(_) => {
            if presented.with_untracked(|presented| presented.active) {
                roams.set(true);
            }
        }
        FrameEvent::Key(key) if key == "r" => {
            roams.set(false);
            if let Some(frame) = frame.get_value() {
                frame.place_again();
            }
        }
        FrameEvent::Key(key) if key == "f" => js::toggle_fullscreen(),
        FrameEvent::Key(_)
        | FrameEvent::Clicked { .. }
        | FrameEvent::Palette
        | FrameEvent::Overflow(_) => {}
    };
    let made = Frame::new(session, "follower", place, heard);
    frame.set_value(Some(made));
    made
}

fn place_text(deck: Option<&Answer>, slide: u32) -> String {
    deck.map(|deck| {
        format!("{}/{} · {}", slide + 1, deck.slides.len(), deck.place_in_section(slide))
    })
    .unwrap_or_default()
}

/// The way back to the presenter, while roaming.
#[component]
fn Pill(session: Session, state: Memo<State>, back: Callback<()>) -> impl IntoView {
    let shown = presented_slide(session);
    let text = move || {
        let place = session.deck.with(|deck| {
            let slide = shown.get()?;
            Some(format!("{} · {}", slide + 1, deck.as_deref()?.place_in_section(slide)))
        });
        fill(t().presenter_at, &[&place.unwrap_or_default()])
    };
    view! {
        {when(move || state.get() == State::Roaming, move || view! {
            <button class="pill" data-test="return" on:click=listener(move |_| back.run(()))>
                {text}
                <b>{t().return_key}</b>
            </button>
        }.into_any())}
    }
}

/// State, place and full screen: appears with a change or a pointer, and goes by itself.
#[component]
fn Bar(session: Session, frame: Frame, state: Memo<State>) -> impl IntoView {
    let open = RwSignal::new(true);
    let timer = StoredValue::new_local(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    };
    let wake = move || {
        stop();
        open.set(true);
        let close = move || _ = open.try_set(false);
        timer.set_value(set_timeout_with_handle(close, BAR_STAYS).ok());
    };
    effect(move || {
        state.track();
        wake();
    });
    on_cleanup(stop);
    let place = move || session.deck.with(|deck| place_text(deck.as_deref(), frame.at.get().slide));
    view! {
        <div
            class="follow-bar"
            class:open=move || open.get()
            on:pointermove=listener(move |_| wake())
            on:pointerdown=listener(move |_| wake())
        >
            <span
                class="follow-state"
                role="status"
                data-test="follow-state"
                data-state=move || state.get().name()
            >
                <i class="status-dot" aria-hidden="true"></i>
                {move || state.get().label()}
            </span>
            <span class="grow ellipsis tabular" data-test="slide-position">{place}</span>
            <button
                class="icon-button"
                aria-label=t().fullscreen
                title=t().fullscreen
                data-test="fullscreen"
                on:click=listener(move |_| js::toggle_fullscreen())
            >
                <Icon name="full" />
            </button>
        </div>
    }
}
