//! One open deck on one page: owns the replica, its socket and its timer, and the render worker.
//!
//! It is the only writer of the signals that the page's parts share.

mod changes;
mod core;
mod wish;

use std::rc::Rc;
use std::sync::Arc;

use collab::Millis;
use collab::doc::TextEdit;
use collab::replica::{ClientEvent, Status};
use collab::wire::Profile;
use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use self::core::{Core, Signals};
use crate::people::PersonView;
use crate::render::Rendering;
use crate::render_protocol::{Answer, Change, Command};

/// What is presented, as far as the page needs it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Presented {
    /// Whether the server has said anything about it yet.
    pub(crate) known: bool,
    /// Whether a presentation is going on.
    pub(crate) active: bool,
    /// Who drives it; `None` while they are away.
    pub(crate) driver: Option<String>,
    /// Whether that is this page.
    pub(crate) driving: bool,
    /// Last visible fragment, -1 for none.
    pub(crate) fragment: i32,
    /// Whether screens are dark.
    pub(crate) blackout: bool,
    /// How many follow.
    pub(crate) followers: u32,
}

/// What somebody has to be told until it is settled, besides the status.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Notices {
    /// The deck was restored from a backup: how many own edits were carried over, and the text
    /// that was here before.
    pub(crate) replaced: Option<(usize, String)>,
    /// The server is of another version than this page.
    pub(crate) newer: bool,
    /// The WebSocket close code that the last connection ended with.
    pub(crate) closed: u16,
}

/// What the parts that show slides or text are told, besides the signals.
#[derive(Clone, Copy)]
pub(crate) enum News<'a> {
    /// Others changed the text.
    Text(&'a [TextEdit]),
    /// The deck was rendered again.
    Slides(&'a Rendering),
    /// What the editor can complete.
    Vocabulary(&'a JsValue),
    /// After a time away everything is in step again.
    Merged {
        /// How many own edits went out.
        sent: usize,
        /// How many came from others.
        received: usize,
    },
    /// The person wants to see where others changed the text meanwhile.
    Changes(&'a [(u32, u32)]),
}

/// In [`Session::perform`]: the section goes behind all others.
pub(crate) const END: u32 = u32::MAX;

/// Handle to the open deck, for all parts of a page.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    core: StoredValue<Rc<Core>, LocalStorage>,
    /// Whether the text has come.
    pub(crate) ready: ReadSignal<bool>,
    /// The connection and what is saved.
    pub(crate) status: ReadSignal<Status>,
    /// What has to be told besides.
    pub(crate) notices: RwSignal<Notices>,
    /// Whether this page is there to write.
    pub(crate) writes: bool,
    /// Everybody else.
    pub(crate) people: ReadSignal<Vec<PersonView>>,
    /// The presentation.
    pub(crate) presented: ReadSignal<Presented>,
    /// Outline, problems and positions; `None` before the first rendering.
    pub(crate) deck: ReadSignal<Option<Arc<Answer>>>,
}

impl Session {
    /// Opens a deck; it is left when the owning component goes.
    pub(crate) fn open(deck: &str, role: &str, profile: Profile) -> Self {
        let (ready, set_ready) = signal(false);
        let (status, set_status) = signal(Status::Connecting);
        let notices = RwSignal::new(Notices::default());
        let (people, set_people) = signal(Vec::new());
        let (presented, set_presented) = signal(Presented::default());
        let (answer, set_deck) = signal(None);
        let signals = Signals {
            ready: set_ready,
            status: set_status,
            notices,
            people: set_people,
            presented: set_presented,
            deck: set_deck,
        };
        let core = Core::new(deck, role, profile, signals);
        core.render.start();
        core.event(ClientEvent::Start);

        let nudged = Rc::downgrade(&core);
        let nudge = move || {
            if let Some(core) = nudged.upgrade() {
                core.nudge();
            }
        };
        let on_visible = nudge.clone();
        let online = window_event_listener(leptos::ev::online, move |_| nudge());
        let visible = window_event_listener_untyped("visibilitychange", move |_| on_visible());
        let leaving = Rc::downgrade(&core);
        let unload = window_event_listener(leptos::ev::beforeunload, move |event| {
            if leaving.upgrade().is_some_and(|core| core.replica.borrow().unkept() > 0) {
                event.prevent_default();
            }
        });
        let core = StoredValue::new_local(core);
        on_cleanup(move || {
            online.remove();
            visible.remove();
            unload.remove();
            core.with_value(|core| core.leave());
        });
        let writes = role == "edit";
        Self { core, ready, status, notices, writes, people, presented, deck: answer }
    }

    /// The person changed the text.
    pub(crate) fn edit(self, edits: &[TextEdit]) {
        self.core.with_value(|core| {
            core.carry_positions(edits, false);
            core.render.edited(edits);
            core.drive(|replica, now, out| replica.edit(now, edits, out));
        });
    }

    /// The caret moved.
    pub(crate) fn select(self, anchor: u32, head: u32) {
        self.look(head);
        self.core.with_value(|core| {
            core.drive(|replica, now, out| replica.select(now, Some((anchor, head)), out));
        });
    }

    /// The caret is here, but the person has not been in the text yet: nobody else is told.
    pub(crate) fn look(self, head: u32) {
        self.core.with_value(|core| {
            core.caret.set(Some(head));
            core.caret_moved();
        });
    }

    /// The person has another name.
    pub(crate) fn rename(self, profile: Profile) {
        self.core.with_value(|core| {
            core.drive(|replica, now, out| replica.rename(now, profile, out));
        });
    }

    /// Connect now.
    pub(crate) fn retry(self) {
        self.core.with_value(|core| core.event(ClientEvent::Nudge));
    }

    /// The person has the text of edits that found no place in the deck: they need not be kept.
    pub(crate) fn settle(self) {
        // Only then nothing else waits in the queues of other pages.
        let saved = self.status.with_untracked(|status| *status == Status::Saved);
        self.core.with_value(|core| {
            if let (true, Some(keeper)) = (saved, &core.keeper) {
                keeper.settle();
            }
        });
    }

    /// Throws away what the server does not have, and loads the page again.
    pub(crate) fn discard(self) {
        self.core.with_value(|core| {
            if let Some(keeper) = &core.keeper {
                keeper.discard();
            }
        });
    }

    /// Where others changed the text while this page was away.
    pub(crate) fn changes(self) -> Vec<(u32, u32)> {
        self.core.with_value(|core| core.changes.borrow().places())
    }

    /// Shows these places in the text.
    pub(crate) fn show_changes(self) {
        self.core.with_value(|core| core.tell(News::Changes(&self.changes())));
    }

    /// Drives the presentation to a slide of the last rendering. `take` takes over.
    pub(crate) fn present(self, slide: u32, fragment: i32, blackout: bool, take: bool) {
        self.core.with_value(|core| {
            let answer = self.deck.get_untracked();
            let Some(slide) = answer.as_ref().and_then(|deck| deck.slides.get(slide as usize))
            else {
                return;
            };
            let offset = core.render.carried(slide.offset);
            core.driven.set(Some(offset));
            core.driven_asked.set(true);
            core.jumped();
            core.drive(|replica, _, out| replica.present(offset, fragment, blackout, take, out));
        });
    }

    /// Ends the presentation.
    pub(crate) fn stop_presenting(self) {
        self.core.with_value(|core| {
            core.driven.set(None);
            core.drive(|replica, _, out| replica.stop_presenting(out));
        });
    }

    /// Whether the server is there.
    pub(crate) fn is_connected(self) -> bool {
        self.status.with(|status| matches!(status, Status::Saved | Status::Saving))
    }

    /// The deck's id.
    pub(crate) fn deck_id(self) -> String {
        self.core.with_value(|core| core.deck.clone())
    }

    /// The whole text.
    pub(crate) fn text(self) -> String {
        self.core.with_value(|core| core.replica.borrow().text())
    }

    /// Theme and options, and all slides, as they were rendered last.
    pub(crate) fn slides(self) -> (JsValue, Array) {
        self.core.with_value(|core| (core.config.borrow().clone(), core.slides.slice(0, u32::MAX)))
    }

    /// Finds out what a command does to the text, and hands it to `done` while the text is still the
    /// one it speaks of. Slides are named by their ids, sections by that of their first slide.
    /// Nothing happens if the slide is gone or nothing would change.
    pub(crate) fn perform(self, command: Command, done: impl FnOnce(Change) + 'static) {
        self.core.with_value(|core| core.wish(command, Box::new(done)));
    }

    /// What the editor can complete, once the worker has said it.
    pub(crate) fn vocabulary(self) -> JsValue {
        self.core.with_value(|core| core.vocabulary.borrow().clone())
    }

    /// Tells `listener` of what is new until the owning component goes.
    pub(crate) fn listen(self, listener: impl Fn(News<'_>) + 'static) {
        let id = self.core.with_value(|core| {
            let id = core.next_listener.get();
            core.next_listener.set(id + 1);
            core.listeners.borrow_mut().push((id, Rc::new(listener)));
            id
        });
        on_cleanup(move || {
            _ = self.core.try_with_value(|core| {
                core.listeners.borrow_mut().retain(|(other, _)| *other != id);
            });
        });
    }
}

/// Milliseconds of a clock that never goes back.
pub(crate) fn now() -> Millis {
    window().performance().map_or(0.0, |clock| clock.now()) as Millis
}

/// Random bits from the browser; there is always a source in one that runs WASM.
pub(crate) fn random() -> u64 {
    getrandom::u64().unwrap_or_default()
}
