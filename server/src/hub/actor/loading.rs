//! From what is stored to a room, whatever has become of it on the disk.

use collab::client_id::ClientIds;
use collab::doc::DeckDoc;
use collab::room::{Room, RoomOptions};

use super::nodes::Nodes;
use super::storing::Progress;
use super::{Hub, JoinError};
use crate::document::{self, Opened};
use crate::store::cluster::{Head, StoredStage};
use crate::store::{Damage, DeckId, Journal, Snapshot, StoreError};

/// A room over what is stored.
pub(super) struct OpenRoom {
    pub(super) room: Room,
    pub(super) progress: Progress,
    /// The other nodes, how far the deck is, and what is presented.
    pub(super) nodes: Option<(Nodes, Head, Option<StoredStage>)>,
}

/// Opens a room. Other nodes are listened to before anything is read, so nothing is missed.
pub(super) async fn open(hub: &Hub, deck: &DeckId) -> Result<OpenRoom, JoinError> {
    let secret = hub.inner.store.secret().await?;
    let nodes = Nodes::listen(hub, deck).await;
    let Loaded { doc, journal, progress } = load(hub, deck).await?;
    let options = RoomOptions {
        epoch: journal.epoch,
        version: hub.inner.options.version.to_owned(),
        ids: ClientIds::new(&secret, deck.as_str()),
        claims: journal.claims,
        node: nodes.as_ref().map(|nodes| nodes.shared.node),
    };
    tracing::debug!(%deck, updates = journal.updates.len(), "room opened");
    let mut room = Room::new(doc, options);
    room.measured(progress.state_bytes());
    let nodes = match nodes {
        Some(nodes) => {
            let (head, stage) = Nodes::standing(nodes.shared.clone(), deck).await?;
            Some((nodes, head, stage))
        }
        None => None,
    };
    Ok(OpenRoom { room, progress, nodes })
}

/// A document, and what it was read from.
pub(super) struct Loaded {
    pub(super) doc: DeckDoc,
    pub(super) journal: Journal,
    pub(super) progress: Progress,
}

/// Reads the document back. Rows that cannot be used are put aside, where compaction does not
/// remove them; the deck opens without them.
pub(super) async fn load(hub: &Hub, deck: &DeckId) -> Result<Loaded, JoinError> {
    let mut journal = hub.inner.store.load(deck).await?.ok_or(JoinError::NoDeck)?;
    let mut opened = document::open(&journal);
    let mut damage = std::mem::take(&mut journal.damage);
    if let Some(bad) = &opened.unsound {
        damage.push(bad.clone());
        if let Some(before) = sound_before(hub, deck, bad.seq).await? {
            (journal, opened) = before;
            damage.append(&mut journal.damage);
        }
    }
    // Nothing may be removed where rows are that could not be read, or that are still needed.
    let mut keeps_rows = journal.unreadable.is_some();
    if let Some(why) = &journal.unreadable {
        tracing::error!(
            %deck, why,
            "rows of this deck cannot be read, it opens without them; `ondeck verify` says more, \
             `ondeck restore` goes back to a backup"
        );
    }
    if opened.unsound.is_some() || !opened.damage.is_empty() {
        match begin_anew(hub, deck, &journal, &opened).await? {
            Some(begun) => {
                damage.extend(begun.unusable);
                (journal, opened) = (begun.journal, begun.opened);
            }
            None => keeps_rows = true,
        }
    }
    if !keeps_rows {
        keeps_rows = put_aside(hub, deck, damage).await.is_err();
    }
    let progress = Progress::of(&journal, keeps_rows);
    Ok(Loaded { doc: opened.doc, journal, progress })
}

/// The document from an earlier snapshot, when that one is what was stored.
async fn sound_before(
    hub: &Hub,
    deck: &DeckId,
    snapshot_seq: u64,
) -> Result<Option<(Journal, Opened)>, StoreError> {
    let before = hub.inner.store.load_before(deck, snapshot_seq).await?;
    let opened = before.map(|journal| {
        let opened = document::open(&journal);
        (journal, opened)
    });
    Ok(opened.filter(|(_, opened)| opened.unsound.is_none()))
}

/// A lineage that took the place of a damaged one.
struct Begun {
    journal: Journal,
    opened: Opened,
    /// Updates whose text is not in it.
    unusable: Vec<Damage>,
}

/// Not all of the deck is what was stored. The text of what is begins a lineage of its own: clients
/// that have the deck as it was must not take this one for the same. `None` when that fails.
async fn begin_anew(
    hub: &Hub,
    deck: &DeckId,
    journal: &Journal,
    opened: &Opened,
) -> Result<Option<Begun>, StoreError> {
    let Opened { doc, damage: unusable, unsound } = document::mend(journal);
    if unsound.is_none() && doc.text() == opened.doc.text() {
        // Nothing builds on what is lost.
        let (journal, opened) = (journal.clone(), document::open(journal));
        return Ok(Some(Begun { journal, opened, unusable }));
    }
    tracing::error!(
        %deck,
        "parts of this deck are lost, it goes on with the rest; `ondeck restore` goes back to a \
         backup"
    );
    let (store, seq) = (&hub.inner.store, journal.last_seq);
    if let Err(error) = store.rebase(deck, seq, anew(&doc.text(), seq)).await {
        tracing::error!(%deck, %error, "the rest could not be stored anew");
        return Ok(None);
    }
    Ok(store.load(deck).await?.map(|journal| {
        let opened = document::open(&journal);
        Begun { journal, opened, unusable }
    }))
}

/// The state of a new document with this text.
pub(super) fn anew(text: &str, seq: u64) -> Snapshot {
    // Any id will do in a document without another one.
    let client = getrandom::u32().map_or(seq, u64::from);
    Snapshot::new(DeckDoc::seed(client, text), text)
}

async fn put_aside(hub: &Hub, deck: &DeckId, damage: Vec<Damage>) -> Result<(), StoreError> {
    if damage.is_empty() {
        return Ok(());
    }
    for damage in &damage {
        tracing::error!(%deck, %damage, "a row cannot be used, it is put into quarantine");
    }
    let done = hub.inner.store.quarantine(deck, damage).await;
    if let Err(error) = &done {
        tracing::error!(%deck, %error, "the rows stay where they are, they cannot be put aside");
    }
    done
}
