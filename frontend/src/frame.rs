//! The slides frame: a sandboxed page of its own that draws slides, and the port to it.
//!
//! The frame gets every change of the deck together with the place it should show afterwards,
//! so that it never jumps in between. Which place that is, is the page's business (`Place`).

mod shown;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Array;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{MessageChannel, MessageEvent};

pub(crate) use self::shown::{FrozenDeck, has_single_keys, ids_of};
use self::shown::{GONE, Inner, Port, is_hidden};

use crate::erased::{ElementRef, attr, effect, on_window, text};
use crate::i18n::t;
use crate::js::{self, field, number, object, string};
use crate::presenter::frozen;
use crate::render::Rendering;
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
    /// A key that belongs to the page.
    Key(String),
    /// Ctrl or Cmd+K: the command palette.
    Palette,
    /// These slides do not fit, however small their text.
    Overflow(Vec<u32>),
    /// The overview was opened or closed.
    Overview(bool),
}

/// Handle to a frame.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    inner: StoredValue<Rc<Inner>, LocalStorage>,
    /// Where it is.
    pub(crate) at: RwSignal<At>,
    /// A slide, and how many steps it has: the slide that is shown, as soon as the frame has said so.
    pub(crate) steps: RwSignal<At>,
    /// The deck is on the screen.
    pub(crate) shown: RwSignal<bool>,
    /// It stands still while the text goes on.
    pub(crate) frozen: RwSignal<bool>,
}

impl Frame {
    /// A frame for `role` (preview or presenter).
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
            heard: Cell::new(0.0),
            frozen: RefCell::new(None),
        });
        let steps = RwSignal::new(At { slide: GONE, fragment: 0 });
        let frozen = RwSignal::new(false);
        let frame = Self { inner: StoredValue::new_local(inner), at, steps, shown, frozen };
        session.listen(move |news| {
            if let News::Slides(rendering) = news {
                frame.rendered(rendering.answer.full, rendering);
            }
        });
        effect(move || {
            session.pictures.track();
            if frame.with(|inner| inner.loaded.get()) == Some(true) {
                frame.reconfigure();
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

    /// Does what the slides do for a key that was pressed outside the frame.
    pub(crate) fn key(self, event: &KeyboardEvent) {
        self.send_key(&event.key(), event.shift_key(), event.alt_key());
    }

    /// Does what the slides do for a key alone.
    pub(crate) fn press(self, key: &str) {
        self.send_key(key, false, false);
    }

    fn send_key(self, key: &str, shift: bool, alt: bool) {
        let fields = [
            ("key", key.into()),
            ("shift", shift.into()),
            ("alt", alt.into()),
            ("ctrl", false.into()),
        ];
        self.with(|inner| inner.send("key", &fields));
    }

    /// Tells the frame anew what the person has set for all frames.
    pub(crate) fn reconfigure(self) {
        self.with(|inner| {
            let config = inner.config(&inner.deck().0);
            inner.send("patch", &[("patches", Array::new().into()), ("config", config)]);
        });
    }

    /// Shows a deck that stands still, or again the one that is written. Slides that are equal in both
    /// stay as they are on the screen.
    pub(crate) fn freeze(self, deck: Option<FrozenDeck>) {
        let frozen = deck.is_some();
        let at = self.with(|inner| inner.freeze(deck)).flatten();
        if let Some(at) = at {
            self.at.set(at);
        }
        self.frozen.set(frozen);
    }

    /// How many slides the deck has that is shown.
    pub(crate) fn count(self) -> u32 {
        self.with(|inner| inner.deck().1.length()).unwrap_or_default()
    }

    /// Whether a slide of the deck that is shown is left out of the show.
    pub(crate) fn is_hidden(self, slide: u32) -> bool {
        self.with(|inner| is_hidden(&inner.deck().1.get(slide))).unwrap_or_default()
    }

    /// The number that a slide of the deck that is shown has in the text as it is now.
    pub(crate) fn number_now(self, slide: u32) -> Option<u32> {
        self.with(|inner| inner.number_now(slide, &*inner.session.deck.get_untracked()?)).flatten()
    }

    /// The slide of the deck that is shown which stands for one of the text as it is now.
    pub(crate) fn number_shown(self, slide: u32) -> Option<u32> {
        self.with(|inner| inner.number_shown(slide, &*inner.session.deck.get_untracked()?))
            .flatten()
    }

    /// Where a person gets who has gone from one slide to another: there, or on in that direction when
    /// nobody else can be brought there.
    pub(crate) fn reachable(self, from: u32, to: u32) -> Option<u32> {
        let found = self.with(|inner| match &*inner.frozen.borrow() {
            Some(deck) => {
                let now = ids_of(&*inner.session.deck.get_untracked()?);
                frozen::reachable(from, to, &deck.ids, &now)
            }
            None => Some(to),
        });
        found.flatten()
    }

    /// Asks the page again where the frame should be.
    pub(crate) fn place_again(self) {
        let placed = self.with(|inner| {
            let deck = inner.session.deck.get_untracked()?;
            Some(inner.placed(inner.at.get(), &deck))
        });
        if let Some(at) = placed.flatten() {
            self.go(at);
        }
    }

    fn rendered(self, full: bool, rendering: &Rendering) {
        let at = self.with(|inner| {
            if inner.frozen.borrow().is_some() {
                inner.follow(&rendering.answer);
            } else if full || !inner.loaded.get() {
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
            inner.heard.set(0.0);
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
                self.with(|inner| {
                    inner.at.set(at);
                    inner.heard.set(f64::from(number(data, "move")));
                });
                FrameEvent::Moved(at)
            }
            "click" => {
                let line = field(data, "line").as_f64().map(|line| line as u32);
                FrameEvent::Clicked { slide: number(data, "index").unsigned_abs(), line }
            }
            "place" => {
                let slide = number(data, "index").unsigned_abs();
                return self.steps.set(At { slide, fragment: number(data, "fragments") });
            }
            "overview" => FrameEvent::Overview(is_true(data, "open")),
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
    let element = ElementRef::<html::Iframe>::new();
    on_window("message", move |event| {
        let event: MessageEvent = event.unchecked_into();
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
        frame.with(|inner| inner.port.replace(None));
    });
    view! {
        <iframe
            node_ref=element
            class="slides-frame"
            {..attr("src", js::meta("slides"))}
            title={title}
            {..attr("tabindex", if passive { "-1" } else { "0" })}
            {..attr("sandbox", "allow-scripts")}
            {..attr("referrerpolicy", "no-referrer")}
            {..attr("allow", "fullscreen")}
            data-test=test
            data-shown=text(move || frame.shown.get().to_string())
            data-slide=text(move || frame.at.get().slide.to_string())
        ></iframe>
    }
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
