//! What the presenter has beside the slides: notes, clock, time, audience.

use std::time::Duration;

use js_sys::{Array, Date};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{DomParser, Element, Node, SupportedType};

use crate::i18n::{plural, t};
use crate::js::string;
use crate::session::Session;

/// The speaker notes of a slide as plain text. Notes are HTML from strangers: they are read in a
/// document that runs and loads nothing, and only their words get out.
pub(crate) fn notes(slides: &Array, slide: u32) -> String {
    let html = string(&slides.get(slide), "notes");
    if html.is_empty() {
        return html;
    }
    let Ok(parser) = DomParser::new() else { return String::new() };
    let Ok(document) = parser.parse_from_string(&html, SupportedType::TextHtml) else {
        return String::new();
    };
    let mut text = String::new();
    if let Some(body) = document.body() {
        write(&body, &mut text);
    }
    text.trim().to_owned()
}

fn write(node: &Node, out: &mut String) {
    if node.node_type() == Node::TEXT_NODE {
        let text = node.text_content().unwrap_or_default();
        // Line ends in HTML mean nothing.
        let ends_line = out.is_empty() || out.ends_with('\n');
        let text = text.replace('\n', " ");
        out.push_str(if ends_line { text.trim_start() } else { &text });
        return;
    }
    let name = node.dyn_ref::<Element>().map(Element::tag_name).unwrap_or_default();
    let block = matches!(
        name.as_str(),
        "P" | "LI" | "UL" | "OL" | "BLOCKQUOTE" | "PRE" | "TR" | "H1" | "H2" | "H3" | "H4" | "BR"
    );
    if matches!(name.as_str(), "STYLE" | "SCRIPT") {
        return;
    }
    if block && !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    if name == "LI" {
        out.push_str("• ");
    }
    let mut child = node.first_child();
    while let Some(node) = child {
        write(&node, out);
        child = node.next_sibling();
    }
    if name == "P" && !out.ends_with("\n\n") {
        out.push('\n');
    }
}

/// The time of day, the time since `started`, and who follows.
#[component]
pub(crate) fn Times(session: Session, started: ReadSignal<Option<f64>>) -> impl IntoView {
    let (time, set_time) = signal(Date::now());
    let tick = move || _ = set_time.try_set(Date::now());
    let interval = set_interval_with_handle(tick, Duration::from_secs(1)).ok();
    on_cleanup(move || {
        if let Some(interval) = interval {
            interval.clear();
        }
    });
    let clock = move || {
        time.track();
        let date = Date::new_0();
        format!("{:02}:{:02}", date.get_hours(), date.get_minutes())
    };
    let elapsed = move || {
        let since = started.get().unwrap_or(f64::INFINITY);
        let seconds = ((time.get() - since).max(0.0) / 1000.0) as u64;
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if hours > 0 {
            format!("{hours}:{minutes:02}:{seconds:02}")
        } else {
            format!("{minutes}:{seconds:02}")
        }
    };
    let followers = move || session.presented.with(|presented| presented.followers as usize);
    view! {
        <dl class="times tabular">
            <div>
                <dt>{t().clock}</dt>
                <dd>{clock}</dd>
            </div>
            <div>
                <dt>{t().elapsed}</dt>
                <dd data-test="elapsed">{elapsed}</dd>
            </div>
        </dl>
        <span class="followers tabular" data-test="followers">
            {move || plural(t().following_count, followers())}
        </span>
    }
}
