//! The client's side of one deck: the document, what is not saved yet, and the connection.
//!
//! A replica is a state machine without IO, for the browser and for native clients alike. Its
//! owner reports what the socket does ([`ClientEvent`]), calls the methods for what the person
//! does, and carries out the [`ClientEffect`]s in order. After each call it sets one timer to
//! [`Replica::next_wake`]. The rules (`[C…]`) are in `SPEC.md`.

mod carets;
mod connection;

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use crate::Millis;
use crate::access::Role;
use crate::doc::{Anchor, DeckDoc, TextEdit};
use crate::presence::{Cursor, Person};
use crate::presentation::{Presentation, Shown};
use crate::wire::{self, ClientMessage, Frame, Profile, ServerMessage};

use connection::{Link, Open};

/// Longest text in one update, in bytes: longer insertions are cut, so that each frame stays
/// far below what the server takes.
const MAX_INSERT_BYTES: usize = 64 * 1024;
/// What the connection of a replica does.
#[derive(Debug, Clone)]
pub enum ClientEvent {
    /// Open the first connection.
    Start,
    /// The socket is open.
    Opened,
    /// A message came.
    Frame(Bytes),
    /// The socket closed, or could not be opened.
    Closed {
        /// WebSocket close code, 1006 when there was none.
        code: u16,
        /// What the server said.
        reason: String,
    },
    /// The time of [`Replica::next_wake`] has come.
    Wake,
    /// The network came back, the tab became visible, or the person wants it: connect now.
    Nudge,
}

/// What the owner of a replica has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientEffect {
    /// Open a socket; close the one before.
    Connect,
    /// Close the socket; no [`ClientEvent::Closed`] is expected for it.
    Disconnect,
    /// Send one message.
    Send(Bytes),
    /// The text changed from outside; the edits lead from the text before to the text now.
    Text(Vec<TextEdit>),
    /// [`Replica::status`] changed.
    Status,
    /// [`Replica::people`] changed.
    People,
    /// [`Replica::presentation`], [`Replica::is_driving`] or [`Replica::followers`] changed.
    Presentation,
    /// The deck is complete for the first time: show it.
    Ready,
    /// After a time offline everything is in step again.
    Merged {
        /// Own edits that the server did not have.
        sent: usize,
    },
}

/// What the status line says. Never better than the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Not connected yet, or the deck is not complete yet.
    Connecting,
    /// Everything typed here is durable on the server.
    Saved,
    /// Connected; some edits are not acknowledged yet.
    Saving,
    /// No connection; another attempt follows.
    Offline {
        /// Edits that only this client has.
        unsaved: usize,
        /// When the next attempt comes.
        retry_at: Millis,
    },
    /// Connecting again after a loss.
    Reconnecting {
        /// Edits that only this client has.
        unsaved: usize,
    },
    /// The server does not take this client, and trying again by itself would not help.
    Refused {
        /// Why, in the server's words.
        reason: String,
        /// Edits that only this client has.
        unsaved: usize,
    },
    /// The deck was restored from a backup: this replica must not be merged into it.
    Replaced {
        /// Edits that only this client has.
        unsaved: usize,
    },
}

/// One open deck on a client.
pub struct Replica {
    doc: DeckDoc,
    link: Link,
    attempts: u32,
    rng: u64,
    epoch: Option<u64>,
    was_ready: bool,
    /// One entry for each own edit that is not acknowledged: the frame it travels in, if any.
    unsaved: VecDeque<Option<u64>>,
    /// How many edits went out again after the last reconnection.
    resent: usize,
    profile: Profile,
    /// Below 2⁵³, as JSON numbers of other programs are exact only so far.
    session: u64,
    cursor: Option<Cursor>,
    presence_clock: u64,
    people: BTreeMap<u64, Person>,
    presentation: Option<Presentation>,
    driving: bool,
    /// What this client shows as the driver; said again after a reconnection.
    drives: Option<Shown>,
    followers: u32,
}

impl Replica {
    /// A replica of a deck it knows nothing of yet. `client_id` (below 2⁵³) must be random for
    /// each replica; `seed`, secret and random, spreads reconnections and tells this client's
    /// connections from everybody else's.
    pub fn new(client_id: u64, seed: u64, profile: Profile) -> Self {
        let mut this = Self {
            doc: DeckDoc::observed(client_id),
            link: Link::Idle,
            attempts: 0,
            rng: seed,
            epoch: None,
            was_ready: false,
            unsaved: VecDeque::new(),
            resent: 0,
            profile,
            session: 0,
            cursor: None,
            presence_clock: 0,
            people: BTreeMap::new(),
            presentation: None,
            driving: false,
            drives: None,
            followers: 0,
        };
        this.session = this.random() >> 11;
        this
    }

    /// Takes one event of the connection.
    pub fn handle(&mut self, now: Millis, event: ClientEvent, out: &mut Vec<ClientEffect>) {
        let before = self.status();
        match event {
            ClientEvent::Start => self.connect(now, out),
            ClientEvent::Opened => self.opened(now, out),
            ClientEvent::Frame(bytes) => self.frame(now, &bytes, out),
            ClientEvent::Closed { code, reason } => self.closed(now, code, reason, out),
            ClientEvent::Wake => self.wake(now, out),
            ClientEvent::Nudge => self.nudge(now, out),
        }
        self.tell_status(&before, out);
    }

    /// The person changed the text.
    pub fn edit(&mut self, edits: &[TextEdit], out: &mut Vec<ClientEffect>) {
        let before = self.status();
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for piece in edits.iter().flat_map(cut) {
            if bytes + piece.insert.len() > MAX_INSERT_BYTES {
                self.edit_at_once(&std::mem::take(&mut batch), out);
                bytes = 0;
            }
            bytes += piece.insert.len();
            batch.push(piece);
        }
        self.edit_at_once(&batch, out);
        self.tell_status(&before, out);
    }

    /// One update for all of it: others see a move as one change, and not its text gone first.
    fn edit_at_once(&mut self, edits: &[TextEdit], out: &mut Vec<ClientEffect>) {
        if edits.is_empty() {
            return;
        }
        let update = self.doc.edit(edits);
        let frame = self.send_update(&update, out);
        self.unsaved.push_back(frame);
    }

    /// The person's caret is here (UTF-16 offsets); `None` when the editor lost the focus.
    pub fn select(&mut self, now: Millis, range: Option<(u32, u32)>, out: &mut Vec<ClientEffect>) {
        let cursor = range.map(|(anchor, head)| Cursor {
            anchor: self.doc.anchor(anchor),
            head: self.doc.anchor(head),
        });
        // Anchors move along with the text: while typing, the caret needs no message.
        if cursor != self.cursor {
            self.cursor = cursor;
            self.presence_changed(now, out);
        }
    }

    /// The person has another name or colour now.
    pub fn rename(&mut self, now: Millis, profile: Profile, out: &mut Vec<ClientEffect>) {
        self.profile = profile;
        if let Link::Open(_) = self.link {
            out.push(ClientEffect::Send(self.introduction()));
            self.presence_changed(now, out);
        }
    }

    /// The person drives the presentation to the slide whose first character is at `offset`.
    /// `take` takes over from another driver.
    pub fn present(
        &mut self,
        offset: u32,
        fragment: i32,
        blackout: bool,
        take: bool,
        out: &mut Vec<ClientEffect>,
    ) {
        let shown = Shown { slide: self.doc.anchor(offset), fragment, blackout };
        self.drives = Some(shown.clone());
        self.send_if_open(&ClientMessage::Present { shown, take }, out);
    }

    /// The person ends the presentation.
    pub fn stop_presenting(&mut self, out: &mut Vec<ClientEffect>) {
        self.drives = None;
        self.send_if_open(&ClientMessage::StopPresenting, out);
    }

    /// What the status line says.
    pub fn status(&self) -> Status {
        let unsaved = self.unsaved.len();
        match &self.link {
            Link::Idle => Status::Connecting,
            Link::Waiting { retry_at } => Status::Offline { unsaved, retry_at: *retry_at },
            Link::Refused { reason } => Status::Refused { reason: reason.clone(), unsaved },
            Link::Replaced => Status::Replaced { unsaved },
            Link::Open(open) if self.in_step(open) && unsaved == 0 => Status::Saved,
            Link::Open(open) if self.in_step(open) => Status::Saving,
            Link::Connecting { .. } | Link::Open(_) if self.was_ready => {
                Status::Reconnecting { unsaved }
            }
            Link::Connecting { .. } | Link::Open(_) => Status::Connecting,
        }
    }

    /// Everybody else who is here, by client id.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    /// What is presented.
    pub fn presentation(&self) -> Option<&Presentation> {
        self.presentation.as_ref()
    }

    /// Whether this client drives the presentation.
    pub fn is_driving(&self) -> bool {
        self.driving
    }

    /// How many follow without editing.
    pub fn followers(&self) -> u32 {
        self.followers
    }

    /// What the server allows, once it is known.
    pub fn role(&self) -> Option<Role> {
        if let Link::Open(open) = &self.link { open.role } else { None }
    }

    /// The whole text.
    pub fn text(&self) -> String {
        self.doc.text()
    }

    /// Where an anchor is now, in UTF-16 units.
    pub fn offset(&self, anchor: &Anchor) -> Option<u32> {
        self.doc.offset(anchor)
    }

    /// How many own edits the server has not acknowledged.
    pub fn unsaved(&self) -> usize {
        self.unsaved.len()
    }

    fn in_step(&self, open: &Open) -> bool {
        open.complete && (open.answered || open.role.is_some_and(|role| !role.can_edit()))
    }

    fn tell_status(&self, before: &Status, out: &mut Vec<ClientEffect>) {
        if *before != self.status() {
            out.push(ClientEffect::Status);
        }
    }

    fn introduction(&self) -> Bytes {
        let session = self.session;
        wire::control(&ClientMessage::Introduce { profile: self.profile.clone(), session })
    }

    fn frame(&mut self, now: Millis, bytes: &[u8], out: &mut Vec<ClientEffect>) {
        let Link::Open(open) = &mut self.link else { return };
        open.heard_at = now;
        open.pinged_at = None;
        // A server that we cannot understand is newer or broken; either way its next words
        // may be fine, and dropping the connection would only repeat the problem.
        let Ok(frame) = Frame::decode(bytes) else { return };
        match frame {
            Frame::SyncStep1(state_vector) => self.answer_step_1(state_vector, out),
            Frame::SyncStep2(update) => {
                self.apply(now, update, out);
                self.completed(now, out);
            }
            Frame::Update(update) => self.apply(now, update, out),
            Frame::Awareness(payload) => self.hear_presence(payload, out),
            Frame::Control(json) => {
                if let Ok(message) = serde_json::from_str(json) {
                    self.control(now, message, out);
                }
            }
            Frame::QueryAwareness => self.send_presence(now, out),
            Frame::PermissionDenied(_) => {}
        }
    }

    fn apply(&mut self, now: Millis, update: &[u8], out: &mut Vec<ClientEffect>) {
        let applied = self.doc.apply_unchecked(update);
        let edits = self.doc.take_remote_edits();
        if !edits.is_empty() {
            out.push(ClientEffect::Text(edits));
        }
        if applied.is_err() {
            // We missed something. A new connection asks for all that is missing.
            out.push(ClientEffect::Disconnect);
            self.retry_later(now, out);
        }
    }

    // [C2] What the server lacks goes out in one answer, and every edit that is not
    // acknowledged yet travels in it.
    fn answer_step_1(&mut self, state_vector: &[u8], out: &mut Vec<ClientEffect>) {
        let Ok(missing) = self.doc.diff_unchecked(state_vector) else { return };
        let Link::Open(open) = &mut self.link else { return };
        if !open.role.is_none_or(Role::can_edit) {
            return;
        }
        open.frames += 1;
        open.answered = true;
        let frame = open.frames;
        self.resent = if self.was_ready { self.unsaved.len() } else { 0 };
        self.unsaved.iter_mut().for_each(|edit| *edit = Some(frame));
        out.push(ClientEffect::Send(Frame::SyncStep2(&missing).encode()));
        self.tell_in_step(out);
    }

    fn completed(&mut self, now: Millis, out: &mut Vec<ClientEffect>) {
        let Link::Open(open) = &mut self.link else { return };
        open.complete = true;
        if !self.was_ready {
            self.was_ready = true;
            out.push(ClientEffect::Ready);
        }
        self.presence_changed(now, out);
        self.tell_in_step(out);
    }

    fn tell_in_step(&mut self, out: &mut Vec<ClientEffect>) {
        let Link::Open(open) = &self.link else { return };
        if !self.in_step(open) {
            return;
        }
        let sent = std::mem::take(&mut self.resent);
        if sent > 0 {
            out.push(ClientEffect::Merged { sent });
        }
        // [C6] A driver who was cut off goes on driving, unless somebody took over meanwhile.
        if let Some(shown) = self.drives.clone() {
            self.send_if_open(&ClientMessage::Present { shown, take: false }, out);
        }
    }

    fn send_update(&mut self, update: &[u8], out: &mut Vec<ClientEffect>) -> Option<u64> {
        match &mut self.link {
            Link::Open(open) if open.answered => {
                open.frames += 1;
                out.push(ClientEffect::Send(Frame::Update(update).encode()));
                Some(open.frames)
            }
            _ => None,
        }
    }

    fn send_if_open(&self, message: &ClientMessage, out: &mut Vec<ClientEffect>) {
        if let Link::Open(open) = &self.link
            && open.role.is_some_and(Role::can_present)
        {
            out.push(ClientEffect::Send(wire::control(message)));
        }
    }

    fn control(&mut self, now: Millis, message: ServerMessage, out: &mut Vec<ClientEffect>) {
        match message {
            ServerMessage::Hello { role, epoch, .. } => self.hello(now, role, epoch, out),
            ServerMessage::Saved { frames } => {
                while let Some(&Some(frame)) = self.unsaved.front() {
                    if frame > frames {
                        break;
                    }
                    self.unsaved.pop_front();
                }
            }
            ServerMessage::Presentation { presentation, driving } => {
                let driver = presentation.as_ref().and_then(|presented| presented.driver.as_ref());
                if !driving && driver.is_some() {
                    // Somebody else took over: do not take it back after a reconnection.
                    self.drives = None;
                }
                self.presentation = presentation;
                self.driving = driving;
                out.push(ClientEffect::Presentation);
            }
            ServerMessage::Audience { followers } => {
                self.followers = followers;
                out.push(ClientEffect::Presentation);
            }
            ServerMessage::Pong => {}
            ServerMessage::Draining { retry_after } => {
                out.push(ClientEffect::Disconnect);
                self.lost(now + retry_after, out);
            }
        }
    }

    fn hello(&mut self, now: Millis, role: Role, epoch: u64, out: &mut Vec<ClientEffect>) {
        // [C7] A replica of another lineage is never merged: the text would double.
        if self.epoch.is_some_and(|known| known != epoch) {
            out.push(ClientEffect::Disconnect);
            self.link = Link::Replaced;
            return;
        }
        self.epoch = Some(epoch);
        let Link::Open(open) = &mut self.link else { return };
        open.role = Some(role);
        if !role.can_edit() {
            // [C8] What is on its way may be refused; the server asks for it again once we may.
            open.answered = false;
            self.forget_others(out);
        }
        self.presence_changed(now, out);
    }
}

/// Cuts an edit with a very long insertion into several that do the same.
fn cut(edit: &TextEdit) -> Vec<TextEdit> {
    if edit.insert.len() <= MAX_INSERT_BYTES {
        return vec![edit.clone()];
    }
    let mut pieces = vec![TextEdit::delete(edit.at, edit.delete)];
    let (mut at, mut rest) = (edit.at, edit.insert.as_str());
    while !rest.is_empty() {
        let mut end = rest.len().min(MAX_INSERT_BYTES);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, tail) = rest.split_at(end);
        pieces.push(TextEdit::insert(at, piece));
        at += piece.encode_utf16().count() as u32;
        rest = tail;
    }
    pieces.retain(|piece| piece.delete > 0 || !piece.insert.is_empty());
    pieces
}
