//! The bar between two panes, after the window splitter pattern of the ARIA practices guide.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::erased::listener;
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
    let bar = NodeRef::<html::Div>::new();
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
            class:dragging=move || dragging.get()
            role="separator"
            tabindex="0"
            aria-label=t().splitter
            aria-controls=controls
            aria-valuemin=LEAST.to_string()
            aria-valuemax=MOST.to_string()
            aria-valuenow=move || share.get().to_string()
            data-test="splitter"
            on:keydown=listener(on_key)
            on:dblclick=listener(move |_| set(MIDDLE))
            on:pointerdown=listener(on_down)
            on:pointermove=listener(on_move)
            on:pointerup=listener(move |_| dragging.set(false))
            on:lostpointercapture=listener(move |_| dragging.set(false))
        ></div>
    }
}

fn window_width() -> f64 {
    window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or_default()
}
