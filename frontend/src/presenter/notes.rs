//! The speaker notes of the slide that is shown, in the size that the person reads best.

use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{DomParser, Element, Node, SupportedType};

use super::stage::Stage;
use crate::erased::{attr, effect, text, when};
use crate::i18n::t;
use crate::icons::IconButton;
use crate::js::string;
use crate::store;

/// Sizes of the notes, in pixels.
const SIZES: std::ops::RangeInclusive<u32> = 14..=44;
const USUAL_SIZE: u32 = 18;
const STEP: i32 = 3;

/// The notes and the buttons for their size.
#[component]
pub(crate) fn Notes(stage: Stage) -> impl IntoView {
    let words = RwSignal::new(String::new());
    // The audience never sees notes: they are those of the text as it is now, also while it is held.
    effect(move || {
        let slide = stage.slide.get();
        stage.session.deck.track();
        words.set(plain_notes(&stage.session.slides().1, slide));
    });
    let kept = store::get("notes-size").and_then(|size| size.parse().ok());
    let size = RwSignal::new(kept.unwrap_or(USUAL_SIZE));
    let resize = move |by: i32| {
        let next =
            size.get_untracked().saturating_add_signed(by).clamp(*SIZES.start(), *SIZES.end());
        store::set("notes-size", &next.to_string());
        size.set(next);
    };
    view! {
        <section class="present-notes" aria-label=t().notes>
            <div class="present-head">
                <h2 class="label grow">{t().notes}</h2>
                <IconButton
                    icon="smaller"
                    label=t().notes_smaller
                    test="notes-smaller"
                    act=Callback::new(move |_| resize(-STEP))
                />
                <IconButton
                    icon="larger"
                    label=t().notes_larger
                    test="notes-larger"
                    act=Callback::new(move |_| resize(STEP))
                />
            </div>
            <div
                class="notes"
                {..attr("tabindex", "0")}
                role="group"
                aria-label=t().notes
                data-scrolls
                data-test="notes"
                style=("font-size", text(move || [&*size.get().to_string(), "px"].concat()))
            >
                {text(move || words.get())}
                {when(move || words.with(String::is_empty), move || view! {
                    <span class="muted">{t().no_notes}</span>
                }.into_any())}
            </div>
        </section>
    }
}

/// The speaker notes of a slide as plain text. Notes are HTML from strangers: they are read in a
/// document that runs and loads nothing, and only their words get out.
fn plain_notes(slides: &Array, slide: u32) -> String {
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
