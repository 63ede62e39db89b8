//! Menus that open over the page, after the menu pattern of the ARIA practices guide.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement};

use crate::commands::shown_keys;
use crate::erased::{ElementRef, attr, listener, on};
use crate::js;

/// One entry.
#[derive(Clone)]
pub(crate) struct MenuItem {
    /// Its name in tests.
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// The key that does the same.
    pub(crate) keys: &'static str,
    pub(crate) act: Callback<()>,
}

/// A menu that a button with `popovertarget=id` opens, or [`open_menu`].
#[component]
pub(crate) fn Menu(id: &'static str, label: &'static str, items: Vec<MenuItem>) -> impl IntoView {
    let menu = ElementRef::<html::Div>::new();
    let opened = move |_: Event| {
        if let Some(menu) = menu.get_untracked().filter(|menu| is_open(menu)) {
            focus_first(&menu, "[role=menuitem]");
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Tab" {
            close_menu(id);
        } else {
            rove(&event, "[role=menuitem]", "ArrowUp", "ArrowDown");
        }
    };
    let entry = move |item: MenuItem| {
        let act = move |_| {
            close_menu(id);
            item.act.run(());
        };
        view! {
            <button role="menuitem" {..attr("tabindex", "-1")} class="menu-item" data-test=item.name on:click=listener(act)>
                <span>{item.label}</span>
                <kbd>{shown_keys(item.keys)}</kbd>
            </button>
        }
    };
    view! {
        <div
            {..attr("id", id)}
            node_ref={menu}
            {..attr("popover", "auto")}
            role="menu"
            class="popover popover-menu"
            aria-label={label}
            {..on("toggle", opened)}
            {..on("keydown", on_key)}
        >
            {items.into_iter().map(entry).map(IntoAny::into_any).collect_view()}
        </div>
    }
}

/// Opens a menu beside an element.
pub(crate) fn open_menu(id: &str, beside: &Element) {
    let Some(menu) = js::by_id(id) else { return };
    _ = menu.show_popover();
    place(&menu, beside);
}

/// Puts an open popover below an element, or above it where there is no room, inside the window.
pub(crate) fn place(popover: &HtmlElement, beside: &Element) {
    let button = beside.get_bounding_client_rect();
    let own = popover.get_bounding_client_rect();
    let size =
        |side: Result<wasm_bindgen::JsValue, _>| side.ok().and_then(|s| s.as_f64()).unwrap_or(0.0);
    let (width, height) = (size(window().inner_width()), size(window().inner_height()));
    let left = button.left().min(width - own.width() - 8.0).max(8.0);
    let below = button.bottom() + 4.0;
    let top =
        if below + own.height() > height - 8.0 { button.top() - own.height() - 4.0 } else { below };
    let style = popover.style();
    _ = style
        .set_property("inset", &format!("{}px auto auto {}px", top.max(8.0) as i32, left as i32));
}

fn close_menu(id: &str) {
    if let Some(menu) = js::by_id(id) {
        _ = menu.hide_popover();
    }
}

fn is_open(element: &Element) -> bool {
    element.matches(":popover-open").unwrap_or_default()
}

fn focus_first(container: &Element, selector: &str) {
    let first = container.query_selector(selector).ok().flatten();
    if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
        _ = first.focus();
    }
}

/// Moves the focus among the items of the element that hears the key: with two arrow keys, Home
/// and End. The item with the focus is the only one that Tab reaches.
pub(crate) fn rove(event: &KeyboardEvent, selector: &str, previous: &str, next: &str) {
    let Some(container) = event.current_target().and_then(|t| t.dyn_into::<Element>().ok()) else {
        return;
    };
    let Ok(found) = container.query_selector_all(selector) else { return };
    let items: Vec<HtmlElement> =
        (0..found.length()).filter_map(|n| found.get(n)?.dyn_into().ok()).collect();
    let active = document().active_element();
    let now = items.iter().position(|item| active.as_ref() == Some(item.as_ref()));
    let last = items.len().saturating_sub(1);
    let target = match (event.key(), now) {
        (key, Some(now)) if key == next => {
            if now == last {
                0
            } else {
                now + 1
            }
        }
        (key, Some(now)) if key == previous => {
            if now == 0 {
                last
            } else {
                now - 1
            }
        }
        (key, _) if key == "Home" => 0,
        (key, _) if key == "End" => last,
        _ => return,
    };
    event.prevent_default();
    for (index, item) in items.iter().enumerate() {
        item.set_tab_index(if index == target { 0 } else { -1 });
        if index == target {
            _ = item.focus();
        }
    }
}
