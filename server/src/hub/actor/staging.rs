//! The presentation that all nodes share: proposed, stored, and heard of.

use collab::nodes::SharedStage;
use collab::room::{CloseReason, Event};
use futures_util::future::BoxFuture;

use super::{Actor, End};
use crate::cluster::{DeckMessage, soon};
use crate::store::StoreError;
use crate::store::cluster::{StageSet, StoredStage};

/// What is known of the presentation, and what is asked of the store.
#[derive(Default)]
pub(super) struct Staging {
    /// The version that the room knows.
    version: u64,
    /// The version that is stored, at least.
    wanted: u64,
    proposal: Option<(u64, SharedStage)>,
    /// One question at a time.
    asked: Option<BoxFuture<'static, Staged>>,
}

/// What the store answers.
pub(super) enum Staged {
    Set {
        stage: Box<SharedStage>,
        stored: StoredStage,
        set: Result<StageSet, StoreError>,
    },
    /// `known`: what the room knew when it was asked for.
    Got {
        known: u64,
        got: Result<Option<StoredStage>, StoreError>,
    },
}

impl Staged {
    /// The store has less than was known before it was asked. What was heard since may be newer
    /// than the answer, and says nothing.
    fn goes_back(&self) -> bool {
        match self {
            Self::Set { stored, set: Ok(StageSet::Stale(found)), .. } => {
                found.version + 1 < stored.version
            }
            Self::Got { known, got: Ok(found) } => {
                found.as_ref().map_or(0, |found| found.version) < *known
            }
            _ => false,
        }
    }
}

impl Staging {
    /// The answer of the store; never comes when nothing was asked.
    pub(super) async fn done(&mut self) -> Staged {
        let Some(asked) = &mut self.asked else { return std::future::pending().await };
        let staged = asked.await;
        self.asked = None;
        staged
    }
}

impl Actor {
    pub(super) fn propose_stage(&mut self, expected: u64, stage: SharedStage) {
        if let Some(nodes) = &mut self.nodes {
            nodes.staging.proposal = Some((expected, stage));
            self.ask_about_stage();
        }
    }

    pub(super) fn want_stage(&mut self, version: u64) {
        if let Some(nodes) = &mut self.nodes {
            nodes.staging.wanted = nodes.staging.wanted.max(version);
            self.ask_about_stage();
        }
    }

    fn ask_about_stage(&mut self) {
        let Some(nodes) = &mut self.nodes else { return };
        let (store, staging) = (&nodes.shared.store, &mut nodes.staging);
        if staging.asked.is_some() {
            return;
        }
        if let Some((expected, stage)) = staging.proposal.take() {
            // Numbers, names and positions: there is nothing in it that JSON cannot express.
            let json = serde_json::to_string(&stage).unwrap_or_default();
            let live = stage.live.is_some();
            let set = soon(store.set_stage(&self.deck, expected, json.clone(), live));
            let stored = StoredStage { version: expected + 1, json };
            staging.asked = Some(Box::pin(async move {
                Staged::Set { stage: Box::new(stage), stored, set: set.await }
            }));
        } else if staging.wanted > staging.version {
            let (known, got) = (staging.version, soon(store.stage(&self.deck)));
            staging.asked = Some(Box::pin(async move { Staged::Got { known, got: got.await } }));
        }
    }

    /// Takes in what the store answers.
    ///
    /// # Errors
    /// When the store went back behind what it had stored, as after a failover that lost something:
    /// a room begins anew then with what is stored now.
    pub(super) fn have_staged(&mut self, staged: Staged) -> Result<(), End> {
        if staged.goes_back() {
            tracing::error!(deck = %self.deck, "the room ends, the store has lost what is presented");
            return Err(End::Close(CloseReason::AnotherHistory));
        }
        match staged {
            Staged::Set { stage, stored, set: Ok(StageSet::Done) } => {
                let StoredStage { version, json } = stored;
                self.know_version(version);
                self.tell_nodes(&DeckMessage::Stage { version, json });
                self.handle(Event::Stage { version, stage: *stage });
            }
            Staged::Set { set: Ok(StageSet::Stale(stored)), .. } => {
                if !self.take_stage(stored) {
                    self.handle(Event::StageAway);
                }
            }
            Staged::Set { set: Err(error), .. } => {
                tracing::warn!(deck = %self.deck, %error, "what is presented cannot be changed");
                self.handle(Event::StageAway);
            }
            Staged::Got { got: Ok(Some(stored)), .. } => {
                self.take_stage(stored);
            }
            Staged::Got { got: Ok(None), .. } => {}
            Staged::Got { got: Err(error), .. } => {
                tracing::debug!(deck = %self.deck, %error, "what is presented cannot be read");
            }
        }
        if let Some(nodes) = &mut self.nodes {
            // What was of no use is asked again after the next look.
            nodes.staging.wanted = nodes.staging.version;
        }
        self.ask_about_stage();
        Ok(())
    }

    /// Another node says what is stored.
    pub(super) fn hear_stage(&mut self, stored: StoredStage) {
        if self.nodes.as_ref().is_some_and(|nodes| stored.version > nodes.staging.version) {
            self.take_stage(stored);
        }
    }

    /// Tells the room what is stored; `false` when a node of another version stored what this one
    /// cannot read.
    pub(super) fn take_stage(&mut self, stored: StoredStage) -> bool {
        let StoredStage { version, json } = stored;
        match serde_json::from_str(&json) {
            Ok(stage) => {
                self.know_version(version);
                self.handle(Event::Stage { version, stage });
                true
            }
            Err(error) => {
                tracing::error!(deck = %self.deck, %error, "what is presented cannot be understood");
                false
            }
        }
    }

    fn know_version(&mut self, version: u64) {
        if let Some(nodes) = &mut self.nodes {
            nodes.staging.version = nodes.staging.version.max(version);
        }
    }
}
