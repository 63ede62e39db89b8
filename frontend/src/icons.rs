//! Line icons, drawn on a grid of 24 units.

use leptos::prelude::*;

fn path(name: &str) -> &'static str {
    match name {
        "add" => "M12 5v14M5 12h14",
        "back" => "M15 5l-7 7 7 7",
        "forward" => "M9 5l7 7-7 7",
        "close" => "M6 6l12 12M18 6L6 18",
        "play" => "M7 4.5v15l12-7.5z",
        "link" => {
            "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1"
        }
        "pin" => "M9 4h6M10 4v6l-3 4h10l-3-4V4M12 14v6",
        "outline" => "M4 6h16M8 12h12M8 18h12M4 12h.01M4 18h.01",
        "bin" => "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
        "download" => "M12 4v11M7 11l5 5 5-5M5 20h14",
        "import" => "M12 16V4M7 9l5-5 5 5M5 20h14",
        "full" => "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
        "dark" => "M4 5h16v11H4zM9 20h6M12 16v4M4 5l16 11",
        "warning" => "M12 4l9 16H3zM12 10v4M12 17h.01",
        "caret" => {
            "M9 4h1a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H9M15 4h-1a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h1"
        }
        "stop" => "M6 6h12v12H6z",
        "edit" => "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4",
        "new-slide" => "M4 5h16v10H4zM12 18v4M10 20h4",
        _ => "",
    }
}

/// An icon that stands beside a label, or inside a labelled button.
#[component]
pub(crate) fn Icon(name: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=path(name) />
        </svg>
    }
}

/// The sign of Ondeck: two slides, the front one lit.
#[component]
pub(crate) fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" viewBox="0 0 28 28" aria-hidden="true">
            <rect class="logo-back" x="8" y="4" width="17" height="13" rx="3" />
            <rect class="logo-front" x="3" y="10" width="19" height="14" rx="3" />
            <path class="logo-mark" d="M10 13.5v7l6-3.5z" />
        </svg>
    }
}
