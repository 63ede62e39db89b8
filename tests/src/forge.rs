//! Updates written by hand: what a modified client can send and an honest one never would.

/// An update V1 in parts, whether it makes sense or not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forged {
    /// What each client wrote.
    pub sections: Vec<Section>,
    /// Ranges (clock, length) that are deleted, by client.
    pub deletes: Vec<(u64, Vec<(u64, u64)>)>,
}

/// What one client wrote, from a clock on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its id.
    pub client: u64,
    /// The clock of the first struct.
    pub clock: u64,
    /// One after the other.
    pub structs: Vec<Struct>,
}

/// (client, clock) of one unit of text.
pub type Id = (u64, u64);

/// One struct; without an origin it names the deck's text as its parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Struct {
    /// What it was put behind.
    pub origin: Option<Id>,
    /// What it was put before.
    pub right: Option<Id>,
    /// What it holds.
    pub content: Content,
}

/// What a struct holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// So many units that were collected: no origins, no parent.
    Collected(u64),
    /// So many units that were deleted.
    Deleted(u64),
    /// Text.
    Text(String),
    /// Any other kind, with the bytes that follow.
    Other(u8, Vec<u8>),
}

impl Struct {
    /// Text between two units.
    pub fn text(origin: Option<Id>, right: Option<Id>, text: &str) -> Self {
        Self { origin, right, content: Content::Text(text.to_owned()) }
    }

    /// Collected units.
    pub fn collected(units: u64) -> Self {
        Self { origin: None, right: None, content: Content::Collected(units) }
    }

    /// Clock ticks that it takes up.
    pub fn units(&self) -> u64 {
        match &self.content {
            Content::Collected(units) | Content::Deleted(units) => *units,
            Content::Text(text) => text.encode_utf16().count() as u64,
            Content::Other(..) => 1,
        }
    }
}

// Kinds and flags of a struct's info byte (yjs/INTERNALS.md).
const DELETED: u8 = 1;
const STRING: u8 = 4;
const HAS_ORIGIN: u8 = 0x80;
const HAS_RIGHT: u8 = 0x40;

impl Forged {
    /// One section and no deletions.
    pub fn one(client: u64, clock: u64, structs: Vec<Struct>) -> Self {
        Self { sections: vec![Section { client, clock, structs }], deletes: Vec::new() }
    }

    /// Deletions alone.
    pub fn deletion(client: u64, ranges: Vec<(u64, u64)>) -> Self {
        Self { sections: Vec::new(), deletes: vec![(client, ranges)] }
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        number(&mut out, self.sections.len() as u64);
        for section in &self.sections {
            number(&mut out, section.structs.len() as u64);
            number(&mut out, section.client);
            number(&mut out, section.clock);
            section.structs.iter().for_each(|part| write(&mut out, part));
        }
        number(&mut out, self.deletes.len() as u64);
        for (client, ranges) in &self.deletes {
            number(&mut out, *client);
            number(&mut out, ranges.len() as u64);
            for (clock, units) in ranges {
                number(&mut out, *clock);
                number(&mut out, *units);
            }
        }
        out
    }

    /// Reads an honest update of a deck; `None` for anything else.
    pub fn decode(mut bytes: &[u8]) -> Option<Self> {
        let input = &mut bytes;
        let mut forged = Self::default();
        for _ in 0..read_number(input)? {
            let count = read_number(input)?;
            let (client, clock) = (read_number(input)?, read_number(input)?);
            let structs = (0..count).map(|_| read(input)).collect::<Option<_>>()?;
            forged.sections.push(Section { client, clock, structs });
        }
        for _ in 0..read_number(input)? {
            let (client, count) = (read_number(input)?, read_number(input)?);
            let range = |_| Some((read_number(input)?, read_number(input)?));
            forged.deletes.push((client, (0..count).map(range).collect::<Option<_>>()?));
        }
        input.is_empty().then_some(forged)
    }
}

/// A state vector.
pub fn state_vector(entries: impl ExactSizeIterator<Item = Id>) -> Vec<u8> {
    let mut out = Vec::new();
    number(&mut out, entries.len() as u64);
    for (client, clock) in entries {
        number(&mut out, client);
        number(&mut out, clock);
    }
    out
}

/// Reads a state vector; `None` when it is none.
pub fn read_state_vector(mut bytes: &[u8]) -> Option<Vec<Id>> {
    let input = &mut bytes;
    let count = read_number(input)?;
    (0..count).map(|_| Some((read_number(input)?, read_number(input)?))).collect()
}

/// Writes a lib0 number of variable length.
pub fn number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn write(out: &mut Vec<u8>, part: &Struct) {
    let origin = part.origin.map_or(0, |_| HAS_ORIGIN);
    let flags = origin | part.right.map_or(0, |_| HAS_RIGHT);
    let kind = match &part.content {
        Content::Collected(units) => {
            out.push(0);
            return number(out, *units);
        }
        Content::Deleted(_) => DELETED,
        Content::Text(_) => STRING,
        Content::Other(kind, _) => *kind,
    };
    out.push(kind | flags);
    for (client, clock) in [part.origin, part.right].into_iter().flatten() {
        number(out, client);
        number(out, clock);
    }
    if flags == 0 {
        number(out, 1);
        bytes(out, collab::doc::ROOT.as_bytes());
    }
    match &part.content {
        Content::Deleted(units) => number(out, *units),
        Content::Text(text) => bytes(out, text.as_bytes()),
        Content::Other(_, content) => out.extend_from_slice(content),
        Content::Collected(_) => {}
    }
}

fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn read(input: &mut &[u8]) -> Option<Struct> {
    let info = byte(input)?;
    if info == 0 {
        return Some(Struct::collected(read_number(input)?));
    }
    let mut id = |flag| match info & flag {
        0 => Some(None),
        _ => Some(Some((read_number(input)?, read_number(input)?))),
    };
    let (origin, right) = (id(HAS_ORIGIN)?, id(HAS_RIGHT)?);
    if origin.is_none() && right.is_none() {
        read_number(input)?;
        read_bytes(input)?;
    }
    let content = match info & !(HAS_ORIGIN | HAS_RIGHT) {
        DELETED => Content::Deleted(read_number(input)?),
        STRING => Content::Text(String::from_utf8(read_bytes(input)?.to_vec()).ok()?),
        _ => return None,
    };
    Some(Struct { origin, right, content })
}

fn byte(input: &mut &[u8]) -> Option<u8> {
    let (&first, rest) = input.split_first()?;
    *input = rest;
    Some(first)
}

fn read_number(input: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for index in 0..9 {
        let byte = byte(input)?;
        number |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn read_bytes<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(read_number(input)?).ok()?;
    let (bytes, rest) = input.split_at_checked(length)?;
    *input = rest;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use collab::doc::{DeckDoc, TextEdit};

    use super::*;

    #[test]
    fn an_honest_update_survives_being_taken_apart() {
        let (mut alice, mut bob) = (DeckDoc::new(1), DeckDoc::new(1 << 52));
        bob.apply(&alice.edit(&[TextEdit::insert(0, "héllo 👋")])).unwrap();
        bob.edit(&[TextEdit::insert(2, "mid"), TextEdit::delete(1, 3)]);
        let update = bob.encode();
        let forged = Forged::decode(&update).unwrap();
        assert_eq!(forged.sections.len(), 2);
        let copy = DeckDoc::restore(3, &forged.encode()).unwrap();
        assert_eq!(copy.text(), bob.text());
    }
}
