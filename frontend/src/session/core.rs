//! What goes on behind a [`Session`](super::Session): events in, effects out.
//!
//! Everything that happens comes in through [`Core::drive`] and leaves as effects that are
//! carried out in order, after the replica is free again: an effect may call back (the editor
//! moves its caret when text is put into it).

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;

use collab::Millis;
use collab::access::Role;
use collab::doc::TextEdit;
use collab::presentation::Presentation;
use collab::replica::{ClientEffect, ClientEvent, Replica, Status};
use collab::wire::Profile;
use js_sys::Array;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::changes::Changes;
use super::place::Place;
use super::wish::{Wish, numbered};
use super::{News, Notices, Offer, Presented, now, random};
use crate::js;
use crate::kept::{Keeper, Told};
use crate::people::PersonView;
use crate::render::{Render, RenderEvent, Rendering, Targets, apply_patches, patch_head};
use crate::render_protocol::{Answer, Change, Command};
use crate::socket::{Socket, SocketEvent};

/// The close code of a connection that ended without a word (RFC 6455, section 7.4.1).
const ABNORMAL: u16 = 1006;
/// The preview follows the caret when it has rested for this long.
const CARET_REST: Duration = Duration::from_millis(80);

pub(super) type Listener = Rc<dyn Fn(News<'_>)>;

pub(super) struct Signals {
    pub(super) ready: WriteSignal<bool>,
    pub(super) status: WriteSignal<Status>,
    pub(super) notices: RwSignal<Notices>,
    pub(super) people: WriteSignal<Vec<PersonView>>,
    pub(super) presented: RwSignal<Presented>,
    pub(super) deck: WriteSignal<Option<Arc<Answer>>>,
    pub(super) role: WriteSignal<Option<Role>>,
}

pub(super) struct Core {
    this: Weak<Self>,
    pub(super) deck: String,
    path: String,
    signals: Signals,
    pub(super) replica: RefCell<Replica>,
    effects: RefCell<VecDeque<ClientEffect>>,
    /// Effects are being carried out further up the stack.
    performing: Cell<bool>,
    socket: RefCell<Option<Socket>>,
    timer: Cell<Option<TimeoutHandle>>,
    /// Own edits on this device; who only follows makes none.
    pub(super) keeper: Option<Rc<Keeper>>,
    pub(super) changes: RefCell<Changes>,
    /// What the server allows, as it said last.
    role: Cell<Option<Role>>,
    /// The text has come: before, there is nothing to draw.
    complete: Cell<bool>,
    pub(super) render: Rc<Render>,
    pump_due: Cell<bool>,
    people_due: Cell<bool>,
    pub(super) listeners: RefCell<Vec<(u32, Listener)>>,
    pub(super) next_listener: Cell<u32>,
    /// The whole deck as it was rendered last, for frames that open later.
    pub(super) slides: Array,
    pub(super) config: RefCell<JsValue>,
    pub(super) vocabulary: RefCell<JsValue>,
    /// The ids of the slides, in their order.
    ids: RefCell<Vec<u32>>,
    next_id: Cell<u32>,
    /// As it was rendered last; positions are those of the text then.
    answer: RefCell<Option<Arc<Answer>>>,
    wish: RefCell<Option<Wish>>,
    /// Counts what makes positions that were asked for before meaningless.
    jump: Cell<u32>,
    pub(super) caret: Cell<Option<u32>>,
    caret_rest: Cell<Option<TimeoutHandle>>,
    /// Where the presentation is.
    place: RefCell<Place>,
    /// What is presented, and whether by this page, as the server said last.
    talk: RefCell<Option<(Presentation, bool)>>,
}

impl Core {
    pub(super) fn new(deck: &str, role: &str, profile: Profile, signals: Signals) -> Rc<Self> {
        Rc::new_cyclic(|this: &Weak<Self>| {
            let rendered = this.clone();
            let render = Render::new(move |event| {
                if let Some(core) = rendered.upgrade() {
                    core.rendered(event);
                }
            });
            let keeper = (role == "edit").then(|| Keeper::open(deck, told(this.clone())));
            Self {
                this: this.clone(),
                deck: deck.to_owned(),
                path: format!("/sync/{deck}?role={role}"),
                signals,
                replica: RefCell::new(Replica::new(random(), profile)),
                effects: RefCell::default(),
                performing: Cell::new(false),
                socket: RefCell::new(None),
                timer: Cell::new(None),
                keeper,
                changes: RefCell::default(),
                role: Cell::new(None),
                complete: Cell::new(false),
                render,
                pump_due: Cell::new(false),
                people_due: Cell::new(false),
                listeners: RefCell::default(),
                next_listener: Cell::new(0),
                slides: Array::new(),
                config: RefCell::new(JsValue::NULL),
                vocabulary: RefCell::new(JsValue::UNDEFINED),
                ids: RefCell::default(),
                next_id: Cell::new(1),
                answer: RefCell::default(),
                wish: RefCell::default(),
                jump: Cell::new(0),
                caret: Cell::new(None),
                caret_rest: Cell::new(None),
                place: RefCell::default(),
                talk: RefCell::default(),
            }
        })
    }

    pub(super) fn event(&self, event: ClientEvent) {
        self.drive(|replica, now, out| replica.handle(now, event, out));
    }

    pub(super) fn drive(&self, act: impl FnOnce(&mut Replica, Millis, &mut Vec<ClientEffect>)) {
        let mut out = Vec::new();
        act(&mut self.replica.borrow_mut(), now(), &mut out);
        let role = self.replica.borrow().role();
        // Between two connections it stays as it was.
        if role.is_some() && self.role.replace(role) != role {
            self.signals.role.set(role);
        }
        self.effects.borrow_mut().extend(out);
        if self.performing.replace(true) {
            return;
        }
        loop {
            let Some(effect) = self.effects.borrow_mut().pop_front() else { break };
            self.perform(effect);
        }
        self.performing.set(false);
        self.set_timer();
        self.pump_soon();
    }

    fn perform(&self, effect: ClientEffect) {
        match effect {
            ClientEffect::Connect => self.connect(),
            ClientEffect::Disconnect => {
                *self.socket.borrow_mut() = None;
                self.changes.borrow_mut().leave();
            }
            ClientEffect::Send(bytes) => {
                if let Some(socket) = &*self.socket.borrow() {
                    socket.send(&bytes);
                }
            }
            ClientEffect::Text(edits) => {
                self.carry_positions(&edits, true);
                self.render.edited(&edits);
                self.tell(News::Text(&edits));
                self.people_soon();
            }
            ClientEffect::Status => self.status_changed(),
            ClientEffect::People => self.people_soon(),
            ClientEffect::Presentation => self.presentation_changed(),
            ClientEffect::Times => self.times_changed(),
            ClientEffect::Desk(json) => self.tell(News::Desk(&json)),
            ClientEffect::Press(press) => self.tell(News::Press(press)),
            ClientEffect::SlideRemoved { by } => self.tell(News::SlideRemoved(&by)),
            ClientEffect::Offered { section, term, .. } => {
                let offer = Some(Offer { section, term });
                self.signals.notices.update(|notices| notices.offer = offer);
            }
            ClientEffect::Ready => {
                self.complete.set(true);
                self.render.moved();
                self.signals.ready.set(true);
            }
            ClientEffect::Merged { sent, received } => {
                self.changes.borrow_mut().come_back();
                self.tell(News::Merged { sent, received });
            }
            ClientEffect::Replaced { carried, before } => {
                self.signals.notices.update(|notices| notices.replaced = Some((carried, before)));
            }
            ClientEffect::Version(version) => {
                let newer = version != js::meta("version");
                self.signals.notices.update(|notices| notices.newer = newer);
                // Another page of this person may have gone while this one was away.
                if let Some(keeper) = &self.keeper {
                    keeper.look_for_orphans();
                }
            }
            ClientEffect::BeginQueue { .. }
            | ClientEffect::Keep { .. }
            | ClientEffect::KeepBase { .. }
            | ClientEffect::Release { .. }
            | ClientEffect::DropQueue { .. } => {
                if let Some(keeper) = &self.keeper {
                    keeper.perform(effect);
                }
            }
        }
    }

    fn status_changed(&self) {
        let status = self.replica.borrow().status();
        if matches!(status, Status::Saved | Status::Saving) {
            self.changes.borrow_mut().come_back();
        }
        self.signals.status.set(status);
    }

    fn connect(&self) {
        let this = self.this.clone();
        let heard = Rc::new(move |event: SocketEvent| {
            let Some(core) = this.upgrade() else { return };
            core.event(match event {
                SocketEvent::Opened => ClientEvent::Opened,
                SocketEvent::Message(bytes) => ClientEvent::Frame(bytes.into()),
                SocketEvent::Closed { code, reason } => {
                    core.lost(code);
                    ClientEvent::Closed { code, reason }
                }
            });
        });
        // The old socket goes first, so that the server sees one connection at a time.
        *self.socket.borrow_mut() = None;
        *self.socket.borrow_mut() = Socket::open(&self.path, heard);
    }

    fn lost(&self, code: u16) {
        self.changes.borrow_mut().leave();
        self.place.borrow_mut().lost();
        self.signals.notices.update(|notices| notices.closed = code);
    }

    /// The browser has lost its network. What is sent from now on would only seem to go, and it
    /// would take most of a minute to notice.
    pub(super) fn cut(&self) {
        if self.socket.borrow_mut().take().is_some() {
            self.lost(ABNORMAL);
            self.event(ClientEvent::Closed { code: ABNORMAL, reason: String::new() });
        }
    }

    pub(super) fn nudge(&self) {
        if let Some(keeper) = &self.keeper {
            keeper.look_for_orphans();
        }
        let refused = matches!(self.replica.borrow().status(), Status::Refused { .. });
        if !refused && !document().hidden() {
            self.event(ClientEvent::Nudge);
        }
    }

    pub(super) fn leave(&self) {
        *self.socket.borrow_mut() = None;
        self.render.stop();
        if let Some(keeper) = &self.keeper {
            keeper.close();
        }
        for timer in [self.timer.take(), self.caret_rest.take()].into_iter().flatten() {
            timer.clear();
        }
        self.listeners.borrow_mut().clear();
    }

    fn set_timer(&self) {
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
        let Some(wake) = self.replica.borrow().next_wake() else { return };
        let this = self.this.clone();
        let wait = Duration::from_millis(wake.saturating_sub(now()));
        self.timer.set(after(wait, move || {
            if let Some(core) = this.upgrade() {
                core.event(ClientEvent::Wake);
            }
        }));
    }

    pub(super) fn carry_positions(&self, edits: &[TextEdit], by_others: bool) {
        self.changes.borrow_mut().carry(edits, by_others);
        let carry = |offset| edits.iter().fold(offset, |at, edit| edit.carry(at));
        self.caret.set(self.caret.get().map(carry));
        self.place.borrow_mut().carry(edits);
    }

    pub(super) fn caret_moved(&self) {
        if let Some(timer) = self.caret_rest.take() {
            timer.clear();
        }
        let this = self.this.clone();
        self.caret_rest.set(after(CARET_REST, move || {
            if let Some(core) = this.upgrade() {
                core.render.moved();
                core.pump_soon();
            }
        }));
    }

    /// What was asked for before this is not where anybody wants to go any more.
    fn jumped(&self) {
        self.jump.set(self.jump.get().wrapping_add(1));
        self.render.moved();
    }

    fn presentation_changed(&self) {
        let replica = self.replica.borrow();
        let presentation = replica.presentation();
        let talk = presentation.cloned().map(|presentation| (presentation, replica.is_driving()));
        let presented = Presented {
            known: true,
            active: presentation.is_some(),
            driver: presentation.and_then(|presentation| presentation.driver.clone()),
            away: presentation.is_some_and(|presentation| presentation.away),
            driving: replica.is_driving(),
            host: replica.is_host(),
            ended: replica.has_ended(),
            term: presentation.map_or(0, |presentation| presentation.term),
            fragment: presentation.map_or(-1, |presentation| presentation.shown.fragment),
            blackout: presentation.is_some_and(|presentation| presentation.shown.blackout),
            held: presentation.is_some_and(|presentation| presentation.held),
            held_edits: replica.held_edits(),
            followers: replica.followers(),
            roaming: replica.roaming(),
            ..self.signals.presented.get_untracked()
        };
        // An answer that is on its way still says where the slide is in its own text: without it, the
        // frame would show a neighbour until the next one.
        let goes = self.place.borrow_mut().hear(&replica);
        drop(replica);
        // Those who watch come and go all the time: that moves nobody.
        let is_other = self.talk.replace(talk.clone()) != talk
            || !self.signals.presented.with_untracked(|it| it.known);
        self.signals.presented.set(presented);
        if goes || is_other {
            self.render.moved();
        }
    }

    fn times_changed(&self) {
        let times = self.replica.borrow().times().cloned().map(Arc::new);
        self.signals.presented.update(|presented| {
            (presented.times, presented.told_at) = (times, now());
        });
    }

    /// Drives the presentation to the slide at a position. `take` takes over from the driver of that
    /// term.
    pub(super) fn present(&self, offset: u32, fragment: i32, blackout: bool, take: Option<u64>) {
        self.place.borrow_mut().drive(offset, &self.replica.borrow(), take.is_some());
        self.jumped();
        self.drive(|replica, _, out| replica.present(offset, fragment, blackout, take, out));
    }

    /// Ends the presentation.
    pub(super) fn stop_presenting(&self) {
        self.place.borrow_mut().leave();
        self.drive(|replica, _, out| replica.stop_presenting(out));
    }

    /// Positions of people are shown once a frame, however much is typed in between.
    fn people_soon(&self) {
        if self.people_due.replace(true) {
            return;
        }
        let this = self.this.clone();
        request_animation_frame(move || {
            let Some(core) = this.upgrade() else { return };
            core.people_due.set(false);
            let replica = core.replica.borrow();
            let people = replica.people().map(|person| PersonView::of(person, &replica)).collect();
            drop(replica);
            _ = core.signals.people.try_set(people);
        });
    }

    /// Asks the worker once everything that belongs together has been said: an edit is followed
    /// by the caret that it moved.
    fn pump_soon(&self) {
        if self.pump_due.replace(true) {
            return;
        }
        let this = self.this.clone();
        queue_microtask(move || {
            if let Some(core) = this.upgrade() {
                core.pump_due.set(false);
                core.pump();
            }
        });
    }

    fn pump(&self) {
        if !self.complete.get() {
            return;
        }
        let replica = self.replica.borrow();
        let targets = Targets {
            jump: self.jump.get(),
            caret: self.caret.get(),
            shown: self.place.borrow().shown(&replica),
            command: self.command(),
        };
        self.render.pump(|| replica.text(), targets);
    }

    pub(super) fn wish(&self, command: Command, done: Box<dyn FnOnce(Change)>) {
        self.wish.replace(Some(Wish { command, sent: false, done }));
        self.render.moved();
        self.pump_soon();
    }

    /// The command that can be asked for now: its numbers must be those that the worker knows.
    fn command(&self) -> Option<Command> {
        let mut wish = self.wish.borrow_mut();
        let asked = wish.as_mut()?;
        asked.sent = self.render.in_step();
        if !asked.sent {
            return None;
        }
        let command = numbered(&asked.command, self.answer.borrow().as_deref()?);
        if command.is_none() {
            *wish = None;
        }
        command
    }

    /// Hands on the answer to a command. If the text has changed since, it is asked again.
    fn fulfil(&self, change: Option<Change>) {
        let mut wish = self.wish.borrow_mut();
        let Some(asked) = &*wish else { return };
        if !asked.sent || !self.render.in_step() {
            return self.render.moved();
        }
        let asked = wish.take();
        drop(wish);
        if let Some((asked, change)) = asked.zip(change) {
            (asked.done)(change);
        }
    }

    fn rendered(&self, event: RenderEvent) {
        match event {
            RenderEvent::Free => self.pump(),
            RenderEvent::Vocabulary(vocabulary) => {
                self.vocabulary.replace(vocabulary.clone());
                self.tell(News::Vocabulary(&vocabulary));
            }
            RenderEvent::Rendered(rendering) => self.draw(rendering),
        }
    }

    fn draw(&self, mut rendering: Rendering) {
        if rendering.answer.full {
            self.slides.set_length(0);
            for slide in rendering.slides.iter() {
                self.slides.push(&slide);
            }
        } else {
            apply_patches(&self.slides, &rendering.slides);
        }
        if let Some(config) = &rendering.config {
            self.config.replace(config.clone());
        }
        if rendering.answer.jump != self.jump.get() {
            rendering.answer.caret = None;
            rendering.answer.shown = None;
        }
        let change = rendering.answer.change.take();
        self.name_slides(&mut rendering);
        let answer = Arc::new(rendering.answer.clone());
        self.answer.replace(Some(Arc::clone(&answer)));
        self.signals.deck.set(Some(answer));
        self.tell(News::Slides(&rendering));
        self.fulfil(change);
    }

    /// Gives every slide its id: the one it had, or a new one.
    fn name_slides(&self, rendering: &mut Rendering) {
        let mut ids = self.ids.borrow_mut();
        let fresh = || self.next_id.replace(self.next_id.get() + 1);
        if !rendering.answer.full {
            for patch in rendering.slides.iter() {
                let (op, index) = patch_head(&patch);
                match op.as_str() {
                    "insert" => {
                        let place = ids.len().min(index as usize);
                        ids.insert(place, fresh());
                    }
                    "remove" if (index as usize) < ids.len() => _ = ids.remove(index as usize),
                    _ => {}
                }
            }
        }
        ids.resize_with(rendering.answer.slides.len(), fresh);
        for (slide, id) in rendering.answer.slides.iter_mut().zip(&*ids) {
            slide.id = *id;
        }
    }

    pub(super) fn tell(&self, news: News<'_>) {
        let listeners: Vec<Listener> =
            self.listeners.borrow().iter().map(|(_, listener)| Rc::clone(listener)).collect();
        for listener in listeners {
            listener(news);
        }
    }
}

/// Hands what the queue says to the replica.
fn told(core: Weak<Core>) -> Rc<dyn Fn(Told)> {
    Rc::new(move |told| {
        let Some(core) = core.upgrade() else { return };
        match told {
            Told::Event(event) => core.event(event),
            Told::Orphans(queue) => core.drive(|replica, now, out| replica.adopt(now, queue, out)),
        }
    })
}

/// A timer; `None` when the page is going away.
fn after(wait: Duration, act: impl FnOnce() + 'static) -> Option<TimeoutHandle> {
    set_timeout_with_handle(act, wait).ok()
}
