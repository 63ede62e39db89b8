//! What is posted beside the text, and the desk, which posts most of it.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::{Audience, Effect, PeerId, Protocol, Room};
use crate::nodes::NodeMessage;
use crate::wire::{self, ServerMessage};

/// What a room knows of posts.
#[derive(Default)]
pub(super) struct Posts {
    pub(super) desks: u32,
    /// JSON, by their keys.
    kept: BTreeMap<String, String>,
    /// Whose the last update was, as the desk was told.
    writer: Option<String>,
}

impl Posts {
    /// All that is kept.
    pub(super) fn all(&self) -> Vec<(String, String)> {
        self.kept.iter().map(|(key, json)| (key.clone(), json.clone())).collect()
    }
}

impl Room {
    // [P19] Posts go to all clients; those with a key also to who comes later.
    pub(super) fn post(&mut self, key: Option<String>, json: String, out: &mut Vec<Effect>) {
        let is_empty = json.is_empty();
        let bytes = message(&json);
        if bytes.len() > wire::MAX_TOLD_BYTES {
            return;
        }
        if let Some(key) = &key {
            self.neighbours.forget_post(key);
            match is_empty {
                true => _ = self.posts.kept.remove(key),
                false => _ = self.posts.kept.insert(key.clone(), json.clone()),
            }
        }
        if !is_empty {
            self.emit_to(Audience::Clients, None, bytes, 0, out);
        }
        self.tell_nodes(0, NodeMessage::Post { key, json }, out);
    }

    /// Tells a newcomer what was posted.
    pub(super) fn send_posts(&self, peer: PeerId, out: &mut Vec<Effect>) {
        if self.hears(peer, Audience::Clients, u64::MAX) {
            let kept = self.posts.kept.values().chain(self.neighbours.posts());
            out.extend(kept.map(|json| Effect::Send { peer, bytes: message(json) }));
        }
    }

    // [P20] The desk hears whose an update is, when somebody else wrote the one before.
    pub(super) fn name_writer(&mut self, name: &str, out: &mut Vec<Effect>) {
        if self.posts.desks > 0 && self.posts.writer.as_deref() != Some(name) {
            self.posts.writer = Some(name.to_owned());
            let bytes = wire::control(&ServerMessage::Author { name: name.to_owned() });
            self.emit_to(Audience::Desks, None, bytes, self.issued, out);
        }
    }

    /// A desk that asks for the document knows of no writer yet.
    pub(super) fn desk_asked(&mut self, peer: PeerId) {
        if self.peers.get(&peer).is_some_and(|state| state.protocol == Protocol::Desk) {
            self.posts.writer = None;
        }
    }

    /// What nobody keeps up to date is not told to anybody.
    pub(super) fn desk_left(&mut self, protocol: Protocol, out: &mut Vec<Effect>) {
        if protocol == Protocol::Desk {
            self.posts.desks -= 1;
            for (key, _) in std::mem::take(&mut self.posts.kept) {
                let post = NodeMessage::Post { key: Some(key), json: String::new() };
                self.tell_nodes(0, post, out);
            }
        }
    }
}

fn message(json: &str) -> Bytes {
    wire::control(&ServerMessage::Desk { json: json.to_owned() })
}
