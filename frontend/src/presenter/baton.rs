//! The baton: who drives, taking it, and handing it over.

use leptos::prelude::*;

use super::schedule::reports;
use super::stage::{Baton, Stage};
use crate::erased::{attr, effect, flag, listener, memo, text, views, when};
use crate::i18n::{fill, lowercase, t};
use crate::icons::Icon;
use crate::js;
use crate::menu::open_menu;
use crate::people::{PersonView, own_profile};
use crate::toast::Toasts;

/// Offers the baton to whoever reports in a section, as soon as the driver gets there: once each time.
pub(crate) fn offer_to_reporters(stage: Stage) {
    let session = stage.session;
    // The id of a section's first slide tells it from others, wherever it is moved to.
    let entered = memo(move |_| {
        let slide = stage.slide.get();
        session.deck.with(|deck| {
            let deck = deck.as_ref()?;
            let section = deck.sections.get(deck.slide(slide)?.section as usize)?;
            Some(deck.slide(section.first)?.id)
        })
    });
    let driving = memo(move |_| stage.is_driving());
    let before = StoredValue::new(None);
    effect(move || {
        let section = entered.get();
        // Whoever has just got the baton is where it was handed over.
        if !driving.get() {
            before.set_value(None);
            return;
        }
        let first = before.get_value().is_none();
        let is_new = section.is_some() && before.get_value() != section;
        before.set_value(section);
        if is_new && !first {
            untrack(move || offer_here(stage));
        }
    });
}

/// Offers the baton to the reporter of the section that is shown.
fn offer_here(stage: Stage) {
    let own = own_profile().name;
    let reporters = stage.session.deck.with(|deck| {
        let deck = deck.as_ref()?;
        let section = deck.slide(stage.slide.get())?.section;
        deck.sections.get(section as usize)?.reporter.clone()
    });
    let Some(reporters) = reporters.filter(|reporters| !reports(&own, reporters, lowercase)) else {
        return;
    };
    let found = stage.session.people.with(|people| {
        let reporter = |person: &&PersonView| reports(&person.profile.name, &reporters, lowercase);
        // Somebody with two pages open looks at the one where they write.
        let writes = people.iter().filter(reporter).find(|person| person.caret.is_some());
        writes.or_else(|| people.iter().find(reporter)).map(|person| person.id)
    });
    if let Some(id) = found {
        stage.offer(id);
    }
}

/// Says who presents when it is not this page.
#[component]
pub(crate) fn BatonBar(stage: Stage) -> impl IntoView {
    let presented = stage.session.presented;
    let is_other = move || {
        presented.with(|presented| !presented.driving && presented.driver.is_some())
            && stage.baton.get() == Baton::Left
    };
    let is_idle = move || stage.baton.get() == Baton::Left && !is_other();
    let words = move || {
        presented.with(|presented| match &presented.driver {
            Some(name) if presented.away => fill(t().lost_connection, &[name]),
            Some(name) => fill(t().is_presenting, &[name]),
            None if presented.active => t().waiting.to_owned(),
            None => t().nobody_presents.to_owned(),
        })
    };
    view! {
        {when(move || is_other() || is_idle(), move || view! {
            <div class="bar bar-info" role="status" data-test="baton">
                <span class="grow">{text(words)}</span>
                <button
                    class="button primary"
                    on:click=listener(move |_| stage.take_over())
                    data-test="take-over"
                >
                    {text(move || take_label(stage, is_other()))}
                </button>
            </div>
        }.into_any())}
    }
}

fn take_label(stage: Stage, from_other: bool) -> String {
    let host = stage.session.presented.with(|presented| presented.host);
    match (from_other, host) {
        (false, _) => t().start,
        (true, true) => t().take_back,
        (true, false) => t().take_over,
    }
    .to_owned()
}

/// The button with the people to whom the driver can hand over.
#[component]
pub(crate) fn BatonMenu(stage: Stage) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let session = stage.session;
    let opened = RwSignal::new(0_u32);
    // As it was when the menu was opened: it does not change under the finger.
    let people = move || {
        opened.track();
        let own = own_profile();
        session.people.with_untracked(|people| {
            let mut list: Vec<(u64, String)> = Vec::new();
            for person in people.iter().filter(|person| person.profile != own) {
                let name = &person.profile.name;
                if !list.iter().any(|(_, other)| other == name) {
                    list.push((person.id, name.clone()));
                }
            }
            list
        })
    };
    let entry = move |(id, name): (u64, String)| {
        let label = fill(t().hand_over, &[&name]);
        let offer = move |_| {
            close();
            stage.offer(id);
            toasts.say(fill(t().offered_to, &[&name]));
        };
        view! {
            <button class="menu-item" data-test="hand-over" on:click=listener(offer)>{label}</button>
        }
        .into_any()
    };
    let open = move |event: leptos::ev::MouseEvent| {
        opened.update(|opened| *opened = opened.wrapping_add(1));
        // Where it goes depends on how many people are in it.
        if let Some(button) = js::current_element(&event) {
            request_animation_frame(move || open_menu("baton-menu", &button));
        }
    };
    view! {
        <button
            class="button"
            title=t().baton
            {..attr("aria-haspopup", "true")}
            {..attr("disabled", flag(move || stage.baton.get() != Baton::Held))}
            data-test="baton-menu"
            on:click=listener(open)
        >
            <Icon name="baton" />
            <span class="control-label">{t().baton}</span>
        </button>
        <div {..attr("id", "baton-menu")} {..attr("popover", "auto")} class="popover popover-menu" role="group" aria-label=t().baton>
            {views(move || {
                let people = people();
                if people.is_empty() {
                    return view! { <p class="muted">{t().nobody_here}</p> }.into_any();
                }
                people.into_iter().map(entry).collect_view().into_any()
            })}
        </div>
    }
}

fn close() {
    if let Some(menu) = js::by_id("baton-menu") {
        _ = menu.hide_popover();
    }
}
