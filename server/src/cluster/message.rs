//! What nodes tell each other, as bytes.

use bytes::{Buf as _, Bytes};
use collab::nodes::{NodeMessage, WrittenElsewhere};
use serde::{Deserialize, Serialize};

use crate::store::DeckId;
use crate::store::access::Principal;
use crate::store::cluster::Row;

/// What the nodes that have a deck open tell each other of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DeckMessage {
    /// Rows were stored, the first of them under this number.
    Rows { epoch: u64, first: u64, rows: Vec<WrittenElsewhere> },
    /// The journal reaches up to here.
    Reaches { epoch: u64, last_seq: u64 },
    /// A room to the other rooms.
    Room(NodeMessage),
    /// The presentation changed.
    Stage { version: u64, json: String },
    /// Something about the deck changed that the store knows.
    Look,
    /// A snapshot covers the journal up to here.
    Compacted { upto_seq: u64 },
}

/// What all nodes tell each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub(crate) enum NodesMessage {
    /// A deck's level, people or links have changed.
    Deck { deck: String },
    /// Somebody signed in or out, or came by a link.
    Principal { principal: String },
}

impl NodesMessage {
    pub(crate) fn deck(deck: &DeckId) -> Self {
        Self::Deck { deck: deck.as_str().to_owned() }
    }

    pub(crate) fn principal(principal: &Principal) -> Self {
        Self::Principal { principal: principal.0.clone() }
    }
}

const ROWS: u8 = 1;
const REACHES: u8 = 2;
const ROOM: u8 = 3;
const STAGE: u8 = 4;
const LOOK: u8 = 5;
const COMPACTED: u8 = 6;

/// Rows as others take them in. `names`: what the author of each is called.
pub(crate) fn rows(epoch: u64, first: u64, rows: &[Row], names: &[String]) -> Vec<u8> {
    let mut out = vec![ROWS];
    out.extend(epoch.to_le_bytes());
    out.extend(first.to_le_bytes());
    for (row, name) in rows.iter().zip(names) {
        let update = &row.update;
        put(&mut out, name.as_bytes());
        put(&mut out, update.principal.as_bytes());
        out.extend((update.claims.len() as u32).to_le_bytes());
        update.claims.iter().for_each(|client| out.extend(client.to_le_bytes()));
        put(&mut out, &update.bytes);
    }
    out
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    // Far below: an update has at most 256 KB.
    out.extend((bytes.len() as u32).to_le_bytes());
    out.extend(bytes);
}

impl DeckMessage {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let numbers = |kind: u8, numbers: &[u64]| {
            let mut out = vec![kind];
            numbers.iter().for_each(|number| out.extend(number.to_le_bytes()));
            out
        };
        match self {
            // Rows are written from what is stored, see `rows`.
            Self::Rows { epoch, first, rows } => {
                numbers(REACHES, &[*epoch, (first + rows.len() as u64).saturating_sub(1)])
            }
            Self::Reaches { epoch, last_seq } => numbers(REACHES, &[*epoch, *last_seq]),
            Self::Room(message) => {
                let mut out = vec![ROOM];
                // Numbers, names and lists: there is nothing in it that JSON cannot express.
                out.extend(serde_json::to_vec(message).unwrap_or_default());
                out
            }
            Self::Stage { version, json } => {
                let mut out = numbers(STAGE, &[*version]);
                out.extend(json.as_bytes());
                out
            }
            Self::Look => vec![LOOK],
            Self::Compacted { upto_seq } => numbers(COMPACTED, &[*upto_seq]),
        }
    }

    /// `None` when it cannot be read: a node of another version may say more.
    pub(crate) fn decode(mut bytes: Bytes) -> Option<Self> {
        match bytes.try_get_u8().ok()? {
            ROWS => {
                let (epoch, first) = (number(&mut bytes)?, number(&mut bytes)?);
                let mut rows = Vec::new();
                while bytes.has_remaining() {
                    rows.push(row(&mut bytes)?);
                }
                Some(Self::Rows { epoch, first, rows })
            }
            REACHES => {
                Some(Self::Reaches { epoch: number(&mut bytes)?, last_seq: number(&mut bytes)? })
            }
            ROOM => serde_json::from_slice(&bytes).ok().map(Self::Room),
            STAGE => {
                let version = number(&mut bytes)?;
                Some(Self::Stage { version, json: String::from_utf8(bytes.into()).ok()? })
            }
            LOOK => Some(Self::Look),
            COMPACTED => Some(Self::Compacted { upto_seq: number(&mut bytes)? }),
            _ => None,
        }
    }
}

fn number(bytes: &mut Bytes) -> Option<u64> {
    bytes.try_get_u64_le().ok()
}

fn part(bytes: &mut Bytes) -> Option<Bytes> {
    let len = bytes.try_get_u32_le().ok()? as usize;
    (len <= bytes.len()).then(|| bytes.split_to(len))
}

fn words(bytes: &mut Bytes) -> Option<String> {
    String::from_utf8(part(bytes)?.into()).ok()
}

fn row(bytes: &mut Bytes) -> Option<WrittenElsewhere> {
    let (author, principal) = (words(bytes)?, words(bytes)?);
    let count = bytes.try_get_u32_le().ok()? as usize;
    if count > bytes.len() / 8 {
        return None;
    }
    let claims = (0..count).map(|_| Some((number(bytes)?, principal.clone())));
    let claims = claims.collect::<Option<Vec<_>>>()?;
    Some(WrittenElsewhere { update: part(bytes)?, author, claims })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::NewUpdate;

    #[test]
    fn what_is_told_is_what_is_heard_and_half_of_it_is_nothing() {
        let update = |claims, bytes: &'static [u8]| Row {
            update: NewUpdate {
                principal: "user:ada".into(),
                client: None,
                claims,
                bytes: Bytes::from_static(bytes),
            },
            spans: Vec::new(),
        };
        let told = [update(vec![5, 1 << 52], b"one"), update(Vec::new(), b"")];
        let names = ["Ada".to_owned(), String::new()];
        let encoded = rows(3, 9, &told, &names);
        let written = |update: &'static [u8], author: &str, claims: &[u64]| WrittenElsewhere {
            update: Bytes::from_static(update),
            author: author.into(),
            claims: claims.iter().map(|&client| (client, "user:ada".to_owned())).collect(),
        };
        let heard = vec![written(b"one", "Ada", &[5, 1 << 52]), written(b"", "", &[])];
        let whole = DeckMessage::Rows { epoch: 3, first: 9, rows: heard };
        assert_eq!(DeckMessage::decode(encoded.clone().into()), Some(whole.clone()));
        for cut in 18..encoded.len() {
            let part = DeckMessage::decode(encoded[..cut].to_vec().into());
            assert_ne!(part, Some(whole.clone()), "{cut}");
        }
        for message in [
            DeckMessage::Reaches { epoch: 1, last_seq: u64::MAX },
            DeckMessage::Room(NodeMessage::Session { session: u64::MAX }),
            DeckMessage::Stage { version: 4, json: "{}".into() },
            DeckMessage::Look,
            DeckMessage::Compacted { upto_seq: 7 },
        ] {
            assert_eq!(DeckMessage::decode(message.encode().into()), Some(message));
        }
        for bad in [&b""[..], b"\x09", b"\x03{}", b"\x02\0", b"\x01\0"] {
            assert_eq!(DeckMessage::decode(Bytes::from_static(bad)), None);
        }
    }
}
