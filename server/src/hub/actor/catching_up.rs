//! Taking in what other nodes wrote: every row of the journal once, in its order.

use std::collections::BTreeMap;
use std::time::Duration;

use collab::nodes::WrittenElsewhere;
use collab::room::{CloseReason, Event};
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep_until};

use super::loading::{Loaded, load};
use super::{Actor, Asked, End, Needs, TICK};
use crate::cluster::soon;
use crate::hub::JoinError;
use crate::store::cluster::{Head, Tail};
use crate::store::{Journal, StoreError, StoredUpdate};

/// A row that is missing is on its way, most likely: two nodes publish side by side. After this
/// time it is read from the journal.
const GAP_WAIT: Duration = Duration::from_millis(100);
/// Bytes of rows that may wait for those before them; more are read from the journal.
const MOST_AHEAD: usize = 8 * 1024 * 1024;

/// Rows that cannot be taken in yet, and what is being read.
#[derive(Default)]
pub(super) struct CatchingUp {
    /// Rows after the first that is missing, by number.
    ahead: BTreeMap<u64, Ahead>,
    ahead_bytes: usize,
    /// The journal reaches at least up to here.
    wanted: u64,
    /// Somebody came who may have what was not heard of here.
    must_look: bool,
    /// When to read what is missing.
    read_at: Option<Instant>,
    /// No write may begin meanwhile: what it stores would be taken for somebody else's.
    tail: Option<BoxFuture<'static, Read>>,
    head: Option<BoxFuture<'static, Read>>,
}

enum Ahead {
    /// It is in the room already.
    Own,
    Other(WrittenElsewhere),
}

/// What was read.
pub(super) enum Read {
    Tail { after: u64, tail: Result<Tail, StoreError> },
    Head(Result<Option<Head>, StoreError>),
}

impl CatchingUp {
    /// What was read; never comes when nothing is.
    pub(super) async fn read(&mut self) -> Read {
        let Self { tail, head, .. } = self;
        let read = tokio::select! {
            read = reading(tail) => read,
            read = reading(head) => read,
        };
        match &read {
            Read::Tail { .. } => self.tail = None,
            Read::Head(_) => self.head = None,
        }
        read
    }

    /// Ends when it is time to read what is missing.
    pub(super) fn due(&self) -> impl Future<Output = ()> + use<> {
        let at = self.read_at.filter(|_| self.tail.is_none());
        async move {
            match at {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        }
    }

    /// What is missing is being read, or it is time to: no write may begin before that.
    pub(super) fn comes_first(&self) -> bool {
        self.tail.is_some() || self.is_due()
    }

    fn is_due(&self) -> bool {
        self.read_at.is_some_and(|at| at <= Instant::now())
    }

    /// Nothing is here of which something before it is missing.
    pub(super) fn is_whole(&self) -> bool {
        self.ahead.is_empty()
    }

    /// Our own rows were stored. `seq`: everything up to there is in the room.
    pub(super) fn wrote(&mut self, seq: &mut u64, first: u64, last: u64) {
        if self.ahead.is_empty() && first <= *seq + 1 {
            *seq = last.max(*seq);
        } else {
            let rows = first.max(*seq + 1)..=last;
            self.ahead.extend(rows.map(|number| (number, Ahead::Own)));
        }
    }

    fn hold(&mut self, seq: u64, number: u64, row: WrittenElsewhere) {
        if number > seq && !self.ahead.contains_key(&number) {
            self.ahead_bytes += row.update.len();
            self.ahead.insert(number, Ahead::Other(row));
        }
    }

    /// What nothing is missing before; goes on to the last of it.
    fn take(&mut self, seq: &mut u64) -> Vec<WrittenElsewhere> {
        let mut rows = Vec::new();
        while let Some(next) = self.ahead.first_entry().filter(|next| *next.key() <= *seq + 1) {
            *seq = (*seq).max(*next.key());
            if let Ahead::Other(row) = next.remove() {
                self.ahead_bytes -= row.update.len();
                rows.push(row);
            }
        }
        rows
    }

    /// Plans when to read what is missing, if anything is.
    fn plan(&mut self, seq: u64, wait: Duration) {
        let last = self.ahead.last_key_value().map_or(0, |(&number, _)| number);
        if self.ahead_bytes > MOST_AHEAD {
            self.wanted = self.wanted.max(last);
            self.ahead.retain(|_, row| matches!(row, Ahead::Own));
            self.ahead_bytes = 0;
        }
        if self.wanted.max(last) <= seq && !self.must_look {
            self.read_at = None;
        } else {
            let at = Instant::now() + wait;
            self.read_at = Some(self.read_at.map_or(at, |planned| planned.min(at)));
        }
    }

    /// Everything up to here is in the room, from wherever it came.
    fn skip_to(&mut self, seq: u64) {
        self.ahead = self.ahead.split_off(&(seq + 1));
        let bytes = |row: &Ahead| match row {
            Ahead::Own => 0,
            Ahead::Other(row) => row.update.len(),
        };
        self.ahead_bytes = self.ahead.values().map(bytes).sum();
    }
}

/// The end of a question; never comes when none was asked.
async fn reading(read: &mut Option<BoxFuture<'static, Read>>) -> Read {
    match read {
        Some(read) => read.await,
        None => std::future::pending().await,
    }
}

fn elsewhere(row: StoredUpdate) -> WrittenElsewhere {
    // Only the one who took it in knew what its author is called.
    WrittenElsewhere { update: row.bytes, author: String::new(), claims: Vec::new() }
}

impl Actor {
    pub(super) fn hear_rows(
        &mut self,
        epoch: u64,
        first: u64,
        rows: Vec<WrittenElsewhere>,
    ) -> Result<(), End> {
        if !self.is_of_this_lineage(epoch)? {
            return Ok(());
        }
        let seq = self.progress.seq;
        if let Some(nodes) = &mut self.nodes {
            for (number, row) in (first..).zip(rows) {
                nodes.catching_up.hold(seq, number, row);
            }
        }
        self.go_forward();
        Ok(())
    }

    /// Takes in what nothing is missing before.
    pub(super) fn go_forward(&mut self) {
        let Some(nodes) = &mut self.nodes else { return };
        let rows = nodes.catching_up.take(&mut self.progress.seq);
        nodes.catching_up.plan(self.progress.seq, GAP_WAIT);
        nodes.open.reached(self.progress.seq);
        if !rows.is_empty() {
            self.progress.took_in(&rows);
            // Whoever wrote them notes the title there.
            self.title = None;
            self.handle(Event::Written { rows });
        }
    }

    /// The journal reaches up to there, as somebody says who knows.
    pub(super) fn is_behind(&mut self, last_seq: u64) {
        let Some(nodes) = &mut self.nodes else { return };
        if last_seq > self.progress.seq {
            nodes.catching_up.wanted = nodes.catching_up.wanted.max(last_seq);
            nodes.catching_up.plan(self.progress.seq, Duration::ZERO);
        }
    }

    /// Looks what is missing: somebody comes who may have been on another node, and build on what
    /// was told there.
    pub(super) fn look_for_more(&mut self) {
        let Some(nodes) = &mut self.nodes else { return };
        nodes.catching_up.must_look = true;
        nodes.catching_up.plan(self.progress.seq, Duration::ZERO);
    }

    /// Reads what is missing. Nothing of our own is on its way to the journal.
    pub(super) fn read_tail(&mut self) {
        let Some(nodes) = &mut self.nodes else { return };
        let after = self.progress.seq;
        let tail = soon(nodes.shared.store.tail(&self.deck, after));
        nodes.catching_up.read_at = None;
        nodes.catching_up.must_look = false;
        nodes.catching_up.tail =
            Some(Box::pin(async move { Read::Tail { after, tail: tail.await } }));
    }

    /// Finds out how far the text has to be that somebody asks for.
    pub(super) fn read_head(&mut self) {
        let Some(nodes) = &mut self.nodes else { return };
        let waits = self.asked_for_text.iter().any(|asked| asked.needs == Needs::Unknown);
        if !waits || nodes.catching_up.head.is_some() {
            return;
        }
        self.asked_for_text.iter_mut().for_each(Asked::is_being_found_out);
        let (shared, deck) = (nodes.shared.clone(), self.deck.clone());
        nodes.catching_up.head =
            Some(Box::pin(async move { Read::Head(shared.head(&deck).await) }));
    }

    pub(super) async fn have_read(&mut self, read: Read) -> Result<(), End> {
        match read {
            Read::Head(head) => self.know_head(head),
            Read::Tail { after, tail } => match tail {
                Ok(Tail::Rows { epoch, updates, claims, last_seq }) => {
                    if !self.is_of_this_lineage(epoch)? {
                        return Ok(());
                    }
                    if updates.len() as u64 != last_seq.saturating_sub(after) {
                        return self.load_what_is_missing().await;
                    }
                    self.take_tail(updates, claims);
                }
                Ok(Tail::Cut) => return self.load_what_is_missing().await,
                Ok(Tail::NoDeck) => return Err(End::Close(CloseReason::NoDeck)),
                Err(error) => {
                    tracing::debug!(deck = %self.deck, %error, "what others wrote cannot be read");
                    self.plan_again();
                }
            },
        }
        Ok(())
    }

    fn take_tail(&mut self, updates: Vec<StoredUpdate>, claims: Vec<(u64, String)>) {
        let (seq, is_empty) = (self.progress.seq, updates.is_empty());
        let Some(nodes) = &mut self.nodes else { return };
        let mut claims = Some(claims);
        for update in updates {
            let (number, row) = (update.seq, elsewhere(update));
            if number > seq {
                // All that are known come with the first: the ones of later rows do no harm.
                let claims = claims.take().unwrap_or_default();
                nodes.catching_up.hold(seq, number, WrittenElsewhere { claims, ..row });
            }
        }
        self.go_forward();
        if is_empty {
            self.plan_again();
        }
    }

    /// Reads once more, but not at once: the answer was of no use.
    fn plan_again(&mut self) {
        if let Some(nodes) = &mut self.nodes {
            nodes.catching_up.read_at = None;
            nodes.catching_up.plan(self.progress.seq, TICK);
        }
    }

    /// Some of what is missing is only in a snapshot by now. Its state is an update like any other:
    /// what is known of it changes nothing.
    async fn load_what_is_missing(&mut self) -> Result<(), End> {
        let loaded = load(&self.hub, &self.deck).await.map_err(|error| self.unreadable(&error))?;
        let rows = self.catch_up_with(loaded)?.1;
        if !rows.is_empty() {
            self.handle(Event::Written { rows });
        }
        Ok(())
    }

    /// The room goes on from what was loaded. Gives its document, and the rows in it that nobody
    /// here has seen.
    pub(super) fn catch_up_with(
        &mut self,
        loaded: Loaded,
    ) -> Result<(collab::doc::DeckDoc, Vec<WrittenElsewhere>), End> {
        let Loaded { doc, journal, progress } = loaded;
        if progress.epoch() != self.progress.epoch() {
            return Err(self.has_another_lineage());
        }
        let seq = std::mem::replace(&mut self.progress, progress).seq;
        self.title = None;
        let Some(nodes) = &mut self.nodes else { return Ok((doc, Vec::new())) };
        let rows = missing(&journal, seq, &nodes.catching_up.ahead);
        nodes.catching_up.skip_to(self.progress.seq);
        nodes.catching_up.plan(self.progress.seq, GAP_WAIT);
        nodes.open.reached(self.progress.seq);
        Ok((doc, rows))
    }

    fn know_head(&mut self, head: Result<Option<Head>, StoreError>) {
        let needs = match head {
            Ok(Some(head)) => {
                self.is_behind(head.last_seq);
                Ok(head.last_seq)
            }
            Ok(None) => Err(JoinError::NoDeck),
            Err(error) => Err(JoinError::Store(error)),
        };
        for mut asked in std::mem::take(&mut self.asked_for_text) {
            if asked.needs == Needs::BeingFoundOut {
                match &needs {
                    Ok(seq) => asked.needs = Needs::Upto(*seq),
                    Err(error) => {
                        // The asker may have gone.
                        let _ = asked.reply.send(Err(error.clone()));
                        continue;
                    }
                }
            }
            self.asked_for_text.push(asked);
        }
    }
}

/// What is in a journal after a row, but for what is in the room.
fn missing(journal: &Journal, seq: u64, ahead: &BTreeMap<u64, Ahead>) -> Vec<WrittenElsewhere> {
    let (mut rows, mut from) = (Vec::new(), seq);
    if journal.snapshot_seq > seq {
        let update = journal.snapshot.state.clone();
        rows.push(WrittenElsewhere { update, author: String::new(), claims: Vec::new() });
        from = journal.snapshot_seq;
    }
    let is_own = |seq: &u64| matches!(ahead.get(seq), Some(Ahead::Own));
    let later = journal.updates.iter().filter(|row| row.seq > from && !is_own(&row.seq));
    rows.extend(later.cloned().map(elsewhere));
    if let Some(first) = rows.first_mut() {
        first.claims = journal.claims.iter().map(|(&id, whose)| (id, whose.clone())).collect();
    }
    rows
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn row(text: &'static str) -> WrittenElsewhere {
        let update = Bytes::from_static(text.as_bytes());
        WrittenElsewhere { update, author: String::new(), claims: Vec::new() }
    }

    /// Takes in rows by number and gives what comes of it.
    fn take(known: &mut CatchingUp, seq: &mut u64, rows: &[(u64, &'static str)]) -> Vec<Bytes> {
        rows.iter().for_each(|&(number, text)| known.hold(*seq, number, row(text)));
        let taken = known.take(seq);
        known.plan(*seq, GAP_WAIT);
        taken.into_iter().map(|row| row.update).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn every_row_comes_once_and_in_its_order_however_they_arrive() {
        let (mut known, mut seq) = (CatchingUp::default(), 4);
        assert_eq!(take(&mut known, &mut seq, &[(7, "7"), (6, "6"), (4, "old")]), [""; 0]);
        assert_eq!(known.read_at, Some(Instant::now() + GAP_WAIT));
        // Our own is not given back, and what comes twice comes once.
        known.wrote(&mut seq, 8, 9);
        assert_eq!(
            take(&mut known, &mut seq, &[(5, "5"), (6, "again"), (10, "10")]),
            ["5", "6", "7", "10"]
        );
        assert_eq!((seq, known.is_whole(), known.read_at, known.ahead_bytes), (10, true, None, 0));
        known.wrote(&mut seq, 11, 12);
        assert_eq!((seq, known.is_whole()), (12, true));
    }

    #[tokio::test(start_paused = true)]
    async fn too_much_that_waits_is_read_from_the_journal() {
        let (mut known, mut seq) = (CatchingUp::default(), 0);
        let large = Bytes::from(vec![0; MOST_AHEAD]);
        known.wrote(&mut seq, 3, 3);
        known.hold(seq, 2, WrittenElsewhere { update: large, ..row("") });
        known.hold(seq, 4, row("4"));
        known.plan(seq, GAP_WAIT);
        assert_eq!((known.ahead.len(), known.ahead_bytes, known.wanted), (1, 0, 4));
        assert!(known.read_at.is_some());
        known.skip_to(3);
        assert!(known.is_whole());
    }
}
