//! Viewers: who comes and goes, what they say, and the deck as they have it.

use std::sync::Arc;

use collab::room::{CloseReason, Event};

use super::{COUNT_EVERY, Output, PING_EVERY, Projector, Viewer, ViewerId};
use crate::projector::messages::{FromViewer, ToViewer};
use crate::projector::snapshot::Snapshot;
use crate::store::LinkRole;

impl Projector {
    /// A viewer comes, who may have a revision of the deck already.
    pub(in crate::projector) fn enter(
        &mut self,
        now: u64,
        viewer: ViewerId,
        role: LinkRole,
        have: Option<&str>,
        out: &mut Vec<Output>,
    ) {
        self.catch_up(now, out);
        if self.viewers.is_empty() {
            self.ping_due = now + PING_EVERY;
        }
        self.viewers.insert(viewer, Viewer { role, roaming: false });
        out.push(Output::To(viewer, self.audience.greeting(have, self.told)));
        if role == LinkRole::Remote {
            self.stage = self.current_stage();
            out.push(Output::To(viewer, self.stage_message(now)));
        }
        self.counts_due.get_or_insert(now + COUNT_EVERY);
    }

    /// A viewer goes.
    pub(in crate::projector) fn leave(&mut self, now: u64, viewer: ViewerId) {
        if self.viewers.remove(&viewer).is_some() {
            self.counts_due.get_or_insert(now + COUNT_EVERY);
        }
    }

    /// A viewer says something.
    pub(in crate::projector) fn say(
        &mut self,
        now: u64,
        viewer: ViewerId,
        json: &str,
        out: &mut Vec<Output>,
    ) {
        let Some(state) = self.viewers.get_mut(&viewer) else { return };
        match (serde_json::from_str(json), state.role) {
            (Ok(FromViewer::Ping), _) => out.push(Output::To(viewer, ToViewer::Pong.encode())),
            (Ok(FromViewer::Roam { on }), _) => {
                state.roaming = on;
                self.counts_due.get_or_insert(now + COUNT_EVERY);
            }
            (Ok(FromViewer::Press { key }), LinkRole::Remote) => {
                out.push(Output::Tell(Event::Press { key }));
            }
            _ => {
                let reason = CloseReason::Malformed("a message that nobody may send here".into());
                out.push(Output::Close(viewer, reason));
            }
        }
    }

    /// The deck as the audience has it.
    pub(in crate::projector) fn snapshot(
        &mut self,
        now: u64,
        out: &mut Vec<Output>,
    ) -> Arc<Snapshot> {
        self.catch_up(now, out);
        self.audience.snapshot(self.told)
    }

    /// Nobody who comes now gets what is out of date.
    pub(super) fn catch_up(&mut self, now: u64, out: &mut Vec<Output>) {
        if self.viewers.is_empty() {
            let fate = self.source.catch_up(now);
            self.follow(fate, None, out);
            self.flush(now, out);
        }
    }
}
