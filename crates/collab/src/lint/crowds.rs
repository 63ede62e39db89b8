//! Client ids that were chosen to collide in hash tables.

use std::collections::BTreeMap;

use super::Malformed;

/// Most clients whose ids end in the same [`CROWD_BITS`] bits. Yjs clients choose their ids at random:
/// among as many as a deck can have 4 are alike on average, and 33 once in 10¹⁵ decks.
const MAX_CROWD: usize = 32;
/// yrs finds clients in hash tables by the low bits of their ids as they are. Ids that are chosen to
/// be alike there make each look-up a walk along all of them: 16,384 of them cost a second a frame.
const CROWD_BITS: u64 = 12;

/// Counts clients that a hash table would have to tell apart; see [`MAX_CROWD`].
#[derive(Default)]
pub(super) struct Crowds {
    by_low_bits: BTreeMap<u64, usize>,
    largest: usize,
}

impl Crowds {
    pub(super) fn add(&mut self, client: u64) {
        let crowd = self.by_low_bits.entry(client & ((1 << CROWD_BITS) - 1)).or_default();
        *crowd += 1;
        self.largest = self.largest.max(*crowd);
    }

    pub(super) fn check(&self) -> Result<(), Malformed> {
        if self.largest > MAX_CROWD { Err(Malformed("client ids that collide")) } else { Ok(()) }
    }
}
