//! Who drives the presentation, and what everybody is shown.

use bytes::Bytes;

use super::{Audience, Effect, Output, PeerId, Protocol, Room};
use crate::presentation::{Presentation, Shown};
use crate::wire::{self, ServerMessage};

pub(super) struct Driven {
    /// `None` while the driver is away.
    pub(super) driver: Option<PeerId>,
    pub(super) presentation: Presentation,
}

impl Room {
    /// Drives to a slide, if nobody else drives or the peer takes over.
    pub(super) fn present(
        &mut self,
        peer: PeerId,
        shown: Shown,
        take: bool,
        out: &mut Vec<Effect>,
    ) {
        let driver = self.presentation.as_ref().and_then(|driven| driven.driver);
        if !take && driver.is_some_and(|driver| driver != peer) {
            return self.send_presentation(peer, out);
        }
        let presentation = Presentation { driver: Some(self.name_of(peer)), shown };
        self.presentation = Some(Driven { driver: Some(peer), presentation });
        self.emit(self.wrote(peer), Output::Presentation, out);
    }

    /// Ends the presentation; only its driver may.
    pub(super) fn stop_presenting(&mut self, peer: PeerId, out: &mut Vec<Effect>) {
        if self.drives(peer) {
            self.presentation = None;
            self.emit(self.wrote(peer), Output::Presentation, out);
        }
    }

    pub(super) fn name_of(&self, peer: PeerId) -> String {
        let profile = self.peers.get(&peer).and_then(|peer| peer.profile.clone());
        profile.unwrap_or_default().cleaned().name
    }

    pub(super) fn drives(&self, peer: PeerId) -> bool {
        self.presentation.as_ref().is_some_and(|driven| driven.driver == Some(peer))
    }

    pub(super) fn presentation_message(&self, driving: bool) -> Bytes {
        let presentation = self.presentation.as_ref().map(|driven| driven.presentation.clone());
        wire::control(&ServerMessage::Presentation { presentation, driving })
    }

    pub(super) fn send_presentation(&self, peer: PeerId, out: &mut Vec<Effect>) {
        let state = self.peers.get(&peer);
        if state.is_some_and(|state| state.protocol == Protocol::Ondeck) {
            let bytes = self.presentation_message(self.drives(peer));
            out.push(Effect::Send { peer, bytes });
        }
    }

    pub(super) fn send_presentation_to_all(&mut self, out: &mut Vec<Effect>) {
        let driver = self.presentation.as_ref().and_then(|driven| driven.driver);
        if let Some(peer) = driver {
            self.send_presentation(peer, out);
        }
        let bytes = self.presentation_message(false);
        self.emit(0, Output::ToAll { to: Audience::Ondeck, except: driver, bytes }, out);
    }

    // [P4] The slide is held when its driver goes away; whoever presents next goes on from it.
    pub(super) fn release_baton(&mut self, out: &mut Vec<Effect>) {
        let Some(driven) = &mut self.presentation else { return };
        let driver = driven.driver.take();
        driven.presentation.driver = None;
        let wrote = driver.map_or(0, |peer| self.wrote(peer));
        self.emit(wrote, Output::Presentation, out);
    }
}
