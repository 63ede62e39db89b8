//! A desk with somebody who writes, and a store that remembers, without room and clock.

use std::collections::BTreeMap;

use collab::access::Role;
use collab::doc::{DeckDoc, TextEdit};
use collab::presentation::{Presentation, Shown};
use collab::wire;
use serde_json::Value;

use super::*;

/// When a test begins, in Unix milliseconds.
const START: u64 = 1_700_000_000_000;

pub(super) struct Table {
    pub(super) desk: Desk,
    pub(super) doc: DeckDoc,
    pub(super) now: u64,
    /// What everybody was told last, by key.
    pub(super) posts: BTreeMap<String, Value>,
    /// How often everybody was told something.
    pub(super) told: usize,
    pub(super) stored: BTreeMap<u64, SectionRecord>,
    pub(super) summary: Option<Summary>,
    call_at: Option<String>,
    epoch: u64,
}

fn document(text: &str, client: u64) -> DeckDoc {
    let mut doc = DeckDoc::new(client);
    doc.edit(&[TextEdit::insert(0, text)]);
    doc
}

impl Table {
    /// At a deck that nobody has opened yet.
    pub(super) fn new(text: &str) -> Self {
        Self::at(text, DeckSections::default())
    }

    /// The same with what is stored.
    pub(super) fn at(text: &str, stored: DeckSections) -> Self {
        let call_at = stored.call_at.clone();
        let records = stored.records.iter().map(|record| (record.id, record.clone())).collect();
        let mut this = Self {
            desk: Desk::new(stored),
            doc: document(text, 7),
            now: START,
            posts: BTreeMap::new(),
            told: 0,
            stored: records,
            summary: None,
            call_at,
            epoch: 1,
        };
        this.join();
        this
    }

    fn join(&mut self) {
        let (version, proof) = (String::new(), String::new());
        let role = Role::Follow;
        let hello = ServerMessage::Hello { role, epoch: self.epoch, version, client: 1, proof };
        self.hear(&wire::control(&hello));
        self.hear(&Frame::SyncStep2(&self.doc.encode()).encode());
    }

    pub(super) fn hear(&mut self, frame: &[u8]) {
        let mut out = Vec::new();
        self.desk.hear(self.now, frame, &mut out);
        self.carry_out(out);
    }

    pub(super) fn carry_out(&mut self, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Send(_) => {}
                Output::Tell(Event::Post { key: Some(key), json }) => {
                    self.told += usize::from(!json.is_empty());
                    match json.is_empty() {
                        true => _ = self.posts.remove(&key),
                        false => {
                            _ = self.posts.insert(key, serde_json::from_str(&json).unwrap());
                        }
                    }
                }
                Output::Tell(event) => panic!("{event:?}"),
                Output::Store(SectionChanges { put, removed, summary }) => {
                    self.stored.extend(put.into_iter().map(|record| (record.id, record)));
                    removed.iter().for_each(|id| _ = self.stored.remove(id));
                    self.summary = summary.or(self.summary.take());
                }
            }
        }
    }

    /// Time goes by, and what is due is done.
    pub(super) fn pass(&mut self, time: u64) {
        let end = self.now + time;
        while let Some(due) = self.desk.next_wake().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            let mut out = Vec::new();
            self.desk.wake(self.now, &mut out);
            self.carry_out(out);
        }
        self.now = end;
    }

    /// Somebody writes, as one update; nobody has looked yet.
    pub(super) fn write(&mut self, who: &str, edits: &[TextEdit]) {
        self.hear(&wire::control(&ServerMessage::Author { name: who.to_owned() }));
        let update = self.doc.edit(edits);
        self.hear(&Frame::Update(&update).encode());
    }

    /// Somebody writes, and everybody sees it.
    pub(super) fn edit(&mut self, who: &str, edits: &[TextEdit]) {
        self.write(who, edits);
        self.pass(1_000);
    }

    pub(super) fn at_text(&self, text: &str) -> u32 {
        let all = self.doc.text();
        let at = all.find(text).unwrap_or_else(|| panic!("no {text:?} in {all:?}"));
        all[..at].encode_utf16().count() as u32
    }

    /// Puts a text in the place of another one.
    pub(super) fn replace(&mut self, who: &str, old: &str, new: &str) {
        let (at, delete) = (self.at_text(old), old.encode_utf16().count() as u32);
        self.edit(who, &[TextEdit { at, delete, insert: new.to_owned() }]);
    }

    /// Puts a text before another one.
    pub(super) fn insert(&mut self, who: &str, before: &str, text: &str) {
        let at = if before.is_empty() { u32::MAX } else { self.at_text(before) };
        self.edit(who, &[TextEdit::insert(at, text)]);
    }

    /// The rows in their order.
    pub(super) fn rows(&self) -> Vec<&Value> {
        let order = self.posts["sections"]["order"].as_array().unwrap();
        order.iter().map(|id| &self.posts[&format!("s:{}", id.as_str().unwrap())]).collect()
    }

    /// One field of all rows.
    pub(super) fn all(&self, field: &str) -> Vec<String> {
        self.rows().iter().map(|row| word(&row[field])).collect()
    }

    /// The only row of this title.
    pub(super) fn row(&self, title: &str) -> &Value {
        let mut rows = self.rows().into_iter().filter(|row| row["title"] == title);
        let row = rows.next().unwrap_or_else(|| panic!("no {title:?} in {:?}", self.all("title")));
        assert!(rows.next().is_none(), "two of {title:?}");
        row
    }

    /// Title, state, and who writes it.
    pub(super) fn is(&self, title: &str) -> (String, String) {
        let row = self.row(title);
        (word(&row["state"]), word(&row["reporter"]))
    }

    pub(super) fn id(&self, title: &str) -> u64 {
        self.row(title)["id"].as_str().unwrap().parse().unwrap()
    }

    /// Somebody says something of a section; it is stored.
    pub(super) fn mark(&mut self, title: &str, mark: Mark) {
        let mut out = Vec::new();
        let record = self.desk.marked(self.now, self.id(title), &mark, &mut out).unwrap();
        self.stored.insert(record.id, record.clone());
        self.desk.accept(record, self.now, &mut out);
        self.carry_out(out);
    }

    pub(super) fn claim(&mut self, title: &str, who: &str) {
        let principal = format!("guest:{who}");
        self.mark(title, Mark::Claim { principal, name: who.to_owned() });
    }

    pub(super) fn ready(&mut self, title: &str, who: &str) {
        self.mark(title, Mark::Ready { name: who.to_owned() });
    }

    /// The server stops in good order and starts again.
    pub(super) fn restart(&mut self) {
        let mut out = Vec::new();
        self.desk.finish(self.now, &mut out);
        self.carry_out(out);
        self.crash();
    }

    /// The server starts again with what was stored by then.
    pub(super) fn crash(&mut self) {
        let records = self.stored.values().cloned().collect();
        self.desk = Desk::new(DeckSections { records, call_at: self.call_at.clone() });
        self.posts.clear();
        self.join();
    }

    /// The deck comes back from a backup: another lineage, with the same text or an older one.
    pub(super) fn restore(&mut self, text: &str) {
        self.desk.left();
        self.posts.clear();
        self.epoch += 1;
        self.doc = document(text, 70 + self.epoch);
        self.join();
    }

    /// The room says who presents; nobody, or nobody any more.
    pub(super) fn presents(&mut self, driver: Option<&str>, ended: bool) {
        let shown = Shown { slide: self.doc.anchor(0), fragment: -1, blackout: false };
        let presentation = driver.map(|driver| Presentation {
            driver: Some(driver.to_owned()).filter(|name| !name.is_empty()),
            away: false,
            term: 1,
            seq: 1,
            shown,
            held: false,
        });
        let (driving, host) = (false, false);
        let message = ServerMessage::Presentation { presentation, driving, host, ended };
        self.hear(&wire::control(&message));
    }

    /// The projector says how long each section was on.
    pub(super) fn times(&mut self, spent: &[(&str, u64)], current: u32) {
        self.times_after(0, spent, current);
    }

    /// The same of a call that has been on for a while.
    pub(super) fn times_after(&mut self, elapsed: u64, spent: &[(&str, u64)], current: u32) {
        let sections = spent.iter().map(|(title, spent)| ((*title).to_owned(), *spent)).collect();
        let message = ServerMessage::Times { elapsed, sections, current: Some(current) };
        self.hear(&wire::control(&message));
    }
}

/// A value as a word.
pub(super) fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
