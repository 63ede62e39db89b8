//! The disk of a simulated device: what a client keeps survives its tab.

use bytes::Bytes;

use crate::replica::{ClientEffect, KeptQueue};

struct Queue {
    client: u64,
    proof: String,
    base: Option<Bytes>,
    edits: Vec<(u64, Bytes)>,
}

/// All queues of one client, the one that is written to last.
#[derive(Default)]
pub(super) struct Device {
    queues: Vec<Queue>,
}

impl Device {
    /// Does what an effect asks for; gives the number of an edit that was kept.
    pub(super) fn carry_out(&mut self, effect: &ClientEffect) -> Option<u64> {
        match effect {
            ClientEffect::BeginQueue { client, proof } => self.queues.push(Queue {
                client: *client,
                proof: proof.clone(),
                base: None,
                edits: Vec::new(),
            }),
            ClientEffect::DropQueue { client } => {
                self.queues.retain(|queue| queue.client != *client);
            }
            ClientEffect::Keep { number, update } => {
                self.queues.last_mut()?.edits.push((*number, update.clone()));
                return Some(*number);
            }
            ClientEffect::KeepBase { state } => self.queues.last_mut()?.base = Some(state.clone()),
            ClientEffect::Release { upto } => {
                let queue = self.queues.last_mut()?;
                queue.edits.retain(|(number, _)| number > upto);
                if queue.edits.is_empty() {
                    queue.base = None;
                }
            }
            _ => {}
        }
        None
    }

    /// What the next tab finds; the queues stay until it drops them.
    pub(super) fn queues(&self) -> Vec<KeptQueue> {
        let kept = self.queues.iter().filter(|queue| !queue.edits.is_empty());
        let queue = |queue: &Queue| KeptQueue {
            client: queue.client,
            proof: queue.proof.clone(),
            base: queue.base.clone(),
            updates: queue.edits.iter().map(|(_, update)| update.clone()).collect(),
        };
        kept.map(queue).collect()
    }
}
