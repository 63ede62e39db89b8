//! Those who watch: how many they are, what the projector says of the talk, and the phone remote.

use super::stage_change::Change;
use super::{Audience, Effect, Peer, PeerId, Protocol, Room};
use crate::nodes::{NodeMessage, SharedWatchers};
use crate::presentation::{MAX_TITLE_CHARS, Press, Times, cut_title};
use crate::wire::{self, ServerMessage};

/// Most sections whose times are told one by one; those beyond count as part of the last.
const MAX_SECTIONS: usize = 40;

fn watching(watchers: SharedWatchers) -> ServerMessage {
    let SharedWatchers { followers, roaming, held_edits } = watchers;
    ServerMessage::Audience { followers, roaming, held_edits }
}

impl Room {
    /// Who watches on this node.
    pub(super) fn watchers_here(&self) -> SharedWatchers {
        let follows = |peer: &&Peer| peer.is_follower();
        let followers = self.peers.values().filter(follows).count() as u32;
        self.viewers.and(SharedWatchers { followers, ..SharedWatchers::default() })
    }

    // [R9] The audience is told once a second at most, and only when it changed.
    pub(super) fn tick_audience(&mut self, out: &mut Vec<Effect>) {
        let now = self.watchers_here().and(self.neighbours.watchers());
        if now != self.watchers_told {
            self.watchers_told = now;
            self.emit_to(Audience::Ondeck, None, wire::control(&watching(now)), 0, out);
        }
    }

    /// Tells a newcomer who watches and how long it takes so far.
    pub(super) fn send_audience(&self, peer: PeerId, out: &mut Vec<Effect>) {
        if !self.peers.get(&peer).is_some_and(Peer::speaks_ondeck) {
            return;
        }
        if self.watchers_told != SharedWatchers::default() {
            let bytes = wire::control(&watching(self.watchers_told));
            out.push(Effect::Send { peer, bytes });
        }
        self.send_times(peer, out);
    }

    pub(super) fn send_times(&self, peer: PeerId, out: &mut Vec<Effect>) {
        let hears = self.peers.get(&peer).is_some_and(Peer::hears_times);
        if let Some(times) = self.stage.times.as_ref().filter(|_| hears) {
            out.push(Effect::Send { peer, bytes: wire::control(&message(times)) });
        }
    }

    // [N13] The projector of the node of the driver counts, and nobody else's.
    /// The projector of this node says how long it takes.
    pub(super) fn count_times(&mut self, times: Times, out: &mut Vec<Effect>) {
        let driven = self.stage.now.baton().and_then(|baton| baton.node);
        if self.options.node.is_none() || driven == self.options.node {
            self.hear_times(times, out);
            self.tell_times_to_nodes(out);
        }
    }

    /// Tells other nodes how long it takes, if that is counted here.
    pub(super) fn tell_times_to_nodes(&mut self, out: &mut Vec<Effect>) {
        let is_ours = self.stage.driver.is_some();
        if let Some(times) = self.stage.times.clone().filter(|_| is_ours) {
            let Times { elapsed, sections, current } = times;
            self.tell_nodes(0, NodeMessage::Times { elapsed, sections, current }, out);
        }
    }

    // [P17] How long it takes goes to those who may present.
    pub(super) fn hear_times(&mut self, times: Times, out: &mut Vec<Effect>) {
        let current = times.current.and_then(|current| times.sections.get(current as usize));
        let section = current.map(|(title, _)| cut_title(title, MAX_TITLE_CHARS));
        let times = fitted(times);
        let bytes = wire::control(&message(&times));
        (self.stage.times, self.stage.section) = (Some(times), section);
        self.check_offer(out);
        self.emit_to(Audience::Presenters, None, bytes, 0, out);
    }

    /// The offer ends with the section that it was made for.
    fn check_offer(&mut self, out: &mut Vec<Effect>) {
        let Some(offer) = self.stage.now.offer().cloned() else { return };
        let is_on = self.stage.section.as_ref() == Some(&offer.section);
        if self.stage.begun && !is_on {
            return self.want(0, Change::Withdraw { offer }, out);
        }
        self.stage.begun |= is_on;
    }

    // [P18] A press is for now: while the driver is away it goes to nobody.
    pub(super) fn press(&mut self, key: Press, out: &mut Vec<Effect>) {
        self.press_here(key, out);
        let driven = self.stage.now.baton().and_then(|baton| baton.node);
        if driven.is_some() && driven != self.options.node {
            self.tell_nodes(0, NodeMessage::Press { key }, out);
        }
    }

    /// The same for a driver on this node.
    pub(super) fn press_here(&self, key: Press, out: &mut Vec<Effect>) {
        if let Some(peer) = self.stage.driver {
            out.push(Effect::Send { peer, bytes: wire::control(&ServerMessage::Press { key }) });
        }
    }

    /// A projector that goes takes its viewers with it.
    pub(super) fn projector_left(&mut self, protocol: Protocol) {
        if protocol == Protocol::Projector {
            self.projectors -= 1;
            self.viewers = SharedWatchers::default();
        }
    }
}

/// The same times as fit into one control message: titles of other scripts take more bytes, and
/// are cut shorter where they are many.
fn fitted(mut times: Times) -> Times {
    let beyond = times.sections.split_off(times.sections.len().min(MAX_SECTIONS));
    if let Some((_, last)) = times.sections.last_mut() {
        *last = beyond.iter().fold(*last, |sum, (_, spent)| sum.saturating_add(*spent));
    }
    times.current = times.current.map(|current| current.min(MAX_SECTIONS as u32 - 1));
    let mut most = MAX_TITLE_CHARS;
    loop {
        for (title, _) in &mut times.sections {
            *title = cut_title(title, most);
        }
        if most == 0 || wire::control(&message(&times)).len() <= wire::MAX_CONTROL_BYTES {
            return times;
        }
        most /= 2;
    }
}

fn message(times: &Times) -> ServerMessage {
    let Times { elapsed, sections, current } = times.clone();
    ServerMessage::Times { elapsed, sections, current }
}
