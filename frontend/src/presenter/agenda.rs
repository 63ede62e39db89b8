//! The agenda: every section with its reporter and its time, and what time it will be at the end.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::schedule::{self, Part, State, duration};
use super::stage::Stage;
use crate::erased::{ElementRef, Item, attr, effect, list, listener, memo, text};
use crate::i18n::t;
use crate::icons::Icon;
use crate::render_protocol::SectionInfo;
use crate::session::{Session, now};

/// The agenda as it is this second.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Agenda {
    /// The state of each section, and its time as people read it.
    rows: Vec<(State, String)>,
    /// Milliseconds since the presentation began.
    pub(crate) elapsed: u64,
    /// How long it will still take, in milliseconds.
    pub(crate) remaining: Option<u64>,
}

/// Changes once a second.
pub(crate) fn ticking() -> RwSignal<u32> {
    let clock = RwSignal::new(0);
    let tick = move || _ = clock.try_update(|clock: &mut u32| *clock = clock.wrapping_add(1));
    let interval = set_interval_with_handle(tick, Duration::from_secs(1)).ok();
    on_cleanup(move || {
        if let Some(interval) = interval {
            interval.clear();
        }
    });
    clock
}

/// The agenda of a talk, second by second. The server says now and then how much time has passed; in
/// between it is counted on here.
pub(crate) fn agenda(stage: Stage, clock: RwSignal<u32>) -> Memo<Agenda> {
    let Session { deck, presented, .. } = stage.session;
    memo(move |_| {
        clock.track();
        let now = now();
        let slide = stage.slide.get();
        let (times, since, running) = presented.with(|presented| {
            (presented.times.clone(), presented.told_at, presented.driver.is_some())
        });
        let since = if running { now.saturating_sub(since) } else { 0 };
        deck.with(|deck| {
            let Some(deck) = deck else { return Agenda::default() };
            let on = deck.slide(slide).map_or(0, |slide| slide.section as usize);
            let part = |(index, section): (usize, &SectionInfo)| {
                let told = times.as_ref().map_or(0, |times| {
                    let on = times.current.is_some_and(|current| current as usize == index);
                    let spent = schedule::spent(&times.sections, index, &section.title);
                    spent + if on { since } else { 0 }
                });
                Part { planned: section.minutes, spent: told }
            };
            let parts: Vec<Part> = deck.sections.iter().enumerate().map(part).collect();
            let row = |(index, part): (usize, &Part)| (part.state(index == on), time(*part));
            Agenda {
                rows: parts.iter().enumerate().map(row).collect(),
                elapsed: times.map_or(0, |times| times.elapsed + since),
                remaining: schedule::remaining(&parts, on),
            }
        })
    })
}

/// "6:10 / 5:00".
fn time(part: Part) -> String {
    match part.planned_ms() {
        Some(planned) => [&*duration(part.spent), " / ", &duration(planned)].concat(),
        None if part.spent > 0 => duration(part.spent),
        None => String::new(),
    }
}

/// The list of sections; a click goes there.
#[component]
pub(crate) fn AgendaList(stage: Stage, agenda: Memo<Agenda>) -> impl IntoView {
    let deck = stage.session.deck;
    let items = move || {
        let item = |(index, section): (usize, &SectionInfo)| {
            let section = section.clone();
            // A row stays while only its time changes, or it would lose the focus every second.
            let reporter = section.reporter.as_deref().unwrap_or_default();
            let key = [&*index.to_string(), " ", reporter, "\n", &section.title].concat();
            Item::new(key, move |_| agenda_row(stage, agenda, index, section))
        };
        deck.with(|deck| {
            deck.iter().flat_map(|deck| deck.sections.iter().enumerate().map(item)).collect()
        })
    };
    let element = ElementRef::<html::Ol>::new();
    keep_in_sight(element, agenda);
    view! {
        <section class="present-agenda" aria-label=t().agenda>
            <h2 class="label">{t().agenda}</h2>
            <ol class="agenda" node_ref=element>{list(items)}</ol>
        </section>
    }
}

/// Scrolls the list, and nothing around it, to the section that is on.
fn keep_in_sight(list: ElementRef<html::Ol>, agenda: Memo<Agenda>) {
    let on = memo(move |_| agenda.with(|it| it.rows.iter().position(|row| row.0.is_on())));
    effect(move || {
        // Read, not only tracked: a memo that nobody reads is never computed, and so never changes.
        on.get();
        // The row is marked, and perhaps made, when all else has heard of it.
        request_animation_frame(move || {
            let Some(list) = list.get_untracked() else { return };
            let row = list.query_selector("[aria-current=true]").ok().flatten();
            if let Some(row) = row.and_then(|row| row.dyn_into::<web_sys::HtmlElement>().ok()) {
                let middle = row.offset_top() + row.offset_height() / 2;
                list.set_scroll_top(middle - list.client_height() / 2);
            }
        });
    });
}

fn agenda_row(stage: Stage, agenda: Memo<Agenda>, index: usize, section: SectionInfo) -> AnyView {
    let state =
        move || agenda.with(|agenda| agenda.rows.get(index).map_or(State::Next, |row| row.0));
    let time = move || {
        agenda.with(|agenda| agenda.rows.get(index).map(|row| row.1.clone()).unwrap_or_default())
    };
    let is_done = move || state() == State::Done;
    let go = move |_| {
        let first = stage
            .session
            .deck
            .with_untracked(|deck| Some(deck.as_ref()?.sections.get(index)?.first));
        if let Some(first) = first {
            stage.go(first);
        }
    };
    let SectionInfo { title, reporter, .. } = section;
    let title = if title.is_empty() { t().untitled.to_owned() } else { title };
    view! {
        <li>
            <button
                class="agenda-row"
                data-test="agenda-row"
                data-state=text(move || state().name().to_owned())
                {..attr("aria-current", text(move || state().is_on().to_string()))}
                on:click=listener(go)
            >
                <Icon name="tick" />
                <span class="grow ellipsis">{title}</span>
                <span class="reporter ellipsis">{reporter.map(|name| ["@", &name].concat())}</span>
                <span class="tabular">{text(time)}</span>
                <span class="visually-hidden">
                    {text(move || if is_done() { t().presented.to_owned() } else { String::new() })}
                </span>
            </button>
        </li>
    }
    .into_any()
}
