//! Line icons, drawn on a grid of 24 units.

use crate::erased::{attr, listener};
use leptos::ev::MouseEvent;
use leptos::prelude::*;

fn path(name: &str) -> &'static str {
    match name {
        "back" => "M15 5l-7 7 7 7",
        "forward" => "M9 5l7 7-7 7",
        "close" => "M6 6l12 12M18 6L6 18",
        "play" => "M7 4.5v15l12-7.5z",
        "link" => {
            "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1"
        }
        "pin" => "M9 4h6M10 4v6l-3 4h10l-3-4V4M12 14v6",
        "board" => "M4 5h16v14H4zM8 9.5l1 1 2-2M13 10h4M8 14.5l1 1 2-2M13 15h4",
        "outline" => "M4 6h16M8 12h12M8 18h12M4 12h.01M4 18h.01",
        "full" => "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
        "dark" => "M4 5h16v11H4zM9 20h6M12 16v4M4 5l16 11",
        "warning" => "M12 4l9 16H3zM12 10v4M12 17h.01",
        "caret" => {
            "M9 4h1a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H9M15 4h-1a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h1"
        }
        "stop" => "M6 6h12v12H6z",
        "edit" => "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4",
        "new-slide" => "M4 5h16v10H4zM12 18v4M10 20h4",
        "bold" => "M8 5h5a3.5 3.5 0 0 1 0 7H8zM8 12h6a3.5 3.5 0 0 1 0 7H8z",
        "italic" => "M10 5h8M6 19h8M14 5l-4 14",
        "strike" => "M4 12h16M16 7a4 3 0 0 0-4-2c-5 0-5 5-1 6M8 17a4 3 0 0 0 4 2c5 0 5-5 2-7",
        "code" => "M8 7l-5 5 5 5M16 7l5 5-5 5",
        "heading" => "M6 5v14M18 5v14M6 12h12",
        "bullets" => "M9 6h11M9 12h11M9 18h11M4 6h.01M4 12h.01M4 18h.01",
        "numbers" => "M10 6h10M10 12h10M10 18h10M4 5l1.5-1v5M4 15h3l-3 4h3",
        "task" => "M4 5h14v14H4zM8 12l3 3 9-9",
        "image" => "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01",
        "table" => "M4 5h16v14H4zM4 10h16M4 14.5h16M12 10v9",
        "new-section" => "M4 4h6v16H4zM17 8v8M13 12h8",
        "settings" => "M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4",
        "more" => "M4.5 12h1M11.5 12h1M18.5 12h1",
        "error" => "M8 3h8l5 5v8l-5 5H8l-5-5V8zM12 8v5M12 16h.01",
        "info" => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 11v5M12 8h.01",
        "fold" => "M9 6l6 6-6 6",
        "tick" => "M5 12.5l4.5 4.5L19 7.5",
        "smaller" => "M4 18l5-12 5 12M6 14h6M16 8h5",
        "larger" => "M3 18l5-12 5 12M5 14h6M15 8h6M18 5v6",
        "keyboard" => "M3 7h18v11H3zM7 11h.01M11 11h.01M15 11h.01M8 15h8",
        "overview" => "M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4zM13 13h7v6h-7z",
        "hold" => "M9 5v14M15 5v14",
        "baton" => "M5 19L16 8M14 6l4 4 2-2-4-4z",
        "share" => {
            "M15 6a3 3 0 1 0 6 0a3 3 0 1 0-6 0M3 12a3 3 0 1 0 6 0a3 3 0 1 0-6 0M15 18a3 3 0 1 0 6 0a3 3 0 1 0-6 0M8.7 10.6l6.6-3.2M8.7 13.4l6.6 3.2"
        }
        "search" => "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l4 4",
        _ => "",
    }
}

/// An icon that stands beside a label, or inside a labelled button.
#[component]
pub(crate) fn Icon(name: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" {..attr("viewBox", "0 0 24 24")} {..attr("aria-hidden", "true")}>
            <path {..attr("d", path(name))} />
        </svg>
    }
}

/// A button that shows an icon and says its label.
#[component]
pub(crate) fn IconButton(
    icon: &'static str,
    #[prop(into)] label: String,
    test: &'static str,
    act: Callback<MouseEvent>,
    #[prop(default = "icon-button")] class: &'static str,
    #[prop(default = "0")] tab: &'static str,
) -> impl IntoView {
    view! {
        <button
            class={class}
            {..attr("tabindex", tab)}
            aria-label=label.clone()
            title=label
            data-test=test
            on:click=listener(move |event| act.run(event))
        >
            <Icon name=icon />
        </button>
    }
}

/// The sign of Ondeck: two slides, the front one lit.
#[component]
pub(crate) fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" {..attr("viewBox", "0 0 28 28")} {..attr("aria-hidden", "true")}>
            <rect class="logo-back" {..attr("x", "8")} {..attr("y", "4")} {..attr("width", "17")} {..attr("height", "13")} {..attr("rx", "3")} />
            <rect class="logo-front" {..attr("x", "3")} {..attr("y", "10")} {..attr("width", "19")} {..attr("height", "14")} {..attr("rx", "3")} />
            <path class="logo-mark" {..attr("d", "M10 13.5v7l6-3.5z")} />
        </svg>
    }
}
