//! The dialog for what a slide's own comment sets: background, transition, visibility, fit, class.

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;

use crate::dialog::{self, Dialog};
use crate::editor::EditorLink;
use crate::erased::listener;
use crate::i18n::t;
use crate::render_protocol::Command;
use crate::session::Session;

const COLOR: &str = "data-background-color";
const IMAGE: &str = "data-background-image";
const TRANSITION: &str = "data-transition";
const VISIBILITY: &str = "data-visibility";
const FIT: &str = "data-fit";
const CLASS: &str = "class";
/// Sets colour and image at once; it is read, and split when the settings are kept.
const BACKGROUND: &str = "data-background";

/// The transitions of reveal.js.
const TRANSITIONS: [&str; 6] = ["none", "fade", "slide", "convex", "concave", "zoom"];

type Attributes = Vec<(String, String)>;

/// Handle to the dialog.
#[derive(Clone, Copy)]
pub(crate) struct SlideSettings {
    session: Session,
    editor: EditorLink,
    dialog: NodeRef<html::Dialog>,
    /// Id and attributes of the slide, as they are being edited.
    slide: StoredValue<u32>,
    attributes: RwSignal<Attributes>,
}

impl SlideSettings {
    /// A closed dialog.
    pub(crate) fn new(session: Session, editor: EditorLink) -> Self {
        Self {
            session,
            editor,
            dialog: NodeRef::new(),
            slide: StoredValue::new(0),
            attributes: RwSignal::new(Vec::new()),
        }
    }

    /// Opens it for the slide under the caret.
    pub(crate) fn open(self) {
        let Some(deck) = self.session.deck.get_untracked() else { return };
        let number = deck.slide_at_line(self.editor.line.get_untracked());
        let Some(slide) = deck.slide(number) else { return };
        self.slide.set_value(slide.id);
        let (_, slides) = self.session.slides();
        self.attributes.set(split_background(attributes(&slides.get(number))));
        dialog::open(self.dialog);
    }

    fn get(self, name: &str) -> String {
        self.attributes.with(|attributes| {
            let found = attributes.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        })
    }

    fn set(self, name: &str, value: &str) {
        self.attributes.update(|attributes| {
            match attributes.iter_mut().find(|(known, _)| known == name) {
                Some(_) if value.is_empty() => attributes.retain(|(known, _)| known != name),
                Some(known) => value.clone_into(&mut known.1),
                None if value.is_empty() => {}
                None => attributes.push((name.to_owned(), value.to_owned())),
            }
        });
    }

    fn keep(self) {
        let editor = self.editor;
        let command = Command::SetAttributes {
            slide: self.slide.get_value(),
            attributes: self.attributes.get_untracked(),
        };
        self.session.perform(command, move |change| editor.apply_fix(&change.edits));
        dialog::close(self.dialog);
        editor.focus();
    }
}

/// The attributes of a rendered slide.
fn attributes(slide: &wasm_bindgen::JsValue) -> Attributes {
    let pairs = js_sys::Array::from(&crate::js::field(slide, "attributes"));
    let text = |value: wasm_bindgen::JsValue| value.as_string().unwrap_or_default();
    pairs
        .iter()
        .map(|pair| {
            let pair = js_sys::Array::from(&pair);
            (text(pair.get(0)), text(pair.get(1)))
        })
        .collect()
}

/// `data-background` is a colour or an image, whichever it looks like.
fn split_background(attributes: Attributes) -> Attributes {
    let is_image = |value: &str| {
        let path = value.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
        let images = [".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif"];
        value.contains("//") || images.iter().any(|end| path.ends_with(end))
    };
    attributes
        .into_iter()
        .map(|(name, value)| match name.as_str() {
            BACKGROUND if is_image(&value) => (IMAGE.to_owned(), value),
            BACKGROUND if !value.contains("gradient") => (COLOR.to_owned(), value),
            _ => (name, value),
        })
        .collect()
}

/// The dialog.
#[component]
pub(crate) fn SlideSettingsDialog(settings: SlideSettings) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        settings.keep();
    };
    let text = move |name: &'static str, label: &'static str, hint: &'static str| {
        view! {
            <label class="field">
                <span>{label}</span>
                <input
                    class="input"
                    placeholder=hint
                    spellcheck="false"
                    data-test=name
                    prop:value=move || settings.get(name)
                    on:input=listener(move |event| settings.set(name, event_target_value(&event).trim()))
                />
            </label>
        }
    };
    let check = move |name: &'static str, value: &'static str, label: &'static str| {
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    data-test=name
                    prop:checked=move || settings.get(name) == value
                    on:change=listener(move |event| {
                        settings.set(name, if event_target_checked(&event) { value } else { "" });
                    })
                />
                {label}
            </label>
        }
    };
    let transitions = TRANSITIONS
        .map(|name| {
            let selected = move || settings.get(TRANSITION) == name;
            view! { <option value=name prop:selected=selected>{name}</option> }
        })
        .map(IntoAny::into_any)
        .collect_view();
    view! {
        <Dialog dialog=settings.dialog title=t().slide_settings test="slide-settings-dialog">
            <form class="form" on:submit=listener(submit)>
                {text(COLOR, t().background_color, "#1c5bd0")}
                {text(IMAGE, t().background_image, "https://…")}
                <label class="field">
                    <span>{t().transition}</span>
                    <select
                        class="input"
                        data-test=TRANSITION
                        on:change=listener(move |event| settings.set(TRANSITION, &event_target_value(&event)))
                    >
                        <option value="">{t().as_the_deck}</option>
                        {transitions}
                    </select>
                </label>
                {text(CLASS, t().css_class, "")}
                {check(VISIBILITY, "hidden", t().hidden_slide)}
                {check(FIT, "off", t().fit_off)}
                <div class="row end">
                    <button
                        type="button"
                        class="button"
                        on:click=listener(move |_| dialog::close(settings.dialog))
                    >
                        {t().cancel}
                    </button>
                    <button class="button primary" data-test="keep-settings">{t().save}</button>
                </div>
            </form>
        </Dialog>
    }
}
