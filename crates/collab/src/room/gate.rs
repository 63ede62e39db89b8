//! What waits for the disk before anybody may learn of it.
//!
//! A room lets nothing out that depends on an update which could still be lost (output commit;
//! Strom and Yemini: Optimistic recovery in distributed systems, 1985). So nobody ever sees text
//! that vanishes again, and nobody builds on it.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::{Audience, PeerId, Ticket};
use crate::nodes::NodeMessage;

/// Something that goes out.
pub(super) enum Output {
    ToAll {
        to: Audience,
        except: Option<PeerId>,
        bytes: Bytes,
    },
    /// For the rooms of other nodes.
    ToNodes(NodeMessage),
    /// What a peer lacks; changes go to it from here on. The question is kept: when the answer
    /// turns out not to be durable, it is answered anew.
    State {
        peer: PeerId,
        asked: Vec<u8>,
        answer: Vec<u8>,
    },
    /// So many frames of a peer are durable.
    Saved {
        peer: PeerId,
        frames: u64,
    },
    /// What is presented at the time when it goes out: of several changes only the last counts.
    Presentation,
}

/// Outputs in the order in which they become due.
#[derive(Default)]
pub(super) struct Gate {
    waiting: BTreeMap<(Ticket, u64), Output>,
    held: u64,
}

impl Gate {
    /// Holds an output until everything up to `after` is durable.
    pub(super) fn hold(&mut self, after: Ticket, output: Output) {
        self.held += 1;
        if let Output::State { peer, .. } = &output {
            // Each may be a whole deck: whoever asks again gets the last answer.
            let asked = |held: &Output| matches!(held, Output::State { peer: p, .. } if p == peer);
            self.waiting.retain(|_, held| !asked(held));
        }
        self.waiting.insert((after, self.held), output);
    }

    /// What is due once everything up to `durable` is. Of a peer's acknowledgements only the last
    /// is left, at the end.
    pub(super) fn release(&mut self, durable: Ticket) -> Vec<Output> {
        let later = self.waiting.split_off(&(durable + 1, 0));
        let due = std::mem::replace(&mut self.waiting, later);
        let (mut outputs, mut saved) = (Vec::with_capacity(due.len()), BTreeMap::new());
        for output in due.into_values() {
            match output {
                Output::Saved { peer, frames } => _ = saved.insert(peer, frames),
                output => outputs.push(output),
            }
        }
        outputs.extend(saved.into_iter().map(|(peer, frames)| Output::Saved { peer, frames }));
        outputs
    }

    /// Gives up on everything that waits.
    pub(super) fn clear(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.waiting).into_values().collect()
    }
}
