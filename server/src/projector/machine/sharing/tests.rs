//! Projectors of one deck on several nodes, with one document and one store, moved by hand.

use std::collections::BTreeMap;

use collab::doc::{DeckDoc, TextEdit};
use collab::presentation::Shown;
use collab::room::Event;
use collab::wire::{self, Frame, ServerMessage};
use serde_json::Value;

use super::*;
use crate::projector::machine::{GATHER, ViewerId};
use crate::store::LinkRole;

const DECK: &str = "# One\n\nwords\n\n---\n\n# Two\n\n---\n\n# Three\n\n---\n\n# Four\n\nlast";
const VIEWER: ViewerId = ViewerId(1);

struct Node {
    projector: Projector,
    /// What its viewer heard last of slides, and of where the presentation is.
    slides: Vec<String>,
    state: Value,
    /// Times that it told the room, in seconds.
    told: Vec<Vec<u64>>,
    /// How often it stored times.
    stored: usize,
}

struct Nodes {
    doc: DeckDoc,
    presentation: Option<Presentation>,
    ended: bool,
    /// The node that the driver is connected to.
    driver_on: Option<usize>,
    nodes: BTreeMap<usize, Node>,
    out: Vec<(usize, Output)>,
    now: u64,
    calls: BTreeMap<i64, Record>,
    held: Option<String>,
    /// Proposals to bind the slide anew: those that came first, and those that came late.
    rebound: [usize; 2],
    /// What is asked of the store waits.
    is_slow: bool,
}

impl Nodes {
    fn new() -> Self {
        let mut doc = DeckDoc::new(5);
        doc.edit(&[TextEdit::insert(0, DECK)]);
        let mut nodes = Self {
            doc,
            presentation: None,
            ended: false,
            driver_on: None,
            nodes: BTreeMap::new(),
            out: Vec::new(),
            now: 1_000_000,
            calls: BTreeMap::new(),
            held: None,
            rebound: [0, 0],
            is_slow: false,
        };
        nodes.begin(0);
        nodes.begin(1);
        nodes
    }

    /// A node begins, or one of this number that is another one than before.
    fn begin(&mut self, node: usize) {
        let projector = Projector::new(format!("r{node}x{}", self.now), Recording::No);
        let (slides, state) = (Vec::new(), Value::Null);
        let new = Node { projector, slides, state, told: Vec::new(), stored: 0 };
        self.nodes.insert(node, new);
        self.at(node, |projector, now, _| projector.joined(now));
        let hello = ServerMessage::Hello {
            role: collab::access::Role::Follow,
            epoch: 1,
            version: String::new(),
            client: 9,
            proof: String::new(),
        };
        self.say(node, &hello);
        self.tell_presentation(node);
        self.run();
    }

    fn view(&mut self, node: usize) {
        self.at(node, |projector, now, out| {
            assert!(projector.is_complete());
            projector.enter(now, VIEWER, LinkRole::Follow, Some("r9x9-3"), out);
        });
        self.run();
    }

    fn at(&mut self, node: usize, work: impl FnOnce(&mut Projector, u64, &mut Vec<Output>)) {
        let mut out = Vec::new();
        if let Some(one) = self.nodes.get_mut(&node) {
            work(&mut one.projector, self.now, &mut out);
        }
        self.out.extend(out.into_iter().map(|output| (node, output)));
    }

    fn say(&mut self, node: usize, message: &ServerMessage) {
        let frame = wire::control(message);
        self.at(node, |projector, now, out| projector.hear(now, &frame, out));
    }

    fn tell_presentation(&mut self, node: usize) {
        let (presentation, ended) = (self.presentation.clone(), self.ended);
        let driving = self.driver_on == Some(node);
        let host = false;
        self.say(node, &ServerMessage::Presentation { presentation, driving, host, ended });
    }

    fn numbers(&self) -> Vec<usize> {
        self.nodes.keys().copied().collect()
    }

    fn tell_all(&mut self) {
        for node in self.numbers() {
            self.tell_presentation(node);
        }
        self.run();
    }

    /// Somebody on this node drives to the slide that begins with this text.
    fn present(&mut self, node: usize, text: &str) {
        let offset = self.doc.text().find(text).unwrap() as u32;
        let shown = Shown { slide: self.doc.anchor(offset), fragment: -1, blackout: false };
        let before = self.presentation.take();
        let (seq, held) = before.map_or((1, false), |before| (before.seq + 1, before.held));
        let driver = Some("Paula".to_owned());
        self.presentation = Some(Presentation { driver, away: false, term: 1, seq, shown, held });
        (self.driver_on, self.ended) = (Some(node), false);
        self.tell_all();
    }

    fn hold(&mut self, on: bool) {
        if let Some(presentation) = &mut self.presentation {
            presentation.held = on;
        }
        self.tell_all();
    }

    fn driver_is_lost(&mut self) {
        self.driver_on = None;
        if let Some(presentation) = &mut self.presentation {
            presentation.away = true;
        }
        self.tell_all();
    }

    fn end(&mut self) {
        (self.presentation, self.driver_on, self.ended) = (None, None, true);
        self.tell_all();
    }

    fn write(&mut self, old: &str, new: &str) {
        let at = self.doc.text().find(old).unwrap() as u32;
        let delete = old.len() as u32;
        let update = self.doc.edit(&[TextEdit { at, delete, insert: new.to_owned() }]);
        for node in self.numbers() {
            let frame = Frame::Update(&update).encode();
            self.at(node, |projector, now, out| projector.hear(now, &frame, out));
        }
        self.run();
        self.wait(500);
    }

    fn wait(&mut self, millis: u64) {
        let end = self.now + millis;
        loop {
            let due = |node: &Node| node.projector.next_wake();
            let due = self.nodes.values().filter_map(due).min().filter(|due| *due <= end);
            let Some(due) = due else { break };
            self.now = self.now.max(due);
            for node in self.numbers() {
                self.at(node, |projector, now, out| projector.wake(now, out));
            }
            self.run();
        }
        self.now = end;
    }

    fn run(&mut self) {
        let mut later = Vec::new();
        while !self.out.is_empty() {
            for (node, output) in std::mem::take(&mut self.out) {
                let waits =
                    matches!(output, Output::Recall | Output::AskHold | Output::KeepHold(_));
                if waits && self.is_slow {
                    later.push((node, output));
                } else {
                    self.carry_out(node, output);
                }
            }
        }
        self.out = later;
    }

    fn carry_out(&mut self, node: usize, output: Output) {
        let Some(one) = self.nodes.get_mut(&node) else { return };
        match output {
            Output::Send(frame) => {
                let Ok(Frame::SyncStep1(known)) = Frame::decode(&frame) else {
                    panic!("a question")
                };
                let answer = Frame::SyncStep2(&self.doc.diff(known).unwrap()).encode();
                self.at(node, |projector, now, out| projector.hear(now, &answer, out));
            }
            Output::Tell(Event::Rebound { seq, slide, .. }) => {
                let presentation = self.presentation.as_mut().filter(|one| one.seq == seq);
                self.rebound[usize::from(presentation.is_none())] += 1;
                if let Some(presentation) = presentation {
                    (presentation.shown.slide, presentation.seq) = (slide, seq + 1);
                    self.numbers().into_iter().for_each(|node| self.tell_presentation(node));
                }
            }
            Output::Tell(Event::Times { sections, .. }) => {
                one.told.push(sections.iter().map(|(_, spent)| spent / 1_000).collect());
            }
            Output::Record(record) => {
                one.stored += 1;
                let stored = self.calls.get(&record.began);
                if !stored.is_some_and(|stored| stored.ended.is_some() && record.ended.is_none()) {
                    self.calls.insert(record.began, record);
                }
            }
            Output::Recall => {
                let last = self.calls.values().next_back().cloned();
                self.at(node, |projector, now, out| projector.recalled(now, last, out));
            }
            Output::KeepHold(text) => self.held = text,
            Output::AskHold => {
                let text = self.held.clone();
                self.at(node, |projector, now, out| projector.hold_was(now, text, out));
            }
            Output::To(_, bytes) | Output::ToAll(bytes) => one.hear(&bytes),
            Output::Tell(_) | Output::ToRemotes(_) => {}
            Output::Close(..) => panic!("nobody is sent away"),
        }
    }

    /// The only call that is stored: seconds since it began, whether it is over, and the seconds of
    /// its sections.
    fn call(&self) -> (u64, bool, Vec<u64>) {
        assert_eq!(self.calls.len(), 1, "{:?}", self.calls);
        let Record { began, ended, sections, .. } = self.calls.values().next().unwrap();
        let began = (self.now as i64 - began) as u64 / 1_000;
        (began, ended.is_some(), sections.iter().map(|(_, spent)| spent / 1_000).collect())
    }

    fn stored(&mut self) -> Vec<usize> {
        self.nodes.values_mut().map(|node| std::mem::take(&mut node.stored)).collect()
    }

    /// What the viewer of a node sees.
    fn shows(&self, node: usize) -> String {
        let node = &self.nodes[&node];
        node.slides[node.state["slide"].as_u64().unwrap() as usize].clone()
    }
}

impl Node {
    fn hear(&mut self, bytes: &[u8]) {
        let message: Value = serde_json::from_slice(bytes).unwrap();
        let text = |slide: &Value| {
            crate::projector::clean::plain(slide["html"].as_str().unwrap()).trim().to_owned()
        };
        if message["type"] == "deck" {
            self.slides = message["slides"].as_array().unwrap().iter().map(text).collect();
        }
        for patch in message["patches"].as_array().into_iter().flatten() {
            let patches: Vec<deck::SlidePatch> =
                vec![serde_json::from_value(patch.clone()).unwrap()];
            assert!(!self.slides.is_empty(), "a patch to nothing");
            for patch in patches {
                match patch {
                    deck::SlidePatch::Replace { index, slide } => {
                        self.slides[index as usize] = crate::projector::clean::plain(&slide.html);
                    }
                    deck::SlidePatch::Insert { index, slide } => {
                        let text = crate::projector::clean::plain(&slide.html);
                        self.slides.insert(index as usize, text);
                    }
                    deck::SlidePatch::Remove { index } => {
                        self.slides.remove(index as usize);
                    }
                }
            }
        }
        if message["state"].is_object() {
            self.state = message["state"].clone();
        }
    }
}

#[test]
fn times_are_stored_and_told_only_where_the_driver_is() {
    let mut nodes = Nodes::new();
    nodes.present(0, "# One");
    nodes.wait(30_000);
    nodes.present(0, "# Two");
    nodes.wait(20_000);
    assert_eq!(nodes.call(), (50, false, vec![30, 15, 0, 0]));
    let stored = nodes.stored();
    assert!(stored[0] > 0 && stored[1] == 0, "{stored:?}");
    assert!(!nodes.nodes[&0].told.is_empty() && nodes.nodes[&1].told.is_empty());
    nodes.end();
    nodes.wait(60_000);
    assert_eq!(nodes.call(), (110, true, vec![30, 20, 0, 0]));
    // The others look whether it was stored, and leave it at that.
    assert_eq!(nodes.calls.values().next().unwrap().ended, Some(1_050_000));
}

#[test]
fn times_go_on_where_the_driver_goes_and_nothing_counts_twice() {
    let mut nodes = Nodes::new();
    nodes.present(0, "# One");
    nodes.wait(20_000);
    // Somebody takes over on another node, at once.
    nodes.present(1, "# Two");
    assert_eq!(nodes.call(), (20, false, vec![20, 0, 0, 0]));
    nodes.stored();
    nodes.wait(10_000);
    nodes.present(1, "# Three");
    assert_eq!(nodes.call(), (30, false, vec![20, 10, 0, 0]));
    nodes.wait(40_000);
    assert_eq!(nodes.stored()[0], 0);
    // A projector that has seen nothing of it goes on as well.
    nodes.begin(2);
    nodes.wait(5_000);
    nodes.present(2, "# Four");
    nodes.wait(15_000);
    assert_eq!(nodes.call(), (90, false, vec![20, 10, 45, 15]));
    assert_eq!(nodes.nodes[&2].told.last(), Some(&vec![20, 10, 45, 0]));
    nodes.end();
    assert_eq!(nodes.call(), (90, true, vec![20, 10, 45, 15]));
}

#[test]
fn of_a_node_that_died_only_what_it_had_not_stored_is_lost() {
    let mut nodes = Nodes::new();
    nodes.begin(2);
    nodes.present(0, "# One");
    nodes.wait(20_000);
    nodes.present(0, "# Two");
    nodes.wait(20_000);
    nodes.nodes.remove(&0);
    nodes.driver_is_lost();
    nodes.wait(2_000);
    // One that saw all of it loses nothing.
    nodes.present(1, "# Three");
    nodes.wait(1_000);
    assert_eq!(nodes.call(), (43, false, vec![20, 22, 0, 0]));
    nodes.nodes.remove(&1);
    nodes.nodes.remove(&2);
    nodes.driver_is_lost();
    // One that saw nothing goes on with what is stored.
    nodes.begin(3);
    nodes.present(3, "# Four");
    nodes.wait(15_000);
    assert_eq!(nodes.call(), (58, false, vec![20, 22, 0, 15]));
}

#[test]
fn whoever_returns_elsewhere_finds_all_of_their_times() {
    let mut nodes = Nodes::new();
    nodes.present(0, "# One");
    nodes.wait(14_000);
    nodes.driver_is_lost();
    nodes.begin(2);
    nodes.present(2, "# Two");
    nodes.wait(1_000);
    assert_eq!(nodes.call().2, [14, 0, 0, 0]);
}

#[test]
fn a_call_is_over_when_the_host_ends_it_and_whoever_stored_it_is_gone() {
    let mut nodes = Nodes::new();
    nodes.present(0, "# One");
    nodes.wait(20_000);
    nodes.nodes.remove(&0);
    nodes.driver_is_lost();
    nodes.wait(20_000);
    nodes.end();
    nodes.wait(10_000);
    assert!(nodes.call().1);
    assert_eq!(nodes.calls.values().next().unwrap().ended, Some(1_040_000));
    // The next one is another one.
    nodes.present(1, "# One");
    nodes.wait(1_000);
    assert_eq!(nodes.calls.len(), 2);
}

#[test]
fn a_store_that_is_slow_costs_no_times() {
    let mut nodes = Nodes::new();
    nodes.present(0, "# One");
    nodes.wait(20_000);
    nodes.is_slow = true;
    nodes.present(1, "# Two");
    nodes.wait(20_000);
    nodes.stored();
    nodes.end();
    assert_eq!(nodes.stored(), [0, 0]);
    nodes.is_slow = false;
    nodes.run();
    assert_eq!(nodes.call(), (40, true, vec![20, 20, 0, 0]));
}

#[test]
fn who_comes_to_another_node_during_a_hold_sees_what_was_held() {
    let mut nodes = Nodes::new();
    nodes.present(0, "# Two");
    nodes.view(1);
    nodes.hold(true);
    assert_eq!(nodes.held.as_deref(), Some(DECK));
    nodes.write("words", "secret");
    nodes.write("# Two", "# New\n\n---\n\n# Two and more");
    nodes.begin(2);
    nodes.view(2);
    for node in [1, 2] {
        let slides = nodes.nodes[&node].slides.join("|").replace('\n', " ");
        assert!(slides.contains("words") && !slides.contains("secret"), "{slides}");
        assert_eq!(nodes.shows(node), "Two");
    }
    // Turning pages and everything else works in the deck as it was.
    nodes.present(0, "# Three");
    for node in [1, 2] {
        assert_eq!(nodes.shows(node), "Three");
    }
    nodes.hold(false);
    assert_eq!(nodes.held, None);
    for node in [1, 2] {
        assert!(nodes.nodes[&node].slides[0].contains("secret"));
        assert_eq!((nodes.nodes[&node].slides.len(), nodes.shows(node).trim()), (5, "Three"));
    }
}

#[test]
fn nobody_is_shown_anything_before_the_text_of_the_hold_is_known() {
    let mut nodes = Nodes::new();
    nodes.present(0, "# Two");
    nodes.is_slow = true;
    nodes.hold(true);
    nodes.write("words", "secret");
    nodes.begin(2);
    nodes.wait(2_000);
    assert!(!nodes.nodes[&2].projector.is_complete());
    nodes.is_slow = false;
    nodes.run();
    nodes.wait(1_000);
    nodes.view(2);
    assert!(nodes.nodes[&2].slides[0].contains("words"));
    // A hold that ends before is none.
    nodes.is_slow = true;
    nodes.begin(3);
    nodes.hold(false);
    nodes.view(3);
    assert_eq!(nodes.shows(3), "Two");
    assert!(nodes.nodes[&3].slides[0].contains("secret"));
    nodes.is_slow = false;
    nodes.run();
    assert_eq!(nodes.held, None);
}

#[test]
fn a_hold_whose_text_died_with_its_node_is_one_of_the_deck_as_it_is() {
    let mut nodes = Nodes::new();
    nodes.present(0, "# Two");
    nodes.hold(true);
    nodes.held = None;
    nodes.begin(2);
    nodes.wait(HOLD_KNOWN_WITHIN - 1);
    assert!(!nodes.nodes[&2].projector.is_complete());
    nodes.wait(1_000);
    nodes.view(2);
    nodes.write("words", "secret");
    assert_eq!(nodes.shows(2), "Two");
    assert!(nodes.nodes[&2].slides[0].contains("words"));
}

#[test]
fn a_hold_of_one_who_begins_is_known_to_everybody_who_was_there() {
    let mut nodes = Nodes::new();
    let shown = Shown { slide: nodes.doc.anchor(0), fragment: -1, blackout: false };
    let driver = Some("Paula".to_owned());
    let held = true;
    nodes.presentation = Some(Presentation { driver, away: false, term: 1, seq: 1, shown, held });
    nodes.driver_on = Some(0);
    nodes.tell_all();
    assert_eq!(nodes.held.as_deref(), Some(DECK));
    assert!(nodes.nodes.values().all(|node| node.projector.is_complete()));
}

#[test]
fn proposals_of_several_projectors_are_one_and_come_to_rest() {
    let mut nodes = Nodes::new();
    nodes.begin(2);
    nodes.present(0, "# Two");
    for node in [0, 1, 2] {
        nodes.view(node);
    }
    nodes.write("# Two\n\n---\n\n", "");
    let shown = nodes.shows(0);
    assert!([1, 2].into_iter().all(|node| nodes.shows(node) == shown));
    let [first, late] = nodes.rebound;
    assert!(first > 0 && late > 0, "{first}, {late}");
    // Cut and pasted, it is the slide again, for all of them.
    nodes.write("# Four", "# Two\n\n---\n\n# Four");
    for node in [0, 1, 2] {
        assert_eq!(nodes.shows(node).trim(), "Two");
    }
    let settled = nodes.rebound;
    nodes.wait(10 * GATHER);
    nodes.write("last", "last words");
    assert_eq!(nodes.rebound, settled);
}
