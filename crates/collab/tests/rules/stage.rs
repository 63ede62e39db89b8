//! A room in which somebody may present, for the rules of presenting.

use collab::access::Role;
use collab::doc::Anchor;
use collab::presentation::Presentation;
use collab::room::{Effect, Event, PeerId, Protocol};
use collab::wire::{ClientMessage, Frame, ServerMessage};

use super::harness::House;

/// What a peer hears of the presentation, and whether it drives.
pub(crate) fn shown(
    house: &House,
    effects: &[Effect],
    listener: PeerId,
) -> (Option<Presentation>, bool) {
    let told = house.told(effects, listener).into_iter().rev();
    let presentation = |message| match message {
        ServerMessage::Presentation { presentation, driving, .. } => Some((presentation, driving)),
        _ => None,
    };
    told.filter_map(presentation).next().expect("something of the presentation")
}

/// Who drives, as a peer hears it, and whether they are away.
pub(crate) fn driver(
    house: &House,
    effects: &[Effect],
    listener: PeerId,
) -> (Option<String>, bool) {
    let presentation = shown(house, effects, listener).0.expect("a presentation");
    (presentation.driver, presentation.away)
}

/// Two who may present, one who follows, and the anchor of the second slide.
pub(crate) struct Stage {
    pub(crate) house: House,
    pub(crate) alice: PeerId,
    pub(crate) bob: PeerId,
    pub(crate) vera: PeerId,
    pub(crate) slide: Anchor,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let mut house = House::new("one\n\n---\n\ntwo");
        let alice = house.join(Role::Present, "Alice");
        let bob = house.join(Role::Present, "Bob");
        let vera = house.join(Role::Follow, "Vera");
        let slide = house.copy(9).anchor(10);
        Self { house, alice, bob, vera, slide }
    }

    /// Alice presents already, and everybody knows how many watch.
    pub(crate) fn begun() -> Self {
        let mut this = Self::new();
        this.seconds(1);
        this.present(this.alice, None);
        this
    }

    pub(crate) fn present(&mut self, peer: PeerId, take: Option<u64>) -> Vec<Effect> {
        self.house.present(peer, &self.slide, take)
    }

    pub(crate) fn stop(&mut self, peer: PeerId) -> Vec<Effect> {
        self.house.say(peer, &ClientMessage::StopPresenting)
    }

    pub(crate) fn hold(&mut self, peer: PeerId, on: bool) -> Vec<Effect> {
        self.house.say(peer, &ClientMessage::Hold { on })
    }

    /// What everybody hears until the seconds have gone by.
    pub(crate) fn seconds(&mut self, count: u32) -> Vec<Effect> {
        (0..count).flat_map(|_| self.house.handle(Event::Tick)).collect()
    }

    /// The projector comes and reads the deck.
    pub(crate) fn projector(&mut self) -> PeerId {
        let (projector, _) = self.house.enter(Role::Follow, Protocol::Projector);
        self.house.frame(projector, Frame::SyncStep1(&[0]));
        projector
    }
}

pub(crate) fn is_refused(house: &House, effects: &[Effect], peer: PeerId) -> bool {
    let refused =
        |bytes: &bytes::Bytes| matches!(Frame::decode(bytes), Ok(Frame::PermissionDenied(_)));
    house.heard(effects, peer).iter().any(refused)
}

impl Stage {
    pub(crate) fn offer(&mut self) -> Vec<Effect> {
        let offer = ClientMessage::Offer { to: 50, section: "Team \u{7}Ops".into() };
        self.house.say(self.alice, &offer)
    }

    pub(crate) fn section(&mut self, current: u32) -> Vec<Effect> {
        let sections = vec![("Hello".to_owned(), 0), ("Team Ops".to_owned(), 0)];
        self.house.handle(Event::Times { elapsed: 0, sections, current: Some(current) })
    }
}
