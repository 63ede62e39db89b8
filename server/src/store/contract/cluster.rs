//! What every store must do that several nodes share.

use std::sync::Arc;
use std::time::Duration;

use collab::nodes::{NodeId, Span};

use super::{contents, deck, id, snapshot, update};
use crate::store::cluster::{
    AppendError, Batch, Head, Row, SharedClusterStore, StageSet, StoredStage, Tail,
};
use crate::store::{Damage, DeckId, NewUpdate, RowKind, SharedStore};

/// A node that was not seen for so long is gone.
const GONE_AFTER: Duration = Duration::from_secs(6);
const ONE: NodeId = NodeId(1);
const TWO: NodeId = NodeId(i64::MAX as u64);

/// An empty store as two nodes use it.
pub(in crate::store) struct Shared {
    /// What does not depend on nodes.
    pub(in crate::store) store: SharedStore,
    /// As the first node has it.
    pub(in crate::store) one: SharedClusterStore,
    /// As the second one does.
    pub(in crate::store) two: SharedClusterStore,
    /// Puts back when a node was seen last, by so many seconds.
    pub(in crate::store) silent_for: Arc<dyn Fn(NodeId, u64) + Send + Sync>,
}

/// Runs the whole suite.
pub(in crate::store) async fn check(shared: Shared) {
    a_batch_is_stored_once_however_often_it_is_appended(&shared).await;
    numbers_of_two_nodes_have_no_gap_and_no_doubles(&shared).await;
    text_has_to_begin_where_the_clocks_of_its_client_end(&shared).await;
    of_a_refused_batch_nothing_is_stored(&shared).await;
    a_client_id_of_somebody_else_is_a_conflict(&shared).await;
    rows_of_another_lineage_are_refused_and_a_new_one_begins_its_clocks_anew(&shared).await;
    nothing_is_appended_to_a_deck_in_the_bin(&shared).await;
    the_tail_is_what_came_after_a_number(&shared).await;
    a_tail_that_is_not_there_as_a_whole_is_cut(&shared).await;
    heads_say_how_far_decks_are(&shared).await;
    the_bin_is_news(&shared).await;
    a_presentation_changes_from_one_version_to_the_next(&shared).await;
    of_two_who_change_a_presentation_one_is_first(&shared).await;
    live_decks_are_those_that_somebody_presents(&shared).await;
    nodes_are_there_while_they_are_heard(&shared).await;
    a_lease_is_kept_until_it_is_given_back_or_its_node_is_gone(&shared).await;
    of_two_who_want_a_lease_one_gets_it(&shared).await;
    assert!(shared.one.clock().await.unwrap() > 0);
}

fn batch(id: u128, rows: Vec<Row>) -> Batch {
    Batch { id, epoch: 1, rows }
}

fn row(bytes: &'static [u8], spans: &[(u64, u64, u64)]) -> Row {
    let span = |&(client, from, until)| Span { client, from, until };
    Row { update: update(bytes), spans: spans.iter().map(span).collect() }
}

fn claim(principal: &str, claims: Vec<u64>) -> Row {
    let update = NewUpdate { principal: principal.into(), claims, ..update(b"u") };
    Row { update, spans: Vec::new() }
}

async fn head(shared: &Shared, deck: &DeckId) -> Head {
    shared.two.heads(vec![deck.clone()]).await.unwrap().remove(0)
}

async fn tail(shared: &Shared, deck: &DeckId, after: u64) -> Vec<(u64, Vec<u8>)> {
    match shared.two.tail(deck, after).await.unwrap() {
        Tail::Rows { updates, .. } => {
            updates.into_iter().map(|update| (update.seq, update.bytes.to_vec())).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn conflict(appended: Result<u64, AppendError>) -> usize {
    match appended {
        Err(AppendError::Conflict { row }) => row,
        other => panic!("{other:?}"),
    }
}

async fn a_batch_is_stored_once_however_often_it_is_appended(shared: &Shared) {
    let deck = deck(&shared.store, "once").await;
    let first = batch(1, vec![row(b"1", &[(7, 0, 5)]), row(b"2", &[(7, 5, 6)])]);
    assert_eq!(shared.one.append_batch(&deck, first.clone()).await.unwrap(), 2);
    assert_eq!(shared.one.append_batch(&deck, first.clone()).await.unwrap(), 2);
    let second = batch(u128::MAX, vec![row(b"3", &[])]);
    assert_eq!(shared.two.append_batch(&deck, second.clone()).await.unwrap(), 3);
    // Also when others were appended meanwhile, and by another node.
    assert_eq!(shared.two.append_batch(&deck, first).await.unwrap(), 2);
    let (again, at_once) = tokio::join!(
        shared.one.append_batch(&deck, second.clone()),
        shared.two.append_batch(&deck, second),
    );
    assert_eq!((again.unwrap(), at_once.unwrap()), (3, 3));
    let journal = shared.store.load(&deck).await.unwrap().unwrap();
    assert_eq!((contents(&journal), journal.last_seq), (vec![&b"1"[..], b"2", b"3"], 3));
}

async fn numbers_of_two_nodes_have_no_gap_and_no_doubles(shared: &Shared) {
    let deck = deck(&shared.store, "both").await;
    let mut appends = Vec::new();
    for number in 0..20 {
        for (node, id) in [(&shared.one, number * 2), (&shared.two, number * 2 + 1)] {
            let rows = vec![row(b"a", &[]), row(b"b", &[])];
            appends.push(node.append_batch(&deck, batch(id, rows)));
        }
    }
    let appended = futures_util::future::join_all(appends).await;
    let mut last: Vec<u64> = appended.into_iter().map(Result::unwrap).collect();
    last.sort_unstable();
    assert_eq!(last, (1..=40).map(|place| place * 2).collect::<Vec<_>>());
    let rows = tail(shared, &deck, 0).await;
    assert!(rows.iter().map(|(seq, _)| *seq).eq(1..=80));
    // Rows of a batch stay together.
    assert!(rows.chunks(2).all(|pair| pair[0].1 == b"a" && pair[1].1 == b"b"));
}

async fn text_has_to_begin_where_the_clocks_of_its_client_end(shared: &Shared) {
    let deck = deck(&shared.store, "clocks").await;
    const LARGEST: u64 = (1 << 53) - 1;
    // What was there before the first batch, nobody knows.
    let first = batch(1, vec![row(b"1", &[(7, 100, 105)]), row(b"2", &[(LARGEST, 0, 3)])]);
    assert_eq!(shared.one.append_batch(&deck, first).await.unwrap(), 2);
    // Text that another node stored under these clocks, a part of it, and a hole before it.
    for (id, from) in [(2, 100), (3, 103), (4, 106)] {
        let rows = vec![row(b"x", &[(LARGEST, 3, 4)]), row(b"y", &[(7, from, 110)])];
        let appended = shared.two.append_batch(&deck, batch(id, rows)).await;
        assert_eq!(conflict(appended), 1);
    }
    let next = batch(5, vec![row(b"3", &[(7, 105, 106), (7, 106, 110), (LARGEST, 3, 4)])]);
    assert_eq!(shared.two.append_batch(&deck, next).await.unwrap(), 3);
    // Clocks of another deck are others.
    let other = super::deck(&shared.store, "clocks-2").await;
    let rows = vec![row(b"1", &[(7, 0, 1)])];
    assert_eq!(shared.two.append_batch(&other, batch(1, rows)).await.unwrap(), 1);
}

async fn of_a_refused_batch_nothing_is_stored(shared: &Shared) {
    let deck = deck(&shared.store, "refused").await;
    let stored = batch(1, vec![row(b"1", &[(7, 0, 5)])]);
    shared.one.append_batch(&deck, stored).await.unwrap();
    let mut rows = vec![claim("bob", vec![9]), row(b"x", &[(8, 0, 9)]), row(b"y", &[(7, 0, 5)])];
    assert_eq!(conflict(shared.one.append_batch(&deck, batch(2, rows.clone())).await), 2);
    assert_eq!(head(shared, &deck).await.last_seq, 1);
    assert!(shared.store.load(&deck).await.unwrap().unwrap().claims.is_empty());
    // The same without what was refused, also under the same id.
    rows.pop();
    assert_eq!(shared.one.append_batch(&deck, batch(2, rows)).await.unwrap(), 3);
}

async fn a_client_id_of_somebody_else_is_a_conflict(shared: &Shared) {
    let deck = deck(&shared.store, "owned").await;
    let mine = batch(1, vec![claim("alice", vec![5, 6])]);
    shared.one.append_batch(&deck, mine).await.unwrap();
    let theirs = batch(2, vec![claim("bob", vec![7]), claim("bob", vec![6])]);
    assert_eq!(conflict(shared.two.append_batch(&deck, theirs).await), 1);
    let within = batch(3, vec![claim("bob", vec![8]), claim("carol", vec![8])]);
    assert_eq!(conflict(shared.two.append_batch(&deck, within).await), 1);
    let again = batch(4, vec![claim("alice", vec![5]), claim("bob", vec![7])]);
    shared.two.append_batch(&deck, again).await.unwrap();
    let claims = match shared.two.tail(&deck, 3).await.unwrap() {
        Tail::Rows { claims, .. } => claims,
        other => panic!("{other:?}"),
    };
    assert_eq!(claims, [(5, "alice"), (6, "alice"), (7, "bob")].map(|(c, who)| (c, who.into())));
}

async fn rows_of_another_lineage_are_refused_and_a_new_one_begins_its_clocks_anew(shared: &Shared) {
    let deck = deck(&shared.store, "lineage").await;
    let before = batch(1, vec![row(b"1", &[(7, 0, 5)])]);
    shared.one.append_batch(&deck, before.clone()).await.unwrap();
    let epoch = shared.store.rebase(&deck, 1, snapshot("anew")).await.unwrap();
    let late = shared.one.append_batch(&deck, batch(2, vec![row(b"2", &[(7, 5, 6)])])).await;
    assert!(matches!(late, Err(AppendError::AnotherLineage)));
    assert_eq!(head(shared, &deck).await.epoch, epoch);
    // The numbers of its snapshots are of no rows: it has to be loaded.
    assert_eq!(shared.two.tail(&deck, 1).await.unwrap(), Tail::Cut);
    let journal = shared.store.load(&deck).await.unwrap().unwrap();
    let anew = Batch { epoch, ..batch(3, vec![row(b"3", &[(7, 0, 2)])]) };
    let seq = shared.two.append_batch(&deck, anew).await.unwrap();
    assert_eq!(seq, journal.last_seq + 1);
    assert_eq!(tail(shared, &deck, journal.last_seq).await, [(seq, b"3".to_vec())]);
}

async fn nothing_is_appended_to_a_deck_in_the_bin(shared: &Shared) {
    let deck = deck(&shared.store, "bin").await;
    shared.store.set_deleted(&deck, true).await.unwrap();
    for deck in [&deck, &id("nowhere")] {
        let appended = shared.one.append_batch(deck, batch(1, vec![row(b"1", &[])])).await;
        assert!(matches!(appended, Err(AppendError::NoDeck)));
        assert_eq!(shared.one.tail(deck, 0).await.unwrap(), Tail::NoDeck);
        assert_eq!(shared.one.heads(vec![deck.clone()]).await.unwrap(), []);
    }
}

async fn the_tail_is_what_came_after_a_number(shared: &Shared) {
    let deck = deck(&shared.store, "tail").await;
    assert_eq!(tail(shared, &deck, 0).await, []);
    let rows = vec![row(b"1", &[]), row(b"2", &[]), row(b"3", &[])];
    shared.one.append_batch(&deck, batch(1, rows)).await.unwrap();
    assert_eq!(tail(shared, &deck, 1).await, [(2, b"2".to_vec()), (3, b"3".to_vec())]);
    match shared.two.tail(&deck, 3).await.unwrap() {
        Tail::Rows { epoch, updates, last_seq, .. } => {
            assert_eq!((epoch, updates.len(), last_seq), (1, 0, 3));
        }
        other => panic!("{other:?}"),
    }
}

async fn a_tail_that_is_not_there_as_a_whole_is_cut(shared: &Shared) {
    let deck = deck(&shared.store, "cut").await;
    for (number, state) in [(1, "one"), (2, "two"), (3, "three")] {
        let rows = vec![row(b"u", &[])];
        shared.one.append_batch(&deck, batch(number.into(), rows)).await.unwrap();
        shared.store.compact(&deck, number, snapshot(state)).await.unwrap();
    }
    shared.one.append_batch(&deck, batch(4, vec![row(b"4", &[])])).await.unwrap();
    for after in [0, 1] {
        assert_eq!(shared.two.tail(&deck, after).await.unwrap(), Tail::Cut);
    }
    // The snapshot before the newest one is kept, and so is what came after it.
    assert_eq!(tail(shared, &deck, 2).await.len(), 2);
    // A node that knows more than the store: it was restored.
    assert_eq!(shared.two.tail(&deck, 5).await.unwrap(), Tail::Cut);
    let damage = Damage { kind: RowKind::Update, seq: 4, why: "cannot be applied".to_owned() };
    shared.store.quarantine(&deck, vec![damage]).await.unwrap();
    assert_eq!(shared.two.tail(&deck, 3).await.unwrap(), Tail::Cut);
    assert_eq!(tail(shared, &deck, 4).await, []);
}

async fn heads_say_how_far_decks_are(shared: &Shared) {
    let (one, two) = (deck(&shared.store, "head").await, deck(&shared.store, "head-2").await);
    shared.one.append_batch(&one, batch(1, vec![row(b"1", &[]), row(b"2", &[])])).await.unwrap();
    shared.one.set_stage(&two, 0, "{}".to_owned(), false).await.unwrap();
    let mut heads = shared.two.heads(vec![one.clone(), two.clone()]).await.unwrap();
    heads.sort_by(|a, b| a.deck.cmp(&b.deck));
    let head = |deck: &DeckId, last_seq, stage, news| Head {
        deck: deck.clone(),
        epoch: 1,
        last_seq,
        stage,
        news,
    };
    assert_eq!(heads, [head(&one, 2, 0, heads[0].news), head(&two, 0, 1, heads[1].news)]);
    // Text and presentations are no news.
    let before = heads[0].news;
    shared.one.append_batch(&one, batch(2, vec![row(b"3", &[])])).await.unwrap();
    shared.store.set_title(&one, "Another").await.unwrap();
    shared.one.set_stage(&one, 0, "{}".to_owned(), true).await.unwrap();
    assert_eq!(self::head(shared, &one).await, head(&one, 3, 1, before));
    assert_eq!(shared.two.heads(Vec::new()).await.unwrap(), []);
}

async fn the_bin_is_news(shared: &Shared) {
    let deck = deck(&shared.store, "news").await;
    let before = head(shared, &deck).await.news;
    shared.store.set_deleted(&deck, true).await.unwrap();
    shared.store.set_deleted(&deck, false).await.unwrap();
    assert!(head(shared, &deck).await.news > before);
}

fn stored(version: u64, json: &str) -> StoredStage {
    StoredStage { version, json: json.to_owned() }
}

async fn a_presentation_changes_from_one_version_to_the_next(shared: &Shared) {
    let deck = deck(&shared.store, "stage").await;
    let set = |expected, json: &str| shared.one.set_stage(&deck, expected, json.to_owned(), true);
    assert_eq!(shared.two.stage(&deck).await.unwrap(), None);
    assert_eq!(set(0, "a").await.unwrap(), StageSet::Done);
    assert_eq!(shared.two.stage(&deck).await.unwrap(), Some(stored(1, "a")));
    // Whoever did not hear the answer asks for the same again.
    assert_eq!(set(0, "a").await.unwrap(), StageSet::Done);
    assert_eq!(set(0, "b").await.unwrap(), StageSet::Stale(stored(1, "a")));
    assert_eq!(set(1, "b").await.unwrap(), StageSet::Done);
    assert_eq!(set(0, "a").await.unwrap(), StageSet::Stale(stored(2, "b")));
    assert_eq!(set(5, "c").await.unwrap(), StageSet::Stale(stored(2, "b")));
    assert_eq!(head(shared, &deck).await.stage, 2);
    let nowhere = shared.one.set_stage(&id("nowhere"), 0, "a".to_owned(), true).await;
    assert!(nowhere.is_err());
}

async fn of_two_who_change_a_presentation_one_is_first(shared: &Shared) {
    let deck = deck(&shared.store, "stages").await;
    for version in 0..10 {
        let (one, two) = tokio::join!(
            shared.one.set_stage(&deck, version, format!("one {version}"), true),
            shared.two.set_stage(&deck, version, format!("two {version}"), true),
        );
        let (one, two) = (one.unwrap(), two.unwrap());
        let first = if one == StageSet::Done { "one" } else { "two" };
        let stale = StageSet::Stale(stored(version + 1, &format!("{first} {version}")));
        assert!(one == StageSet::Done && two == stale || two == StageSet::Done && one == stale);
    }
}

async fn live_decks_are_those_that_somebody_presents(shared: &Shared) {
    let (one, two) = (deck(&shared.store, "live").await, deck(&shared.store, "live-2").await);
    for deck in [&one, &two] {
        shared.one.set_stage(deck, 0, "on".to_owned(), true).await.unwrap();
    }
    let live = shared.two.live_decks().await.unwrap();
    assert!(live.contains(&one) && live.contains(&two));
    shared.two.set_stage(&one, 1, "over".to_owned(), false).await.unwrap();
    shared.store.set_deleted(&two, true).await.unwrap();
    let live = shared.one.live_decks().await.unwrap();
    assert!(!live.contains(&one) && !live.contains(&two));
}

async fn nodes_are_there_while_they_are_heard(shared: &Shared) {
    let beat = |node| shared.one.beat(node, GONE_AFTER);
    assert_eq!(beat(ONE).await.unwrap(), [ONE]);
    assert_eq!(beat(TWO).await.unwrap(), [ONE, TWO]);
    (shared.silent_for)(ONE, 5);
    assert_eq!(beat(TWO).await.unwrap(), [ONE, TWO]);
    (shared.silent_for)(ONE, 7);
    assert_eq!(beat(TWO).await.unwrap(), [TWO]);
    assert_eq!(beat(ONE).await.unwrap(), [ONE, TWO]);
    (shared.silent_for)(ONE, 1_000_000);
    assert_eq!(beat(TWO).await.unwrap(), [TWO]);
    shared.one.leave(TWO).await.unwrap();
    assert_eq!(beat(ONE).await.unwrap(), [ONE]);
}

async fn a_lease_is_kept_until_it_is_given_back_or_its_node_is_gone(shared: &Shared) {
    let take = |name: &str, node| shared.one.take_lease(name, node, GONE_AFTER);
    for node in [ONE, TWO] {
        shared.one.beat(node, GONE_AFTER).await.unwrap();
    }
    assert_eq!(take("a", ONE).await.unwrap(), ONE);
    assert_eq!(take("a", TWO).await.unwrap(), ONE);
    assert_eq!(take("a", ONE).await.unwrap(), ONE);
    assert_eq!(take("b", TWO).await.unwrap(), TWO);
    // Nobody gives back what another one has.
    shared.two.give_lease_back("a", TWO).await.unwrap();
    assert_eq!(take("a", TWO).await.unwrap(), ONE);
    shared.one.give_lease_back("a", ONE).await.unwrap();
    assert_eq!(take("a", TWO).await.unwrap(), TWO);
    (shared.silent_for)(TWO, 7);
    assert_eq!(take("a", ONE).await.unwrap(), ONE);
    shared.one.beat(TWO, GONE_AFTER).await.unwrap();
    assert_eq!(take("a", TWO).await.unwrap(), ONE);
    shared.one.leave(ONE).await.unwrap();
    assert_eq!(take("a", TWO).await.unwrap(), TWO);
    shared.one.leave(TWO).await.unwrap();
}

async fn of_two_who_want_a_lease_one_gets_it(shared: &Shared) {
    for node in [ONE, TWO] {
        shared.one.beat(node, GONE_AFTER).await.unwrap();
    }
    for number in 0..10 {
        let name = format!("lease {number}");
        let (one, two) = tokio::join!(
            shared.one.take_lease(&name, ONE, GONE_AFTER),
            shared.two.take_lease(&name, TWO, GONE_AFTER),
        );
        assert_eq!(one.unwrap(), two.unwrap());
    }
}
