//! The slides frame: a sandboxed page of its own that draws slides, and the port to it.
//!
//! The frame gets every change of the deck together with the place it should show afterwards,
//! so that it never jumps in between. Which place that is, is the page's business (`Place`).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Object};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{MessageChannel, MessageEvent, MessagePort};

use crate::i18n::t;
use crate::js::{self, field, number, object, string};
use crate::render::patch_head;
use crate::render_protocol::Answer;
use crate::session::{News, Session};

/// A slide number and the last fragment shown there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) slide: u32,
    pub(crate) fragment: i32,
}

impl At {
    /// A slide before its first fragment.
    pub(crate) fn start(slide: u32) -> Self {
        Self { slide, fragment: -1 }
    }

    /// A slide with all that is on it; the frame knows how many fragments that are.
    pub(crate) fn whole(slide: u32) -> Self {
        Self { slide, fragment: 9_999 }
    }

    fn to_js(self) -> JsValue {
        object(&[("index", self.slide.into()), ("fragment", self.fragment.into())]).into()
    }
}

/// What happens in the frame.
pub(crate) enum FrameEvent {
    /// The person went there.
    Moved(At),
    /// The person clicked on a slide, on something from this line (from the slide's first).
    Clicked { slide: u32, line: Option<u32> },
    /// The person stopped following.
    Roams,
    /// A key that belongs to the page.
    Key(String),
    /// Ctrl or Cmd+K: the command palette.
    Palette,
    /// These slides do not fit, however small their text.
    Overflow(Vec<u32>),
}

/// Where the frame should be after a rendering, given where its slide went.
type Place = Box<dyn Fn(At, &Answer) -> At>;

struct Inner {
    session: Session,
    role: &'static str,
    place: Place,
    tell: Box<dyn Fn(FrameEvent)>,
    port: RefCell<Option<Port>>,
    /// The deck was sent.
    loaded: Cell<bool>,
    at: Cell<At>,
}

struct Port {
    port: MessagePort,
    _heard: Closure<dyn FnMut(MessageEvent)>,
}

impl Drop for Port {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}

/// Handle to a frame.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    inner: StoredValue<Rc<Inner>, LocalStorage>,
    /// Where it is.
    pub(crate) at: RwSignal<At>,
    /// The deck is on the screen.
    pub(crate) shown: RwSignal<bool>,
}

impl Frame {
    /// A frame for `role` (preview, presenter or follower).
    pub(crate) fn new(
        session: Session,
        role: &'static str,
        place: impl Fn(At, &Answer) -> At + 'static,
        tell: impl Fn(FrameEvent) + 'static,
    ) -> Self {
        let at = RwSignal::new(At::start(0));
        let shown = RwSignal::new(false);
        let tell = move |event| {
            if let FrameEvent::Moved(place) = event {
                at.set(place);
            }
            tell(event);
        };
        let inner = Rc::new(Inner {
            session,
            role,
            place: Box::new(place),
            tell: Box::new(tell),
            port: RefCell::new(None),
            loaded: Cell::new(false),
            at: Cell::new(At::start(0)),
        });
        let frame = Self { inner: StoredValue::new_local(inner), at, shown };
        session.listen(move |news| {
            if let News::Slides(rendering) = news {
                frame.rendered(rendering.answer.full, rendering);
            }
        });
        frame
    }

    fn with<T>(self, act: impl FnOnce(&Rc<Inner>) -> T) -> Option<T> {
        self.inner.try_with_value(Rc::clone).as_ref().map(act)
    }

    /// Goes to a place.
    pub(crate) fn go(self, at: At) {
        self.with(|inner| {
            if inner.at.replace(at) != at {
                inner.send("go", &[("index", at.slide.into()), ("fragment", at.fragment.into())]);
            }
        });
        self.at.set(at);
    }

    /// One step on, as if the person had pressed the key in the frame.
    pub(crate) fn next(self) {
        self.with(|inner| inner.send("next", &[]));
    }

    /// One step back.
    pub(crate) fn previous(self) {
        self.with(|inner| inner.send("prev", &[]));
    }

    /// Makes it dark or bright.
    pub(crate) fn blackout(self, on: bool) {
        self.with(|inner| inner.send("blackout", &[("on", on.into())]));
    }

    /// Whether the person's keys start roaming instead of moving.
    pub(crate) fn follow(self, on: bool) {
        self.with(|inner| inner.send("follow", &[("on", on.into())]));
    }

    /// Asks the page again where the frame should be.
    pub(crate) fn place_again(self) {
        let placed = self.with(|inner| {
            let deck = inner.session.deck.get_untracked()?;
            Some((inner.place)(inner.at.get(), &deck))
        });
        if let Some(at) = placed.flatten() {
            self.go(at);
        }
    }

    fn rendered(self, full: bool, rendering: &crate::render::Rendering) {
        let at = self.with(|inner| {
            if full || !inner.loaded.get() {
                inner.load(&rendering.answer);
            } else {
                inner.patch(rendering);
            }
            inner.at.get()
        });
        if let Some(at) = at
            && self.at.get_untracked() != at
        {
            self.at.set(at);
        }
    }

    /// Hands a port to the frame's page, which said hello.
    fn connect(self, target: &web_sys::Window) {
        let Ok(channel) = MessageChannel::new() else { return };
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            self.heard(&event.data());
        });
        let port = channel.port1();
        port.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        let hello = object(&[("type", "port".into())]);
        let transfer = Array::of1(&channel.port2());
        if target.post_message_with_transfer(&hello, "*", &transfer).is_err() {
            return;
        }
        self.with(|inner| {
            inner.port.replace(Some(Port { port, _heard: heard }));
            inner.loaded.set(false);
            if let Some(deck) = inner.session.deck.get_untracked() {
                inner.load(&deck);
            }
        });
    }

    fn heard(self, data: &JsValue) {
        let event = match string(data, "type").as_str() {
            "ready" => {
                self.shown.set(true);
                // What was said while the frame was loading.
                return self.place_again();
            }
            "slide" => {
                let slide = number(data, "index").unsigned_abs();
                let at = At { slide, fragment: number(data, "fragment") };
                self.with(|inner| inner.at.set(at));
                FrameEvent::Moved(at)
            }
            "click" => {
                let line = field(data, "line").as_f64().map(|line| line as u32);
                FrameEvent::Clicked { slide: number(data, "index").unsigned_abs(), line }
            }
            "roam" => FrameEvent::Roams,
            "key" if is_true(data, "ctrl") || is_true(data, "meta") => FrameEvent::Palette,
            "key" => FrameEvent::Key(string(data, "key")),
            "overflow" => {
                let slides = Array::from(&field(data, "slides"));
                let numbers = slides.iter().filter_map(|slide| slide.as_f64());
                FrameEvent::Overflow(numbers.map(|number| number as u32).collect())
            }
            "link" => return open_link(&string(data, "href")),
            "error" => {
                web_sys::console::warn_2(&"slides frame:".into(), &field(data, "message"));
                return;
            }
            _ => return,
        };
        self.with(|inner| (inner.tell)(event));
    }
}

impl Inner {
    fn send(&self, kind: &str, fields: &[(&str, JsValue)]) {
        let message = object(fields);
        self.post(kind, &message);
    }

    fn post(&self, kind: &str, message: &Object) {
        _ = js_sys::Reflect::set(message, &"type".into(), &kind.into());
        if let Some(port) = &*self.port.borrow() {
            _ = port.port.post_message(message);
        }
    }

    /// The whole deck.
    fn load(&self, answer: &Answer) {
        let at = clamp((self.place)(self.at.get(), answer), answer);
        self.at.set(at);
        if self.port.borrow().is_none() {
            return;
        }
        let (config, slides) = self.session.slides();
        self.loaded.set(true);
        self.send(
            "deck",
            &[("config", self.config(&config)), ("slides", slides.into()), ("at", at.to_js())],
        );
    }

    fn patch(&self, rendering: &crate::render::Rendering) {
        let before = self.at.get();
        let slide = carry_slide(before.slide, &rendering.slides);
        let carried = At { slide, ..before };
        let at = clamp((self.place)(carried, &rendering.answer), &rendering.answer);
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

    fn config(&self, deck: &JsValue) -> JsValue {
        let own =
            object(&[("role", self.role.into()), ("reducedMotion", js::reduced_motion().into())]);
        Object::assign(&own, deck.unchecked_ref()).into()
    }
}

/// The frame as an element.
#[component]
pub(crate) fn SlidesFrame(
    frame: Frame,
    #[prop(optional)] test: &'static str,
    #[prop(default = t().slides)] title: &'static str,
    /// Only to be looked at: the keyboard passes it by.
    #[prop(optional)]
    passive: bool,
) -> impl IntoView {
    let element = NodeRef::<html::Iframe>::new();
    let hello = window_event_listener(leptos::ev::message, move |event| {
        let Some(target) = element.get_untracked().and_then(|iframe| iframe.content_window())
        else {
            return;
        };
        let from_frame = event.source().is_some_and(|source| *source == ***target);
        if from_frame && string(&event.data(), "type") == "hello" {
            frame.connect(&target);
        }
    });
    on_cleanup(move || {
        hello.remove();
        frame.with(|inner| inner.port.replace(None));
    });
    view! {
        <iframe
            node_ref=element
            class="slides-frame"
            src="/slides.html"
            title=title
            tabindex=if passive { "-1" } else { "0" }
            sandbox="allow-scripts"
            referrerpolicy="no-referrer"
            allow="fullscreen"
            data-test=test
            data-shown=move || frame.shown.get().to_string()
            data-slide=move || frame.at.get().slide.to_string()
        ></iframe>
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

fn clamp(at: At, answer: &Answer) -> At {
    let last = (answer.slides.len() as u32).saturating_sub(1);
    if at.slide > last { At::start(last) } else { at }
}

fn is_true(object: &JsValue, name: &str) -> bool {
    field(object, name).is_truthy()
}

/// Links on slides come from strangers: a new tab that knows nothing of this one.
fn open_link(href: &str) {
    let allowed = ["https://", "http://", "mailto:"].iter().any(|scheme| href.starts_with(scheme));
    if allowed {
        _ = window().open_with_url_and_target_and_features(href, "_blank", "noopener,noreferrer");
    }
}
