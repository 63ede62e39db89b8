//! The toolbar over the source: one tab stop, arrow keys within.

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;

use crate::commands::{EditorCommand, MORE, TOOLS};
use crate::editor::EditorLink;
use crate::erased::{attr, listener, on};
use crate::i18n::t;
use crate::icons::{Icon, IconButton};
use crate::js;
use crate::menu::{Menu, MenuItem, open_menu, rove};

/// The menu behind "More".
const MENU: &str = "toolbar-more";

/// The toolbar.
#[component]
pub(crate) fn Toolbar(editor: EditorLink, settings: Callback<()>) -> impl IntoView {
    let run = move |name: &'static str| {
        editor.focus();
        editor.run(name);
    };
    // A press would take the focus, and with it the selection's look, from the text.
    let keep_focus = |event: MouseEvent| event.prevent_default();
    let on_key =
        |event: KeyboardEvent| rove(&event, ".toolbar > button", "ArrowLeft", "ArrowRight");
    let tool = move |command: &'static EditorCommand| {
        let name = command.name;
        let tab = if name == "bold" { "0" } else { "-1" };
        view! {
            <button
                class="icon-button"
                {..attr("tabindex", tab)}
                aria-label=command.label()
                title=command.hint()
                data-test=name
                on:click=listener(move |_| run(name))
            >
                <Icon name=command.icon />
            </button>
        }
    };
    let groups = TOOLS
        .iter()
        .map(|group| {
            let tools = group.iter().map(tool).map(IntoAny::into_any).collect_view();
            view! { {tools} <i class="toolbar-gap" {..attr("aria-hidden", "true")}></i> }
        })
        .map(IntoAny::into_any)
        .collect_view();
    let items = MORE.iter().map(|command| MenuItem {
        name: command.name,
        label: command.label(),
        keys: command.keys,
        act: Callback::new(move |()| run(command.name)),
    });
    let more = move |event: MouseEvent| {
        if let Some(button) = js::current_element(&event) {
            open_menu(MENU, &button);
        }
    };
    view! {
        <div
            class="toolbar"
            role="toolbar"
            aria-label=t().formatting
            {..attr("aria-orientation", "horizontal")}
            data-test="toolbar"
            {..on("mousedown", keep_focus)}
            {..on("keydown", on_key)}
        >
            {groups}
            <IconButton
                icon="settings"
                label=t().slide_settings
                test="slide-settings"
                tab="-1"
                act=Callback::new(move |_| settings.run(()))
            />
            <button
                class="icon-button"
                {..attr("tabindex", "-1")}
                aria-label=t().more
                title=t().more
                {..attr("aria-haspopup", "menu")}
                data-test="toolbar-more"
                on:click=listener(more)
            >
                <Icon name="more" />
            </button>
        </div>
        <Menu id=MENU label=t().more items=items.collect() />
    }
}
