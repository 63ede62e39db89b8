//! Frames on the WebSocket: y-websocket's protocol, and our own control messages beside it.
//!
//! Every frame is one binary message: a type, then its payload (lib0 encoding). Types 0 to 3 are
//! those of `y-protocols` and `y-websocket`, so that any Yjs client can join. Type
//! [`CONTROL`] carries one JSON object and goes only to peers that negotiated
//! [`SUBPROTOCOL`].

mod messages;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::access::Act;
pub use messages::{ClientMessage, ServerMessage};

/// The WebSocket subprotocol of Ondeck's own client.
pub const SUBPROTOCOL: &str = "ondeck.1";
/// Largest frame that the server takes from a peer, in bytes.
pub const MAX_FRAME_BYTES: usize = 1024 * 1024 + 16;
/// Most client ids that one connection may write with: one for each tab that ended without a
/// connection, and its own.
pub const MAX_CLAIMS: usize = 64;
/// Largest control message that a client sends, in bytes; a full list of claims fits in.
pub(crate) const MAX_CONTROL_BYTES: usize = 4 * 1024;
/// Largest control message that the server sends, in bytes; 2,000 characters of any script fit in.
pub(crate) const MAX_TOLD_BYTES: usize = 16 * 1024;

const SYNC: u64 = 0;
const AWARENESS: u64 = 1;
const AUTH: u64 = 2;
const QUERY_AWARENESS: u64 = 3;
/// Our own message type, far from those that y-protocols may add.
pub const CONTROL: u64 = 100;

const STEP_1: u64 = 0;
const STEP_2: u64 = 1;
const UPDATE: u64 = 2;
const PERMISSION_DENIED: u64 = 0;

/// An update V1 without structs and deletions.
const NOTHING: [u8; 2] = [0, 0];

/// One frame; payloads borrow from the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame<'a> {
    /// "This is what I have": a state vector V1.
    SyncStep1(&'a [u8]),
    /// The answer: an update V1 with what the other lacks.
    SyncStep2(&'a [u8]),
    /// A change: an update V1.
    Update(&'a [u8]),
    /// Presence of one or more clients; see [`crate::presence`].
    Awareness(&'a [u8]),
    /// "Send me everybody's presence."
    QueryAwareness,
    /// The server refuses what the peer asked for.
    PermissionDenied(&'a str),
    /// A [`ServerMessage`] or [`ClientMessage`] as JSON.
    Control(&'a str),
}

/// Why a frame could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed frame: {0}")]
pub struct BadFrame(pub &'static str);

impl<'a> Frame<'a> {
    /// Reads one whole message.
    ///
    /// # Errors
    /// When the message is no frame of the protocol, or has bytes after its end.
    pub fn decode(mut bytes: &'a [u8]) -> Result<Self, BadFrame> {
        let input = &mut bytes;
        let frame = match read_unsigned(input).ok_or(BadFrame("empty"))? {
            SYNC => {
                let step = read_unsigned(input).ok_or(BadFrame("no sync step"))?;
                let payload = read_bytes(input).ok_or(BadFrame("cut short"))?;
                match step {
                    STEP_1 => Self::SyncStep1(payload),
                    STEP_2 => Self::SyncStep2(payload),
                    UPDATE => Self::Update(payload),
                    _ => return Err(BadFrame("unknown sync step")),
                }
            }
            AWARENESS => Self::Awareness(read_bytes(input).ok_or(BadFrame("cut short"))?),
            AUTH => {
                read_unsigned(input).ok_or(BadFrame("cut short"))?;
                Self::PermissionDenied(read_str(input)?)
            }
            QUERY_AWARENESS => Self::QueryAwareness,
            CONTROL => {
                let json = read_str(input)?;
                if json.len() > MAX_TOLD_BYTES {
                    return Err(BadFrame("control message over 16 KB"));
                }
                Self::Control(json)
            }
            _ => return Err(BadFrame("unknown type")),
        };
        if input.is_empty() { Ok(frame) } else { Err(BadFrame("bytes after its end")) }
    }

    /// Writes the frame as one message.
    pub fn encode(&self) -> Bytes {
        let (head, payload): (&[u64], &[u8]) = match self {
            Self::SyncStep1(payload) => (&[SYNC, STEP_1], payload),
            Self::SyncStep2(payload) => (&[SYNC, STEP_2], payload),
            Self::Update(payload) => (&[SYNC, UPDATE], payload),
            Self::Awareness(payload) => (&[AWARENESS], payload),
            Self::QueryAwareness => return Bytes::from_static(&[QUERY_AWARENESS as u8]),
            Self::PermissionDenied(reason) => (&[AUTH, PERMISSION_DENIED], reason.as_bytes()),
            Self::Control(json) => (&[CONTROL], json.as_bytes()),
        };
        let mut out = Vec::with_capacity(payload.len() + 8);
        for &number in head {
            write_unsigned(&mut out, number);
        }
        write_bytes(&mut out, payload);
        out.into()
    }
}

/// A person as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Profile {
    /// Shown beside the caret.
    pub name: String,
    /// Index into the palette of people, 0 to 9.
    pub color: u8,
}

/// Longest name in characters; longer ones are cut.
pub const MAX_NAME_CHARS: usize = 40;
/// How many colours people can have.
pub const PEOPLE_COLORS: u8 = 10;

impl Profile {
    /// Somebody of whom nothing is known but the name.
    pub(crate) fn named(name: &str) -> Self {
        let color = name.bytes().fold(0_u8, u8::wrapping_add);
        Self { name: name.to_owned(), color }.cleaned()
    }

    /// The same person with a name that can be shown anywhere: one line, bounded, not empty.
    pub fn cleaned(self) -> Self {
        let visible = |c: &char| {
            !c.is_control()
                && !matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        let name: String = self.name.chars().filter(visible).take(MAX_NAME_CHARS).collect();
        let name = name.trim();
        let name = if name.is_empty() { "Guest" } else { name };
        Self { name: name.to_owned(), color: self.color % PEOPLE_COLORS }
    }
}

impl Frame<'_> {
    /// What kind of message it is; of those that have to be read first, their content says so.
    pub(crate) fn act(&self) -> Option<Act> {
        Some(match self {
            Self::SyncStep1(_) => Act::Ask,
            Self::SyncStep2(update) if *update == NOTHING => Act::AnswerNothing,
            Self::SyncStep2(_) => Act::Answer,
            Self::Update(_) => Act::Update,
            Self::QueryAwareness => Act::LookAround,
            Self::PermissionDenied(_) => Act::Deny,
            Self::Awareness(_) | Self::Control(_) => return None,
        })
    }
}

/// A control message as a frame.
pub fn control(message: &impl Serialize) -> Bytes {
    // Our own message types hold nothing that JSON cannot express.
    let json = serde_json::to_string(message).unwrap_or_default();
    Frame::Control(&json).encode()
}

/// Reads a lib0 variable-length unsigned integer; `None` when cut short or over 63 bits.
pub(crate) fn read_unsigned(input: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for index in 0..9 {
        let (&byte, rest) = input.split_first()?;
        *input = rest;
        number |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Reads a length and that many bytes, without copying.
pub(crate) fn read_bytes<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(read_unsigned(input)?).ok()?;
    let (bytes, rest) = input.split_at_checked(length)?;
    *input = rest;
    Some(bytes)
}

fn read_str<'a>(input: &mut &'a [u8]) -> Result<&'a str, BadFrame> {
    let bytes = read_bytes(input).ok_or(BadFrame("cut short"))?;
    std::str::from_utf8(bytes).map_err(|_| BadFrame("text that is not UTF-8"))
}

pub(crate) fn write_unsigned(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub(crate) fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_unsigned(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_a_round_trip() {
        for frame in [
            Frame::SyncStep1(&[0]),
            Frame::SyncStep2(&[0, 0]),
            Frame::Update(&[1; 300]),
            Frame::Awareness(&[0]),
            Frame::QueryAwareness,
            Frame::PermissionDenied("read only"),
            Frame::Control("{}"),
        ] {
            assert_eq!(Frame::decode(&frame.encode()), Ok(frame));
        }
    }

    #[test]
    fn malformed_frames_are_named() {
        assert_eq!(Frame::decode(&[]), Err(BadFrame("empty")));
        assert_eq!(Frame::decode(&[0, 9, 0]), Err(BadFrame("unknown sync step")));
        assert_eq!(Frame::decode(&[0, 2, 5, 1]), Err(BadFrame("cut short")));
        assert_eq!(Frame::decode(&[0, 2, 1, 1, 1]), Err(BadFrame("bytes after its end")));
        assert_eq!(Frame::decode(&[77]), Err(BadFrame("unknown type")));
        assert_eq!(Frame::decode(&[0xff; 12]), Err(BadFrame("empty")));
    }

    #[test]
    fn names_are_one_bounded_line() {
        let profile = Profile { name: " \u{202e}Al\nice\0 ".into(), color: 13 }.cleaned();
        assert_eq!(profile, Profile { name: "Alice".into(), color: 3 });
        assert_eq!(Profile::default().cleaned().name, "Guest");
        let long = Profile { name: "ä".repeat(99), color: 0 }.cleaned();
        assert_eq!(long.name.chars().count(), MAX_NAME_CHARS);
    }
}
