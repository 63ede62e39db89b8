//! The page's side of the render worker: one request at a time, a watchdog, and the last good
//! slides.
//!
//! While the worker is busy, edits are gathered and go out together with the next request: the
//! delay stays that of one rendering, however fast people type. A worker that crashes or does
//! not answer is replaced by a new one, and the slides that are shown stay.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use collab::doc::TextEdit;
use js_sys::{Array, Reflect};
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::set_timeout_with_handle;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, MessageEvent, Worker};

use crate::js::field;
use crate::render_protocol::{Answer, Command, Request, Shown, TextChange};

/// `worker_loader.js`; the server makes browsers ask for it anew, since its name never changes.
const WORKER_URL: &str = "/assets/worker_loader.js";
/// A worker that is silent for this long has lost its way; half of it is granted twice, so that
/// a page that was asleep reads the answers that are waiting first.
const PATIENCE: Duration = Duration::from_millis(1_000);
/// How long a worker may take to load, on a slow line.
const LOADING: Duration = Duration::from_secs(30);
/// Wait before the first new attempt; doubled for each one that fails.
const RESTART: Duration = Duration::from_millis(250);

/// What the owner is told.
pub(crate) enum RenderEvent {
    /// The worker can take a request: call [`Render::pump`].
    Free,
    /// What the editor can complete, as the worker says it when it starts.
    Vocabulary(JsValue),
    /// The deck was rendered.
    Rendered(Rendering),
}

/// The outcome of one request.
pub(crate) struct Rendering {
    /// Outline, problems and positions.
    pub(crate) answer: Answer,
    /// Theme and options, when they changed.
    pub(crate) config: Option<JsValue>,
    /// Slide patches, or all slides when `answer.full`.
    pub(crate) slides: Array,
    /// The answer as it came.
    pub(crate) json: JsValue,
}

/// What a request needs from the owner, resolved at the moment it is sent.
pub(crate) struct Targets {
    pub(crate) jump: u32,
    pub(crate) caret: Option<u32>,
    pub(crate) shown: Option<Shown>,
    /// Only while the worker is [in step](Render::in_step): its numbers are those of the last answer.
    pub(crate) command: Option<Command>,
}

enum Phase {
    /// Before the first text.
    Off,
    Starting,
    Idle,
    Busy,
    Down,
}

struct State {
    phase: Phase,
    worker: Option<Running>,
    timer: Option<TimeoutHandle>,
    warned: bool,
    failures: u32,
    /// The worker needs the whole text.
    reset: bool,
    /// A request is wanted.
    due: bool,
    /// Edits since the request that is under way.
    waiting: Vec<TextEdit>,
    /// Edits in the request that is under way.
    under_way: Vec<TextEdit>,
}

struct Running {
    worker: Worker,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _error: Closure<dyn FnMut(Event)>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// The render worker.
pub(crate) struct Render {
    state: RefCell<State>,
    tell: Box<dyn Fn(RenderEvent)>,
}

impl Render {
    /// A worker that is started with the first text.
    pub(crate) fn new(tell: impl Fn(RenderEvent) + 'static) -> Rc<Self> {
        let state = State {
            phase: Phase::Off,
            worker: None,
            timer: None,
            warned: false,
            failures: 0,
            reset: true,
            due: false,
            waiting: Vec::new(),
            under_way: Vec::new(),
        };
        Rc::new(Self { state: RefCell::new(state), tell: Box::new(tell) })
    }

    /// Starts the worker, ahead of the text: it loads while the deck comes in.
    pub(crate) fn start(self: &Rc<Self>) {
        let this = Rc::downgrade(self);
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(this) = this.upgrade() {
                this.heard(&event.data());
            }
        });
        let this = Rc::downgrade(self);
        let failed = Closure::<dyn FnMut(Event)>::new(move |_| {
            if let Some(this) = this.upgrade() {
                this.fail();
            }
        });
        let Ok(worker) = Worker::new(WORKER_URL) else { return self.fail() };
        worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        worker.set_onerror(Some(failed.as_ref().unchecked_ref()));
        let mut state = self.state.borrow_mut();
        state.phase = Phase::Starting;
        state.worker = Some(Running { worker, _message: heard, _error: failed });
        state.reset = true;
        state.under_way.clear();
        state.waiting.clear();
        drop(state);
        self.watch(LOADING);
    }

    /// Ends the worker for good.
    pub(crate) fn stop(&self) {
        let mut state = self.state.borrow_mut();
        state.phase = Phase::Off;
        state.worker = None;
        if let Some(timer) = state.timer.take() {
            timer.clear();
        }
    }

    /// The text changed.
    pub(crate) fn edited(&self, edits: &[TextEdit]) {
        let mut state = self.state.borrow_mut();
        state.due = true;
        if !state.reset {
            state.waiting.extend_from_slice(edits);
        }
    }

    /// A position changed: ask again where it is.
    pub(crate) fn moved(&self) {
        self.state.borrow_mut().due = true;
    }

    /// Where a position of the last answer is now, after the edits since.
    pub(crate) fn carried(&self, offset: u32) -> u32 {
        let state = self.state.borrow();
        state.under_way.iter().chain(&state.waiting).fold(offset, |at, edit| edit.carry(at))
    }

    /// Whether the worker knows the whole text as it is now.
    pub(crate) fn in_step(&self) -> bool {
        let state = self.state.borrow();
        !state.reset && state.waiting.is_empty()
    }

    /// Sends a request if one is wanted and the worker is free.
    pub(crate) fn pump(self: &Rc<Self>, text: impl FnOnce() -> String, targets: Targets) {
        let mut state = self.state.borrow_mut();
        if !state.due || !matches!(state.phase, Phase::Idle) {
            return;
        }
        state.due = false;
        let text = if std::mem::take(&mut state.reset) {
            state.waiting.clear();
            TextChange::Reset(text())
        } else {
            state.under_way = std::mem::take(&mut state.waiting);
            TextChange::Edits(state.under_way.clone())
        };
        let Targets { jump, caret, shown, command } = targets;
        let request = Request { jump, text, caret, shown, command };
        // The request holds nothing that JSON cannot express.
        let json = serde_json::to_string(&request).unwrap_or_default();
        if let Some(running) = &state.worker {
            _ = running.worker.post_message(&json.into());
        }
        state.phase = Phase::Busy;
        drop(state);
        self.watch(PATIENCE);
    }

    fn heard(self: &Rc<Self>, data: &JsValue) {
        let rendering = rendering(data);
        // The first message is not an answer: it says that the worker is ready.
        let vocabulary = Some(field(data, "vocabulary")).filter(JsValue::is_object);
        let mut state = self.state.borrow_mut();
        state.phase = Phase::Idle;
        if let Some(timer) = state.timer.take() {
            timer.clear();
        }
        state.under_way.clear();
        if rendering.is_some() {
            state.failures = 0;
        }
        drop(state);
        if let Some(vocabulary) = vocabulary {
            (self.tell)(RenderEvent::Vocabulary(vocabulary));
        }
        if let Some(rendering) = rendering {
            (self.tell)(RenderEvent::Rendered(rendering));
        }
        (self.tell)(RenderEvent::Free);
    }

    fn watch(self: &Rc<Self>, patience: Duration) {
        let this = Rc::downgrade(self);
        let expired = move || {
            if let Some(this) = this.upgrade() {
                this.expired(patience);
            }
        };
        let timer = set_timeout_with_handle(expired, patience).ok();
        let mut state = self.state.borrow_mut();
        state.warned = false;
        if let Some(before) = std::mem::replace(&mut state.timer, timer) {
            before.clear();
        }
    }

    fn expired(self: &Rc<Self>, patience: Duration) {
        let warned = self.state.borrow().warned;
        if warned {
            return self.fail();
        }
        self.watch(patience);
        self.state.borrow_mut().warned = true;
    }

    /// Replaces the worker after a while.
    fn fail(self: &Rc<Self>) {
        let mut state = self.state.borrow_mut();
        state.phase = Phase::Down;
        state.worker = None;
        state.due = true;
        let wait = RESTART * 2_u32.pow(state.failures.min(6));
        state.failures += 1;
        let this = Rc::downgrade(self);
        let again = move || {
            if let Some(this) = this.upgrade() {
                this.start();
            }
        };
        let timer = set_timeout_with_handle(again, wait).ok();
        if let Some(before) = std::mem::replace(&mut state.timer, timer) {
            before.clear();
        }
    }
}

/// Reads the worker's answer: `[answer as JSON, config or null, slides]`.
fn rendering(data: &JsValue) -> Option<Rendering> {
    let parts = data.dyn_ref::<Array>()?;
    let json = parts.get(0);
    let answer = serde_json::from_str(&json.as_string()?).ok()?;
    let config = Some(parts.get(1)).filter(JsValue::is_object);
    let slides = parts.get(2).dyn_into().ok()?;
    Some(Rendering { answer, config, slides, json })
}

/// Brings a whole list of slides up to date with patches.
pub(crate) fn apply_patches(slides: &Array, patches: &Array) {
    for patch in patches.iter() {
        let (op, index) = patch_head(&patch);
        let slide = Reflect::get(&patch, &"slide".into()).unwrap_or_default();
        match op.as_str() {
            "replace" => slides.set(index, slide),
            "insert" => _ = slides.splice(index, 0, &slide),
            _ => _ = slides.splice_many(index, 1, &[]),
        }
    }
}

/// The operation and the slide number of a patch.
pub(crate) fn patch_head(patch: &JsValue) -> (String, u32) {
    let op = Reflect::get(patch, &"op".into()).ok().and_then(|op| op.as_string());
    let index = Reflect::get(patch, &"index".into()).ok().and_then(|index| index.as_f64());
    (op.unwrap_or_default(), index.unwrap_or_default() as u32)
}
