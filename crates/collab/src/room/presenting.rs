//! What is presented, and what everybody is told of it.

use bytes::Bytes;

use super::stage_change::{Change, Deed};
use super::{Audience, Effect, Peer, PeerId, Protocol, Room};
use crate::doc::Anchor;
use crate::nodes::{NodeMessage, SharedStage};
use crate::wire::{self, ServerMessage};

impl Room {
    // [P9] The driver ends the presentation, or who began it.
    pub(super) fn stop_presenting(&mut self, peer: PeerId, out: &mut Vec<Effect>) {
        self.wish(peer, Deed::Stop, out);
    }

    // [P14] The audience keeps what it sees until the driver lets it go on.
    pub(super) fn hold(&mut self, peer: PeerId, on: bool, out: &mut Vec<Effect>) {
        self.wish(peer, Deed::Hold { on }, out);
    }

    // [P14] A room that begins anew does not know of it.
    pub(super) fn go_on_holding(&mut self, out: &mut Vec<Effect>) {
        self.want(0, Change::GoOnHolding, out);
    }

    // [P15] The projector knows where the slide went.
    pub(super) fn rebind(
        &mut self,
        seq: u64,
        slide: Anchor,
        removed_by: Option<String>,
        out: &mut Vec<Effect>,
    ) {
        self.want(0, Change::Rebind { seq, slide, removed_by }, out);
    }

    /// Tells those who may present who removed the slide, if that is known, on this node only or on all of
    /// them.
    pub(super) fn slide_removed(&mut self, by: &str, everywhere: bool, out: &mut Vec<Effect>) {
        if by.is_empty() {
            return;
        }
        let bytes = wire::control(&ServerMessage::SlideRemoved { by: by.to_owned() });
        self.emit_to(Audience::Presenters, None, bytes, self.heard, out);
        if everywhere {
            self.tell_nodes(0, NodeMessage::SlideRemoved { by: by.to_owned() }, out);
        }
    }

    /// Tells a driver that what they showed was shown, although it was changed since.
    pub(super) fn send_past(&self, peer: PeerId, past: &SharedStage, out: &mut Vec<Effect>) {
        let host = past.host() == Some(self.who(peer));
        out.push(Effect::Send { peer, bytes: message(past, true, host) });
    }

    pub(super) fn send_presentation(&self, peer: PeerId, out: &mut Vec<Effect>) {
        let Some(state) = self.peers.get(&peer).filter(|state| state.speaks_ondeck()) else {
            return;
        };
        // Of the projectors of several nodes the one beside the driver keeps the times.
        let driving = match state.protocol {
            Protocol::Projector => self.options.node.is_some() && self.stage.driver.is_some(),
            _ => self.drives(peer),
        };
        let bytes = message(&self.stage.now, driving, self.hosts(peer));
        out.push(Effect::Send { peer, bytes });
    }

    pub(super) fn send_presentation_to_all(&mut self, out: &mut Vec<Effect>) {
        let (driver, host) = (self.stage.driver, self.stage.now.host());
        let named = |(&peer, state): (&PeerId, &Peer)| {
            let is_named = driver == Some(peer) || host == Some(state.who(peer));
            (is_named || state.protocol == Protocol::Projector).then_some(peer)
        };
        let named: Vec<PeerId> = self.peers.iter().filter_map(named).collect();
        named.into_iter().for_each(|peer| self.send_presentation(peer, out));
        let bytes = message(&self.stage.now, false, false);
        self.emit_to(Audience::Onlookers, None, bytes, 0, out);
    }
}

fn message(stage: &SharedStage, driving: bool, host: bool) -> Bytes {
    let (presentation, ended) = (stage.presentation(), stage.ended);
    wire::control(&ServerMessage::Presentation { presentation, driving, host, ended })
}
