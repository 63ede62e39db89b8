//! Which slides a transaction made, and which of them say what another one said.

use std::{cmp::Reverse, collections::HashSet, sync::Arc};

use super::{REBIND_LIKENESS, before::Before, likeness::Words};
use crate::{
    LiveDeck,
    live::{Chunk, Span},
};

/// The slides that a transaction made or changed, and what they were before.
#[derive(Debug)]
pub(super) struct Changes<'a> {
    deck: &'a LiveDeck,
    /// Their numbers.
    fresh: Vec<u32>,
    gone: Vec<&'a Arc<Chunk>>,
}

impl<'a> Changes<'a> {
    pub(super) fn of(deck: &'a LiveDeck, before: &'a Before) -> Self {
        let (old, new) = (&before.chunks, deck.spans());
        if old.is_empty() {
            return Self { deck, fresh: Vec::new(), gone: Vec::new() };
        }
        let same = |(old, new): &(&Arc<Chunk>, &Span)| Arc::ptr_eq(old, &new.chunk);
        let above = old.iter().zip(new).take_while(same).count();
        let (old_rest, new_rest) = (&old[above..], &new[above..]);
        let below = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(same).count();
        let old = &old_rest[..old_rest.len() - below];
        let new = &new_rest[..new_rest.len() - below];

        let known: HashSet<_> = old.iter().map(Arc::as_ptr).collect();
        let left: HashSet<_> = new.iter().map(|span| Arc::as_ptr(&span.chunk)).collect();
        let numbered = new.iter().zip(above as u32..);
        let fresh = numbered.filter(|(span, _)| !known.contains(&Arc::as_ptr(&span.chunk)));
        let gone = old.iter().filter(|chunk| !left.contains(&Arc::as_ptr(chunk)));
        // What is only divided anew, since code above it ends now, did not come.
        let touched: Vec<(u32, u32)> = before
            .places
            .iter()
            .map(|(from, to)| (deck.slide_at(from.saturating_sub(1)), deck.slide_at(*to)))
            .collect();
        let is_touched =
            |slide: &u32| touched.iter().any(|(from, to)| (from..=to).contains(&slide));
        let mut fresh: Vec<u32> = fresh.map(|(_, number)| number).filter(is_touched).collect();
        // Text that is replaced by the same text is not read anew, but it is another one.
        let is_own = |span: &Span| before.is_chunk(&span.chunk);
        fresh.extend(deck.spans().iter().position(is_own).map(|slide| slide as u32));
        Self { deck, fresh, gone: gone.collect() }
    }

    /// The slide that came to say what `text` says, and how much alike the two are. A slide that said
    /// so before, too, does not count. With `own`, the text is that of the slide before the
    /// transaction: it does not count either, nor does any slide that has a part of it.
    pub(super) fn made_like(&self, text: &str, own: Option<&Before>) -> Option<(u32, usize)> {
        if self.fresh.is_empty() {
            return None;
        }
        let words = Words::of(text);
        if words.len() == 0 {
            return None;
        }
        let like = |chunk: &Chunk| Words::of(chunk.own_text().1).likeness(&words);
        let parts: Vec<u32> = own.map_or_else(Vec::new, |own| {
            own.left.places.iter().map(|place| self.deck.slide_at(*place)).collect()
        });
        let fresh = self.fresh.iter().filter(|slide| !parts.contains(slide));
        let made: Vec<(u32, usize)> = fresh
            .map(|slide| (*slide, like(&self.deck.spans()[*slide as usize].chunk)))
            .filter(|(_, likeness)| *likeness >= REBIND_LIKENESS)
            .collect();
        let is_own = |chunk: &Arc<Chunk>| own.is_some_and(|own| own.is_chunk(chunk));
        let had = self.gone.iter().filter(|chunk| !is_own(chunk) && like(chunk) >= REBIND_LIKENESS);
        if made.len() <= had.count() {
            return None;
        }
        let near = own.map_or(0, |own| own.slide);
        let rank = |made: &(u32, usize)| (made.1, Reverse(made.0.abs_diff(near)));
        made.into_iter().max_by_key(rank)
    }
}
