//! Who is here and where their caret is.
//!
//! The payload is that of the y-protocols awareness protocol: a list of
//! (client id, clock, state as JSON). The map is our own: `yrs::sync::Awareness` never frees
//! the state of those who left, and believes whatever a peer says about others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::doc::Anchor;
use crate::wire::{self, BadFrame, Frame, Profile};

/// Longest state of one client, in bytes of JSON.
pub const MAX_STATE_BYTES: usize = 2 * 1024;
/// Most entries in one awareness frame that a peer may send.
pub const MAX_ENTRIES: u64 = 1_024;
/// How far a clock may jump ahead; a larger jump would lock out later states.
const MAX_CLOCK_STEP: u64 = 1_000;
/// Where the clock of somebody who returns may stand: days of moving a caret.
const MAX_FIRST_CLOCK: u64 = 1 << 30;

/// Whether a message is about presence.
pub fn is_presence(message: &[u8]) -> bool {
    matches!(Frame::decode(message), Ok(Frame::Awareness(_)))
}

/// Whether somebody who misses this message of a room hears the same or better again: presence,
/// unless it says that somebody has left.
pub fn is_said_again(message: &[u8]) -> bool {
    // A room sends one entry at a time to those who are here already.
    matches!(Frame::decode(message), Ok(Frame::Awareness(entry)) if !entry.ends_with(b"null"))
}

/// Presence of one client as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The Yjs client id.
    pub client: u64,
    /// Counts the states of this client; a higher one replaces a lower one.
    pub clock: u64,
    /// JSON; `null` when the client left.
    pub state: String,
}

/// Reads the payload of an awareness frame.
///
/// # Errors
/// When it is malformed or over a limit.
pub fn decode(mut payload: &[u8]) -> Result<Vec<Entry>, BadFrame> {
    let input = &mut payload;
    let count = wire::read_unsigned(input).ok_or(BadFrame("empty"))?;
    if count > MAX_ENTRIES {
        return Err(BadFrame("too many presence entries"));
    }
    let mut entries = Vec::new();
    for _ in 0..count {
        let client = wire::read_unsigned(input).ok_or(BadFrame("cut short"))?;
        let clock = wire::read_unsigned(input).ok_or(BadFrame("cut short"))?;
        let state = wire::read_bytes(input).ok_or(BadFrame("cut short"))?;
        let state = std::str::from_utf8(state).map_err(|_| BadFrame("text that is not UTF-8"))?;
        entries.push(Entry { client, clock, state: state.to_owned() });
    }
    if input.is_empty() { Ok(entries) } else { Err(BadFrame("bytes after its end")) }
}

/// Writes the payload of an awareness frame.
pub fn encode<'a>(entries: impl ExactSizeIterator<Item = &'a Entry>) -> Vec<u8> {
    let mut out = Vec::new();
    wire::write_unsigned(&mut out, entries.len() as u64);
    for entry in entries {
        wire::write_unsigned(&mut out, entry.client);
        wire::write_unsigned(&mut out, entry.clock);
        wire::write_bytes(&mut out, entry.state.as_bytes());
    }
    out
}

/// A caret or a selection. The same shape as y-codemirror.next uses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    /// Where the selection began.
    pub anchor: Anchor,
    /// Where the caret is.
    pub head: Anchor,
}

/// Somebody else in the deck.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// The Yjs client id.
    pub client: u64,
    /// Who it is.
    pub profile: Profile,
    /// Where their caret is, when they have one.
    pub cursor: Option<Cursor>,
}

impl Person {
    /// Reads a state as our server sends it; `None` for one who left or is unreadable.
    pub fn read(entry: &Entry) -> Option<Self> {
        let State { user, cursor } = serde_json::from_str(&entry.state).ok()?;
        let profile = Profile { name: user.name, color: user.palette };
        Some(Self { client: entry.client, profile: profile.cleaned(), cursor })
    }
}

/// A state as our server publishes it.
#[derive(Deserialize)]
struct State {
    user: User,
    cursor: Option<Cursor>,
}

#[derive(Deserialize)]
struct User {
    name: String,
    #[serde(default)]
    palette: u8,
}

/// A state as a client sends it.
#[derive(Serialize)]
struct OwnState<'a> {
    cursor: Option<&'a Cursor>,
}

/// The state that a client sends of itself.
pub fn state(cursor: Option<&Cursor>) -> String {
    // There is nothing in it that JSON cannot express.
    serde_json::to_string(&OwnState { cursor }).unwrap_or_default()
}

/// Hex colours (light theme) of the palette, for Yjs clients that want one.
const COLORS: [&str; wire::PEOPLE_COLORS as usize] = [
    "#68231b", "#465400", "#448111", "#627658", "#285655", "#4a2dad", "#7d56b8", "#591771",
    "#4c334a", "#ab247e",
];

/// The state that everybody gets to see: the cursor as sent, the person as the server knows
/// them. A stock Yjs client has not said who it is; its own `user.name` is taken, cleaned.
fn published(state: &Value, profile: Option<&Profile>) -> (Profile, String) {
    let profile = profile.cloned().unwrap_or_else(|| {
        let name = state.pointer("/user/name").and_then(Value::as_str).unwrap_or_default();
        Profile::named(name)
    });
    let color = COLORS[usize::from(profile.color)];
    let user = json!({ "name": profile.name, "color": color, "palette": profile.color });
    // A cursor that we cannot read is left out: nobody else could either.
    let cursor = state.get("cursor").and_then(|cursor| Cursor::deserialize(cursor).ok());
    (profile, json!({ "user": user, "cursor": cursor }).to_string())
}

/// The server's map of who is here: one state for each connection.
#[derive(Debug)]
pub struct PresenceMap<Peer> {
    clients: BTreeMap<Peer, Entry>,
}

impl<Peer> Default for PresenceMap<Peer> {
    fn default() -> Self {
        Self { clients: BTreeMap::new() }
    }
}

impl<Peer: Ord + Copy> PresenceMap<Peer> {
    /// Takes what a peer says of itself and gives the entry for everybody else.
    /// What it says of others is ignored: stock Yjs clients repeat all that they hear.
    pub fn update(
        &mut self,
        peer: Peer,
        entries: &[Entry],
        profile: Option<&Profile>,
    ) -> Option<(&Entry, Profile)> {
        let taken = |client| self.clients.iter().any(|(&p, e)| p != peer && e.client == client);
        let own = match self.clients.get(&peer) {
            Some(known) => entries.iter().find(|entry| entry.client == known.client)?,
            None => entries.iter().find(|entry| !taken(entry.client))?,
        };
        let clocks = match self.clients.get(&peer) {
            Some(known) => known.clock + 1..=known.clock + MAX_CLOCK_STEP,
            None => 0..=MAX_FIRST_CLOCK,
        };
        if !clocks.contains(&own.clock) || own.state.len() > MAX_STATE_BYTES {
            return None;
        }
        let state: Value = serde_json::from_str(&own.state).ok()?;
        let (profile, state) = match state {
            Value::Object(_) => published(&state, profile),
            _ => (Profile::default(), "null".to_owned()),
        };
        let entry = Entry { client: own.client, clock: own.clock, state };
        self.clients.insert(peer, entry);
        self.clients.get(&peer).map(|entry| (entry, profile))
    }

    /// Forgets a peer and gives the entry that tells the others. Its clock stays: Yjs clients
    /// would overlook somebody who returns with a clock that they have seen already.
    pub fn remove(&mut self, peer: Peer) -> Option<Entry> {
        let entry = self.clients.remove(&peer)?;
        Some(Entry { state: "null".to_owned(), ..entry })
    }

    /// Who announced a client id.
    pub fn peer_of(&self, client: u64) -> Option<Peer> {
        let here = |(&peer, entry): (&Peer, &Entry)| {
            (entry.client == client && entry.state != "null").then_some(peer)
        };
        self.clients.iter().find_map(here)
    }

    /// The client id that a peer announced.
    pub fn client_of(&self, peer: Peer) -> Option<u64> {
        let entry = self.clients.get(&peer)?;
        (entry.state != "null").then_some(entry.client)
    }

    /// Everybody who is here.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.clients.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(client: u64, clock: u64, state: &str) -> Entry {
        Entry { client, clock, state: state.to_owned() }
    }

    #[test]
    fn awareness_payloads_survive_a_round_trip() {
        let entries = [entry(1, 2, "{}"), entry(1 << 40, 0, "null")];
        assert_eq!(decode(&encode(entries.iter())).unwrap(), entries);
        assert!(decode(&[2, 1, 1, 0]).is_err());
    }

    #[test]
    fn the_server_says_who_it_is() {
        let mut map = PresenceMap::default();
        let alice = Profile { name: "Alice".into(), color: 2 };
        let claim = entry(7, 1, r#"{"user":{"name":"Mallory"},"extra":1}"#);
        let (published, _) = map.update(1, &[claim], Some(&alice)).unwrap();
        let person = Person::read(published).unwrap();
        assert_eq!(person.profile, alice);
        assert!(!published.state.contains("extra"));
    }

    #[test]
    fn nobody_speaks_for_others() {
        let mut map = PresenceMap::default();
        map.update(1, &[entry(7, 1, "{}")], None).unwrap();
        assert_eq!(map.update(2, &[entry(7, 9, "{}")], None), None);
        assert!(map.update(2, &[entry(7, 9, "{}"), entry(8, 1, "{}")], None).is_some());
        assert_eq!(map.update(2, &[entry(7, 10, "null")], None), None);
        assert_eq!(map.iter().len(), 2);
        assert_eq!(map.remove(1).unwrap(), entry(7, 1, "null"));
    }

    #[test]
    fn clocks_go_up_in_small_steps() {
        let mut map = PresenceMap::default();
        map.update(1, &[entry(7, 5, "{}")], None).unwrap();
        assert_eq!(map.update(1, &[entry(7, 5, "{}")], None), None);
        assert_eq!(map.update(1, &[entry(7, 50_000, "{}")], None), None);
        assert!(map.update(1, &[entry(7, 6, "{}")], None).is_some());
    }
}
