//! What the page knows of a frame: the deck in it, where it is, and the messages to it.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use js_sys::{Array, JSON, Object};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, MessagePort};

use super::{At, FrameEvent};
use crate::js::{self, field, object};
use crate::presenter::frozen::{self, Step};
use crate::render::{Rendering, patch_head};
use crate::render_protocol::Answer;
use crate::session::Session;
use crate::store;

/// A deck that stands still while the text goes on.
#[derive(Clone)]
pub(crate) struct FrozenDeck {
    pub(crate) config: JsValue,
    pub(crate) slides: Array,
    /// Which slides of the session these are; 0 for none.
    pub(crate) ids: Arc<Vec<u32>>,
}

/// The number of a slide that is not in the deck.
pub(super) const GONE: u32 = u32::MAX;

/// Where the frame should be after a rendering, given where its slide went.
pub(super) type Place = Box<dyn Fn(At, &Answer) -> At>;

pub(super) struct Inner {
    pub(super) session: Session,
    pub(super) role: &'static str,
    pub(super) place: Place,
    pub(super) tell: Box<dyn Fn(FrameEvent)>,
    pub(super) port: RefCell<Option<Port>>,
    /// The deck was sent.
    pub(super) loaded: Cell<bool>,
    pub(super) at: Cell<At>,
    /// The person's movement in the frame that was heard of last. The frame does not go where it is told
    /// by somebody who does not know of a later one.
    pub(super) heard: Cell<f64>,
    pub(super) frozen: RefCell<Option<FrozenDeck>>,
}

pub(super) struct Port {
    pub(super) port: MessagePort,
    pub(super) _heard: Closure<dyn FnMut(MessageEvent)>,
}

impl Drop for Port {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}

impl Inner {
    pub(super) fn send(&self, kind: &str, fields: &[(&str, JsValue)]) {
        let message = object(fields);
        self.post(kind, &message);
    }

    pub(super) fn post(&self, kind: &str, message: &Object) {
        _ = js_sys::Reflect::set(message, &"type".into(), &kind.into());
        _ = js_sys::Reflect::set(message, &"heard".into(), &self.heard.get().into());
        if let Some(port) = &*self.port.borrow() {
            _ = port.port.post_message(message);
        }
    }

    /// The deck that is shown: its configuration and its slides.
    pub(super) fn deck(&self) -> (JsValue, Array) {
        match &*self.frozen.borrow() {
            Some(deck) => (deck.config.clone(), deck.slides.clone()),
            None => self.session.slides(),
        }
    }

    pub(super) fn number_now(&self, slide: u32, answer: &Answer) -> Option<u32> {
        match &*self.frozen.borrow() {
            Some(deck) => frozen::to_now(slide, &deck.ids, &ids_of(answer)),
            None => Some(slide),
        }
    }

    pub(super) fn number_shown(&self, slide: u32, answer: &Answer) -> Option<u32> {
        match &*self.frozen.borrow() {
            Some(deck) => frozen::to_frozen(slide, &deck.ids, &ids_of(answer)),
            None => Some(slide),
        }
    }

    /// Where the page wants the frame that is at `own`. The page speaks of the deck as it is now.
    pub(super) fn placed(&self, own: At, answer: &Answer) -> At {
        let now = self.number_now(own.slide, answer);
        let asked = (self.place)(At { slide: now.unwrap_or(GONE), ..own }, answer);
        if Some(asked.slide) == now {
            return At { slide: own.slide, ..asked };
        }
        self.number_shown(asked.slide, answer).map_or(own, |slide| At { slide, ..asked })
    }

    /// The slides of the deck that is shown: which they are, and all that is on them.
    fn keyed(&self, answer: &Answer) -> Vec<(u32, String)> {
        let ids = match &*self.frozen.borrow() {
            Some(deck) => deck.ids.to_vec(),
            None => ids_of(answer),
        };
        let text = |slide| JSON::stringify(&slide).map(String::from).unwrap_or_default();
        ids.into_iter().zip(self.deck().1.iter().map(text)).collect()
    }

    pub(super) fn freeze(&self, deck: Option<FrozenDeck>) -> Option<At> {
        let Some(answer) = self.session.deck.get_untracked() else {
            self.frozen.replace(deck);
            return None;
        };
        let before = self.keyed(&answer);
        let own = self.at.get();
        let now = self.number_now(own.slide, &answer);
        self.frozen.replace(deck);
        let slide = now.and_then(|now| self.number_shown(now, &answer)).unwrap_or_default();
        let at = self.placed(At { slide, ..own }, &answer);
        self.at.set(at);
        let (config, slides) = self.deck();
        let patches: Array = frozen::steps(&before, &self.keyed(&answer))
            .into_iter()
            .map(|step| patch(step, &slides))
            .collect();
        let config = self.config(&config);
        self.send("patch", &[("patches", patches.into()), ("config", config), ("at", at.to_js())]);
        Some(at)
    }

    /// The text was rendered, but its slides are not those that are shown.
    pub(super) fn follow(&self, answer: &Answer) {
        // What only shows what comes next is told where to be.
        if self.role == "preview" {
            return;
        }
        let at = self.placed(self.at.get(), answer);
        if self.at.replace(at) != at {
            self.send("go", &[("index", at.slide.into()), ("fragment", at.fragment.into())]);
        }
    }

    /// The whole deck.
    pub(super) fn load(&self, answer: &Answer) {
        let (config, slides) = self.deck();
        let at = clamp(self.placed(self.at.get(), answer), slides.length());
        self.at.set(at);
        if self.port.borrow().is_none() {
            return;
        }
        self.loaded.set(true);
        self.send(
            "deck",
            &[("config", self.config(&config)), ("slides", slides.into()), ("at", at.to_js())],
        );
    }

    pub(super) fn patch(&self, rendering: &Rendering) {
        let before = self.at.get();
        let slide = carry_slide(before.slide, &rendering.slides);
        let carried = At { slide, ..before };
        let count = rendering.answer.slides.len() as u32;
        let at = clamp(self.placed(carried, &rendering.answer), count);
        self.at.set(at);
        if rendering.slides.length() == 0 && rendering.config.is_none() {
            if at != before {
                self.send("go", &[("index", at.slide.into()), ("fragment", at.fragment.into())]);
            }
            return;
        }
        let message = object(&[("patches", rendering.slides.clone().into()), ("at", at.to_js())]);
        if let Some(config) = &rendering.config {
            _ = js_sys::Reflect::set(&message, &"config".into(), &self.config(config));
        }
        self.post("patch", &message);
    }

    pub(super) fn config(&self, deck: &JsValue) -> JsValue {
        let own = object(&[
            ("role", self.role.into()),
            ("reducedMotion", js::reduced_motion().into()),
            ("singleKeys", has_single_keys().into()),
            // What opens the deck's pictures: the frame has no cookie that would.
            ("pictures", self.session.pictures.get_untracked().into()),
        ]);
        Object::assign(&own, deck.unchecked_ref()).into()
    }
}

/// Where a slide is after patches; one that was removed gives its place to the next.
fn carry_slide(slide: u32, patches: &Array) -> u32 {
    patches.iter().fold(slide, |slide, patch| {
        let (op, index) = patch_head(&patch);
        match op.as_str() {
            "insert" if index <= slide => slide + 1,
            "remove" if index < slide => slide - 1,
            _ => slide,
        }
    })
}

fn clamp(at: At, count: u32) -> At {
    let last = count.saturating_sub(1);
    if at.slide > last { At::start(last) } else { at }
}

/// The ids of all slides.
pub(crate) fn ids_of(answer: &Answer) -> Vec<u32> {
    answer.slides.iter().map(|slide| slide.id).collect()
}

/// A step as the frame is told of it.
fn patch(step: Step, slides: &Array) -> JsValue {
    let (op, index) = match step {
        Step::Remove(index) => ("remove", index),
        Step::Insert(index) => ("insert", index),
        Step::Replace(index) => ("replace", index),
    };
    let slide = if op == "remove" { JsValue::UNDEFINED } else { slides.get(index) };
    object(&[("op", op.into()), ("index", index.into()), ("slide", slide)]).into()
}

/// Whether a slide is left out of the show.
pub(super) fn is_hidden(slide: &JsValue) -> bool {
    Array::from(&field(slide, "attributes")).iter().any(|attribute| {
        let attribute = Array::from(&attribute);
        attribute.get(0) == "data-visibility" && attribute.get(1) == "hidden"
    })
}

/// Whether keys without a modifier do something.
pub(crate) fn has_single_keys() -> bool {
    store::get("single-keys").is_none_or(|keys| keys != "off")
}
