//! Own edits that the server has not acknowledged: what they are, whether this device keeps them,
//! and those of tabs that are gone.

use std::collections::VecDeque;

use bytes::Bytes;

use super::connection::Link;
use super::{ClientEffect, Replica};
use crate::Millis;
use crate::doc::{Applied, DeckDoc};
use crate::wire::MAX_CLAIMS;
use crate::{lint, merge};

/// When an edit waits for longer than this for the server, what it builds on is kept as well:
/// should the deck come back from a backup meanwhile, the edit can be told from the rest then.
const BASE_AFTER: Millis = 2_000;
/// A device that takes longer than this to keep an edit does not keep it.
const KEPT_WITHIN: Millis = 1_000;

/// Edits of a tab that is gone, as this device kept them.
#[derive(Debug, Clone)]
pub struct KeptQueue {
    /// The id they were written with.
    pub client: u64,
    /// Shows the server whose they are.
    pub proof: String,
    /// What they build on, if they waited for long.
    pub base: Option<Bytes>,
    /// The edits, as updates V1, oldest first.
    pub updates: Vec<Bytes>,
}

/// Who made an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// This replica; its number.
    This(u64),
    /// A tab that is gone.
    Gone,
}

#[derive(Debug, Clone)]
pub(super) struct Unsaved {
    /// The frame that it travels in, if any.
    pub(super) frame: Option<u64>,
    pub(super) update: Bytes,
    /// The id it was written with.
    pub(super) client: u64,
    pub(super) author: Author,
}

#[derive(Default)]
pub(super) struct Keeping {
    /// In the order in which they are sent.
    pub(super) unsaved: VecDeque<Unsaved>,
    /// The document without them; `None` as long as nothing was written here.
    pub(super) base: Option<DeckDoc>,
    base_kept: bool,
    /// When the oldest of them was made.
    waits_since: Option<Millis>,
    number: u64,
    kept: u64,
    /// When the device began to be behind.
    behind_since: Option<Millis>,
    /// The device cannot keep edits, or has not for too long.
    failed: bool,
    late: bool,
    adopted: Vec<KeptQueue>,
    merging: Vec<Merging>,
    /// The device knows of this queue.
    begun: bool,
}

/// A queue whose edits are among the unsaved ones.
struct Merging {
    client: u64,
    proof: String,
    /// Something in it has no place in the deck: the device goes on keeping it.
    stays: bool,
}

impl Keeping {
    pub(super) fn remember_base(&mut self, doc: &DeckDoc) {
        if self.base.is_none() {
            self.base = DeckDoc::restore(super::NOBODY, &doc.encode()).ok();
        }
    }

    /// Goes on with nothing to keep. Gives the document without own edits that waited, if any
    /// were ever made, and these edits.
    pub(super) fn start_anew(&mut self) -> (Option<DeckDoc>, VecDeque<Unsaved>) {
        let (number, kept, failed) = (self.number, self.kept, self.failed);
        let adopted = std::mem::take(&mut self.adopted);
        let fresh = Self { number, kept, failed, adopted, ..Self::default() };
        let before = std::mem::replace(self, fresh);
        (before.base, before.unsaved)
    }

    pub(super) fn next_number(&mut self, now: Millis) -> u64 {
        self.number += 1;
        self.waits_since.get_or_insert(now);
        self.behind_since.get_or_insert(now);
        self.number
    }

    pub(super) fn others_wrote(&mut self, update: &[u8]) {
        if let Some(base) = &mut self.base {
            // The document itself took it or failed over it, which is noticed there.
            let _ = base.apply_unchecked(update);
        }
    }

    /// Whether the next edit is the first one of its queue.
    pub(super) fn begins_queue(&mut self) -> bool {
        let begins = !std::mem::replace(&mut self.begun, true);
        // Before it has begun the device has nowhere to keep what it builds on.
        self.base_kept &= !begins;
        begins
    }

    /// The first `frames` frames of this connection are durable.
    pub(super) fn saved(&mut self, frames: u64, out: &mut Vec<ClientEffect>) {
        let is_saved = |edit: &Unsaved| edit.frame.is_some_and(|frame| frame <= frames);
        let mut released = None;
        while let Some(edit) = self.unsaved.pop_front_if(|edit| is_saved(edit)) {
            self.others_wrote(&edit.update);
            if let Author::This(number) = edit.author {
                released = Some(number);
            }
        }
        if let Some(upto) = released {
            self.kept = self.kept.max(upto);
            out.push(ClientEffect::Release { upto });
        }
        if self.unsaved.is_empty() {
            (self.waits_since, self.base_kept) = (None, false);
        }
        if self.kept == self.number {
            (self.behind_since, self.late) = (None, false);
        }
        self.drop_merged(out);
    }

    /// Lets go of queues of which nothing waits any more.
    pub(super) fn drop_merged(&mut self, out: &mut Vec<ClientEffect>) {
        let unsaved = &self.unsaved;
        self.merging.retain(|queue| {
            let waits = unsaved.iter().any(|edit| edit.client == queue.client);
            if !waits && !queue.stays {
                out.push(ClientEffect::DropQueue { client: queue.client });
            }
            waits
        });
    }

    pub(super) fn kept(&mut self, now: Millis, upto: u64) {
        self.kept = self.kept.max(upto.min(self.number));
        self.late = false;
        self.behind_since = (self.kept < self.number).then_some(now);
    }

    pub(super) fn fail(&mut self) {
        self.failed = true;
    }

    fn keep_queue(&mut self, client: u64) {
        let queues = self.merging.iter_mut().filter(|queue| queue.client == client);
        queues.for_each(|queue| queue.stays = true);
    }

    /// Edits of tabs that are gone which wait for the deck to be complete.
    pub(super) fn waiting(&self) -> usize {
        self.adopted.iter().map(|queue| queue.updates.len()).sum()
    }

    /// Own edits that are neither on the server nor on this device.
    pub(super) fn unkept(&self) -> usize {
        let is_kept = |edit: &&Unsaved| match edit.author {
            Author::This(number) => !self.failed && number <= self.kept,
            Author::Gone => true,
        };
        self.unsaved.len() - self.unsaved.iter().filter(is_kept).count()
    }

    fn keeps(&self) -> bool {
        !self.failed && !self.late
    }

    pub(super) fn next_wake(&self) -> Option<Millis> {
        if self.failed {
            return None;
        }
        let base = self.waits_since.filter(|_| !self.base_kept).map(|since| since + BASE_AFTER);
        let late = self.behind_since.filter(|_| !self.late).map(|since| since + KEPT_WITHIN);
        base.into_iter().chain(late).min()
    }

    pub(super) fn wake(&mut self, now: Millis, out: &mut Vec<ClientEffect>) {
        if self.failed {
            return;
        }
        if self.waits_since.is_some_and(|since| now >= since + BASE_AFTER) && !self.base_kept {
            self.base_kept = true;
            if let Some(base) = &self.base {
                out.push(ClientEffect::KeepBase { state: base.encode().into() });
            }
        }
        self.late |= self.behind_since.is_some_and(|since| now >= since + KEPT_WITHIN);
    }
}

impl Replica {
    /// Own edits that would be lost if this page went away now.
    pub fn unkept(&self) -> usize {
        self.keeping.unkept() + self.early.as_ref().map_or(0, |early| early.edits)
    }

    pub(super) fn is_kept(&self) -> bool {
        self.unsaved() == 0
            || self.keeping.keeps() && self.early.as_ref().is_none_or(|early| early.edits == 0)
    }

    /// Takes over the edits of a tab that is gone. They are part of the deck once it is complete.
    /// A queue that is adopted twice, or whose tab still lives, does no harm: the edits are the same.
    pub fn adopt(&mut self, now: Millis, queue: KeptQueue, out: &mut Vec<ClientEffect>) {
        let before = self.status();
        self.keeping.adopted.push(queue);
        self.adopt_waiting(now, out);
        self.tell_status(&before, out);
    }

    /// Ids and proofs of all that this client may send.
    pub(super) fn claims(&self) -> Vec<(u64, String)> {
        let own = self.identity.iter().map(|own| (own.client, own.proof.clone()));
        let merging = self.keeping.merging.iter();
        let merging = merging.map(|queue| (queue.client, queue.proof.clone()));
        own.chain(merging).take(MAX_CLAIMS).collect()
    }

    pub(super) fn adopt_waiting(&mut self, now: Millis, out: &mut Vec<ClientEffect>) {
        let Link::Open(open) = &self.link else { return };
        if !open.complete || open.role.is_none() {
            return;
        }
        let room = MAX_CLAIMS.saturating_sub(1 + self.keeping.merging.len());
        let count = self.keeping.adopted.len().min(room);
        let adopted: Vec<_> = self.keeping.adopted.drain(..count).collect();
        for queue in adopted {
            self.merge_adopted(now, queue, out);
        }
        self.tell_in_step(out);
    }

    fn merge_adopted(&mut self, now: Millis, queue: KeptQueue, out: &mut Vec<ClientEffect>) {
        let KeptQueue { client, proof, base, updates } = queue;
        let base = base.and_then(|base| DeckDoc::restore(super::NOBODY, &base).ok());
        let edits = updates.into_iter().map(|update| (client, update, Author::Gone));
        let (merged, rest) = self.merge(now, vec![(client, proof)], edits, out);
        let edits = self.doc.take_remote_edits();
        if !edits.is_empty() {
            out.push(ClientEffect::Text(edits));
        }
        if rest.is_empty() {
            return self.keeping.drop_merged(out);
        }
        let Some(mut base) = base else {
            // Without what they build on nobody knows where they belong.
            self.keeping.keep_queue(client);
            let before = rest.iter().map(|update| lint::inserted_text(update)).collect();
            return out.push(ClientEffect::Replaced { carried: 0, before });
        };
        merged.iter().for_each(|update| _ = base.apply(update));
        let text = base.text();
        rest.iter().for_each(|update| _ = base.apply(update));
        let (mine, shown) = (base.text(), self.doc.text());
        self.write(now, &merge::carry_over(&text, &mine, &shown), out);
        self.tell_changes(&shown, out);
        self.keeping.drop_merged(out);
        out.push(ClientEffect::Replaced { carried: rest.len(), before: mine });
    }

    /// Makes edits of other ids part of the document as they are, in this order. Gives those that
    /// are part of it now, and those that build on what the deck does not have.
    pub(super) fn merge(
        &mut self,
        now: Millis,
        claims: Vec<(u64, String)>,
        edits: impl Iterator<Item = (u64, Bytes, Author)>,
        out: &mut Vec<ClientEffect>,
    ) -> (Vec<Bytes>, Vec<Bytes>) {
        self.keeping.remember_base(&self.doc);
        let merging = |(client, proof)| Merging { client, proof, stays: false };
        self.keeping.merging.extend(claims.into_iter().map(merging));
        out.push(ClientEffect::Send(self.introduction()));
        let (before, unsaved) = (self.doc.state_vector(), self.keeping.unsaved.len());
        let (mut merged, mut rest) = (Vec::new(), Vec::new());
        for (client, update, author) in edits {
            match self.doc.apply(&update) {
                Ok(Applied::Nothing) => merged.push(update),
                Ok(Applied::Changed { .. }) => {
                    merged.push(update.clone());
                    let frame = None;
                    self.keeping.unsaved.push_back(Unsaved { frame, update, client, author });
                    self.keeping.waits_since.get_or_insert(now);
                    self.resent += 1;
                }
                Err(_) => rest.push(update),
            }
        }
        self.send_merged(&before, unsaved, out);
        (merged, rest)
    }

    /// Sends the unsaved edits from the `first` on together, if the server takes edits already;
    /// otherwise they travel in the answer to its question.
    fn send_merged(&mut self, before: &[u8], first: usize, out: &mut Vec<ClientEffect>) {
        if self.keeping.unsaved.len() == first {
            return;
        }
        let together = self.doc.diff_unchecked(before).unwrap_or_default();
        if (1..=lint::MAX_UPDATE_BYTES).contains(&together.len()) {
            let frame = self.send_update(&together, out);
            self.keeping.unsaved.range_mut(first..).for_each(|edit| edit.frame = frame);
            return;
        }
        for index in first..self.keeping.unsaved.len() {
            let update = self.keeping.unsaved[index].update.clone();
            self.keeping.unsaved[index].frame = self.send_update(&update, out);
        }
    }
}
