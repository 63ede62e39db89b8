//! Telling where the own caret is, and hearing of the others'.

use super::connection::Link;
use super::{ClientEffect, Replica};
use crate::Millis;
use crate::access::Role;
use crate::presence::{self, Entry, Person};
use crate::wire::Frame;

/// Presence is sent again this often: Yjs clients forget whoever is silent for 30 s.
pub(super) const PRESENCE_RENEWAL: Millis = 15_000;
/// Carets are sent at most this often: the server takes ten a second.
pub(super) const PRESENCE_SPACING: Millis = 100;

impl Replica {
    pub(super) fn presence_changed(&mut self, now: Millis, out: &mut Vec<ClientEffect>) {
        let Link::Open(open) = &mut self.link else { return };
        open.presence_due = true;
        if open.complete && now >= open.presence_sent_at + PRESENCE_SPACING {
            self.send_presence(now, out);
        }
    }

    pub(super) fn send_presence(&mut self, now: Millis, out: &mut Vec<ClientEffect>) {
        let Link::Open(open) = &mut self.link else { return };
        open.presence_due = false;
        open.presence_sent_at = now;
        if !open.role.is_some_and(Role::has_presence) {
            return;
        }
        self.presence_clock += 1;
        let entry = Entry {
            client: self.doc.client_id(),
            clock: self.presence_clock,
            state: presence::state(self.cursor.as_ref()),
        };
        let payload = presence::encode([&entry].into_iter());
        out.push(ClientEffect::Send(Frame::Awareness(&payload).encode()));
    }

    pub(super) fn hear_presence(&mut self, payload: &[u8], out: &mut Vec<ClientEffect>) {
        let Ok(entries) = presence::decode(payload) else { return };
        for entry in entries.iter().filter(|entry| entry.client != self.doc.client_id()) {
            match Person::read(entry) {
                Some(person) => {
                    self.people.insert(entry.client, person);
                }
                None => {
                    self.people.remove(&entry.client);
                }
            }
        }
        out.push(ClientEffect::People);
    }
}
