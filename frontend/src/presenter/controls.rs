//! The buttons at the foot of the presenter's page.

use leptos::prelude::*;

use super::baton::BatonMenu;
use super::stage::{Baton, Stage};
use crate::erased::{attr, flag, listener, text, when};
use crate::i18n::{plural, t};
use crate::icons::{Icon, IconButton};
use crate::js;

/// The buttons.
#[component]
pub(crate) fn Controls(stage: Stage, links: Callback<()>, help: Callback<()>) -> impl IntoView {
    let Stage { frame, baton, .. } = stage;
    let may_end = move || {
        baton.get() == Baton::Held
            || stage.session.presented.with(|presented| presented.host && presented.active)
    };
    view! {
        <section class="controls" aria-label=t().controls>
            <div class="control-group">
                {control("link", t().audience_link, "copy-follow", move || links.run(()))}
                <BatonMenu stage />
                {control("keyboard", t().keys, "keys", move || help.run(()))}
            </div>
            <div class="control-group control-steps">
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
            </div>
            <div class="control-group">
                {control("overview", t().overview, "overview", move || frame.press("Escape"))}
                <button
                    class="button"
                    title=t().blackout
                    {..attr("aria-pressed", text(move || stage.dark.get().to_string()))}
                    data-test="blackout"
                    on:click=listener(move |_| stage.toggle_blackout())
                >
                    <Icon name="dark" />
                    <span class="control-label">{t().blackout}</span>
                </button>
                <Hold stage />
                {control("full", t().fullscreen, "fullscreen", js::toggle_fullscreen)}
                <button
                    class="button danger"
                    {..attr("disabled", flag(move || !may_end()))}
                    data-test="end"
                    on:click=listener(move |_| stage.end())
                >
                    <Icon name="stop" />
                    {t().end}
                </button>
            </div>
        </section>
    }
}

/// A button whose label gives way to its icon where there is little room.
fn control(
    icon: &'static str,
    label: &'static str,
    test: &'static str,
    act: impl Fn() + 'static,
) -> AnyView {
    view! {
        <button class="button" title=label data-test=test on:click=listener(move |_| act())>
            <Icon name=icon />
            <span class="control-label">{label}</span>
        </button>
    }
    .into_any()
}

/// Keeps edits from the audience, and lets them through again.
#[component]
fn Hold(stage: Stage) -> impl IntoView {
    let presented = stage.session.presented;
    let is_held = move || presented.with(|presented| presented.held);
    let edits = move || presented.with(|presented| presented.held_edits as usize);
    view! {
        <button
            class="button"
            title=t().hold_hint
            {..attr("disabled", flag(move || stage.baton.get() != Baton::Held))}
            data-test="hold"
            class:primary=flag(is_held)
            on:click=listener(move |_| stage.session.hold(!untrack(is_held)))
        >
            <Icon name="hold" />
            {when(move || is_held() && edits() > 0, move || view! {
                <span class="tabular" data-test="held-count">
                    {text(move || plural(t().held_edits, edits()))}
                </span>
            }.into_any())}
            <span>{text(move || if is_held() { t().release } else { t().hold }.to_owned())}</span>
        </button>
    }
}
