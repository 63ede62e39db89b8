//! The client's side of one deck: the document, what is not saved yet, and the connection.
//!
//! A replica is a state machine without IO, for the browser and for native clients alike. Its
//! owner reports what the socket does ([`ClientEvent`]), calls the methods for what the person
//! does, and carries out the [`ClientEffect`]s in order. After each call it sets one timer to
//! [`Replica::next_wake`]. The rules (`[C…]`) are in `SPEC.md`.

mod carets;
mod connection;
mod events;
mod keeping;
mod presenting;
mod replaced;
mod syncing;

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::Millis;
use crate::access::Role;
use crate::doc::{Anchor, DeckDoc, TextEdit};
use crate::presence::{Cursor, Person};
use crate::wire::{self, ClientMessage, Profile};

use connection::{Link, Open};
pub use events::{ClientEffect, ClientEvent, Status};
pub use keeping::KeptQueue;
use keeping::{Author, Keeping, Unsaved};
use presenting::Presenting;
use replaced::{Early, Next};

/// Longest text in one update, in bytes: longer insertions are cut, so that each frame stays
/// far below what the server takes.
const MAX_INSERT_BYTES: usize = 64 * 1024;

/// Who this client is in the document.
#[derive(Debug, Clone)]
struct Identity {
    client: u64,
    proof: String,
    epoch: u64,
}

/// One open deck on a client.
pub struct Replica {
    doc: DeckDoc,
    link: Link,
    attempts: u32,
    rng: u64,
    /// `None` until the server has issued one.
    identity: Option<Identity>,
    was_ready: bool,
    /// What was written before there was a document; `None` once there is.
    early: Option<Early>,
    /// The deck has another lineage now.
    next: Option<Next>,
    keeping: Keeping,
    /// How many edits went out again after the last reconnection.
    resent: usize,
    /// How many changes by others came with it.
    received: usize,
    profile: Profile,
    /// Below 2⁵³, as JSON numbers of other programs are exact only so far.
    session: u64,
    cursor: Option<Cursor>,
    presence_clock: u64,
    people: BTreeMap<u64, Person>,
    presenting: Presenting,
}

/// The id of a document that nobody writes into.
const NOBODY: u64 = 0;

impl Replica {
    /// A replica of a deck it knows nothing of yet. `seed`, secret and random, spreads reconnections
    /// and tells this client's connections from everybody else's.
    pub fn new(seed: u64, profile: Profile) -> Self {
        let mut this = Self {
            doc: DeckDoc::observed(NOBODY),
            link: Link::Idle,
            attempts: 0,
            rng: seed,
            identity: None,
            was_ready: false,
            early: Some(Early::default()),
            next: None,
            keeping: Keeping::default(),
            resent: 0,
            received: 0,
            profile,
            session: 0,
            cursor: None,
            presence_clock: 0,
            people: BTreeMap::new(),
            presenting: Presenting::default(),
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
            ClientEvent::Kept { upto } => self.keeping.kept(now, upto),
            ClientEvent::NotKept => self.keeping.fail(),
        }
        self.tell_status(&before, out);
    }

    /// The person changed the text.
    pub fn edit(&mut self, now: Millis, edits: &[TextEdit], out: &mut Vec<ClientEffect>) {
        let before = self.status();
        self.write(now, edits, out);
        self.tell_status(&before, out);
    }

    fn write(&mut self, now: Millis, edits: &[TextEdit], out: &mut Vec<ClientEffect>) {
        if let Some(early) = &mut self.early {
            return early.edit(edits);
        }
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for piece in edits.iter().flat_map(cut) {
            if bytes + piece.insert.len() > MAX_INSERT_BYTES {
                self.write_at_once(now, &std::mem::take(&mut batch), out);
                bytes = 0;
            }
            bytes += piece.insert.len();
            batch.push(piece);
        }
        self.write_at_once(now, &batch, out);
    }

    /// One update for all of it: others see a move as one change, and not its text gone first.
    fn write_at_once(&mut self, now: Millis, edits: &[TextEdit], out: &mut Vec<ClientEffect>) {
        if edits.is_empty() {
            return;
        }
        self.keeping.remember_base(&self.doc);
        let update = Bytes::from(self.doc.edit(edits));
        let number = self.keeping.next_number(now);
        if let Some(Identity { client, proof, .. }) = &self.identity
            && self.keeping.begins_queue()
        {
            let (client, proof) = (*client, proof.clone());
            out.push(ClientEffect::BeginQueue { client, proof });
        }
        out.push(ClientEffect::Keep { number, update: update.clone() });
        let frame = self.send_update(&update, out);
        let (client, author) = (self.doc.client_id(), Author::This(number));
        self.keeping.unsaved.push_back(Unsaved { frame, update, client, author });
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

    /// Goes on in the place of a connection of the same person, whose session this was: a page that
    /// was loaded anew still has the baton then. To be called before the start, and while no other
    /// page uses the session: each of them would end the connection of the other.
    pub fn resume_session(&mut self, session: u64) {
        self.session = session;
    }

    /// Tells this client's connections from everybody else's.
    pub fn session(&self) -> u64 {
        self.session
    }

    /// What the status line says.
    pub fn status(&self) -> Status {
        let (unsaved, kept) = (self.unsaved(), self.is_kept());
        match &self.link {
            Link::Idle => Status::Connecting,
            Link::Waiting { retry_at } => Status::Offline { unsaved, kept, retry_at: *retry_at },
            Link::Refused { reason } => Status::Refused { reason: reason.clone(), unsaved },
            Link::Open(open) if self.in_step(open) && !open.may_edit() && unsaved > 0 => {
                Status::ReadOnly { unsaved }
            }
            Link::Open(open) if self.in_step(open) && !open.writable && open.may_edit() => {
                Status::Full { unsaved, kept }
            }
            Link::Open(open) if self.in_step(open) && unsaved == 0 => Status::Saved,
            Link::Open(open) if self.in_step(open) => Status::Saving,
            Link::Connecting { .. } | Link::Open(_) if self.was_ready => {
                Status::Reconnecting { unsaved, kept }
            }
            Link::Connecting { .. } | Link::Open(_) => Status::Connecting,
        }
    }

    /// Everybody else who is here, by client id.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    /// What the server allows, once it is known.
    pub fn role(&self) -> Option<Role> {
        if let Link::Open(open) = &self.link { open.role } else { None }
    }

    /// The whole text, as the person sees it.
    pub fn text(&self) -> String {
        self.early.as_ref().map_or_else(|| self.doc.text(), |early| early.text.clone())
    }

    /// A position that stays before the character at `offset`.
    pub fn anchor(&self, offset: u32) -> Anchor {
        self.doc.anchor(offset)
    }

    /// Where an anchor is now, in UTF-16 units.
    pub fn offset(&self, anchor: &Anchor) -> Option<u32> {
        self.doc.offset(anchor)
    }

    /// How many own edits the server has not acknowledged.
    pub fn unsaved(&self) -> usize {
        self.keeping.unsaved.len()
            + self.keeping.waiting()
            + self.early.as_ref().map_or(0, |early| early.edits)
    }

    /// The id that own edits carry, 0 before the server has issued one.
    pub fn client_id(&self) -> u64 {
        self.doc.client_id()
    }

    /// That id, and how many units were ever written with it.
    pub fn written(&self) -> Option<(u64, u32)> {
        let client = self.identity.as_ref()?.client;
        Some((client, self.doc.clock(client)))
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
        let (profile, session) = (self.profile.clone(), self.session);
        let clients = self.claims();
        wire::control(&ClientMessage::Introduce { profile, session, clients })
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
