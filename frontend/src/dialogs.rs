//! The dialogs that a page opens only when somebody asks for one: a module of their own
//! (`frontend/js/dialogs.ts`), loaded once somebody does something.

use std::cell::Cell;

use js_sys::{Function, Object};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::account::account;
use crate::editor::EditorLink;
use crate::erased::spawn;
use crate::frame::{Frame, has_single_keys};
use crate::i18n::t;
use crate::js::{self, field, object};
use crate::people::own_profile;
use crate::render_protocol::Command;
use crate::session::Session;
use crate::store;
use crate::toast::Toasts;

/// Gets the module, once, so that its dialogs open also when the server is away later.
pub(crate) fn load() {
    thread_local!(static ASKED: Cell<bool> = const { Cell::new(false) });
    if !ASKED.replace(true) {
        spawn(async {
            // Whoever opens one is told that it did not come.
            _ = module().await;
        });
    }
}

async fn module() -> Result<JsValue, JsValue> {
    JsFuture::from(js::import_module(&js::meta("dialogs-js"))).await
}

/// A callback that opens a dialog by its name in the module, given what `options` says then.
fn opener(
    dialog: &'static str,
    options: impl Fn() -> Option<Object> + Send + Sync + 'static,
) -> Callback<()> {
    let toasts = expect_context::<Toasts>();
    Callback::new(move |()| {
        if let Some(options) = options() {
            spawn(open(dialog, options, toasts));
        }
    })
}

async fn open(dialog: &'static str, options: Object, toasts: Toasts) {
    let opened = match module().await {
        Ok(module) => {
            let open: Function = field(&module, dialog).unchecked_into();
            open.call1(&JsValue::UNDEFINED, &options)
        }
        error => error,
    };
    if opened.is_err() {
        toasts.say(t().not_loaded);
    }
}

/// What a dialog hands its result to.
fn done(act: impl FnMut(JsValue) + 'static) -> JsValue {
    let act: Box<dyn FnMut(JsValue)> = Box::new(act);
    Closure::wrap(act).into_js_value()
}

/// Who may do what with a deck.
pub(crate) fn share(session: Session) -> Callback<()> {
    opener("openShare", move || Some(of_deck(session)))
}

/// The links of a presentation, for the audience and for the presenter's phone.
pub(crate) fn links(session: Session) -> Callback<()> {
    opener("openLinks", move || Some(of_deck(session)))
}

fn of_deck(session: Session) -> Object {
    let is_member = !account().name.is_empty();
    object(&[
        ("deck", session.deck_id().into()),
        ("name", own_profile().name.into()),
        ("isMember", is_member.into()),
        ("canSignIn", (!account().sign_in.is_empty()).into()),
    ])
}

/// What the comment of the slide under the caret sets.
pub(crate) fn slide_settings(session: Session, editor: EditorLink) -> Callback<()> {
    opener("openSlideSettings", move || {
        let deck = session.deck.get_untracked()?;
        let number = deck.slide_at_line(editor.line.get_untracked());
        let slide = deck.slide(number)?.id;
        let keep = move |attributes: JsValue| {
            let command = Command::SetAttributes { slide, attributes: pairs(&attributes) };
            session.perform(command, move |change| editor.apply_fix(&change.edits));
            editor.focus();
        };
        let attributes = field(&session.slides().1.get(number), "attributes");
        Some(object(&[("attributes", attributes), ("done", done(keep))]))
    })
}

fn pairs(attributes: &JsValue) -> Vec<(String, String)> {
    let text = |value: JsValue| value.as_string().unwrap_or_default();
    let pairs = js_sys::Array::from(attributes);
    let pairs = pairs.iter().map(|pair| js_sys::Array::from(&pair));
    pairs.map(|pair| (text(pair.get(0)), text(pair.get(1)))).collect()
}

/// The keys of the presenter's page, and whether single ones do anything.
pub(crate) fn help(frame: StoredValue<Option<Frame>>) -> Callback<()> {
    opener("openHelp", move || {
        let switch = move |on: JsValue| {
            store::set("single-keys", if on.is_truthy() { "on" } else { "off" });
            if let Some(frame) = frame.get_value() {
                frame.reconfigure();
            }
        };
        Some(object(&[("singleKeys", has_single_keys().into()), ("done", done(switch))]))
    })
}
