//! What peers say: who may say it, and what comes of it.

use bytes::Bytes;

use super::stage_change::Deed;
use super::writing::owns;
use super::{Effect, PeerId, Protocol, Room};
use crate::access::{Act, Rule};
use crate::nodes::NodeMessage;
use crate::presence;
use crate::wire::{self, ClientMessage, Frame, Profile, ServerMessage};

impl Room {
    pub(super) fn frame(&mut self, peer: PeerId, bytes: Bytes, out: &mut Vec<Effect>) {
        // [R6] Nothing of one that is being closed counts: it may build on what was refused.
        let Some(state) = self.peers.get_mut(&peer).filter(|peer| !peer.closing) else { return };
        let role = state.role;
        let frame = match Frame::decode(&bytes) {
            Ok(frame) => frame,
            Err(error) => return self.close_malformed(peer, error, out),
        };
        if matches!(frame, Frame::SyncStep2(_) | Frame::Update(_)) {
            state.frames += 1;
        }
        if matches!(frame, Frame::SyncStep2(_)) {
            state.questions = state.questions.saturating_sub(1);
        }
        if let Some(act) = frame.act()
            && !self.permits(peer, act, None, out)
        {
            return;
        }
        match frame {
            Frame::SyncStep1(state_vector) => self.tell(peer, state_vector, out),
            Frame::SyncStep2(update) => self.write(peer, update, None, out),
            Frame::Update(update) => self.write(peer, update, Some(&bytes), out),
            Frame::Awareness(payload) => self.hear_presence(peer, payload, out),
            Frame::QueryAwareness => self.send_presence(peer, role, out),
            Frame::Control(json) => self.control(peer, json, out),
            Frame::PermissionDenied(_) => {}
        }
    }

    // [A8] Whether a message is taken; who sent it is told if it is refused.
    fn permits(
        &mut self,
        peer: PeerId,
        act: Act,
        take: Option<u64>,
        out: &mut Vec<Effect>,
    ) -> bool {
        let Some(state) = self.peers.get_mut(&peer) else { return false };
        let why = match state.role.may(act) {
            Rule::Taken => return true,
            Rule::Ignored => return false,
            Rule::Refused(why) => {
                // [A9] One is enough to know of it.
                if act.writes() && !std::mem::replace(&mut state.refused, true) {
                    out.push(Effect::Refused { peer });
                }
                why
            }
            Rule::Driving(_) if self.is_let_drive(peer, take) => return true,
            Rule::Driving(why) => why,
        };
        out.push(Effect::Send { peer, bytes: Frame::PermissionDenied(why).encode() });
        false
    }

    fn hear_presence(&mut self, peer: PeerId, payload: &[u8], out: &mut Vec<Effect>) {
        let entries = match presence::decode(payload) {
            Ok(entries) => entries,
            Err(error) => return self.close_malformed(peer, error, out),
        };
        // [W8] A stock client hears nothing while it is alone, and takes that for a dead server.
        if self.peers.get(&peer).is_some_and(|state| state.protocol == Protocol::Yjs) {
            let nobody = presence::encode([].into_iter());
            out.push(Effect::Send { peer, bytes: Frame::Awareness(&nobody).encode() });
        }
        if !self.permits(peer, Act::Appear, None, out) {
            return;
        }
        let (state, options) = (self.peers.get(&peer), &self.options);
        // [P2] An id that was proven to be theirs was theirs on another node too.
        let is_stock = state.is_some_and(|state| state.protocol == Protocol::Yjs);
        let is_theirs = |client: u64| {
            owns(state, options, client, false) && !(is_stock && self.neighbours.has(client))
        };
        let entries: Vec<_> = entries.into_iter().filter(|entry| is_theirs(entry.client)).collect();
        let Some(state) = self.peers.get_mut(&peer) else { return };
        let Some((entry, profile)) = self.presence.update(peer, &entries, state.profile.as_ref())
        else {
            return;
        };
        if state.profile.is_none() && entry.state != "null" {
            state.profile = Some(profile);
        }
        let (entry, after) = (entry.clone(), self.wrote(peer));
        self.show(&entry, Some(peer), after, out);
        self.tell_nodes(after, NodeMessage::Presence { entry }, out);
    }

    fn control(&mut self, peer: PeerId, json: &str, out: &mut Vec<Effect>) {
        if json.len() > wire::MAX_CONTROL_BYTES {
            return self.close_malformed(peer, "control message over 4 KB", out);
        }
        let message: ClientMessage = match serde_json::from_str(json) {
            Ok(message) => message,
            Err(error) => {
                let reason = format!("unreadable control message: {error}");
                return self.close_malformed(peer, reason, out);
            }
        };
        let take = match &message {
            ClientMessage::Present { take, .. } => *take,
            _ => None,
        };
        if !self.permits(peer, message.act(), take, out) {
            return;
        }
        match message {
            ClientMessage::Ping => {
                out.push(Effect::Send { peer, bytes: wire::control(&ServerMessage::Pong) });
            }
            ClientMessage::Introduce { profile, session, clients } => {
                self.claim(peer, &clients);
                self.introduce(peer, profile, session, out);
            }
            ClientMessage::Present { shown, take } => {
                self.wish(peer, Deed::Present { shown, take, messages: 1 }, out);
            }
            ClientMessage::Hold { on } => self.hold(peer, on, out),
            ClientMessage::Offer { to, section } => self.offer(peer, to, &section, out),
            ClientMessage::StopPresenting => self.stop_presenting(peer, out),
        }
    }

    fn claim(&mut self, peer: PeerId, clients: &[(u64, String)]) {
        let ids = &self.options.ids;
        let Some(state) = self.peers.get_mut(&peer) else { return };
        for (client, proof) in clients.iter().take(wire::MAX_CLAIMS) {
            if ids.is_proven(*client, proof) && state.owned.len() <= wire::MAX_CLAIMS {
                state.owned.insert(*client);
            }
        }
    }

    // [R10] Half-open connections live on for most of a minute. Without this, the one who returns
    // would find their caret taken and their slides driven, by themselves.
    fn introduce(&mut self, peer: PeerId, profile: Profile, session: u64, out: &mut Vec<Effect>) {
        let known_as = self.who(peer);
        if let Some(state) = self.peers.get_mut(&peer) {
            state.set_profile(profile);
            state.session = Some(session);
        }
        self.recognise(peer, known_as, out);
        self.supersede(session, Some(peer), out);
        self.tell_nodes(0, NodeMessage::Session { session }, out);
    }
}
