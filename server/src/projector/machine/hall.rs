//! A room, people who write and present, a projector and its viewers, moved by hand: for tests.

use std::collections::{BTreeMap, VecDeque};

use collab::access::Role;
use collab::client_id::ClientIds;
use collab::doc::{DeckDoc, TextEdit};
use collab::replica::{ClientEffect, ClientEvent, Replica};
use collab::room::{Effect, PeerId, Protocol, Room, RoomOptions, Ticket};
use collab::wire::Profile;
use deck::{SlideHtml, SlidePatch};
use serde_json::Value;

use super::*;
use crate::projector::clean::plain;

const PROJECTOR: PeerId = PeerId(0);

/// What a viewer has on the screen.
#[derive(Default)]
pub(super) struct Screen {
    pub(super) slides: Vec<SlideHtml>,
    pub(super) revision: String,
    pub(super) state: Value,
    pub(super) stage: Value,
    /// Kinds of the messages that came, in order.
    pub(super) heard: Vec<String>,
}

impl Screen {
    fn hear(&mut self, bytes: &[u8]) {
        let message: Value = serde_json::from_slice(bytes).unwrap();
        let kind = message["type"].as_str().unwrap();
        self.heard.push(kind.to_owned());
        match kind {
            "deck" => self.slides = serde_json::from_value(message["slides"].clone()).unwrap(),
            "patch" => {
                let patches: Vec<SlidePatch> =
                    serde_json::from_value(message["patches"].clone()).unwrap();
                let from = message["from"].as_str();
                assert!(from.is_none_or(|from| from == self.revision), "a patch to another deck");
                deck::apply(&mut self.slides, &patches);
            }
            "stage" => self.stage = message.clone(),
            _ => {}
        }
        if let Some(revision) = message["revision"].as_str() {
            self.revision = revision.to_owned();
        }
        if message["state"].is_object() {
            self.state = message["state"].clone();
        }
    }

    /// The number and the text of the slide that is shown, with the fragment.
    pub(super) fn shows(&self) -> (u64, String, i64) {
        let slide = self.state["slide"].as_u64().unwrap();
        let html = &self.slides[slide as usize].html;
        (slide, words(html), self.state["fragment"].as_i64().unwrap())
    }

    pub(super) fn phase(&self) -> &str {
        self.state["phase"].as_str().unwrap()
    }

    pub(super) fn text(&self) -> Vec<String> {
        self.slides.iter().map(|slide| words(&slide.html)).collect()
    }
}

/// See above.
pub(super) struct Hall {
    room: Room,
    pub(super) projector: Projector,
    people: Vec<Replica>,
    mail: VecDeque<(PeerId, Bytes)>,
    pending: Option<Ticket>,
    pub(super) now: u64,
    pub(super) screens: BTreeMap<ViewerId, Screen>,
    /// What the room was told.
    pub(super) told: Vec<Event>,
    /// What people were told of slides that went.
    pub(super) removed_by: Vec<String>,
    pub(super) presses: Vec<collab::presentation::Press>,
    pub(super) closed: Vec<ViewerId>,
    /// What was stored of presentations.
    pub(super) records: Vec<Record>,
    /// What is stored of a hold.
    pub(super) hold: Option<String>,
}

/// The first one presents, the second one writes.
pub(super) const PAULA: usize = 0;
pub(super) const WILL: usize = 1;

impl Hall {
    /// A deck that two people have open.
    pub(super) fn new(text: &str) -> Self {
        let mut hall = Self {
            room: room(text),
            projector: Projector::new("x".into(), Recording::Alone),
            people: Vec::new(),
            mail: VecDeque::new(),
            pending: None,
            now: 1_000,
            screens: BTreeMap::new(),
            told: Vec::new(),
            removed_by: Vec::new(),
            presses: Vec::new(),
            closed: Vec::new(),
            records: Vec::new(),
            hold: None,
        };
        hall.enter_room();
        for (number, name) in ["Paula", "Will"].into_iter().enumerate() {
            hall.people
                .push(Replica::new(number as u64 + 7, Profile { name: name.into(), color: 0 }));
            hall.happens(number, ClientEvent::NotKept);
            hall.happens(number, ClientEvent::Start);
            hall.connect(number);
        }
        hall
    }

    pub(super) fn enter_room(&mut self) {
        let (peer, role, protocol) = (PROJECTOR, Role::Follow, Protocol::Projector);
        self.event(Event::Join {
            peer,
            role,
            protocol,
            principal: "projector".into(),
            name: None,
            random: 1,
        });
        self.projector.joined(self.now);
        self.run();
    }

    pub(super) fn connect(&mut self, who: usize) {
        let (peer, role, protocol) = (peer(who), Role::Present, Protocol::Ondeck);
        self.event(Event::Join {
            peer,
            role,
            protocol,
            principal: "guest".into(),
            name: None,
            random: 9 + who as u64,
        });
        self.happens(who, ClientEvent::Opened);
        self.run();
    }

    /// The connection is lost, and noticed.
    pub(super) fn disconnect(&mut self, who: usize) {
        self.event(Event::Leave { peer: peer(who) });
        self.happens(who, ClientEvent::Closed { code: 1006, reason: String::new() });
        self.run();
    }

    /// The room ends, and another one is opened with the same text.
    pub(super) fn reopen(&mut self) {
        let text = self.room.text();
        let doc = self.room.snapshot().unwrap();
        let doc = DeckDoc::restore(0, &doc).unwrap();
        self.room = Room::new(doc, options(1));
        assert_eq!(self.room.text(), text);
        self.leave_room();
    }

    /// The server dies, and is back after this time. Nobody watches yet.
    pub(super) fn crash(&mut self, away: u64) {
        self.now += away;
        self.new_projector();
        self.reopen();
    }

    /// Another projector begins, with what is stored. Nobody watches yet.
    pub(super) fn new_projector(&mut self) {
        self.projector = Projector::new("y".into(), Recording::Alone);
        self.screens.clear();
        if let Some(last) = self.records.last() {
            self.projector.remember(last.clone());
        }
    }

    /// The deck came back from a backup: the text is another one, and so is its history.
    pub(super) fn restore(&mut self, text: &str) {
        let doc = DeckDoc::restore(0, &DeckDoc::seed(99, text)).unwrap();
        self.room = Room::new(doc, options(2));
        self.leave_room();
    }

    fn leave_room(&mut self) {
        self.mail.clear();
        let mut out = Vec::new();
        self.projector.left(self.now, &mut out);
        self.carry_out(out);
        for who in 0..self.people.len() {
            self.happens(who, ClientEvent::Closed { code: 1006, reason: String::new() });
        }
        self.enter_room();
    }

    /// Somebody follows, who may have something already.
    pub(super) fn view(&mut self, viewer: u64, role: LinkRole, have: Option<&str>) {
        let viewer = ViewerId(viewer);
        self.screens.entry(viewer).or_default();
        let mut out = Vec::new();
        self.projector.enter(self.now, viewer, role, have, &mut out);
        self.carry_out(out);
        self.run();
    }

    pub(super) fn leave(&mut self, viewer: u64) -> Screen {
        self.projector.leave(self.now, ViewerId(viewer));
        self.screens.remove(&ViewerId(viewer)).unwrap()
    }

    pub(super) fn say(&mut self, viewer: u64, json: &str) {
        let mut out = Vec::new();
        self.projector.say(self.now, ViewerId(viewer), json, &mut out);
        self.carry_out(out);
        self.run();
    }

    pub(super) fn screen(&self, viewer: u64) -> &Screen {
        &self.screens[&ViewerId(viewer)]
    }

    /// Replaces what stands once in the text, as one transaction, and lets everybody hear of it.
    pub(super) fn edit(&mut self, who: usize, edits: &[(&str, &str)]) {
        self.type_in(who, edits);
        self.wait(100);
    }

    /// The same, without waiting.
    pub(super) fn type_in(&mut self, who: usize, edits: &[(&str, &str)]) {
        let mut text = self.people[who].text();
        let mut made = Vec::new();
        for (old, new) in edits {
            let at = text.find(old).unwrap_or_else(|| panic!("{old:?} is not in {text:?}"));
            text.replace_range(at..at + old.len(), new);
            // These texts are ASCII.
            let (at, delete) = (at as u32, old.len() as u32);
            made.push(TextEdit { at, delete, insert: (*new).to_owned() });
        }
        self.acts(who, |replica, now, out| replica.edit(now, &made, out));
        self.run();
    }

    /// Drives to the slide that begins with this text.
    pub(super) fn present(&mut self, text: &str, fragment: i32, blackout: bool) {
        let offset = self.people[PAULA].text().find(text).unwrap() as u32;
        self.acts(PAULA, |replica, _, out| replica.present(offset, fragment, blackout, None, out));
        self.run();
    }

    pub(super) fn acts(
        &mut self,
        who: usize,
        act: impl FnOnce(&mut Replica, u64, &mut Vec<ClientEffect>),
    ) {
        let mut effects = Vec::new();
        let now = self.now;
        act(&mut self.people[who], now, &mut effects);
        for effect in effects {
            match effect {
                ClientEffect::Send(bytes) => self.event(Event::Frame { peer: peer(who), bytes }),
                ClientEffect::SlideRemoved { by } => self.removed_by.push(by),
                ClientEffect::Press(press) => self.presses.push(press),
                _ => {}
            }
        }
    }

    pub(super) fn replica(&self, who: usize) -> &Replica {
        &self.people[who]
    }

    fn happens(&mut self, who: usize, event: ClientEvent) {
        self.acts(who, |replica, now, out| replica.handle(now, event, out));
    }

    fn event(&mut self, event: Event) {
        let mut effects = Vec::new();
        self.room.handle(event, &mut effects);
        for effect in effects {
            match effect {
                Effect::Send { peer, bytes } => self.mail.push_back((peer, bytes)),
                Effect::SendAll { to, except, bytes, order } => {
                    let peers: Vec<PeerId> = self.room.peers().collect();
                    let meant = peers
                        .into_iter()
                        .filter(|peer| Some(*peer) != except && self.room.hears(*peer, to, order));
                    self.mail.extend(meant.map(|peer| (peer, bytes.clone())));
                }
                Effect::Append { ticket, .. } => self.pending = Some(ticket),
                Effect::Close { peer, reason } => panic!("{peer:?} was closed: {reason}"),
                Effect::Refused { peer } => panic!("{peer:?} may not write"),
                Effect::Reload => panic!("the document broke"),
                Effect::ToNodes { .. } | Effect::Stage { .. } => panic!("there is one node"),
            }
        }
    }

    /// Until nobody has anything to say.
    pub(super) fn run(&mut self) {
        loop {
            if let Some(ticket) = self.pending.take() {
                self.event(Event::Appended { ticket });
            } else if let Some((peer, bytes)) = self.mail.pop_front() {
                if peer == PROJECTOR {
                    let mut out = Vec::new();
                    self.projector.hear(self.now, &bytes, &mut out);
                    self.carry_out(out);
                } else {
                    self.happens(peer.0 as usize - 1, ClientEvent::Frame(bytes));
                }
            } else {
                return;
            }
        }
    }

    /// Time passes.
    pub(super) fn wait(&mut self, millis: u64) {
        let end = self.now + millis;
        while let Some(due) = self.projector.next_wake().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            let mut out = Vec::new();
            self.projector.wake(self.now, &mut out);
            self.carry_out(out);
            self.run();
        }
        self.now = end;
    }

    /// Seconds pass, in the room as well.
    pub(super) fn wait_seconds(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.wait(1_000);
            self.event(Event::Tick);
            self.run();
        }
    }

    fn carry_out(&mut self, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Send(bytes) => self.event(Event::Frame { peer: PROJECTOR, bytes }),
                Output::Tell(event) => {
                    self.told.push(event.clone());
                    self.event(event);
                }
                Output::ToAll(bytes) => {
                    self.screens.values_mut().for_each(|screen| screen.hear(&bytes))
                }
                Output::ToRemotes(bytes) => {
                    let remotes = self.projector.viewers.iter();
                    let remotes = remotes.filter(|(_, viewer)| viewer.role == LinkRole::Remote);
                    for (viewer, _) in remotes {
                        self.screens.get_mut(viewer).unwrap().hear(&bytes);
                    }
                }
                Output::To(viewer, bytes) => self.screens.get_mut(&viewer).unwrap().hear(&bytes),
                Output::Close(viewer, _) => self.closed.push(viewer),
                Output::Record(record) => self.records.push(record),
                Output::KeepHold(text) => self.hold = text,
                Output::AskHold => {
                    let mut out = Vec::new();
                    self.projector.hold_was(self.now, self.hold.clone(), &mut out);
                    self.carry_out(out);
                }
                Output::Recall => panic!("there is one node"),
            }
        }
    }

    /// Requests to bind the slide anew.
    pub(super) fn rebounds(&self) -> usize {
        self.told.iter().filter(|event| matches!(event, Event::Rebound { .. })).count()
    }

    /// The last times that were told: of each section in order, and which is on.
    pub(super) fn times(&self) -> (Vec<u64>, Option<u32>) {
        let times = self.told.iter().rev().find_map(|event| match event {
            Event::Times { sections, current, .. } => {
                Some((sections.iter().map(|(_, spent)| *spent).collect(), *current))
            }
            _ => None,
        });
        times.unwrap_or_default()
    }
}

fn words(html: &str) -> String {
    plain(html).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn peer(who: usize) -> PeerId {
    PeerId(who as u64 + 1)
}

fn options(epoch: u64) -> RoomOptions {
    RoomOptions {
        epoch,
        version: "test".into(),
        ids: ClientIds::new(&[7; 32], "deck"),
        claims: BTreeMap::new(),
        node: None,
    }
}

fn room(text: &str) -> Room {
    Room::new(DeckDoc::restore(0, &DeckDoc::seed(99, text)).unwrap(), options(1))
}
