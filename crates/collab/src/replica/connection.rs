//! Connecting, losing the connection, and finding out that it is dead.

use super::carets::{PRESENCE_RENEWAL, PRESENCE_SPACING};
use super::replaced::Next;
use super::{ClientEffect, Replica};
use crate::Millis;
use crate::access::Role;
use crate::room::CloseReason;
use crate::wire::{self, ClientMessage, Frame};

/// First reconnection waits up to this; each further one up to twice as long.
const BACKOFF_START: Millis = 500;
/// Longest wait between reconnections.
const BACKOFF_MOST: Millis = 30_000;
/// A connection that ends sooner counts as a failed attempt: a server that throws everybody out
/// (its disk is full, say) must not be stormed.
const GOOD_AFTER: Millis = 10_000;
/// A connection that is silent for this long is asked for a sign of life.
const PING_AFTER: Millis = 20_000;
/// A connection that is silent for this long is dead.
const DEAD_AFTER: Millis = 45_000;
/// But the server has this long to answer, also when it was asked late: a machine sleeps, the
/// timers of a tab in the background are slow.
const PONG_LIMIT: Millis = 5_000;
/// An attempt to connect that takes this long is given up.
const CONNECT_LIMIT: Millis = 15_000;

#[derive(Debug)]
pub(super) enum Link {
    /// Before the start, and after a refusal.
    Idle,
    Waiting {
        retry_at: Millis,
    },
    Connecting {
        since: Millis,
    },
    Open(Open),
    Refused {
        reason: String,
    },
}

#[derive(Debug)]
pub(super) struct Open {
    pub(super) opened_at: Millis,
    pub(super) heard_at: Millis,
    /// When the server was asked for a sign of life.
    pub(super) pinged_at: Option<Millis>,
    pub(super) role: Option<Role>,
    /// The server can store edits.
    pub(super) writable: bool,
    /// The server's questions for what it lacks, until they are answered.
    pub(super) asked: Vec<Vec<u8>>,
    /// The deck was complete before this connection.
    pub(super) returns: bool,
    /// It was answered once on this connection.
    pub(super) asked_before: bool,
    /// The server has told what it has, and got what it lacks: edits can be sent as they come.
    pub(super) answered: bool,
    /// The server has sent what we lack.
    pub(super) complete: bool,
    /// Sync frames sent on this connection.
    pub(super) frames: u64,
    pub(super) presence_sent_at: Millis,
    pub(super) presence_due: bool,
}

impl Open {
    pub(super) fn may_edit(&self) -> bool {
        self.role.is_some_and(Role::can_edit)
    }

    /// When silence has a consequence: a question, and after it the end.
    fn silence_counts_at(&self) -> Millis {
        match self.pinged_at {
            None => self.heard_at + PING_AFTER,
            Some(asked) => (self.heard_at + DEAD_AFTER).max(asked + PONG_LIMIT),
        }
    }
}

impl Replica {
    /// When [`super::ClientEvent::Wake`] is wanted; `None` while nothing is awaited.
    pub fn next_wake(&self) -> Option<Millis> {
        let wakes = [self.link_wake(), self.keeping.next_wake()];
        wakes.into_iter().flatten().min()
    }

    fn link_wake(&self) -> Option<Millis> {
        match &self.link {
            Link::Idle | Link::Refused { .. } => None,
            Link::Waiting { retry_at } => Some(*retry_at),
            Link::Connecting { since } => Some(since + CONNECT_LIMIT),
            Link::Open(open) => {
                let spacing = if open.presence_due { PRESENCE_SPACING } else { PRESENCE_RENEWAL };
                let sign_of_life = open.silence_counts_at();
                let speaks = open.complete && open.role.is_some_and(Role::has_presence);
                let presence = speaks.then_some(open.presence_sent_at + spacing);
                Some(presence.map_or(sign_of_life, |presence| presence.min(sign_of_life)))
            }
        }
    }

    pub(super) fn connect(&mut self, now: Millis, out: &mut Vec<ClientEffect>) {
        self.link = Link::Connecting { since: now };
        out.push(ClientEffect::Connect);
    }

    pub(super) fn opened(&mut self, now: Millis, out: &mut Vec<ClientEffect>) {
        self.link = Link::Open(Open {
            opened_at: now,
            heard_at: now,
            pinged_at: None,
            role: None,
            writable: true,
            asked: Vec::new(),
            returns: self.was_ready,
            asked_before: false,
            answered: false,
            complete: false,
            frames: 0,
            presence_sent_at: now,
            presence_due: false,
        });
        self.received = 0;
        self.presents_anew();
        out.push(ClientEffect::Send(self.introduction()));
        if let Some(next) = &mut self.next {
            *next = Next::new();
        }
        let doc = self.next.as_ref().map_or(&self.doc, |next| &next.doc);
        let step_1 = Frame::SyncStep1(&doc.state_vector()).encode();
        out.push(ClientEffect::Send(step_1));
    }

    pub(super) fn closed(
        &mut self,
        now: Millis,
        code: u16,
        reason: String,
        out: &mut Vec<ClientEffect>,
    ) {
        let refused = [
            CloseReason::Malformed(String::new()),
            CloseReason::NoAccess,
            CloseReason::NoDeck,
            CloseReason::DeckFull(String::new()),
        ];
        if refused.iter().any(|refusal| refusal.code() == code) {
            self.forget_others(out);
            self.link = Link::Refused { reason };
        } else if !matches!(self.link, Link::Refused { .. }) {
            if code == CloseReason::AnotherHistory.code() {
                self.next = Some(Next::new());
            }
            self.retry_later(now, out);
        }
    }

    pub(super) fn lost(&mut self, retry_at: Millis, out: &mut Vec<ClientEffect>) {
        self.forget_others(out);
        self.link = Link::Waiting { retry_at };
    }

    pub(super) fn forget_others(&mut self, out: &mut Vec<ClientEffect>) {
        self.keeping.unsaved.iter_mut().for_each(|edit| edit.frame = None);
        if !self.people.is_empty() {
            self.people.clear();
            out.push(ClientEffect::People);
        }
    }

    pub(super) fn retry_later(&mut self, now: Millis, out: &mut Vec<ClientEffect>) {
        // A connection that held for a while was a good one: begin again with short waits.
        if matches!(&self.link, Link::Open(open) if now >= open.opened_at + GOOD_AFTER) {
            self.attempts = 0;
        }
        let retry_at = now + self.backoff();
        self.lost(retry_at, out);
    }

    /// Full jitter: `random(0, min(30 s, 0.5 s · 2ⁿ))`, so that a crowd does not return at once.
    pub(super) fn backoff(&mut self) -> Millis {
        let most = (BACKOFF_START << self.attempts.min(16)).min(BACKOFF_MOST);
        self.attempts += 1;
        self.random() % most
    }

    /// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
    pub(super) fn random(&mut self) -> u64 {
        self.rng = self.rng.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.rng;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn nudge(&mut self, now: Millis, out: &mut Vec<ClientEffect>) {
        match &self.link {
            Link::Waiting { .. } | Link::Refused { .. } => self.connect(now, out),
            // The machine may have slept: find out now whether the connection still lives.
            Link::Open(open) if now >= open.heard_at + PING_AFTER => self.wake(now, out),
            _ => {}
        }
    }

    pub(super) fn wake(&mut self, now: Millis, out: &mut Vec<ClientEffect>) {
        self.keeping.wake(now, out);
        match &mut self.link {
            Link::Waiting { retry_at } if now >= *retry_at => self.connect(now, out),
            Link::Connecting { since } if now >= *since + CONNECT_LIMIT => {
                out.push(ClientEffect::Disconnect);
                self.retry_later(now, out);
            }
            Link::Open(open) if open.pinged_at.is_some() && now >= open.silence_counts_at() => {
                out.push(ClientEffect::Disconnect);
                self.retry_later(now, out);
            }
            Link::Open(open) => {
                if now >= open.silence_counts_at() {
                    open.pinged_at = Some(now);
                    out.push(ClientEffect::Send(wire::control(&ClientMessage::Ping)));
                }
                let spacing = if open.presence_due { PRESENCE_SPACING } else { PRESENCE_RENEWAL };
                if open.complete && now >= open.presence_sent_at + spacing {
                    self.send_presence(now, out);
                }
            }
            _ => {}
        }
    }
}
