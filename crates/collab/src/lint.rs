//! Checks the bytes of a CRDT update or state vector before yrs sees them.
//!
//! yrs trusts its input: a few bytes can declare gigabytes, nest until the stack overflows or
//! park a document behind dependencies that never come. So the server reads every byte itself
//! first. Stage 1 ([`update`], [`state_vector`]) needs the bytes alone and never allocates by a
//! declared length; stage 2 ([`Shape::fits`]) compares the result with what the room knows.
//!
//! Source of the layout: Yjs update encoding V1 (`yjs/INTERNALS.md`, `UpdateEncoderV1`).

mod crowds;
mod reader;

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use crate::doc::ROOT;
use crowds::Crowds;
use reader::Reader;

/// Most bytes in one update. A client cuts larger edits into several.
pub const MAX_UPDATE_BYTES: usize = 1024 * 1024;
/// Most clients in one update: an offline batch that passes on many people's work.
pub const MAX_CLIENTS: u64 = 4_096;
/// Most structs in one update: each is a place where somebody typed, and a day has fewer. Every
/// one costs the server's replica some 200 bytes for as long as the deck lives.
pub const MAX_STRUCTS: u64 = 20_000;
/// Most delete ranges in one update. Stock clients repeat all that was ever deleted; new ranges
/// cut the text into pieces, and 100,000 of them cost most of a second.
pub const MAX_DELETE_RANGES: u64 = 100_000;
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
    /// Origin and right origin of each struct that names both.
    between: BTreeSet<(Id, Id)>,
    scattered: u64,
    inserted: u64,
    /// The text itself, when somebody wants it.
    text: Option<String>,
}

/// One unit of text: client and clock.
pub type Id = (u64, u64);

impl Shape {
    /// How many clients have written in the update that `known` says nothing of.
    pub fn new_clients(&self, known: impl Fn(u64) -> bool) -> usize {
        self.sections.keys().filter(|&&client| !known(client)).count()
    }

    /// The clients whose structs the update has more of than the document: those who wrote what is
    /// new in it. `clock(client)` is the document's next clock for a client.
    pub fn authors(&self, clock: impl Fn(u64) -> u64) -> impl Iterator<Item = u64> {
        let news = move |(&client, section): (&u64, &Section)| {
            (section.end > clock(client)).then_some(client)
        };
        self.sections.iter().filter_map(news)
    }

    /// What the update builds on: for each client the clock up to which everything must be there.
    pub fn needs(&self) -> BTreeMap<u64, u64> {
        let mut needs: BTreeMap<u64, u64> =
            self.sections.iter().map(|(&client, section)| (client, section.first)).collect();
        let named = self.origins.iter().map(|(&client, &origin)| (client, origin + 1));
        for (client, end) in named.chain(self.deletes.iter().map(|(&client, &end)| (client, end))) {
            let own = self.sections.get(&client).map_or(0, |section| section.end);
            if end > own {
                let need = needs.entry(client).or_default();
                *need = end.max(*need);
            }
        }
        needs
    }

    /// UTF-16 units of text that the update carries.
    pub fn inserted_units(&self) -> u64 {
        self.inserted
    }

    /// Whether the update removes anything.
    pub fn deletes(&self) -> bool {
        !self.deletes.is_empty()
    }

    /// How many structs do not go on where the one before them ended: yrs has to find a place for
    /// each, which may take a walk through the whole deck.
    pub fn scattered(&self) -> u64 {
        self.scattered
    }

    /// Stage 2: the clients that are new here do not crowd the known ones, where a hash table would
    /// have to tell them apart.
    ///
    /// # Errors
    /// When they do.
    pub fn fits_among(&self, known: impl Iterator<Item = u64>) -> Result<()> {
        let (mut crowds, mut counted) = (Crowds::default(), BTreeSet::new());
        for client in known.chain(self.sections.keys().copied()) {
            if counted.insert(client) {
                crowds.add(client);
            }
        }
        crowds.check()
    }

    /// Stage 2: no struct claims to lie between two units that stand the other way round; replicas
    /// would put it each elsewhere. `offset(id)` is where a unit begins in the text, and where it
    /// ends: the same for one that is deleted.
    ///
    /// # Errors
    /// When one does, or names a unit that has no place.
    pub fn fits_between(&self, offset: impl Fn(Id) -> Option<(u32, u32)>) -> Result<()> {
        let is_new = |(client, clock): Id| {
            self.sections.get(&client).is_some_and(|section| clock >= section.first)
        };
        // Only what the document has can be looked up there.
        let old = self.between.iter().filter(|(left, right)| !is_new(*left) && !is_new(*right));
        for &(left, right) in old {
            match (offset(left), offset(right)) {
                (Some((_, end)), Some((start, _))) if end <= start => {}
                _ => return Err(Malformed("origins the wrong way round")),
            }
        }
        Ok(())
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
    let mut shape = Shape::default();
    read_update(bytes, &mut shape)?;
    Ok(shape)
}

fn read_update(bytes: &[u8], shape: &mut Shape) -> Result<()> {
    if bytes.len() > MAX_UPDATE_BYTES {
        return Err(Malformed("over 1 MB"));
    }
    let mut reader = Reader { bytes };
    let clients = reader.bounded(MAX_CLIENTS, "too many clients")?;
    let mut structs_left = MAX_STRUCTS;
    for _ in 0..clients {
        read_section(&mut reader, shape, &mut structs_left)?;
    }
    read_delete_set(&mut reader, shape)?;
    reader.finish()?;
    for clients in [shape.sections.keys().collect::<Vec<_>>(), shape.deletes.keys().collect()] {
        let mut crowds = Crowds::default();
        clients.into_iter().for_each(|&client| crowds.add(client));
        crowds.check()?;
    }
    Ok(())
}

/// The text that an update carries, in the order in which it stands there: for one whose edits have
/// no place in a deck any more. Empty when the update is malformed.
pub fn inserted_text(bytes: &[u8]) -> String {
    let mut shape = Shape { text: Some(String::new()), ..Shape::default() };
    match read_update(bytes, &mut shape) {
        Ok(()) => shape.text.unwrap_or_default(),
        Err(_) => String::new(),
    }
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
    let mut seen = BTreeSet::new();
    let mut crowds = Crowds::default();
    for _ in 0..entries {
        let client = reader.client()?;
        reader.bounded(MAX_CLOCK, "a clock out of range")?;
        if !seen.insert(client) {
            return Err(Malformed("a client twice"));
        }
        crowds.add(client);
    }
    crowds.check()?;
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
    if structs == 0 {
        return Err(Malformed("a client without structs"));
    }
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
    let mut origin = |flag| match info & flag {
        0 => Ok(None),
        _ => read_origin(reader, shape, (client, clock)).map(Some),
    };
    let (left, right) = (origin(HAS_ORIGIN)?, origin(HAS_RIGHT_ORIGIN)?);
    if let (Some(left), Some(right)) = (left, right) {
        if left == right {
            return Err(Malformed("one unit on both sides"));
        }
        shape.between.insert((left, right));
    }
    let goes_on = clock > 0 && left == Some((client, clock - 1));
    shape.scattered += u64::from(!goes_on);
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
            let text = reader.string()?;
            let units = text.encode_utf16().count() as u64;
            if units == 0 {
                return Err(Malformed("an empty string"));
            }
            shape.inserted += units;
            if let Some(all) = &mut shape.text {
                all.push_str(text);
            }
            Ok(units)
        }
        _ => Err(Malformed("a kind of content that is not text")),
    }
}

fn read_origin(reader: &mut Reader, shape: &mut Shape, (client, clock): Id) -> Result<Id> {
    let origin_client = reader.client()?;
    let origin = reader.bounded(MAX_CLOCK, "a clock out of range")?;
    if origin_client == client && origin >= clock {
        return Err(Malformed("an origin in its own future"));
    }
    let highest = shape.origins.entry(origin_client).or_insert(origin);
    *highest = origin.max(*highest);
    Ok((origin_client, origin))
}

fn read_delete_set(reader: &mut Reader, shape: &mut Shape) -> Result<()> {
    let clients = reader.bounded(MAX_CLIENTS, "too many clients")?;
    let mut ranges_left = MAX_DELETE_RANGES;
    for _ in 0..clients {
        let client = reader.client()?;
        let ranges = reader.bounded(ranges_left, "too many delete ranges")?;
        if ranges == 0 {
            return Err(Malformed("a client without delete ranges"));
        }
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
    fn ids_that_collide_in_a_hash_table_are_refused() {
        let alike: Vec<u64> = (0..40).map(|number| number << 32).collect();
        let mut vector = vec![40];
        for &client in &alike {
            crate::wire::write_unsigned(&mut vector, client);
            vector.push(1);
        }
        assert_eq!(state_vector(&vector), Err(Malformed("client ids that collide")));
        let collected = [&[1, 1, 7, 0, 0, 1, 0][..]].concat();
        let shape = update(&collected).unwrap();
        assert_eq!(shape.fits_among(alike.iter().copied().take(32)), Ok(()));
        assert!(shape.fits_among(alike.iter().map(|client| client + 7)).is_err());
        // Nothing is said of a client in vain either.
        assert!(update(&[1, 0, 7, 0, 0]).is_err());
        assert!(update(&[0, 1, 7, 0]).is_err());
    }

    #[test]
    fn origins_the_wrong_way_round_are_refused() {
        let between =
            |left, right| [&[1, 1, 7, 0, 0xc4, 9, left, 9, right, 1][..], b"x\0"].concat();
        // Units stand where their clocks say, and the third is deleted.
        let offset = |(_, clock): Id| {
            let start = clock as u32 - u32::from(clock > 2);
            Some((start, start + u32::from(clock != 2)))
        };
        for (left, right) in [(0, 1), (0, 5), (1, 2), (2, 3)] {
            assert_eq!(update(&between(left, right)).unwrap().fits_between(offset), Ok(()));
        }
        for (left, right) in [(1, 0), (5, 0), (3, 2)] {
            assert!(update(&between(left, right)).unwrap().fits_between(offset).is_err());
        }
        assert!(update(&between(4, 4)).is_err());
        assert!(update(&between(0, 1)).unwrap().fits_between(|_| None).is_err());
    }

    #[test]
    fn what_goes_on_where_it_ended_is_not_scattered() {
        let mut doc = DeckDoc::new(7);
        doc.edit(&[TextEdit::insert(0, "one two")]);
        let typed = doc.edit(&[TextEdit::insert(3, "a"), TextEdit::insert(4, "b")]);
        assert_eq!(update(&typed).unwrap().scattered(), 1);
        let jumped = doc.edit(&[TextEdit::insert(0, "a"), TextEdit::insert(5, "b")]);
        assert_eq!(update(&jumped).unwrap().scattered(), 2);
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
