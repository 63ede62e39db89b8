//! The presenter's page: the slide, what comes next, notes, agenda and time; drives everybody's screen.

use js_sys::Date;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::{closed_door, deck_page, load_dialogs, title_of_tab};
use crate::call::{Call, CallPlace};
use crate::dialogs;
use crate::erased::{attr, effect, flag, on_window, text, when};
use crate::frame::{At, SlidesFrame};
use crate::i18n::{fill, plural, t};
use crate::icons::Icon;
use crate::people::own_profile;
use crate::presenter::agenda::{Agenda, AgendaList, agenda, ticking};
use crate::presenter::baton::{BatonBar, offer_to_reporters};
use crate::presenter::controls::Controls;
use crate::presenter::notes::Notes;
use crate::presenter::offer::OfferPrompt;
use crate::presenter::stage::Stage;
use crate::presenter::time_shown;
use crate::presenter::wake::keep_awake;
use crate::session::Session;
use crate::status::{ConnectionBar, StatusWord, shown_status};

/// The presenter's page of a deck.
#[component]
pub(crate) fn PresentPage(id: String) -> impl IntoView {
    let session = Session::open(&id, "present", own_profile());
    let frame = StoredValue::new(None);
    let help = dialogs::help(frame);
    let title = title_of_tab(session);
    let status = shown_status(session);
    let door = closed_door(session);
    let stage = Stage::open(session, help);
    frame.set_value(Some(stage.frame));
    let links = dialogs::links(session);
    load_dialogs();
    let call = Call::open("present", session, None, move |slide| stage.go(slide));
    call.tell("name", own_profile().name.into());
    call.load_when_calm();
    effect(move || call.tell("slide", stage.slide.get().into()));
    let clock = ticking();
    let agenda = agenda(stage, clock);
    offer_to_reporters(stage);
    keep_awake(move || stage.is_driving());
    on_window("keydown", move |event| stage.pressed(event.unchecked_ref()));
    let header = move || {
        view! {
            <header class="header present-header">
                <a
                    class="icon-button"
                    {..attr("href", ["/d/", &id].concat())}
                    aria-label=t().back_to_deck
                    title=t().back_to_deck
                >
                    <Icon name="back" />
                </a>
                <h1 class="title ellipsis">{title}</h1>
                <StatusWord status />
                <span class="grow"></span>
                <Times agenda clock />
                <Audience session />
                <CallPlace name="talk" />
            </header>
        }
    };
    deck_page(door, move || {
        view! {
            <div class="present-page" data-test="present-page">
                {header.clone()}
                <ConnectionBar session status />
                <BatonBar stage />
                <OfferPrompt session accept=Callback::new(move |_| stage.take_over()) />
                <main class="present">
                    <section class="present-current" aria-label=t().current_slide>
                        <div
                            class="screen"
                            class:live=flag(move || stage.is_live())
                            class:held=flag(move || is_held(session))
                        >
                            <SlidesFrame frame=stage.frame test="slides" />
                        </div>
                        <Position stage />
                    </section>
                    <aside class="present-aside">
                        <Next stage />
                        <Notes stage />
                        <AgendaList stage agenda />
                    </aside>
                </main>
                <Controls stage links help />
                <CallPlace name="panel" />
            </div>
        }
        .into_any()
    })
}

fn is_held(session: Session) -> bool {
    session.presented.with(|presented| presented.held)
}

/// The time of day, the time since it began, and when it will be over.
#[component]
fn Times(agenda: Memo<Agenda>, clock: RwSignal<u32>) -> impl IntoView {
    let remaining = move || agenda.with(|agenda| agenda.remaining);
    let at = move |ms: u64| {
        clock.track();
        time_of_day(Date::now() + ms as f64)
    };
    view! {
        <dl class="times tabular">
            <div class="clock">
                <dt>{t().clock}</dt>
                <dd>{text(move || at(0))}</dd>
            </div>
            <div>
                <dt>{t().elapsed}</dt>
                <dd data-test="elapsed">{text(move || time_shown(agenda.with(|it| it.elapsed)))}</dd>
            </div>
            {when(move || remaining().is_some(), move || view! {
                <div>
                    <dt>{t().ends_at}</dt>
                    <dd data-test="projected-end">
                        {text(move || at(remaining().unwrap_or_default()))}
                    </dd>
                </div>
            }.into_any())}
        </dl>
    }
}

fn time_of_day(at: f64) -> String {
    let date = Date::new(&at.into());
    format!("{:02}:{:02}", date.get_hours(), date.get_minutes())
}

/// "38 following · 3 roaming".
#[component]
fn Audience(session: Session) -> impl IntoView {
    let words = move || {
        let (following, roaming) = session
            .presented
            .with(|presented| (presented.followers as usize, presented.roaming as usize));
        let following = plural(t().following_count, following);
        match roaming {
            0 => following,
            _ => [&*following, " · ", &plural(t().roaming_count, roaming)].concat(),
        }
    };
    view! { <span class="followers tabular" data-test="followers">{text(words)}</span> }
}

/// Below the slide: whether the audience sees it, which it is, and who writes on it.
#[component]
fn Position(stage: Stage) -> impl IntoView {
    let session = stage.session;
    let badge = move || {
        let held = is_held(session);
        match stage.is_driving() {
            true if !session.is_connected() => t().not_connected,
            true if held => t().held,
            true => t().live,
            false => t().not_live,
        }
        .to_owned()
    };
    // As the audience counts: in the deck that they have.
    let place = move || {
        stage.frame.frozen.track();
        let number = (stage.frame.at.get().slide + 1).to_string();
        session.deck.with(|deck| {
            let Some(deck) = deck else { return String::new() };
            let count = stage.frame.count().to_string();
            [&*number, "/", &count, " · ", &deck.place_in_section(stage.slide.get())].concat()
        })
    };
    let editing = move || {
        let (slide, own) = (stage.slide.get(), own_profile());
        let names = session.deck.with(|deck| match deck {
            Some(deck) => session.people.with(|people| {
                // Whoever has the editor open beside this page knows that.
                let here = people.iter().filter(|person| person.profile != own).filter(|person| {
                    person.caret.is_some_and(|(_, head)| deck.slide_at_offset(head) == slide)
                });
                here.map(|person| person.profile.name.clone()).collect::<Vec<_>>()
            }),
            None => Vec::new(),
        });
        let (one, several) = t().editing_slide;
        match names.len() {
            0 => String::new(),
            1 => fill(one, &[&names[0]]),
            _ => fill(several, &[&names.join(", ")]),
        }
    };
    view! {
        <p class="present-position tabular">
            <span
                class="badge"
                class:badge-live=flag(move || stage.is_live() && !is_held(session))
                class:badge-held=flag(move || stage.is_live() && is_held(session))
                data-test="held"
            >
                {text(badge)}
            </span>
            <span class="ellipsis" data-test="slide-position">{text(place)}</span>
            {when(move || stage.dark.get() && stage.is_live(), move || view! {
                <span class="badge">{t().screens_dark}</span>
            }.into_any())}
            {when(move || !editing().is_empty(), move || view! {
                <span class="editing-now ellipsis" data-test="editing-now">{text(editing)}</span>
            }.into_any())}
        </p>
    }
}

/// What the next key will show: the next step of this slide, else the next slide.
#[component]
fn Next(stage: Stage) -> impl IntoView {
    let Stage { session, frame, next, .. } = stage;
    let is_step = RwSignal::new(false);
    let at_end = RwSignal::new(false);
    effect(move || {
        let at = frame.at.get();
        let steps = frame.steps.get();
        session.deck.track();
        frame.frozen.track();
        let step = at.slide == steps.slide && at.fragment + 1 < steps.fragment;
        is_step.set(step);
        let further = if step {
            Some(At { fragment: at.fragment + 1, ..at })
        } else {
            let mut rest = at.slide + 1..frame.count();
            rest.find(|slide| !frame.is_hidden(*slide)).map(At::start)
        };
        at_end.set(further.is_none());
        if let Some(further) = further {
            next.go(further);
        }
    });
    let label = move || if is_step.get() { t().next_step } else { t().next_slide }.to_owned();
    view! {
        <section class="present-next" aria-label=t().next_slide>
            <h2 class="label">{text(label)}</h2>
            <div class="screen passive" class:over=flag(move || at_end.get())>
                <SlidesFrame frame=next test="next-slide" title=t().next_slide passive=true />
                <p class="screen-note">{t().end_of_deck}</p>
            </div>
        </section>
    }
}
