//! The presenter's page: the slide, what comes next, notes and time; drives everybody's screen.

use js_sys::Date;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::{is_missing, title_of_tab};
use crate::erased::{effect, listener, when};
use crate::frame::{At, Frame, FrameEvent, SlidesFrame};
use crate::i18n::{fill, t};
use crate::icons::{Icon, IconButton};
use crate::js;
use crate::pages::not_found::NotFound;
use crate::people::own_profile;
use crate::presenter::{Times, notes};
use crate::render_protocol::Answer;
use crate::session::Session;
use crate::status::{ConnectionBar, StatusWord, shown_status};
use crate::store;
use crate::toast::Toasts;

/// Who holds the baton, from this page's point of view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Baton {
    /// Not decided: take it when it is free.
    Wanted,
    /// This page drives.
    Held,
    /// Given away or taken: only a click gets it back.
    Left,
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Stage {
    session: Session,
    frame: Frame,
    baton: RwSignal<Baton>,
    dark: RwSignal<bool>,
    /// While somebody else drives, the person may look around without being pulled back.
    looks_around: StoredValue<bool>,
    /// When this deck's presentation began, by the clock on the wall.
    started: RwSignal<Option<f64>>,
}

impl Stage {
    fn open(session: Session) -> Self {
        let baton = RwSignal::new(Baton::Wanted);
        let dark = RwSignal::new(false);
        let looks_around = StoredValue::new(false);
        let presented = session.presented;
        let place = move |own: At, deck: &Answer| match deck.shown {
            Some(slide) if baton.get_untracked() == Baton::Held => {
                if slide == own.slide {
                    own
                } else {
                    At::start(slide)
                }
            }
            Some(slide) if !looks_around.get_value() => {
                let presented = presented.get_untracked();
                // A server that has just been started knows of nothing yet.
                if presented.active { At { slide, fragment: presented.fragment } } else { own }
            }
            _ => own,
        };
        let heard = move |event| match event {
            FrameEvent::Moved(at) if baton.get_untracked() == Baton::Held => {
                session.present(at.slide, at.fragment, dark.get_untracked(), false);
            }
            FrameEvent::Moved(_) => looks_around.set_value(true),
            FrameEvent::Key(key) => on_key(&key, dark),
            _ => {}
        };
        let frame = Frame::new(session, "presenter", place, heard);
        let stored =
            store::session(&started_key(session)).and_then(|time| time.parse::<u64>().ok());
        let started = RwSignal::new(stored.map(|time| time as f64));
        Self { session, frame, baton, dark, looks_around, started }
    }

    /// Shows this page's slide to everybody.
    fn present(self, take: bool) {
        let at = self.frame.at.get_untracked();
        self.baton.set(Baton::Held);
        if self.started.get_untracked().is_none() {
            let now = Date::now();
            self.started.set(Some(now));
            store::set_session(&started_key(self.session), &(now as u64).to_string());
        }
        self.session.present(at.slide, at.fragment, self.dark.get_untracked(), take);
    }

    /// Takes the baton, and goes on from what is shown.
    fn take_over(self) {
        self.looks_around.set_value(false);
        self.frame.place_again();
        self.present(true);
    }

    /// Whether the audience sees what this page shows.
    fn is_live(self) -> bool {
        self.session.presented.with(|presented| presented.driving) && self.session.is_connected()
    }

    /// What the page says about that.
    fn badge(self) -> &'static str {
        match self.session.presented.with(|presented| presented.driving) {
            true if self.session.is_connected() => t().live,
            true => t().not_connected,
            false => t().not_live,
        }
    }

    fn end(self) {
        self.baton.set(Baton::Left);
        store::set_session(&started_key(self.session), "");
        self.session.stop_presenting();
    }

    /// Takes the baton when it is free and wanted, and notices when somebody else took it.
    fn follow_baton(self) {
        let Self { session, baton, .. } = self;
        let drove = StoredValue::new(false);
        effect(move || {
            let presented = session.presented.get();
            let before = drove.get_value();
            drove.set_value(presented.driving);
            if presented.driving {
                baton.set(Baton::Held);
            } else if before && (presented.driver.is_some() || !presented.active) {
                baton.set(Baton::Left);
            }
        });
        effect(move || {
            let presented = session.presented.get();
            let deck = session.deck.get();
            let free = presented.known && presented.driver.is_none();
            let Some(deck) = deck.filter(|_| free && baton.get_untracked() == Baton::Wanted) else {
                return;
            };
            // A presentation that goes on is taken up again at its slide, once that is known.
            if deck.shown.is_some() || !presented.active {
                self.present(false);
            }
        });
        let dark = self.dark;
        let frame = self.frame;
        Effect::new(move |before: Option<bool>| {
            let on = dark.get();
            frame.blackout(on);
            if before.is_some_and(|before| before != on) && baton.get_untracked() == Baton::Held {
                self.present(false);
            }
            on
        });
    }
}

fn started_key(session: Session) -> String {
    format!("started.{}", session.deck_id())
}

fn on_key(key: &str, dark: RwSignal<bool>) {
    match key {
        "b" | "v" | "." | "/" => dark.update(|dark| *dark = !*dark),
        "f" => js::toggle_fullscreen(),
        _ => {}
    }
}

/// The presenter's page of a deck.
#[component]
pub(crate) fn PresentPage(id: String) -> impl IntoView {
    let session = Session::open(&id, "present", own_profile());
    let title = title_of_tab(session);
    let status = shown_status(session);
    let missing = is_missing(session);
    let stage = Stage::open(session);
    stage.follow_baton();
    let keys = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
        if modified || js::is_typing() {
            return;
        }
        let on_button = document().active_element().is_some_and(|e| e.tag_name() == "BUTTON");
        match event.key().as_str() {
            // A focused button keeps its own key.
            " " if on_button => return,
            "ArrowRight" | "ArrowDown" | "PageDown" | "n" | " " => stage.frame.next(),
            "ArrowLeft" | "ArrowUp" | "PageUp" | "p" => stage.frame.previous(),
            key => return on_key(key, stage.dark),
        }
        event.prevent_default();
    });
    on_cleanup(move || keys.remove());
    let home = format!("/d/{id}");
    let follow = format!("/d/{id}/follow");
    let header = move || {
        view! {
            <header class="header">
                <a class="icon-button" href=home.clone() aria-label=t().back_to_deck title=t().back_to_deck>
                    <Icon name="back" />
                </a>
                <h1 class="title ellipsis">{title}</h1>
                <StatusWord status />
                <span class="grow"></span>
                <Times session started=stage.started.read_only() />
            </header>
        }
    };
    view! {
        <Show when=move || !missing.get() fallback=NotFound>
            <div class="present-page" data-test="present-page">
                {header.clone()}
                <ConnectionBar session status />
                <BatonBar stage />
                <main class="present">
                    <section class="present-current" aria-label=t().current_slide>
                        <div class="screen" class:live=move || stage.is_live()>
                            <SlidesFrame frame=stage.frame test="slides" />
                        </div>
                        <Position stage />
                    </section>
                    <Aside stage />
                </main>
                <Controls stage follow=follow.clone() />
            </div>
        </Show>
    }
}

/// Says who presents when it is not this page.
#[component]
fn BatonBar(stage: Stage) -> impl IntoView {
    let other = move || {
        let presented = stage.session.presented.get();
        if presented.driving { None } else { presented.driver }
    };
    let idle = move || stage.baton.get() == Baton::Left && other().is_none();
    let take = move |_| stage.take_over();
    view! {
        {when(move || other().is_some() || idle(), move || view! {
            <div class="bar bar-info" role="status" data-test="baton">
                <span class="grow">
                    {move || match other() {
                        Some(name) => fill(t().is_presenting, &[&name]),
                        None => t().nobody_presents.to_owned(),
                    }}
                </span>
                <button class="button primary" on:click=listener(take) data-test="take-over">
                    {move || if other().is_some() { t().take_over } else { t().start }}
                </button>
            </div>
        }.into_any())}
    }
}

#[component]
fn Position(stage: Stage) -> impl IntoView {
    let text = move || {
        stage.session.deck.with(|deck| {
            let deck = deck.as_ref()?;
            let slide = stage.frame.at.get().slide;
            Some(format!("{}/{} · {}", slide + 1, deck.slides.len(), deck.place_in_section(slide)))
        })
    };
    view! {
        <p class="present-position tabular" data-test="slide-position">
            <span class="badge" class:badge-live=move || stage.is_live()>
                {move || stage.badge()}
            </span>
            <span class="ellipsis">{text}</span>
            {when(move || stage.dark.get(), move || view! {
                <span class="badge">{t().screens_dark}</span>
            }.into_any())}
        </p>
    }
}

/// The next slide and the notes of this one.
#[component]
fn Aside(stage: Stage) -> impl IntoView {
    let Stage { session, frame, .. } = stage;
    let count = move || session.deck.with(|deck| deck.as_ref().map_or(0, |deck| deck.slides.len()));
    let follows = move |own: At, _: &Answer| {
        let next = frame.at.get_untracked().slide + 1;
        if (next as usize)
            < session.deck.with_untracked(|deck| deck.as_ref().map_or(0, |deck| deck.slides.len()))
        {
            At::whole(next)
        } else {
            own
        }
    };
    let next = Frame::new(session, "preview", follows, |_| {});
    let words = RwSignal::new(String::new());
    effect(move || {
        let slide = frame.at.get().slide;
        session.deck.track();
        next.place_again();
        words.set(notes(&session.slides().1, slide));
    });
    let at_end = move || frame.at.get().slide as usize + 1 >= count();
    view! {
        <aside class="present-aside">
            <section class="present-next" aria-label=t().next_slide>
                <h2 class="label">{t().next_slide}</h2>
                <div class="screen passive" class:over=at_end>
                    <SlidesFrame frame=next test="next-slide" title=t().next_slide passive=true />
                    <p class="screen-note">{t().end_of_deck}</p>
                </div>
            </section>
            <section class="present-notes" aria-label=t().notes>
                <h2 class="label">{t().notes}</h2>
                <div class="notes" tabindex="0" data-test="notes">
                    {move || words.get()}
                    {when(move || words.with(String::is_empty), move || view! {
                        <span class="muted">{t().no_notes}</span>
                    }.into_any())}
                </div>
            </section>
        </aside>
    }
}

#[component]
fn Controls(stage: Stage, follow: String) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let frame = stage.frame;
    let copy = move |_| {
        js::copy(&js::absolute(&follow));
        toasts.say(t().copied_link);
    };
    view! {
        <footer class="controls" role="toolbar" aria-label=t().controls>
            <button class="button" on:click=listener(copy) data-test="copy-follow">
                <Icon name="link" />
                {t().audience_link}
            </button>
            <button
                class="button"
                aria-pressed=move || stage.dark.get().to_string()
                data-test="blackout"
                on:click=listener(move |_| stage.dark.update(|dark| *dark = !*dark))
            >
                <Icon name="dark" />
                {t().blackout}
            </button>
            <span class="grow"></span>
            <IconButton
                icon="back"
                label=t().previous
                test="present-previous"
                class="big-button"
                act=Callback::new(move |_| frame.previous())
            />
            <IconButton
                icon="forward"
                label=t().next
                test="present-next"
                class="big-button primary"
                act=Callback::new(move |_| frame.next())
            />
            <span class="grow"></span>
            <button class="button" on:click=listener(move |_| js::toggle_fullscreen())>
                <Icon name="full" />
                {t().fullscreen}
            </button>
            <button
                class="button danger"
                disabled=move || stage.baton.get() != Baton::Held
                data-test="end"
                on:click=listener(move |_| stage.end())
            >
                <Icon name="stop" />
                {t().end}
            </button>
        </footer>
    }
}
