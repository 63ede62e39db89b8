//! What the server says, and what it is answered.

use super::connection::{Link, Open};
use super::replaced::Next;
use super::{ClientEffect, Identity, Replica};
use crate::Millis;
use crate::access::Role;
use crate::doc::DeckDoc;
use crate::lint::MAX_UPDATE_BYTES;
use crate::wire::{Frame, ServerMessage};

/// An update that brings nothing.
const NOTHING: &[u8] = &[0, 0];

impl Replica {
    pub(super) fn frame(&mut self, now: Millis, bytes: &[u8], out: &mut Vec<ClientEffect>) {
        let Link::Open(open) = &mut self.link else { return };
        open.heard_at = now;
        open.pinged_at = None;
        // A server that we cannot understand is newer or broken; either way its next words
        // may be fine, and dropping the connection would only repeat the problem.
        let Ok(frame) = Frame::decode(bytes) else { return };
        match frame {
            Frame::SyncStep1(state_vector) => {
                open.asked.push(state_vector.to_vec());
                self.answer(out);
            }
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

    pub(super) fn apply(&mut self, now: Millis, update: &[u8], out: &mut Vec<ClientEffect>) {
        let applied = match &mut self.next {
            Some(next) => next.doc.apply_unchecked(update),
            None => {
                self.keeping.others_wrote(update);
                self.doc.apply_unchecked(update)
            }
        };
        if self.early.is_none() {
            self.tell_edits(out);
        }
        if applied.is_err() {
            // We missed something. A new connection asks for all that is missing.
            out.push(ClientEffect::Disconnect);
            self.retry_later(now, out);
        }
    }

    /// Tells what others changed.
    fn tell_edits(&mut self, out: &mut Vec<ClientEffect>) {
        let edits = self.doc.take_remote_edits();
        if let Link::Open(Open { complete: false, .. }) = &self.link {
            self.received += edits.len();
        }
        if !edits.is_empty() {
            out.push(ClientEffect::Text(edits));
        }
    }

    // [C2] What the server lacks goes out in one answer, once this client has all that the server
    // has, and every edit that is not acknowledged yet travels in it.
    fn answer(&mut self, out: &mut Vec<ClientEffect>) {
        let Link::Open(open) = &mut self.link else { return };
        if !open.complete || !open.role.is_none_or(Role::can_edit) {
            return;
        }
        let Some(asked) = open.asked.pop() else { return };
        let Ok(missing) = self.doc.diff_unchecked(&asked) else { return };
        if open.returns && !open.asked_before {
            self.resent = self.keeping.unsaved.len();
        }
        (open.answered, open.asked_before) = (true, true);
        let mut send = |frame: Frame<'_>| {
            open.frames += 1;
            out.push(ClientEffect::Send(frame.encode()));
            Some(open.frames)
        };
        // The server counts answers: each of its questions gets one, and the last one gets all.
        for _ in open.asked.drain(..) {
            send(Frame::SyncStep2(NOTHING));
        }
        if missing.len() <= MAX_UPDATE_BYTES {
            let frame = send(Frame::SyncStep2(&missing));
            self.keeping.unsaved.iter_mut().for_each(|edit| edit.frame = frame);
        } else {
            send(Frame::SyncStep2(NOTHING));
            for edit in &mut self.keeping.unsaved {
                edit.frame = send(Frame::Update(&edit.update));
            }
        }
        self.present_again(out);
        self.tell_in_step(out);
    }

    fn completed(&mut self, now: Millis, out: &mut Vec<ClientEffect>) {
        let Link::Open(open) = &mut self.link else { return };
        open.complete = true;
        self.take_greeting(out);
        self.write_early(now, out);
        if let Some(next) = self.next.take() {
            self.replace(now, next, out);
        }
        if !self.was_ready {
            self.was_ready = true;
            self.received = 0;
            out.push(ClientEffect::Ready);
        }
        self.adopt_waiting(now, out);
        self.presence_changed(now, out);
        self.answer(out);
        self.tell_in_step(out);
    }

    pub(super) fn tell_in_step(&mut self, out: &mut Vec<ClientEffect>) {
        let Link::Open(open) = &self.link else { return };
        if !self.in_step(open) {
            return;
        }
        let sent = std::mem::take(&mut self.resent);
        let received = std::mem::take(&mut self.received);
        if sent > 0 {
            out.push(ClientEffect::Merged { sent, received });
        }
    }

    pub(super) fn send_update(
        &mut self,
        update: &[u8],
        out: &mut Vec<ClientEffect>,
    ) -> Option<u64> {
        match &mut self.link {
            Link::Open(open) if open.answered && open.writable => {
                open.frames += 1;
                out.push(ClientEffect::Send(Frame::Update(update).encode()));
                Some(open.frames)
            }
            _ => None,
        }
    }

    fn control(&mut self, now: Millis, message: ServerMessage, out: &mut Vec<ClientEffect>) {
        match message {
            ServerMessage::Hello { role, epoch, version, client, proof } => {
                out.push(ClientEffect::Version(version));
                self.hello(now, role, Identity { client, proof, epoch }, out);
            }
            ServerMessage::Saved { frames } => self.keeping.saved(frames, out),
            ServerMessage::Storage { writable } => {
                if let Link::Open(open) = &mut self.link {
                    open.writable = writable;
                }
            }
            ServerMessage::Pong => {}
            ServerMessage::Draining { retry_after } => {
                out.push(ClientEffect::Disconnect);
                self.lost(now + retry_after, out);
            }
            message => self.heard_of_talk(message, out),
        }
    }

    fn hello(&mut self, now: Millis, role: Role, issued: Identity, out: &mut Vec<ClientEffect>) {
        // [C7] A replica of another lineage is never merged as it is: the text would double.
        let expected = match &self.next {
            Some(next) => next.identity.as_ref(),
            None => self.identity.as_ref(),
        };
        if expected.is_some_and(|known| known.epoch != issued.epoch) {
            self.next = Some(Next::new());
            out.push(ClientEffect::Disconnect);
            return self.connect(now, out);
        }
        if expected.is_none() {
            self.become_one(issued);
        }
        let Link::Open(open) = &mut self.link else { return };
        open.role = Some(role);
        if !role.can_edit() {
            // [C8] What is on its way may be refused; the server asks for it again once we may.
            open.answered = false;
            self.forget_others(out);
        }
        self.adopt_waiting(now, out);
        self.presence_changed(now, out);
    }

    /// From now on there is a document to write into, once it is complete.
    fn become_one(&mut self, issued: Identity) {
        let doc = DeckDoc::observed(issued.client);
        if let Some(next) = &mut self.next {
            *next = Next { doc, identity: Some(issued) };
        } else {
            (self.doc, self.identity) = (doc, Some(issued));
        }
    }
}
