//! One open deck on one page: owns the replica, its socket and its timer, and the render worker.
//!
//! It is the only writer of the signals that the page's parts share.

mod changes;
mod core;
mod place;
mod wish;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use collab::Millis;
use collab::access::Role;
use collab::doc::{Anchor, TextEdit};
pub(crate) use collab::presentation::{Press, Times};
use collab::replica::{ClientEvent, Status};
use collab::wire::Profile;
use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use self::core::{Core, Signals};
use crate::api;
use crate::erased::{effect, on_window, spawn};
use crate::js::{field, string};
use crate::people::PersonView;
use crate::render::Rendering;
use crate::render_protocol::{Answer, Change, Command};
use crate::store;

/// What is presented, as far as the page needs it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Presented {
    /// Whether the server has said anything about it yet.
    pub(crate) known: bool,
    /// Whether a presentation is going on.
    pub(crate) active: bool,
    /// Who drives it; `None` while they are away.
    pub(crate) driver: Option<String>,
    /// They have lost the connection, and will be waited for a moment.
    pub(crate) away: bool,
    /// Whether that is this page.
    pub(crate) driving: bool,
    /// Whether this page began the presentation.
    pub(crate) host: bool,
    /// Nobody presents because somebody has ended it.
    pub(crate) ended: bool,
    /// Counts how often the baton has changed hands.
    pub(crate) term: u64,
    /// Last visible fragment, -1 for none.
    pub(crate) fragment: i32,
    /// Whether screens are dark.
    pub(crate) blackout: bool,
    /// Edits are kept from the audience.
    pub(crate) held: bool,
    /// How many edits those are.
    pub(crate) held_edits: u32,
    /// How many follow.
    pub(crate) followers: u32,
    /// How many look around by themselves.
    pub(crate) roaming: u32,
    /// How much time has passed, as the server has said.
    pub(crate) times: Option<Arc<Times>>,
    /// When it has said so, on this page's clock.
    pub(crate) told_at: Millis,
}

/// Somebody wants to hand over the presentation to this person.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Offer {
    /// The section that it is about.
    pub(crate) section: String,
    /// The term of the driver who offers.
    pub(crate) term: u64,
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
    /// The presentation is offered to this person.
    pub(crate) offer: Option<Offer>,
}

/// What the parts that show slides or text are told, besides the signals.
#[derive(Clone, Copy)]
pub(crate) enum News<'a> {
    /// Others changed the text.
    Text(&'a [TextEdit]),
    /// What the server says of the call, as JSON for the module that is about it.
    Desk(&'a str),
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
    /// A key was pressed on the phone remote.
    Press(Press),
    /// Somebody of this name has removed the slide that was shown.
    SlideRemoved(&'a str),
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
    /// Whether this page is there to write, if it may.
    writes: bool,
    /// What the server allows, as it said last.
    pub(crate) role: ReadSignal<Option<Role>>,
    /// What the person may do with the deck, as the HTTP interface calls it; empty before it is known.
    pub(crate) access: ReadSignal<String>,
    /// Opens the deck's pictures to the frames, which have no cookie.
    pub(crate) pictures: ReadSignal<String>,
    /// New decks are made of this one: what is to be filled in stays open here.
    pub(crate) is_template: ReadSignal<bool>,
    /// Everybody else.
    pub(crate) people: ReadSignal<Vec<PersonView>>,
    /// The presentation.
    pub(crate) presented: RwSignal<Presented>,
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
        let presented = RwSignal::new(Presented::default());
        let (answer, set_deck) = signal(None);
        let (role_now, set_role) = signal(None);
        let (access, set_access) = signal(String::new());
        let (pictures, set_pictures) = signal(String::new());
        let (is_template, set_template) = signal(false);
        let signals = Signals {
            ready: set_ready,
            status: set_status,
            notices,
            people: set_people,
            presented,
            deck: set_deck,
            role: set_role,
        };
        let (id, known, is_asking) = (deck.to_owned(), Cell::new(None), Rc::new(Cell::new(false)));
        effect(move || {
            // Asked at once, and again whenever the server allows something else.
            let role = role_now.get();
            let is_first = known.replace(role).is_none() && role.is_some();
            if is_first && (is_asking.get() || !untrack(|| access.read().is_empty())) {
                return;
            }
            let (id, is_asking) = (id.clone(), Rc::clone(&is_asking));
            is_asking.set(true);
            spawn(async move {
                let deck = api::deck(&id).await;
                is_asking.set(false);
                if let Ok(deck) = deck {
                    _ = set_access.try_set(string(&deck, "access"));
                    _ = set_pictures.try_set(string(&deck, "picturesTicket"));
                    _ = set_template.try_set(field(&deck, "isTemplate").is_truthy());
                }
            });
        });
        let core = Core::new(deck, role, profile, signals);
        if role == "present" {
            resume(&core);
        }
        core.render.start();
        core.event(ClientEvent::Start);

        let nudged = Rc::downgrade(&core);
        let nudge = move || {
            if let Some(core) = nudged.upgrade() {
                core.nudge();
            }
        };
        let on_visible = nudge.clone();
        on_window("online", move |_| nudge());
        let offline = Rc::downgrade(&core);
        on_window("offline", move |_| {
            if let Some(core) = offline.upgrade() {
                core.cut();
            }
        });
        on_window("visibilitychange", move |_| on_visible());
        let leaving = Rc::downgrade(&core);
        on_window("beforeunload", move |event| {
            if leaving.upgrade().is_some_and(|core| core.replica.borrow().unkept() > 0) {
                event.prevent_default();
            }
        });
        let core = StoredValue::new_local(core);
        on_cleanup(move || {
            core.with_value(|core| core.leave());
        });
        let writes = role == "edit";
        let role = role_now;
        Self {
            core,
            ready,
            status,
            notices,
            writes,
            role,
            access,
            pictures,
            is_template,
            people,
            presented,
            deck: answer,
        }
    }

    /// Whether the person may write here; so it is taken until the server says otherwise.
    pub(crate) fn may_write(self) -> bool {
        self.writes && self.role.get().is_none_or(Role::can_edit)
    }

    /// Whether the person came to write and may only read.
    pub(crate) fn is_read_only(self) -> bool {
        self.writes && !self.may_write()
    }

    /// Whether the person came to present and may not.
    pub(crate) fn only_watches(self) -> bool {
        !self.writes && self.role.get().is_some_and(|role| !role.can_present())
    }

    /// Whether the person may present.
    pub(crate) fn may_present(self) -> bool {
        self.role.get().is_none_or(Role::can_edit)
            && self.access.with(|access| !matches!(&**access, "read" | "comment" | "edit"))
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

    /// Drives the presentation to a slide of the last rendering. `take` takes over from the driver of
    /// that term.
    pub(crate) fn present(self, slide: u32, fragment: i32, blackout: bool, take: Option<u64>) {
        self.core.with_value(|core| {
            let answer = self.deck.get_untracked();
            let Some(slide) = answer.as_ref().and_then(|deck| deck.slides.get(slide as usize))
            else {
                return;
            };
            let offset = core.render.carried(slide.offset);
            core.present(offset, fragment, blackout, take);
        });
    }

    /// Keeps edits from the audience, or lets them through again.
    pub(crate) fn hold(self, on: bool) {
        self.core.with_value(|core| core.drive(|replica, _, out| replica.hold(on, out)));
    }

    /// Offers the baton to a person.
    pub(crate) fn offer(self, client: u64, section: &str) {
        self.core.with_value(|core| {
            core.drive(|replica, _, out| replica.offer(client, section, out));
        });
    }

    /// Ends the presentation.
    pub(crate) fn stop_presenting(self) {
        self.core.with_value(|core| core.stop_presenting());
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
        if !untrack(|| self.may_write()) {
            return;
        }
        self.core.with_value(|core| core.wish(command, Box::new(done)));
    }

    /// The anchor of a slide of the last rendering, as JSON.
    pub(crate) fn anchor_of(self, slide: u32) -> Option<String> {
        self.core.with_value(|core| {
            let offset = self.deck.get_untracked()?.slide(slide)?.offset;
            let anchor = core.replica.borrow().anchor(core.render.carried(offset));
            serde_json::to_string(&anchor).ok()
        })
    }

    /// The slide that holds the character of an anchor, while that is there.
    pub(crate) fn slide_of(self, anchor: &str) -> Option<u32> {
        self.core.with_value(|core| {
            let anchor: Anchor = serde_json::from_str(anchor).ok()?;
            let replica = core.replica.borrow();
            let offset = replica.offset(&anchor)?;
            // A character that is gone leaves its place to its neighbour.
            let is_there = replica.anchor(offset) == anchor;
            is_there.then(|| self.deck.get_untracked())?.map(|deck| deck.slide_at_offset(offset))
        })
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

/// Gives a page that is loaded again the session that it had, and with it the baton. Only from when the
/// page goes until it is back is the session kept: two pages with one would close each other.
fn resume(core: &Rc<Core>) {
    let key = ["session.", &core.deck].concat();
    let kept = store::session(&key).and_then(|session| session.parse().ok());
    if let Some(session) = kept {
        core.replica.borrow_mut().resume_session(session);
    }
    store::set_session(&key, "");
    let (leaving, forgotten) = (Rc::downgrade(core), key.clone());
    on_window("pagehide", move |_| {
        if let Some(core) = leaving.upgrade() {
            store::set_session(&key, &core.replica.borrow().session().to_string());
        }
    });
    // The browser may have kept the page as it was.
    on_window("pageshow", move |_| store::set_session(&forgotten, ""));
}

/// Milliseconds of a clock that never goes back.
pub(crate) fn now() -> Millis {
    window().performance().map_or(0.0, |clock| clock.now()) as Millis
}

/// Random bits from the browser; there is always a source in one that runs WASM.
pub(crate) fn random() -> u64 {
    getrandom::u64().unwrap_or_default()
}
