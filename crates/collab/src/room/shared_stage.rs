//! The presentation as one value: changed at once in a room that is alone, proposed in one of several.
//!
//! On several nodes the value is stored with a version, and a change counts only once it is stored. A
//! room has one proposal under way; what is wanted meanwhile waits, and is judged by what is stored
//! by then.

use std::collections::BTreeSet;

use super::stage_change::{Actor, Change, Deed, Verdict};
use super::{Effect, Output, PeerId, Room, Ticket};
use crate::access::Role;
use crate::nodes::{NodeId, NodeMessage, SharedChange, SharedOffer, SharedStage, SharedWho};
use crate::presentation::Times;
use crate::wire::{self, ServerMessage};

/// Ticks for which the baton waits for a driver whose connection was lost: a phone that changes
/// from one network to another is back by then.
const GRACE_TICKS: u32 = 10;
/// Ticks for which an offer of the baton is open.
const OFFER_TICKS: u32 = 10;
/// Most changes that one peer may have waiting: beyond it they are told what is.
const MOST_WAITING: usize = 16;
/// Ticks after which a slide is told although its text has not come yet: the journal is read every
/// two seconds.
const LATE_TICKS: u32 = 3;
/// Ticks after which a node that was never seen counts as gone.
const MISSING_TICKS: u32 = 5;

/// What a room knows of presentations.
#[derive(Default)]
pub(super) struct Stage {
    /// As it is, or as it is stored for all nodes.
    pub(super) now: SharedStage,
    pub(super) version: u64,
    /// The connection of the driver, when it is one of this room.
    pub(super) driver: Option<PeerId>,
    /// The text that what is shown may depend on.
    after: Ticket,
    pub(super) times: Option<Times>,
    /// Title of the section that is on now.
    pub(super) section: Option<String>,
    /// Ticks that are left to the driver to return.
    patience: u32,
    /// Ticks for which the offer is still open.
    offer_ticks: u32,
    /// The section of the offer has begun.
    pub(super) begun: bool,
    /// Ticks until it is told what is shown, whether its text is here or not.
    untold: Option<u32>,
    /// Ticks for which the node of the driver was not there.
    missing: u32,
    /// Ticks for which nobody was there.
    abandoned: u32,
    waiting: Vec<(Ticket, Change)>,
    under_way: Option<Proposal>,
    /// Changes that were proposed.
    proposed: u64,
}

/// A change that is being stored.
struct Proposal {
    expected: u64,
    stage: SharedStage,
    id: SharedChange,
    changes: Vec<Change>,
    /// Nobody knows whether it was stored.
    is_lost: bool,
}

impl Stage {
    /// Nothing waits to be stored.
    pub(super) fn is_settled(&self) -> bool {
        self.waiting.is_empty() && self.under_way.is_none()
    }

    /// Whether what the room itself wants is on its way already.
    fn is_on_its_way(&self, change: &Change) -> bool {
        if matches!(change, Change::By(_, deed) if !matches!(deed, Deed::Return { .. })) {
            return false;
        }
        let under_way = self.under_way.iter().flat_map(|proposal| &proposal.changes);
        self.waiting.iter().map(|(_, change)| change).chain(under_way).any(|other| other == change)
    }

    fn waiting_of(&self, peer: PeerId) -> usize {
        let of = |change: &Change| matches!(change, Change::By(actor, _) if actor.peer == peer);
        self.waiting.iter().filter(|(_, change)| of(change)).count()
    }

    /// Lets a change take the place of the last one of its author that waits, if it makes that
    /// unneeded: of many moves the last one counts.
    fn replaces_last(&mut self, after: Ticket, change: &Change) -> bool {
        let Change::By(actor, deed) = change else { return false };
        let theirs = self.waiting.iter_mut().rev().find_map(|(ticket, other)| match other {
            Change::By(author, last) if author.peer == actor.peer => Some((ticket, last)),
            _ => None,
        });
        let Some((ticket, last)) = theirs else { return false };
        match (last, deed) {
            (
                Deed::Present { shown, take, messages },
                Deed::Present { shown: now, take: again, .. },
            ) if again.is_none() || take == again => {
                *shown = now.clone();
                *messages += 1;
            }
            (Deed::Hold { on }, Deed::Hold { on: now }) => *on = *now,
            _ => return false,
        }
        *ticket = after;
        true
    }
}

impl Room {
    /// The presentation as it is stored for all nodes.
    pub fn stage(&self) -> &SharedStage {
        &self.stage.now
    }

    /// The version of [`Room::stage`]; 0 when nothing was ever stored.
    pub fn stage_version(&self) -> u64 {
        self.stage.version
    }

    /// The connection of the driver, when it is one of this room.
    pub fn driver(&self) -> Option<PeerId> {
        self.stage.driver
    }

    /// Where this room is. One that is alone is nowhere in particular.
    pub(super) fn here(&self) -> NodeId {
        self.options.node.unwrap_or(NodeId(0))
    }

    /// A peer as it may want a change.
    pub(super) fn actor(&self, peer: PeerId) -> Actor {
        let role = self.peers.get(&peer).map_or(Role::Follow, |state| state.role);
        let is_here = self.peers.get(&peer).is_some_and(|state| !state.closing);
        let node = is_here.then(|| self.here());
        let client = self.presence.client_of(peer);
        Actor { peer, who: self.who(peer), name: self.name_of(peer), role, client, node }
    }

    /// Somebody wants something.
    pub(super) fn wish(&mut self, peer: PeerId, deed: Deed, out: &mut Vec<Effect>) {
        let after = self.wrote(peer);
        self.want(after, Change::By(self.actor(peer), deed), out);
    }

    /// Brings a change about, if it is allowed.
    pub(super) fn want(&mut self, after: Ticket, change: Change, out: &mut Vec<Effect>) {
        if self.options.node.is_some() {
            return self.put_forward(after, change, out);
        }
        let mut next = self.stage.now.clone();
        match next.change(&change) {
            Verdict::Refused => self.tell_what_is(&change, out),
            Verdict::Nothing => self.find_driver(out),
            Verdict::Done => {
                self.stage.after = match &change {
                    Change::By(_, Deed::Present { .. } | Deed::Stop) => after,
                    // A projector only knows of text that is durable.
                    Change::Rebind { .. } => 0,
                    _ => self.stage.after,
                };
                let is_told = matches!(&change, Change::By(_, Deed::Present { .. }));
                let is_new = next != self.stage.now;
                self.adopt(next, is_told, self.stage.after, out);
                self.done(&change, is_new, out);
            }
        }
    }

    fn put_forward(&mut self, after: Ticket, change: Change, out: &mut Vec<Effect>) {
        if self.stage.replaces_last(after, &change) || self.stage.is_on_its_way(&change) {
            return self.propose(out);
        }
        if let Change::By(actor, _) = &change
            && self.stage.waiting_of(actor.peer) >= MOST_WAITING
        {
            return self.tell_what_is(&change, out);
        }
        self.stage.waiting.push((after, change));
        self.propose(out);
    }

    // [N7] One change is under way at a time, and depends on nothing that could still be lost.
    /// Has what waits stored, as far as what is stored by now allows it.
    pub(super) fn propose(&mut self, out: &mut Vec<Effect>) {
        if self.stage.waiting.is_empty() || self.stage.under_way.is_some() {
            return;
        }
        let mut stage = self.stage.now.clone();
        let (mut changes, mut later) = (Vec::new(), Vec::new());
        for (after, change) in std::mem::take(&mut self.stage.waiting) {
            // The driver hears that their slide is shown before it goes somewhere else.
            let comes_after = matches!(change, Change::Rebind { .. }) && !changes.is_empty();
            if after > self.durable || comes_after {
                later.push((after, change));
                continue;
            }
            let change = self.as_of_now(change);
            match stage.change(&change) {
                Verdict::Done => changes.push(change),
                Verdict::Nothing => self.find_driver(out),
                Verdict::Refused => self.tell_what_is(&change, out),
            }
        }
        self.stage.waiting = later;
        if stage == self.stage.now {
            return self.nothing_new(&changes, out);
        }
        self.stage.proposed += 1;
        let id = SharedChange { room: self.first_peer, number: self.stage.proposed };
        stage.sign(id);
        let expected = self.stage.version;
        out.push(Effect::Stage { expected, stage: stage.clone() });
        self.stage.under_way = Some(Proposal { expected, stage, id, changes, is_lost: false });
    }

    fn nothing_new(&mut self, changes: &[Change], out: &mut Vec<Effect>) {
        for change in changes {
            self.tell_what_is(change, out);
            self.done(change, false, out);
        }
        self.answer_drivers(changes, &self.stage.now.clone(), out);
    }

    /// Who drives hears of each of their moves, also of those that others took the place of.
    fn answer_drivers(&self, changes: &[Change], stored: &SharedStage, out: &mut Vec<Effect>) {
        let mut answered = BTreeSet::new();
        for change in changes {
            let Change::By(actor, Deed::Present { messages, .. }) = change else { continue };
            let peer = actor.peer;
            if !self.drives(peer) {
                continue;
            }
            let is_first = answered.insert(peer);
            let is_past = stored.presentation() != self.stage.now.presentation();
            if is_past {
                (0..*messages).for_each(|_| self.send_past(peer, stored, out));
            }
            // Everybody has heard of one move.
            let moves = if is_past { 1 } else { messages - u32::from(is_first) };
            (0..moves).for_each(|_| self.send_presentation(peer, out));
        }
    }

    /// The same change by the same person, who may have another name, role or connection by now.
    fn as_of_now(&self, change: Change) -> Change {
        match change {
            Change::By(actor, deed) if self.peers.contains_key(&actor.peer) => {
                Change::By(self.actor(actor.peer), deed)
            }
            Change::By(actor, deed) => Change::By(Actor { node: None, ..actor }, deed),
            change => change,
        }
    }

    // [N8] Whoever was first counts: what waits is judged by what is stored.
    /// Takes in what is stored for all nodes.
    pub(super) fn hear_stage(&mut self, version: u64, stage: SharedStage, out: &mut Vec<Effect>) {
        if version > self.stage.version {
            self.stage.version = version;
            self.adopt(stage, false, self.heard, out);
        }
        if let Some(mut proposal) = self.stage.under_way.take() {
            if self.stage.now.changes.contains(&proposal.id) {
                for change in &proposal.changes {
                    self.done(change, true, out);
                }
                self.answer_drivers(&proposal.changes, &proposal.stage, out);
            } else if self.stage.version > proposal.expected {
                let again = proposal.changes.into_iter().map(|change| (0, change));
                self.stage.waiting.splice(0..0, again);
            } else {
                proposal.is_lost = true;
                self.stage.under_way = Some(proposal);
            }
        }
        self.tend_stage(out);
        self.propose(out);
    }

    // [N9] A change that is stored or not, nobody knows, is proposed once more as it was.
    pub(super) fn stage_away(&mut self) {
        if let Some(proposal) = &mut self.stage.under_way {
            proposal.is_lost = true;
        }
    }

    /// Puts a value in the place of the one before, and tells who has to know.
    fn adopt(&mut self, next: SharedStage, told: bool, after: Ticket, out: &mut Vec<Effect>) {
        let before = std::mem::replace(&mut self.stage.now, next);
        if before.live.is_none() && self.stage.now.live.is_some() {
            (self.stage.times, self.stage.section) = (None, None);
        }
        let is_lost = |stage: &SharedStage| stage.baton().is_some_and(|baton| baton.node.is_none());
        if !(is_lost(&before) && before.term == self.stage.now.term) {
            self.stage.patience = GRACE_TICKS;
        }
        let now = self.driver_here();
        let driver = std::mem::replace(&mut self.stage.driver, now);
        let seen = |stage: &SharedStage| (stage.presentation(), stage.ended);
        if told || driver != self.stage.driver || seen(&before) != seen(&self.stage.now) {
            self.tell_stage(after, out);
        } else if before.host() != self.stage.now.host() {
            let host = self.stage.now.host();
            let hosts: Vec<PeerId> =
                self.peers.keys().copied().filter(|&peer| Some(self.who(peer)) == host).collect();
            hosts.into_iter().for_each(|peer| self.send_presentation(peer, out));
        }
        if before.offer() != self.stage.now.offer() {
            self.open_offer(out);
        }
    }

    /// Tells everybody what is shown, once its text is here.
    fn tell_stage(&mut self, after: Ticket, out: &mut Vec<Effect>) {
        let live = self.stage.now.live.as_ref();
        let has_text = live.is_none_or(|live| self.doc.offset(&live.shown.slide).is_some());
        if self.options.node.is_some() && !has_text {
            self.stage.untold.get_or_insert(LATE_TICKS);
        } else {
            self.stage.untold = None;
            self.emit(after, Output::Presentation, out);
        }
    }

    // [N6] A slide is told behind the text that it begins with.
    /// Text came, or (with `ticks`) time went by.
    pub(super) fn tell_late(&mut self, ticks: u32, out: &mut Vec<Effect>) {
        let Some(left) = &mut self.stage.untold else { return };
        *left = left.saturating_sub(ticks);
        if *left == 0 {
            self.stage.untold = None;
            return self.emit(self.heard, Output::Presentation, out);
        }
        self.tell_stage(self.heard, out);
    }

    /// The connection to this room of the one who drives: the one that is not closing, if there are two.
    fn driver_here(&self) -> Option<PeerId> {
        let baton = self.stage.now.baton().filter(|baton| baton.node == Some(self.here()))?;
        self.connection_of(baton.who)
    }

    fn connection_of(&self, who: SharedWho) -> Option<PeerId> {
        match who {
            SharedWho::Peer(peer) => {
                Some(PeerId(peer)).filter(|peer| self.peers.contains_key(peer))
            }
            SharedWho::Session(session) => {
                let theirs = self.peers.iter().filter(|(_, state)| state.session == Some(session));
                theirs.max_by_key(|(peer, state)| (!state.closing, **peer)).map(|(&peer, _)| peer)
            }
        }
    }

    /// Finds out on which connection the driver is, and says so when it is another one.
    pub(super) fn find_driver(&mut self, out: &mut Vec<Effect>) {
        let now = self.driver_here();
        let driver = std::mem::replace(&mut self.stage.driver, now);
        if self.stage.driver.is_some() && driver != self.stage.driver {
            self.emit(self.stage.after, Output::Presentation, out);
        }
    }

    /// A change was made: those who are meant hear so. `is_new`: the value was another one before.
    fn done(&mut self, change: &Change, is_new: bool, out: &mut Vec<Effect>) {
        match change {
            Change::By(_, Deed::Offer { offer }) if !is_new => self.offer_again(offer, out),
            Change::Rebind { removed_by: Some(by), .. } => self.slide_removed(by, true, out),
            _ => {}
        }
    }

    fn offer_again(&mut self, offer: &SharedOffer, out: &mut Vec<Effect>) {
        match self.presence.peer_of(offer.client) {
            Some(_) => self.open_offer(out),
            None => self.tell_nodes(0, NodeMessage::OfferedAgain { offer: offer.clone() }, out),
        }
    }

    // [P13] It is for one client, who hears so on whatever node.
    pub(super) fn open_offer(&mut self, out: &mut Vec<Effect>) {
        let Some(offer) = self.stage.now.offer() else { return };
        let current = self.stage.section.as_ref();
        (self.stage.begun, self.stage.offer_ticks) = (current == Some(&offer.section), OFFER_TICKS);
        let Some(peer) = self.presence.peer_of(offer.client) else { return };
        if !self.peers.get(&peer).is_some_and(|state| state.speaks_ondeck()) {
            return;
        }
        let by = self.stage.now.baton().map(|baton| baton.name.clone()).unwrap_or_default();
        let (section, term) = (offer.section.clone(), self.stage.now.term);
        let bytes = wire::control(&ServerMessage::Offered { by, section, term });
        out.push(Effect::Send { peer, bytes });
    }

    fn tell_what_is(&self, change: &Change, out: &mut Vec<Effect>) {
        if let Change::By(actor, _) = change {
            self.send_presentation(actor.peer, out);
        }
    }

    /// One second goes by.
    pub(super) fn tick_stage(&mut self, out: &mut Vec<Effect>) {
        self.tell_late(1, out);
        if let Some(proposal) = self.stage.under_way.as_mut().filter(|proposal| proposal.is_lost) {
            proposal.is_lost = false;
            let (expected, stage) = (proposal.expected, proposal.stage.clone());
            out.push(Effect::Stage { expected, stage });
        }
        if let Some(offer) = self.stage.now.offer() {
            // The room of whom it was made to counts: it alone knows when they came to know.
            let is_ours = self.presence.peer_of(offer.client).is_some();
            self.stage.offer_ticks = self.stage.offer_ticks.saturating_sub(1);
            if self.stage.offer_ticks == 0 && (is_ours || self.options.node.is_none()) {
                self.want(0, Change::Withdraw { offer: offer.clone() }, out);
            }
        }
        let term = self.stage.now.term;
        if self.stage.now.baton().is_some_and(|baton| baton.node.is_none()) {
            self.stage.patience = self.stage.patience.saturating_sub(1);
            if self.stage.patience == 0 {
                self.want(0, Change::Drop { term, node: None }, out);
            }
        }
        self.check_node(1, out);
        self.tend_stage(out);
        self.tick_abandoned(out);
    }

    // [N17] A presentation that nobody drives goes with the last one who was there.
    fn tick_abandoned(&mut self, out: &mut Vec<Effect>) {
        self.stage.abandoned = if self.is_abandoned() { self.stage.abandoned + 1 } else { 0 };
        let term = self.stage.now.term;
        if self.stage.abandoned > GRACE_TICKS && self.stage.now.baton().is_none() {
            self.want(0, Change::Forget { term }, out);
        }
    }

    /// Whether there is a presentation in the store, and nobody on any node.
    pub(super) fn is_abandoned(&self) -> bool {
        let is_stored = self.options.node.is_some() && self.stage.now.live.is_some();
        let there = self.stage.now.baton().and_then(|baton| baton.node);
        let is_driven = there.is_some_and(|node| self.neighbours.is_present(node));
        is_stored && !is_driven && self.peers.is_empty() && self.neighbours.are_empty()
    }

    // [N11] The driver of a node that is gone is away.
    /// Looks whether the node of the driver is there. `ticks`: how many seconds went by.
    pub(super) fn check_node(&mut self, ticks: u32, out: &mut Vec<Effect>) {
        let there = self.stage.now.baton().and_then(|baton| baton.node);
        let Some(node) =
            there.filter(|&node| node != self.here() && !self.neighbours.is_present(node))
        else {
            return self.stage.missing = 0;
        };
        self.stage.missing += ticks;
        // One that was never seen may have come just now.
        if self.neighbours.has_gone(node) || self.stage.missing >= MISSING_TICKS {
            self.want(0, Change::Lose { term: self.stage.now.term, node }, out);
        }
    }

    /// Brings the value in line with who is here.
    pub(super) fn tend_stage(&mut self, out: &mut Vec<Effect>) {
        if let Some(change) = self.amends() {
            self.want(0, change, out);
        }
    }

    fn amends(&self) -> Option<Change> {
        let (baton, term) = (self.stage.now.baton()?, self.stage.now.term);
        let returns = |peer| {
            let actor = self.actor(peer);
            let changes = baton.node.is_none() || actor.who != baton.who;
            changes.then_some(Change::By(actor, Deed::Return { before: baton.who }))
        };
        match (baton.node, self.stage.driver) {
            (Some(node), None) if node == self.here() => Some(Change::Lose { term, node }),
            (Some(node), Some(driver)) => {
                let suits = self.peers.get(&driver).is_some_and(|state| baton.suits(state.role));
                if suits { returns(driver) } else { Some(Change::Drop { term, node: Some(node) }) }
            }
            (Some(_), None) => None,
            (None, _) => {
                let peer = self.connection_of(baton.who)?;
                let state = self.peers.get(&peer)?;
                (!state.closing && baton.suits(state.role)).then(|| returns(peer)).flatten()
            }
        }
    }
}
