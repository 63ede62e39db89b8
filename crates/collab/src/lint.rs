//! Checks the bytes of a CRDT update or state vector before yrs sees them.
//!
//! yrs trusts its input: a few bytes can declare gigabytes, nest until the stack overflows or
//! park a document behind dependencies that never come. So the server reads every byte itself
//! first. Stage 1 ([`update`], [`state_vector`]) needs the bytes alone and never allocates by a
//! declared length; stage 2 ([`Shape::fits`]) compares the result with what the room knows.
//!
//! Source of the layout: Yjs update encoding V1 (`yjs/INTERNALS.md`, `UpdateEncoderV1`).

use std::collections::{BTreeMap, btree_map::Entry};

use crate::doc::ROOT;

/// Most bytes in one update. A client cuts larger edits into several.
pub const MAX_UPDATE_BYTES: usize = 1024 * 1024;
/// Most clients in one update: an offline batch that passes on many people's work.
pub const MAX_CLIENTS: u64 = 4_096;
/// Most structs in one update; far above what 1 MB of honest typing holds.
pub const MAX_STRUCTS: u64 = 200_000;
/// Most delete ranges in one update.
pub const MAX_DELETE_RANGES: u64 = 200_000;
/// Most entries in a state vector: one for each client that ever wrote in the deck.
pub const MAX_STATE_VECTOR_ENTRIES: u64 = 16_384;
/// Most clients that one update may bring into a deck: an offline batch passes on few people's
/// work, and the deck has room for [`MAX_STATE_VECTOR_ENTRIES`] in all its life.
pub const MAX_NEW_CLIENTS: usize = 64;
/// Clocks stay below this, so that sums of two never overflow 32 bits.
const MAX_CLOCK: u64 = 1 << 31;
/// The largest integer that a JavaScript client can hold exactly.
pub(crate) const MAX_CLIENT_ID: u64 = (1 << 53) - 1;

/// Why bytes were refused, in words for a log and for the peer's close reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed update: {0}")]
pub struct Malformed(pub &'static str);

type Result<T> = std::result::Result<T, Malformed>;

/// The part of an update that one client wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Section {
    first: u64,
    end: u64,
}

/// What an update that passed stage 1 claims: enough to tell whether it fits a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shape {
    sections: BTreeMap<u64, Section>,
    /// For each client the highest clock that is named as an origin.
    origins: BTreeMap<u64, u64>,
    /// For each client the end of the highest deleted range.
    deletes: BTreeMap<u64, u64>,
    inserted: u64,
}

impl Shape {
    /// How many clients have written in the update that `known` says nothing of.
    pub fn new_clients(&self, known: impl Fn(u64) -> bool) -> usize {
        self.sections.keys().filter(|&&client| !known(client)).count()
    }

    /// UTF-16 units of text that the update carries.
    pub fn inserted_units(&self) -> u64 {
        self.inserted
    }

    /// Stage 2: nothing in the update waits for something that the document does not have, so
    /// that yrs never parks anything. `clock(client)` is the document's next clock for a client.
    ///
    /// # Errors
    /// The first claim that is ahead of the document.
    pub fn fits(&self, clock: impl Fn(u64) -> u64) -> Result<()> {
        let known = |client: u64| {
            let own = self.sections.get(&client).map_or(0, |section| section.end);
            own.max(clock(client))
        };
        for (&client, section) in &self.sections {
            if section.first > clock(client) {
                return Err(Malformed("a gap before its first struct"));
            }
        }
        for (&client, &origin) in &self.origins {
            if origin >= known(client) {
                return Err(Malformed("an origin that nobody has"));
            }
        }
        for (&client, &end) in &self.deletes {
            if end > known(client) {
                return Err(Malformed("a deletion of text that nobody has"));
            }
        }
        Ok(())
    }
}

/// Stage 1 for an update.
///
/// # Errors
/// What is wrong with it; the first fault found.
pub fn update(bytes: &[u8]) -> Result<Shape> {
    if bytes.len() > MAX_UPDATE_BYTES {
        return Err(Malformed("over 1 MB"));
    }
    let mut reader = Reader { bytes };
    let mut shape = Shape::default();
    let clients = reader.bounded(MAX_CLIENTS, "too many clients")?;
    let mut structs_left = MAX_STRUCTS;
    for _ in 0..clients {
        read_section(&mut reader, &mut shape, &mut structs_left)?;
    }
    read_delete_set(&mut reader, &mut shape)?;
    reader.finish()?;
    Ok(shape)
}

/// Stage 1 for a state vector.
///
/// # Errors
/// What is wrong with it; the first fault found.
pub fn state_vector(bytes: &[u8]) -> Result<()> {
    let mut reader = Reader { bytes };
    let entries = reader.bounded(MAX_STATE_VECTOR_ENTRIES, "too many entries")?;
    if entries > bytes.len() as u64 / 2 {
        return Err(Malformed("more entries declared than bytes"));
    }
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..entries {
        let client = reader.client()?;
        reader.bounded(MAX_CLOCK, "a clock out of range")?;
        if !seen.insert(client) {
            return Err(Malformed("a client twice"));
        }
    }
    reader.finish()
}

// Bits and kinds of a struct's info byte (yjs/src/structs).
const HAS_ORIGIN: u8 = 0x80;
const HAS_RIGHT_ORIGIN: u8 = 0x40;
const HAS_PARENT_SUB: u8 = 0x20;
const KIND: u8 = 0x1f;
const KIND_GC: u8 = 0;
const KIND_DELETED: u8 = 1;
const KIND_STRING: u8 = 4;

fn read_section(reader: &mut Reader, shape: &mut Shape, structs_left: &mut u64) -> Result<()> {
    let structs = reader.bounded(*structs_left, "too many structs")?;
    *structs_left -= structs;
    let client = reader.client()?;
    let first = reader.bounded(MAX_CLOCK, "a clock out of range")?;
    let mut end = first;
    for _ in 0..structs {
        let length = read_struct(reader, shape, client, end)?;
        end += length;
        if end >= MAX_CLOCK {
            return Err(Malformed("a clock out of range"));
        }
    }
    match shape.sections.entry(client) {
        Entry::Vacant(entry) => {
            entry.insert(Section { first, end });
            Ok(())
        }
        Entry::Occupied(_) => Err(Malformed("a client twice")),
    }
}

/// Reads one struct and gives its length in clock ticks.
fn read_struct(reader: &mut Reader, shape: &mut Shape, client: u64, clock: u64) -> Result<u64> {
    let info = reader.byte()?;
    let kind = info & KIND;
    if kind == KIND_GC {
        if info != 0 {
            return Err(Malformed("flags on a collected struct"));
        }
        return reader.length();
    }
    if info & HAS_ORIGIN != 0 {
        read_origin(reader, shape, client, clock)?;
    }
    if info & HAS_RIGHT_ORIGIN != 0 {
        read_origin(reader, shape, client, clock)?;
    }
    if info & (HAS_ORIGIN | HAS_RIGHT_ORIGIN) == 0 {
        if reader.unsigned()? != 1 || reader.string()? != ROOT {
            return Err(Malformed("a parent other than the deck's text"));
        }
        if info & HAS_PARENT_SUB != 0 {
            return Err(Malformed("a map entry"));
        }
    }
    match kind {
        KIND_DELETED => reader.length(),
        KIND_STRING => {
            let units = reader.string()?.encode_utf16().count() as u64;
            if units == 0 {
                return Err(Malformed("an empty string"));
            }
            shape.inserted += units;
            Ok(units)
        }
        _ => Err(Malformed("a kind of content that is not text")),
    }
}

fn read_origin(reader: &mut Reader, shape: &mut Shape, client: u64, clock: u64) -> Result<()> {
    let origin_client = reader.client()?;
    let origin = reader.bounded(MAX_CLOCK, "a clock out of range")?;
    if origin_client == client && origin >= clock {
        return Err(Malformed("an origin in its own future"));
    }
    let highest = shape.origins.entry(origin_client).or_insert(origin);
    *highest = origin.max(*highest);
    Ok(())
}

fn read_delete_set(reader: &mut Reader, shape: &mut Shape) -> Result<()> {
    let clients = reader.bounded(MAX_CLIENTS, "too many clients")?;
    let mut ranges_left = MAX_DELETE_RANGES;
    for _ in 0..clients {
        let client = reader.client()?;
        let ranges = reader.bounded(ranges_left, "too many delete ranges")?;
        ranges_left -= ranges;
        let mut highest = 0;
        for _ in 0..ranges {
            let start = reader.bounded(MAX_CLOCK, "a clock out of range")?;
            let end = start + reader.length()?;
            if end >= MAX_CLOCK {
                return Err(Malformed("a clock out of range"));
            }
            highest = end.max(highest);
        }
        if shape.deletes.insert(client, highest).is_some() {
            return Err(Malformed("a client twice"));
        }
    }
    Ok(())
}

/// A cursor over untrusted bytes (lib0 encoding): it borrows, and never allocates.
struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8> {
        let (&first, rest) = self.bytes.split_first().ok_or(Malformed("cut short"))?;
        self.bytes = rest;
        Ok(first)
    }

    fn unsigned(&mut self) -> Result<u64> {
        crate::wire::read_unsigned(&mut self.bytes).ok_or(Malformed("a number cut short"))
    }

    fn bounded(&mut self, most: u64, what: &'static str) -> Result<u64> {
        let number = self.unsigned()?;
        if number > most { Err(Malformed(what)) } else { Ok(number) }
    }

    fn client(&mut self) -> Result<u64> {
        self.bounded(MAX_CLIENT_ID, "a client id out of range")
    }

    fn length(&mut self) -> Result<u64> {
        match self.bounded(MAX_CLOCK, "a length out of range")? {
            0 => Err(Malformed("a length of zero")),
            length => Ok(length),
        }
    }

    fn string(&mut self) -> Result<&'a str> {
        let bytes =
            crate::wire::read_bytes(&mut self.bytes).ok_or(Malformed("a string cut short"))?;
        std::str::from_utf8(bytes).map_err(|_| Malformed("text that is not UTF-8"))
    }

    fn finish(self) -> Result<()> {
        if self.bytes.is_empty() { Ok(()) } else { Err(Malformed("bytes after its end")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::{DeckDoc, TextEdit};

    #[test]
    fn an_honest_update_passes_both_stages() {
        let mut doc = DeckDoc::new(7);
        let first = doc.edit(&[TextEdit::insert(0, "héllo 👋")]);
        let second = doc.edit(&[TextEdit { at: 1, delete: 3, insert: "é".into() }]);
        let shape = update(&first).unwrap();
        assert_eq!(shape.inserted_units(), 8);
        assert_eq!(shape.fits(|_| 0), Ok(()));
        assert_eq!(update(&second).unwrap().fits(|_| 8), Ok(()));
        assert_eq!(
            update(&second).unwrap().fits(|_| 0),
            Err(Malformed("a gap before its first struct"))
        );
    }

    #[test]
    fn bombs_are_refused_without_reaching_yrs() {
        let nested_any = [&[1, 1, 7, 0, 8, 1, 6][..], &[117, 1].repeat(10_000)].concat();
        assert!(update(&nested_any).is_err());
        // Five bytes that declare half a billion entries.
        assert_eq!(
            state_vector(&[0x80, 0xca, 0xb5, 0xee, 0x01]),
            Err(Malformed("too many entries"))
        );
        // A collected struct of length zero, and an origin in its own future.
        assert!(update(&[1, 1, 7, 0, 0, 0, 0]).is_err());
        assert_eq!(
            update(&[1, 1, 7, 0, 0x84, 7, 3, 1, b'x', 0]),
            Err(Malformed("an origin in its own future"))
        );
    }

    #[test]
    fn another_root_a_map_entry_and_trailing_bytes_are_refused() {
        assert!(update(&[1, 1, 7, 0, 4, 1, 1, b'x', 1, b'y', 0]).is_err());
        let root = [1, 6, b's', b'o', b'u', b'r', b'c', b'e'];
        let plain = [&[1, 1, 7, 0, 4][..], &root, &[1, b'y', 0]].concat();
        assert!(update(&plain).is_ok());
        let mapped = [&[1, 1, 7, 0, 0x24][..], &root, &[1, b'k', 1, b'y', 0]].concat();
        assert_eq!(update(&mapped), Err(Malformed("a map entry")));
        assert!(update(&[&plain[..], &[0]].concat()).is_err());
    }

    #[test]
    fn every_truncation_and_every_flipped_byte_gives_an_answer() {
        let mut doc = DeckDoc::new(9);
        let mut bytes = doc.edit(&[TextEdit::insert(0, "Team Harbour 🚢")]);
        for length in 0..bytes.len() {
            let _ = update(&bytes[..length]);
        }
        for index in 0..bytes.len() {
            for value in 0..=255 {
                let before = std::mem::replace(&mut bytes[index], value);
                let _ = update(&bytes);
                bytes[index] = before;
            }
        }
    }
}
