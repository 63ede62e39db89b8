//! The bar between two panes, after the window splitter pattern of the ARIA practices guide.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement};

use crate::erased::{ElementRef, attr, flag, on, text};
use crate::i18n::t;
use crate::store;

/// Where the bar stands at first and after a double click, in percent.
const MIDDLE: u32 = 50;
/// How far it can go: beyond that a pane is of no use.
const LEAST: u32 = 20;
const MOST: u32 = 80;

/// The first pane's share that this browser remembers.
pub(crate) fn remembered() -> RwSignal<u32> {
    let share = store::get("split").and_then(|share| share.parse().ok()).unwrap_or(MIDDLE);
    RwSignal::new(u32::clamp(share, LEAST, MOST))
}

/// A draggable bar that sets `share`, the percentage of the first pane in the bar's parent.
#[component]
pub(crate) fn Splitter(share: RwSignal<u32>, controls: &'static str) -> impl IntoView {
    let bar = ElementRef::<html::Div>::new();
    let before_collapse = StoredValue::new(MIDDLE);
    let dragging = RwSignal::new(false);
    let set = move |percent: u32| {
        let percent = percent.clamp(LEAST, MOST);
        share.set(percent);
        store::set("split", &percent.to_string());
    };
    let on_key = move |event: KeyboardEvent| {
        let step = if event.shift_key() { 10 } else { 2 };
        let now = share.get_untracked();
        match event.key().as_str() {
            "ArrowLeft" | "ArrowUp" => set(now - step),
            "ArrowRight" | "ArrowDown" => set(now + step),
            "Home" => set(LEAST),
            "End" => set(MOST),
            "Enter" if now > LEAST => {
                before_collapse.set_value(now);
                set(LEAST);
            }
            "Enter" => set(before_collapse.get_value()),
            _ => return,
        }
        event.prevent_default();
    };
    let on_down = move |event: PointerEvent| {
        if let Some(bar) = bar.get_untracked() {
            _ = bar.set_pointer_capture(event.pointer_id());
            dragging.set(true);
        }
    };
    let on_move = move |event: PointerEvent| {
        let parent = bar.get_untracked().and_then(|bar| bar.parent_element());
        if !dragging.get_untracked() {
            return;
        }
        let Some(panes) = parent.as_ref().and_then(JsCast::dyn_ref::<HtmlElement>) else { return };
        let area = panes.get_bounding_client_rect();
        let stacked = area.width() < 1024.0 && window_width() < 1024.0;
        let percent = if stacked {
            (f64::from(event.client_y()) - area.top()) / area.height()
        } else {
            (f64::from(event.client_x()) - area.left()) / area.width()
        };
        set((percent * 100.0).round() as u32);
    };
    view! {
        <div
            node_ref=bar
            class="splitter"
            class:dragging=flag(move || dragging.get())
            role="separator"
            {..attr("tabindex", "0")}
            aria-label=t().splitter
            {..attr("aria-controls", controls)}
            {..attr("aria-valuemin", LEAST.to_string())}
            {..attr("aria-valuemax", MOST.to_string())}
            {..attr("aria-valuenow", text(move || share.get().to_string()))}
            data-test="splitter"
            {..on("keydown", on_key)}
            {..on("dblclick", move |_: Event| set(MIDDLE))}
            {..on("pointerdown", on_down)}
            {..on("pointermove", on_move)}
            {..on("pointerup", move |_: Event| dragging.set(false))}
            {..on("lostpointercapture", move |_: Event| dragging.set(false))}
        ></div>
    }
}

fn window_width() -> f64 {
    window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or_default()
}
