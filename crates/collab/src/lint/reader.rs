//! Reading numbers and strings from bytes that nobody vouches for.

use super::{MAX_CLIENT_ID, MAX_CLOCK, Malformed, Result};
use crate::wire;

/// A cursor over untrusted bytes (lib0 encoding): it borrows, and never allocates.
pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn byte(&mut self) -> Result<u8> {
        let (&first, rest) = self.bytes.split_first().ok_or(Malformed("cut short"))?;
        self.bytes = rest;
        Ok(first)
    }

    pub(super) fn unsigned(&mut self) -> Result<u64> {
        wire::read_unsigned(&mut self.bytes).ok_or(Malformed("a number cut short"))
    }

    pub(super) fn bounded(&mut self, most: u64, what: &'static str) -> Result<u64> {
        let number = self.unsigned()?;
        if number > most { Err(Malformed(what)) } else { Ok(number) }
    }

    pub(super) fn client(&mut self) -> Result<u64> {
        self.bounded(MAX_CLIENT_ID, "a client id out of range")
    }

    pub(super) fn length(&mut self) -> Result<u64> {
        match self.bounded(MAX_CLOCK, "a length out of range")? {
            0 => Err(Malformed("a length of zero")),
            length => Ok(length),
        }
    }

    pub(super) fn string(&mut self) -> Result<&'a str> {
        let bytes = wire::read_bytes(&mut self.bytes).ok_or(Malformed("a string cut short"))?;
        std::str::from_utf8(bytes).map_err(|_| Malformed("text that is not UTF-8"))
    }

    pub(super) fn finish(self) -> Result<()> {
        if self.bytes.is_empty() { Ok(()) } else { Err(Malformed("bytes after its end")) }
    }
}
